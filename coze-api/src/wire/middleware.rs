//! Changing requests just before they are sent, and sending them in another way.
//!
//! | to | use |
//! |---|---|
//! | add headers, such as signatures or trace contexts, or refuse requests | an [`Interceptor`] |
//! | respond from memory in tests, or send through a stack of middleware | a [`Transport`] |
//! | see requests, responses and results | an [`Observer`](crate::observe::Observer) |
//!
//! An [`Interceptor`] adds headers to each attempt of each call of the client that
//! [`Client::with_interceptor`](crate::Client::with_interceptor) returns, or refuses it:
//!
//! ```
//! use coze_api::Client;
//! use coze_api::middleware::PendingRequest;
//!
//! let coze = Client::builder().token("pat_example").build()?;
//! let coze = coze.with_interceptor(|request: &mut PendingRequest<'_>| {
//!     let attempt = request.attempt().to_string();
//!     request.set_header("x-attempt", &attempt)?;
//!     Ok(())
//! });
//! # Ok::<(), coze_api::Error>(())
//! ```

use std::error::Error as StdError;
use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use reqwest::{Request, Response};

use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::base::header::parse_header;
use crate::base::redact::is_secret_key;
use crate::wire::observe::{Observer, Outgoing, OutgoingBody};

/// Changes or refuses requests just before they are sent.
///
/// It is called for every attempt of every request: also of pages, polls, streams, uploads and
/// WebSocket handshakes. Requests for tokens are included if they go to the host of the API; their
/// [operation](PendingRequest::operation) begins with `auth.`.
///
/// Functions of `&mut PendingRequest` are interceptors, as the [module](crate::middleware) shows.
/// Implement the trait to wait for something, such as a signature:
///
/// ```
/// use coze_api::middleware::{Interceptor, PendingRequest};
/// use coze_api::{BoxFuture, Client};
///
/// struct Signing;
///
/// impl Interceptor for Signing {
///     fn intercept<'a>(
///         &'a self,
///         request: &'a mut PendingRequest<'_>,
///     ) -> BoxFuture<'a, Result<(), Box<dyn std::error::Error + Send + Sync>>> {
///         Box::pin(async move {
///             let signature = sign(request.method().as_str(), request.url()).await?;
///             request.set_header("x-signature", &signature)?;
///             Ok(())
///         })
///     }
/// }
///
/// # async fn sign(method: &str, url: &str) -> Result<String, std::io::Error> {
/// #     Ok(format!("{method} {url}"))
/// # }
/// let coze = Client::builder().token("pat_example").build()?.with_interceptor(Signing);
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// The timeout of an attempt does not cover the wait for this future, but the deadline of the call
/// does (`with_deadline`).
#[doc(alias = "middleware")]
#[doc(alias = "hook")]
#[doc(alias = "before_send")]
#[doc(alias = "dry run")]
pub trait Interceptor: Send + Sync + 'static {
    /// Changes the headers of a request, or refuses it with an error.
    ///
    /// # Errors
    ///
    /// An error ends the call, and is not retried. The error of the call has it as its
    /// [source](std::error::Error::source), and [`is_handler`](Error::is_handler) is true.
    fn intercept<'a>(
        &'a self,
        request: &'a mut PendingRequest<'_>,
    ) -> BoxFuture<'a, Result<(), Box<dyn StdError + Send + Sync>>>;
}

impl<F> Interceptor for F
where
    F: Fn(&mut PendingRequest<'_>) -> Result<(), Box<dyn StdError + Send + Sync>>
        + Send
        + Sync
        + 'static,
{
    fn intercept<'a>(
        &'a self,
        request: &'a mut PendingRequest<'_>,
    ) -> BoxFuture<'a, Result<(), Box<dyn StdError + Send + Sync>>> {
        let result = self(request);
        Box::pin(std::future::ready(result))
    }
}

/// A request that is about to be sent, whose headers can be changed.
///
/// Passed to [`Interceptor::intercept`]. The values of `Authorization` and other secret headers are
/// marked as [sensitive](HeaderValue::is_sensitive). Do not log them.
#[derive(Debug)]
pub struct PendingRequest<'a> {
    pub(crate) outgoing: Outgoing<'a>,
    pub(crate) headers: HeaderMap,
}

impl PendingRequest<'_> {
    /// Returns the name of the operation, such as `bots.list`.
    pub fn operation(&self) -> &str {
        self.outgoing.operation()
    }

    /// Returns the number of the attempt, which counts from 1.
    pub fn attempt(&self) -> u32 {
        self.outgoing.attempt()
    }

    /// Returns the HTTP method.
    pub fn method(&self) -> &Method {
        self.outgoing.method()
    }

    /// Returns the URL with the query, which may hold private values.
    pub fn url(&self) -> &str {
        self.outgoing.url()
    }

    /// Returns the headers. The HTTP client adds others, such as `Host`.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the headers to change them.
    ///
    /// Mark secret values as [sensitive](HeaderValue::set_sensitive), so that they are hidden in
    /// errors and traces. Changes of `Content-Length` and `Transfer-Encoding` have no effect,
    /// because these follow from the body.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Sets a header. The value is marked as sensitive if the name is that of a secret, such as
    /// `x-api-key`.
    ///
    /// # Errors
    ///
    /// [`is_request`](Error::is_request) if the name or the value is not valid. The message does
    /// not contain the value.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<()> {
        let (name, value) = parse_header(name, value).map_err(Error::request)?;
        self.headers.insert(name, value);
        Ok(())
    }

    /// Returns the request as observers would see it, without the changes of interceptors.
    pub fn outgoing(&self) -> &Outgoing<'_> {
        &self.outgoing
    }

    /// Returns the body. JSON text is shared, not copied.
    ///
    /// The body of a request for a token holds credentials, which observers do not see.
    pub fn body(&self) -> OutgoingBody {
        self.outgoing.full_body()
    }
}

