//! Code that all kinds of OAuth apps share: their settings, and requests for tokens.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::header;
use serde_json::Value;

use super::token::OAuthToken;
use crate::base::clock::{Clock, SystemClock, plausible_offset, unix_seconds};
use crate::base::decode::{self, Decode as _, Decoded, Input, Object, Shape};
use crate::base::error::{Error, Kind, Result};
use crate::base::pasted;
use crate::base::region::{Endpoints, Region};
use crate::wire::call::Call;
use crate::wire::client::{Auth, Client};
use crate::wire::envelope::{self, Reply};
use crate::wire::middleware::Transport;
use crate::wire::{send, transport};

/// The timeout of one attempt. Issuing a token takes a server little work.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The limits of retries, whatever the client's own are: other processes wait meanwhile.
const MAX_ATTEMPTS: u32 = 3;
const MAX_DELAY: Duration = Duration::from_secs(10);
/// The limit on one request for a token: all attempts and the delays between them, each of which
/// may be up to `MAX_DELAY` longer by its jitter. The timeout does not limit it, because each part
/// of a response that arrives extends the timeout.
const DEADLINE: Duration =
    TIMEOUT.saturating_add(MAX_DELAY.saturating_mul(2)).saturating_mul(MAX_ATTEMPTS);
/// The longest time for a token. An app that signs may send two requests, if its clock was wrong.
pub(crate) const LONGEST_REQUEST: Duration = DEADLINE.saturating_mul(2);

/// The path under which tokens are issued, unless it names an account, an enterprise or
/// a workspace.
pub(crate) const TOKEN_PATH: &str = "/api/permission/oauth2/token";

/// The settings that the builder of an app collects.
pub(crate) struct Setup {
    pub(crate) client_id: String,
    pub(crate) region: Option<Region>,
    pub(crate) base_url: Option<String>,
    pub(crate) www_url: Option<String>,
    pub(crate) http: Option<reqwest::Client>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
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
            transport: None,
            clock: Arc::new(SystemClock),
        }
    }

    pub(crate) fn build(self) -> Result<Arc<Core>> {
        let client_id = pasted::unquote(&self.client_id).to_owned();
        if client_id.is_empty() {
            return Err(Error::config("the client ID of the OAuth app is empty"));
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
            client_id,
            endpoints,
            http: self.http,
            transport: self.transport,
            clock: self.clock,
            own: OnceLock::new(),
            offset: AtomicI64::new(0),
            latest: AtomicI64::new(i64::MIN),
        }))
    }
}

