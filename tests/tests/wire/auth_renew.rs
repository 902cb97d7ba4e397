//! Renewal of tokens: once for all calls that need it, in time, and without losing a refresh token.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use coze_api::auth::{
    AuthErrorReason, MemoryTokenStore, OAuthCredentials, OAuthToken, TokenStore as _,
};
use coze_api::{Client, Method, Retry, SecretString};
use coze_tests::oauth::{
    Fault, OAuthServer, TestClock, call, client, error, pkce, poll_once, reason,
};
use coze_tests::server::{Reply, Server};
use serde_json::Value;
use tokio::sync::{Barrier, Notify};

pub(super) struct Fixture {
    pub(super) server: OAuthServer,
    pub(super) credentials: OAuthCredentials,
    pub(super) coze: Client,
}

/// A client whose token expires in 15 minutes and can be refreshed.
pub(super) async fn fixture() -> Fixture {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let credentials = pkce(&server).credentials().with_token(server.token());
    let coze = client(credentials.clone());
    Fixture { server, credentials, coze }
}

pub(super) fn refused(name: &str) -> Fault {
    Fault::Refuse(400, error("error_code", name, "for the test"))
}

#[tokio::test]
async fn a_valid_token_is_used_without_a_request() {
    let fixture = fixture().await;
    for _ in 0..3 {
        call(&fixture.coze).await.expect("a reply");
    }
    assert_eq!(fixture.server.token_requests().len(), 0);
    // The client uses the base URL of its credentials.
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
    // All tasks have found the token expired, and wait.
    clock.read(before + 1000).await;
    gate.notify_one();
    let tokens = tasks.join_all().await.into_iter().map(|token| token.expect("a token"));
    let tokens: HashSet<String> =
        tokens.map(|token| secrecy(token.access_token()).to_owned()).collect();
    assert_eq!(tokens.len(), 1);
    assert!(tokens.contains(&call(&fixture.coze).await.expect("the same")));
    assert_eq!(fixture.server.token_requests().len(), 1);
}

