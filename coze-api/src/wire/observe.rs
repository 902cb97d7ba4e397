//! Watching the requests of a client, as tools do that show what is sent.

use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::wire::body::Body;
use crate::wire::upload::Part;

/// Watches what a client sends and what comes back.
///
/// [`Client::observed`](crate::Client::observed) makes a client that is watched. It is meant for
/// tools that show requests, and for dry runs:
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
/// # futures_util::FutureExt::now_or_never(async {
/// let coze = Client::builder().token("pat_example").build()?.observed(DryRun);
/// let error = coze.bots().list("7493066380997012345").await.unwrap_err();
/// assert!(error.is_request());
/// # Ok::<(), coze_api::Error>(())
/// # });
/// ```
///
/// Its functions are called during a call and should return at once. Requests for tokens are not shown.
pub trait Observer: Send + Sync + 'static {
    /// Called before every attempt, so more than once for a call that is repeated. What is answered with `false` is
    /// not sent; the call then fails with an error that [`is_request`](crate::Error::is_request).
    fn sending(&self, request: &Outgoing<'_>) -> bool {
        let _ = request;
        true
    }

    /// Called when the status and the headers of a reply have come.
    fn answered(&self, status: u16, headers: &HeaderMap) {
        let _ = (status, headers);
    }
}

/// A request that is about to be sent.
///
/// The value of the `Authorization` header [is marked](http::HeaderValue::is_sensitive) as sensitive: do not show it.
pub struct Outgoing<'a> {
    pub(crate) operation: &'a str,
    pub(crate) request: &'a reqwest::Request,
    pub(crate) json: Option<&'a Bytes>,
    pub(crate) body: &'a Body,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutgoingBody {
    /// There is none.
    Empty,
    /// JSON text.
    Json(Bytes),
    /// A form, part by part.
    Form(Vec<OutgoingPart>),
}

/// A part of a form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct OutgoingPart {
    /// The name.
    pub name: String,
    /// What it is.
    pub content: OutgoingContent,
}

/// What a part of a form is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutgoingContent {
    /// Text.
    Text(String),
    /// JSON text.
    Json(String),
    /// A file of this name; what is in it is not read.
    File(String),
}

impl Outgoing<'_> {
    /// The operation, such as `bots.list`.
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// The HTTP method.
    pub fn method(&self) -> &Method {
        self.request.method()
    }

    /// The address with the query.
    pub fn url(&self) -> &str {
        self.request.url().as_str()
    }

    /// The headers that this crate sets. What HTTP itself adds, such as the length, is not among them.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// The body.
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
