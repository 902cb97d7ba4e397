//! Records the requests that the SDK sends and the heads of the responses.

use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use coze_api::BoxFuture;
use coze_api::middleware::{Interceptor, PendingRequest};
use coze_api::observe::{Observer, Outgoing, OutgoingBody, OutgoingContent, ResponseHead};
use http::HeaderValue;

use super::CallEvent;
use crate::language::say;

/// The value that replaces tokens in recorded headers.
pub(crate) const MASKED: &str = "Bearer ***";

/// A request, with the token masked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Empty,
    Json(String),
    Form(Vec<(String, Part)>),
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    Text(String),
    Json(String),
    /// The name of the file.
    File(String),
}

/// Records the requests and response heads of one call. Clones share the queue.
#[derive(Clone)]
pub(super) struct Recorder(Arc<Recording>);

struct Recording {
    /// Set to send the requests, and unset for a dry run.
    send: bool,
    started: Instant,
    queue: Mutex<VecDeque<CallEvent>>,
}

impl Recorder {
    pub(super) fn new(send: bool) -> Self {
        let queue = Mutex::new(VecDeque::new());
        Self(Arc::new(Recording { send, started: Instant::now(), queue }))
    }

    /// Returns the next recorded event.
    pub(super) fn next(&self) -> Option<CallEvent> {
        self.0.queue.lock().ok()?.pop_front()
    }

    fn push(&self, event: CallEvent) {
        if let Ok(mut queue) = self.0.queue.lock() {
            queue.push_back(event);
        }
    }
}

/// Refuses the request of a dry run, once it is recorded.
impl Interceptor for Recorder {
    fn intercept<'a>(
        &'a self,
        request: &'a mut PendingRequest<'_>,
    ) -> BoxFuture<'a, Result<(), Box<dyn Error + Send + Sync>>> {
        let refused = !self.0.send && !is_for_token(request.operation());
        if refused {
            self.push(CallEvent::Request(Request::of(request.outgoing())));
        }
        let message = || say!("a dry run sends nothing", "试运行不发送请求").into();
        let result = if refused { Err(message()) } else { Ok(()) };
        Box::pin(async move { result })
    }
}

/// Returns `true` for the requests for tokens, which the user has not asked for.
fn is_for_token(operation: &str) -> bool {
    operation.starts_with("auth.")
}

impl Observer for Recorder {
    fn sending(&self, request: &Outgoing<'_>) {
        if !is_for_token(request.operation()) {
            self.push(CallEvent::Request(Request::of(request)));
        }
    }

    fn responded(&self, response: &ResponseHead<'_>) {
        if is_for_token(response.operation()) {
            return;
        }
        let (status, headers) = (response.status().as_u16(), response.headers());
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
        let headers: Vec<(String, String)> = headers
            .iter()
            .filter(|(name, _)| *name != http::header::SET_COOKIE)
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect();
        let log_id = headers.iter().find(|(name, _)| name == "x-tt-logid");
        self.push(CallEvent::Head {
            status,
            log_id: log_id.map(|(_, value)| value.clone()),
            headers,
            after: self.0.started.elapsed(),
        });
    }
}

impl Request {
    fn of(request: &Outgoing<'_>) -> Self {
        let visible_value = |name: &http::HeaderName, value: &HeaderValue| {
            if value.is_sensitive() || *name == http::header::AUTHORIZATION {
                MASKED.to_owned()
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            }
        };
        let headers = request.headers().iter();
        Self {
            method: request.method().to_string(),
            url: request.url().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_string(), visible_value(name, value)))
                .collect(),
            body: Body::of(request.body()),
        }
    }
}

impl Body {
    fn of(body: OutgoingBody) -> Self {
        match body {
            OutgoingBody::Json(json) => Self::Json(String::from_utf8_lossy(&json).into_owned()),
            OutgoingBody::Form(parts) => {
                let parts = parts.into_iter().filter_map(|part| {
                    let content = match part.content {
                        OutgoingContent::Text(text) => Part::Text(text),
                        OutgoingContent::Json(json) => Part::Json(json),
                        OutgoingContent::File(name) => Part::File(name),
                        _ => return None,
                    };
                    Some((part.name, content))
                });
                Self::Form(parts.collect())
            }
            _ => Self::Empty,
        }
    }

    /// Returns the body as text; a form has one line per part.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Empty => None,
            Self::Json(json) => Some(json.clone()),
            Self::Form(parts) => {
                let lines = parts.iter().map(|(name, part)| match part {
                    Part::Text(text) | Part::Json(text) => format!("{name}={text}"),
                    Part::File(file) => format!("{name}=@{file}"),
                });
                Some(lines.collect::<Vec<_>>().join("\n"))
            }
        }
    }
}
