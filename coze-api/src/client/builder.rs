//! The builder of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;

use crate::base::convert::maybe;
use crate::base::error::{Error, Result};
use crate::base::header::parse_header;
use crate::base::platform::Platform;
use crate::base::region::{Endpoints, Region};
use crate::base::token::AccessToken;
use crate::wire::client::{Auth, Client, Connections, Credentials, IDENTITY, Protocol, Settings};
use crate::wire::middleware::Transport;
use crate::wire::retry::{DEFAULT_RETRIES, Retry, RetryBudget};

/// Configures a [`Client`].
///
/// ```
/// use std::time::Duration;
/// use coze_api::{Client, Region, Retry};
///
/// let coze = Client::builder()
///     .token("pat_example")
///     .region(Region::Com)
///     .timeout(Duration::from_secs(30))
///     .retry(Retry::none())
///     .build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// Either [`token`](Self::token) or [`credentials`](Self::credentials) is required. The other
/// settings have defaults:
///
/// | setting | default | per request |
/// |---|---|---|
/// | [`region`](Self::region), [`base_url`](Self::base_url) | `https://api.coze.cn`, unless the credentials or the [platform](Self::platform) have another | |
/// | [`connect_timeout`](Self::connect_timeout) | 10 seconds | |
/// | [`timeout`](Self::timeout) | 120 seconds, or that of the operation | `with_timeout` |
/// | deadline | none; 10 minutes for polls | `with_deadline` |
/// | idle timeout of streams and downloads | 120 seconds | `with_idle_timeout` |
/// | [`retry`](Self::retry) | 3 attempts | `with_retry` |
/// | [`retry_budget`](Self::retry_budget) | 100 retries | |
/// | [`header`](Self::header) | none | `with_header` |
///
/// Idle connections are kept for 45 seconds. An HTTP/2 connection is pinged every 20 seconds and
/// closed if it does not answer within 10; after a timeout, the next attempt uses a new connection.
/// Proxies come from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`) and from the
/// settings of the system, but requests to `localhost`, `127.0.0.0/8` and `::1` are sent directly.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    auth: Option<Result<Auth>>,
    region: Option<Region>,
    platform: Platform,
    base_url: Option<String>,
    ws_url: Option<String>,
    connect_timeout: Duration,
    timeout: Option<Duration>,
    retry: Retry,
    retry_budget: u32,
    http: Option<reqwest::Client>,
    http1: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
    headers: Vec<(String, String)>,
    user_agent_suffix: Option<String>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            auth: None,
            region: None,
            platform: Platform::default(),
            base_url: None,
            ws_url: None,
            connect_timeout: Duration::from_secs(10),
            timeout: None,
            retry: Retry::default(),
            retry_budget: DEFAULT_RETRIES,
            http: None,
            http1: None,
            transport: None,
            headers: Vec::new(),
            user_agent_suffix: None,
        }
    }
}

maybe!(ClientBuilder);

