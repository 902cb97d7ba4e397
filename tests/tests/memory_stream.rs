//! Reading a stream needs the memory of a few chunks, regardless of the number of events.
//!
//! This is a separate binary, because the allocator counts for all threads of the process.

#![allow(clippy::expect_used, reason = "helpers of tests may panic")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use coze_api::{ChatEvent, Client, Message};
use coze_tests::server::TOKEN;
use futures_util::TryStreamExt as _;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const EVENTS: usize = 200_000;
const LIMIT: usize = 1024 * 1024;
const DELTA: &str = "event:conversation.message.delta\ndata:{\"id\":\"7382159494123470858\",\
    \"conversation_id\":\"7381473525342978089\",\"role\":\"assistant\",\"type\":\"answer\",\
    \"content\":\"The weather\",\"content_type\":\"text\"}\n\n";

/// Answers one request with a stream without a length, which ends with the connection.
fn source() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).expect("a request") > 0);
        let head = "content-type: text/event-stream\r\nconnection: close";
        write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n").expect("a reply");
        let piece = DELTA.repeat(100);
        for _ in 0..EVENTS / 100 {
            stream.write_all(piece.as_bytes()).expect("a reader");
        }
        stream.write_all(b"event:done\ndata:[DONE]\n\n").expect("a reader");
    });
    address
}

#[tokio::test]
async fn the_memory_of_a_stream_does_not_grow_with_it() {
    let base = format!("http://{}", source());
    let coze = Client::builder().token(TOKEN).base_url(base).build().expect("a client");
    let chat = coze.chat().create("7", "me").message(Message::user("Tell me more."));
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let mut events = chat.stream().await.expect("a stream");
    let mut length = 0;
    while let Some(event) = events.try_next().await.expect("a whole stream") {
        if let ChatEvent::MessageDelta(message) = event {
            length += message.content.len();
        }
    }
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    assert_eq!(length, EVENTS * "The weather".len());
    assert!(peak < LIMIT, "{peak} bytes for {} bytes of events", EVENTS * DELTA.len());
    // Otherwise the allocator would have counted nothing.
    assert!(peak > 4 * 1024, "{peak} bytes cannot hold a chunk");
}
