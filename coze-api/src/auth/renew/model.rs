//! Callers, logins, refusals, cancellations and failures in many random orders.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt as _;
use secrecy::ExposeSecret as _;
use shuttle::future::{JoinHandle, block_on, spawn};

use super::engine::Engine;
use super::{BoxFuture, Core, Renew};
use crate::auth::app::Setup;
use crate::auth::store::{MemoryTokenStore, StoreLock, TokenStore};
use crate::auth::token::{Freshness, OAuthToken};
use crate::auth::{AuthError, AuthErrorReason};
use crate::base::clock::Clock;
use crate::base::error::{Error, Kind, Result};
use crate::base::interleave::{check, pause, random};
use crate::wire::client::Client;

const START: i64 = 1_720_000_000;
const LIFETIME: i64 = 900;

/// The server that issues tokens, the store, and the clock. A token is named after the login that
/// it comes from and the number of its renewals.
struct World {
    now: AtomicI64,
    /// The number of renewals of each login.
    renewals: Mutex<Vec<u32>>,
    /// Refresh tokens that were used again.
    reused: Mutex<Vec<String>>,
    /// The access tokens that the API does not accept.
    revoked: Mutex<Vec<String>>,
    /// Tokens that were renewed although they could be used.
    needless: Mutex<Vec<String>>,
    /// Renewals of one process that began during another one.
    concurrent: Mutex<Vec<String>>,
    /// The logins that were stored, in this order.
    saved: Mutex<Vec<usize>>,
    /// The logins whose caller was told so, in this order.
    completed: Mutex<Vec<usize>>,
    /// The last login, if there is only one user.
    last_login: AtomicUsize,
    stored: MemoryTokenStore,
    lock: Arc<tokio::sync::Mutex<()>>,
    faults: Faults,
    /// Logins in progress. Meanwhile no time passes that would make their tokens old.
    logging_in: AtomicI64,
    /// One of so many operations fails; none if it is 0.
    failures: AtomicI64,
    /// The history, which the message of a failure shows.
    events: Mutex<Vec<String>>,
}

/// A part of the world that panics.
#[derive(Clone, Copy, PartialEq)]
enum Panics {
    Renewals,
    Store,
}

/// The faults of a world.
#[derive(Clone, Copy, Default)]
struct Faults {
    /// One of so many operations fails; none if it is 0.
    failures: i64,
    /// The part that panics, as long as operations fail.
    panics: Option<Panics>,
    /// The store has no lock.
    is_unlocked: bool,
    /// Some logins are given up.
    cancels_logins: bool,
}

impl World {
    fn new(faults: Faults) -> Arc<Self> {
        let world = Self {
            now: AtomicI64::new(START),
            renewals: Mutex::default(),
            reused: Mutex::default(),
            revoked: Mutex::default(),
            needless: Mutex::default(),
            concurrent: Mutex::default(),
            saved: Mutex::default(),
            completed: Mutex::default(),
            last_login: AtomicUsize::new(0),
            stored: MemoryTokenStore::new(),
            lock: Arc::default(),
            faults,
            logging_in: AtomicI64::new(0),
            failures: AtomicI64::new(faults.failures),
            events: Mutex::default(),
        };
        let first = world.login();
        world.stored.save(&first).now_or_never().unwrap().unwrap();
        Arc::new(world)
    }

    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    fn token(&self, login: usize, renewals: u32) -> OAuthToken {
        let name = format!("{login}.{renewals}");
        OAuthToken::issued(name.clone(), LIFETIME, self.now(), LIFETIME).with_refresh_token(name)
    }

    fn login(&self) -> OAuthToken {
        let mut renewals = self.renewals.lock().unwrap();
        renewals.push(0);
        self.token(renewals.len() - 1, 0)
    }

