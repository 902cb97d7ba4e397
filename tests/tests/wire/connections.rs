//! Connections that fail, die or cannot be made.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use coze_api::{Client, Error, Retry};
use coze_tests::server::{Reply, Server, Step, TOKEN};
use futures_util::FutureExt as _;
use serde_json::json;
use tokio::net::TcpListener;

use crate::tls::{acceptor, run_trusting};

const USER: &str = r#"{"code":0,"data":{"user_id":"42"}}"#;

/// A server of HTTP/2 over TLS, whose first connection dies after its first response: it stays
/// open, and nothing comes any more.
async fn dying() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let acceptor = acceptor(&[b"h2"]);
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = connections.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            let is_first = counter.fetch_add(1, Ordering::SeqCst) == 0;
            tokio::spawn(async move {
                // A client that does not trust the certificate breaks off.
                let Ok(stream) = acceptor.accept(socket).await else { return };
                let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let is_stream = request.uri().path() == "/v3/chat";
                    let kind = if is_stream { "text/event-stream" } else { "application/json" };
                    let head = http::Response::builder().header("content-type", kind).body(());
                    let mut body =
                        respond.send_response(head.expect("a head"), false).expect("a stream");
                    if is_stream {
                        let event = "event:conversation.chat.created\ndata:{\"id\":\"1\"}\n\n";
                        body.send_data(Bytes::from(event), false).expect("a stream");
                    } else {
                        body.send_data(Bytes::from(USER), true).expect("a stream");
                    }
                    if is_first {
                        // Long enough to write what is above.
                        let close = std::future::poll_fn(|cx| connection.poll_closed(cx));
                        let _ = tokio::time::timeout(Duration::from_millis(100), close).await;
                        std::future::pending::<()>().await;
                    }
                }
            });
        }
    });
    (url, connections)
}

fn client(url: &str) -> Client {
    let retry = Retry::default().base_delay(Duration::ZERO);
    Client::builder().token(TOKEN).base_url(url).retry(retry).build().expect("a client")
}

#[test]
fn a_dead_http2_connection_is_left_after_one_timeout() {
    run_trusting("connections::leaves_a_dead_connection");
}

#[tokio::test]
#[ignore = "needs a process that trusts the certificate"]
async fn leaves_a_dead_connection() {
    let (url, connections) = dying().await;
    let coze = client(&url);
    let first = coze.users().me().with_response().await;
    assert_eq!(first.expect("the first").attempts(), 1);
    // Much longer than a call takes, also on a busy machine.
    let call = || coze.users().me().with_timeout(Duration::from_secs(4)).with_response();
    // One attempt is lost on the dead connection, and none after it.
    let attempts = [call().await, call().await, call().await];
    let attempts = attempts.map(|response| response.expect("a fresh connection").attempts());
    assert_eq!((attempts, connections.load(Ordering::SeqCst)), ([2, 1, 1], 2));
}

#[test]
fn a_dead_http2_connection_ends_its_streams() {
    run_trusting("connections::ends_streams_of_a_dead_connection");
}

#[tokio::test]
#[ignore = "needs a process that trusts the certificate"]
async fn ends_streams_of_a_dead_connection() {
    let (url, _) = dying().await;
    let mut events = client(&url).chat().create("1", "2").stream().await.expect("a stream");
    assert!(events.next().await.expect("an event").is_ok());
    // From here on, the only work is to wait.
    tokio::time::pause();
    let before = tokio::time::Instant::now();
    let error = events.next().await.expect("an item").expect_err("a dead connection");
    assert!(error.is_truncated(), "{error:?}");
    // A ping after 20 seconds, and 10 seconds for its answer: much less than the idle timeout.
    let seconds = before.elapsed().as_secs();
    assert!((20..=60).contains(&seconds), "after {seconds} s: {error:?}");
}

#[tokio::test]
async fn an_unknown_certificate_is_named_and_not_tried_again() {
    let (url, connections) = dying().await;
    let error = client(&url).users().me().await.expect_err("not trusted");
    assert!(error.is_connect(), "{error:?}");
    let host = url.trim_start_matches("https://");
    let expected = format!("users.me: cannot connect to {host}: the TLS certificate of the server");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!((error.attempts(), connections.load(Ordering::SeqCst)), (1, 1), "{error}");
}

#[tokio::test]
async fn a_proxy_that_asks_for_a_password_is_named_and_not_asked_again() {
    let proxy = Server::replies(vec![Reply::new(407, &[], "")]).await;
    let http = reqwest::Client::builder().proxy(reqwest::Proxy::all(proxy.base_url()).unwrap());
    let http = http.build().expect("a client");
    let builder = Client::builder().token(TOKEN).http_client(http);
    let error = builder.build().expect("a client").users().me().await.expect_err("refused");
    assert!(error.is_connect() && error.to_string().contains("HTTP 407"), "{error:?}");
    assert!(error.to_string().contains("cannot connect to api.coze.cn: the proxy"), "{error}");
    assert_eq!((error.attempts(), proxy.lines()), (1, vec!["CONNECT api.coze.cn:443".to_owned()]));
}

