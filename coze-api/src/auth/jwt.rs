//! Apps that act for themselves: they sign a JWT and get a token for it.

mod key;
mod pem;
mod scope;

use std::fmt;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use self::key::Key;
pub use self::scope::{Scope, SessionContext};
use super::app::{Core, Setup, TOKEN_PATH, random_text, settings};
use super::renew::{OAuthCredentials, Renew};
use super::token::{DEFAULT_LIFETIME, OAuthToken};
use super::{AccessToken, BoxFuture, Credentials, TokenContext};
use crate::base::error::{Error, Result};
use crate::base::pasted;
use crate::wire::call::Call;
use crate::wire::client::{Auth, Client};

/// How long a JWT may be used. It is sent at once, so this is for clocks that go slow.
const JWT_LIFE: i64 = 600;
/// How much our clock must have been off before it is worth signing again, in seconds.
const CLOCK_TOLERANCE: u64 = 30;

/// An OAuth app of the kind "service": it has a private key and needs no user.
///
/// ```no_run
/// use coze_api::Client;
/// use coze_api::auth::JwtOAuthApp;
///
/// let app = JwtOAuthApp::builder("app id", "public key fingerprint")
///     .private_key_file("private_key.pem")
///     .build()?;
/// let coze = Client::builder().credentials(app.credentials()).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// Tokens for the conversations of one end user, for a channel, for the resources of
/// another account or of an enterprise come from [`token`](Self::token):
///
/// ```no_run
/// # use coze_api::{Client, auth::JwtOAuthApp};
/// # fn example(app: JwtOAuthApp) -> coze_api::Result<()> {
/// let coze = Client::builder()
///     .credentials(app.token().session_name("user-42").credentials())
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct JwtOAuthApp {
    inner: Arc<App>,
}

struct App {
    core: Arc<Core>,
    key: Key,
    key_id: String,
    audience: Option<String>,
}

/// Configures a [`JwtOAuthApp`].
#[must_use = "a builder does nothing until `build` is called"]
pub struct JwtOAuthAppBuilder {
    setup: Setup,
    key_id: String,
    key: Option<KeySource>,
    audience: Option<String>,
}

enum KeySource {
    Pem(SecretString),
    File(PathBuf),
    Env(String),
}

settings!(JwtOAuthAppBuilder);

impl JwtOAuthAppBuilder {
    /// Sets the private key as PEM text, in PKCS#8 or PKCS#1.
    ///
    /// The text may have a byte order mark, quotes around it, indented lines, line breaks
    /// written as `\n` or `\r\n`, or no line breaks at all, and it may be encoded in base64
    /// as a whole.
    pub fn private_key_pem(mut self, pem: impl Into<SecretString>) -> Self {
        self.key = Some(KeySource::Pem(pem.into()));
        self
    }

    /// Reads the private key from a PEM file, as downloaded from the page of the app.
    pub fn private_key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = Some(KeySource::File(path.into()));
        self
    }

    /// Reads the private key from an environment variable that holds the PEM text, in any of
    /// the forms that [`private_key_pem`](Self::private_key_pem) reads.
    pub fn private_key_env(mut self, variable: impl Into<String>) -> Self {
        self.key = Some(KeySource::Env(variable.into()));
        self
    }

    /// Sets the audience of the JWT if it is not the host of the API's address, for example
    /// `api.coze.cn` behind a gateway.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Builds the app, and checks that the key can sign.
    ///
    /// # Errors
    ///
    /// Fails if a setting is missing or not valid. The message says which, and why.
    pub fn build(self) -> Result<JwtOAuthApp> {
        let key_id = pasted::unquote(&self.key_id).to_owned();
        if key_id.is_empty() {
            return Err(Error::config("the public key id of the OAuth app is empty"));
        }
        let key = match self.key {
            Some(KeySource::Pem(pem)) => Key::from_pem(pem.expose_secret())?,
            Some(KeySource::File(path)) => read_key(&path)?,
            Some(KeySource::Env(name)) => env_key(&name)?,
            None => {
                return Err(Error::config(
                    "the OAuth app has no private key: call `private_key_pem(…)`, `private_key_file(…)` or \
                     `private_key_env(…)` on the builder",
                ));
            }
        };
        let inner = App { core: self.setup.build()?, key, key_id, audience: self.audience };
        Ok(JwtOAuthApp { inner: Arc::new(inner) })
    }
}

