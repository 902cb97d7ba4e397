//! The envelope around the payload of a response: `{"code": 0, "msg": "", "data": …,
//! "detail": {"logid": "…"}}`.
//!
//! There are three kinds of responses, with one function each: the payload in [`data`], the payload
//! at the root beside the envelope ([`flat`]), and no payload ([`empty`]). The success path reads
//! the text once and keeps only `code` and the payload; the members that an error needs are found
//! by reading the text again.

mod payload;
mod refusal;
mod root;
mod scan;

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::base::decode::{self, Decode, Object, Place, fields};
use crate::base::error::{Error, Kind, Result};
use crate::base::header::log_id;
use crate::base::platform::STUDIO;
use crate::base::redact;
use crate::base::token::AccessToken;
use crate::wire::call::Call;
use crate::wire::retry::parse_retry_after;

use payload::{Foreign, Found, Known, Payload};
pub(crate) use refusal::Refusal;
pub(crate) use scan::EnvelopeScan;

/// The number of bytes of a body that an error keeps.
const KEPT_BODY: usize = 64 * 1024;

/// An HTTP response, with as much of its body as has been read.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The token of the request, which is hidden in everything that is shown of the body.
    pub(crate) token: AccessToken,
    /// The number of attempts until this response.
    pub(crate) attempts: u32,
}

/// Decodes a response whose payload is in `data`, or where another platform has it.
pub(crate) fn data<T: Decode + Default>(call: &Call, reply: &Reply) -> Result<T> {
    let mut payload = T::default();
    if read_data(call, reply, &mut Known(&mut payload))? {
        Ok(payload)
    } else {
        Err(reply.without_payload(call))
    }
}

/// Decodes a response that may lack its payload, such as an empty list.
pub(crate) fn optional_data<T: Decode + Default>(call: &Call, reply: &Reply) -> Result<T> {
    let mut payload = T::default();
    read_data(call, reply, &mut Known(&mut payload))?;
    Ok(payload)
}

/// Decodes a response whose payload is at the root, beside `code`, `msg` and `detail`, which are
/// hidden from `T`.
pub(crate) fn flat<T: Object + Default>(call: &Call, reply: &Reply) -> Result<T> {
    let mut payload = T::default();
    if read_root(reply, &mut |json| payload::read_flat(&mut payload, json))? {
        Ok(payload)
    } else {
        Err(reply.without_payload(call))
    }
}

/// Decodes a response whose root may be nothing but an envelope.
pub(crate) fn optional_flat<T: Object + Default>(_: &Call, reply: &Reply) -> Result<T> {
    at_root(reply)
}

/// Decodes a response without an envelope, or with one that does not matter.
pub(crate) fn at_root<T: Object + Default>(reply: &Reply) -> Result<T> {
    let mut payload = T::default();
    read_root(reply, &mut |json| payload::read_flat(&mut payload, json))?;
    Ok(payload)
}

/// Decodes a payload of the caller's type as [`optional_data`] does.
pub(crate) fn foreign_data<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T> {
    let mut payload = Foreign(None);
    read_data(call, reply, &mut payload)?;
    match payload.0 {
        Some(payload) => Ok(payload),
        None => decode::from_nothing().map_err(|_| reply.without_payload(call)),
    }
}

/// Decodes a payload of the caller's type as [`optional_flat`] does.
pub(crate) fn foreign_flat<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T> {
    let mut payload = None;
    read_root(reply, &mut |json| payload::read_foreign_flat(&mut payload, json))?;
    payload.ok_or_else(|| reply.without_payload(call))
}

/// Decodes a payload in `data`. Returns `false` if there is none.
fn read_data(call: &Call, reply: &Reply, payload: &mut dyn Payload) -> Result<bool> {
    reply.check_status()?;
    let envelope = decode::parse(&reply.body, |json| payload.read_data(json));
    let (code, found) = envelope.map_err(|e| reply.undecodable(&e))?;
    reply.check_code(code)?;
    if found { Ok(true) } else { read_elsewhere(call, reply, code, payload) }
}

/// Finds a payload that is not in `data`, where the spec says that another platform has it.
#[cold]
fn read_elsewhere(
    call: &Call,
    reply: &Reply,
    code: Option<i64>,
    target: &mut dyn Payload,
) -> Result<bool> {
    let served = STUDIO.operation(call.operation());
    let undecodable = |e: serde_json::Error| reply.undecodable(&e);
    if let Some(name) = served.and_then(|served| served.payload)
        && let Ok(members) = decode::from_slice::<HashMap<String, Box<RawValue>>>(&reply.body)
        && let Some(payload) = members.get(name).filter(|payload| payload.get() != "null")
    {
        return target.read(payload.get()).map(|()| true).map_err(undecodable);
    }
    if code.is_some() {
        return Ok(false);
    }
    // Without a code, only a payload shows that the call has succeeded.
    let has_members = json(&reply.body)
        .is_some_and(|root| root.as_object().is_some_and(|members| !members.is_empty()));
    if has_members && served.is_some_and(|served| served.bare) {
        let read = decode::parse(&reply.body, |json| target.read(json));
        return read.map(|()| true).map_err(undecodable);
    }
    Err(reply.without_envelope(call))
}