/// Implements the settings that all apps share, for a builder with a field `setup`. They are the
/// same words as those of a client's builder.
macro_rules! settings {
    ($builder:ident) => {
        $crate::base::convert::maybe!($builder);

        impl $builder {
            /// Sets the region of the app. The default is that of the client that uses the app,
            /// or [`Region::Cn`](crate::Region::Cn) without a client.
            pub fn region(mut self, region: $crate::Region) -> Self {
                self.setup.region = Some(region);
                self
            }

            /// Sets the base URL of the API, for another server. It overrides the region, and is
            /// also the default of clients that use credentials of the app.
            pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
                self.setup.base_url = Some(base_url.into());
                self
            }

            /// Sets the base URL of the pages on which users grant access. By default it is derived
            /// from that of the API. Without a region or a base URL, it also sets the region to
            /// [`Region::Cn`](crate::Region::Cn).
            pub fn www_url(mut self, www_url: impl Into<String>) -> Self {
                self.setup.www_url = Some(www_url.into());
                self
            }

            /// Sets the HTTP client for requests that are not made for a
            /// [`Client`](crate::Client), such as logins. Requests that are made for a client use
            /// the connections of that client.
            pub fn http_client(mut self, client: ::reqwest::Client) -> Self {
                self.setup.http = Some(client);
                self
            }

            /// Sends such requests with `transport` in place of an HTTP client. See
            /// [`ClientBuilder::transport`](crate::ClientBuilder::transport).
            pub fn transport(
                mut self,
                transport: impl $crate::wire::middleware::Transport,
            ) -> Self {
                self.setup.transport = Some(::std::sync::Arc::new(transport));
                self
            }

            /// Replaces the system clock, for tests: tokens expire and devices poll according to
            /// this clock.
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

/// The state that all kinds of apps share.
pub(crate) struct Core {
    pub(crate) client_id: String,
    /// The endpoints in the settings. Without them, those of the client that needs a token are
    /// used.
    endpoints: Option<Endpoints>,
    http: Option<reqwest::Client>,
    transport: Option<Arc<dyn Transport>>,
    pub(crate) clock: Arc<dyn Clock>,
    /// The client for requests that are not made for another client, such as logins.
    own: OnceLock<Client>,
    /// The difference between the server's clock and the local clock, in seconds.
    offset: AtomicI64,
    /// The Unix time at which the last token was issued, by the server's clock.
    latest: AtomicI64,
}

impl Core {
    /// Returns the base URL of the API in the settings, if any.
    pub(crate) fn base_url(&self) -> Option<&str> {
        self.endpoints.as_ref().map(|endpoints| &*endpoints.api)
    }

    /// Returns the base URL of the pages on which users grant access.
    pub(crate) fn www_url(&self) -> String {
        self.endpoints.clone().unwrap_or_else(|| Region::default().into()).www
    }

    /// Returns the Unix time in seconds, by the server's clock as far as it is known.
    pub(crate) fn now(&self) -> i64 {
        unix_seconds(self.clock.now()).saturating_add(self.offset())
    }

    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Returns a client of the authorization server that authenticates with `auth`. It uses the
    /// connections of `outer`, the client that needs a token, if there is one.
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
        if let Some(transport) = &self.transport {
            builder = builder.shared_transport(transport.clone());
        }
        let client = builder.build()?;
        Ok(self.own.get_or_init(|| client))
    }

    /// Requests a token. `lifetime` in seconds applies if the response does not state another.
    pub(crate) async fn token(&self, call: Call, lifetime: i64) -> Result<OAuthToken> {
        let operation = call.operation().clone();
        let issuer = call.client().base_url().to_owned();
        let request = call.clone();
        let mut reply: TokenReply = self.exchange(call, TokenReply::read).await?;
        if let Some(error) = reply.unread.take() {
            let mut secrets = request.secrets(None);
            secrets.add(&reply.access_token);
            secrets.add(&reply.refresh_token);
            let error = error.without(&secrets).with_operation(operation.clone());
            tracing::warn!(%error, "cannot read a part of the response with the token");
        }
        if reply.access_token.is_empty() {
            let error = Error::from_kind(Kind::Decode(
                "the response does not contain an access token".into(),
            ));
            return Err(error.with_operation(operation));
        }
        let now = self.now();
        self.latest.fetch_max(now, Ordering::Relaxed);
        let token = OAuthToken::issued(reply.access_token, reply.expires_in, now, lifetime);
        let token = token.with_issuer(issuer);
        Ok(match reply.refresh_token {
            refresh_token if refresh_token.is_empty() => token,
            refresh_token => token.with_refresh_token(refresh_token),
        })
    }

    pub(crate) async fn send<T: Object + Default + Send>(&self, call: Call) -> Result<T> {
        self.exchange(call, envelope::at_root).await
    }

    async fn exchange<T: Send>(&self, call: Call, read: fn(&Reply) -> Result<T>) -> Result<T> {
        let timeout = call.timeout().min(TIMEOUT);
        let retry = call.retry().clone().limited(MAX_ATTEMPTS, MAX_DELAY);
        let deadline = call.deadline();
        let call = call.with_timeout(timeout).with_retry(retry);
        let call = if deadline.is_none() { call.with_deadline(DEADLINE) } else { call };
        let sent = unix_seconds(self.clock.now());
        let mut value = None;
        let mut decode = |reply: &Reply| {
            // These responses have no envelope, and errors of another form.
            let result = read(reply).map_err(Error::into_auth);
            // Any other error may come from a gateway or proxy, whose clock does not matter.
            if result.as_ref().err().is_none_or(|error| error.auth_error().is_some()) {
                self.note_date(reply, sent);
            }
            send::store(&mut value, result)
        };
        let reply = transport::send(&call, &mut decode).await?;
        value.ok_or_else(|| send::without_value(&reply))
    }

    /// Updates the offset of the server's clock from the date of a response, if that is plausible.
    fn note_date(&self, reply: &Reply, sent: i64) {
        let date = reply.headers.get(header::DATE).and_then(|date| date.to_str().ok());
        let Some(date) = date.and_then(|date| httpdate::parse_http_date(date).ok()) else {
            return;
        };
        let (date, received) = (unix_seconds(date), unix_seconds(self.clock.now()));
        // Time does not run backwards: a server that has issued a token at a time is past it.
        let offset = plausible_offset(date, sent, received)
            .filter(|_| date >= self.latest.load(Ordering::Relaxed));
        match offset {
            Some(offset) => self.offset.store(offset, Ordering::Relaxed),
            None => tracing::debug!(date, "ignoring the date of the authorization server"),
        }
    }
}

/// The response of a server that issued a token. It is read as far as possible: the refresh token
/// in the request is no longer valid, so the new tokens must not be lost because of another field.
#[derive(Default)]
struct TokenReply {
    access_token: String,
    refresh_token: String,
    expires_in: i64,
    /// Why the rest could not be read.
    unread: Option<Error>,
}

impl TokenReply {
    fn read(reply: &Reply) -> Result<Self> {
        envelope::at_root(reply).or_else(|error| {
            let mut token = Self::default();
            let text = decode::repair(&reply.body);
            // The fields before the place that cannot be read are filled in.
            let _ = decode::read_members(&mut token, &text);
            if !error.is_decode() || token.access_token.is_empty() {
                return Err(error);
            }
            token.unread = Some(error);
            Ok(token)
        })
    }

    fn set_field(&mut self, name: &str, value: &Value) {
        match name {
            "access_token" => self.access_token = text(value),
            "refresh_token" => self.refresh_token = text(value),
            "expires_in" => self.expires_in = integer(value).unwrap_or_default(),
            // A gateway may put every response into an envelope.
            "data" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    if name != "data" {
                        self.set_field(name, value);
                    }
                }
            }
            _ => {}
        }
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn integer(value: &Value) -> Option<i64> {
    let text = text(value);
    let whole = text.trim().split('.').next().unwrap_or_default();
    whole.parse().ok()
}

/// Sets the fields one by one, so that those before an error are kept.
impl Object for TokenReply {
    fn shape(&self) -> Option<&'static Shape> {
        None
    }

    fn clear(&mut self) {
        *self = Self::default();
    }

    fn set(&mut self, name: &str, value: &mut dyn Input) -> Decoded {
        let mut json = Value::Null;
        json.decode(value)?;
        self.set_field(name, &json);
        Ok(())
    }
}

/// Returns `BYTES` cryptographically random bytes as text of letters, digits, `-` and `_`.
pub(crate) fn random_text<const BYTES: usize>() -> Result<String> {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).map_err(|e| {
        Error::config("the operating system provides no random numbers").with_source(e)
    })?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}
