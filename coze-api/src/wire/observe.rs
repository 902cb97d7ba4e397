//! Observing the calls of a client: for metrics, traces, logs, and tools that show what is sent.
//!
//! An [`Observer`] sees each attempt of each call of the client that [`Client::with_observer`]
//! returns: the request, the head of the response, the end of the attempt, and the end of the call.
//! A client can have several observers. They cannot change anything; an
//! [`Interceptor`](crate::middleware::Interceptor) can.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
//!
//! use coze_api::Client;
//! use coze_api::observe::{AttemptReport, CallReport, Observer, Outcome};
//!
//! #[derive(Default)]
//! struct Metrics {
//!     retries: AtomicU64,
//!     failures: AtomicU64,
//!     received: AtomicU64,
//! }
//!
//! struct Counting(Arc<Metrics>);
//!
//! impl Observer for Counting {
//!     fn attempt_ended(&self, attempt: &AttemptReport<'_>) {
//!         self.0.retries.fetch_add(attempt.retry_delay().is_some().into(), Relaxed);
//!     }
//!
//!     fn call_ended(&self, call: &CallReport<'_>) {
//!         let failed = call.outcome() == Outcome::Failure;
//!         self.0.failures.fetch_add(failed.into(), Relaxed);
//!         self.0.received.fetch_add(call.bytes_received(), Relaxed);
//!     }
//! }
//!
//! let metrics = Arc::new(Metrics::default());
//! let coze = Client::builder().token("pat_example").build()?;
//! let coze = coze.with_observer(Counting(metrics.clone()));
//! # Ok::<(), coze_api::Error>(())
//! ```
//!
//! # The end of a call
//!
//! Each request that is started has exactly one [`CallReport`], also if it is canceled or never
//! sent:
//!
//! | call | ends |
//! |---|---|
//! | with a value | when its response was decoded, or its last attempt has failed |
//! | `stream()`, a download | when the stream or the file has ended, failed, or was dropped |
//! | a WebSocket session | when the session is over |
//! | `pages()`, `items()`, `and_poll()` | each request is a call of its own |
//!
//! Requests for tokens are calls too, whose names begin with `auth.`. Their bodies are
//! [hidden](OutgoingBody::Hidden).
//!
//! # Traces
//!
//! The crate also emits `tracing` spans and events, with the target `coze_api`. A span `coze` of
//! level `DEBUG` covers a call until its end as described above, with the fields `operation`,
//! `attempts`, `status`, `outcome` (`success`, `failure` or `canceled`), `otel.kind` and, after a
//! failure, `otel.status_code`. In it are these events:
//!
//! | event | level | fields |
//! |---|---|---|
//! | `attempt` | `DEBUG` | `operation`, `attempt`, `status`, `log_id`, `elapsed_ms`, `error` |
//! | `retry` | `WARN` | `operation`, `attempt`, `delay_ms`, `error` |
//! | `no token` | `WARN` | `operation`, `error` |
//! | `failed` | `DEBUG` | `operation`, `attempts`, `error` |
//! | `ended` | `DEBUG` | `operation`, `outcome`, `events`, `bytes`, `elapsed_ms`, `error` |
//!
//! `ended` is the end of a stream, a file or a session; other calls end with an attempt.
//!
//! Neither observers nor traces get to see secrets, except for headers that are marked as
//! [sensitive](http::HeaderValue::is_sensitive). A client without observers, in a program without a
//! subscriber for these levels, keeps no record of its calls.
//!
//! [`Client::with_observer`]: crate::Client::with_observer

mod report;

pub(crate) use report::Traffic;
pub use report::{AttemptReport, CallReport, Outcome, ResponseHead};

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::wire::body::Body;
use crate::wire::upload::Part;

