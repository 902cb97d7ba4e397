//! Renewals of a token, of which there is one at a time.
//!
//! Requests that need a token while there is none wait for the renewal in progress. The renewal is
//! a task of its own, which continues if a caller is canceled: the refresh token that it has used
//! is no longer valid, so the new one must be stored.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::Renew;
use crate::auth::AccessToken;
use crate::auth::app::LONGEST_REQUEST;
use crate::auth::store::{LOCK_TIMEOUT, StoreLock, TokenStore};
use crate::auth::token::{Freshness, OAuthToken};
use crate::base::error::{Error, Kind, Result};
use crate::base::runtime;
use crate::wire::client::Client;

/// The minimum time between forced renewals in seconds. If a token is refused sooner, another
/// renewal would not help.
const FORCED_PAUSE: i64 = 10;
/// The longest time for one operation of a store, other than waiting for its lock.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest time for an operation of a store that may wait for its lock.
const LOCKED_TIMEOUT: Duration = LOCK_TIMEOUT.saturating_add(STORE_TIMEOUT);
/// The longest time for which a call waits for a renewal: for the lock of the store, the
/// request, and the operations of the store before and after it.
const LONGEST_RENEWAL: Duration =
    LOCK_TIMEOUT.saturating_add(LONGEST_REQUEST).saturating_add(STORE_TIMEOUT.saturating_mul(6));

/// A token with its store, and the app that renews it.
pub(super) struct Engine {
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
pub(super) struct CachedToken {
    pub(super) header: AccessToken,
    pub(super) token: OAuthToken,
}

impl CachedToken {
    fn new(token: OAuthToken) -> Result<Self> {
        Ok(Self { header: AccessToken::new(token.access_token().clone())?, token })
    }
}

impl State {
    /// Returns the token if it can be used.
    fn usable(&self, now: i64) -> Option<(&CachedToken, Freshness)> {
        let cached = self.cached.as_ref()?;
        let freshness = self.freshness(cached, now);
        (freshness != Freshness::Expired).then_some((cached, freshness))
    }

    /// Returns the freshness of a token. One that the API has refused counts as expired.
    fn freshness(&self, cached: &CachedToken, now: i64) -> Freshness {
        let is_refused = self.refused.as_ref() == Some(&cached.header);
        if is_refused { Freshness::Expired } else { cached.token.freshness(now) }
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
    pub(super) fn new(renew: Arc<dyn Renew>, store: Arc<dyn TokenStore>) -> Self {
        Self { renew, store, state: Mutex::default(), login: tokio::sync::Mutex::default() }
    }

    pub(super) fn app(&self) -> &Arc<dyn Renew> {
        &self.renew
    }

    /// Stores the token of a login, and uses it instead of any other.
    pub(super) async fn set_token(&self, token: OAuthToken) -> Result<()> {
        let cached = CachedToken::new(token)?;
        let _login = bounded(LOCKED_TIMEOUT, async { Ok(self.login.lock().await) }).await?;
        bounded(LOCKED_TIMEOUT, self.store.save(&cached.token)).await?;
        let mut state = self.state();
        state.logins += 1;
        state.unsaved = None;
        state.refused = None;
        state.failed_at = None;
        state.cached = Some(cached);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        #[cfg(test)]
        crate::base::interleave::before_lock(&self.state);
        // No code that holds the lock can panic, so a poisoned lock is still consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.renew.core().now()
    }

    /// Returns a valid token. Calls of a client do not wait for the renewal of a token that is
    /// still valid, but without a client, its renewal is waited for.
    pub(super) async fn token<T>(
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
                let usable = state.usable(now).map(|(cached, freshness)| {
                    let due = state.is_due(freshness, cached.token.pause(), now);
                    (pick(cached), due)
                });
                match (state.renewal().cloned(), usable) {
                    (None, Some((picked, false))) => return Ok(picked),
                    (running, Some((picked, _))) if client.is_some() => {
                        if running.is_none() {
                            self.start(&mut state, client)?;
                        }
                        return Ok(picked);
                    }
                    (Some(renewal), _) => renewal,
                    (None, _) => self.start(&mut state, client)?,
                }
            };
            let ended = runtime::guard(async {
                let ended = renewal.wait_for(Option::is_some);
                tokio::time::timeout(LONGEST_RENEWAL, ended).await.map_err(|_| {
                    let what = format!("the token was not renewed within {LONGEST_RENEWAL:?}");
                    Error::from_kind(Kind::Unfinished(what))
                })
            });
            if let Ok(result) = ended.await?
                && let Some(result) = &*result
            {
                return result.as_ref().map(pick).map_err(Clone::clone);
            }
        }
        Err(Error::from_kind(Kind::Transport("the renewal of the token was interrupted")))
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
        runtime::spawn(&runtime, task.in_current_span());
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

