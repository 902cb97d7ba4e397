//! Builds requests of operations from the model of the API and JSON values.
//!
//! The command line, the playground and the MCP server call operations by their ID with it. The
//! model is that of `coze-spec`, which makes no promises about its versions.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use coze_api::{Client, Method, Platform, RawCall, Upload};
use coze_spec::model::{Media, Operation, Param, Place, Studio, Type, Verb};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// Everything except the unreserved characters of URLs: letters, digits, `-`, `.`, `_` and `~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The prefix of query parameters that the model does not know.
const QUERY_PREFIX: &str = "query:";
/// The prefix of headers that the model does not know.
const HEADER_PREFIX: &str = "header:";

/// The values of a call of an operation.
///
/// They are keyed by the wire names of the parameters. Values with unknown names are sent too:
/// `query:NAME` in the query, `header:NAME` as a header, and others in the body, or in the query if
/// the operation has no body.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "callers make it")]
pub struct Input<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// The values, except files.
    pub values: &'a Map<String, Value>,
    /// The files.
    pub uploads: &'a BTreeMap<String, Upload>,
    /// `true` to request a stream of events, where the operation can return either.
    pub stream: bool,
}

/// A value that is missing or cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidValue {
    /// The required parameter with this name is missing.
    Missing(String),
    /// The required file with this name is missing.
    MissingFile(String),
    /// The value would address another resource, as `..` in a path does.
    PathSegment {
        /// The name of the parameter.
        name: String,
        /// The value.
        value: String,
    },
}

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "{name}: a value is required"),
            Self::MissingFile(name) => write!(f, "{name}: a file is required"),
            Self::PathSegment { name, value } => {
                write!(f, "{name}: the value must not be \"{value}\"")
            }
        }
    }
}

impl std::error::Error for InvalidValue {}

/// Builds the request of a call for the platform of a client.
pub fn request(client: &Client, input: Input<'_>) -> Result<RawCall, InvalidValue> {
    let operation = input.operation;
    let studio = operation.studio.as_ref().filter(|_| client.platform() == Platform::Studio);
    let path = studio.and_then(|studio| studio.path.as_ref()).unwrap_or(&operation.path);
    let mut values = Values { path: path.clone(), ..Values::default() };
    for param in &operation.params {
        values.add(&input, param)?;
    }
    let known = |name: &str| operation.param(name).is_some();
    for (name, value) in input.values.iter().filter(|(name, _)| !known(name)) {
        values.add_unknown(operation, name, value);
    }
    let unknown = input.uploads.iter().filter(|(name, _)| !known(name));
    values.files.extend(unknown.map(|(name, upload)| (name.clone(), upload.clone())));
    if operation.stream.as_ref().is_some_and(|stream| stream.switch) {
        // Without the switch, some platforms stream and others do not.
        values.body.insert("stream".to_owned(), Value::Bool(input.stream));
    }
    if let Some(studio) = studio {
        values.complete(operation, studio);
    }
    Ok(values.request(client, operation))
}

/// The values of a request by their location.
#[derive(Default)]
struct Values {
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Map<String, Value>,
    files: Vec<(String, Upload)>,
}

