//! Limits on the time of calls: timeouts of attempts, and deadlines of everything.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use coze_api::{AccessToken, BoxFuture, Client, Credentials, Result, Retry, TokenContext};
use coze_tests::server::{Reply, Server, Step};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::Instant;

const SHORT: Duration = Duration::from_millis(200);

/// A server that never answers.
async fn silent() -> Server {
    Server::replies(vec![Reply::default().then(Step::Wait(Arc::new(Notify::new())))]).await
}

/// Sends these bytes, then nothing.
fn stalling(kind: &str, text: &str) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: 9999\r\n\r\n");
    let steps = vec![
        Step::Send([head.as_bytes(), text.as_bytes()].concat()),
        Step::Wait(Arc::new(Notify::new())),
    ];
    Reply { steps }
}

/// The seconds until a call that is not answered fails.
async fn patience<T>(call: impl Future<Output = Result<T>>) -> u64 {
    let started = Instant::now();
    let error = call.await.map(drop).expect_err("silence");
    assert!(error.is_timeout(), "{error:?}");
    started.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn the_default_timeout_is_that_of_the_operation() {
    let server = silent().await;
    let once = || server.builder().retry(Retry::none());
    let coze = once().build().expect("a client");
    let run = |coze: &Client| coze.workflows().runs().create("7");
    assert_eq!(patience(run(&coze).into_future()).await, 600);
    assert_eq!(patience(coze.bots().retrieve("7").into_future()).await, 120);
    assert_eq!(patience(run(&coze).with_timeout(Duration::from_secs(9)).into_future()).await, 9);
    // A timeout that the user sets for all calls applies to all calls.
    let coze = once().timeout(Duration::from_secs(30)).build().expect("a client");
    assert_eq!(patience(run(&coze).into_future()).await, 30);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_covers_all_attempts() {
    let server = silent().await;
    let call = server.client().bots().retrieve("7");
    let call = call.with_timeout(Duration::from_secs(10)).with_deadline(Duration::from_secs(25));
    let started = Instant::now();
    let error = call.await.expect_err("silence");
    assert_eq!(started.elapsed().as_secs(), 25);
    assert!(error.is_timeout() && error.attempts() == 3, "{error:?}");
    assert_eq!(error.to_string(), "bots.retrieve: no end within 25s (3 attempts)");
    let last = error.source().expect("the last error").to_string();
    assert_eq!(last, "no complete answer within 10s");
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_not_begun() {
    let server = Server::replies(vec![Reply::new(429, &[("retry-after", "30")], "")]).await;
    let started = Instant::now();
    let call = server.client().bots().retrieve("7").with_deadline(Duration::from_secs(20));
    let error = call.await.expect_err("a refusal");
    assert!(error.is_rate_limited() && error.attempts() == 1, "{error:?}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert!(started.elapsed() < Duration::from_secs(5));
}

struct Never;

impl Credentials for Never {
    fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_deadline_covers_the_wait_for_a_token() {
    let server = silent().await;
    let coze = server.builder().credentials(Never).build().expect("a client");
    let error = coze.bots().retrieve("7").with_deadline(SHORT).await.expect_err("no token");
    assert!(error.is_timeout() && error.attempts() == 0, "{error:?}");
    let chat = coze.chat().create("1", "2").with_deadline(SHORT);
    assert!(chat.stream().await.expect_err("no token").is_timeout());
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_deadline_covers_the_whole_stream_and_file() {
    let event = "event:conversation.chat.created\ndata:{\"id\":\"1\"}\n\n";
    let server = Server::replies(vec![stalling("text/event-stream", event)]).await;
    let call = server.client().chat().create("1", "2").with_deadline(SHORT);
    let mut events = call.stream().await.expect("a stream");
    assert!(events.next().await.expect("an event").is_ok());
    let error = events.next().await.expect("an item").expect_err("the deadline");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.to_string(), "chat.create: no end within 200ms (HTTP 200)");

    let server = Server::replies(vec![stalling("audio/mpeg", "ID3")]).await;
    let call = server.client().audio().speech().create("a", "b").with_deadline(SHORT);
    let error = call.await.expect("a file").bytes().await.expect_err("the deadline");
    assert!(error.is_timeout() && error.to_string().contains("no end within 200ms"), "{error:?}");
}

#[tokio::test]
async fn a_deadline_covers_the_whole_poll() {
    let chat = json!({"id": "11", "conversation_id": "12", "status": "in_progress"});
    let server = Server::replies(vec![Reply::data(&chat)]).await;
    let call = server.client().chat().create("7", "me").with_deadline(SHORT * 10);
    let error = call.and_poll().with_interval(Duration::ZERO).await.expect_err("no end");
    assert!(error.is_timeout() && error.chat_id() == Some("11"), "{error:?}");
}
