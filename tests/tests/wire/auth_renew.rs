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
use coze_tests::server::{Reply, Server};
use serde_json::Value;
use tokio::sync::{Barrier, Notify};

struct Fixture {
    server: OAuthServer,
    credentials: OAuthCredentials,
    coze: Client,
}

/// A client whose token expires in 15 minutes and can be refreshed.
async fn fixture() -> Fixture {
    let server = OAuthServer::start(TestClock::stopped()).await;
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
        assert_eq!(call(&fixture.coze).await.expect("no request was sent"), old);
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
    let server = OAuthServer::start(TestClock::stopped()).await;
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
struct FailingStore {
    memory: MemoryTokenStore,
    broken: std::sync::atomic::AtomicBool,
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
            return Box::pin(async {
                // Any error of this crate will do.
                Err(coze_api::AccessToken::new("").expect_err("empty"))
            });
        }
        self.memory.compare_and_swap(expected, token)
    }
}

#[tokio::test]
async fn a_new_pair_that_cannot_be_stored_is_used_from_memory_and_stored_later() {
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
    // The pair in memory is the only one that is good, so it is renewed all the same.
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
async fn a_login_forgets_what_could_not_be_stored() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let store = Arc::new(FailingStore::default());
    let first = server.token();
    store.save(&first).await.expect("in memory");
    let credentials = pkce(&server).credentials().with_store(store.clone());
    server.clock.advance(900);
    store.broken.store(true, Ordering::SeqCst);
    let lost = credentials.current().await.expect("from memory");
    store.broken.store(false, Ordering::SeqCst);
    // The user logs in, and the server issues the pair anew that is in the store.
    credentials.set_token(first.clone()).await.expect("in memory");
    credentials.current().await.expect_err("the pair is void, and was set by hand");
    assert_eq!(store.load().await.expect("in memory"), Some(first));
    assert_ne!(Some(lost), store.load().await.expect("in memory"));
}

#[tokio::test]
async fn a_login_forgets_that_the_api_refused_the_token() {
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
async fn a_login_during_a_renewal_wins() {
    // Whether the renewal succeeds, is refused, or breaks off.
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

#[tokio::test]
async fn a_login_after_a_failed_renewal_is_renewed_at_once() {
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
    // Another token in the last tenth of its life.
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

#[tokio::test]
async fn a_clock_that_is_set_back_prolongs_no_pause() {
    let fixture = fixture().await;
    fixture.server.state().refuse_all = true;
    call(&fixture.coze).await.expect_err("refused");
    assert_eq!(fixture.server.token_requests().len(), 1);
    fixture.server.clock.retreat(300);
    call(&fixture.coze).await.expect_err("refused");
    assert_eq!(fixture.server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_reply_that_can_be_read_in_part_keeps_its_tokens() {
    let changes: [fn(String) -> String; 6] = [
        |json| json.replace("\"expires_in\":", "\"expires_in\":\"soon\",\"x\":"),
        |json| json.replace("\"expires_in\":", "\"expires_in\":[],\"x\":"),
        |json| json.replace("\"expires_in\":", "\"expires_in\":null,\"x\":"),
        |json| format!("{json} and more"),
        |json| json.replace('}', ",\"x\":"),
        |json| format!("{{\"code\":0,\"msg\":\"\",\"data\":{json}}}"),
    ];
    for change in changes {
        let fixture = fixture().await;
        fixture.server.clock.advance(900);
        fixture.server.state().faults.push_back(Fault::Change(change));
        let token = fixture.credentials.current().await.expect("the tokens");
        let refresh_token = secrecy(token.refresh_token().expect("a refresh token"));
        assert!(fixture.server.state().is_valid(refresh_token));
        call(&fixture.coze).await.expect("a reply");
        assert_eq!(fixture.server.token_requests().len(), 1);
    }
}

#[tokio::test]
async fn headers_for_the_api_do_not_reach_another_host() {
    let fixture = fixture().await;
    let gateway = Server::replies(vec![Reply::data(&serde_json::json!({}))]).await;
    for (base_url, expected) in [(gateway.base_url(), ""), (fixture.server.url(), "topsecret")] {
        fixture.server.clock.advance(900);
        let builder = Client::builder().credentials(fixture.credentials.clone());
        let coze = builder.base_url(base_url).header("x-gateway-key", "topsecret").build();
        let call = coze.expect("a client").request(Method::GET, "/v1/x");
        let _ = call.with_header("x-call-key", "topsecret").bytes().await;
        let request = fixture.server.token_requests().pop().expect("one");
        assert_eq!(request.header("x-gateway-key"), expected);
        assert_eq!(request.header("x-call-key"), "");
        assert!(request.header("user-agent").starts_with("coze-api-rust/"));
        assert!(!request.header("x-coze-client-user-agent").is_empty());
    }
    assert_eq!(gateway.request().header("x-gateway-key"), "topsecret");
}

#[tokio::test]
async fn a_refresh_token_goes_only_to_the_server_that_issued_it() {
    let (one, two) = (
        OAuthServer::start(TestClock::stopped()).await,
        OAuthServer::start(TestClock::stopped()).await,
    );
    let store = Arc::new(MemoryTokenStore::new());
    store.save(&one.token()).await.expect("in memory");
    one.clock.advance(900);
    two.clock.advance(1800);
    // From here on, the store knows who has issued what is in it.
    pkce(&one).credentials().with_store(store.clone()).current().await.expect("a token");
    let error = pkce(&two).credentials().with_store(store).current().await;
    assert_eq!(*reason(&error.expect_err("another server")), AuthErrorReason::LoginRequired);
    assert_eq!(two.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_waited_for_half_a_minute() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    fixture.server.hold(1);
    let begin = tokio::time::Instant::now();
    let error = call(&fixture.coze).await.expect_err("late");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(begin.elapsed().as_secs(), 30);
}

/// A store that never comes to an end.
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
async fn a_store_that_does_not_answer_is_not_waited_for_forever() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let credentials = pkce(&server).credentials().with_store(StuckStore);
    let ended = tokio::time::timeout(Duration::from_secs(900), credentials.current()).await;
    let error = ended.expect("bounded").expect_err("no token");
    assert!(error.to_string().contains("token store"), "{error}");
}

#[tokio::test]
async fn what_somebody_else_stored_is_taken_over() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let store = Arc::new(FailingStore::default());
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
