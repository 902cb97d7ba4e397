//! Credentials that renew themselves.
//!
//! Whoever needs a token while there is none waits for the one renewal under way, which
//! is a task of its own: it goes on when a caller gives up, for the refresh token that
//! it has used is void and the new one must be stored.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tracing::Instrument as _;

use super::app::Core;
use super::store::{MemoryTokenStore, TokenStore};
use super::token::{Freshness, OAuthToken};
use super::{AccessToken, AuthError, AuthErrorReason, BoxFuture, Credentials, TokenContext};
use crate::base::error::{Error, Kind, Result};
use crate::wire::client::Client;

/// A token that is refused so soon after a forced renewal will not get better by another
/// one.
const FORCED_PAUSE: i64 = 10;

/// How an app gets its next token.
pub(crate) trait Renew: Send + Sync + 'static {
    fn core(&self) -> &Core;

    /// Asks for a token, through the connections of `client` if there is one. `current`
    /// is the last token.
    fn renew<'a>(
        &'a self,
        client: Option<&'a Client>,
        current: Option<&'a OAuthToken>,
    ) -> BoxFuture<'a, Result<OAuthToken>>;
}

/// Credentials of an OAuth app, which renew themselves.
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
/// - The token is renewed in the last tenth of its life (at most five minutes), while
///   calls go on with the old one. Only if it has expired do they wait.
/// - One request renews it for all calls that need it, of all clients that share these
///   credentials. If it fails, all that waited for it get the error, and the next call
///   tries again. A call that is cancelled takes nothing from the others.
/// - If the API refuses the token, it is renewed and the call sent again, once. That
///   happens at most every ten seconds.
/// - A new refresh token is stored before the new access token is used.
///
/// Clones share everything.
#[derive(Clone)]
pub struct OAuthCredentials {
    engine: Arc<Engine>,
}

struct Engine {
    renew: Arc<dyn Renew>,
    store: Arc<dyn TokenStore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<Held>,
    /// What the API refused last. It may still be in the store.
    refused: Option<AccessToken>,
    /// When a refused token led to a renewal.
    forced_at: Option<i64>,
    /// When to try again to renew a token that is still good.
    not_before: i64,
    /// A token that could not be stored, and what it replaces.
    unsaved: Option<(Option<OAuthToken>, OAuthToken)>,
    /// The renewal under way.
    flight: Option<Flight>,
}

/// What comes of a renewal. Nothing, if its task is gone.
type Flight = watch::Receiver<Option<Result<Held>>>;

#[derive(Clone)]
struct Held {
    header: AccessToken,
    token: OAuthToken,
}

impl Held {
    fn new(token: OAuthToken) -> Result<Self> {
        Ok(Self { header: AccessToken::new(token.access_token().clone())?, token })
    }
}

impl OAuthCredentials {
    pub(crate) fn new(renew: Arc<dyn Renew>) -> Self {
        Self::over(renew, Arc::new(MemoryTokenStore::new()))
    }

    fn over(renew: Arc<dyn Renew>, store: Arc<dyn TokenStore>) -> Self {
        Self { engine: Arc::new(Engine { renew, store, state: Mutex::default() }) }
    }

    /// Starts from a token that the program keeps in memory.
    pub fn with_token(self, token: OAuthToken) -> Self {
        self.with_store(MemoryTokenStore::with(token))
    }

    /// Keeps the token in a store, and starts from what is there.
    pub fn with_store(self, store: impl TokenStore) -> Self {
        Self::over(self.engine.renew.clone(), Arc::new(store))
    }

    /// A token that is valid now, renewed if need be: to hand it to a browser or a
    /// device, for example. A client does this by itself.
    pub async fn current(&self) -> Result<OAuthToken> {
        self.engine.token(None, |held| held.token.clone()).await
    }

    /// Stores the token of a new login. All clients use it from now on.
    pub async fn set_token(&self, token: OAuthToken) -> Result<()> {
        let held = Held::new(token)?;
        self.engine.store.save(&held.token).await?;
        let mut state = self.engine.state();
        state.unsaved = None;
        state.refused = None;
        state.held = Some(held);
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
        Box::pin(self.engine.token(Some(context.client()), |held| held.header.clone()))
    }

    fn rejected(&self, token: &AccessToken) -> bool {
        self.engine.rejected(token)
    }

    fn base_url(&self) -> Option<&str> {
        self.engine.renew.core().base_url()
    }
}

impl State {
    /// What can be done with the token held. A refused one has expired, whatever it
    /// says.
    fn usable(&self, now: i64) -> Option<(&Held, Freshness)> {
        let held = self.held.as_ref()?;
        let freshness = held.token.freshness(now);
        let refused = self.refused.as_ref() == Some(&held.header);
        (!refused && freshness != Freshness::Expired).then_some((held, freshness))
    }

    /// The renewal under way. One whose task was dropped, with its runtime for example,
    /// is none.
    fn flying(&self) -> Option<&Flight> {
        self.flight.as_ref().filter(|flight| flight.has_changed().is_ok())
    }
}

