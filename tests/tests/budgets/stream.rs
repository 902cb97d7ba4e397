//! Reading a stream needs the memory of a few chunks, regardless of the number of events.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use coze_api::{ChatEvent, Message};
use futures_util::TryStreamExt as _;

use super::{KIB, MIB, alone, client, peak_of};

const EVENTS: usize = 200_000;
const LIMIT: usize = MIB;
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

async fn stream() {
    let coze = client(format!("http://{}", source()));
    let chat = coze.chat().create("7", "me").message(Message::user("Tell me more."));
    let (length, peak) = peak_of(async {
        let mut events = chat.stream().await.expect("a stream");
        let mut length = 0;
        while let Some(event) = events.try_next().await.expect("a whole stream") {
            if let ChatEvent::MessageDelta(message) = event {
                length += message.content.len();
            }
        }
        length
    })
    .await;
    assert_eq!(length, EVENTS * "The weather".len());
    assert!(peak < LIMIT, "{peak} bytes for {} bytes of events", EVENTS * DELTA.len());
    // Otherwise the allocator would have counted nothing.
    assert!(peak > 4 * KIB, "{peak} bytes cannot hold a chunk");
}

#[test]
fn the_memory_of_a_stream_does_not_grow_with_it() {
    alone(stream());
}
