//! The lease of a renewal: it is extended while its holder lives, expires otherwise, and a holder
//! that was overtaken does no harm.

use std::time::{Duration, Instant};

use coze_api::auth::TokenStore as _;

use super::server::RedisServer;
use super::store::{KEY, LEASE, token};

#[tokio::test]
async fn a_lease_is_extended_while_it_is_held_and_released_at_once() {
    let redis = RedisServer::start();
    let (one, two) = (redis.store().lease(Duration::from_millis(600)), redis.store());
    let lock = one.lock().await.expect("locked");
    tokio::time::timeout(Duration::from_millis(1800), two.lock()).await.expect_err("extended");
    let begin = Instant::now();
    drop(lock);
    drop(two.lock().await.expect("locked"));
    assert!(begin.elapsed() < Duration::from_millis(600), "{:?}", begin.elapsed());
    while redis.command(&["EXISTS", LEASE]) != "0" {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_lease_of_a_process_that_ended_expires() {
    let redis = RedisServer::start();
    let short = Duration::from_millis(500);
    let (one, two) = (redis.store().lease(short), redis.store());
    // With this runtime, all tasks of the holder end, as with its process.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let lock = runtime.spawn(async move { one.lock().await }).await.expect("a task");
    let begin = Instant::now();
    runtime.shutdown_background();
    drop(lock.expect("locked"));
    drop(two.lock().await.expect("expired"));
    let waited = begin.elapsed();
    assert!(waited > short / 2 && waited < short * 10, "{waited:?}");
}

#[tokio::test]
async fn a_holder_that_was_overtaken_neither_uses_nor_stores_a_token() {
    let redis = RedisServer::start();
    let (stale, other) = (redis.store(), redis.store());
    let (a, b, c) = (token("a"), token("b"), token("c"));
    stale.save(&a).await.expect("stored");
    let lock = stale.lock().await.expect("locked");
    // The lease expires while the holder does not run.
    assert_eq!(redis.command(&["DEL", LEASE]), "1");
    let overtaking = other.lock().await.expect("locked");
    let error = stale.prepare().await.expect_err("overtaken");
    assert!(error.is_credentials() && error.to_string().contains("has expired"), "{error}");
    // The holder after it stores another token, and then the expected one again.
    assert!(other.compare_and_swap(Some(&a), &b).await.expect("stored"));
    assert!(!stale.compare_and_swap(Some(&a), &c).await.expect("refused by the token"));
    assert!(other.compare_and_swap(Some(&b), &a).await.expect("stored"));
    assert!(!stale.compare_and_swap(Some(&a), &c).await.expect("refused by the fence"));
    assert_eq!(stale.load().await.expect("readable"), Some(a.clone()));
    // The lease of the other is not released by the end of this one.
    drop(lock);
    drop(stale.lock());
    tokio::time::timeout(Duration::from_millis(300), stale.lock()).await.expect_err("locked");
    drop(overtaking);
    let _lock = stale.lock().await.expect("locked");
    assert!(stale.compare_and_swap(Some(&a), &c).await.expect("stored"));
}

#[tokio::test]
async fn a_lease_that_nobody_took_is_taken_again() {
    let redis = RedisServer::start();
    let store = redis.store();
    store.save(&token("a")).await.expect("stored");
    let lock = store.lock().await.expect("locked");
    assert_eq!(redis.command(&["DEL", LEASE]), "1");
    store.prepare().await.expect("still the last holder");
    let waiting = redis.store();
    tokio::time::timeout(Duration::from_millis(200), waiting.lock()).await.expect_err("locked");
    assert!(store.compare_and_swap(Some(&token("a")), &token("b")).await.expect("stored"));
    drop(lock);
    drop(waiting.lock().await.expect("locked"));
}

#[tokio::test]
async fn fences_grow_and_survive_a_restart() {
    let mut redis = RedisServer::start();
    let store = redis.store();
    store.save(&token("a")).await.expect("stored");
    let mut fences = Vec::new();
    for round in 0..6 {
        let lock = store.lock().await.expect("locked");
        fences.push(redis.command(&["HGET", KEY, "fence"]).parse::<u64>().expect("a number"));
        drop(lock);
        if round % 2 == 0 {
            redis.restart();
        }
    }
    assert!(fences.is_sorted_by(|one, other| one < other), "{fences:?}");
}
