//! Uploads: complete and retryable, from every kind of source.

use std::error::Error as _;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use coze_api::files::File;
use coze_api::{Client, Error, Progress, Upload};
use coze_tests::server::{Reply, Request, Server, TOKEN};
use serde_json::json;
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpListener;

fn file() -> Reply {
    Reply::data(&json!({"id": "7", "bytes": 3, "file_name": "a", "created_at": 1}))
}

async fn server() -> Server {
    Server::replies(vec![file()]).await
}

/// Returns content without repetition that is larger than any buffer.
fn content() -> Vec<u8> {
    (0..1_000_003_u32).flat_map(u32::to_le_bytes).collect()
}

fn temporary(content: &[u8]) -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("录音 1.wav");
    std::fs::write(&path, content).expect("a file");
    (directory, path)
}

/// Returns the header and the content of the only part of a form.
fn part(request: &Request) -> (String, &[u8]) {
    let boundary = request.header("content-type").strip_prefix("multipart/form-data; boundary=");
    let boundary = boundary.expect("a form");
    let begin = format!("--{boundary}\r\n");
    let rest = request.body.strip_prefix(begin.as_bytes()).expect("a first part");
    let rest = rest.strip_suffix(format!("\r\n--{boundary}--\r\n").as_bytes()).expect("an end");
    let split = rest.windows(4).position(|window| window == b"\r\n\r\n").expect("a header");
    (String::from_utf8(rest[..split].to_vec()).expect("UTF-8"), &rest[split + 4..])
}

fn header(file_name: &str, content_type: &str) -> String {
    format!(
        "Content-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\nContent-Type: {content_type}"
    )
}

#[tokio::test]
async fn every_source_sends_the_same_bytes() {
    let content = content();
    let (_directory, path) = temporary(&content);
    let known = content.len() as u64;
    let reader = || Upload::reader("录音 1.wav", io::Cursor::new(content.clone()));
    for (upload, announced) in [
        (Upload::path(&path), true),
        (Upload::from(&*path), true),
        (Upload::from(path.clone()), true),
        (Upload::bytes("录音 1.wav", content.clone()), true),
        (reader().length(known), true),
        (reader(), false),
    ] {
        let server = server().await;
        let File { id, .. } = server.once().files().upload(upload).await.expect("a file");
        assert_eq!(id, "7");
        let request = server.request();
        assert_eq!((&*request.method, &*request.target), ("POST", "/v1/files/upload"));
        let (head, body) = part(&request);
        assert_eq!(head, header("录音 1.wav", "audio/wav"));
        assert!(body == content, "{} of {known} bytes", body.len());
        let length = request.body.len().to_string();
        assert_eq!(
            (request.header("content-length"), request.header("transfer-encoding")),
            if announced { (&*length, "") } else { ("", "chunked") }
        );
    }
}

#[tokio::test]
async fn a_file_may_be_empty() {
    let (_directory, path) = temporary(b"");
    for upload in
        [Upload::path(&path), Upload::bytes("a", ""), Upload::reader("a", tokio::io::empty())]
    {
        let server = server().await;
        let reports = Arc::new(Mutex::new(Vec::new()));
        let log = reports.clone();
        let upload = upload.on_progress(move |progress| log.lock().expect("a log").push(progress));
        server.once().files().upload(upload).await.expect("a file");
        assert_eq!(part(&server.request()).1, b"");
        assert!(reports.lock().expect("a log").iter().all(|p: &Progress| p.sent == 0));
    }
}

