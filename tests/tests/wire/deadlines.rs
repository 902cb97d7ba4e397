//! Limits on the time of calls: timeouts of attempts, and deadlines of everything.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use coze_api::{AccessToken, BoxFuture, Client, Credentials, Method, Result, Retry, TokenContext};
use coze_tests::patience::wait_for_kernel;
use coze_tests::server::{Reply, Server, Step, TOKEN};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
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
    assert_eq!(last, "no data from the server within 10s");
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

/// The time between two pieces of a slow server.
const PAUSE: Duration = Duration::from_secs(7);
/// The timeout of the calls to it.
const LIMIT: Duration = Duration::from_secs(10);

/// A server that sends a byte of `sent` every [`PAUSE`] after the head of its response, and then
/// nothing.
async fn dribbling(sent: &'static str, length: usize) -> std::io::Result<Client> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        read_head(&mut stream).await?;
        stream
            .write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").as_bytes())
            .await?;
        for byte in sent.bytes() {
            tokio::time::sleep(PAUSE).await;
            stream.write_all(&[byte]).await?;
        }
        std::future::pending::<std::io::Result<()>>().await
    });
    let client = Client::builder().token(TOKEN).base_url(base_url).timeout(LIMIT);
    Ok(client.retry(Retry::none()).build().expect("a client"))
}

/// Reads a request up to the end of its head, and returns the head in lower case and what follows.
async fn read_head(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut received = Vec::new();
    loop {
        stream.read_buf(&mut received).await?;
        if let Some(end) = received.windows(4).position(|end| end == b"\r\n\r\n") {
            let rest = received.split_off(end + 4);
            return Ok((String::from_utf8_lossy(&received).to_lowercase(), rest));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_that_arrive_extend_the_timeout() -> std::io::Result<()> {
    const BODY: &str = r#"{"code":0,"data":{"bot_id":"7"}}"#;
    wait_for_kernel();
    let started = Instant::now();
    let coze = dribbling(BODY, BODY.len()).await?;
    assert_eq!(coze.bots().retrieve("7").await.expect("a bot").bot_id, "7");
    assert_eq!(started.elapsed().as_secs(), 7 * BODY.len() as u64);

    // From the last byte on, the timeout applies.
    let started = Instant::now();
    let error = dribbling(&BODY[..5], 99).await?.bots().retrieve("7").await.expect_err("a stall");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.to_string(), "bots.retrieve: no data from the server within 10s");
    assert_eq!(started.elapsed().as_secs(), 5 * 7 + 10);

    // The total time has a limit of its own.
    let started = Instant::now();
    let call = dribbling(BODY, BODY.len()).await?.bots().retrieve("7");
    let error = call.with_deadline(Duration::from_secs(60)).await.expect_err("the deadline");
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(started.elapsed().as_secs(), 60);
    Ok(())
}

#[tokio::test]
async fn a_long_json_body_is_sent_whole_with_its_length() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    let text = "扣".repeat(1 << 20);
    let call = server.once().request(Method::POST, "/v1/documents").json(&json!({"text": text}));
    call.exchange().await.expect("a response");
    let sent = server.request();
    assert_eq!(sent.header("content-length"), sent.body.len().to_string());
    assert_eq!(sent.header("content-type"), "application/json");
    assert!(sent.json()["text"] == text);
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
