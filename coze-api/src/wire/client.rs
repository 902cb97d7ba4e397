//! The client as requests see it: settings, connections and credentials.

mod http;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, header};

pub(crate) use self::http::{Connection, Connections, Protocol};

use crate::base::error::Result;
use crate::base::future::BoxFuture;
use crate::base::platform::Platform;
use crate::base::region::Endpoints;
use crate::base::token::AccessToken;
use crate::wire::middleware::{Hooks, Interceptor};
use crate::wire::observe::Observer;
use crate::wire::retry::{Retry, RetryBudget};

/// A client of the Coze API.
///
/// ```
/// use coze_api::Client;
///
/// let coze = Client::builder().token("pat_example").build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// It holds a pool of connections. Build one client and clone it: clones are cheap and share the
/// connections, the settings and the credentials. A client can be used from several tasks and
/// threads at once.
///
/// The operations are grouped by resource: `coze.bots().list(…)`, `coze.chat().create(…)`. Each
/// returns a request, which is sent when it is awaited. [`request`](Self::request) creates a
/// request to any other path.
///
/// # Concurrency
///
/// A request is a future once [`IntoFuture`] or its `send` makes it one, which borrows nothing. So
/// calls run concurrently in tasks, or together in one:
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures_util::future::try_join_all;
///
/// let ids = ["7493066380997054321", "7493066380997054322"];
/// let bots = try_join_all(ids.map(|id| coze.bots().retrieve(id).into_future())).await?;
///
/// let task = tokio::spawn(coze.bots().retrieve(ids[0]).send());
/// assert_eq!(task.await??.name, bots[0].name);
/// # Ok(()) }
/// ```
///
/// # Timeouts
///
/// | limit | default | what it covers |
/// |---|---|---|
/// | [`connect_timeout`](crate::ClientBuilder::connect_timeout) | 10 seconds | connecting |
/// | [`timeout`], `with_timeout` | 120 seconds, or more for some operations | an idle attempt |
/// | `with_idle_timeout` | 120 seconds | silence in a stream or a download |
/// | `with_deadline` | none; 10 minutes for polls, such as `and_poll()` | the whole call |
///
/// [`timeout`]: crate::ClientBuilder::timeout
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use std::time::Duration;
///
/// let bot = coze
///     .bots()
///     .retrieve("7493066380997012345")
///     .with_timeout(Duration::from_secs(5))
///     .with_deadline(Duration::from_secs(12))
///     .await?;
/// println!("{}", bot.name);
/// # Ok(()) }
/// ```
///
/// A program that must not wait longer than a certain time sets a deadline. A call that is dropped
/// ends here only: its connection is closed or returned to the pool, and no retry follows. The
/// server may go on with what it has begun; a chat, for example, goes on, and blocks its
/// conversation, until it ends or is canceled with `chat().cancel(…)`.
///
/// # Errors
///
/// Every call fails with the same type, [`Error`](crate::Error). It names the operation, and has
/// the HTTP status, the code and the log ID of the response if there are any. Failures that are
/// safe to retry have already been retried, as [`Retry`] describes.
///
/// # Runtimes
///
/// Calls need a Tokio runtime with timer and network (`enable_all()`; `#[tokio::main]` enables
/// both). Without one, they return an error for which [`is_config`](crate::Error::is_config) is
/// true. A connection belongs to the runtime in which it was made. When that runtime is dropped,
/// its connections are closed, and the client makes new ones in the next runtime. A current-thread
/// runtime that is kept but not run does not serve its connections: a call from another runtime
/// that takes one of them waits until its timeout. Use one client per such runtime.
///
/// - Both flavors of runtime work. This crate enables the features of Tokio that it needs (`fs`,
///   `io-util`, `net`, `rt`, `sync`, `time`); a program adds `macros` for `#[tokio::main]`, and
///   `rt-multi-thread` for several threads. `fs` cannot be left out, because streams of `reqwest`
///   need it too.
/// - Programs without a runtime, and threads that may block, use the module `blocking` (feature
///   `blocking`).
/// - With another executor, enter a Tokio runtime (`Handle::enter`) while the futures are polled,
///   and let a thread run it.
/// - WebAssembly in a browser (`wasm32-unknown-unknown`) is not supported: Tokio has no network
///   there, and `reqwest` neither timeouts for connecting nor a choice of redirects. Besides the
///   transport, uploads and downloads of files, `DocumentBase::from_path` and token files need a
///   file system (`tokio::fs`); observers, `Retry-After` with a date and the default `Clock` read
///   the time of `std`, which panics there. A program in a browser calls a server of its own, which
///   also keeps the token secret.
#[doc(alias = "AsyncCoze")]
#[doc(alias = "CozeAPI")]
#[derive(Clone)]
pub struct Client {
    inner: Arc<Settings>,
    hooks: Option<Arc<Hooks>>,
    platform: Platform,
}

