//! Renewal with token stores: stores that fail or block, logins during a renewal, and stores that
//! several programs share.

use std::error::Error as _;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use coze_api::auth::{AuthErrorReason, MemoryTokenStore, OAuthToken, TokenStore};
use coze_api::{
    AccessToken, BoxFuture, Client, Credentials, Error, ErrorKind, Result, TokenContext,
};
use coze_tests::oauth::{Fault, OAuthServer, TestClock, call, client, pkce, poll_once, reason};
use tokio::sync::Notify;

use super::auth_renew::{fixture, refused, secrecy};

/// A store whose swaps fail on request.
#[derive(Default)]
struct FailingStore {
    memory: MemoryTokenStore,
    broken: AtomicBool,
}

impl TokenStore for FailingStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        self.memory.load()
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        self.memory.save(token)
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        if self.broken.load(Ordering::SeqCst) {
            return Box::pin(async { Err(Error::new(ErrorKind::Timeout, "the database is slow")) });
        }
        self.memory.compare_and_swap(expected, token)
    }
}

#[tokio::test]
async fn a_pair_that_cannot_be_stored_is_used_from_memory_and_stored_later() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let store = Arc::new(FailingStore::default());
    store.save(&server.token()).await.expect("in memory");
    let credentials = pkce(&server).credentials().with_store(store.clone());
    let coze = client(credentials.clone());
    let old = call(&coze).await.expect("a reply");
    server.clock.advance(900);
    store.broken.store(true, Ordering::SeqCst);
    let new = call(&coze).await.expect("from memory");
    for _ in 0..50 {
        assert_eq!(call(&coze).await.expect("from memory"), new);
    }
    assert_ne!(new, old);
    assert_eq!(server.token_requests().len(), 1);
    // The pair in memory is the only valid one, so it is renewed nevertheless.
    server.clock.advance(900);
    let newer = call(&coze).await.expect("from memory");
    assert_eq!(server.token_requests().len(), 2);
    store.broken.store(false, Ordering::SeqCst);
    server.clock.advance(11);
    loop {
        assert_eq!(call(&coze).await.expect("a reply"), newer);
        let stored = store.load().await.expect("in memory").expect("a token");
        if secrecy(stored.access_token()) == newer {
            assert!(server.state().is_valid(secrecy(stored.refresh_token().expect("one"))));
            break;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_login_discards_a_pair_that_could_not_be_stored() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let store = Arc::new(FailingStore::default());
    let first = server.token();
    store.save(&first).await.expect("in memory");
    let credentials = pkce(&server).credentials().with_store(store.clone());
    server.clock.advance(900);
    store.broken.store(true, Ordering::SeqCst);
    let lost = credentials.current().await.expect("from memory");
    store.broken.store(false, Ordering::SeqCst);
    // The user logs in and receives the same pair that is in the store.
    credentials.set_token(first.clone()).await.expect("in memory");
    credentials.current().await.expect_err("the pair is void, and was set by hand");
    assert_eq!(store.load().await.expect("in memory"), Some(first));
    assert_ne!(Some(lost), store.load().await.expect("in memory"));
}

#[tokio::test]
async fn a_login_resets_the_refusal_of_the_token() {
    let fixture = fixture().await;
    let token = fixture.credentials.current().await.expect("a token");
    let access = secrecy(token.access_token()).to_owned();
    fixture.server.state().revoked.insert(access.clone());
    fixture.server.state().faults.push_back(refused("internal_error"));
    call(&fixture.coze).await.expect_err("refused, and not renewed");
    fixture.server.state().revoked.clear();
    fixture.credentials.set_token(token).await.expect("in memory");
    assert_eq!(call(&fixture.coze).await.expect("a reply"), access);
    assert_eq!(fixture.server.token_requests().len(), 1);
}

#[tokio::test]
async fn a_login_during_a_renewal_takes_precedence() {
    // The renewal succeeds, is refused, or breaks off.
    let outcomes: [fn(Arc<Notify>) -> Fault; 2] = [Fault::Hold, Fault::Sever];
    for outcome in outcomes {
        let fixture = fixture().await;
        let gate = Arc::new(Notify::new());
        fixture.server.clock.advance(900);
        fixture.server.state().faults.push_back(outcome(gate.clone()));
        let coze = fixture.coze.clone();
        let waiting = tokio::spawn(async move { call(&coze).await });
        while fixture.server.token_requests().is_empty() {
            tokio::task::yield_now().await;
        }
        let login = fixture.server.token();
        let expected = secrecy(login.access_token()).to_owned();
        fixture.credentials.set_token(login).await.expect("in memory");
        assert_eq!(call(&fixture.coze).await.expect("a reply"), expected);
        gate.notify_one();
        assert_eq!(waiting.await.expect("no panic").expect("a reply"), expected);
        for _ in 0..10 {
            assert_eq!(call(&fixture.coze).await.expect("a reply"), expected);
        }
        assert_eq!(fixture.server.token_requests().len(), 1);
    }
}

/// A store that has swapped, but says so only when the test permits it.
#[derive(Default)]
struct LateStore {
    memory: MemoryTokenStore,
    swapped: Notify,
    gate: Notify,
}

impl TokenStore for LateStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        self.memory.load()
    }

    fn save<'a>(&'a self, token: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        self.memory.save(token)
    }

    fn compare_and_swap<'a>(
        &'a self,
        expected: Option<&'a OAuthToken>,
        token: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let swapped = self.memory.compare_and_swap(expected, token).await;
            self.swapped.notify_one();
            self.gate.notified().await;
            swapped
        })
    }
}

