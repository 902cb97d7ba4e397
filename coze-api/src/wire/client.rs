//! The client as requests see it: settings, connections and credentials.

mod http;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, header};

pub(crate) use self::http::{Http1, build_http};

use crate::base::error::Result;
use crate::base::future::BoxFuture;
use crate::base::platform::Platform;
use crate::base::region::Endpoints;
use crate::base::token::AccessToken;
use crate::wire::observe::Observer;
use crate::wire::retry::Retry;

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
    inner: Arc<Settings>,
    observer: Option<Arc<dyn Observer>>,
    platform: Platform,
}

/// The settings of a client, which its clones share.
pub(crate) struct Settings {
    pub(crate) http: reqwest::Client,
    /// Opens connections that are to be upgraded.
    pub(crate) http1: Http1,
    pub(crate) endpoints: Endpoints,
    pub(crate) auth: Auth,
    /// The headers of every request.
    pub(crate) headers: HeaderMap,
    pub(crate) timeout: Duration,
    pub(crate) retry: Retry,
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
    pub(crate) fn base_url(&self) -> Option<&str> {
        match self {
            Self::Credentials(source) => source.base_url(),
            Self::Token(_) | Self::Anonymous => None,
        }
    }
}

/// A source of access tokens.
///
/// A personal or service access token needs none of this: give it to
/// [`ClientBuilder::token`](crate::ClientBuilder::token). Implement this trait for
/// tokens that expire:
///
/// ```
/// use coze_api::{AccessToken, BoxFuture, Client, Credentials, Result, TokenContext};
///
/// struct FromVault;
///
/// impl Credentials for FromVault {
///     fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
///         Box::pin(async { AccessToken::new("what the vault says") })
///     }
/// }
///
/// let coze = Client::builder().credentials(FromVault).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// [`token`](Self::token) is asked before every attempt, by many calls at once. So keep
/// the token, give it out while it is valid, and let one caller renew it while the
/// others wait.
pub trait Credentials: Send + Sync + 'static {
    /// A token that is valid now.
    ///
    /// The call's timeout does not cover the wait for this future.
    fn token<'a>(&'a self, context: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>>;

    /// Takes note that the API refused `token`, and returns whether
    /// [`token`](Self::token) would now give another one.
    ///
    /// If so the call is sent again with that, once. By default it is not. Several calls
    /// may report the same token; compare it with the one you hold before you drop that.
    fn rejected(&self, token: &AccessToken) -> bool {
        let _ = token;
        false
    }

    /// The address of the API to which the tokens belong, if it is known.
    ///
    /// A client goes there unless it is told its own address or region.
    fn base_url(&self) -> Option<&str> {
        None
    }
}

/// What [`Credentials`] may use to get a token.
#[derive(Clone, Copy, Debug)]
pub struct TokenContext<'a> {
    client: &'a Client,
}

impl<'a> TokenContext<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// The client that needs the token. A call through it must bring its own token, or
    /// this asks for itself without end.
    pub fn client(&self) -> &'a Client {
        self.client
    }
}

/// The names of the headers that say what the client is, and hold no secret.
pub(crate) const IDENTITY: [HeaderName; 2] =
    [header::USER_AGENT, HeaderName::from_static("x-coze-client-user-agent")];

impl Client {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { inner: Arc::new(settings), observer: None, platform: Platform::default() }
    }

    /// Returns the platform that the server belongs to, as far as the client knows.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// Returns the same client for a server of this platform.
    ///
    /// The two share everything else. See [`ClientBuilder::platform`](crate::ClientBuilder::platform).
    pub fn with_platform(&self, platform: Platform) -> Self {
        Self { platform, ..self.clone() }
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
    #[allow(dead_code, reason = "only one feature has a WebSocket API")]
    pub(crate) fn ws_base(&self) -> Result<reqwest::Url> {
        self.inner.endpoints.ws_base()
    }

    /// The HTTP client for connections that are to be upgraded.
    #[allow(dead_code, reason = "features upgrade connections")]
    pub(crate) fn http1(&self) -> Result<&reqwest::Client> {
        self.inner.http1.get()
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
        let elsewhere =
            endpoints.is_some_and(|endpoints| !endpoints.is_same_host(&inner.endpoints));
        let mut headers = inner.headers.clone();
        if elsewhere {
            // The headers of a user are for the host of the API, and may hold secrets of it.
            headers.clear();
            for name in IDENTITY {
                headers.extend(inner.headers.get(&name).map(|value| (name.clone(), value.clone())));
            }
        }
        headers.remove(header::AUTHORIZATION);
        let settings = Settings {
            http: inner.http.clone(),
            http1: inner.http1.clone(),
            endpoints: endpoints.unwrap_or(&inner.endpoints).clone(),
            auth,
            headers,
            timeout: inner.timeout,
            retry: inner.retry.clone(),
        };
        Self::new(settings)
    }

    /// Returns the same client, watched by `observer`.
    ///
    /// The two share everything else. The observer replaces that of a client that is watched
    /// already.
    pub fn observed(&self, observer: impl Observer) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self.clone() }
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