/// Decodes a payload at the root, and returns `true` if it has any member.
fn read_root(
    reply: &Reply,
    read: &mut dyn FnMut(&str) -> serde_json::Result<Found>,
) -> Result<bool> {
    reply.check_status()?;
    let (code, found) = decode::parse(&reply.body, read).map_err(|e| reply.undecodable(&e))?;
    reply.check_code(code)?;
    Ok(found)
}

/// Decodes a response without an envelope, in which `code` is a member like any other.
#[allow(dead_code, reason = "only operations of an optional feature have none")]
pub(crate) fn bare<T: DeserializeOwned>(reply: &Reply) -> Result<T> {
    reply.check_status()?;
    decode::from_slice(&reply.body).map_err(|e| reply.undecodable(&e))
}

/// Checks a response without payload.
pub(crate) fn empty<T: Default>(_: &Call, reply: &Reply) -> Result<T> {
    reply.check_status()?;
    // Such as "204 No Content".
    if reply.body.is_empty() {
        return Ok(T::default());
    }
    if reply.body.trim_ascii() == b"null" {
        let what = "the response is `null`, which reports neither success nor an error";
        return Err(reply.error(Kind::Decode(what.into())));
    }
    let envelope: Code = decode::decode(&reply.body).map_err(|e| reply.undecodable(&e))?;
    reply.check_code(envelope.code)?;
    Ok(T::default())
}

/// The code of an envelope alone.
#[derive(Default)]
struct Code {
    code: Option<i64>,
}

fields!(Code { code });

impl Reply {
    /// The ID under which Coze logged the request.
    pub(crate) fn log_id(&self) -> Option<String> {
        if let Some(log_id) = log_id(&self.headers) {
            return Some(self.hide(log_id));
        }
        let value = json(&self.body)?;
        let log_id = body_log_id(&value)?;
        Some(self.hide(log_id))
    }

