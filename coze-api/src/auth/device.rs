//! The OAuth device flow: the user grants access on another device.

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use secrecy::SecretString;

use super::app::{Setup, settings};
use super::refresh::{UserApp, user_app};
use super::renew::OAuthCredentials;
use super::token::OAuthToken;
use super::{AuthError, AuthErrorReason, BoxFuture};
use crate::base::clock::unix_seconds;
use crate::base::decode::fields;
use crate::base::error::{Error, Kind, Result};
use crate::wire::call::Call;
use crate::wire::client::Auth;

/// The defaults if the server does not state a value, in seconds.
const DEFAULT_INTERVAL: u64 = 5;
const DEFAULT_LIFE: i64 = 300;
/// The number of seconds by which the interval grows when the server says that polling is too
/// frequent.
const SLOW_DOWN: u64 = 5;

/// An OAuth app of the type "TV, device or command line": the user opens a page on another device
/// and enters a code.
///
/// ```no_run
/// # async fn example() -> coze_api::Result<()> {
/// use coze_api::Client;
/// use coze_api::auth::DeviceOAuthApp;
///
/// let app = DeviceOAuthApp::builder("client id").build()?;
/// let token = app
///     .login(|code| println!("enter {} at {}", code.user_code(), code.verification_uri()))
///     .await?;
/// let coze = Client::builder().credentials(app.credentials().with_token(token)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct DeviceOAuthApp {
    app: UserApp,
}

/// Configures a [`DeviceOAuthApp`].
///
/// [`DeviceOAuthApp::builder`] returns it. All settings are optional; without a region or a base
/// URL, logins go to [`Region::Cn`](crate::Region::Cn).
#[must_use = "a builder does nothing until `build` is called"]
pub struct DeviceOAuthAppBuilder {
    setup: Setup,
}

settings!(DeviceOAuthAppBuilder);
user_app!(DeviceOAuthApp);

impl DeviceOAuthAppBuilder {
    /// Builds the app.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if a setting is invalid. The message names it.
    pub fn build(self) -> Result<DeviceOAuthApp> {
        Ok(DeviceOAuthApp { app: UserApp::new(self.setup.build()?, None) })
    }
}

impl DeviceOAuthApp {
    /// Creates a builder. The app's page on the Coze website shows the client ID.
    pub fn builder(client_id: impl Into<String>) -> DeviceOAuthAppBuilder {
        DeviceOAuthAppBuilder { setup: Setup::new(client_id.into()) }
    }

    /// Requests a code, passes it to `show`, and waits for the user's decision.
    ///
    /// Drop the future to cancel.
    ///
    /// # Errors
    ///
    /// Those of [`device_code`](Self::device_code) and [`DeviceLogin::wait`].
    pub async fn login(&self, show: impl FnOnce(&DeviceLogin) + Send) -> Result<OAuthToken> {
        let mut login = self.device_code().await?;
        show(&login);
        login.wait().await
    }

    /// Requests a code. [`DeviceLogin::wait`] then waits for the user's decision.
    ///
    /// Use it instead of [`login`](Self::login) to show the code and to wait in different places,
    /// or to limit access to one workspace:
    ///
    /// ```no_run
    /// # async fn example(app: coze_api::auth::DeviceOAuthApp) -> coze_api::Result<()> {
    /// let mut login = app.device_code().workspace_id("7493066380997012345").await?;
    /// println!("open {}", login.verification_url());
    /// let token = login.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn device_code(&self) -> DeviceCodeRequest {
        DeviceCodeRequest { app: self.app.clone(), workspace_id: None }
    }
}

/// A request for a code, returned by [`DeviceOAuthApp::device_code`]. Await it to send it.
#[must_use = "a request is sent when it is awaited"]
pub struct DeviceCodeRequest {
    app: UserApp,
    workspace_id: Option<String>,
}

impl DeviceCodeRequest {
    /// Requests access to one workspace instead of all workspaces of the user.
    ///
    /// Only enterprise editions support this. The token then lacks permissions that belong to the
    /// account, such as creating conversations.
    pub fn workspace_id(mut self, workspace_id: impl Into<String>) -> Self {
        self.workspace_id = Some(workspace_id.into());
        self
    }

    /// Sends the request. Awaiting it does the same.
    ///
    /// # Errors
    ///
    /// Those of any request, with the reason in [`auth_error`](Error::auth_error) if the server
    /// gave one.
    pub async fn send(self) -> Result<DeviceLogin> {
        let core = &self.app.core;
        let call = Call::new(&core.client(None, Auth::Anonymous)?, "auth.device_code");
        let call = match &self.workspace_id {
            Some(workspace_id) => call
                .post("/api/permission/oauth2/workspace_id/{workspace_id}/device/code")
                .path_param("workspace_id", workspace_id),
            None => call.post("/api/permission/oauth2/device/code"),
        };
        // A code that no one enters does no harm, so the request can be retried.
        let call = call.field("client_id", &core.client_id).idempotent(true);
        let reply: DeviceCodeReply = core.send(call).await?;
        if reply.device_code.is_empty() || reply.user_code.is_empty() {
            let error =
                Error::from_kind(Kind::Decode("the response does not contain a code".into()));
            return Err(error.with_operation("auth.device_code".into()));
        }
        let life = if reply.expires_in > 0 { reply.expires_in } else { DEFAULT_LIFE };
        let expires_at = unix_seconds(core.clock.now()).saturating_add(life);
        let interval = u64::try_from(reply.interval).ok().filter(|interval| *interval > 0);
        let interval = interval.unwrap_or(DEFAULT_INTERVAL);
        Ok(DeviceLogin {
            device_code: reply.device_code.into(),
            user_code: reply.user_code,
            verification_uri: reply.verification_uri,
            interval,
            expires_at,
            app: self.app,
        })
    }
}

