//! The client.

mod builder;
#[cfg(feature = "realtime")]
mod ws;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, header};

pub use builder::ClientBuilder;
pub(crate) use builder::parse_header;

use crate::auth::{AccessToken, Credentials, TokenContext};
use crate::error::{Error, Result};
use crate::observe::Observer;
use crate::region::Endpoints;
use crate::retry::Retry;

/// A client of the Coze API.
///
/// ```
/// use coze_api::Client;
///
/// let coze = Client::builder().token("pat_example").build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// It holds a pool of connections. Build one and clone it: clones are cheap and share
/// everything.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    observer: Option<Arc<dyn Observer>>,
}

struct Inner {
    http: reqwest::Client,
    #[cfg(feature = "realtime")]
    ws_http: ws::Http,
    endpoints: Endpoints,
    auth: Auth,
    headers: HeaderMap,
    timeout: Duration,
    retry: Retry,
}

/// Where tokens come from. A token that never changes is not worth a boxed future per
/// call.
pub(crate) enum Auth {
    Token(AccessToken),
    Credentials(Box<dyn Credentials>),
    /// Public OAuth apps ask for tokens without saying who they are.
    Anonymous,
}

impl Auth {
    fn base_url(&self) -> Option<&str> {
        match self {
            Self::Credentials(source) => source.base_url(),
            Self::Token(_) | Self::Anonymous => None,
        }
    }
}

impl Client {
    /// Starts to configure a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Builds a client from the environment variables `COZE_API_TOKEN` and, if it is
    /// set, `COZE_API_BASE`.
    ///
    /// ```no_run
    /// let coze = coze_api::Client::from_env()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a variable is missing or has a value that cannot be used.
    pub fn from_env() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let token = variable("COZE_API_TOKEN").ok_or_else(|| {
            Error::config("the environment variable COZE_API_TOKEN is not set; it holds the token")
        })?;
        let mut builder = Self::builder().token(token);
        if let Some(base_url) = variable("COZE_API_BASE") {
            builder = builder.base_url(base_url);
        }
        builder.build()
    }

    /// The address of the REST API, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.inner.endpoints.api
    }

    /// The address of the pages on which users grant access to their account, without a
    /// slash at the end.
    pub fn www_url(&self) -> &str {
        &self.inner.endpoints.www
    }

    /// The address of the WebSocket API, without a slash at the end.
    pub fn ws_url(&self) -> &str {
        &self.inner.endpoints.ws
    }

    /// The address of the REST API, to be completed.
    pub(crate) fn base(&self) -> Result<reqwest::Url> {
        self.inner.endpoints.base()
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }

    /// The address of the WebSocket API, to be completed.
    #[cfg(feature = "realtime")]
    pub(crate) fn ws_base(&self) -> Result<reqwest::Url> {
        self.inner.endpoints.ws_base()
    }

    /// What a WebSocket begins with.
    #[cfg(feature = "realtime")]
    pub(crate) fn ws_http(&self) -> Result<&reqwest::Client> {
        self.inner.ws_http.get()
    }

    /// What every request carries.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.inner.headers
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.inner.timeout
    }

    pub(crate) fn retry(&self) -> &Retry {
        &self.inner.retry
    }

    /// The same connections with other tokens, and perhaps at another address: for the
    /// endpoints that issue tokens.
    pub(crate) fn with_auth(&self, endpoints: Option<&Endpoints>, auth: Auth) -> Self {
        let inner = &*self.inner;
        let mut headers = inner.headers.clone();
        // That of a user is for the API.
        headers.remove(header::AUTHORIZATION);
        let inner = Inner {
            http: inner.http.clone(),
            #[cfg(feature = "realtime")]
            ws_http: inner.ws_http.clone(),
            endpoints: endpoints.unwrap_or(&inner.endpoints).clone(),
            auth,
            headers,
            timeout: inner.timeout,
            retry: inner.retry.clone(),
        };
        Self { inner: Arc::new(inner), observer: None }
    }

    pub(crate) fn with_observer(&self, observer: Arc<dyn Observer>) -> Self {
        Self { inner: self.inner.clone(), observer: Some(observer) }
    }

    /// Who watches the calls of this client.
    pub(crate) fn observer(&self) -> Option<&dyn Observer> {
        self.observer.as_deref()
    }

    /// A token that is valid now.
    pub(crate) async fn token(&self) -> Result<AccessToken> {
        match &self.inner.auth {
            Auth::Token(token) => Ok(token.clone()),
            Auth::Anonymous => Ok(AccessToken::none()),
            Auth::Credentials(source) => source.token(TokenContext::new(self)).await,
        }
    }

    /// Reports that a token was refused; returns whether there is another.
    pub(crate) fn reject(&self, token: &AccessToken) -> bool {
        match &self.inner.auth {
            Auth::Token(_) | Auth::Anonymous => false,
            Auth::Credentials(source) => source.rejected(token),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("timeout", &self.inner.timeout)
            .field("retry", &self.inner.retry)
            .finish_non_exhaustive()
    }
}

const _: fn() = || {
    fn check<T: Send + Sync + Clone + 'static>() {}
    check::<Client>();
};
