//! Saving a file needs the memory of a few chunks, regardless of its size.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};

use super::{KIB, MIB, alone, client, peak_of};

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
        let piece = vec![7; 256 * KIB];
        for _ in 0..SIZE / piece.len() {
            stream.write_all(&piece).expect("a reader");
        }
    });
    address
}

async fn download() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("long.wav");
    let coze = client(format!("http://{}", source()));
    let (saved, peak) = peak_of(async {
        let speech = coze.audio().speech().create("Hello", "4").await.expect("a file");
        speech.save(&path).await.expect("a saved file")
    })
    .await;
    assert_eq!(saved, SIZE as u64);
    assert_eq!(std::fs::metadata(&path).expect("a file").len(), SIZE as u64);
    assert!(peak < LIMIT, "{peak} bytes");
    // Otherwise the allocator would have counted nothing.
    assert!(peak > 8 * KIB, "{peak} bytes cannot hold a chunk");
}

#[test]
fn the_memory_of_a_saved_file_does_not_grow_with_it() {
    alone(download());
}
