//! Checked requests, as behaviors see them.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};

use crate::endpoint::Endpoint;
use crate::form::{FilePart, Form};

/// A request that has passed the checks.
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its path, as received.
    pub path: String,
    /// Its headers.
    pub headers: HeaderMap,
    pub(crate) endpoint: Arc<Endpoint>,
    /// Parameters of path, query and headers, converted to the types of the spec.
    pub(crate) parameters: Map<String, Value>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Payload,
}

/// The body of a request.
#[derive(Debug, Default)]
pub(crate) enum Payload {
    #[default]
    Nothing,
    Json(Value),
    Form(Form),
    Bytes(Bytes),
}

impl Request {
    /// The id of the operation, for example `bots.create`.
    pub fn operation(&self) -> &str {
        &self.endpoint.id
    }

    /// Returns the value of a parameter or of a body property, converted to the type of the spec.
    /// If it was not sent, returns its default, or null without one.
    ///
    /// Path, query and headers take precedence over the body.
    pub fn value(&self, name: &str) -> &Value {
        let default = || self.endpoint.param(name)?.field.default.as_ref();
        self.sent(name).or_else(default).unwrap_or(&Value::Null)
    }

    /// Returns `true` if a parameter or a property of the body was sent, even as null.
    pub fn has(&self, name: &str) -> bool {
        self.parameters.contains_key(name) || self.body().get(name).is_some()
    }

    /// [`value`](Self::value) as text; empty for other types.
    pub fn text(&self, name: &str) -> &str {
        self.value(name).as_str().unwrap_or_default()
    }

    /// [`value`](Self::value) as an integer.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.value(name).as_i64()
    }

    /// [`value`](Self::value) as a boolean; `false` for other types.
    pub fn flag(&self, name: &str) -> bool {
        self.value(name).as_bool().unwrap_or_default()
    }

    /// [`value`](Self::value) as a list; empty for other types.
    pub fn list(&self, name: &str) -> &[Value] {
        self.value(name).as_array().map_or(&[], Vec::as_slice)
    }

    /// [`value`](Self::value) as a list of texts.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.list(name).iter().filter_map(Value::as_str).collect()
    }

    /// The JSON body, or the text parts of a multipart body as an object; null if there is none.
    pub fn body(&self) -> &Value {
        match &self.body {
            Payload::Json(value) => value,
            Payload::Form(form) => &form.fields,
            Payload::Nothing | Payload::Bytes(_) => &Value::Null,
        }
    }

    /// The file part of that name.
    pub fn file(&self, name: &str) -> Option<&FilePart> {
        self.files(name).next()
    }

    /// The file parts of that name.
    pub(crate) fn files(&self, name: &str) -> impl Iterator<Item = &FilePart> {
        let files = match &self.body {
            Payload::Form(form) => form.files.as_slice(),
            Payload::Nothing | Payload::Json(_) | Payload::Bytes(_) => &[],
        };
        files.iter().filter(move |file| file.name == name)
    }

    /// The value of a parameter or of a property of the body, if it was sent.
    pub(crate) fn sent(&self, name: &str) -> Option<&Value> {
        let sent = self.parameters.get(name).or_else(|| self.body().get(name));
        sent.filter(|value| !value.is_null())
    }

    /// Returns the raw body, if it is neither JSON nor multipart.
    pub fn bytes(&self) -> &Bytes {
        static EMPTY: Bytes = Bytes::new();
        if let Payload::Bytes(bytes) = &self.body { bytes } else { &EMPTY }
    }

    /// The pairs of the query, decoded, in their order.
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// A header as text; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns `true` if the caller wants a stream of events: the operation has no other reply, or
    /// `stream` is `true`.
    pub fn wants_events(&self) -> bool {
        self.endpoint.stream().is_some_and(|stream| !stream.switch || self.body()["stream"] == true)
    }
}
