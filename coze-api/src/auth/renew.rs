//! Credentials that renew their token.
//!
//! Requests that need a token while there is none wait for the renewal in progress. The renewal is
//! a task of its own, which continues if a caller is canceled: the refresh token that it has used
//! is no longer valid, so the new one must be stored.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::app::{Core, LONGEST_REQUEST};
use super::store::{LOCK_TIMEOUT, MemoryTokenStore, StoreLock, TokenStore};
use super::token::{Freshness, OAuthToken};
use super::{AccessToken, AuthError, AuthErrorReason, BoxFuture, Credentials, TokenContext};
use crate::base::error::{Error, Kind, Result};
use crate::wire::client::Client;

/// The minimum time between forced renewals in seconds. If a token is refused sooner, another
/// renewal would not help.
const FORCED_PAUSE: i64 = 10;
/// The longest time for one operation of a store, other than waiting for its lock.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest time for which a call waits for a renewal: for the lock of the store, the
/// request, and the operations of the store before and after it.
const LONGEST_RENEWAL: Duration =
    LOCK_TIMEOUT.saturating_add(LONGEST_REQUEST).saturating_add(STORE_TIMEOUT.saturating_mul(6));

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
///   still use the old one. Requests wait only if the token has expired.
/// - One renewal serves all requests that need it, of all clients that share these credentials. If
///   it fails, all requests that waited for it return the error, and the next request tries again.
///   Canceling a request does not affect the others.
/// - If the API refuses the token, it is renewed and the request is sent again, once. This happens
///   at most every ten seconds.
/// - The store is prepared before the refresh token is used, and a new pair is stored before
///   its access token is used. If it still cannot be stored, it is used from memory, a warning
///   is logged, and saving is tried again until it succeeds.
/// - A token given to [`set_token`](Self::set_token) replaces one whose renewal is in progress.
/// - A token that a server has issued is renewed at that server only.
/// - Waiting for a renewal is bounded: by 6 minutes for a store that another process keeps
///   locked, 5 minutes for all attempts of the request, and 30 seconds for each operation of
///   the store.
///
/// Clones share the token and its renewal.
#[doc(alias = "refresh")]
#[doc(alias = "4100")]
#[derive(Clone)]
pub struct OAuthCredentials {
    engine: Arc<Engine>,
}

struct Engine {
    renew: Arc<dyn Renew>,
    store: Arc<dyn TokenStore>,
    state: Mutex<State>,
    /// Held by a login, so that the last one is both stored and used.
    login: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    cached: Option<CachedToken>,
    /// The token that the API refused last. It may still be in the store.
    refused: Option<AccessToken>,
    /// The time of the last renewal of a refused token.
    forced_at: Option<i64>,
    /// The time of the last failure to renew a valid token, or to store one.
    failed_at: Option<i64>,
    /// A token that could not be stored.
    unsaved: Option<Unsaved>,
    /// The renewal in progress.
    renewal: Option<Renewal>,
    /// The number of logins. A renewal that began before the last one does not count.
    logins: u64,
}

/// A token that could not be stored, and what it replaces in the store.
#[derive(Clone)]
struct Unsaved {
    stored: Option<OAuthToken>,
    token: OAuthToken,
}

/// The result of a renewal. The channel closes without one if the task was dropped.
type Renewal = watch::Receiver<Option<Result<CachedToken>>>;

#[derive(Clone)]
struct CachedToken {
    header: AccessToken,
    token: OAuthToken,
}

impl CachedToken {
    fn new(token: OAuthToken) -> Result<Self> {
        Ok(Self { header: AccessToken::new(token.access_token().clone())?, token })
    }
}

impl OAuthCredentials {
    pub(crate) fn new(renew: Arc<dyn Renew>) -> Self {
        Self::over(renew, Arc::new(MemoryTokenStore::new()))
    }

    fn over(renew: Arc<dyn Renew>, store: Arc<dyn TokenStore>) -> Self {
        let (state, login) = (Mutex::default(), tokio::sync::Mutex::default());
        Self { engine: Arc::new(Engine { renew, store, state, login }) }
    }