impl Engine {
    fn state(&self) -> MutexGuard<'_, State> {
        // No step leaves it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.renew.core().now()
    }

    async fn token<T>(
        self: &Arc<Self>,
        client: Option<&Client>,
        pick: fn(&Held) -> T,
    ) -> Result<T> {
        // Twice, because the task of a renewal ends with the runtime on which another
        // caller began it.
        for _ in 0..2 {
            let mut flight = {
                let now = self.now();
                let mut state = self.state();
                if let Some((held, freshness)) = state.usable(now) {
                    let picked = pick(held);
                    let due = freshness == Freshness::Stale && now >= state.not_before;
                    if due && state.flying().is_none() {
                        self.take_off(&mut state, client)?;
                    }
                    return Ok(picked);
                }
                match state.flying() {
                    Some(flight) => flight.clone(),
                    None => self.take_off(&mut state, client)?,
                }
            };
            if let Ok(result) = flight.wait_for(Option::is_some).await
                && let Some(result) = &*result
            {
                return result.as_ref().map(pick).map_err(Clone::clone);
            }
        }
        Err(Error::new(Kind::Transport("the renewal of the token was interrupted")))
    }

    /// Begins a renewal.
    fn take_off(self: &Arc<Self>, state: &mut State, client: Option<&Client>) -> Result<Flight> {
        let runtime = Handle::try_current().map_err(|e| {
            Error::config("tokens are renewed inside of a tokio runtime").with_source(e)
        })?;
        let (landing, flight) = watch::channel(None);
        let (engine, client) = (self.clone(), client.cloned());
        let task = async move {
            let result = engine.renew(client.as_ref()).await;
            let result = engine.land(result);
            // Nobody may be waiting any more.
            let _ = landing.send(Some(result));
        };
        runtime.spawn(task.in_current_span());
        state.flight = Some(flight.clone());
        Ok(flight)
    }

    /// Ends a renewal.
    fn land(&self, result: Result<Held>) -> Result<Held> {
        let now = self.now();
        let mut state = self.state();
        state.flight = None;
        match result {
            Ok(held) => {
                state.held = Some(held.clone());
                // A server may give out the same token again. It deserves another
                // chance, but no renewal per call.
                state.refused = None;
                state.not_before = i64::MIN;
                Ok(held)
            }
            Err(error) => {
                let usable = state.usable(now);
                let Some((held, _)) = usable else { return Err(error) };
                tracing::warn!(%error, "the token was not renewed; the old one is still valid");
                let held = held.clone();
                state.not_before = now.saturating_add(held.token.pause());
                Ok(held)
            }
        }
    }

    /// Takes over what another process stored, or asks for a token and stores it.
    async fn renew(&self, client: Option<&Client>) -> Result<Held> {
        let _lock = self.store.lock().await?;
        if let Some(held) = self.save_unsaved().await? {
            return Ok(held);
        }
        let stored = self.store.load().await?;
        if let Some(held) = self.adopt(stored.clone())? {
            return Ok(held);
        }
        let renewed = self.renew.renew(client, stored.as_ref()).await;
        let token = match renewed {
            Ok(token) => token,
            Err(error) => return self.overtaken(error, stored.as_ref()).await,
        };
        let token = keep_refresh_token(token, stored.as_ref());
        self.save(stored, token).await
    }

    /// Stores a renewed token. Not before that may it be used.
    async fn save(&self, stored: Option<OAuthToken>, token: OAuthToken) -> Result<Held> {
        match self.store.compare_and_swap(stored.as_ref(), &token).await {
            Ok(true) => Held::new(token),
            // Somebody logged in meanwhile. That is newer.
            Ok(false) => match self.adopt(self.store.load().await?)? {
                Some(held) => Ok(held),
                None => Held::new(token),
            },
            Err(error) => {
                self.state().unsaved = Some((stored, token));
                Err(error)
            }
        }
    }

    /// Stores what could not be stored last time: its refresh token is the only one that
    /// is good.
    async fn save_unsaved(&self) -> Result<Option<Held>> {
        let Some((stored, token)) = self.state().unsaved.clone() else {
            return Ok(None);
        };
        let saved = self.store.compare_and_swap(stored.as_ref(), &token).await?;
        self.state().unsaved = None;
        if saved { self.adopt(Some(token)) } else { Ok(None) }
    }

    /// Takes a token from the store, if it can be used; returns it if it need not be
    /// renewed.
    fn adopt(&self, stored: Option<OAuthToken>) -> Result<Option<Held>> {
        let Some(held) = stored.map(Held::new).transpose()? else { return Ok(None) };
        let now = self.now();
        let mut state = self.state();
        state.held = Some(held.clone());
        let fresh = state.usable(now).is_some_and(|(_, freshness)| freshness == Freshness::Fresh);
        Ok(fresh.then_some(held))
    }

    /// A refusal may mean that somebody who does not know the lock has used the refresh
    /// token; then the store has another.
    async fn overtaken(&self, error: Error, stored: Option<&OAuthToken>) -> Result<Held> {
        if error.auth_error().is_some() {
            let now_stored = self.store.load().await?;
            if now_stored.as_ref() != stored
                && let Some(held) = self.adopt(now_stored)?
            {
                return Ok(held);
            }
        }
        Err(error)
    }

    fn rejected(&self, token: &AccessToken) -> bool {
        let now = self.now();
        let mut state = self.state();
        let Some(held) = &state.held else { return true };
        if held.header != *token || state.refused.as_ref() == Some(token) {
            return true;
        }
        let pausing = |at: i64| now >= at && now.saturating_sub(at) < FORCED_PAUSE;
        if state.forced_at.is_some_and(pausing) {
            return false;
        }
        state.refused = Some(token.clone());
        state.forced_at = Some(now);
        true
    }
}

/// A server that does not rotate refresh tokens may leave it out.
fn keep_refresh_token(token: OAuthToken, old: Option<&OAuthToken>) -> OAuthToken {
    match (token.refresh_token(), old.and_then(OAuthToken::refresh_token)) {
        (None, Some(old)) => token.with_refresh_token(old.clone()),
        _ => token,
    }
}

pub(crate) fn login_required(what: &str) -> Error {
    Error::auth(AuthError::new(AuthErrorReason::LoginRequired, what))
}