    /// Requests a token with `current`, and stores it in place of `stored`.
    async fn request(
        &self,
        client: Option<&Client>,
        stored: Option<OAuthToken>,
        current: Option<OAuthToken>,
    ) -> Result<CachedToken> {
        if let Err(error) = within(self.store.prepare()).await {
            // A current token that is not stored has replaced the stored one, which is now useless.
            if current == stored {
                return Err(error);
            }
            warn_unsaved(&error);
        }
        let token = match self.renew.renew(client, current.as_ref()).await {
            Ok(token) => keep_refresh_token(token, current.as_ref()),
            Err(error) => return self.newer_after(error, stored.as_ref()).await,
        };
        let swapped = within(self.store.compare_and_swap(stored.as_ref(), &token)).await;
        let cached = CachedToken::new(token.clone())?;
        let is_stored = {
            let mut state = self.state();
            // Whatever could not be stored before has just been used up.
            state.unsaved = None;
            match swapped {
                Ok(is_stored) => is_stored,
                Err(error) => {
                    warn_unsaved(&error);
                    // A login meanwhile has stored its own token, and put it into the cache.
                    if state.cached.as_ref().map(|cached| &cached.token) == current.as_ref() {
                        state.unsaved = Some(Unsaved { stored, token });
                    }
                    true
                }
            }
        };
        if is_stored {
            return Ok(cached);
        }
        // Another process has logged in meanwhile, so its token is newer.
        match self.load().await? {
            Some(newer) if newer.freshness(self.now()) != Freshness::Expired => {
                CachedToken::new(newer)
            }
            _ => Ok(cached),
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
        bounded(LOCKED_TIMEOUT, self.store.lock()).await
    }

    /// Starts to use a token from the store, unless a login has replaced it meanwhile. Returns a
    /// token that need not be renewed: that of the login, or that from the store.
    fn adopt(&self, stored: Option<OAuthToken>, logins: u64) -> Result<Option<CachedToken>> {
        let Some(cached) = stored.map(CachedToken::new).transpose()? else { return Ok(None) };
        let now = self.now();
        let mut state = self.state();
        if state.logins == logins {
            state.cached = Some(cached.clone());
        }
        let is_fresh = |cached: &&CachedToken| state.freshness(cached, now) == Freshness::Fresh;
        let candidates = [state.cached.as_ref(), Some(&cached)];
        Ok(candidates.into_iter().flatten().find(is_fresh).cloned())
    }

    /// Returns a newer token from the store after a refusal, or else the error. A process that does
    /// not use the lock may have used the refresh token first.
    async fn newer_after(&self, error: Error, stored: Option<&OAuthToken>) -> Result<CachedToken> {
        if error.auth_error().is_some()
            && let Some(newer) = self.load().await?
            && Some(&newer) != stored
            && newer.freshness(self.now()) == Freshness::Fresh
        {
            // It has replaced what could not be stored before.
            self.state().unsaved = None;
            return CachedToken::new(newer);
        }
        Err(error)
    }

    pub(super) fn rejected(&self, token: &AccessToken) -> bool {
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

/// A panic counts as a failure, so that it cannot lose a token that has just been issued.
async fn bounded<T>(limit: Duration, operation: impl Future<Output = Result<T>>) -> Result<T> {
    let failed = |message: String| Error::from_kind(Kind::Credentials(message));
    let operation = async {
        let result = tokio::time::timeout(limit, operation).await;
        let late = || format!("the token store did not complete an operation within {limit:?}");
        result.unwrap_or_else(|_| Err(failed(late()))).map_err(store_error)
    };
    runtime::guard_panics(operation, || failed("the token store panicked".to_owned())).await
}

/// Makes any error of a store one of the source of tokens, so that nobody looks for it elsewhere.
fn store_error(error: Error) -> Error {
    error.into_credentials("the token store failed", true)
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
