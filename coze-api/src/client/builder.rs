//! How a client is built.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use secrecy::SecretString;

use crate::base::error::{Error, Result};
use crate::base::header::parse_header;
use crate::base::platform::Platform;
use crate::base::region::{Endpoints, Region};
use crate::base::token::AccessToken;
use crate::wire::client::{Auth, Client, Credentials, Http1, IDENTITY, Settings, build_http};
use crate::wire::retry::Retry;

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
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    auth: Option<Result<Auth>>,
    region: Option<Region>,
    platform: Platform,
    base_url: Option<String>,
    ws_url: Option<String>,
    connect_timeout: Duration,
    timeout: Duration,
    retry: Retry,
    http: Option<reqwest::Client>,
    http1: Option<reqwest::Client>,
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
            timeout: Duration::from_secs(120),
            retry: Retry::default(),
            http: None,
            http1: None,
            headers: Vec::new(),
            user_agent_suffix: None,
        }
    }
}

impl ClientBuilder {
    /// Calls with a token that does not change: a personal or a service access token.
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.auth = Some(AccessToken::new(token).map(Auth::Token));
        self
    }

    /// Calls with tokens from a source that renews them.
    pub fn credentials(mut self, credentials: impl Credentials) -> Self {
        self.auth = Some(Ok(Auth::Credentials(Box::new(credentials))));
        self
    }

    /// Calls without a token, to get one.
    pub(crate) fn anonymous(mut self) -> Self {
        self.auth = Some(Ok(Auth::Anonymous));
        self
    }

    /// Which platform to talk to. By default that of the credentials, if they belong to
    /// one, or else [`Region::Cn`].
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
    }

    /// The platform that the server belongs to. By default the [cloud](Platform::Cloud).
    ///
    /// For [`Platform::Studio`], the base URL is `http://localhost:8888` unless
    /// [`base_url`](Self::base_url) is called. Requests are sent as that platform needs them, and
    /// operations that it lacks fail with [`Error::is_unsupported`] before anything is sent.
    /// [`Client::detect_platform`] finds out which platform a server belongs to.
    pub fn platform(mut self, platform: Platform) -> Self {
        self.platform = platform;
        self
    }

    /// The address of another installation, such as `https://coze.example.com/prefix`.
    /// It overrides the region.
    ///
    /// The pages and the WebSocket API of `https://api.X` are expected at `www.X` and
    /// `ws.X`, of any other host at that host.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = Some(base_url.into());
        self
    }

    /// The address of the WebSocket API, such as `wss://ws.example.com/prefix`. It overrides
    /// the one that follows from the region or the base URL.
    pub fn ws_url(mut self, ws_url: impl Into<String>) -> Self {
        self.ws_url = Some(ws_url.into());
        self
    }

    /// How long to wait for a connection. 10 seconds by default.
    ///
    /// It has no effect on a client given by [`http_client`](Self::http_client).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long one attempt of a call may take, from sending it to the last byte of the
    /// reply. 120 seconds by default, because workflows may take 90 to answer.
    ///
    /// An upload may take longer, as long as it makes progress: for it, this is the time
    /// in which nothing is sent and no answer comes.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// When and how often a call is repeated.
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// Sends with a client that you configured: proxies, certificates, DNS, pool.
    ///
    /// By itself this crate builds one that follows no redirects, so that a token goes
    /// nowhere else. Do the same, and set no total timeout.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http = Some(client);
        self
    }

    /// Opens connections that are to be upgraded with this client.
    #[allow(dead_code, reason = "features upgrade connections")]
    pub(crate) fn http1_client(mut self, client: reqwest::Client) -> Self {
        self.http1 = Some(client);
        self
    }

    /// Sends a header with every request.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Names your program at the end of the `User-Agent` header, such as `my-app/1.2`.
    pub fn user_agent_suffix(mut self, suffix: impl Into<String>) -> Self {
        self.user_agent_suffix = Some(suffix.into());
        self
    }

    /// Builds the client. It connects when the first request is sent.
    ///
    /// # Errors
    ///
    /// If there is no token, or a setting is not valid. The message says which.
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
        let http1 = Http1::new(self.http1.or(self.http.clone()), self.connect_timeout);
        let http = match self.http {
            Some(http) => http,
            None => build_http(self.connect_timeout)?,
        };
        Ok(Client::new(Settings {
            http,
            http1,
            endpoints,
            auth,
            headers,
            timeout: self.timeout,
            retry: self.retry,
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

/// The headers by which the official SDKs say what they are.
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