    /// Uses up a refresh token.
    fn rotate(&self, token: &OAuthToken) -> Result<OAuthToken> {
        let (login, renewal) = parts(token);
        if token.freshness(self.now()) == Freshness::Fresh && self.accepts(token) {
            self.needless.lock().unwrap().push(name(token).to_owned());
        }
        let mut renewals = self.renewals.lock().unwrap();
        if renewals[login] != renewal {
            self.reused.lock().unwrap().push(name(token).to_owned());
            return Err(Error::auth(AuthError::new(AuthErrorReason::LoginRequired, "used")));
        }
        renewals[login] += 1;
        self.note(format!("renews {}", name(token)));
        Ok(self.token(login, renewals[login]))
    }

    fn stored(&self) -> Option<OAuthToken> {
        self.stored.load().now_or_never().unwrap().unwrap()
    }

    fn accepts(&self, token: &OAuthToken) -> bool {
        !self.revoked.lock().unwrap().iter().any(|revoked| revoked == name(token))
    }

    fn note(&self, event: impl Into<String>) {
        self.events.lock().unwrap().push(event.into());
    }

    fn history(&self) -> String {
        self.events.lock().unwrap().join("\n")
    }

    async fn operation(&self, what: &str) -> Result<()> {
        pause().await;
        let failures = u32::try_from(self.failures.load(Ordering::Relaxed)).unwrap();
        if failures > 0 && random(failures) == 0 {
            self.note(format!("{what} fails"));
            return Err(Error::from_kind(Kind::Credentials("injected".to_owned())));
        }
        Ok(())
    }

    /// An operation of the store.
    async fn store(&self, what: &str) -> Result<()> {
        self.operation(what).await?;
        let fails =
            self.faults.panics == Some(Panics::Store) && self.failures.load(Ordering::Relaxed) > 0;
        assert!(!fails || random(8) > 0, "injected");
        Ok(())
    }
}

fn name(token: &OAuthToken) -> &str {
    token.access_token().expose_secret()
}

fn parts(token: &OAuthToken) -> (usize, u32) {
    let (login, renewals) = name(token).split_once('.').unwrap();
    (login.parse().unwrap(), renewals.parse().unwrap())
}

struct WorldClock(Arc<World>);

impl Clock for WorldClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.now().unsigned_abs())
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(pause())
    }
}

struct App {
    world: Arc<World>,
    core: Arc<Core>,
    in_flight: AtomicUsize,
}

/// A renewal in progress.
struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Renew for App {
    fn core(&self) -> &Core {
        &self.core
    }

    fn renew<'a>(
        &'a self,
        _: Option<&'a Client>,
        current: Option<&'a OAuthToken>,
    ) -> BoxFuture<'a, Result<OAuthToken>> {
        Box::pin(async move {
            let others = self.in_flight.fetch_add(1, Ordering::Relaxed);
            let _in_flight = InFlight(&self.in_flight);
            if others > 0 {
                // A panic would only end this renewal.
                self.world.concurrent.lock().unwrap().extend(current.map(|t| name(t).to_owned()));
            }
            self.world.operation("renewal").await?;
            let panics = self.world.faults.panics == Some(Panics::Renewals);
            let fails = panics && self.world.failures.load(Ordering::Relaxed) > 0;
            assert!(!fails || random(8) > 0, "injected");
            let token = self.world.rotate(current.unwrap())?;
            pause().await;
            Ok(token)
        })
    }
}

struct WorldStore(Arc<World>);

impl TokenStore for WorldStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(async {
            self.0.store("load").await?;
            self.0.stored.load().await
        })
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(async {
            self.0.store("save").await?;
            self.0.stored.save(token).await?;
            self.0.saved.lock().unwrap().push(parts(token).0);
            self.0.note(format!("saves {}", name(token)));
            pause().await;
            Ok(())
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            self.0.store("swap").await?;
            let is_expected = self.0.stored.compare_and_swap(expected, token).await?;
            let expected = expected.map(name);
            self.0.note(format!("swaps {expected:?} with {}: {is_expected}", name(token)));
            pause().await;
            Ok(is_expected)
        })
    }

    fn lock(&self) -> BoxFuture<'_, Result<StoreLock>> {
        Box::pin(async {
            self.0.store("lock").await?;
            if self.0.faults.is_unlocked {
                return Ok(StoreLock::new(()));
            }
            Ok(StoreLock::new(self.0.lock.clone().lock_owned().await))
        })
    }
}