/// The settings of a client, which its clones share.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) connections: Connections,
    pub(crate) endpoints: Endpoints,
    pub(crate) auth: Auth,
    /// The headers of every request.
    pub(crate) headers: HeaderMap,
    /// `None` for the default of each operation.
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Retry,
    /// Shared by all that is done on behalf of one client.
    pub(crate) retry_budget: Arc<RetryBudget>,
    /// The requests obtain tokens, and their bodies hold credentials.
    pub(crate) is_for_tokens: bool,
}

/// The source of tokens. A token that never changes is not worth a boxed future per call.
#[derive(Clone)]
pub(crate) enum Auth {
    Token(AccessToken),
    Credentials(Arc<dyn Credentials>),
    /// Public OAuth apps obtain tokens without authentication.
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
/// Personal and service access tokens do not need this trait: pass them to
/// [`ClientBuilder::token`](crate::ClientBuilder::token). For OAuth, use the [credentials of an
/// app](crate::auth::OAuthApp::credentials). Implement this trait for tokens that expire and come
/// from somewhere else:
///
/// ```
/// use coze_api::{AccessToken, BoxFuture, Client, Credentials, Result, TokenContext};
///
/// struct FromVault;
///
/// impl Credentials for FromVault {
///     fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
///         Box::pin(async { AccessToken::new("pat_from_vault") })
///     }
/// }
///
/// let coze = Client::builder().credentials(FromVault).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// [`token`](Self::token) is called before every attempt, by many calls at once. So keep the token,
/// return it while it is valid, and let one caller renew it while the others wait.
#[doc(alias = "TokenProvider")]
#[doc(alias = "Auth")]
pub trait Credentials: Send + Sync + 'static {
    /// Returns a token that is valid now.
    ///
    /// The timeout of an attempt does not cover the wait for this future, but the deadline of the
    /// call does (`with_deadline`). An error ends the call; it is not retried. See
    /// [`Error::new`](crate::Error::new) for errors of your own.
    fn token<'a>(&'a self, context: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>>;

    /// Reports that the API refused `token`. Returns `true` if [`token`](Self::token) would now
    /// return another one.
    ///
    /// In that case, the call is sent once more with the other token. The default is `false`.
    /// Several calls may report the same token, so compare it with your current token before you
    /// discard it.
    fn rejected(&self, token: &AccessToken) -> bool {
        let _ = token;
        false
    }

    /// Returns the base URL of the API to which the tokens belong, if it is known.
    ///
    /// A client uses it unless its builder has a region or a base URL of its own.
    fn base_url(&self) -> Option<&str> {
        None
    }
}

/// The context in which [`Credentials`] obtain a token.
///
/// It is passed to [`Credentials::token`]. Through it, a source of tokens can send its own requests
/// over the connections of the client.
#[derive(Clone, Copy, Debug)]
pub struct TokenContext<'a> {
    client: &'a Client,
}

impl<'a> TokenContext<'a> {
    /// Creates the context in which `client` would ask for a token, for tests of [`Credentials`].
    pub fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Returns the client that needs the token.
    ///
    /// Set a token on such a call (`with_token`). Without one, the call would ask these credentials
    /// for a token again, and never end.
    pub fn client(&self) -> &'a Client {
        self.client
    }
}

/// The names of the headers that identify this crate, and hold no secret.
pub(crate) const IDENTITY: [HeaderName; 2] =
    [header::USER_AGENT, HeaderName::from_static("x-coze-client-user-agent")];

impl Client {
    pub(crate) fn new(settings: Settings) -> Self {
        Self { inner: Arc::new(settings), hooks: None, platform: Platform::default() }
    }

    /// Returns the platform that the server belongs to, as far as the client knows.
    pub fn platform(&self) -> Platform {
        self.platform
    }

    /// Returns a clone of this client for a server of the given platform.
    ///
    /// The two share the connections, the settings and the credentials. See
    /// [`ClientBuilder::platform`](crate::ClientBuilder::platform).
    pub fn with_platform(&self, platform: Platform) -> Self {
        Self { platform, ..self.clone() }
    }