    /// Returns an empty response, for events from another source.
    pub(crate) fn none() -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            token: AccessToken::none(),
            attempts: 0,
        }
    }

    /// Returns `true` if the body is a stream of events.
    pub(crate) fn is_event_stream(&self) -> bool {
        const EVENTS: &str = "text/event-stream";
        let kind = self.content_type().and_then(|kind| kind.split(';').next());
        self.status.is_success()
            && kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(EVENTS))
    }

    /// Returns `true` if the body is labeled as a web page.
    pub(crate) fn is_page(&self) -> bool {
        self.content_type().is_some_and(|kind| kind.contains("html"))
    }

    /// Returns an error unless the body, or what has been read of it, is a file.
    ///
    /// An envelope with an error code is an error whatever its label says. JSON without one is a
    /// file.
    pub(crate) fn check_file(&self) -> Result<()> {
        self.check_status()?;
        if self.is_page() {
            let what = format!("the response is not a file: {}", self.describe());
            return Err(self.error(Kind::Decode(what)));
        }
        match json(&self.body).as_ref().and_then(Refusal::find) {
            Some(refusal) => Err(self.refuse(refusal)),
            None => Ok(()),
        }
    }

    /// Returns the error for a response without events. It keeps the body, which may be the result.
    #[cold]
    pub(crate) fn instead_of_events(&self) -> Error {
        if !self.status.is_success() {
            return self.refusal();
        }
        let value = json(&self.body);
        if let Some(refusal) = value.as_ref().and_then(Refusal::find_uncoded) {
            return self.refuse(refusal);
        }
        if self.body.trim_ascii().is_empty() {
            let what = "the response is empty in place of an event stream: the server has refused \
                        the request without a reason";
            return self.error(Kind::Decode(what.into()));
        }
        let what = match value {
            Some(_) => "a JSON object in place of an event stream",
            None => "not an event stream",
        };
        self.error(Kind::Decode(format!("the response is {what}: {}", self.describe())))
            .with_body(text(&self.body))
    }

    /// Returns the error that the response reports, of any kind of response.
    pub(crate) fn refused(&self) -> Option<Error> {
        if !self.status.is_success() {
            return Some(self.refusal());
        }
        let code = looks_like_json(&self.body).then(|| decode::decode::<Code>(&self.body));
        match code? {
            Ok(Code { code: Some(0) }) => None,
            _ => self.uncoded_refusal(),
        }
    }

    fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    fn check_status(&self) -> Result<()> {
        if self.status.is_success() { Ok(()) } else { Err(self.refusal()) }
    }

    /// Checks the code of a response with a good status.
    fn check_code(&self, code: Option<i64>) -> Result<()> {
        match code {
            Some(0) => Ok(()),
            Some(_) => Err(self.refusal()),
            // OAuth endpoints have no envelope, and other names for errors.
            None => self.uncoded_refusal().map_or(Ok(()), Err),
        }
    }

    /// Returns the error that a body without an envelope's code reports.
    fn uncoded_refusal(&self) -> Option<Error> {
        let value = json(&self.body)?;
        Refusal::find_uncoded(&value).map(|refusal| self.refuse(refusal))
    }

    /// Returns the error for a body that should be an envelope and has neither code nor payload.
    #[cold]
    fn without_envelope(&self, call: &Call) -> Error {
        match json(&self.body).as_ref().and_then(Refusal::guess) {
            Some(refusal) => self.refuse(refusal),
            None => self.without_payload(call),
        }
    }

    /// Returns the error for a response that refuses the request.
    #[cold]
    pub(crate) fn refusal(&self) -> Error {
        if let Some(refusal) = json(&self.body).as_ref().and_then(Refusal::guess) {
            return self.refuse(refusal);
        }
        let text = text(&self.body[..self.body.len().min(KEPT_BODY)]);
        self.error(match STUDIO.wrapped.read(&text) {
            Some((code, msg)) => Kind::Api { code: Some(code), name: None, msg: self.hide(msg) },
            None => Kind::Status(self.describe()),
        })
    }

    #[cold]
    fn refuse(&self, refusal: Refusal<'_>) -> Error {
        self.add_context(refusal.into_error(self))
    }

    /// Returns the error for a response with a good status that cannot be decoded.
    #[cold]
    fn undecodable(&self, error: &serde_json::Error) -> Error {
        if let Some(refusal) = json(&self.body).as_ref().and_then(Refusal::find) {
            return self.refuse(refusal);
        }
        let what = if error.is_data() || looks_like_json(&self.body) {
            let Place { path, snippet } = Place::of(error, &self.body, Some(self.token.secret()));
            let why = self.show(&error.to_string(), 200);
            format!("cannot decode the response at {path}: {why}; it reads: {snippet}")
        } else {
            format!("the response is not JSON: {}", self.describe())
        };
        self.error(Kind::Decode(what))
    }

    /// Returns the error for a response that reports success and lacks the documented payload.
    #[cold]
    fn without_payload(&self, call: &Call) -> Error {
        let other = STUDIO.operation(call.operation()).and_then(|served| served.payload);
        let other = other.map(|name| format!(" or `{name}`")).unwrap_or_default();
        let what = format!("the response has no payload in `data`{other}: {}", self.describe());
        self.error(Kind::Decode(what))
    }

    /// Describes a response that is not one of the API.
    fn describe(&self) -> String {
        if self.status.is_redirection() {
            let location = self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok());
            let target = location.and_then(|l| reqwest::Url::parse(l).ok());
            // The rest of the address may hold secrets.
            return match target.as_ref().and_then(|url| url.host_str()) {
                Some(host) => {
                    let host = self.show(host, 100);
                    format!("redirected to host {host}; is the base URL right?")
                }
                None => "redirected; is the base URL right?".into(),
            };
        }
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(4096)]);
        let text = text.trim();
        if text.is_empty() {
            return "an empty response".into();
        }
        if self.is_page() || text.starts_with('<') {
            return match title(text) {
                Some(title) => {
                    format!("an HTML page titled \"{}\"", self.show(title, 100))
                }
                None => "an HTML page".into(),
            };
        }
        if text.contains('\u{fffd}') {
            return format!("{} bytes that are not text", self.body.len());
        }
        format!("a response that reads: {}", self.show(text, 120))
    }

    fn hide(&self, text: &str) -> String {
        redact::redact(text, Some(self.token.secret()))
    }

    fn show(&self, text: &str, limit: usize) -> String {
        redact::one_line(&self.hide(text), limit)
    }

    /// Makes an error with the context of the response: status, log ID, delay and body.
    #[cold]
    pub(crate) fn error(&self, kind: Kind) -> Error {
        self.add_context(Error::from_kind(kind))
    }

    fn add_context(&self, error: Error) -> Error {
        error
            .with_status(self.status)
            .or_log_id(self.log_id())
            .with_retry_after(self.retry_after())
            .with_body(text(&self.body[..self.body.len().min(KEPT_BODY)]))
    }

    /// Returns the error for a response that does not come from the API.
    #[cold]
    pub(crate) fn unexpected(&self, what: &str) -> Error {
        self.error(Kind::Status(format!("{what} but {}", self.describe())))
    }

    /// Returns the error for a body that is not read to its end.
    #[cold]
    pub(crate) fn too_long(&self, limit: usize) -> Error {
        self.error(Kind::Decode(format!("the response is longer than {limit} bytes")))
    }

    fn retry_after(&self) -> Option<Duration> {
        parse_retry_after(self.headers.get(header::RETRY_AFTER)?.to_str().ok()?)
    }
}

fn json(body: &[u8]) -> Option<Value> {
    looks_like_json(body).then(|| decode::from_slice(body).ok())?.filter(Value::is_object)
}

/// Returns the log ID that a body contains.
pub(crate) fn body_log_id(body: &Value) -> Option<&str> {
    body.pointer("/detail/logid")?.as_str().filter(|id| !id.is_empty())
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn looks_like_json(body: &[u8]) -> bool {
    matches!(decode::trim_start(body).first(), Some(b'{' | b'['))
}

fn title(html: &str) -> Option<&str> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find('<')?;
    Some(html[start..end].trim()).filter(|title| !title.is_empty())
}

#[cfg(test)]
mod tests;
