//! Observing the requests of a client: for tools that show what is sent, for metrics, and for dry
//! runs.
//!
//! An [`Observer`] sees each attempt of each call of the client that [`Client::observed`] returns,
//! and the status and the headers of each response. It can prevent attempts, but not change them.
//!
//! ```
//! use std::sync::Arc;
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! use coze_api::observe::{Observer, Outgoing};
//! use coze_api::{Client, HeaderMap};
//!
//! /// Counts attempts and HTTP errors.
//! #[derive(Default)]
//! struct Metrics {
//!     attempts: AtomicU64,
//!     refused: AtomicU64,
//! }
//!
//! impl Observer for Counting {
//!     fn sending(&self, _: &Outgoing<'_>) -> bool {
//!         self.0.attempts.fetch_add(1, Ordering::Relaxed);
//!         true
//!     }
//!
//!     fn answered(&self, status: u16, _: &HeaderMap) {
//!         if status >= 400 {
//!             self.0.refused.fetch_add(1, Ordering::Relaxed);
//!         }
//!     }
//! }
//!
//! struct Counting(Arc<Metrics>);
//!
//! let metrics = Arc::new(Metrics::default());
//! let coze = Client::builder().token("pat_example").build()?.observed(Counting(metrics.clone()));
//! # Ok::<(), coze_api::Error>(())
//! ```
//!
//! The crate also emits `tracing` events: a span `coze` for each call, an event for each attempt
//! with its number, status, log ID and duration, and a warning for each retry. Neither shows
//! secrets.
//!
//! [`Client::observed`]: crate::Client::observed

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::wire::body::Body;
use crate::wire::upload::Part;

/// Observes the requests and responses of a client.
///
/// [`Client::observed`](crate::Client::observed) returns a client with an observer. It is meant for
/// tools that show requests, for metrics, and for dry runs:
///
/// ```
/// use coze_api::observe::{Observer, Outgoing};
/// use coze_api::Client;
///
/// struct DryRun;
///
/// impl Observer for DryRun {
///     fn sending(&self, request: &Outgoing<'_>) -> bool {
///         println!("{} {}", request.method(), request.url());
///         false
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let coze = Client::builder().token("pat_example").build()?.observed(DryRun);
/// let error = coze.bots().list("7493066380997012345").await.unwrap_err();
/// assert!(error.is_request());
/// # Ok::<(), coze_api::Error>(())
/// # }).unwrap();
/// ```
///
/// Its methods are called during a call and should return at once. Requests for tokens are not
/// shown. To change requests, use [`ClientBuilder::header`](crate::ClientBuilder::header) or the
/// `with_` methods of a request.
#[doc(alias = "middleware")]
#[doc(alias = "interceptor")]
#[doc(alias = "hook")]
#[doc(alias = "dry run")]
pub trait Observer: Send + Sync + 'static {
    /// Called before every attempt, so more than once for a call that is retried.
    ///
    /// If it returns `false`, the request is not sent, and the call fails with an error for which
    /// [`is_request`](crate::Error::is_request) is true. The default is `true`.
    fn sending(&self, request: &Outgoing<'_>) -> bool {
        let _ = request;
        true
    }

    /// Called when the status and the headers of a response have arrived, before its body is read.
    /// The default does nothing.
    fn answered(&self, status: u16, headers: &HeaderMap) {
        let _ = (status, headers);
    }
}

/// A request that is about to be sent.
///
/// The values of `Authorization` and other secret headers are marked as
/// [sensitive](http::HeaderValue::is_sensitive). Do not show them.
pub struct Outgoing<'a> {
    pub(crate) operation: &'a str,
    pub(crate) request: &'a reqwest::Request,
    pub(crate) json: Option<&'a Bytes>,
    pub(crate) body: &'a Body,
}

/// The body of a request.
///
/// [`Outgoing::body`] returns it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutgoingBody {
    /// The request has no body.
    Empty,
    /// The body is JSON text.
    Json(Bytes),
    /// The body is a form with these parts.
    Form(Vec<OutgoingPart>),
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq)]
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
#[derive(Clone, Debug, PartialEq)]
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
