//! Credentials renew themselves: once for all who need it, in time, and without losing a
//! refresh token.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use coze_api::auth::{AuthErrorReason, MemoryTokenStore, OAuthCredentials, OAuthToken, TokenStore};
use coze_api::{BoxFuture, Client, Method, Result, Retry, SecretString};
use coze_tests::oauth::{
    Fault, OAuthServer, TestClock, call, client, error, pkce, poll_once, reason,
};
use serde_json::Value;
use tokio::sync::{Barrier, Notify};

struct Fixture {
    server: OAuthServer,
    credentials: OAuthCredentials,
    coze: Client,
}

/// A client whose token expires in 15 minutes and can be refreshed.
async fn fixture() -> Fixture {
    let server = OAuthServer::start(TestClock::still()).await;
    let credentials = pkce(&server).credentials().with_token(server.token());
    let coze = client(credentials.clone());
    Fixture { server, credentials, coze }
}

fn refused(name: &str) -> Fault {
    Fault::Refuse(400, error("error_code", name, "for the test"))
}

#[tokio::test]
async fn a_good_token_is_used_without_asking() {
    let fixture = fixture().await;
    for _ in 0..3 {
        call(&fixture.coze).await.expect("a reply");
    }
    assert_eq!(fixture.server.token_requests().len(), 0);
    // The client goes where its credentials belong, without being told.
    assert_eq!(fixture.coze.base_url(), fixture.server.url());
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_for_a_thousand_tasks() {
    let fixture = fixture().await;
    let clock = fixture.server.clock.clone();
    clock.advance(900);
    let gate = fixture.server.hold(1);
    let before = clock.reads();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let credentials = fixture.credentials.clone();
        tasks.spawn(async move { credentials.current().await });
    }
    // All of them have seen that the token is not good, and wait.
    clock.read(before + 1000).await;
    gate.notify_one();
    let tokens = tasks.join_all().await.into_iter().map(|token| token.expect("a token"));
    let tokens: HashSet<String> =
        tokens.map(|token| secrecy(token.access_token()).to_owned()).collect();
    assert_eq!(tokens.len(), 1);
    assert!(tokens.contains(&call(&fixture.coze).await.expect("the same")));
    assert_eq!(fixture.server.token_requests().len(), 1);
}

/// 1,000 tasks call without pause over ten lives of a token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stress_over_an_expiring_token() {
    const TASKS: usize = 1000;
    const LIVES: usize = 10;

    let fixture = fixture().await;
    let start = fixture.server.clock.seconds();
    let end = move |life: usize| i64::try_from(start + 900 * (life as u64 + 1)).expect("small");
    let barrier = Arc::new(Barrier::new(TASKS + 1));
    let given = Arc::new(AtomicUsize::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let (barrier, given) = (barrier.clone(), given.clone());
        let credentials = fixture.credentials.clone();
        tasks.spawn(async move {
            for life in 1..=LIVES {
                barrier.wait().await;
                let token = credentials.current().await.expect("a token");
                assert_eq!(token.expires_at(), end(life));
                given.fetch_add(1, Ordering::Relaxed);
                barrier.wait().await;
            }
        });
    }
    for life in 1..=LIVES {
        fixture.server.clock.advance(900);
        barrier.wait().await;
        barrier.wait().await;
        assert_eq!(fixture.server.token_requests().len(), life);
    }
    tasks.join_all().await;
    assert_eq!(given.load(Ordering::Relaxed), TASKS * LIVES);
    call(&fixture.coze).await.expect("the last token is good");
}

#[tokio::test]
async fn a_token_that_ends_soon_is_renewed_while_it_is_used() {
    let fixture = fixture().await;
    let old = call(&fixture.coze).await.expect("a reply");
    fixture.server.clock.advance(809);
    assert_eq!(call(&fixture.coze).await.expect("a reply"), old);
    assert_eq!(fixture.server.token_requests().len(), 0);
    fixture.server.clock.advance(1);
    let gate = fixture.server.hold(1);
    for _ in 0..5 {
        assert_eq!(call(&fixture.coze).await.expect("nobody waits"), old);
    }
    gate.notify_one();
    while call(&fixture.coze).await.expect("a reply") == old {
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.server.token_requests().len(), 1);
}

#[tokio::test]
async fn while_the_token_is_good_a_failing_server_is_left_alone() {
    let fixture = fixture().await;
    let old = call(&fixture.coze).await.expect("a reply");
    fixture.server.clock.advance(810);
    fixture.server.state().faults.extend([Fault::Page(502), Fault::Page(502)]);
    for expected in [1, 2] {
        // Until the failure has been noted, and many times after.
        while fixture.server.token_requests().len() < expected {
            assert_eq!(call(&fixture.coze).await.expect("the old token"), old);
        }
        for _ in 0..50 {
            assert_eq!(call(&fixture.coze).await.expect("the old token"), old);
        }
        assert_eq!(fixture.server.token_requests().len(), expected);
        fixture.server.clock.advance(11);
    }
    while call(&fixture.coze).await.expect("a reply") == old {}
    assert_eq!(fixture.server.token_requests().len(), 3);
}

