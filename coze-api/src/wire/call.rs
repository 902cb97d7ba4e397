//! One request before it is sent, whatever the operation.

mod reading;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderValue, Method, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::Serialize;

use crate::base::error::{Error, Result};
use crate::base::future::BoxFuture;
use crate::base::header::parse_header;
use crate::base::token::AccessToken;
use crate::wire::body::Body;
use crate::wire::client::Client;
use crate::wire::envelope::Reply;
use crate::wire::response::Response;
use crate::wire::retry::Retry;
use crate::wire::stream::{Download, EventStream, StreamEvent};
use crate::wire::transport;
use crate::wire::upload::{Part, Upload};

/// How the value of a reply is found. A function and no closure, so that builders stay
/// data.
pub(crate) type Decode<T> = fn(&Call, &Reply) -> Result<T>;

/// Whatever a URL does not reserve: letters, digits, `-`, `.`, `_` and `~`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// One request before it is sent. Everything is text already, so that all operations
/// share one way out.
///
/// What cannot be sent is noted and reported when the request is sent: setters do not
/// fail.
#[derive(Clone)]
pub(crate) struct Call(Box<Parts>);

#[derive(Clone)]
struct Parts {
    client: Client,
    operation: Cow<'static, str>,
    method: Method,
    path: Cow<'static, str>,
    segments: Vec<(&'static str, String)>,
    query: Vec<(Cow<'static, str>, String)>,
    headers: HeaderMap,
    body: Body,
    repeatable: Option<bool>,
    timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    retry: Option<Retry>,
    token: Option<AccessToken>,
    websocket: bool,
    defect: Option<String>,
}

/// Filling in: the vocabulary of generated operations.
#[allow(dead_code, reason = "which words are used depends on the spec")]
#[allow(clippy::needless_pass_by_value, reason = "builders hand on what they were given")]
impl Call {
    /// Starts a request. `operation` is the name under which errors and traces know it.
    pub(crate) fn new(client: &Client, operation: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Parts {
            client: client.clone(),
            operation: operation.into(),
            method: Method::GET,
            path: Cow::Borrowed("/"),
            segments: Vec::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Body::Empty,
            repeatable: None,
            timeout: None,
            idle_timeout: None,
            retry: None,
            token: None,
            websocket: false,
            defect: None,
        }))
    }

    pub(crate) fn get(self, path: &'static str) -> Self {
        self.to(Method::GET, path)
    }

    pub(crate) fn post(self, path: &'static str) -> Self {
        self.to(Method::POST, path)
    }

    pub(crate) fn put(self, path: &'static str) -> Self {
        self.to(Method::PUT, path)
    }

    pub(crate) fn delete(self, path: &'static str) -> Self {
        self.to(Method::DELETE, path)
    }

    pub(crate) fn to(mut self, method: Method, path: impl Into<Cow<'static, str>>) -> Self {
        self.0.method = method;
        self.0.path = path.into();
        self
    }

    /// Makes it a request to switch to WebSocket, at the address of that API.
    #[cfg(feature = "realtime")]
    pub(crate) fn websocket(mut self, path: &'static str) -> Self {
        self.0.websocket = true;
        self.get(path)
    }

    /// Fills the place `{name}` of the path.
    pub(crate) fn segment(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        if matches!(value, "" | "." | "..") {
            // As a part of a path these lead to another resource.
            return self.defect(|| format!("{name} must not be \"{value}\""));
        }
        self.0.segments.push((name, utf8_percent_encode(value, ENCODED).to_string()));
        self
    }