fn read_key(path: &Path) -> Result<Key> {
    let content = std::fs::read(path).map_err(|e| {
        let message = format!("cannot read the private key in {}", path.display());
        Error::config(message).with_source(e)
    })?;
    Key::from_file(content).map_err(|e| Error::config(format!("{}: {e}", path.display())))
}

fn env_key(variable: &str) -> Result<Key> {
    let text = std::env::var(variable).map_err(|e| {
        let message = format!("the environment variable {variable} holds no private key");
        match e {
            std::env::VarError::NotPresent => Error::config(message).with_source(e),
            // This error quotes the value.
            std::env::VarError::NotUnicode(_) => {
                Error::config(format!("{message}: its value is not UTF-8 text"))
            }
        }
    })?;
    let key = Key::from_pem(&text);
    key.map_err(|e| Error::config(format!("the environment variable {variable}: {e}")))
}

impl JwtOAuthApp {
    /// Starts to configure an app. Its page on Coze shows the id, and the fingerprint of
    /// the public key.
    pub fn builder(
        client_id: impl Into<String>,
        public_key_id: impl Into<String>,
    ) -> JwtOAuthAppBuilder {
        JwtOAuthAppBuilder {
            setup: Setup::new(client_id.into()),
            key_id: public_key_id.into(),
            key: None,
            audience: None,
        }
    }

    /// Credentials for a client, with everything that the app may do.
    pub fn credentials(&self) -> OAuthCredentials {
        self.token().credentials()
    }

    /// A token, or credentials, for less or for something else.
    pub fn token(&self) -> JwtTokenRequest {
        JwtTokenRequest {
            app: self.inner.clone(),
            place: Place::Own,
            duration: None,
            session_name: None,
            session_context: None,
            scope: None,
        }
    }
}

impl fmt::Debug for JwtOAuthApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtOAuthApp")
            .field("client_id", &self.inner.core.client_id)
            .field("public_key_id", &self.inner.key_id)
            .finish_non_exhaustive()
    }
}

/// What a token is to be for. Await it to get one, or make
/// [`credentials`](Self::credentials) of it that get the next one by themselves.
///
/// A request made by [`JwtOAuthApp::token`]:
///
/// ```no_run
/// # async fn example(app: coze_api::auth::JwtOAuthApp) -> coze_api::Result<()> {
/// use std::time::Duration;
/// use coze_api::auth::Scope;
///
/// let token = app
///     .token()
///     .duration(Duration::from_secs(3600))
///     .scope(Scope::bot_chat(["7493066380997012345"]))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "a request is sent when it is awaited"]
pub struct JwtTokenRequest {
    app: Arc<App>,
    place: Place,
    duration: Option<Duration>,
    session_name: Option<String>,
    session_context: Option<SessionContext>,
    scope: Option<Scope>,
}

/// Whose resources a token is for.
#[derive(Clone, Debug)]
enum Place {
    Own,
    Account(String),
    Enterprise(String),
}

impl JwtTokenRequest {
    /// How long the token lives: 15 minutes by default, one second less than a day at
    /// most.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Keeps conversations apart: the name of one of your end users, as you know them.
    pub fn session_name(mut self, session_name: impl Into<String>) -> Self {
        self.session_name = Some(session_name.into());
        self
    }

    /// The device or the consumer on whose account the usage goes.
    pub fn session_context(mut self, context: SessionContext) -> Self {
        self.session_context = Some(context);
        self
    }

    /// Restricts the token of a channel.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// For the resources of another account: the id of the owner of the workspace, or of
    /// an organization.
    pub fn account_id(mut self, account_id: impl Into<String>) -> Self {
        self.place = Place::Account(account_id.into());
        self
    }