#[tokio::test]
async fn a_login_after_the_swap_of_a_renewal_takes_precedence() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let store = Arc::new(LateStore::default());
    store.save(&server.token()).await.expect("in memory");
    let credentials = pkce(&server).credentials().with_store(store.clone());
    let coze = client(credentials.clone());
    server.clock.advance(900);
    let renewing = coze.clone();
    let waiting = tokio::spawn(async move { call(&renewing).await });
    store.swapped.notified().await;

    let login = server.token();
    let expected = secrecy(login.access_token()).to_owned();
    credentials.set_token(login).await.expect("in memory");
    store.gate.notify_one();
    waiting.await.expect("no panic").expect("a reply");
    for _ in 0..3 {
        assert_eq!(call(&coze).await.expect("a reply"), expected);
    }
    let stored = store.load().await.expect("in memory").expect("a token");
    assert_eq!(secrecy(stored.access_token()), expected);
}

#[tokio::test]
async fn a_token_set_after_a_failed_renewal_is_renewed_at_once() {
    let fixture = fixture().await;
    call(&fixture.coze).await.expect("a reply");
    fixture.server.clock.advance(810);
    fixture.server.state().faults.push_back(Fault::Page(502));
    while fixture.server.token_requests().is_empty() {
        call(&fixture.coze).await.expect("the old token");
    }
    for _ in 0..50 {
        call(&fixture.coze).await.expect("the old token");
    }
    // Another token in the last tenth of its lifetime.
    let now = i64::try_from(fixture.server.clock.seconds()).expect("small");
    let login = fixture.server.token();
    let refresh_token = secrecy(login.refresh_token().expect("one")).to_owned();
    let token = OAuthToken::new(login.access_token().clone(), now + 60);
    let token = token.with_refresh_token(refresh_token);
    fixture.credentials.set_token(token).await.expect("in memory");
    call(&fixture.coze).await.expect("the token of the login");
    while fixture.server.token_requests().len() < 2 {
        call(&fixture.coze).await.expect("a reply");
        tokio::task::yield_now().await;
    }
}

/// A store whose operations fail like those of a database: with I/O errors or with others.
struct Failing {
    io: bool,
}

impl Failing {
    fn fail<T>(&self) -> Result<T> {
        if self.io {
            Err(io::Error::from(io::ErrorKind::ConnectionRefused))?;
        }
        Err(Error::new(ErrorKind::Decode, "the row is damaged").with_source("no JSON"))
    }
}

impl TokenStore for Failing {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(async { self.fail() })
    }

    fn save<'a>(&'a self, _: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(async { self.fail() })
    }

    fn compare_and_swap<'a>(
        &'a self,
        _: Option<&'a OAuthToken>,
        _: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async { self.fail() })
    }
}

