//! The error that a JSON body reports, in all the shapes of the API and of what stands before it.

use std::borrow::Cow;

use serde_json::Value;

use super::Reply;
use crate::base::error::{Error, Kind};
use crate::base::platform::STUDIO;
use crate::base::redact;

/// The members with a code, and in OAuth with the name of an error.
const CODES: [&str; 4] = ["code", "error_code", "error", "Code"];

/// The members with a message, the usual ones first.
const MESSAGES: [&str; 7] =
    ["msg", "message", "error_message", "error_msg", "error_description", "Message", "detail"];

/// The places of an error inside a body: of gateways, and of projects on coze.site.
const NESTED: [&str; 4] = ["/error", "/ResponseMetadata/Error", "/detail", "/content/error"];

/// The reason for which a request was refused.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Refusal<'a> {
    code: Option<i64>,
    name: Option<Cow<'a, str>>,
    msg: Cow<'a, str>,
    debug_url: Option<&'a str>,
}

impl<'a> Refusal<'a> {
    /// Reads an error that has a code or a name: the API's `{"code", "msg"}`, the two shapes of
    /// OAuth, and the same inside another object.
    pub(crate) fn find(body: &'a Value) -> Option<Self> {
        if body.get("code").is_some_and(|code| *code == 0 || *code == "0") {
            return None;
        }
        let nested = || NESTED.iter().find_map(|place| Self::read(body.pointer(place)?));
        let refusal = Self::read(body).or_else(nested)?;
        Some(Self { debug_url: debug_url(body), ..refusal })
    }

    /// Reads an error, which may also have no code, in the body of a response with a good status
    /// whose envelope has no code either.
    pub(crate) fn find_uncoded(body: &'a Value) -> Option<Self> {
        let failed = body.get("success") == Some(&Value::Bool(false));
        Self::find(body).or_else(|| {
            let told = body.get("error_message").and_then(text).is_some();
            (failed || told).then(|| Self::uncoded(body))
        })
    }

    /// Reads the message of a body that is known to be an error. `None` if it has none.
    pub(crate) fn guess(body: &'a Value) -> Option<Self> {
        let nested = NESTED.iter().filter_map(|place| body.pointer(place));
        Self::find_uncoded(body).or_else(|| {
            let mut found = std::iter::once(body).chain(nested).map(Self::uncoded);
            found.find(Self::has_message)
        })
    }

    fn uncoded(body: &'a Value) -> Self {
        let msg = message(body).unwrap_or_default();
        Self { msg, debug_url: debug_url(body), ..Self::default() }
    }

    /// Reads an error that has a code or a name from one object.
    fn read(object: &'a Value) -> Option<Self> {
        let (code, name) = CODES.iter().find_map(|key| code_or_name(object.get(key)?))?;
        Some(Self { code, name, msg: message(object).unwrap_or_default(), debug_url: None })
    }

    /// Returns `true` if the error has a message.
    pub(crate) fn has_message(&self) -> bool {
        !self.msg.is_empty()
    }

    /// Makes an error of it, without the context of the response.
    pub(crate) fn into_error(self, reply: &Reply) -> Error {
        let hide = |text: &str| redact::redact(text, Some(reply.token.secret()));
        let absent = !STUDIO.absent.is_empty() && self.msg.contains(STUDIO.absent);
        let error = Error::from_kind(if absent {
            Kind::Unsupported { code: self.code, msg: hide(&self.msg) }
        } else if let Some((code, msg)) = STUDIO.wrapped.inside(self.code, &self.msg) {
            Kind::Api { code: Some(code), name: None, msg: hide(msg) }
        } else {
            let name = self.name.as_deref().map(hide);
            Kind::Api { code: self.code, name, msg: hide(&self.msg) }
        });
        match self.debug_url {
            Some(url) => error.with_details(|details| details.debug_url = Some(url.to_owned())),
            None => error,
        }
    }
}

/// Reads a code, or else a name. Zero, `null` and empty text are neither.
fn code_or_name(value: &Value) -> Option<(Option<i64>, Option<Cow<'_, str>>)> {
    let (code, name) = match value {
        Value::Number(number) => (integer(number), Cow::Owned(number.to_string())),
        Value::String(text) => (text.trim().parse().ok(), Cow::Borrowed(text.as_str())),
        _ => return None,
    };
    match code {
        Some(0) => None,
        Some(code) => Some((Some(code), None)),
        None => (!name.trim().is_empty()).then_some((None, Some(name))),
    }
}

fn integer(number: &serde_json::Number) -> Option<i64> {
    // Such as `4013.0`.
    let float = || number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < 1e15);
    #[allow(clippy::cast_possible_truncation, reason = "checked in the line above")]
    number.as_i64().or_else(|| float().map(|float| float as i64))
}

/// Returns the message of an error.
fn message(object: &Value) -> Option<Cow<'_, str>> {
    MESSAGES.iter().find_map(|key| match object.get(key)? {
        // The place of the log ID, or of an error by itself.
        Value::Object(_) if *key == "detail" => None,
        value => text(value),
    })
}

/// Returns text, or the JSON text of another value. Empty values are left out.
fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null | Value::Bool(_) => None,
        Value::String(text) => (!text.is_empty()).then_some(Cow::Borrowed(text)),
        Value::Array(list) if list.is_empty() => None,
        Value::Object(map) if map.is_empty() => None,
        other => Some(Cow::Owned(other.to_string())),
    }
}

fn debug_url(body: &Value) -> Option<&str> {
    body.get("debug_url")?.as_str().filter(|url| !url.is_empty())
}