#[tokio::test]
async fn a_failed_renewal_fails_all_who_wait_and_the_next_call_tries_again() {
    let fixture = fixture().await;
    let clock = fixture.server.clock.clone();
    clock.advance(900);
    let gate = Arc::new(Notify::new());
    fixture.server.state().faults.push_back(Fault::Sever(gate.clone()));
    let before = clock.reads();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let coze = fixture.coze.clone();
        tasks.spawn(async move { call(&coze).await });
    }
    clock.read(before + 100).await;
    gate.notify_one();
    for result in tasks.join_all().await {
        let error = result.expect_err("the renewal failed");
        assert!(error.is_transport(), "{error:?}");
        assert_eq!(error.operation(), "auth.token");
    }
    assert_eq!(fixture.server.token_requests().len(), 1);

    // The server had taken the refresh token, so this one cannot be helped: a user has
    // to log in again.
    let error = call(&fixture.coze).await.expect_err("void");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
    assert_eq!(fixture.server.token_requests().len(), 2);
    fixture.credentials.set_token(fixture.server.token()).await.expect("in memory");
    call(&fixture.coze).await.expect("a reply");
}

#[tokio::test]
async fn a_refused_renewal_is_tried_again_by_the_next_call() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    fixture.server.state().faults.push_back(refused("internal_error"));
    let error = call(&fixture.coze).await.expect_err("refused");
    assert_eq!(*reason(&error), AuthErrorReason::InternalError);
    call(&fixture.coze).await.expect("the refresh token is good still");
    assert_eq!(fixture.server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_cancelled_call_takes_nothing_from_the_others() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    let gate = fixture.server.hold(1);
    let mut first = Box::pin(call(&fixture.coze));
    let mut second = Box::pin(call(&fixture.coze));
    poll_once(&mut first).await;
    poll_once(&mut second).await;
    while fixture.server.token_requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // The one that began the renewal gives up.
    drop(first);
    gate.notify_one();
    second.await.expect("a reply");
    assert_eq!(fixture.server.token_requests().len(), 1);
}

#[tokio::test]
async fn a_renewal_that_nobody_waits_for_is_stored_all_the_same() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    let gate = fixture.server.hold(1);
    let mut only = Box::pin(call(&fixture.coze));
    poll_once(&mut only).await;
    while fixture.server.token_requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // By now the server has taken the refresh token.
    drop(only);
    gate.notify_one();
    call(&fixture.coze).await.expect("the new pair was not lost");
    assert_eq!(fixture.server.token_requests().len(), 1);
}

#[test]
fn a_renewal_outlives_the_runtime_that_began_it() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let of_server = runtime();
    let fixture = of_server.block_on(fixture());
    fixture.server.clock.advance(900);
    fixture.server.state().faults.push_back(Fault::Hold(Arc::default()));
    let first = runtime();
    let coze = fixture.coze.clone();
    let waiting = first.spawn(async move { call(&coze).await });
    while fixture.server.token_requests().is_empty() {
        std::thread::yield_now();
    }
    first.shutdown_background();
    drop(waiting);
    // Its connections are gone with it; a new client shares the credentials.
    let coze = client(fixture.credentials.clone());
    let error = runtime().block_on(call(&coze)).expect_err("the refresh token was used");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_call_sent_again_once() {
    for (status, code) in [(401, 4100), (200, 4100), (401, 700_012_006), (200, 700_012_006)] {
        let fixture = fixture().await;
        let old = call(&fixture.coze).await.expect("a reply");
        fixture.server.state().refusal = (status, code);
        fixture.server.state().revoked.insert(old.clone());
        let new = call(&fixture.coze).await.expect("renewed");
        assert_ne!(new, old);
        assert_eq!(fixture.server.token_requests().len(), 1, "{status} {code}");
    }
}

#[tokio::test]
async fn a_hundred_refusals_cause_one_renewal() {
    let fixture = fixture().await;
    let old = call(&fixture.coze).await.expect("a reply");
    fixture.server.state().revoked.insert(old);
    let calls = (0..100).map(|_| {
        let coze = fixture.coze.clone();
        async move { call(&coze).await }
    });
    let mut tasks: tokio::task::JoinSet<_> = calls.collect();
    while let Some(result) = tasks.join_next().await {
        result.expect("no panic").expect("a reply");
    }
    assert_eq!(fixture.server.token_requests().len(), 1);
}

