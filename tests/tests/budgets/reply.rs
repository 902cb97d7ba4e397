//! Replies, errors and events need memory in proportion to what they keep, and what has a limit
//! needs no more than that.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use coze_api::{Client, Message, Method, Retry};
use coze_tests::server::TOKEN;

use super::{ALLOCATOR, KIB, MIB, alone, peak_of};

/// The memory of a connection, its buffers and its request.
const OVERHEAD: usize = 512 * KIB;

/// Answers one request with this head, and then with `piece` so many times, which may be more than
/// the client reads.
fn source(head: &str, piece: Vec<u8>, count: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let head = format!("HTTP/1.1 {head}\r\nconnection: close\r\n\r\n");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).expect("a request") > 0);
        stream.write_all(head.as_bytes()).expect("a reader");
        for _ in 0..count {
            if stream.write_all(&piece).is_err() {
                break;
            }
        }
    });
    address
}

fn client(address: SocketAddr) -> Client {
    let builder = Client::builder().token(TOKEN).base_url(format!("http://{address}"));
    builder.retry(Retry::none()).build().expect("a client")
}

/// A list of messages of about a mebibyte.
fn messages() -> Vec<u8> {
    let mut body = r#"{"code":0,"msg":"","data":["#.to_owned();
    for number in 0..4_000 {
        let comma = if number == 0 { "" } else { "," };
        let content = "The weather is fine. ".repeat(8);
        write!(
            body,
            r#"{comma}{{"id":"73821594941234{number:05}","role":"user","content":"{content}"}}"#
        )
        .expect("memory");
    }
    body.push_str("]}");
    body.into_bytes()
}

async fn reply() {
    let body = messages();
    let length = body.len();
    for head in [format!("200 OK\r\ncontent-length: {length}"), "200 OK".to_owned()] {
        let coze = client(source(&head, body.clone(), 1));
        let call = coze.chat().messages().list("1", "2");
        let (messages, peak) = peak_of(call.into_future()).await;
        assert_eq!(messages.expect("messages").len(), 4_000);
        // The body, the texts that are copied from it, and the structs around them.
        assert!(peak < 3 * length + OVERHEAD, "{peak} bytes for {length}, {head}");
        assert!(peak > length, "{peak} bytes cannot hold {length}");

        let coze = client(source(&head, body.clone(), 1));
        let (response, peak) = peak_of(coze.request(Method::GET, "/v1/x").exchange()).await;
        assert_eq!(response.expect("a response").body().len(), length);
        // A body of an unknown length is copied while it grows.
        assert!(peak < 2 * length + OVERHEAD, "{peak} bytes for {length}, {head}");
    }
}

#[test]
fn a_reply_needs_a_few_times_its_length() {
    alone(reply());
}

async fn endless_reply() {
    for head in ["200 OK", "500 Error"] {
        let coze = client(source(head, vec![b' '; 64 * KIB], 1024));
        let call = coze.request(Method::GET, "/v1/x").with_body_limit(MIB);
        let (response, peak) = peak_of(call.exchange()).await;
        let error = response.expect_err("it is too long");
        assert!(error.is_decode() && error.to_string().contains("1048576 bytes"), "{error}");
        assert!(peak < 4 * MIB, "{peak} bytes for 64 MiB, {head}");
    }
}

#[test]
fn a_reply_without_an_end_needs_little_more_than_its_limit() {
    alone(endless_reply());
}

async fn error() {
    let page = [b"<html>", "x".repeat(MIB).as_bytes()].concat();
    let json = [br#"{"code":4000,"msg":""#, "x".repeat(MIB).as_bytes(), b"\"}"].concat();
    for (status, kind, body) in [(502, "text/html", page), (200, "application/json", json)] {
        let length = body.len();
        let head = format!("{status} S\r\ncontent-type: {kind}\r\ncontent-length: {length}");
        for is_file in [false, true] {
            let coze = client(source(&head, body.clone(), 1));
            let speech = coze.audio().speech().create("Hello", "4");
            let before = ALLOCATOR.current_usage();
            let (error, peak) = peak_of(async {
                if !is_file {
                    return coze.users().me().await.expect_err("an error");
                }
                match speech.await {
                    Err(error) => error,
                    // The code of a long error is known when its end has arrived.
                    Ok(mut file) => loop {
                        let piece = file.next().await.expect("an error");
                        if let Err(error) = piece {
                            break error;
                        }
                    },
                }
            })
            .await;
            let kept = ALLOCATOR.current_usage().saturating_sub(before);
            // The text of a message is read whole, as it may be repaired.
            assert!(peak < 5 * MIB, "{peak} bytes for {length}, {head}");
            // The beginning of the body and of the message.
            assert!(kept < 256 * KIB, "{kept} bytes are kept of {length}, {head}");
            assert!(error.body().is_some_and(|body| body.len() <= 64 * KIB), "{error}");
            assert!(format!("{error}{error:?}").len() < 4 * KIB, "{error}");
        }
    }
}

#[test]
fn an_error_keeps_its_beginning() {
    alone(error());
}

async fn endless_event() {
    let head = "200 OK\r\ncontent-type: text/event-stream";
    let coze = client(source(head, b"data: x".repeat(64 * KIB), 1024));
    let chat = coze.chat().create("7", "me").message(Message::user("Hello"));
    let (error, peak) = peak_of(async {
        let mut events = chat.stream().await.expect("a stream").with_event_limit(MIB);
        events.next().await.expect("an end").expect_err("too long")
    })
    .await;
    assert!(error.to_string().contains("longer than 1048576 bytes"), "{error}");
    assert!(peak < 4 * MIB, "{peak} bytes for an event of 448 MiB");
}

#[test]
fn an_event_without_an_end_needs_little_more_than_its_limit() {
    alone(endless_event());
}

/// Bodies that are a thousandth of their length while they are sent.
#[cfg(feature = "gzip")]
mod gzip {
    use super::*;

    fn gzip(byte: u8, length: usize) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for _ in 0..length / (64 * KIB) {
            gzip.write_all(&vec![byte; 64 * KIB]).expect("memory");
        }
        gzip.finish().expect("memory")
    }

    async fn bombs() {
        let body = gzip(b' ', 16 * MIB);
        assert!(body.len() < 256 * KIB, "{} bytes", body.len());
        let length = body.len();
        let head = format!("200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {length}");
        let coze = client(source(&head, body.clone(), 1));
        let call = coze.request(Method::GET, "/v1/x").with_body_limit(MIB);
        let (response, peak) = peak_of(call.exchange()).await;
        let error = response.expect_err("it is too long");
        assert!(error.is_decode() && error.to_string().contains("1048576 bytes"), "{error}");
        assert!(peak < 4 * MIB, "{peak} bytes for a body of 16 MiB");

        let head = format!("{head}\r\ncontent-type: text/event-stream");
        let coze = client(source(&head, gzip(b'x', 16 * MIB), 1));
        let chat = coze.chat().create("7", "me").message(Message::user("Hello"));
        let (error, peak) = peak_of(async {
            let mut events = chat.stream().await.expect("a stream").with_event_limit(MIB);
            events.next().await.expect("an end").expect_err("too long")
        })
        .await;
        assert!(error.to_string().contains("longer than 1048576 bytes"), "{error}");
        assert!(peak < 4 * MIB, "{peak} bytes for an event of 16 MiB");
    }

    #[test]
    fn a_compressed_body_needs_little_more_than_its_limit() {
        alone(bombs());
    }
}