#[tokio::test]
async fn the_failure_of_a_store_is_reported_as_its_own() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    for (io, expected) in
        [(true, &["connection refused"][..]), (false, &["the row is damaged", "no JSON"])]
    {
        let credentials = pkce(&server).credentials().with_store(Failing { io });
        let error = call(&client(credentials.clone())).await.expect_err("no token");
        let login = credentials.set_token(server.token()).await.expect_err("not stored");
        for error in [&error, &login] {
            assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
            assert!(error.to_string().contains("the token store failed"), "{error}");
            let sources = std::iter::successors(error.source(), |&error| error.source());
            assert_eq!(sources.map(ToString::to_string).collect::<Vec<_>>(), expected);
        }
        assert_eq!((error.operation(), error.attempts()), ("GET /v1/whoami", 0));
        assert!(server.token_requests().is_empty());
    }
}

/// A source of tokens that reads a file which does not exist.
struct MissingFile;

impl Credentials for MissingFile {
    fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async { AccessToken::new(std::fs::read_to_string("no/such/file")?) })
    }
}

#[tokio::test]
async fn the_failure_of_credentials_is_reported_as_their_own() {
    let coze = Client::builder().credentials(MissingFile).build().expect("a client");
    let error = call(&coze).await.expect_err("no token");
    assert!(error.is_credentials() && error.to_string().contains("source of tokens"), "{error}");
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    assert_eq!(source.map(io::Error::kind), Some(io::ErrorKind::NotFound));
    let direct = MissingFile.token(TokenContext::new(&coze)).await.expect_err("no file");
    assert!(direct.is_handler(), "{direct}");
}

/// A store whose operations never complete.
struct StuckStore;

impl TokenStore for StuckStore {
    fn load(&self) -> BoxFuture<'_, Result<Option<OAuthToken>>> {
        Box::pin(std::future::pending())
    }

    fn save<'a>(&'a self, _: &'a OAuthToken) -> BoxFuture<'a, Result<()>> {
        Box::pin(std::future::pending())
    }

    fn compare_and_swap<'a>(
        &'a self,
        _: Option<&'a OAuthToken>,
        _: &'a OAuthToken,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_store_times_out() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let credentials = pkce(&server).credentials().with_store(StuckStore);
    let ended = tokio::time::timeout(Duration::from_secs(900), credentials.current()).await;
    let error = ended.expect("bounded").expect_err("no token");
    assert!(error.to_string().contains("token store"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_login_does_not_wait_for_a_store_forever() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let credentials = pkce(&server).credentials().with_store(StuckStore);
    let begun = tokio::time::Instant::now();
    // The second waits for the first, and the third gives up.
    let logins = [1, 2, 3].map(|_| credentials.set_token(server.token()));
    let [first, second, third] = logins;
    let ended = async { tokio::join!(first, second, third) };
    let ended = tokio::time::timeout(Duration::from_secs(3600), ended).await.expect("bounded");
    for error in [ended.0, ended.1, ended.2].map(|login| login.expect_err("not stored")) {
        assert!(error.is_credentials() && error.to_string().contains("token store"), "{error}");
    }
    // 6 minutes for a lock and 30 seconds for the store, and as long for other logins.
    assert!(begun.elapsed().as_secs() <= 2 * (360 + 30), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_token_stored_by_another_program_is_used() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let store = Arc::new(FailingStore::default());
    store.save(&server.token()).await.expect("in memory");
    // Two programs that share a store without a lock.
    let one = client(pkce(&server).credentials().with_store(store.clone()));
    let two = client(pkce(&server).credentials().with_store(store.clone()));
    let old = call(&one).await.expect("a reply");
    assert_eq!(call(&two).await.expect("a reply"), old);
    server.clock.advance(900);
    let new = call(&one).await.expect("renewed");
    assert_eq!(call(&two).await.expect("taken over"), new);
    assert_eq!(server.token_requests().len(), 1);
    // Both renew at the same time. The second finds the token that the first has stored, and uses
    // it.
    server.clock.advance(900);
    let gate = server.hold(1);
    let mut first = Box::pin(call(&one));
    poll_once(&mut first).await;
    while server.token_requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut second = Box::pin(call(&two));
    poll_once(&mut second).await;
    while server.token_requests().len() < 3 {
        tokio::task::yield_now().await;
    }
    gate.notify_one();
    let first = first.await.expect("the winner");
    match second.await {
        Ok(second) => assert_eq!(second, first),
        // The refusal arrived before the first program had its response.
        Err(error) => {
            assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
            assert_eq!(call(&two).await.expect("taken over"), first);
        }
    }
    assert_eq!(server.token_requests().len(), 3);
}
