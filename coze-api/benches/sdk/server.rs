//! A server with minimal overhead: its threads send prepared replies, one for each page.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Starts a server and returns its address. It runs until the process exits. A request with
/// `page_num` is answered with the body of that page, any other with the first body.
pub(crate) fn start(bodies: &[String]) -> String {
    serve_all(bodies.iter().map(|body| reply(body)).collect())
}

/// Starts a server that answers every request with a stream of these chunks.
pub(crate) fn start_stream(chunks: &[&[u8]]) -> String {
    let mut reply = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                      transfer-encoding: chunked\r\n\r\n"
        .to_vec();
    for chunk in chunks.iter().chain([&&b""[..]]) {
        let _ = write!(reply, "{:x}\r\n", chunk.len());
        reply.extend_from_slice(chunk);
        reply.extend_from_slice(b"\r\n");
    }
    serve_all([reply].into())
}

fn serve_all(replies: Arc<[Vec<u8>]>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let replies = replies.clone();
            // The thread of a connection ends when the client disconnects.
            std::thread::spawn(move || serve(stream, &replies));
        }
    });
    format!("http://{address}")
}

fn reply(body: &str) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n\
                x-tt-logid: 20241210152726467C48D89D6DB2F3A2\r\n";
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn serve(stream: TcpStream, replies: &[Vec<u8>]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::with_capacity(256 * 1024, stream);
    let mut line = String::new();
    loop {
        let mut length = 0;
        let mut page = 1;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            if let Some((_, number)) = line.split_once("page_num=") {
                let digits = number.split(|letter: char| !letter.is_ascii_digit()).next();
                page = digits.unwrap_or_default().parse().unwrap_or(1);
            }
            if line == "\r\n" {
                break;
            }
        }
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        writer.write_all(&replies[page - 1])?;
    }
}
