//! Scripted replies that stream events.

use std::path::Path;

use crate::server::{Reply, Step};

const HEAD: &str = "HTTP/1.1 200 OK\r\n\
    content-type: text/event-stream; charset=utf-8\r\n\
    x-tt-logid: log-header\r\n\
    transfer-encoding: chunked\r\n\r\n";

/// Returns a sample of the documentation.
pub fn sample(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/streams");
    std::fs::read_to_string(Path::new(folder).join(name)).expect("a sample")
}

/// Returns the beginning of a stream: the head, then each piece separately. More steps can be
/// added.
pub fn begun<P: AsRef<[u8]>>(pieces: impl IntoIterator<Item = P>) -> Reply {
    let head = Step::Send(HEAD.as_bytes().to_vec());
    let pieces = pieces.into_iter().map(|piece| chunk(piece.as_ref()));
    Reply { steps: [head].into_iter().chain(pieces).collect() }
}

/// Returns a complete stream.
pub fn whole(text: impl AsRef<[u8]>) -> Reply {
    begun([text]).then(end())
}

/// Returns another chunk of a stream.
pub fn chunk(bytes: &[u8]) -> Step {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    Step::Send(chunk)
}

/// Returns the end of a stream, after which the connection can be reused.
pub fn end() -> Step {
    Step::Send(b"0\r\n\r\n".to_vec())
}
