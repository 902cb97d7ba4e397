//! What stands around the payload of a reply: `{"code": 0, "msg": "", "data": …,
//! "detail": {"logid": "…"}}`.
//!
//! Three kinds of replies exist, one function each: the payload in [`data`], the payload
//! at the root beside the envelope ([`flat`]), no payload ([`empty`]). The success path
//! reads the text once and only `code` and the payload of it; what an error needs is
//! found by reading it again.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::value::CowStrDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::base::decode::{self, Elements, Place};
use crate::base::error::{Error, Kind, Result};
use crate::base::header::log_id;
use crate::base::platform::STUDIO;
use crate::base::redact;
use crate::base::token::AccessToken;
use crate::wire::call::Call;
use crate::wire::retry::parse_retry_after;

/// How much of the body of a response its errors keep.
const KEPT_BODY: usize = 64 * 1024;

/// An HTTP response, as far as it was read.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Kept to take it out of what is shown of the body.
    pub(crate) token: AccessToken,
    /// The number of attempts until this response.
    pub(crate) attempts: u32,
}

/// Decodes a response whose payload is in `data`, or where another platform has it.
pub(crate) fn data<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T> {
    payload(call, reply)?.ok_or_else(|| reply.without_payload(call))
}

/// Decodes a response that may lack its payload, such as an empty list.
pub(crate) fn optional_data<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T> {
    match payload(call, reply)? {
        Some(payload) => Ok(payload),
        None => decode::from_nothing().map_err(|_| reply.without_payload(call)),
    }
}

#[inline]
fn payload<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<Option<T>> {
    #[derive(Deserialize)]
    #[serde(bound = "T: DeserializeOwned")]
    struct Envelope<T> {
        code: Option<i64>,
        #[serde(default = "Option::default")]
        data: Option<T>,
    }

    reply.check_status()?;
    let envelope: Envelope<T> =
        decode::from_slice(&reply.body).map_err(|e| reply.undecodable(&e))?;
    reply.check_code(envelope.code)?;
    match envelope.data {
        None => elsewhere(call, reply, envelope.code),
        data => Ok(data),
    }
}

/// Finds a payload that is not in `data`, where the spec says that another platform has it.
#[cold]
fn elsewhere<T: DeserializeOwned>(
    call: &Call,
    reply: &Reply,
    code: Option<i64>,
) -> Result<Option<T>> {
    let served = STUDIO.operation(call.operation());
    let undecodable = |e: serde_json::Error| reply.undecodable(&e);
    if let Some(name) = served.and_then(|served| served.payload)
        && let Ok(members) = decode::from_slice::<HashMap<String, Box<RawValue>>>(&reply.body)
        && let Some(payload) = members.get(name).filter(|payload| payload.get() != "null")
    {
        return decode::from_str(payload.get()).map(Some).map_err(undecodable);
    }
    if code.is_some() {
        return Ok(None);
    }
    // Without a code, only a payload shows that the call has succeeded.
    let has_members = json(&reply.body)
        .is_some_and(|root| root.as_object().is_some_and(|members| !members.is_empty()));
    if has_members && served.is_some_and(|served| served.bare) {
        return decode::from_slice(&reply.body).map(Some).map_err(undecodable);
    }
    Err(reply.without_payload(call))
}

/// Decodes a response whose payload stands at the root, beside `code`, `msg` and `detail`,
/// which `T` does not get to see.
pub(crate) fn flat<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T> {
    match root(reply)? {
        (payload, true) => Ok(payload),
        (_, false) => Err(reply.without_payload(call)),
    }
}

/// Decodes a response whose root may be nothing but an envelope.
pub(crate) fn optional_flat<T: DeserializeOwned>(_: &Call, reply: &Reply) -> Result<T> {
    at_root(reply)
}

/// Decodes a response without an envelope, or with one that does not matter.
pub(crate) fn at_root<T: DeserializeOwned>(reply: &Reply) -> Result<T> {
    root(reply).map(|(payload, _)| payload)
}