    /// Starts with a token, and keeps tokens in memory.
    ///
    /// They are lost when the program ends. If a refresh token has been used by then, a user has to
    /// log in again; use [`with_store`](Self::with_store) for programs that run repeatedly.
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
        Self::over(self.engine.renew.clone(), Arc::new(store))
    }

    /// Returns a valid token, which is renewed if necessary, for example to pass it to a browser or
    /// a device. A client does not need this method.
    ///
    /// # Errors
    ///
    /// If there is no valid token and it cannot be renewed, with the reason in
    /// [`auth_error`](Error::auth_error) if the server gave one.
    pub async fn current(&self) -> Result<OAuthToken> {
        self.engine.token(None, |cached| cached.token.clone()).await
    }

    /// Stores the token of a new login. All clients use it from now on, also those that wait
    /// for a renewal that is in progress.
    ///
    /// # Errors
    ///
    /// Fails if the token cannot be sent or cannot be stored. The token before it then remains
    /// in use.
    pub async fn set_token(&self, token: OAuthToken) -> Result<()> {
        let cached = CachedToken::new(token)?;
        let engine = &*self.engine;
        let _login = engine.login.lock().await;
        engine.store.save(&cached.token).await?;
        let mut state = engine.state();
        state.logins += 1;
        state.unsaved = None;
        state.refused = None;
        state.failed_at = None;
        state.cached = Some(cached);
        Ok(())
    }
}

impl fmt::Debug for OAuthCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthCredentials")
            .field("client_id", &self.engine.renew.core().client_id)
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
        self.engine.renew.core().base_url()
    }
}

impl State {
    /// Returns the token if it can be used. A token that the API has refused cannot, even if it has
    /// not expired.
    fn usable(&self, now: i64) -> Option<(&CachedToken, Freshness)> {
        let cached = self.cached.as_ref()?;
        let freshness = cached.token.freshness(now);
        let refused = self.refused.as_ref() == Some(&cached.header);
        (!refused && freshness != Freshness::Expired).then_some((cached, freshness))
    }

    /// The renewal in progress, unless its task was dropped, for example with its runtime.
    fn renewal(&self) -> Option<&Renewal> {
        self.renewal.as_ref().filter(|renewal| renewal.has_changed().is_ok())
    }

    /// Returns `true` if the token should be renewed or stored while it is used, and the last
    /// failure to do so is long enough ago. A clock that was set back does not prolong the pause.
    fn is_due(&self, freshness: Freshness, pause: i64, now: i64) -> bool {
        let needed = freshness == Freshness::Stale || self.unsaved.is_some();
        needed && !self.failed_at.is_some_and(|at| is_within(at, pause, now))
    }
}

/// Returns `true` if `now` is less than `pause` seconds after `at`.
fn is_within(at: i64, pause: i64, now: i64) -> bool {
    now >= at && now.saturating_sub(at) < pause
}

