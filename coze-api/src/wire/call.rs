//! One request before it is sent, whatever the operation.

mod deadline;
mod extra;
mod object;
mod platform;
mod reading;
mod secrets;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, Method};
use reqwest::Url;
use secrecy::SecretString;
use serde::Serialize;

pub(crate) use deadline::Deadline;

use crate::base::header::parse_header;
use crate::base::percent::encode;
use crate::base::token::AccessToken;
use crate::wire::body::{Body, Member, json_of};
use crate::wire::client::Client;
use crate::wire::middleware::AddedSecrets;
use crate::wire::retry::Retry;
use crate::wire::upload::{Part, Upload};

/// The timeout of an attempt unless the spec declares another one. The longest documented time of
/// other operations is 90 seconds.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(120);

/// One request before it is sent. All values are text already, so that all operations share one
/// transport.
///
/// Setters do not fail: a value that cannot be sent is recorded, and reported when the request is
/// sent.
#[derive(Clone)]
pub(crate) struct Call(Box<Parts>);

#[derive(Clone)]
struct Parts {
    client: Client,
    operation: Cow<'static, str>,
    method: Method,
    /// Unless it is that of the API.
    base: Option<Box<Url>>,
    path: Cow<'static, str>,
    path_params: Vec<(&'static str, String)>,
    query: Vec<(Cow<'static, str>, String)>,
    headers: HeaderMap,
    /// Not a header yet, because a map for one header takes 700 bytes.
    accept: Option<&'static str>,
    body: Body,
    idempotent: Option<bool>,
    /// The timeout that the operation has by default.
    default_timeout: Duration,
    timeout: Option<Duration>,
    deadline: Option<Deadline>,
    idle_timeout: Option<Duration>,
    retry: Option<Retry>,
    token: Option<AccessToken>,
    body_limit: Option<usize>,
    invalid: Option<String>,
    /// The secret headers that interceptors have added; `None` if the client has no interceptor.
    added: Option<Arc<AddedSecrets>>,
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
            base: None,
            path: Cow::Borrowed("/"),
            path_params: Vec::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            accept: None,
            body: Body::Empty,
            idempotent: None,
            default_timeout: DEFAULT_TIMEOUT,
            timeout: None,
            deadline: None,
            idle_timeout: None,
            retry: None,
            token: None,
            body_limit: None,
            invalid: None,
            added: client.interceptors().map(|_| Arc::default()),
        }))
    }

    /// Makes it a GET request to `path`, whose parameters are in braces.
    pub(crate) fn get(self, path: &'static str) -> Self {
        self.to(Method::GET, path)
    }

    /// Makes it a POST request to `path`, whose parameters are in braces.
    pub(crate) fn post(self, path: &'static str) -> Self {
        self.to(Method::POST, path)
    }

    /// Makes it a PUT request to `path`, whose parameters are in braces.
    pub(crate) fn put(self, path: &'static str) -> Self {
        self.to(Method::PUT, path)
    }

    /// Makes it a DELETE request to `path`, whose parameters are in braces.
    pub(crate) fn delete(self, path: &'static str) -> Self {
        self.to(Method::DELETE, path)
    }

    /// Makes it a request of any method.
    pub(crate) fn to(mut self, method: Method, path: impl Into<Cow<'static, str>>) -> Self {
        self.0.method = method;
        self.0.path = path.into();
        self
    }

    /// Sends it below another address than that of the API.
    #[allow(dead_code, reason = "features have addresses of their own")]
    pub(crate) fn at(mut self, base: Url) -> Self {
        self.0.base = Some(Box::new(base));
        self
    }

    /// Fills the place `{name}` of the path.
    pub(crate) fn path_param(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        if matches!(value, "" | "." | "..") {
            // As a part of a path these lead to another resource.
            return self.invalid(|| format!("{name} must not be \"{value}\""));
        }
        self.0.path_params.push((name, encode(value).to_string()));
        self
    }

    /// Sets a query parameter.
    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        set(&mut self.0.query, Cow::Borrowed(name), value.to_string());
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
        match json_of(&value) {
            Ok(json) => {
                set(self.members(), Cow::Borrowed(name), Member::Value(json));
                self
            }
            Err(e) => self.unserializable(name, &e),
        }
    }

    /// Sets a member of the JSON body to a list, to which [`push`](Self::push) appends.
    pub(crate) fn elements<T: Serialize>(
        mut self,
        name: &'static str,
        elements: impl IntoIterator<Item = T>,
    ) -> Self {
        let elements = elements.into_iter().map(|element| json_of(&element));
        match elements.collect() {
            Ok(elements) => {
                set(self.members(), Cow::Borrowed(name), Member::List(elements));
                self
            }
            Err(e) => self.unserializable(name, &e),
        }
    }

    /// Appends to a list in the JSON body. A member that is not a list is replaced.
    pub(crate) fn push(mut self, name: &'static str, element: impl Serialize) -> Self {
        let element = match json_of(&element) {
            Ok(element) => element,
            Err(e) => return self.unserializable(name, &e),
        };
        let members = self.members();
        match members.iter_mut().find(|(key, _)| *key == name) {
            Some((_, Member::List(list))) => list.push(element),
            _ => set(members, Cow::Borrowed(name), Member::List(vec![element])),
        }
        self
    }

    fn unserializable(self, name: &str, error: &serde_json::Error) -> Self {
        self.invalid(|| format!("{name} cannot be written as JSON: {error}"))
    }

    /// Sets a text part of a multipart body.
    pub(crate) fn part(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        set(self.parts(), name.into(), Part::Text(value.to_string()));
        self
    }

    /// Sets a part of a multipart body that holds JSON.
    pub(crate) fn part_json(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Serialize,
    ) -> Self {
        let name = name.into();
        match json_of(&value) {
            Ok(json) => {
                set(self.parts(), name, Part::Json(json));
                self
            }
            Err(e) => self.unserializable(&name, &e),
        }
    }

    /// Sets a file part of a multipart body.
    pub(crate) fn file(mut self, name: impl Into<Cow<'static, str>>, upload: Upload) -> Self {
        set(self.parts(), name.into(), Part::File(upload));
        self
    }

    /// Sets the whole JSON body.
    pub(crate) fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(json) => {
                if matches!(self.0.body, Body::Multipart(_) | Body::Object(_)) {
                    self.replaces_body("a JSON body");
                }
                self.0.body = Body::Json(json.into());
                self
            }
            Err(e) => self.invalid(|| format!("the body cannot be written as JSON: {e}")),
        }
    }

    /// Says whether the call is harmless to repeat. Otherwise that follows from the method.
    pub(crate) fn idempotent(mut self, idempotent: bool) -> Self {
        self.0.idempotent = Some(idempotent);
        self
    }

    /// Sets the timeout of operations that the documentation gives more time than others.
    pub(crate) fn default_timeout(mut self, seconds: u64) -> Self {
        self.0.default_timeout = Duration::from_secs(seconds);
        self
    }

    /// Sets the limit on the time of one attempt.
    pub(crate) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    /// Sets the limit on the time of everything that is done for the call.
    pub(crate) fn with_deadline(mut self, limit: Duration) -> Self {
        self.0.deadline = Some(Deadline::new(limit));
        self
    }

    /// Lets the time of the deadline begin, unless it has begun before.
    pub(crate) fn start_deadline(mut self) -> Self {
        self.0.deadline = self.0.deadline.map(Deadline::start);
        self
    }

    /// Removes the deadline, and returns its time.
    pub(crate) fn take_deadline(&mut self) -> Option<Duration> {
        self.0.deadline.take().map(Deadline::limit)
    }

    /// Sets the limit on the time without data in a stream or a download.
    pub(crate) fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.0.idle_timeout = Some(timeout);
        self
    }

    /// Sets the limit on a body that is read into memory, in bytes.
    pub(crate) fn with_body_limit(mut self, bytes: usize) -> Self {
        self.0.body_limit = Some(bytes);
        self
    }

    /// Sets the retry policy, instead of the client's.
    pub(crate) fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = Some(retry);
        self
    }

    /// Sets the access token, instead of the client's credentials.
    pub(crate) fn with_token(mut self, token: SecretString) -> Self {
        match AccessToken::new(token) {
            Ok(token) => {
                self.0.token = Some(token);
                self
            }
            Err(e) => self.invalid(|| e.to_string()),
        }
    }

    /// Takes over how another call is made: for how long, how often, with which token and headers.
    pub(crate) fn with_options_of(mut self, other: &Self) -> Self {
        let (Parts { headers, timeout, deadline, idle_timeout, retry, token, .. }, call) =
            (&*other.0, &mut self.0);
        for (name, value) in headers {
            call.headers.entry(name).or_insert(value.clone());
        }
        (call.timeout, call.idle_timeout) = (*timeout, *idle_timeout);
        (call.deadline, call.retry, call.token) = (*deadline, retry.clone(), token.clone());
        self
    }

    /// Asks for a content type, unless the caller has done so.
    pub(crate) fn accept(mut self, kind: &'static str) -> Self {
        self.0.accept = Some(kind);
        self
    }

    /// The content type to ask for.
    pub(crate) fn accepted(&self) -> Option<&'static str> {
        self.0.accept
    }

    /// Adds a header. What it replaces is that of the client or of the operation.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        match parse_header(name, value) {
            Ok((name, value)) => {
                self.0.headers.insert(name, value);
                self
            }
            Err(reason) => self.invalid(|| reason),
        }
    }

    /// Notes why the request cannot be sent. The first reason is the one to report.
    pub(crate) fn invalid(mut self, reason: impl FnOnce() -> String) -> Self {
        self.0.invalid.get_or_insert_with(reason);
        self
    }

    /// Notes that a body of another kind would be lost.
    fn replaces_body(&mut self, kind: &str) {
        if !matches!(self.0.body, Body::Empty) {
            let reason = || format!("a request with {kind} cannot have another body");
            self.0.invalid.get_or_insert_with(reason);
        }
    }

    /// Makes the body a JSON object, even if no member is set.
    pub(crate) fn with_object(mut self) -> Self {
        self.members();
        self
    }

    fn members(&mut self) -> &mut Vec<(Cow<'static, str>, Member)> {
        if !matches!(self.0.body, Body::Object(_)) {
            self.0.body = Body::Object(Vec::new());
        }
        match &mut self.0.body {
            Body::Object(fields) => fields,
            _ => unreachable!("set in the line above"),
        }
    }

    fn parts(&mut self) -> &mut Vec<(Cow<'static, str>, Part)> {
        if let Body::Object(members) = &mut self.0.body {
            let parts = std::mem::take(members).into_iter();
            let parts = parts.map(|(name, member)| (name, Part::of_json(member.into_json())));
            self.0.body = Body::Multipart(parts.collect());
        } else if !matches!(self.0.body, Body::Multipart(_)) {
            self.replaces_body("a form");
            self.0.body = Body::Multipart(Vec::new());
        }
        match &mut self.0.body {
            Body::Multipart(parts) => parts,
            _ => unreachable!("set in the line above"),
        }
    }
}

/// Replaces the value of a key, or appends both.
fn set<K: PartialEq, V>(list: &mut Vec<(K, V)>, key: K, value: V) {
    match list.iter_mut().find(|(k, _)| *k == key) {
        Some((_, old)) => *old = value,
        None => list.push((key, value)),
    }
}

/// Leaves out values, which may be private.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.0.operation)
            .field("method", &self.0.method)
            .field("path", &self.0.path)
            .finish_non_exhaustive()
    }
}