/// 1,000 tasks make calls continuously over ten lifetimes of a token.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_succeed_while_tokens_expire_under_load() {
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
async fn a_token_is_renewed_in_the_background_before_it_expires() {
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
async fn failed_early_renewals_are_not_retried_at_once() {
    let fixture = fixture().await;
    let old = call(&fixture.coze).await.expect("a reply");
    fixture.server.clock.advance(810);
    fixture.server.state().faults.extend([Fault::Page(502), Fault::Page(502)]);
    for expected in [1, 2] {
        // Until the failure has been recorded, and many times afterwards.
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
async fn a_failed_renewal_fails_all_waiting_calls_and_the_next_call_retries() {
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

    // The server has consumed the refresh token, so the user must log in again.
    let error = call(&fixture.coze).await.expect_err("void");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
    assert_eq!(fixture.server.token_requests().len(), 2);
    fixture.credentials.set_token(fixture.server.token()).await.expect("in memory");
    call(&fixture.coze).await.expect("a reply");
}

#[tokio::test]
async fn the_next_call_retries_a_refused_renewal() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    fixture.server.state().faults.push_back(refused("internal_error"));
    let error = call(&fixture.coze).await.expect_err("refused");
    assert_eq!(*reason(&error), AuthErrorReason::InternalError);
    call(&fixture.coze).await.expect("the refresh token is good still");
    assert_eq!(fixture.server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_dropped_call_does_not_affect_waiting_calls() {
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
    // The call that started the renewal is dropped.
    drop(first);
    gate.notify_one();
    second.await.expect("a reply");
    assert_eq!(fixture.server.token_requests().len(), 1);
}

#[tokio::test]
async fn a_renewal_is_stored_even_if_all_calls_are_dropped() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    let gate = fixture.server.hold(1);
    let mut only = Box::pin(call(&fixture.coze));
    poll_once(&mut only).await;
    while fixture.server.token_requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // The server has consumed the refresh token.
    drop(only);
    gate.notify_one();
    call(&fixture.coze).await.expect("the new pair was not lost");
    assert_eq!(fixture.server.token_requests().len(), 1);
}

#[test]
fn a_renewal_survives_the_end_of_its_runtime() {
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
    // The connections end with the runtime. A new client shares the credentials.
    let coze = client(fixture.credentials.clone());
    let error = runtime().block_on(call(&coze)).expect_err("the refresh token was used");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_call_is_retried_once() {
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
async fn an_api_that_refuses_every_token_causes_few_renewals() {
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
async fn without_a_token_the_user_must_log_in() {
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
async fn a_renewal_is_retried_after_server_errors() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    fixture.server.state().faults.extend([Fault::Page(503), Fault::Reset]);
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = Client::builder().credentials(fixture.credentials).retry(retry).build();
    call(&coze.expect("a client")).await.expect("at the third attempt");
    assert_eq!(fixture.server.token_requests().len(), 3);
}

#[tokio::test]
async fn custom_headers_are_not_sent_to_the_authorization_server() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    let builder = Client::builder().credentials(fixture.credentials);
    let builder = builder.header("authorization", "Bearer mine");
    let coze = builder.retry(Retry::none()).build().expect("a client");
    // The header is sent to the API, which refuses that token.
    let call = coze.request(Method::GET, "/v1/whoami").data::<Value>();
    call.await.expect_err("refused");
    let requests = fixture.server.token_requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.header("authorization"), "");
        assert!(!request.header("user-agent").is_empty());
    }
}

#[tokio::test]
async fn setting_the_clock_back_does_not_extend_a_pause() {
    let fixture = fixture().await;
    fixture.server.state().refuse_all = true;
    call(&fixture.coze).await.expect_err("refused");
    assert_eq!(fixture.server.token_requests().len(), 1);
    fixture.server.clock.retreat(300);
    call(&fixture.coze).await.expect_err("refused");
    assert_eq!(fixture.server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_partially_invalid_reply_keeps_its_tokens() {
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
async fn headers_for_the_api_are_not_sent_to_another_host() {
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
async fn a_refresh_token_is_sent_only_to_its_issuer() {
    let (one, two) = (
        OAuthServer::start(TestClock::stopped()).await,
        OAuthServer::start(TestClock::stopped()).await,
    );
    let store = Arc::new(MemoryTokenStore::new());
    store.save(&one.token()).await.expect("in memory");
    one.clock.advance(900);
    two.clock.advance(1800);
    // From here on, the store records the issuer of its token.
    pkce(&one).credentials().with_store(store.clone()).current().await.expect("a token");
    let error = pkce(&two).credentials().with_store(store).current().await;
    assert_eq!(*reason(&error.expect_err("another server")), AuthErrorReason::LoginRequired);
    assert_eq!(two.requests().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_renewal_times_out_after_30_seconds() {
    let fixture = fixture().await;
    fixture.server.clock.advance(900);
    fixture.server.hold(1);
    let begin = tokio::time::Instant::now();
    let error = call(&fixture.coze).await.expect_err("late");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(begin.elapsed().as_secs(), 30);
}

pub(super) fn secrecy(secret: &SecretString) -> &str {
    use secrecy::ExposeSecret as _;
    secret.expose_secret()
}

#[tokio::test]
async fn the_current_token_is_renewed_before_it_is_returned() {
    let fixture = fixture().await;
    let old = fixture.credentials.current().await.expect("a token");
    // In the last tenth of its lifetime, a call uses the token, and the caller of `current` waits.
    fixture.server.clock.advance(850);
    let new = fixture.credentials.current().await.expect("a token");
    assert_ne!(new, old);
    assert_eq!(fixture.server.token_requests().len(), 1);
    assert_eq!(fixture.credentials.current().await.expect("a token"), new);

    // If the renewal fails, the token is still valid.
    fixture.server.clock.advance(850);
    fixture.server.state().faults.extend((0..3).map(|_| Fault::Page(502)));
    assert_eq!(fixture.credentials.current().await.expect("the old token"), new);
}