impl Engine {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code that holds the lock can panic, so a poisoned lock is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.renew.core().now()
    }

    async fn token<T>(
        self: &Arc<Self>,
        client: Option<&Client>,
        pick: fn(&CachedToken) -> T,
    ) -> Result<T> {
        // Twice, because a renewal that another caller started ends with the runtime of that
        // caller.
        for _ in 0..2 {
            let mut renewal = {
                let now = self.now();
                let mut state = self.state();
                if let Some((cached, freshness)) = state.usable(now) {
                    let (picked, pause) = (pick(cached), cached.token.pause());
                    if state.is_due(freshness, pause, now) && state.renewal().is_none() {
                        self.start(&mut state, client)?;
                    }
                    return Ok(picked);
                }
                match state.renewal() {
                    Some(renewal) => renewal.clone(),
                    None => self.start(&mut state, client)?,
                }
            };
            let ended = tokio::time::timeout(LONGEST_RENEWAL, renewal.wait_for(Option::is_some));
            let ended = ended.await.map_err(|_| Error::new(Kind::Timeout(LONGEST_RENEWAL)))?;
            if let Ok(result) = ended
                && let Some(result) = &*result
            {
                return result.as_ref().map(pick).map_err(Clone::clone);
            }
        }
        Err(Error::new(Kind::Transport("the renewal of the token was interrupted")))
    }

    /// Starts a renewal.
    fn start(self: &Arc<Self>, state: &mut State, client: Option<&Client>) -> Result<Renewal> {
        let runtime = Handle::try_current().map_err(|e| {
            Error::config("tokens are renewed inside a Tokio runtime").with_source(e)
        })?;
        let (sender, renewal) = watch::channel(None);
        let (engine, client, logins) = (self.clone(), client.cloned(), state.logins);
        let task = async move {
            let result = engine.renew(client.as_ref(), logins).await;
            let result = engine.finish(result, logins);
            // This fails if no one is waiting anymore.
            let _ = sender.send(Some(result));
        };
        runtime.spawn(task.in_current_span());
        state.renewal = Some(renewal.clone());
        Ok(renewal)
    }

    /// Ends a renewal. `logins` is the number of logins when it started.
    fn finish(&self, result: Result<CachedToken>, logins: u64) -> Result<CachedToken> {
        let now = self.now();
        let mut state = self.state();
        state.renewal = None;
        if state.logins != logins
            && let Some((cached, _)) = state.usable(now)
        {
            return Ok(cached.clone());
        }
        match result {
            Ok(cached) => {
                state.cached = Some(cached.clone());
                // A server may issue the same token again. It is tried once more, but not
                // renewed for each call.
                state.refused = None;
                state.failed_at = state.unsaved.as_ref().map(|_| now);
                Ok(cached)
            }
            Err(error) => {
                let usable = state.usable(now);
                let Some((cached, _)) = usable else { return Err(error) };
                tracing::warn!(%error, "the token was not renewed; the old one is still valid");
                let cached = cached.clone();
                state.failed_at = Some(now);
                Ok(cached)
            }
        }
    }

    /// Takes over what another process has stored, or asks for a token and stores it.
    async fn renew(&self, client: Option<&Client>, logins: u64) -> Result<CachedToken> {
        let unsaved = self.state().unsaved.clone();
        // A token that need not be renewed needs no lock, nor a store that can be written to.
        if unsaved.is_none()
            && let Some(cached) = self.adopt(self.load().await?, logins)?
        {
            return Ok(cached);
        }
        let (_lock, unsaved) = match (self.lock().await, unsaved) {
            (Ok(lock), Some(unsaved)) => (Some(lock), self.save_unsaved(unsaved).await),
            (Ok(lock), None) => (Some(lock), None),
            (Err(error), Some(unsaved)) => {
                warn_unsaved(&error);
                (None, Some(unsaved))
            }
            (Err(error), None) => return Err(error),
        };
        // Without a store that works, the token in memory is the only one that is good.
        let (stored, current) = match unsaved {
            Some(Unsaved { stored, token }) => (stored, Some(token)),
            None => {
                let stored = self.load().await?;
                (stored.clone(), stored)
            }
        };
        if let Some(cached) = self.adopt(current.clone(), logins)? {
            return Ok(cached);
        }
        self.request(client, stored, current).await
    }

    /// Requests a token, and stores it in place of `stored`.
    async fn request(
        &self,
        client: Option<&Client>,
        stored: Option<OAuthToken>,
        current: Option<OAuthToken>,
    ) -> Result<CachedToken> {
        if let Err(error) = within(self.store.prepare()).await {
            // Unless the current token is the stored one, the stored one is no longer valid.
            if current == stored {
                return Err(error);
            }
            warn_unsaved(&error);
        }
        let token = match self.renew.renew(client, current.as_ref()).await {
            Ok(token) => keep_refresh_token(token, current.as_ref()),
            Err(error) => return self.newer_after(error, stored.as_ref()).await,
        };
        match within(self.store.compare_and_swap(stored.as_ref(), &token)).await {
            Ok(true) => CachedToken::new(token),
            // Another process has logged in meanwhile, so its token is newer.
            Ok(false) => match self.load().await? {
                Some(newer) if newer.freshness(self.now()) != Freshness::Expired => {
                    CachedToken::new(newer)
                }
                _ => CachedToken::new(token),
            },
            Err(error) => {
                warn_unsaved(&error);
                let cached = CachedToken::new(token.clone())?;
                self.state().unsaved = Some(Unsaved { stored, token });
                Ok(cached)
            }
        }
    }

    /// Stores what could not be stored before, and returns it if it still cannot be.
    async fn save_unsaved(&self, unsaved: Unsaved) -> Option<Unsaved> {
        let Unsaved { stored, token } = &unsaved;
        match within(self.store.compare_and_swap(stored.as_ref(), token)).await {
            // If it was not stored, the token in the store is newer, or the same.
            Ok(_) => {
                self.state().unsaved.take_if(|now| now.token == *token);
                None
            }
            Err(error) => {
                warn_unsaved(&error);
                Some(unsaved)
            }
        }
    }

    async fn load(&self) -> Result<Option<OAuthToken>> {
        within(self.store.load()).await
    }

    async fn lock(&self) -> Result<StoreLock> {
        bounded(LOCK_TIMEOUT.saturating_add(STORE_TIMEOUT), self.store.lock()).await
    }

    /// Starts to use a token from the store, unless a login has replaced it meanwhile. Returns it
    /// if it need not be renewed.
    fn adopt(&self, stored: Option<OAuthToken>, logins: u64) -> Result<Option<CachedToken>> {
        let Some(cached) = stored.map(CachedToken::new).transpose()? else { return Ok(None) };
        let now = self.now();
        let mut state = self.state();
        if state.logins == logins {
            state.cached = Some(cached);
        }
        Ok(match state.usable(now) {
            Some((cached, Freshness::Fresh)) => Some(cached.clone()),
            _ => None,
        })
    }

    /// Returns a newer token from the store after a refusal, or else the error. A process that does
    /// not use the lock may have used the refresh token first.
    async fn newer_after(&self, error: Error, stored: Option<&OAuthToken>) -> Result<CachedToken> {
        if error.auth_error().is_some()
            && let Some(newer) = self.load().await?
            && Some(&newer) != stored
            && newer.freshness(self.now()) == Freshness::Fresh
        {
            return CachedToken::new(newer);
        }
        Err(error)
    }

    fn rejected(&self, token: &AccessToken) -> bool {
        let now = self.now();
        let mut state = self.state();
        let Some(cached) = &state.cached else { return true };
        if cached.header != *token || state.refused.as_ref() == Some(token) {
            return true;
        }
        if state.forced_at.is_some_and(|at| is_within(at, FORCED_PAUSE, now)) {
            return false;
        }
        state.refused = Some(token.clone());
        state.forced_at = Some(now);
        true
    }
}

/// Limits the time of an operation of a store, which users may implement.
async fn within<T>(operation: impl Future<Output = Result<T>>) -> Result<T> {
    bounded(STORE_TIMEOUT, operation).await
}

async fn bounded<T>(limit: Duration, operation: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::time::timeout(limit, operation).await.unwrap_or_else(|_| {
        Err(Error::config(format!(
            "the token store did not complete an operation within {limit:?}"
        )))
    })
}

fn warn_unsaved(error: &Error) {
    tracing::warn!(
        %error,
        "the new token cannot be stored; it is used from memory and lost with this process"
    );
}

/// Keeps the old refresh token if the server did not send a new one.
fn keep_refresh_token(token: OAuthToken, old: Option<&OAuthToken>) -> OAuthToken {
    match (token.refresh_token(), old.and_then(OAuthToken::refresh_token)) {
        (None, Some(old)) => token.with_refresh_token(old.clone()),
        _ => token,
    }
}

pub(crate) fn login_required(what: &str) -> Error {
    Error::auth(AuthError::new(AuthErrorReason::LoginRequired, what))
}
