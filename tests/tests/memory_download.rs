//! Saving a file needs the memory of a few chunks, regardless of its size.
//!
//! This is a separate binary, because the allocator counts for all threads of the process.

#![allow(clippy::expect_used, reason = "helpers of tests may panic")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use coze_api::Client;
use coze_tests::server::TOKEN;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const MIB: usize = 1024 * 1024;
const SIZE: usize = 64 * MIB;
const LIMIT: usize = 8 * MIB;

/// Answers one request with a file.
fn source() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).expect("a request") > 0);
        let head = format!("content-type: audio/wav\r\ncontent-length: {SIZE}");
        write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n").expect("a reply");
        let piece = vec![7; 256 * 1024];
        for _ in 0..SIZE / piece.len() {
            stream.write_all(&piece).expect("a reader");
        }
    });
    address
}

#[tokio::test]
async fn the_memory_of_a_saved_file_does_not_grow_with_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("long.wav");
    let base = format!("http://{}", source());
    let coze = Client::builder().token(TOKEN).base_url(base).build().expect("a client");
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let speech = coze.audio().speech().create("Hello", "4").await.expect("a file");
    let saved = speech.save(&path).await.expect("a saved file");
    let peak = ALLOCATOR.peak_usage().saturating_sub(before);
    assert_eq!(saved, SIZE as u64);
    assert_eq!(std::fs::metadata(&path).expect("a file").len(), SIZE as u64);
    assert!(peak < LIMIT, "{peak} bytes");
    // Otherwise the allocator would have counted nothing.
    assert!(peak > 8 * 1024, "{peak} bytes cannot hold a chunk");
}
