//! Event streams over HTTP/2.

use std::time::Duration;

use bytes::Bytes;
use coze_api::{ChatEvent, Client};
use futures_util::TryStreamExt as _;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);
const DELTA: &str = "event:conversation.message.delta\ndata:{\"content\":\"a\"}\n\n";

/// Starts a server that passes each stream to the test after its head, and a client of it.
async fn start() -> (Client, mpsc::Receiver<SendStream<Bytes>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (send, streams) = mpsc::channel(8);
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.expect("a connection");
        let mut connection = h2::server::handshake(socket).await.expect("HTTP/2");
        while let Some(Ok((_, respond))) = connection.accept().await {
            let _ = send.send(begin(respond)).await;
        }
    });
    let http = reqwest::Client::builder().http2_prior_knowledge().build().expect("a client");
    let coze = Client::builder()
        .token("pat_0123456789")
        .base_url(format!("http://{address}"))
        .http_client(http);
    (coze.build().expect("a client"), streams)
}

fn begin(mut respond: SendResponse<Bytes>) -> SendStream<Bytes> {
    let head = http::Response::builder()
        .header("content-type", "text/event-stream")
        .header("x-tt-logid", "log-header");
    respond.send_response(head.body(()).expect("a head"), false).expect("an open stream")
}

fn send(stream: &mut SendStream<Bytes>, text: &'static str, end: bool) {
    stream.send_data(Bytes::from_static(text.as_bytes()), end).expect("an open stream");
}

#[tokio::test]
async fn events_end_with_done_and_many_streams_share_a_connection() {
    let (coze, mut streams) = start().await;
    let one = coze.chat().create("1", "2").stream().await.expect("a stream");
    let two = coze.chat().create("1", "2").stream().await.expect("a stream");
    for _ in 0..2 {
        let mut stream = streams.recv().await.expect("a stream");
        send(&mut stream, DELTA, false);
        send(&mut stream, "event:done\nda", false);
        send(&mut stream, "ta:[DONE]\n\n", true);
    }
    for events in [one, two] {
        assert_eq!(events.log_id(), Some("log-header"));
        let events: Vec<_> =
            timeout(SOON, events.try_collect()).await.expect("in time").expect("complete");
        assert!(
            matches!(&events[..], [ChatEvent::MessageDelta(_), ChatEvent::Done(_)]),
            "{events:?}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_or_ends_early_is_an_error() {
    let (coze, mut streams) = start().await;
    for reset in [true, false] {
        let mut events = coze.chat().create("1", "2").stream().await.expect("a stream");
        let mut stream = streams.recv().await.expect("a stream");
        send(&mut stream, DELTA, !reset);
        assert!(timeout(SOON, events.next()).await.expect("in time").expect("an event").is_ok());
        if reset {
            stream.send_reset(Reason::INTERNAL_ERROR);
        }
        let error = timeout(SOON, events.next())
            .await
            .expect("in time")
            .expect("an item")
            .expect_err("cut");
        assert!(error.is_truncated(), "{error}");
        assert_eq!(error.log_id(), Some("log-header"));
    }
}

#[tokio::test]
async fn dropping_the_stream_cancels_it_at_once() {
    let (coze, mut streams) = start().await;
    let mut events = coze.chat().create("1", "2").stream().await.expect("a stream");
    let mut stream = streams.recv().await.expect("a stream");
    send(&mut stream, DELTA, false);
    assert!(events.next().await.expect("an event").is_ok());
    drop(events);
    let reset = std::future::poll_fn(|cx| stream.poll_reset(cx));
    let reason = timeout(Duration::from_secs(1), reset).await.expect("at once").expect("a reset");
    assert_eq!(reason, Reason::CANCEL);
}
