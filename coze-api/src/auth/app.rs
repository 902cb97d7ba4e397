//! What all kinds of OAuth apps share: where their server is, and how to ask it for a
//! token.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::token::OAuthToken;
use crate::base::clock::{Clock, SystemClock, server_offset, unix_seconds};
use crate::base::error::{Error, Kind, Result};
use crate::base::region::{Endpoints, Region};
use crate::wire::call::Call;
use crate::wire::client::{Auth, Client};
use crate::wire::envelope::{self, Reply};
use crate::wire::transport;

/// A server that issues tokens does so at once.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The path under which tokens are issued, unless it names an account, an enterprise or
/// a workspace.
pub(crate) const TOKEN_PATH: &str = "/api/permission/oauth2/token";

/// The settings of an app, as its builder collects them.
pub(crate) struct Setup {
    pub(crate) client_id: String,
    pub(crate) region: Option<Region>,
    pub(crate) base_url: Option<String>,
    pub(crate) www_url: Option<String>,
    pub(crate) http: Option<reqwest::Client>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Setup {
    pub(crate) fn new(client_id: String) -> Self {
        Self {
            client_id,
            region: None,
            base_url: None,
            www_url: None,
            http: None,
            clock: Arc::new(SystemClock),
        }
    }

    pub(crate) fn build(self) -> Result<Arc<Core>> {
        if self.client_id.trim().is_empty() {
            return Err(Error::config("the client id of the OAuth app is empty"));
        }
        let mut endpoints = match &self.base_url {
            Some(base_url) => Some(Endpoints::custom(base_url)?),
            None => self.region.map(Endpoints::from),
        };
        if let Some(www_url) = &self.www_url {
            let www = Endpoints::custom(www_url)?.api;
            endpoints.get_or_insert_with(|| Region::default().into()).www = www;
        }
        Ok(Arc::new(Core {
            client_id: self.client_id,
            endpoints,
            http: self.http,
            clock: self.clock,
            own: OnceLock::new(),
            offset: AtomicI64::new(0),
        }))
    }
}

/// Gives the builder of an app, which has a field `setup`, the settings that all of them
/// have.
macro_rules! settings {
    ($builder:ident) => {
        impl $builder {
            /// Which platform the app belongs to. By default that of the client that
            /// uses it, or else [`Region::Cn`](crate::Region::Cn).
            pub fn region(mut self, region: $crate::Region) -> Self {
                self.setup.region = Some(region);
                self
            }

            /// The address of the API of another installation. It overrides the region.
            pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
                self.setup.base_url = Some(base_url.into());
                self
            }

            /// The address of the pages on which users grant access, if it does not
            /// follow from that of the API.
            pub fn www_url(mut self, www_url: impl Into<String>) -> Self {
                self.setup.www_url = Some(www_url.into());
                self
            }

            /// Asks for tokens with a client that you configured, as long as there is no
            /// [`Client`](crate::Client) that asks for them.
            pub fn http_client(mut self, client: ::reqwest::Client) -> Self {
                self.setup.http = Some(client);
                self
            }

            /// Another clock, for tests.
            pub fn clock(mut self, clock: impl $crate::auth::Clock) -> Self {
                self.setup.clock = ::std::sync::Arc::new(clock);
                self
            }
        }

        impl ::std::fmt::Debug for $builder {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($builder))
                    .field("client_id", &self.setup.client_id)
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use settings;

/// What all kinds of apps have.
pub(crate) struct Core {
    pub(crate) client_id: String,
    /// Unless the settings name them, those of the client that needs a token.
    endpoints: Option<Endpoints>,
    http: Option<reqwest::Client>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Asks for tokens while no client does, such as during a login.
    own: OnceLock<Client>,
    /// How far the server's clock is ahead of ours, in seconds.
    offset: AtomicI64,
}

impl Core {
    /// The address of the API, if the settings name one.
    pub(crate) fn base_url(&self) -> Option<&str> {
        self.endpoints.as_ref().map(|endpoints| &*endpoints.api)
    }

    /// The address of the pages on which users grant access.
    pub(crate) fn www_url(&self) -> String {
        self.endpoints.clone().unwrap_or_else(|| Region::default().into()).www
    }

    /// The Unix second, by the server's clock as far as it is known.
    pub(crate) fn now(&self) -> i64 {
        unix_seconds(self.clock.now()).saturating_add(self.offset())
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// A client of the authorization server: with the connections of `outer`, if a
    /// client asks, and with `auth` in place of its tokens.
    pub(crate) fn client(&self, outer: Option<&Client>, auth: Auth) -> Result<Client> {
        let client = match outer {
            Some(client) => client,
            None => self.own()?,
        };
        Ok(client.with_auth(self.endpoints.as_ref(), auth))
    }

    fn own(&self) -> Result<&Client> {
        if let Some(client) = self.own.get() {
            return Ok(client);
        }
        let mut builder = Client::builder().anonymous();
        if let Some(http) = &self.http {
            builder = builder.http_client(http.clone());
        }
        let client = builder.build()?;
        Ok(self.own.get_or_init(|| client))
    }

    /// Asks for a token that lives `lifetime` seconds unless the reply says something
    /// else.
    pub(crate) async fn token(&self, call: Call, lifetime: i64) -> Result<OAuthToken> {
        let operation = call.operation().clone();
        let reply: TokenReply = self.send(call).await?;
        if reply.access_token.is_empty() {
            let error = Error::new(Kind::Decode("the reply holds no access token".into()));
            return Err(error.with_operation(operation));
        }
        let token = OAuthToken::issued(reply.access_token, reply.expires_in, self.now(), lifetime);
        Ok(match reply.refresh_token {
            refresh_token if refresh_token.is_empty() => token,
            refresh_token => token.with_refresh_token(refresh_token),
        })
    }

    pub(crate) async fn send<T: DeserializeOwned + Send>(&self, call: Call) -> Result<T> {
        let timeout = call.timeout().min(TIMEOUT);
        let call = call.with_timeout(timeout);
        let sent = unix_seconds(self.clock.now());
        let decode = |reply: &Reply| {
            self.note_date(reply, sent);
            // Without an envelope, and with errors of their own.
            envelope::flat(reply).map_err(Error::into_auth)
        };
        transport::send(&call, &decode).await.map(|(value, _)| value)
    }

    /// Learns from a reply how far the clocks are apart.
    fn note_date(&self, reply: &Reply, sent: i64) {
        let date = reply.headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
            return;
        };
        let received = unix_seconds(self.clock.now());
        self.offset.store(server_offset(unix_seconds(date), sent, received), Ordering::Relaxed);
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenReply {
    access_token: String,
    refresh_token: String,
    expires_in: i64,
}

/// Text of `bytes` random bytes that nobody can guess, in letters, digits, `-` and `_`.
pub(crate) fn random_text<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::config("the system gives no random numbers").with_source(e))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
