//! An upload needs the memory of a few chunks, regardless of the size of the file.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread::JoinHandle;

use coze_api::Upload;
use tokio::io::AsyncReadExt as _;

use super::{KIB, MIB, alone, client, peak_of};

const SIZE: usize = 64 * MIB;
const LIMIT: usize = 8 * MIB;

/// The end of a form, and of a form that is sent in chunks.
const WHOLE: &[u8] = b"--\r\n";
const CHUNKED: &[u8] = b"--\r\n\r\n0\r\n\r\n";

/// Receives and discards one upload for each of `ends`. Returns their sizes.
fn sink(ends: &'static [&[u8]]) -> (SocketAddr, JoinHandle<Vec<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let thread = std::thread::spawn(move || {
        let mut buffer = vec![0; 256 * KIB];
        let receive = |end: &&[u8]| {
            let (mut stream, _) = listener.accept().expect("a connection");
            let (mut count, mut tail) = (0, Vec::new());
            while !tail.ends_with(end) {
                let read = stream.read(&mut buffer).expect("more");
                assert!(read > 0, "the upload is incomplete");
                count += read;
                tail.extend_from_slice(&buffer[..read]);
                tail.drain(..tail.len().saturating_sub(16));
            }
            let body = r#"{"code":0,"data":{"id":"7"}}"#;
            let head = format!("connection: close\r\ncontent-length: {}", body.len());
            write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}").expect("a reply");
            count
        };
        ends.iter().map(receive).collect()
    });
    (address, thread)
}

async fn upload() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("large.bin");
    File::create(&path).and_then(|file| file.set_len(SIZE as u64)).expect("a file");
    let reader = || tokio::io::repeat(0).take(SIZE as u64);
    let uploads = [
        Upload::path(&path),
        Upload::reader("a", reader()).length(SIZE as u64),
        Upload::reader("a", reader()),
    ];
    let (address, received) = sink(&[WHOLE, WHOLE, CHUNKED]);
    let coze = client(format!("http://{address}"));
    let ((), peak) = peak_of(async {
        for upload in uploads {
            assert_eq!(coze.files().upload(upload).await.expect("a file").id, "7");
        }
    })
    .await;
    assert!(peak < LIMIT, "{} KiB for {} KiB", peak / KIB, SIZE / KIB);
    // Otherwise the allocator would have counted nothing.
    assert!(peak > 256 * KIB, "{peak} bytes cannot hold a chunk");
    for count in received.join().expect("a thread") {
        assert!(count > SIZE, "{count} bytes came");
    }
}

#[test]
fn the_memory_of_an_upload_does_not_grow_with_the_file() {
    alone(upload());
}