/// Observes the calls of a client.
///
/// [`Client::with_observer`](crate::Client::with_observer) returns a client with an observer.
/// The [module](crate::observe) has an example.
///
/// The methods do nothing by default. They are called during a call, in this order, and should
/// return at once: [`sending`](Self::sending), [`responded`](Self::responded) and
/// [`attempt_ended`](Self::attempt_ended) for each attempt, and [`call_ended`](Self::call_ended)
/// once. To change or refuse requests, use an [`Interceptor`](crate::middleware::Interceptor).
#[doc(alias = "metrics")]
#[doc(alias = "telemetry")]
pub trait Observer: Send + Sync + 'static {
    /// Called before every attempt, so more than once for a call that is retried.
    ///
    /// It is not called if the request cannot be built, or an interceptor refuses it.
    fn sending(&self, request: &Outgoing<'_>) {
        let _ = request;
    }

    /// Called when the status and the headers of a response have arrived, before its body is read.
    fn responded(&self, response: &ResponseHead<'_>) {
        let _ = response;
    }

    /// Called at the end of every attempt, once it is known whether it is retried.
    ///
    /// An attempt whose response begins to stream ends successfully at that point.
    fn attempt_ended(&self, attempt: &AttemptReport<'_>) {
        let _ = attempt;
    }

    /// Called at the end of the call: see [the end of a call](crate::observe#the-end-of-a-call).
    fn call_ended(&self, call: &CallReport<'_>) {
        let _ = call;
    }
}

/// A request that is about to be sent.
///
/// The values of `Authorization` and other secret headers are marked as
/// [sensitive](http::HeaderValue::is_sensitive). Do not show them.
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    pub(crate) operation: &'a str,
    pub(crate) attempt: u32,
    pub(crate) request: &'a reqwest::Request,
    pub(crate) json: Option<&'a Bytes>,
    pub(crate) body: &'a Body,
    /// The body holds credentials.
    pub(crate) is_confidential: bool,
}

/// The body of a request.
///
/// [`Outgoing::body`] returns it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutgoingBody {
    /// The request has no body.
    Empty,
    /// The body is JSON text.
    Json(Bytes),
    /// The body is a form with these parts.
    Form(Vec<OutgoingPart>),
    /// The body holds the credentials of an OAuth app, which observers do not see.
    Hidden,
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct OutgoingPart {
    /// The name.
    pub name: String,
    /// The content.
    pub content: OutgoingContent,
}

/// The content of a part of a form.
///
/// Files are named and not shown, because they may be large and are read while they are sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OutgoingContent {
    /// The part is text.
    Text(String),
    /// The part is JSON text.
    Json(String),
    /// The part is a file of this name, whose content is not read.
    File(String),
}

impl Outgoing<'_> {
    /// Returns the name of the operation, such as `bots.list`.
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// Returns the number of the attempt, which counts from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &Method {
        self.request.method()
    }

    /// Returns the URL with the query.
    ///
    /// The query may hold private values. Path parameters and values are percent-encoded.
    pub fn url(&self) -> &str {
        self.request.url().as_str()
    }

    /// Returns the headers that this crate sets. The HTTP client adds others, such as the length.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Returns the body. JSON text is shared, not copied.
    pub fn body(&self) -> OutgoingBody {
        if self.is_confidential { OutgoingBody::Hidden } else { self.full_body() }
    }

    /// Returns the body even if it holds credentials.
    pub(crate) fn full_body(&self) -> OutgoingBody {
        match (self.json, self.body) {
            (Some(json), _) => OutgoingBody::Json(json.clone()),
            (None, Body::Multipart(parts)) => {
                let parts = parts.iter().map(|(name, part)| OutgoingPart {
                    name: name.clone().into_owned(),
                    content: match part {
                        Part::Text(text) => OutgoingContent::Text(text.clone()),
                        Part::Json(json) => OutgoingContent::Json(json.clone()),
                        Part::File(file) => OutgoingContent::File(file.name().to_owned()),
                    },
                });
                OutgoingBody::Form(parts.collect())
            }
            (None, _) => OutgoingBody::Empty,
        }
    }
}

impl std::fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("operation", &self.operation)
            .field("method", self.method())
            .finish_non_exhaustive()
    }
}
