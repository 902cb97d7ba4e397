//! OAuth apps of services, which sign a JWT and exchange it for a token.

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

/// The lifetime of a JWT in seconds. It is sent at once, so this only allows for clock differences.
const JWT_LIFE: i64 = 600;
/// The minimum error of the local clock, in seconds, that makes it worth signing again.
const CLOCK_TOLERANCE: u64 = 30;

/// An OAuth app of the type "service", which has a private key and needs no user.
///
/// ```no_run
/// use coze_api::Client;
/// use coze_api::auth::JwtOAuthApp;
///
/// let app = JwtOAuthApp::builder("client id", "public key fingerprint")
///     .private_key_file("private_key.pem")
///     .build()?;
/// let coze = Client::builder().credentials(app.credentials()).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// Use [`token`](Self::token) for tokens that are limited to the conversations of one end user or
/// to a channel, or that give access to another account or an enterprise:
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
///
/// [`JwtOAuthApp::builder`] returns it. A private key is required, from one of three sources:
///
/// | method | source |
/// |---|---|
/// | [`private_key_pem`](Self::private_key_pem) | text |
/// | [`private_key_file`](Self::private_key_file) | a file |
/// | [`private_key_env`](Self::private_key_env) | an environment variable |
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

    /// Reads the private key from a PEM file, as downloaded from the app's page.
    ///
    /// The file is read by [`build`](Self::build). An encrypted key, a public key or a certificate
    /// is an error that says so.
    pub fn private_key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.key = Some(KeySource::File(path.into()));
        self
    }

    /// Reads the private key from an environment variable that holds the PEM text, in any of
    /// the forms that [`private_key_pem`](Self::private_key_pem) reads.
    ///
    /// The variable is read by [`build`](Self::build). Errors name it and never quote its value.
    pub fn private_key_env(mut self, variable: impl Into<String>) -> Self {
        self.key = Some(KeySource::Env(variable.into()));
        self
    }

    /// Sets the audience of the JWT. The default is the host of the API's base URL; behind a
    /// gateway, set for example `api.coze.cn`.
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Builds the app, and checks that the key can sign.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if a setting is missing or invalid. The message names it and
    /// gives the reason.
    pub fn build(self) -> Result<JwtOAuthApp> {
        let key_id = pasted::unquote(&self.key_id).to_owned();
        if key_id.is_empty() {
            return Err(Error::config("the public key ID of the OAuth app is empty"));
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
        let message = format!("cannot read a private key from the environment variable {variable}");
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
    /// Creates a builder. The app's page on the Coze website shows the client ID and the
    /// fingerprint of the public key, which is its ID.
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

    /// Returns credentials for a client, with all permissions of the app.
    ///
    /// A new token is requested shortly before one expires. JWT tokens have no refresh token, so a
    /// store only avoids one request after a restart.
    pub fn credentials(&self) -> OAuthCredentials {
        self.token().credentials()
    }

    /// Starts a request for a token, or for credentials, with other options.
    ///
    /// The options are those of the token, not of the app: several kinds of tokens can be requested
    /// with one app.
    pub fn token(&self) -> JwtTokenRequest {
        JwtTokenRequest {
            app: self.inner.clone(),
            owner: Owner::App,
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

/// A request for a token, returned by [`JwtOAuthApp::token`].
///
/// Await it to get one token, or call [`credentials`](Self::credentials) for credentials that renew
/// the token automatically.
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
    owner: Owner,
    duration: Option<Duration>,
    session_name: Option<String>,
    session_context: Option<SessionContext>,
    scope: Option<Scope>,
}

/// The owner of the resources to which a token gives access.
#[derive(Clone, Debug)]
enum Owner {
    App,
    Account(String),
    Enterprise(String),
}

impl JwtTokenRequest {
    /// Sets the lifetime of the token. The default is 15 minutes, the maximum one second less than
    /// a day.
    ///
    /// A longer time is refused by the server. Credentials renew the token in the last tenth of it.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// Sets the name of an end user, in your own system. Conversations of different end users are
    /// separate.
    ///
    /// Use one client per end user, with credentials of its own; the conversations that it creates
    /// and lists are those of that user. Avoid names that identify a person.
    pub fn session_name(mut self, session_name: impl Into<String>) -> Self {
        self.session_name = Some(session_name.into());
        self
    }

    /// Sets the device or consumer to which usage is attributed.
    ///
    /// It has no effect on permissions.
    pub fn session_context(mut self, context: SessionContext) -> Self {
        self.session_context = Some(context);
        self
    }

    /// Limits the permissions of the token. Only apps of a publishing channel (connector) support
    /// this.
    ///
    /// ```no_run
    /// # fn example(app: coze_api::auth::JwtOAuthApp) -> coze_api::Result<()> {
    /// use coze_api::auth::Scope;
    ///
    /// let credentials = app.token().scope(Scope::bot_chat(["7493066380997012345"])).credentials();
    /// # Ok(())
    /// # }
    /// ```
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = Some(scope);
        self
    }

    /// Requests access to the resources of another account. `account_id` is the ID of a workspace's
    /// owner or of an organization.
    pub fn account_id(mut self, account_id: impl Into<String>) -> Self {
        self.owner = Owner::Account(account_id.into());
        self
    }

    /// Requests access to the management of an enterprise.
    ///
    /// It takes the place of [`account_id`](Self::account_id).
    pub fn enterprise_id(mut self, enterprise_id: impl Into<String>) -> Self {
        self.owner = Owner::Enterprise(enterprise_id.into());
        self
    }

    /// Returns credentials for a client, which request such a token when they need one.
    ///
    /// Each renewal requests a token with the same options.
    pub fn credentials(self) -> OAuthCredentials {
        OAuthCredentials::new(Arc::new(self))
    }

    /// Sends the request. Awaiting it does the same.
    ///
    /// # Errors
    ///
    /// With the reason in [`auth_error`](Error::auth_error) if the server refuses the request.
    pub async fn send(self) -> Result<OAuthToken> {
        self.fetch(None).await
    }

    /// Requests a token, and once more if it turns out that the local clock was wrong when the JWT
    /// was signed.
    async fn fetch(&self, outer: Option<&Client>) -> Result<OAuthToken> {
        let core = &self.app.core;
        let offset = core.offset();
        let error = match self.request(outer).await {
            Ok(token) => return Ok(token),
            Err(error) => error,
        };
        if error.auth_error().is_some() && core.offset().abs_diff(offset) > CLOCK_TOLERANCE {
            return self.request(outer).await;
        }
        Err(error)
    }

    async fn request(&self, outer: Option<&Client>) -> Result<OAuthToken> {
        let signer = JwtCredentials { request: self.clone() };
        let client = self.app.core.client(outer, Auth::Credentials(Arc::new(signer)))?;
        let seconds = self.duration.map(|duration| duration.as_secs());
        let call = Call::new(&client, "auth.token");
        let call = match &self.owner {
            Owner::App => call.post(TOKEN_PATH),
            Owner::Account(id) => call
                .post("/api/permission/oauth2/account/{account_id}/token")
                .path_param("account_id", id),
            Owner::Enterprise(id) => call
                .post("/api/permission/oauth2/enterprise_id/{enterprise_id}/token")
                .path_param("enterprise_id", id),
        };
        let mut call = call
            .field("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer")
            .field("duration_seconds", seconds.unwrap_or(DEFAULT_LIFETIME.unsigned_abs()))
            // Each attempt sends a new JWT, and a token that is lost does no harm.
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
            .field("owner", &self.owner)
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

/// The credentials of a request for a token. They sign a new JWT for each attempt, so that none is
/// sent twice.
struct JwtCredentials {
    request: JwtTokenRequest,
}

impl Credentials for JwtCredentials {
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

/// Returns the host of a base URL: `api.coze.cn` for `https://api.coze.cn/prefix`.
fn host(base_url: &str) -> &str {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}