fn engine(world: &Arc<World>) -> Arc<Engine> {
    let mut setup = Setup::new("app".to_owned());
    setup.clock = Arc::new(WorldClock(world.clone()));
    let core = setup.build().unwrap();
    let app = App { world: world.clone(), core, in_flight: AtomicUsize::new(0) };
    Arc::new(Engine::new(Arc::new(app), Arc::new(WorldStore(world.clone()))))
}

static CLIENT: LazyLock<Client> =
    LazyLock::new(|| Client::builder().token("pat_0123456789").build().unwrap());

/// Makes calls, each with a second attempt if the API refuses its token.
fn caller(world: &Arc<World>, engine: &Arc<Engine>, waits: bool) -> JoinHandle<()> {
    let (world, engine) = (world.clone(), engine.clone());
    spawn(async move {
        for _ in 0..2 {
            pause().await;
            for _ in 0..2 {
                let client = (!waits).then_some(&*CLIENT);
                let login = world.last_login.load(Ordering::Relaxed);
                let Ok(cached) = engine.token(client, Clone::clone).await else { break };
                assert!(parts(&cached.token).0 >= login, "{}", world.history());
                if world.accepts(&cached.token) || !engine.rejected(&cached.header) {
                    break;
                }
            }
        }
    })
}

/// Begins a call and gives it up.
fn canceler(engine: &Arc<Engine>) -> JoinHandle<()> {
    let engine = engine.clone();
    spawn(async move {
        let call = engine.token(None, |cached| cached.token.clone());
        give_up(call).await;
    })
}

/// Polls a future a few times. Returns its result if it has ended by then.
async fn give_up<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = Box::pin(future);
    for _ in 0..random(6) {
        let poll = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(result) = poll {
            return Some(result);
        }
        shuttle::future::yield_now().await;
    }
    None
}

/// Logs in twice.
fn user(world: &Arc<World>, engine: &Arc<Engine>, is_alone: bool) -> JoinHandle<()> {
    let (world, engine) = (world.clone(), engine.clone());
    spawn(async move {
        for _ in 0..2 {
            pause().await;
            world.logging_in.fetch_add(1, Ordering::Relaxed);
            let token = world.login();
            let login = engine.set_token(token.clone());
            let result = if world.faults.cancels_logins && random(2) == 0 {
                give_up(login).await
            } else {
                Some(login.await)
            };
            if let Some(Ok(())) = result {
                world.completed.lock().unwrap().push(parts(&token).0);
                if is_alone {
                    world.last_login.store(parts(&token).0, Ordering::Relaxed);
                }
                world.note(format!("uses {}", name(&token)));
            }
            world.logging_in.fetch_sub(1, Ordering::Relaxed);
        }
    })
}

/// Lets tokens expire, and refuses one.
fn time(world: &Arc<World>) -> JoinHandle<()> {
    let world = world.clone();
    spawn(async move {
        for _ in 0..3 {
            pause().await;
            while world.logging_in.load(Ordering::Relaxed) > 0 {
                shuttle::future::yield_now().await;
            }
            let passed = [5, LIFETIME - 60, LIFETIME][random(3) as usize];
            world.now.fetch_add(passed, Ordering::Relaxed);
            world.note(format!("{passed} s pass"));
            let stored = world.stored();
            world.revoked.lock().unwrap().extend(stored.map(|token| name(&token).to_owned()));
        }
    })
}