/// Decodes the root, and tells if there is any member that `T` knows.
fn root<T: DeserializeOwned>(reply: &Reply) -> Result<(T, bool)> {
    reply.check_status()?;
    let (mut code, mut known) = (None, false);
    let text = String::from_utf8_lossy(&reply.body);
    let mut json = serde_json::Deserializer::from_str(&text);
    let root = Root { json: &mut json, fields: &[], code: &mut code, known: &mut known };
    let payload = T::deserialize(root)
        .and_then(|payload| json.end().map(|()| payload))
        .map_err(|e| reply.undecodable(&e))?;
    reply.check_code(code)?;
    Ok((payload, known))
}

/// Checks a reply without payload.
pub(crate) fn empty<T: Default>(_: &Call, reply: &Reply) -> Result<T> {
    reply.check_status()?;
    // "204 No Content" and the like.
    if reply.body.is_empty() {
        return Ok(T::default());
    }
    let envelope: Code = decode::from_slice(&reply.body).map_err(|e| reply.undecodable(&e))?;
    reply.check_code(envelope.code)?;
    Ok(T::default())
}

/// The code of an envelope, whatever else it holds.
#[derive(Deserialize)]
struct Code {
    code: Option<i64>,
}

impl Reply {
    /// The id under which Coze logged the request.
    pub(crate) fn log_id(&self) -> Option<String> {
        if let Some(log_id) = log_id(&self.headers) {
            return Some(self.hide(log_id));
        }
        let value = json(&self.body)?;
        let log_id = value.pointer("/detail/logid")?.as_str()?;
        (!log_id.is_empty()).then(|| self.hide(log_id))
    }

    /// No reply at all, for events that come from elsewhere.
    pub(crate) fn none() -> Self {
        Self {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            token: AccessToken::none(),
            attempts: 0,
        }
    }