    /// Returns the URL of the REST API, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.inner.endpoints.api
    }

    /// Returns the URL of the pages on which users grant access to their account, without a slash
    /// at the end.
    pub fn www_url(&self) -> &str {
        &self.inner.endpoints.www
    }

    /// Returns the URL of the WebSocket API, without a slash at the end.
    pub fn ws_url(&self) -> &str {
        &self.inner.endpoints.ws
    }

    /// Returns the URL of the REST API, to which a path is added.
    pub(crate) fn base(&self) -> Result<reqwest::Url> {
        self.inner.endpoints.base()
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.inner.connections
    }

    /// Returns the headers of every request.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.inner.headers
    }

    /// Returns the timeout that the user has set for all calls.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.inner.timeout
    }

    pub(crate) fn retry(&self) -> &Retry {
        &self.inner.retry
    }

    pub(crate) fn retry_budget(&self) -> &RetryBudget {
        &self.inner.retry_budget
    }

    /// Returns a client with the same connections and other credentials, perhaps for another host:
    /// for the endpoints that issue tokens.
    pub(crate) fn with_auth(&self, endpoints: Option<&Endpoints>, auth: Auth) -> Self {
        let mut settings = (*self.inner).clone();
        let headers = &mut settings.headers;
        let mut hooks = self.hooks.clone();
        if let Some(endpoints) = endpoints {
            if !endpoints.is_same_host(&settings.endpoints) {
                // The headers of a user and of interceptors are for the host of the API, and may
                // hold secrets of it.
                if let Some(hooks) = &mut hooks {
                    Arc::make_mut(hooks).interceptors.clear();
                }
                let all = std::mem::take(headers);
                for name in IDENTITY {
                    headers.extend(all.get(&name).map(|value| (name.clone(), value.clone())));
                }
            }
            settings.endpoints = endpoints.clone();
        }
        headers.remove(header::AUTHORIZATION);
        settings.auth = auth;
        settings.is_for_tokens = true;
        Self { hooks, ..Self::new(settings) }
    }

    /// Returns a client that differs from this one in its settings only.
    pub(crate) fn with_settings(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = (*self.inner).clone();
        change(&mut settings);
        Self { inner: Arc::new(settings), ..self.clone() }
    }

    /// Returns a client whose calls are shown to `observer`, in addition to the observers of this
    /// client. The module [`observe`](crate::observe) has an example.
    ///
    /// The two clients share everything else.
    #[doc(alias = "logging")]
    pub fn with_observer(&self, observer: impl Observer) -> Self {
        self.with_hooks(|hooks| hooks.observers.push(Arc::new(observer)))
    }

    /// Returns a client whose requests `interceptor` changes before they are sent, after the
    /// interceptors of this client. The module [`middleware`](crate::middleware) has an example.
    ///
    /// The two clients share everything else.
    #[doc(alias = "interceptor")]
    pub fn with_interceptor(&self, interceptor: impl Interceptor) -> Self {
        self.with_hooks(|hooks| hooks.interceptors.push(Arc::new(interceptor)))
    }

    fn with_hooks(&self, add: impl FnOnce(&mut Hooks)) -> Self {
        let mut hooks = self.hooks.as_deref().cloned().unwrap_or_default();
        add(&mut hooks);
        Self { hooks: Some(Arc::new(hooks)), ..self.clone() }
    }

    pub(crate) fn hooks(&self) -> Option<&Arc<Hooks>> {
        self.hooks.as_ref()
    }

    /// Returns the interceptors, if there are any.
    pub(crate) fn interceptors(&self) -> Option<&Hooks> {
        self.hooks.as_deref().filter(|hooks| !hooks.interceptors.is_empty())
    }

    /// Returns `true` if the client sends credentials to obtain tokens.
    pub(crate) fn is_for_tokens(&self) -> bool {
        self.inner.is_for_tokens
    }

    /// Returns a token that is valid now.
    pub(crate) async fn token(&self) -> Result<AccessToken> {
        match &self.inner.auth {
            Auth::Token(token) => Ok(token.clone()),
            Auth::Anonymous => Ok(AccessToken::none()),
            Auth::Credentials(source) => {
                let token = source.token(TokenContext::new(self)).await;
                token.map_err(|error| error.into_credentials("the source of tokens failed", false))
            }
        }
    }

    /// Reports that a token was refused, and returns `true` if there is another one.
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