impl Values {
    fn add(&mut self, input: &Input<'_>, param: &Param) -> Result<(), InvalidValue> {
        let name = &param.field.wire;
        if param.field.kind == Type::File {
            return match input.uploads.get(name) {
                Some(upload) => {
                    self.files.push((name.clone(), upload.clone()));
                    Ok(())
                }
                None if param.field.required => Err(InvalidValue::MissingFile(name.clone())),
                None => Ok(()),
            };
        }
        let value = match (&param.constant, input.values.get(name)) {
            (Some(constant), None) => Value::String(constant.clone()),
            (_, Some(value)) => value.clone(),
            (None, None) if param.field.required => {
                return Err(InvalidValue::Missing(name.clone()));
            }
            (None, None) => return Ok(()),
        };
        match (param.place, &value) {
            (Place::Path, value) => {
                let text = text(value);
                if matches!(text.as_str(), "" | "." | "..") {
                    // As path segments, these values would address another resource.
                    return Err(InvalidValue::PathSegment { name: name.clone(), value: text });
                }
                let place = format!("{{{name}}}");
                if self.path.contains(&place) {
                    let text = utf8_percent_encode(&text, ENCODED).to_string();
                    self.path = self.path.replace(&place, &text);
                } else {
                    // The path of another platform lacks it.
                    self.query.push((name.clone(), text));
                }
            }
            (Place::Body | Place::Part, _) => drop(self.body.insert(name.clone(), value)),
            (_, Value::Null) => {}
            (Place::Query { explode: true }, Value::Array(items)) => {
                self.query.extend(items.iter().map(|item| (name.clone(), text(item))));
            }
            (Place::Query { .. }, value) => self.query.push((name.clone(), text(value))),
            (Place::Header, value) => self.headers.push((name.clone(), text(value))),
        }
        Ok(())
    }

    /// Adds the values that the platform needs, and counts pages as it does.
    fn complete(&mut self, operation: &Operation, studio: &Studio) {
        let page = operation.paging.as_ref().and_then(|paging| paging.style.page());
        if let (Some(first), Some(page)) = (studio.first_page, page) {
            let shift = |page: i64| page.saturating_sub(1).saturating_add(first);
            if let Some(given) = self.body.get_mut(&page.wire)
                && let Some(number) = given.as_i64()
            {
                *given = shift(number).into();
            }
            for (_, given) in self.query.iter_mut().filter(|(name, _)| *name == page.wire) {
                if let Ok(number) = given.parse() {
                    *given = shift(number).to_string();
                }
            }
        }
        for (name, value) in &studio.send {
            if operation.param(name).is_some_and(|param| param.place == Place::Body) {
                self.body.entry(name.clone()).or_insert_with(|| value.clone());
            } else if name != "stream" && !self.query.iter().any(|(known, _)| known == name) {
                self.query.push((name.clone(), text(value)));
            }
        }
    }

    /// Adds a value that the model does not know.
    fn add_unknown(&mut self, operation: &Operation, name: &str, value: &Value) {
        if let Some(name) = name.strip_prefix(HEADER_PREFIX) {
            self.headers.push((name.to_owned(), text(value)));
        } else if let Some(name) = name.strip_prefix(QUERY_PREFIX) {
            self.query.push((name.to_owned(), text(value)));
        } else if operation.body.is_some() || matches!(operation.verb, Verb::Post | Verb::Put) {
            self.body.insert(name.to_owned(), value.clone());
        } else {
            self.query.push((name.to_owned(), text(value)));
        }
    }

    fn request(self, client: &Client, operation: &Operation) -> RawCall {
        let method = match operation.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Delete => Method::DELETE,
        };
        let mut request = client.request(method, self.path).with_idempotent(operation.idempotent);
        if let Some(seconds) = operation.timeout {
            request = request.with_timeout(Duration::from_secs(seconds));
        }
        for (name, value) in self.query {
            request = request.query(name, value);
        }
        for (name, value) in self.headers {
            request = request.with_header(&name, &value);
        }
        let media = operation.body.as_ref().map(|body| body.media);
        if media == Some(Media::Multipart) || !self.files.is_empty() {
            for (name, value) in self.body {
                request = match value {
                    Value::Null => request,
                    value @ (Value::Object(_) | Value::Array(_)) => request.part_json(name, &value),
                    value => request.part(name, text(&value)),
                };
            }
            return self
                .files
                .into_iter()
                .fold(request, |request, (name, upload)| request.file(name, upload));
        }
        if self.body.is_empty() && !operation.body.as_ref().is_some_and(|body| body.required) {
            return request;
        }
        request.json(&self.body)
    }
}

/// Formats a value as plain text; a list of scalars becomes `a,b`.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(|item| !item.is_array() && !item.is_object()) => {
            items.iter().map(text).collect::<Vec<_>>().join(",")
        }
        value => value.to_string(),
    }
}
