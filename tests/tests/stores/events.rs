//! Callbacks that several servers recognize.

use std::sync::Arc;
use std::time::Duration;

use coze_api::webhook::SeenEvents;
use coze_api_redis::RedisDeduplicator;
use tokio::task::JoinSet;

use super::server::RedisServer;

#[tokio::test]
async fn an_event_is_new_once_for_all_servers() {
    let mut redis = RedisServer::start();
    let open = || RedisDeduplicator::new(&redis.client());
    let (one, two): (Arc<dyn SeenEvents>, _) = (Arc::new(open()), open());
    assert!(one.insert_event("a").await.expect("new"));
    assert!(!two.insert_event("a").await.expect("seen"));
    assert!(two.insert_event("b").await.expect("new"));
    assert!(two.forget_event("a").await.expect("forgotten"));
    assert!(!one.forget_event("a").await.expect("forgotten before"));
    assert!(one.insert_event("a").await.expect("new again"));
    // An empty ID identifies no event.
    assert!(one.insert_event("").await.expect("new") && one.insert_event("").await.expect("new"));
    let other = open().prefix("other:");
    assert!(other.insert_event("a").await.expect("new"));
    redis.restart();
    assert!(!one.insert_event("b").await.expect("seen"));
}

#[tokio::test]
async fn exactly_one_of_many_callers_inserts_an_event() {
    let redis = RedisServer::start();
    let mut callers = JoinSet::new();
    let servers: Vec<_> =
        (0..4).map(|_| Arc::new(RedisDeduplicator::new(&redis.client()))).collect();
    for caller in 0..400 {
        let server = servers[caller % 4].clone();
        callers.spawn(async move { server.insert_event(&format!("event {}", caller % 20)).await });
    }
    let results = callers.join_all().await;
    let new = results.into_iter().filter(|result| *result.as_ref().expect("answered")).count();
    assert_eq!(new, 20);
}

#[tokio::test]
async fn an_event_is_forgotten_after_its_time() {
    let redis = RedisServer::start();
    let seen = RedisDeduplicator::new(&redis.client()).ttl(Duration::from_secs(60));
    assert!(seen.insert_event("a").await.expect("new"));
    let left: u64 = redis.command(&["PTTL", "coze:event:a"]).parse().expect("a number");
    assert!((50_000..=60_000).contains(&left), "{left}");
    // A repeated delivery does not extend the time.
    redis.command(&["PEXPIRE", "coze:event:a", "30000"]);
    assert!(!seen.insert_event("a").await.expect("seen"));
    let left: u64 = redis.command(&["PTTL", "coze:event:a"]).parse().expect("a number");
    assert!(left <= 30_000, "{left}");
    let short = RedisDeduplicator::new(&redis.client()).ttl(Duration::from_millis(50));
    assert!(short.insert_event("b").await.expect("new"));
    while !short.insert_event("b").await.expect("answered") {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_an_error() {
    let mut redis = RedisServer::start();
    let seen = RedisDeduplicator::new(&redis.client().retry_time(Duration::from_millis(100)));
    redis.kill();
    let error = seen.insert_event("a").await.expect_err("down");
    assert!(error.to_string().contains("cannot remember an event in Redis at"), "{error}");
}