    /// Whether the body is a stream of events.
    pub(crate) fn is_event_stream(&self) -> bool {
        const EVENTS: &str = "text/event-stream";
        let kind = self.content_type().and_then(|kind| kind.split(';').next());
        self.status.is_success()
            && kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case(EVENTS))
    }

    /// Whether the body is a file. What may be an error of the API, or a page of a gateway, has to be looked at first.
    pub(crate) fn is_file(&self) -> bool {
        let kind = self.content_type().unwrap_or_default();
        self.status.is_success() && !kind.contains("json") && !kind.contains("html")
    }

    /// Checks a reply that did not look like a file. JSON without an error code is a file.
    pub(crate) fn check_file(&self) -> Result<()> {
        self.check_status()?;
        if self.content_type().is_some_and(|kind| kind.contains("html")) {
            let what = format!("the reply is no file: {}", self.describe());
            return Err(self.error(Kind::Decode(what)));
        }
        match self.refused() {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Why there are no events. The body is kept: it may be what was asked for.
    #[cold]
    pub(crate) fn instead_of_events(&self) -> Error {
        if !self.status.is_success() {
            return self.refusal();
        }
        let value = json(&self.body);
        if let Some(refusal) = value.as_ref().and_then(Refusal::find) {
            return self.error(refusal.into_kind(self));
        }
        let what = match value {
            Some(_) => "a JSON object in place of an event stream",
            None => "no event stream",
        };
        self.error(Kind::Decode(format!("the reply is {what}: {}", self.describe())))
            .with_body(text(&self.body))
    }

    /// Returns the error that the reply reports, whatever else its body may be.
    pub(crate) fn refused(&self) -> Option<Error> {
        if !self.status.is_success() {
            return Some(self.refusal());
        }
        let code = looks_like_json(&self.body).then(|| decode::from_slice::<Code>(&self.body));
        match code? {
            Ok(Code { code: Some(0) }) => None,
            _ => {
                let value = json(&self.body)?;
                Refusal::find(&value).map(|refusal| self.error(refusal.into_kind(self)))
            }
        }
    }

    fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    fn check_status(&self) -> Result<()> {
        if self.status.is_success() { Ok(()) } else { Err(self.refusal()) }
    }

    /// Checks the code of a reply that has come with a good status.
    fn check_code(&self, code: Option<i64>) -> Result<()> {
        match code {
            Some(0) => Ok(()),
            Some(_) => Err(self.refusal()),
            // OAuth endpoints have no envelope, and other names for what is wrong.
            None => match json(&self.body).as_ref().and_then(Refusal::find) {
                Some(refusal) => Err(self.error(refusal.into_kind(self))),
                None => Ok(()),
            },
        }
    }

    /// Why the request was refused, as far as the reply says.
    #[cold]
    pub(crate) fn refusal(&self) -> Error {
        let value = json(&self.body);
        let refusal = value.as_ref().and_then(|v| Refusal::find(v).or_else(|| Refusal::guess(v)));
        if let Some(refusal) = refusal {
            return self.error(refusal.into_kind(self));
        }
        let text = text(&self.body[..self.body.len().min(KEPT_BODY)]);
        self.error(match STUDIO.wrapped.read(&text) {
            Some((code, msg)) => Kind::Api { code: Some(code), name: None, msg: self.hide(msg) },
            None => Kind::Status(self.describe()),
        })
    }

    /// The error for a reply with a good status that is not what it should be.
    #[cold]
    fn undecodable(&self, error: &serde_json::Error) -> Error {
        if let Some(refusal) = json(&self.body).as_ref().and_then(Refusal::find) {
            return self.error(refusal.into_kind(self));
        }
        let what = if error.is_data() || looks_like_json(&self.body) {
            let Place { path, snippet } = Place::of(error, &self.body, Some(self.token.secret()));
            let why = self.hide(&error.to_string());
            format!("cannot decode the reply at {path}: {why}; it reads: {snippet}")
        } else {
            format!("the reply is not JSON: {}", self.describe())
        };
        self.error(Kind::Decode(what))
    }

    /// The error for a response that reports success and lacks the documented payload.
    #[cold]
    fn without_payload(&self, call: &Call) -> Error {
        let other = STUDIO.operation(call.operation()).and_then(|served| served.payload);
        let other = other.map(|name| format!(" or `{name}`")).unwrap_or_default();
        let what = format!("the response has no payload in `data`{other}: {}", self.describe());
        self.error(Kind::Decode(what))
    }

    /// What the answer looks like from outside.
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
            return "an empty answer".into();
        }
        let html = self.content_type().is_some_and(|kind| kind.contains("html"));
        if html || text.starts_with('<') {
            return match title(text) {
                Some(title) => {
                    format!("an HTML page titled \"{}\"", self.show(title, 100))
                }
                None => "an HTML page".into(),
            };
        }
        if text.contains('\u{fffd}') {
            return format!("{} bytes that are no text", self.body.len());
        }
        format!("an answer that reads: {}", self.show(text, 120))
    }

    fn hide(&self, text: &str) -> String {
        redact::redact(text, Some(self.token.secret()))
    }

    fn show(&self, text: &str, limit: usize) -> String {
        redact::one_line(&self.hide(text), limit)
    }

    /// Adds to what went wrong what the response tells: status, log id, delay and body.
    #[cold]
    pub(crate) fn error(&self, kind: Kind) -> Error {
        Error::new(kind)
            .with_status(self.status.as_u16())
            .with_log_id(self.log_id())
            .with_retry_after(self.retry_after())
            .with_body(text(&self.body[..self.body.len().min(KEPT_BODY)]))
    }

    /// The error for a response of something else than the API.
    #[cold]
    pub(crate) fn unexpected(&self, what: &str) -> Error {
        self.error(Kind::Status(format!("{what} but {}", self.describe())))
    }

    /// The error for a body that is not read to its end.
    #[cold]
    pub(crate) fn too_long(&self, limit: usize) -> Error {
        self.error(Kind::Decode(format!("the response is longer than {limit} bytes")))
    }

    fn retry_after(&self) -> Option<Duration> {
        parse_retry_after(self.headers.get(header::RETRY_AFTER)?.to_str().ok()?)
    }
}

/// What a reply says about why a request was refused.
pub(crate) struct Refusal<'a> {
    code: Option<i64>,
    name: Option<&'a str>,
    msg: &'a str,
}

impl<'a> Refusal<'a> {
    /// Reads the API's own error, `{"code", "msg"}`, and the two of OAuth.
    pub(crate) fn find(value: &'a Value) -> Option<Self> {
        Self::read(value, "code", &["msg", "message"])
            .or_else(|| Self::read(value, "error_code", &["error_message"]))
            .or_else(|| Self::read(value, "error", &["error_description"]))
    }