#[tokio::test]
async fn an_api_that_refuses_everything_causes_no_storm() {
    let fixture = fixture().await;
    fixture.server.state().refuse_all = true;
    for _ in 0..100 {
        let error = call(&fixture.coze).await.expect_err("refused");
        assert!(error.is_auth() && error.code() == Some(4100), "{error:?}");
    }
    assert_eq!(fixture.server.token_requests().len(), 1);
    fixture.server.clock.advance(10);
    call(&fixture.coze).await.expect_err("refused");
    call(&fixture.coze).await.expect_err("refused");
    assert_eq!(fixture.server.token_requests().len(), 2);
    fixture.server.state().refuse_all = false;
    call(&fixture.coze).await.expect("the last token is good");
}

#[tokio::test]
async fn without_a_token_a_user_has_to_log_in() {
    let server = OAuthServer::start(TestClock::still()).await;
    let credentials = pkce(&server).credentials();
    let coze = client(credentials.clone());
    let error = call(&coze).await.expect_err("no token");
    assert_eq!(*reason(&error), AuthErrorReason::LoginRequired);
    assert!(error.to_string().contains("log in"), "{error}");
    credentials.set_token(server.token()).await.expect("in memory");
    call(&coze).await.expect("a reply");
    let end = i64::try_from(server.clock.seconds()).expect("small");
    let lonely = pkce(&server).credentials().with_token(OAuthToken::new("czu_x", end));
    let error = call(&client(lonely)).await.expect_err("no refresh token");
    assert_eq!(*reason(&error), AuthErrorReason::LoginRequired);
    assert_eq!(server.token_requests().len(), 0);
}

#[tokio::test]
async fn a_server_in_trouble_is_asked_again_as_the_client_does() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    fixture.server.state().faults.extend([Fault::Page(503), Fault::Reset]);
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = Client::builder().credentials(fixture.credentials).retry(retry).build();
    call(&coze.expect("a client")).await.expect("at the third attempt");
    assert_eq!(fixture.server.token_requests().len(), 3);
}

#[tokio::test]
async fn the_headers_of_a_user_do_not_reach_the_authorization_server() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    let builder = Client::builder().credentials(fixture.credentials);
    let builder = builder.header("authorization", "Bearer mine");
    let coze = builder.retry(Retry::none()).build().expect("a client");
    // The header goes to the API, which does not know that token.
    let call = coze.request(Method::GET, "/v1/whoami").data::<Value>();
    call.await.expect_err("refused");
    let requests = fixture.server.token_requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.header("authorization"), "");
        assert!(!request.header("user-agent").is_empty());
    }
}

/// A store that fails when it is told to, and says in which order it was used.
#[derive(Default)]
struct Moody {
    memory: MemoryTokenStore,
    broken: std::sync::atomic::AtomicBool,
}

impl TokenStore for Moody {
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
            return Box::pin(async {
                // Any error of this crate will do.
                Err(coze_api::AccessToken::new("").expect_err("empty"))
            });
        }
        self.memory.compare_and_swap(expected, token)
    }
}

#[tokio::test]
async fn a_new_pair_is_stored_before_it_is_used_and_not_lost_if_that_fails() {
    let server = OAuthServer::start(TestClock::still()).await;
    let store = Arc::new(Moody::default());
    store.save(&server.token()).await.expect("in memory");
    let coze = client(pkce(&server).credentials().with_store(store.clone()));
    call(&coze).await.expect("a reply");
    server.clock.advance(900);
    store.broken.store(true, Ordering::SeqCst);
    for _ in 0..3 {
        assert!(call(&coze).await.expect_err("not stored").is_config());
    }
    // One request: the pair that could not be stored is kept, and not asked for again.
    assert_eq!(server.token_requests().len(), 1);
    store.broken.store(false, Ordering::SeqCst);
    call(&coze).await.expect("stored now");
    assert_eq!(server.token_requests().len(), 1);
    let stored = store.load().await.expect("in memory").expect("a token");
    assert!(server.state().is_valid(secrecy(stored.refresh_token().expect("a refresh token"))));
}

#[tokio::test]
async fn what_somebody_else_stored_is_taken_over() {
    let server = OAuthServer::start(TestClock::still()).await;
    let store = Arc::new(Moody::default());
    store.save(&server.token()).await.expect("in memory");
    // Two programs that share a store, and know no lock.
    let one = client(pkce(&server).credentials().with_store(store.clone()));
    let two = client(pkce(&server).credentials().with_store(store.clone()));
    let old = call(&one).await.expect("a reply");
    assert_eq!(call(&two).await.expect("a reply"), old);
    server.clock.advance(900);
    let new = call(&one).await.expect("renewed");
    assert_eq!(call(&two).await.expect("taken over"), new);
    assert_eq!(server.token_requests().len(), 1);
    // At the same time. The loser finds that the winner has stored a token, and uses
    // that.
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
        // The refusal came before the winner had its answer.
        Err(error) => {
            assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
            assert_eq!(call(&two).await.expect("taken over"), first);
        }
    }
    assert_eq!(server.token_requests().len(), 3);
}

fn secrecy(secret: &SecretString) -> &str {
    use secrecy::ExposeSecret as _;
    secret.expose_secret()
}