impl IntoFuture for DeviceCodeRequest {
    type Output = Result<DeviceLogin>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for DeviceCodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCodeRequest")
            .field("workspace_id", &self.workspace_id)
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
#[allow(clippy::struct_field_names, reason = "the names of the wire")]
struct DeviceCodeReply {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: i64,
    interval: i64,
}

fields!(DeviceCodeReply { device_code, user_code, verification_uri, expires_in, interval });

/// A login that waits for the user's decision.
///
/// [`DeviceOAuthApp::device_code`] returns it. Show the user the [code](Self::user_code) and the
/// [page](Self::verification_uri), or a link with [both](Self::verification_url), then
/// [wait](Self::wait). `Debug` does not show the secret by which the token is fetched.
#[must_use = "the user must enter the code, and `wait` returns the token"]
pub struct DeviceLogin {
    app: UserApp,
    device_code: SecretString,
    user_code: String,
    verification_uri: String,
    /// The interval of polling in seconds. It grows if the server says so.
    interval: u64,
    expires_at: i64,
}

impl DeviceLogin {
    /// Returns the code that the user must enter.
    ///
    /// It is short enough to type. Show it only to the user who logs in, because entering it grants
    /// access to an account.
    pub fn user_code(&self) -> &str {
        &self.user_code
    }

    /// Returns the URL of the page on which the user enters the code.
    ///
    /// It is short enough to type, for users who cannot follow a link.
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// Returns the URL of the page with the code filled in, for a QR code or a link.
    pub fn verification_url(&self) -> String {
        match reqwest::Url::parse(&self.verification_uri) {
            Ok(mut url) => {
                url.query_pairs_mut().append_pair("user_code", &self.user_code);
                url.into()
            }
            Err(_) => self.verification_uri.clone(),
        }
    }

    /// Returns the Unix time in seconds at which the code expires, by the local clock.
    ///
    /// After that, [`wait`](Self::wait) fails with [`AuthErrorReason::ExpiredToken`]. The server
    /// usually gives five minutes.
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Waits for the user's decision, and returns the token.
    ///
    /// It polls as often as the server allows, and less often while the server is unavailable. Drop
    /// the future to cancel; call this method again to continue.
    ///
    /// # Errors
    ///
    /// In particular [`AuthErrorReason::AccessDenied`] if the user refuses, and
    /// [`AuthErrorReason::ExpiredToken`] if the user does not decide in time.
    pub async fn wait(&mut self) -> Result<OAuthToken> {
        let clock = self.app.core.clock.clone();
        let mut pause = self.interval;
        loop {
            let left = self.expires_at.saturating_sub(unix_seconds(clock.now()));
            let Ok(left @ 1..) = u64::try_from(left) else { return Err(expired()) };
            clock.sleep(Duration::from_secs(pause.min(left))).await;
            if unix_seconds(clock.now()) >= self.expires_at {
                return Err(expired());
            }
            let error = match self.app.device_token(&self.device_code).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            pause = match error.auth_error().map(AuthError::reason) {
                Some(AuthErrorReason::AuthorizationPending) => self.interval,
                Some(AuthErrorReason::SlowDown) => {
                    self.interval = self.interval.saturating_add(SLOW_DOWN);
                    self.interval
                }
                _ if is_temporary(&error) => pause.saturating_mul(2),
                _ => return Err(error),
            };
            let requested = error.retry_after().map_or(0, |delay| delay.as_secs());
            pause = pause.max(requested);
        }
    }
}

impl fmt::Debug for DeviceLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceLogin")
            .field("user_code", &self.user_code)
            .field("verification_uri", &self.verification_uri)
            .field("interval", &self.interval)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Returns `true` if a failure may pass, and says nothing about the login.
fn is_temporary(error: &Error) -> bool {
    if let Some(error) = error.auth_error() {
        return *error.reason() == AuthErrorReason::InternalError;
    }
    error.is_connect()
        || error.is_timeout()
        || error.is_transport()
        || error.is_rate_limited()
        || error.status().is_some_and(|status| status.is_server_error())
}

fn expired() -> Error {
    let message = "the user did not enter the code in time";
    Error::auth(AuthError::new(AuthErrorReason::ExpiredToken, message))
}