#[tokio::test]
async fn file_names_are_sent_unchanged_and_cannot_inject_headers() {
    for (name, shown, kind) in [
        ("a\"b\".txt", "a\\\"b\\\".txt", "text/plain"),
        ("back\\slash.png", "back\\\\slash.png", "image/png"),
        ("说明书 (1).pdf", "说明书 (1).pdf", "application/pdf"),
        ("a\r\nX-Injected: 1\r\n\r\n.csv", "a__X-Injected: 1____.csv", "text/csv"),
        ("../../etc/passwd", "../../etc/passwd", "application/octet-stream"),
        ("tab\tnul\0del\u{7f}.json", "tab_nul_del_.json", "application/json"),
        ("", "", "application/octet-stream"),
    ] {
        let server = server().await;
        server.once().files().upload(Upload::bytes(name, "x")).await.expect(name);
        assert_eq!(part(&server.request()), (header(shown, kind), &b"x"[..]), "{name:?}");
    }
    let server = server().await;
    let upload = Upload::bytes("a.txt", "x").file_name("b.mp3").content_type("audio/x-own; q=1");
    server.once().files().upload(upload).await.expect("a file");
    assert_eq!(part(&server.request()).0, header("b.mp3", "audio/x-own; q=1"));
}

#[tokio::test]
async fn an_unreadable_file_is_named_and_not_sent() {
    let server = server().await;
    let coze = server.client_without_delay();
    let error = coze.files().upload(Path::new("/no/such/voice.mp3")).await.expect_err("no file");
    assert!(error.is_upload() && error.attempts() == 1, "{error:?}");
    assert_eq!(error.to_string(), "files.upload: cannot read file /no/such/voice.mp3");
    assert!(error.source().expect("a reason").to_string().contains("No such file"));

    let directory = tempfile::tempdir().expect("a directory");
    let error = coze.files().upload(directory.path()).await.expect_err("a directory");
    assert!(error.is_upload() && error.to_string().ends_with("it is a directory"), "{error}");

    for kind in ["nonsense", "text/plain\r\nX-Injected: 1", ""] {
        let error =
            coze.files().upload(Upload::bytes("a", "b").content_type(kind)).await.expect_err(kind);
        assert!(error.is_request() && !error.to_string().contains('\n'), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn progress_grows_to_the_file_size() {
    let content = content();
    let whole = content.len() as u64;
    let (_directory, path) = temporary(&content);
    for (upload, total) in [
        (Upload::path(path), Some(whole)),
        (Upload::bytes("a", content.clone()), Some(whole)),
        (Upload::reader("a", io::Cursor::new(content.clone())).length(whole), Some(whole)),
        (Upload::reader("a", io::Cursor::new(content.clone())), None),
    ] {
        let server = server().await;
        let reports = Arc::new(Mutex::new(Vec::new()));
        let log = reports.clone();
        let upload = upload.on_progress(move |progress| log.lock().expect("a log").push(progress));
        server.once().files().upload(upload).await.expect("a file");
        let reports = reports.lock().expect("a log");
        assert!(reports.len() > 4, "{reports:?}");
        assert!(reports.windows(2).all(|pair| pair[0].sent < pair[1].sent), "{reports:?}");
        assert!(reports.iter().all(|report| report.total == total), "{reports:?}");
        assert_eq!(reports.last().expect("a report").sent, whole);
    }
}

/// Sends a file to an idempotent operation.
async fn update(coze: &Client, upload: Upload) -> Result<(), Error> {
    coze.audio().voiceprint_groups().features().update("1", "2").file(upload).await.map(drop)
}

#[tokio::test]
async fn rereadable_sources_are_retried() {
    let content = content();
    let (_directory, path) = temporary(&content);
    for upload in [Upload::path(path), Upload::bytes("a", content.clone())] {
        let faults =
            vec![Reply::new(500, &[], ""), Reply::reset(), Reply::data(&json!({"id": "2"}))];
        let server = Server::replies(faults).await;
        let reports = Arc::new(Mutex::new(Vec::new()));
        let log = reports.clone();
        let upload =
            upload.on_progress(move |progress| log.lock().expect("a log").push(progress.sent));
        update(&server.client_without_delay(), upload).await.expect("the third attempt");
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        for request in &requests {
            assert!(part(request).1 == content, "another content");
        }
        // The progress starts over with every attempt.
        let reports = reports.lock().expect("a log");
        assert_eq!(reports.iter().filter(|sent| **sent == content.len() as u64).count(), 3);
    }
}

#[tokio::test]
async fn an_upload_that_may_have_arrived_is_not_retried() {
    for fault in [Reply::new(500, &[], ""), Reply::reset()] {
        let server = Server::replies(vec![fault, file()]).await;
        let error = server
            .client_without_delay()
            .files()
            .upload(Upload::bytes("a", "b"))
            .await
            .expect_err("a fault");
        assert_eq!((error.attempts(), server.requests().len()), (1, 1), "{error:?}");
    }
    // A refused upload is retried.
    let server =
        Server::replies(vec![Reply::code(4013, "slow"), Reply::new(429, &[], ""), file()]).await;
    server.client_without_delay().files().upload(Upload::bytes("a", "b")).await.expect("a file");
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_reader_is_read_once() {
    for fault in [Reply::new(500, &[], ""), Reply::new(429, &[], ""), Reply::reset()] {
        let server = Server::replies(vec![fault, file()]).await;
        let coze = server.client_without_delay();
        let upload = Upload::reader("voice.mp3", &b"content"[..]);
        let error = update(&coze, upload.clone()).await.expect_err("a fault");
        assert!(!error.is_upload() && error.attempts() == 1, "{error:?}");
        // A second call cannot read it either, because nothing is left.
        let error = update(&coze, upload).await.expect_err("the reader was consumed");
        assert!(error.is_upload(), "{error:?}");
        assert_eq!(
            error.to_string(),
            "audio.voiceprint_groups.features.update: the reader of voice.mp3 was sent already, and can be read once"
        );
        assert_eq!(part(&server.request()).1, b"content");
    }
}

#[tokio::test]
async fn a_failing_reader_aborts_the_upload() {
    struct Broken(usize);
    impl AsyncRead for Broken {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.0 == 0 {
                return Poll::Ready(Err(io::Error::other("the tape is torn")));
            }
            self.0 -= 1;
            buf.put_slice(b"content");
            Poll::Ready(Ok(()))
        }
    }
    let server = server().await;
    for upload in [Upload::reader("a", Broken(3)), Upload::reader("a", Broken(3)).length(100)] {
        let error = update(&server.client_without_delay(), upload).await.expect_err("torn");
        assert!(error.is_upload() && error.attempts() == 1, "{error:?}");
        assert_eq!(error.source().expect("a reason").to_string(), "the tape is torn");
    }
    for length in [6, 8] {
        let upload = Upload::reader("a", &b"content"[..]).length(length);
        let error =
            update(&server.client_without_delay(), upload).await.expect_err("another length");
        assert!(error.is_upload(), "{length}: {error:?}");
    }
    assert!(server.requests().is_empty(), "half a file looks complete: {:?}", server.requests());
}

#[tokio::test]
async fn a_dropped_upload_closes_its_connection() {
    let server = server().await;
    let (mut writer, reader) = tokio::io::duplex(64);
    let coze = server.once();
    let upload =
        tokio::spawn(async move { coze.files().upload(Upload::reader("a", reader)).await });
    // More than the pipe holds, so the upload has started when this returns.
    writer.write_all(&[0; 4096]).await.expect("a reader");
    upload.abort();
    assert!(!upload.await.expect_err("aborted").is_panic());
    server.closed().await;
    assert!(server.requests().is_empty());
    assert!(writer.write_all(&[0; 4096]).await.is_err(), "the reader was not dropped");
}

#[tokio::test]
async fn a_refusal_before_the_end_of_the_upload_is_reported() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut head = [0; 64];
        stream.read_exact(&mut head).await.expect("a request");
        let body = r#"{"code":4000,"msg":"too large"}"#;
        let length = body.len();
        let reply = format!("HTTP/1.1 413 No\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(reply.as_bytes()).await.expect("room for a reply");
        // The connection stays open, but is not read.
        stream
    };
    let coze = Client::builder()
        .token(TOKEN)
        .base_url(format!("http://{address}"))
        .build()
        .expect("a client");
    // More than the buffers of a connection hold.
    let upload = coze.files().upload(Upload::bytes("a", vec![0; 32 << 20])).send();
    let (_open, result) = tokio::join!(serve, upload);
    let error = result.expect_err("too large");
    assert_eq!(
        (error.code(), error.status().map(|status| status.as_u16()), error.attempts()),
        (Some(4000), Some(413), 1),
        "{error:?}"
    );
}