/// Sends requests in place of an HTTP client.
///
/// Requests and responses are those of [`reqwest`], which this crate re-exports. Retries, timeouts,
/// tokens and decoding stay with this crate, so a transport sends each request once, and returns
/// the response before its body has arrived, if it is to stream.
///
/// A test can respond from memory, because any `http::Response` becomes a response. Functions are
/// transports:
///
/// ```
/// use coze_api::Client;
/// use coze_api::reqwest::{Request, Response};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let coze = Client::builder().token("pat_example").transport(async |request: Request| {
///     assert_eq!(request.url().path(), "/v1/bots/7");
///     let body = r#"{"code": 0, "data": {"bot_id": "7", "name": "Weather"}}"#;
///     Ok(Response::from(http::Response::new(body)))
/// });
/// let bot = coze.build()?.bots().retrieve("7").await?;
/// assert_eq!(bot.name, "Weather");
/// # Ok::<(), coze_api::Error>(())
/// # }).unwrap();
/// ```
///
/// The same way leads to the stacks of `reqwest-middleware` and `tower`:
///
/// ```
/// use coze_api::middleware::Transport;
/// use coze_api::reqwest::{self, Request, Response};
/// use coze_api::{BoxFuture, Client};
/// use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error};
///
/// struct Stack(ClientWithMiddleware);
///
/// impl Transport for Stack {
///     fn send(
///         &self,
///         request: Request,
///     ) -> BoxFuture<'_, Result<Response, Box<dyn std::error::Error + Send + Sync>>> {
///         Box::pin(async {
///             self.0.execute(request).await.map_err(|error| match error {
///                 // An error of reqwest keeps its meaning, such as a failure to connect.
///                 Error::Reqwest(error) => error.into(),
///                 Error::Middleware(error) => error.into(),
///             })
///         })
///     }
/// }
///
/// // Add middleware with `with`. It should not retry: this crate does.
/// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
/// let stack = Stack(ClientBuilder::new(http).build());
/// let coze = Client::builder().token("pat_example").transport(stack).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A WebSocket can be opened only over a response of an HTTP client for HTTP/1.1. The realtime
/// module's `ws_http_client` sets that client apart from the transport.
#[doc(alias = "tower::Service")]
pub trait Transport: Send + Sync + 'static {
    /// Sends a request, and returns the response once its head has arrived.
    ///
    /// # Errors
    ///
    /// An error of `reqwest` is treated as if this crate had sent the request, and an [`Error`] is
    /// returned as it is. For any other, [`is_transport`](Error::is_transport) is true, and the
    /// call is retried if the operation is idempotent.
    fn send(
        &self,
        request: Request,
    ) -> BoxFuture<'_, Result<Response, Box<dyn StdError + Send + Sync>>>;
}

impl<F, R> Transport for F
where
    F: Fn(Request) -> R + Send + Sync + 'static,
    R: Future<Output = Result<Response, Box<dyn StdError + Send + Sync>>> + Send + 'static,
{
    fn send(
        &self,
        request: Request,
    ) -> BoxFuture<'_, Result<Response, Box<dyn StdError + Send + Sync>>> {
        Box::pin(self(request))
    }
}

/// The observers and interceptors of a client.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) observers: Vec<Arc<dyn Observer>>,
    pub(crate) interceptors: Vec<Arc<dyn Interceptor>>,
}

impl Hooks {
    /// Passes a request to the interceptors, in the order in which they were added, and returns its
    /// new headers. Secrets in them go to `secrets`.
    pub(crate) async fn intercept(
        &self,
        outgoing: Outgoing<'_>,
        secrets: &AddedSecrets,
    ) -> Result<HeaderMap> {
        let mut pending = PendingRequest { outgoing, headers: outgoing.headers().clone() };
        for interceptor in &self.interceptors {
            let result = interceptor.intercept(&mut pending).await;
            secrets.collect(&pending.headers);
            result.map_err(|error| {
                let what = "an interceptor refused the request".to_owned();
                Error::from_kind(Kind::Handler(what)).with_source(error)
            })?;
        }
        let mut headers = pending.headers;
        for name in [header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            headers.remove(&name);
            headers.extend(outgoing.headers().get(&name).map(|value| (name, value.clone())));
        }
        Ok(headers)
    }
}

/// The number of secrets of interceptors that a call remembers: more than its attempts can have.
/// Clones of a call share them, so there must be a limit.
const MAX_SECRETS: usize = 64;

/// The secret headers that interceptors have added to the latest attempts of a call.
#[derive(Debug, Default)]
pub(crate) struct AddedSecrets(Mutex<Vec<(HeaderName, HeaderValue)>>);

impl AddedSecrets {
    fn collect(&self, headers: &HeaderMap) {
        let Ok(mut added) = self.0.lock() else { return };
        for (name, value) in headers {
            let is_secret = value.is_sensitive() || is_secret_key(name.as_str());
            if is_secret && !added.iter().any(|(_, known)| known == value) {
                if added.len() == MAX_SECRETS {
                    added.remove(0);
                }
                added.push((name.clone(), value.clone()));
            }
        }
    }

    pub(crate) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        self.0.lock().map(|added| added.clone()).unwrap_or_default()
    }
}