    /// Sets a query parameter.
    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        set(&mut self.0.query, name, value.to_string());
        self
    }

    /// Adds a query parameter that may stand several times.
    pub(crate) fn query_more(mut self, name: impl Into<Cow<'static, str>>, value: String) -> Self {
        self.0.query.push((name.into(), value));
        self
    }

    /// Sets a query parameter once per value: `ids=1&ids=2`.
    pub(crate) fn query_each<V: ToString>(
        mut self,
        name: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.0.query.retain(|(key, _)| key != name);
        values.into_iter().fold(self, |call, value| call.query_more(name, value.to_string()))
    }

    /// Sets a query parameter to a list: `ids=1,2`.
    pub(crate) fn query_joined<V: ToString>(
        self,
        name: &'static str,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        self.query(name, values.join(","))
    }

    /// Sets a header that the operation defines.
    pub(crate) fn header(self, name: &'static str, value: impl ToString) -> Self {
        self.with_header(name, &value.to_string())
    }

    /// Sets a member of the JSON body.
    pub(crate) fn field(mut self, name: &'static str, value: impl Serialize) -> Self {
        match serde_json::to_string(&value) {
            Ok(json) => {
                set(self.fields(), name, json);
                self
            }
            Err(e) => self.defect(|| format!("{name} cannot be written as JSON: {e}")),
        }
    }

    /// Appends to a list in the JSON body.
    pub(crate) fn push(mut self, name: &'static str, value: impl Serialize) -> Self {
        let element = match serde_json::to_string(&value) {
            Ok(element) => element,
            Err(e) => {
                return self.defect(|| format!("{name} cannot be written as JSON: {e}"));
            }
        };
        let fields = self.fields();
        match fields.iter_mut().find(|(key, _)| *key == name) {
            // An empty list, or a `null` in its place, has nothing to keep.
            Some((_, list)) if list.len() > 2 && list.ends_with(']') => {
                list.pop();
                list.push(',');
                list.push_str(&element);
                list.push(']');
            }
            _ => set(fields, name, format!("[{element}]")),
        }
        self
    }

    /// Sets a text part of a multipart body.
    pub(crate) fn part(mut self, name: &'static str, value: impl ToString) -> Self {
        set(self.parts(), name, Part::Text(value.to_string()));
        self
    }

    /// Sets a part of a multipart body that holds JSON.
    pub(crate) fn part_json(mut self, name: &'static str, value: impl Serialize) -> Self {
        match serde_json::to_string(&value) {
            Ok(json) => {
                set(self.parts(), name, Part::Json(json));
                self
            }
            Err(e) => self.defect(|| format!("{name} cannot be written as JSON: {e}")),
        }
    }

    /// Sets a file part of a multipart body.
    pub(crate) fn file(mut self, name: &'static str, upload: Upload) -> Self {
        set(self.parts(), name, Part::File(upload));
        self
    }

    /// Sets the whole JSON body.
    pub(crate) fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => {
                self.0.body = Body::Json(json.into());
                self
            }
            Err(e) => self.defect(|| format!("the body cannot be written as JSON: {e}")),
        }
    }

    /// Whether repeating the call is harmless. Otherwise that follows from the method.
    pub(crate) fn repeatable(mut self, repeatable: bool) -> Self {
        self.0.repeatable = Some(repeatable);
        self
    }

    pub(crate) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    pub(crate) fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.0.idle_timeout = Some(timeout);
        self
    }

    pub(crate) fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = Some(retry);
        self
    }

    pub(crate) fn with_token(mut self, token: SecretString) -> Self {
        match AccessToken::new(token) {
            Ok(token) => {
                self.0.token = Some(token);
                self
            }
            Err(e) => self.defect(|| e.to_string()),
        }
    }

    /// Takes over how another call is made: for how long, how often, with which token and headers.
    pub(crate) fn with_options_of(mut self, other: &Self) -> Self {
        let (Parts { headers, timeout, idle_timeout, retry, token, .. }, call) =
            (&*other.0, &mut self.0);
        for (name, value) in headers {
            call.headers.entry(name).or_insert(value.clone());
        }
        (call.timeout, call.idle_timeout) = (*timeout, *idle_timeout);
        (call.retry, call.token) = (retry.clone(), token.clone());
        self
    }

    /// Asks for a content type, unless the caller has done so.
    fn accept(mut self, kind: &'static str) -> Self {
        let entry = self.0.headers.entry(header::ACCEPT);
        entry.or_insert(HeaderValue::from_static(kind));
        self
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        match parse_header(name, value) {
            Ok((name, value)) => {
                self.0.headers.insert(name, value);
                self
            }
            Err(what) => self.defect(|| what),
        }
    }

    /// Notes what makes the request impossible. The first defect is the one to report.
    pub(crate) fn defect(mut self, what: impl FnOnce() -> String) -> Self {
        self.0.defect.get_or_insert_with(what);
        self
    }

    /// Makes the body a JSON object, even if no member is set.
    pub(crate) fn with_object(mut self) -> Self {
        self.fields();
        self
    }

    fn fields(&mut self) -> &mut Vec<(&'static str, String)> {
        if !matches!(self.0.body, Body::Fields(_)) {
            self.0.body = Body::Fields(Vec::new());
        }
        match &mut self.0.body {
            Body::Fields(fields) => fields,
            _ => unreachable!("set in the line above"),
        }
    }

    fn parts(&mut self) -> &mut Vec<(&'static str, Part)> {
        if !matches!(self.0.body, Body::Multipart(_)) {
            self.0.body = Body::Multipart(Vec::new());
        }
        match &mut self.0.body {
            Body::Multipart(parts) => parts,
            _ => unreachable!("set in the line above"),
        }
    }
}

/// Sending.
impl Call {
    pub(crate) fn send<'a, T: Send + 'a>(self, decode: Decode<T>) -> BoxFuture<'a, Result<T>> {
        Box::pin(async move { Ok(self.exchange(decode).await?.0) })
    }

    pub(crate) async fn send_with_response<T: Send>(
        self,
        decode: Decode<T>,
    ) -> Result<Response<T>> {
        let (value, reply) = self.exchange(decode).await?;
        Ok(Response::new(value, reply))
    }

    /// Sends the request and streams the events of the reply. `switch` is the member of the body that asks for them.
    pub(crate) async fn stream<E: StreamEvent>(
        self,
        switch: Option<&'static str>,
    ) -> Result<EventStream<E>> {
        let call = match switch {
            Some(switch) => self.field(switch, true),
            None => self,
        };
        let call = call.accept("text/event-stream");
        let (reply, source) = transport::open(&call).await?;
        Ok(EventStream::new(call, reply, source))
    }

    /// Sends the request for a file.
    pub(crate) async fn download(self) -> Result<Download> {
        let (reply, source) = transport::download(&self).await?;
        Ok(Download::new(&self, reply, source))
    }

    /// The only part of sending that is compiled per type.
    async fn exchange<T: Send>(&self, decode: Decode<T>) -> Result<(T, Reply)> {
        let mut value = None;
        let mut accept = |reply: &Reply| decode(self, reply).map(|decoded| value = Some(decoded));
        let reply = transport::send(self, &mut accept).await?;
        match value {
            Some(value) => Ok((value, reply)),
            None => Err(Error::request("the reply was not decoded")),
        }
    }
}

/// Replaces the value of a key, or appends both.
fn set<K: PartialEq<&'static str> + From<&'static str>, V>(
    list: &mut Vec<(K, V)>,
    key: &'static str,
    value: V,
) {
    match list.iter_mut().find(|(k, _)| *k == key) {
        Some((_, old)) => *old = value,
        None => list.push((key.into(), value)),
    }
}

/// Leaves out values: a query or a body may hold what is nobody else's business.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.0.operation)
            .field("method", &self.0.method)
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}
