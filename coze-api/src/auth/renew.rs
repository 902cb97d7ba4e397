//! Credentials that renew their token.

mod engine;
#[cfg(test)]
mod model;

use std::fmt;
use std::sync::Arc;

use super::app::Core;
use super::store::{MemoryTokenStore, TokenStore};
use super::token::OAuthToken;
use super::{AccessToken, AuthError, AuthErrorReason, BoxFuture, Credentials, TokenContext};
use crate::base::error::{Error, Result};
use crate::wire::client::Client;
use engine::Engine;

/// An app that can renew a token.
pub(crate) trait Renew: Send + Sync + 'static {
    fn core(&self) -> &Core;

    /// Requests a token, over the connections of `client` if it is given. `current` is the last
    /// token.
    fn renew<'a>(
        &'a self,
        client: Option<&'a Client>,
        current: Option<&'a OAuthToken>,
    ) -> BoxFuture<'a, Result<OAuthToken>>;
}

/// Credentials of an OAuth app that renew their token automatically.
///
/// ```no_run
/// # async fn example(app: coze_api::auth::DeviceOAuthApp) -> coze_api::Result<()> {
/// use coze_api::Client;
///
/// let token = app.login(|code| println!("open {}", code.verification_url())).await?;
/// let coze = Client::builder().credentials(app.credentials().with_token(token)).build()?;
/// # Ok(())
/// # }
/// ```
///
/// - The token is renewed in the last tenth of its lifetime (at most five minutes), while requests
///   still use the old one. Requests wait only if there is no token, or it was refused, has expired
///   or expires within 10 seconds.
/// - A renewal ends with its Tokio runtime. If a program ends meanwhile, the new tokens may be
///   lost, and a user has to log in again. A program that makes a few calls and ends calls
///   [`current`](Self::current) first, which waits for the renewal.
/// - One renewal serves all requests that need it, of all clients that share these credentials. If
///   it fails, all requests that waited for it return the error, and the next request tries again.
///   Canceling a request does not affect the others.
/// - If the API refuses the token, it is renewed and the request is sent again, once. This happens
///   at most every ten seconds.
/// - A request whose response was lost is sent again, up to three times in all. If the server had
///   served it, the refresh token is used up, and a user has to log in again.
/// - The store is prepared before the refresh token is used, and a new pair is stored before
///   its access token is used. If it still cannot be stored, it is used from memory, a warning
///   is logged, and saving is tried again until it succeeds.
/// - A token given to [`set_token`](Self::set_token) replaces one whose renewal is in progress.
/// - A token that a server has issued is renewed at that server only.
/// - Waiting for a renewal is bounded: by 6 minutes for a store that another process keeps
///   locked, 5 minutes for all attempts of the request, and 30 seconds for each operation of
///   the store. So is [`set_token`](Self::set_token): by 6.5 minutes for other logins, and as
///   long for the store.
///
/// Credentials hold the token of one user. A program with several users needs credentials, a store
/// and a client for each of them; [`Client::with_credentials`](crate::Client::with_credentials)
/// makes such clients from one, whose connections and base URL they share. If the program has no
/// token of its own, build that one with the credentials of the same app, without a token:
/// `Client::builder().credentials(app.credentials()).build()?`. It has the base URL of the app, and
/// is not used for calls itself. Clones of credentials share the token and its renewal.
#[doc(alias = "refresh")]
#[derive(Clone)]
pub struct OAuthCredentials {
    engine: Arc<Engine>,
}

impl OAuthCredentials {
    pub(crate) fn new(renew: Arc<dyn Renew>) -> Self {
        Self::over(renew, Arc::new(MemoryTokenStore::new()))
    }

    fn over(renew: Arc<dyn Renew>, store: Arc<dyn TokenStore>) -> Self {
        Self { engine: Arc::new(Engine::new(renew, store)) }
    }

    /// Starts with a token, and keeps tokens in memory. It replaces the store and the token of
    /// these credentials; to put a first token into a store, call [`set_token`](Self::set_token)
    /// after [`with_store`](Self::with_store).
    ///
    /// Tokens in memory are lost when the program ends. A renewal uses up the refresh token, so a
    /// copy that was saved earlier is no longer valid, and a user has to log in again.
    pub fn with_token(self, token: OAuthToken) -> Self {
        self.with_store(MemoryTokenStore::with(token))
    }

    /// Starts with the token in a store, if there is one, and keeps tokens there.
    ///
    /// ```no_run
    /// # async fn example(app: coze_api::auth::DeviceOAuthApp) -> coze_api::Result<()> {
    /// use coze_api::Client;
    /// use coze_api::auth::FileTokenStore;
    ///
    /// let credentials = app.credentials().with_store(FileTokenStore::new("coze_token.json"));
    /// match credentials.current().await {
    ///     // The store is empty, or its refresh token is no longer valid.
    ///     Err(error) if error.is_auth() => {
    ///         let token = app.login(|code| println!("open {}", code.verification_url())).await?;
    ///         credentials.set_token(token).await?;
    ///     }
    ///     result => println!("logged in until {}", result?.expires_at()),
    /// }
    /// let coze = Client::builder().credentials(credentials).build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_store(self, store: impl TokenStore) -> Self {
        Self::over(self.engine.app().clone(), Arc::new(store))
    }

    /// Returns a valid token, and waits for its renewal if it is in the last tenth of its lifetime.
    ///
    /// Call it at the start of a program that makes a few calls and ends, or to pass the token to a
    /// browser or a device. Other programs do not need it: a client gets tokens by itself.
    ///
    /// # Errors
    ///
    /// If there is no valid token and it cannot be renewed, with the reason in
    /// [`auth_error`](Error::auth_error) if the server gave one.
    pub async fn current(&self) -> Result<OAuthToken> {
        self.engine.token(None, |cached| cached.token.clone()).await
    }

    /// Stores the token of a new login of the same user. All clients use it from now on, also those
    /// that wait for a renewal that is in progress.
    ///
    /// # Errors
    ///
    /// Fails if the token cannot be sent or cannot be stored. The token before it then remains
    /// in use.
    pub async fn set_token(&self, token: OAuthToken) -> Result<()> {
        self.engine.set_token(token).await
    }
}

impl fmt::Debug for OAuthCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthCredentials")
            .field("client_id", &self.engine.app().core().client_id)
            .finish_non_exhaustive()
    }
}

impl Credentials for OAuthCredentials {
    fn token<'a>(&'a self, context: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(self.engine.token(Some(context.client()), |cached| cached.header.clone()))
    }

    fn rejected(&self, token: &AccessToken) -> bool {
        self.engine.rejected(token)
    }

    fn base_url(&self) -> Option<&str> {
        self.engine.app().core().base_url()
    }
}

pub(crate) fn login_required(what: &str) -> Error {
    Error::auth(AuthError::new(AuthErrorReason::LoginRequired, what))
}