impl ClientBuilder {
    /// Sets an access token that does not change: a personal or a service access token.
    ///
    /// White space, quotes and a leading `Bearer` that pasting has added are removed. For tokens
    /// that expire, use [`credentials`](Self::credentials).
    #[doc(alias = "PAT")]
    #[doc(alias = "personal access token")]
    #[doc(alias = "api_key")]
    #[doc(alias = "TokenAuth")]
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.auth = Some(AccessToken::new(token).map(Auth::Token));
        self
    }

    /// Sets a source of access tokens that renews them, such as an
    /// [OAuth app](crate::auth::OAuthApp::credentials).
    ///
    /// ```no_run
    /// use coze_api::Client;
    /// use coze_api::auth::OAuthApp;
    ///
    /// let app = OAuthApp::from_file("coze_oauth_config.json")?;
    /// let coze = Client::builder().credentials(app.credentials()).build()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// For an app whose users log in, add a token first: see
    /// [`OAuthCredentials::with_token`](crate::auth::OAuthCredentials::with_token). The last call
    /// of this method or [`token`](Self::token) takes effect.
    #[doc(alias = "OAuth")]
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.auth = Some(Ok(Auth::Credentials(Arc::new(credentials))));
        self
    }

    /// Sends requests without a token, to obtain one.
    pub(crate) fn anonymous(mut self) -> Self {
        self.auth = Some(Ok(Auth::Anonymous));
        self
    }

    /// Sets the region. The default is the base URL of the credentials if they have one, then that
    /// of the [platform](Self::platform): [`Region::Cn`] for the cloud.
    ///
    /// Each region refuses the tokens of the other. [`base_url`](Self::base_url) overrides the
    /// region.
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// Sets the platform that the server belongs to. The default is the [cloud](Platform::Cloud).
    ///
    /// For [`Platform::Studio`], the default base URL is `http://localhost:8888`;
    /// [`base_url`](Self::base_url), [`region`](Self::region) and credentials that have a base URL
    /// override it. Requests are sent as that platform needs them, and operations that it lacks
    /// fail with [`Error::is_unsupported`] before anything is sent. [`Client::detect_platform`]
    /// finds out which platform a server belongs to.
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = platform;
        self
    }

    /// Sets the URL of another server, such as a gateway, a self-hosted installation or a mock:
    /// `https://coze.example.com/prefix`. It overrides the region. For a self-hosted Coze Studio,
    /// also set the [platform](Self::platform), because its requests differ.
    ///
    /// ```
    /// use coze_api::Client;
    ///
    /// let coze = Client::builder().token("pat_example").base_url("http://localhost:8080").build()?;
    /// assert_eq!(coze.ws_url(), "ws://localhost:8080");
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// The web pages and the WebSocket API of `https://api.X` are expected at `www.X` and `ws.X`;
    /// those of any other host at the same host. The paths of operations begin with `/v1`, `/v2`,
    /// `/v3` or `/open_api`, so the base URL normally does not contain them. If it ends in one of
    /// them and the server does not find an operation, the error mentions it.
    #[doc(alias = "endpoint")]
    #[doc(alias = "gateway")]
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// Sets the URL of the WebSocket API, such as `wss://ws.example.com/prefix`. It overrides the
    /// one that follows from the region or the base URL.
    ///
    /// It is needed only for a WebSocket API at an unusual host. The path of the session, such as
    /// `/v1/chat`, is added to it.
    pub fn ws_url(mut self, ws_url: impl Into<String>) -> Self {
        self.ws_url = Some(ws_url.into());
        self
    }

    /// Sets the limit on the time to make a connection, TLS included. The default is 10 seconds.
    ///
    /// It has no effect on a client given by [`http_client`](Self::http_client).
    ///
    /// A connection that is not made in time is an error for which
    /// [`is_connect`](Error::is_connect) is true. Nothing was sent then, so every operation is
    /// retried.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the time after which an attempt of a call is given up if nothing is sent and nothing
    /// arrives.
    ///
    /// The default is 120 seconds, or the longer time that the documentation gives an operation,
    /// such as 10 minutes for a workflow that is run without streaming. A value that is set here
    /// replaces those too. To limit all attempts together, set `with_deadline` on the request.
    ///
    /// - Bytes extend it: it starts again when a part of a file or of long JSON is sent, when the
    ///   response begins, and with every part of it that arrives. A large file on a slow line does
    ///   not fail while it makes progress. `with_deadline` limits the total time.
    /// - For a stream or a download, it ends when the response begins. Afterwards, the idle timeout
    ///   applies.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use coze_api::Client;
    ///
    /// let coze = Client::builder().token("pat_example").timeout(Duration::from_secs(30)).build()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// An attempt without progress for longer fails with an error for which
    /// [`is_timeout`](Error::is_timeout) is true, and is retried if the operation is idempotent.
    #[doc(alias = "request timeout")]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the policy by which failed calls are retried. The default is [`Retry::default`].
    ///
    /// A request can have its own policy (`with_retry`).
    ///
    /// ```
    /// use coze_api::{Client, Retry};
    ///
    /// let patient = Retry::default().max_attempts(6);
    /// let coze = Client::builder().token("pat_example").retry(patient).build()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sets the retry budget that all calls of the client share. The default is 100 retries.
    ///
    /// Each retry takes one from the budget. A call that succeeds after retries returns what it
    /// took, and five calls that succeed on the first attempt return one. While the budget is
    /// empty, failed calls are not retried. So the client does not multiply the load on the server
    /// during an outage, and ordinary failures cost nothing. With `u32::MAX` there is practically
    /// no limit.
    #[doc(alias = "circuit breaker")]
    pub fn retry_budget(mut self, retries: u32) -> Self {
        self.retry_budget = retries;
        self
    }

    /// Sets the HTTP client, for settings that this builder does not have: proxies, certificates,
    /// DNS, the pool of connections.
    ///
    /// ```no_run
    /// use coze_api::{Client, reqwest};
    ///
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let http = reqwest::Client::builder()
    ///     .proxy(reqwest::Proxy::all("http://proxy.example.com:3128")?)
    ///     .redirect(reqwest::redirect::Policy::none())
    ///     .http2_keep_alive_interval(std::time::Duration::from_secs(20))
    ///     .build()?;
    /// let coze = Client::builder().token("pat_example").http_client(http).build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// The client is used unchanged, for all hosts. Configure it as this crate configures its own:
    ///
    /// - follow no redirects, so that a token goes to no other host;
    /// - set no total timeout, which would end streams;
    /// - with HTTP/2, set `http2_keep_alive_interval`, because a dead connection of your client is
    ///   not replaced after a timeout.
    #[doc(alias = "proxy")]
    #[doc(alias = "certificate")]
    #[doc(alias = "TLS")]
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Sends requests with `transport` in place of an HTTP client: responses from memory in tests,
    /// or a stack of middleware. See [`Transport`] for examples.
    ///
    /// It takes the place of [`http_client`](Self::http_client), for requests for tokens too.
    #[doc(alias = "tower")]
    #[doc(alias = "reqwest-middleware")]
    pub fn transport(self, transport: impl Transport) -> Self {
        self.shared_transport(Arc::new(transport))
    }

    pub(crate) fn shared_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Sets the HTTP client for connections that are upgraded.
    #[allow(dead_code, reason = "features upgrade connections")]
    pub(crate) fn http1_client(mut self, client: reqwest::Client) -> Self {
        self.http1 = Some(client);
        self
    }

    /// Adds a header to every request. A header of the same name that an operation or a request
    /// sets takes its place.
    ///
    /// Headers for the API are not sent to another host that issues tokens. `Content-Length` and
    /// `Transfer-Encoding` follow from the body and cannot be set.
    ///
    /// ```
    /// use coze_api::Client;
    ///
    /// let coze = Client::builder().token("pat_example").header("X-Team", "search").build()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds the name of your program, such as `my-app/1.2`, to the end of the `User-Agent` header.
    ///
    /// Coze's support can tell requests of your program by it. It must be printable ASCII.
    ///
    /// ```
    /// use coze_api::Client;
    ///
    /// let coze = Client::builder().token("pat_example").user_agent_suffix("my-app/1.2").build()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Builds the client. It connects when the first request is sent, and needs no Tokio runtime
    /// before that.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if there is no token, or a setting is not valid. The message
    /// names the setting.
    pub fn build(self) -> Result<Client> {
        let auth = self.auth.unwrap_or_else(|| {
            Err(Error::config(
                "no access token: call `token(…)` or `credentials(…)` on the builder, \
                 or set COZE_API_TOKEN and use `Client::from_env()`",
            ))
        })?;
        let endpoints = match (&self.base_url, self.region, auth.base_url()) {
            (Some(base_url), _, _) => Endpoints::custom(base_url)?,
            (None, Some(region), _) => Endpoints::from(region),
            (None, None, Some(base_url)) => Endpoints::custom(base_url)?,
            (None, None, None) => match self.platform.facts() {
                Some(facts) => Endpoints::custom(facts.url)?,
                None => Endpoints::from(Region::default()),
            },
        };
        let endpoints = match &self.ws_url {
            Some(ws_url) => endpoints.with_ws(ws_url)?,
            None => endpoints,
        };
        let mut headers = identity(self.user_agent_suffix.as_deref())?;
        for (name, value) in &self.headers {
            let (name, value) = parse_header(name, value).map_err(Error::config)?;
            headers.insert(name, value);
        }
        let connections =
            Connections::new(self.connect_timeout, self.http, self.http1, self.transport.as_ref());
        if connections.is_own() {
            // A problem with TLS is better found now than at the first call.
            connections.get(&endpoints.base()?, Protocol::Any)?;
        }
        Ok(Client::new(Settings {
            connections,
            endpoints,
            auth,
            headers,
            timeout: self.timeout,
            retry: self.retry,
            retry_budget: Arc::new(RetryBudget::new(self.retry_budget)),
            is_for_tokens: false,
        })
        .with_platform(self.platform))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("region", &self.region)
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// Returns the headers with which the official SDKs identify themselves.
fn identity(suffix: Option<&str>) -> Result<HeaderMap> {
    use std::env::consts::{ARCH, OS};

    const VERSION: &str = env!("CARGO_PKG_VERSION");
    let mut user_agent = format!("coze-api-rust/{VERSION} rust {OS}/{ARCH}");
    if let Some(suffix) = suffix {
        user_agent.push(' ');
        user_agent.push_str(suffix);
    }
    let details = format!(r#"{{"version":"{VERSION}","lang":"rust","os_name":"{OS}"}}"#);
    let pairs = [(&IDENTITY[0], user_agent), (&IDENTITY[1], details)];
    let mut headers = HeaderMap::with_capacity(8);
    for (name, value) in pairs {
        let value = HeaderValue::try_from(value)
            .map_err(|_| Error::config("the user agent suffix cannot stand in an HTTP header"))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_needs_a_token() {
        let error = Client::builder().build().expect_err("no token");
        assert!(error.is_config());
        assert!(error.to_string().contains("COZE_API_TOKEN"), "{error}");
    }

    #[test]
    fn debug_shows_no_secrets() {
        let builder = Client::builder().token("pat_topsecret").header("x-api-key", "topsecret");
        let shown = format!("{builder:?}");
        let shown = format!("{shown} {:?}", builder.build().expect("valid"));
        assert!(!shown.contains("topsecret"), "{shown}");
    }

    #[test]
    fn the_region_is_one_switch() {
        let coze = Client::builder().token("t").region(Region::Com).build().expect("valid");
        assert_eq!(coze.base_url(), "https://api.coze.com");
        assert_eq!(coze.www_url(), "https://www.coze.com");
        assert_eq!(coze.ws_url(), "wss://ws.coze.com");
    }

    #[test]
    fn bad_settings_are_named() {
        let builder = || Client::builder().token("t");
        let cases = [
            (builder().base_url("nonsense").build(), "base URL"),
            (builder().header("a b", "c").build(), "a b"),
            (builder().header("x-key", "sec\nret").build(), "x-key"),
            (builder().user_agent_suffix("a\nb").build(), "user agent"),
            (Client::builder().token("  ").build(), "access token is empty"),
        ];
        for (result, expected) in cases {
            let error = result.expect_err(expected).to_string();
            assert!(error.contains(expected) && !error.contains("sec"), "{error}");
        }
    }

    #[test]
    fn the_client_says_what_it_is() {
        let headers = identity(Some("my-app/1.2")).expect("valid");
        let agent = headers["user-agent"].to_str().expect("text");
        assert!(agent.starts_with("coze-api-rust/") && agent.ends_with(" my-app/1.2"), "{agent}");
        let details = headers["x-coze-client-user-agent"].as_bytes();
        let details: serde_json::Value = serde_json::from_slice(details).expect("JSON");
        assert_eq!(details["lang"], "rust");
    }
}
