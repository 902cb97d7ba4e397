//! A Redis that is down, restarts, is slow, refuses the password, or does not accept writes.

use std::time::{Duration, Instant};

use coze_api::Error;
use coze_api::auth::TokenStore as _;
use coze_api_redis::{RedisClient, RedisTokenStore};
use coze_tests::oauth::{OAuthServer, TestClock, call, client, pkce};

use super::server::{RedisServer, free_port};
use super::store::{KEY, token};

/// Expects an error that names the reason and the server, and shows neither a token nor the
/// password.
fn expect_reason(error: &Error, reason: &str) {
    let text = format!("{error} {error:?}");
    assert!(error.is_credentials() && text.contains(reason) && text.contains("Redis"), "{text}");
    for secret in ["s3cret", "access_", "refresh_"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_an_error_within_the_retry_time() {
    let url = format!("redis://ann:s3cret@127.0.0.1:{}", free_port());
    let redis = RedisClient::open(&url).expect("a URL").retry_time(Duration::from_millis(300));
    let store = RedisTokenStore::new(&redis, "test");
    let begin = Instant::now();
    expect_reason(&store.load().await.expect_err("down"), "Connection refused");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    let (old, new) = (token("a"), token("b"));
    expect_reason(&store.save(&old).await.expect_err("down"), "cannot store a token");
    let error = store.compare_and_swap(Some(&old), &new).await.expect_err("down");
    expect_reason(&error, "127.0.0.1");
    expect_reason(&store.lock().await.expect_err("down"), "cannot lock the renewal of tokens");
    expect_reason(&store.prepare().await.expect_err("down"), "cannot store a token");
    expect_reason(&store.remove().await.expect_err("down"), "cannot delete a token");
}

#[tokio::test]
async fn operations_wait_for_a_restart() {
    let mut redis = RedisServer::start();
    let store = redis.store();
    store.save(&token("a")).await.expect("stored");
    let lock = store.lock().await.expect("locked");
    // The connections break, and the scripts are forgotten.
    redis.restart();
    store.prepare().await.expect("the lease survived");
    redis.restart();
    assert!(store.compare_and_swap(Some(&token("a")), &token("b")).await.expect("stored"));
    // The server comes back only after the operation has begun.
    redis.kill();
    let loading = tokio::spawn(async move { (store.load().await, store) });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!loading.is_finished());
    redis.restart();
    let (loaded, store) = loading.await.expect("no panic");
    assert_eq!(loaded.expect("readable"), Some(token("b")));
    drop(lock);
    drop(store.lock().await.expect("locked"));
}

#[tokio::test]
async fn a_wrong_password_is_reported_at_once() {
    let port = free_port().to_string();
    let arguments = ["--port", &port, "--bind", "127.0.0.1", "--requirepass", "correct"];
    let _redis = RedisServer::with(&arguments);
    for (user, reason) in [(":s3cret@", "is wrong"), ("ann:s3cret@", "is wrong"), ("", "NOAUTH")] {
        let url = format!("redis://{user}127.0.0.1:{port}");
        let store = RedisTokenStore::new(&RedisClient::open(&url).expect("a URL"), "test");
        let begin = Instant::now();
        expect_reason(&store.load().await.expect_err("refused"), reason);
        assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_left_in_time_and_used_again() {
    let redis = RedisServer::start();
    let quick = redis.client().timeout(Duration::from_millis(200));
    let store = RedisTokenStore::new(&quick.retry_time(Duration::from_millis(400)), "test");
    store.save(&token("a")).await.expect("stored");
    redis.signal("STOP");
    let begin = Instant::now();
    expect_reason(&store.load().await.expect_err("stopped"), "no response in time");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    redis.signal("CONT");
    assert_eq!(store.load().await.expect("readable"), Some(token("a")));
}

#[tokio::test]
async fn a_token_is_stored_although_memory_is_short() {
    let redis = RedisServer::with(&["--maxmemory-policy", "noeviction"]);
    let store = redis.store();
    store.save(&token("a")).await.expect("stored");
    assert_eq!(redis.command(&["CONFIG", "SET", "maxmemory", "1"]), "OK");
    assert!(redis.command(&["SET", "other", "value"]).starts_with("OOM"));
    let lock = store.lock().await.expect("locked");
    store.prepare().await.expect("writable");
    assert!(store.compare_and_swap(Some(&token("a")), &token("b")).await.expect("stored"));
    drop(lock);
    store.save(&token("c")).await.expect("stored");
    assert_eq!(store.load().await.expect("readable"), Some(token("c")));
}

#[tokio::test]
async fn keys_of_other_programs_and_damaged_tokens_are_named() {
    let redis = RedisServer::start();
    redis.command(&["SET", KEY, "access_of_another_program"]);
    let store = redis.store();
    expect_reason(&store.load().await.expect_err("a string"), "belongs to another program");
    redis.command(&["DEL", KEY]);
    redis.command(&["HSET", KEY, "token", r#"{"access_token":"access_a""#]);
    expect_reason(&store.load().await.expect_err("damaged"), KEY);
    let swapped = store.compare_and_swap(None, &token("a")).await;
    expect_reason(&swapped.expect_err("damaged"), "is damaged");
    store.save(&token("a")).await.expect("a login replaces it");
}

#[tokio::test]
async fn a_refresh_token_is_not_used_if_its_successor_cannot_be_stored() {
    let redis = RedisServer::start();
    let server = OAuthServer::start(TestClock::stopped()).await;
    let login = server.token();
    let quick = redis.client().retry_time(Duration::from_millis(100));
    let store = || RedisTokenStore::new(&quick, "test");
    store().save(&login).await.expect("stored");
    let coze = client(pkce(&server).credentials().with_store(store()));
    server.clock.advance(900);
    // After a failover, the old primary is a replica.
    redis.command(&["REPLICAOF", "127.0.0.1", "1"]);
    for _ in 0..2 {
        let error = call(&coze).await.expect_err("read-only");
        assert!(error.is_credentials(), "{error}");
    }
    assert_eq!(server.token_requests().len(), 0);
    redis.command(&["REPLICAOF", "NO", "ONE"]);
    call(&coze).await.expect("the refresh token is still valid");
    assert_eq!(server.token_requests().len(), 1);
    assert_ne!(store().load().await.expect("readable"), Some(login));
}

#[tokio::test]
async fn a_pair_is_kept_while_redis_is_down() {
    let mut redis = RedisServer::start();
    let server = OAuthServer::start(TestClock::stopped()).await;
    let quick = redis.client().retry_time(Duration::from_millis(100));
    let store = RedisTokenStore::new(&quick, "test");
    store.save(&server.token()).await.expect("stored");
    let coze = client(pkce(&server).credentials().with_store(store));
    server.clock.advance(900);
    let gate = server.hold(1);
    let calling = tokio::spawn({
        let coze = coze.clone();
        async move { call(&coze).await }
    });
    while server.token_requests().is_empty() {
        tokio::task::yield_now().await;
    }
    // The refresh token has been used.
    redis.kill();
    gate.notify_one();
    let new = calling.await.expect("no panic").expect("from memory");
    redis.restart();
    server.clock.advance(60);
    let stored = || async {
        let stored = redis.store().load().await.expect("readable").expect("a token");
        coze_api::ExposeSecret::expose_secret(stored.access_token()).to_owned()
    };
    while stored().await != new {
        assert_eq!(call(&coze).await.expect("from memory"), new);
    }
    assert_eq!(server.token_requests().len(), 1);
}