/// Checks that nothing was used twice, and that the token of the last login is both in use and
/// stored.
async fn settle(world: &Arc<World>, engine: &Arc<Engine>) {
    world.failures.store(0, Ordering::Relaxed);
    // A renewal that is in progress ends first.
    let _ = engine.token(None, |_| ()).await;
    // Longer than the pause after a failure.
    world.now.fetch_add(LIFETIME, Ordering::Relaxed);
    let token = engine.token(None, |cached| cached.token.clone()).await;
    let events = world.history();
    let token = token.unwrap_or_else(|error| panic!("{error}\n{events}"));
    for wrong in [&world.reused, &world.needless, &world.concurrent] {
        assert_eq!(*wrong.lock().unwrap(), Vec::<String>::new(), "{events}");
    }
    let (login, renewals) = parts(&token);
    assert_eq!(world.renewals.lock().unwrap()[login], renewals, "{events}");
    assert_eq!(world.stored(), Some(token), "{events}");
    let (saved, completed) = (world.saved.lock().unwrap(), world.completed.lock().unwrap());
    assert_eq!(login, saved.last().copied().unwrap_or_default(), "{events}");
    // A login that was given up may have been stored.
    let mut stored = saved.iter();
    assert!(completed.iter().all(|login| stored.any(|saved| saved == login)), "{events}");
    assert!(world.faults.cancels_logins || *saved == *completed, "{events}");
}

fn run(faults: Faults) {
    // It is built once, outside of the orders.
    LazyLock::force(&CLIENT);
    check(move || {
        block_on(async move {
            let world = World::new(faults);
            let engine = engine(&world);
            let calls =
                [caller(&world, &engine, true), caller(&world, &engine, false), canceler(&engine)];
            let users = [user(&world, &engine, false), user(&world, &engine, false)];
            for task in calls.into_iter().chain([time(&world)]).chain(users) {
                task.await.unwrap();
            }
            settle(&world, &engine).await;
        });
    });
}

#[test]
fn one_renewal_at_a_time_and_the_last_login_wins() {
    run(Faults::default());
}

#[test]
fn failures_of_the_store_and_the_server_lose_no_token() {
    run(Faults { failures: 4, ..Faults::default() });
}

#[test]
fn without_a_lock_one_process_still_renews_once_at_a_time() {
    run(Faults { is_unlocked: true, ..Faults::default() });
    run(Faults { is_unlocked: true, failures: 4, ..Faults::default() });
}

#[test]
fn a_login_that_is_given_up_is_stored_and_used_or_neither() {
    run(Faults { cancels_logins: true, ..Faults::default() });
    run(Faults { cancels_logins: true, failures: 4, ..Faults::default() });
}

#[test]
fn a_store_that_panics_loses_no_token() {
    run(Faults { panics: Some(Panics::Store), failures: 4, ..Faults::default() });
}

#[test]
fn a_renewal_that_panics_stops_no_other() {
    run(Faults { panics: Some(Panics::Renewals), failures: 4, ..Faults::default() });
}

#[test]
fn a_store_that_fails_again_and_again_loses_no_token() {
    check(|| {
        block_on(async {
            let world = World::new(Faults { failures: 3, ..Faults::default() });
            let engine = engine(&world);
            for _ in 0..8 {
                world.now.fetch_add(LIFETIME, Ordering::Relaxed);
                let _ = engine.token(None, |_| ()).await;
            }
            settle(&world, &engine).await;
        });
    });
}

#[test]
fn calls_after_a_login_use_its_token() {
    LazyLock::force(&CLIENT);
    check(|| {
        block_on(async {
            let world = World::new(Faults { failures: 2, ..Faults::default() });
            let engine = engine(&world);
            // The first token has expired, and those of logins do not.
            world.now.fetch_add(LIFETIME, Ordering::Relaxed);
            let calls = [true, false, true].map(|waits| caller(&world, &engine, waits));
            user(&world, &engine, true).await.unwrap();
            for call in calls {
                call.await.unwrap();
            }
            settle(&world, &engine).await;
        });
    });
}

#[test]
fn processes_that_share_a_store_use_no_refresh_token_twice() {
    LazyLock::force(&CLIENT);
    check(|| {
        block_on(async {
            let world = World::new(Faults::default());
            let engines = [engine(&world), engine(&world)];
            let calls: Vec<_> = engines
                .iter()
                .flat_map(|engine| [caller(&world, engine, true), caller(&world, engine, false)])
                .collect();
            for call in calls.into_iter().chain([time(&world)]) {
                call.await.unwrap();
            }
            settle(&world, &engines[0]).await;
        });
    });
}