#[tokio::test]
async fn an_unknown_host_is_named() {
    let builder = Client::builder().token(TOKEN).base_url("http://coze.invalid");
    let retry = Retry::default().base_delay(Duration::ZERO);
    let error =
        builder.retry(retry).build().expect("a client").users().me().await.expect_err("no host");
    let shown = error.to_string();
    assert!(error.is_connect() && shown.contains("cannot connect to coze.invalid: "), "{shown}");
    // Without a name server, the system cannot know that there is no such host.
    let expected = if shown.contains("unknown host") { 1 } else { 3 };
    assert_eq!(error.attempts(), expected, "{shown}");
}

#[tokio::test]
async fn an_outage_does_not_multiply_the_load() {
    let server = Server::replies(vec![Reply::new(503, &[], "")]).await;
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = server.builder().retry(retry).retry_budget(5).build().expect("a client");
    for _ in 0..20 {
        coze.users().me().await.expect_err("an outage");
    }
    assert_eq!(server.requests().len(), 20 + 5);
    // A clone and other calls share the budget.
    assert_eq!(coze.clone().bots().retrieve("7").await.expect_err("an outage").attempts(), 1);
}

#[tokio::test]
async fn retries_are_allowed_again_once_calls_succeed() {
    let fails = Arc::new(AtomicUsize::new(3));
    let left = fails.clone();
    let server = Server::start(move |_| {
        let take = |left: usize| left.checked_sub(1);
        match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take) {
            Ok(_) => Reply::new(503, &[], ""),
            Err(_) => Reply::data(&json!({"user_id": "42"})),
        }
    })
    .await;
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = server.builder().retry(retry).retry_budget(2).build().expect("a client");
    coze.users().me().await.expect_err("three attempts");
    for _ in 0..5 {
        coze.users().me().await.expect("no outage");
    }
    fails.store(1, Ordering::SeqCst);
    assert_eq!(coze.users().me().with_response().await.expect("a retry").attempts(), 2);
}

/// Calls of every kind.
async fn calls(coze: Client) -> Vec<Error> {
    vec![
        coze.bots().retrieve("7").await.expect_err("no runtime"),
        coze.chat().create("1", "2").stream().await.map(drop).expect_err("no runtime"),
        coze.chat().create("1", "2").and_poll().await.map(drop).expect_err("no runtime"),
        coze.users().me().with_deadline(Duration::from_secs(9)).await.expect_err("no runtime"),
        coze.audio().speech().create("a", "b").await.map(drop).expect_err("no runtime"),
        coze.files()
            .upload(coze_api::Upload::path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")))
            .await
            .expect_err("no runtime"),
        coze.realtime().chat("7").connect().await.map(drop).expect_err("no runtime"),
    ]
}

#[tokio::test]
async fn calls_without_a_runtime_are_errors() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    let coze = server.client();
    let outside = std::thread::spawn(move || calls(coze).now_or_never().expect("at once"));
    let errors = outside.join().expect("no panic");
    for error in errors {
        assert!(error.to_string().contains("Tokio runtime"), "{error}");
        assert_eq!(error.attempts(), 0, "{error:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_runtime_without_drivers_is_an_error() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    for with_timer in [false, true] {
        let coze = server.client();
        let in_other = std::thread::spawn(move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            if with_timer {
                builder.enable_time();
            }
            builder.build().expect("a runtime").block_on(calls(coze))
        });
        for error in in_other.join().expect("no panic") {
            assert!(error.to_string().contains("call `enable_all()`"), "{error}");
        }
    }
}

#[tokio::test]
async fn a_stream_without_a_runtime_ends_with_an_error() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let never = Arc::new(tokio::sync::Notify::new());
    let reply = Reply::default().then(Step::Send(head.into())).then(Step::Wait(never));
    let server = Server::replies(vec![reply]).await;
    let call = server.client().chat().create("1", "2");
    let stream = call.stream().await;
    let Ok(mut events) = stream else { panic!("{stream:?}") };
    let outside = std::thread::spawn(move || events.next().now_or_never());
    let error = outside.join().expect("no panic").expect("at once").expect("an item");
    assert!(error.expect_err("no runtime").to_string().contains("no Tokio runtime"));
}

#[test]
fn a_client_outlives_the_runtime_of_its_connections() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime")
    };
    let servers = runtime();
    let server = servers.block_on(Server::replies(vec![Reply::data(&json!({"user_id": "42"}))]));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let coze = server.client();
    let running = std::thread::spawn(move || servers.block_on(stopped));
    for _ in 0..3 {
        runtime().block_on(async { coze.users().me().await }).expect("a fresh connection");
    }
    drop(stop);
    let _ = running.join().expect("no panic");
    assert_eq!(server.requests().len(), 3);
}
