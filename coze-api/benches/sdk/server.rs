//! A server with minimal overhead: its threads send the same reply to every request.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

/// Starts a server and returns its address. It runs until the process exits.
pub(crate) fn start(body: impl Into<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let body = body.into();
    let reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=utf-8\r\n\
         x-tt-logid: 20241210152726467C48D89D6DB2F3A2\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let reply: Arc<[u8]> = reply.into_bytes().into();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let reply = reply.clone();
            // The thread of a connection ends when the client disconnects.
            std::thread::spawn(move || serve(stream, &reply));
        }
    });
    format!("http://{address}")
}

fn serve(stream: TcpStream, reply: &[u8]) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::with_capacity(256 * 1024, stream);
    let mut line = String::new();
    loop {
        let mut length = 0;
        loop {
            line.clear();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            if line == "\r\n" {
                break;
            }
        }
        io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
        writer.write_all(reply)?;
    }
}
