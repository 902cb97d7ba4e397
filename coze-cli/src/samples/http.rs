//! Requests as samples make them with the HTTP client of a language.

use coze_spec::model::{Operation, Reply};
use serde_json::Value;

use crate::engine::{Body, Mode, Part, Request};

/// Headers that identify the SDK or that clients set themselves.
pub(super) const OMITTED_HEADERS: [&str; 3] =
    ["user-agent", "x-coze-client-user-agent", "content-length"];
/// The largest integer up to which JavaScript keeps all digits.
const EXACT: u64 = 1 << 53;

/// A request, and the form of its response.
pub(super) struct Exchange {
    pub(super) method: String,
    pub(super) url: String,
    /// The headers, without those that the client sets itself and without the token.
    pub(super) headers: Vec<(String, String)>,
    /// Set if the request has a token.
    pub(super) token: bool,
    pub(super) payload: Payload,
    pub(super) response: Response,
}

/// The body of a request.
pub(super) enum Payload {
    Empty,
    Json(Value),
    Form(Vec<(String, Part)>),
}

/// The form of a response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    Json,
    Events,
    File,
}

/// The file into which samples write a response.
pub(super) const REPLY_FILE: &str = "reply.bin";

impl Exchange {
    pub(super) fn of(request: &Request, operation: &Operation, mode: Mode) -> Self {
        let form = matches!(request.body, Body::Form(_));
        let is_shown = |name: &str| {
            // Clients form the boundary between parts.
            !(OMITTED_HEADERS.contains(&name) || (form && name == "content-type"))
        };
        let (tokens, headers): (Vec<_>, Vec<_>) = request
            .headers
            .iter()
            .filter(|(name, _)| is_shown(name))
            .cloned()
            .partition(|(name, _)| name == "authorization");
        Self {
            method: request.method.clone(),
            url: request.url.clone(),
            headers,
            token: !tokens.is_empty(),
            payload: match &request.body {
                Body::Empty => Payload::Empty,
                Body::Json(json) => Payload::Json(serde_json::from_str(json).unwrap_or_default()),
                Body::Form(parts) => Payload::Form(parts.clone()),
            },
            response: match (&operation.reply, mode) {
                (Reply::Events, _) | (_, Mode::Events) => Response::Events,
                (Reply::Binary, _) => Response::File,
                _ => Response::Json,
            },
        }
    }

    /// Returns the path and the query of the URL.
    pub(super) fn path(&self) -> &str {
        let after_scheme = self.url.find("://").map_or(0, |start| start + 3);
        let host = self.url.get(after_scheme..).unwrap_or_default();
        host.find('/').and_then(|start| host.get(start..)).unwrap_or_default()
    }

    /// Returns the JSON of the body over several lines.
    pub(super) fn pretty_json(&self) -> Option<String> {
        match &self.payload {
            Payload::Json(value) => Some(format!("{value:#}")),
            Payload::Empty | Payload::Form(_) => None,
        }
    }
}

/// Returns `true` if no number of a value loses digits as a double.
pub(super) fn fits_doubles(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.is_f64() || number.as_i64().is_some_and(|number| number.unsigned_abs() <= EXACT)
        }
        Value::Array(items) => items.iter().all(fits_doubles),
        Value::Object(entries) => entries.values().all(fits_doubles),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Indents every line except empty ones.
pub(super) fn indented(text: &str, width: usize) -> String {
    let lines = text
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("{:width$}{line}", "") });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns comment lines for remarks about a sample.
pub(super) fn comments(marker: &str, remarks: &[String]) -> String {
    let lines: Vec<String> = remarks.iter().map(|remark| format!("{marker} {remark}\n")).collect();
    lines.concat()
}
