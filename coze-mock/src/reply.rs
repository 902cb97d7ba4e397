//! The replies of behaviors.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use coze_spec::model::Platform;
use futures_core::Stream;
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::error::ApiError;
use crate::event::Event;
use crate::socket::Socket;
use crate::spec::api;

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Bytes> + Send>>;
pub(crate) type LaterReply = Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send>>;
pub(crate) type SocketHandler = Box<dyn FnOnce(Socket) -> Task + Send>;

/// A reply: JSON, a file, an event stream or a WebSocket.
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) content: Content,
    /// `true` if it is checked against the schema of the spec.
    pub(crate) checked: bool,
    /// The task that must end before it is sent.
    pub(crate) gate: Option<Task>,
}

pub(crate) enum Content {
    Json(Value),
    Bytes(Bytes),
    Stream(Chunks),
    Socket(SocketHandler),
    /// A reply that becomes known later.
    Later(LaterReply),
}

impl Reply {
    /// The payload in its envelope: `{code: 0, msg: "", data}`.
    pub fn data(data: impl Into<Value>) -> Self {
        Self::json(json!({"code": 0, "msg": "", "data": data.into()}))
    }

    /// The envelope alone.
    pub fn empty() -> Self {
        Self::json(json!({"code": 0, "msg": ""}))
    }

    /// A payload beside `code` and `msg` instead of in `data`. It must be an object; other values
    /// are omitted.
    pub fn flat(payload: impl Into<Value>) -> Self {
        let mut root = json!({"code": 0, "msg": ""});
        if let (Some(root), Value::Object(payload)) = (root.as_object_mut(), payload.into()) {
            root.extend(payload);
        }
        Self::json(root)
    }

    /// This JSON as it is. If it is an object with `code`, the log id is added in `detail`.
    pub fn json(body: Value) -> Self {
        Self::new("application/json; charset=utf-8", Content::Json(body))
    }

    /// A file.
    pub fn file(content_type: &str, bytes: impl Into<Bytes>) -> Self {
        Self::new(content_type, Content::Bytes(bytes.into()))
    }

    /// Server-sent events; the reply ends after the last one.
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        let events: Vec<Event> = events.into_iter().collect();
        Self::event_stream(futures_util::stream::iter(events))
    }

    /// Server-sent events as they come from a stream.
    pub fn event_stream(events: impl Stream<Item = Event> + Send + 'static) -> Self {
        let chunks = events.then(|event| async move {
            if let Some(pause) = event.pause {
                tokio::time::sleep(pause).await;
            }
            event.encode()
        });
        let reply = Self::stream("text/event-stream", chunks);
        reply.with_header("cache-control", "no-cache")
    }

    /// A body of unknown length as it comes from a stream.
    pub fn stream(content_type: &str, chunks: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self::new(content_type, Content::Stream(Box::pin(chunks)))
    }

    /// A WebSocket that `handler` serves. The connection is closed when it returns.
    pub fn websocket<F>(handler: impl FnOnce(Socket) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let handler = |socket| Box::pin(handler(socket)) as Task;
        Self::new("", Content::Socket(Box::new(handler)))
    }

    /// A reply that has to wait for something. The state is not locked in the meantime.
    pub fn later(answer: impl Future<Output = Result<Self, ApiError>> + Send + 'static) -> Self {
        Self::new("", Content::Later(Box::pin(answer)))
    }

    /// The same reply with another status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same reply with an additional header. A name or value that HTTP does not allow is
    /// ignored.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same reply, sent even if it does not conform to the spec.
    pub fn unchecked(mut self) -> Self {
        self.checked = false;
        self
    }

    /// The same reply, sent once `gate` has completed.
    pub fn after(mut self, gate: impl Future<Output = ()> + Send + 'static) -> Self {
        self.gate = Some(Box::pin(gate));
        self
    }

    /// The same reply, sent after a delay.
    pub fn delayed(self, pause: Duration) -> Self {
        self.after(tokio::time::sleep(pause))
    }

    fn new(content_type: &str, content: Content) -> Self {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_str(content_type)
            && !content_type.is_empty()
        {
            headers.insert(header::CONTENT_TYPE, value);
        }
        Self { status: StatusCode::OK, headers, content, checked: true, gate: None }
    }

    /// The code of the envelope, if the reply is JSON.
    pub(crate) fn code(&self) -> Option<i64> {
        let Content::Json(body) = &self.content else { return None };
        body["code"].as_i64()
    }

    /// Adds the log id where the platform has it.
    pub(crate) fn sign(&mut self, platform: Platform, log_id: &str) {
        let studio = api().studio.as_ref().filter(|_| platform == Platform::Studio);
        let name = studio.map_or("x-tt-logid", |studio| &studio.log_id);
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(log_id)) {
            self.headers.insert(name, value);
        }
        if studio.is_some() {
            return;
        }
        let Content::Json(Value::Object(body)) = &mut self.content else { return };
        if body.contains_key("code") {
            let detail = body.entry("detail").or_insert_with(|| Value::Object(Map::new()));
            if let Some(detail) = detail.as_object_mut() {
                detail.insert("logid".to_owned(), Value::from(log_id));
            }
        }
    }
}

impl From<ApiError> for Reply {
    fn from(error: ApiError) -> Self {
        let body = json!({"code": error.code, "msg": error.msg});
        Self::json(body).with_status(error.status).unchecked()
    }
}