    /// Reads what gateways send with a bad status.
    fn guess(value: &'a Value) -> Option<Self> {
        let inner = value.get("error").filter(|inner| inner.is_object());
        let object = inner.unwrap_or(value);
        Self::read(object, "code", &["message", "msg"]).or_else(|| {
            let msg = message(object, &["message", "msg", "error_message", "detail"])?;
            Some(Self { code: None, name: None, msg })
        })
    }

    fn read(value: &'a Value, code: &str, msg: &[&str]) -> Option<Self> {
        let (code, name) = match value.get(code)? {
            Value::Number(number) => (Some(number.as_i64()?), None),
            Value::String(text) => match text.parse() {
                Ok(code) => (Some(code), None),
                Err(_) => (None, Some(text.as_str()).filter(|name| !name.is_empty())),
            },
            _ => return None,
        };
        if code == Some(0) || (code, name) == (None, None) {
            return None;
        }
        Some(Self { code, name, msg: message(value, msg).unwrap_or_default() })
    }

    /// Returns `true` if the reply explains itself.
    pub(crate) fn has_message(&self) -> bool {
        !self.msg.is_empty()
    }

    pub(crate) fn into_kind(self, reply: &Reply) -> Kind {
        let hide = |text| redact::redact(text, Some(reply.token.secret()));
        if self.msg.contains(STUDIO.absent) && !STUDIO.absent.is_empty() {
            return Kind::Unsupported { code: self.code, msg: hide(self.msg) };
        }
        if let Some((code, msg)) = STUDIO.wrapped.inside(self.code, self.msg) {
            return Kind::Api { code: Some(code), name: None, msg: hide(msg) };
        }
        Kind::Api { code: self.code, name: self.name.map(hide), msg: hide(self.msg) }
    }
}

fn message<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a str> {
    let mut texts = keys.iter().filter_map(|key| value.get(key)?.as_str());
    texts.find(|text| !text.is_empty())
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

fn text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

fn looks_like_json(body: &[u8]) -> bool {
    matches!(body.trim_ascii_start().first(), Some(b'{' | b'['))
}

fn title(html: &str) -> Option<&str> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find('<')?;
    Some(html[start..end].trim()).filter(|title| !title.is_empty())
}

/// Deserializes the payload from the root of a reply and keeps `code`.
struct Root<'a, D> {
    json: D,
    /// The members of the payload, if it is a struct.
    fields: &'static [&'static str],
    code: &'a mut Option<i64>,
    /// Whether there is any of the members.
    known: &'a mut bool,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Root<'_, D> {
    type Error = D::Error;

    // Whatever the payload's type asks for, the root is an object.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { json, fields, code, known } = self;
        json.deserialize_map(RootVisitor { visitor, parts: (fields, code, known) })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        Self { fields, ..self }.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// The members of the payload, the code, and whether there is any of the members.
type RootParts<'a> = (&'static [&'static str], &'a mut Option<i64>, &'a mut bool);

struct RootVisitor<'a, V> {
    visitor: V,
    parts: RootParts<'a>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for RootVisitor<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let (fields, code, known) = self.parts;
        self.visitor.visit_map(RootAccess { map: Elements(map), fields, code, known })
    }
}

struct RootAccess<'a, A> {
    map: Elements<A>,
    fields: &'static [&'static str],
    code: &'a mut Option<i64>,
    known: &'a mut bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for RootAccess<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key_seed(Key)? {
            match &*key {
                "code" => *self.code = self.map.next_value()?,
                "msg" | "detail" => drop(self.map.next_value::<de::IgnoredAny>()?),
                _ => {
                    // Types that are not structs know every member.
                    let known = self.fields.is_empty() || self.fields.contains(&&*key);
                    *self.known |= known;
                    return seed.deserialize(CowStrDeserializer::new(key)).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// A key that borrows from the text unless it holds escapes. `Cow` by itself never does.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(v))
    }

    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(v.to_owned()))
    }
}

#[cfg(test)]
mod tests;