    /// For managing an enterprise.
    pub fn enterprise_id(mut self, enterprise_id: impl Into<String>) -> Self {
        self.place = Place::Enterprise(enterprise_id.into());
        self
    }

    /// Credentials for a client.
    pub fn credentials(self) -> OAuthCredentials {
        OAuthCredentials::new(Arc::new(self))
    }

    /// Gets a token. Awaiting the request does the same.
    pub async fn send(self) -> Result<OAuthToken> {
        self.fetch(None).await
    }

    /// Asks for a token, and once more if it turned out that our clock was off when the
    /// JWT was signed.
    async fn fetch(&self, outer: Option<&Client>) -> Result<OAuthToken> {
        let core = &self.app.core;
        let believed = core.offset();
        let error = match self.ask(outer).await {
            Ok(token) => return Ok(token),
            Err(error) => error,
        };
        if error.auth_error().is_some() && core.offset().abs_diff(believed) > CLOCK_TOLERANCE {
            return self.ask(outer).await;
        }
        Err(error)
    }

    async fn ask(&self, outer: Option<&Client>) -> Result<OAuthToken> {
        let signer = Signer { request: self.clone() };
        let client = self.app.core.client(outer, Auth::Credentials(Box::new(signer)))?;
        let seconds = self.duration.map(|duration| duration.as_secs());
        let call = Call::new(&client, "auth.token");
        let call = match &self.place {
            Place::Own => call.post(TOKEN_PATH),
            Place::Account(id) => call
                .post("/api/permission/oauth2/account/{account_id}/token")
                .path_param("account_id", id),
            Place::Enterprise(id) => call
                .post("/api/permission/oauth2/enterprise_id/{enterprise_id}/token")
                .path_param("enterprise_id", id),
        };
        let mut call = call
            .field("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .field("duration_seconds", seconds.unwrap_or(DEFAULT_LIFETIME.unsigned_abs()))
            // Every attempt carries a JWT of its own, and a token that got lost does no
            // harm.
            .idempotent(true);
        if let Some(scope) = &self.scope {
            call = call.field("scope", scope);
        }
        let lifetime = seconds.and_then(|s| i64::try_from(s).ok()).unwrap_or(DEFAULT_LIFETIME);
        self.app.core.token(call, lifetime.max(1)).await
    }

    fn sign(&self, client: &Client) -> Result<AccessToken> {
        let App { core, key, key_id, audience } = &*self.app;
        let now = core.now();
        let claims = Claims {
            iss: &core.client_id,
            aud: audience.as_deref().unwrap_or_else(|| host(client.base_url())),
            iat: now,
            exp: now.saturating_add(JWT_LIFE),
            jti: random_text::<32>()?,
            session_name: self.session_name.as_deref(),
            session_context: self.session_context.as_ref(),
        };
        AccessToken::new(key.sign(key_id, &claims)?)
    }
}

impl IntoFuture for JwtTokenRequest {
    type Output = Result<OAuthToken>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for JwtTokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtTokenRequest")
            .field("client_id", &self.app.core.client_id)
            .field("place", &self.place)
            .field("duration", &self.duration)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl Renew for JwtTokenRequest {
    fn core(&self) -> &Core {
        &self.app.core
    }

    fn renew<'a>(
        &'a self,
        client: Option<&'a Client>,
        _current: Option<&'a OAuthToken>,
    ) -> BoxFuture<'a, Result<OAuthToken>> {
        Box::pin(self.fetch(client))
    }
}

/// The credentials of the request for a token. They are asked before every attempt, so a
/// JWT is never sent twice.
struct Signer {
    request: JwtTokenRequest,
}

impl Credentials for Signer {
    fn token<'a>(&'a self, context: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async move { self.request.sign(context.client()) })
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    jti: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_context: Option<&'a SessionContext>,
}

/// `https://api.coze.cn/prefix` is for `api.coze.cn`.
fn host(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
