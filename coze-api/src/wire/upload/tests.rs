use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::testing::sample::Bots;
use crate::testing::{Act, Server};

const OK: &str = r#"{"code":0,"data":{"id":"7"}}"#;

/// A file that goes away with the test.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("coze-api-{}-{name}", std::process::id()));
        std::fs::write(&path, content).expect("a writable directory");
        Self(path)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn a_file_travels_whole_and_can_be_repeated() -> Result<()> {
    let content: Vec<u8> = (0..1_000_003_u32).map(|i| (i % 251) as u8).collect();
    let file = TempFile::new("whole.png", &content);
    for upload in [Upload::from(&*file.0), Upload::bytes("whole.png", content.clone())] {
        let busy = Act::status(429, "text/plain", "busy");
        let server = Server::play([busy, Act::json(OK)]).await;
        let sent = Arc::new(AtomicU64::new(0));
        let last = sent.clone();
        let upload = upload.file_name("a.png").on_progress(move |progress| {
            assert_eq!(progress.total, Some(1_000_003));
            last.store(progress.sent, Ordering::Relaxed);
        });
        assert_eq!(Bots(server.client()).upload(upload).await?.id, "7");
        assert_eq!(sent.load(Ordering::Relaxed), 1_000_003);
        let seen = server.seen();
        assert_eq!(seen.len(), 2);
        for seen in seen {
            assert_eq!(seen.header("content-length"), Some(&*seen.body.len().to_string()));
            let kind = seen.header("content-type").expect("a type");
            let boundary = kind.strip_prefix("multipart/form-data; boundary=").expect("a form");
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\
                 Content-Type: image/png\r\n\r\n"
            );
            let rest = seen.body.strip_prefix(head.as_bytes()).expect("the head of the file");
            assert_eq!(&rest[..content.len()], content);
            let tail = format!(
                "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ntest\r\n--{boundary}--\r\n"
            );
            assert_eq!(String::from_utf8_lossy(&rest[content.len()..]), tail);
        }
    }
    Ok(())
}

#[tokio::test]
async fn names_survive_the_wire() -> Result<()> {
    let server = Server::play([Act::json(OK)]).await;
    let bots = Bots(server.client());
    bots.upload(Upload::bytes("扣 \"子\".txt", "x").content_type("text/markdown")).await?;
    bots.upload(Upload::bytes("a\r\nX-Evil: 1.bin", "x")).await?;
    let seen = server.seen();
    assert!(
        seen[0]
            .text()
            .contains("filename=\"扣 \\\"子\\\".txt\"\r\nContent-Type: text/markdown\r\n")
    );
    assert!(
        seen[1].text().contains(
            "filename=\"a__X-Evil: 1.bin\"\r\nContent-Type: application/octet-stream\r\n"
        )
    );
    Ok(())
}

#[tokio::test]
async fn a_reader_is_sent_with_or_without_length() -> Result<()> {
    let server = Server::play([Act::json(OK)]).await;
    let bots = Bots(server.client());
    bots.upload(Upload::reader("a.txt", &b"content"[..])).await?;
    bots.upload(Upload::reader("a.txt", &b"content"[..]).length(7)).await?;
    let seen = server.seen();
    assert_eq!(seen[0].header("transfer-encoding"), Some("chunked"));
    assert_eq!(seen[1].header("transfer-encoding"), None);
    for seen in seen {
        assert!(seen.text().contains("\r\n\r\ncontent\r\n"), "{}", seen.text());
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_read_is_named() {
    let server = Server::play([Act::json(OK)]).await;
    let bots = Bots(server.client());
    let error = bots.upload(Path::new("/no/such/file.wav")).await.expect_err("missing");
    assert!(error.is_upload() && error.attempts() == 1, "{error:?}");
    assert_eq!(error.to_string(), "files.upload: cannot read file /no/such/file.wav");
    assert!(std::error::Error::source(&error).is_some());
    let error = bots.upload(std::env::temp_dir()).await.expect_err("a directory");
    assert!(error.is_upload() && error.to_string().contains("directory"), "{error}");
    let upload = Upload::bytes("a", "b").content_type("nonsense");
    let error = bots.upload(upload).await.expect_err("no media type");
    assert!(error.is_request() && error.to_string().contains("nonsense"), "{error}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn an_announced_length_is_kept() {
    let server = Server::play([Act::json(OK)]).await;
    let bots = Bots(server.client());
    for length in [6, 8] {
        let upload = Upload::reader("a.txt", &b"content"[..]).length(length);
        let error = bots.upload(upload).await.expect_err("another length");
        assert!(error.is_upload(), "{length}: {error:?}");
    }
}

/// Fails, stalls, or gives one byte at a time, slowly.
enum Odd {
    Fails,
    Stalls,
    Drips(u32, Option<Pin<Box<tokio::time::Sleep>>>),
}

impl AsyncRead for Odd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
        buf: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        match &mut *self {
            Self::Fails => std::task::Poll::Ready(Err(io::Error::other("disk on fire"))),
            Self::Stalls => std::task::Poll::Pending,
            Self::Drips(0, _) => std::task::Poll::Ready(Ok(())),
            Self::Drips(left, sleep) => {
                let pause = || Box::pin(tokio::time::sleep(Duration::from_secs(30)));
                std::task::ready!(sleep.get_or_insert_with(pause).as_mut().poll(cx));
                *sleep = None;
                *left -= 1;
                buf.put_slice(b"x");
                std::task::Poll::Ready(Ok(()))
            }
        }
    }
}

#[tokio::test]
async fn a_failing_reader_is_the_cause() {
    let server = Server::play([Act::json(OK)]).await;
    let upload = Upload::reader("a.txt", Odd::Fails);
    let error = Bots(server.client()).upload(upload).await.expect_err("fails");
    assert!(error.is_upload() && error.attempts() == 1, "{error:?}");
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("disk on fire"));
}

#[tokio::test(start_paused = true)]
async fn an_upload_may_be_slow_but_not_stuck() -> Result<()> {
    let server = Server::play([Act::json(OK)]).await;
    let bots = Bots(server.client());
    let limit = Duration::from_secs(120);
    let drips = Upload::reader("a.txt", Odd::Drips(12, None));
    bots.upload(drips).with_timeout(limit).await?;
    let stuck = Upload::reader("a.txt", Odd::Stalls);
    let error = bots.upload(stuck).with_timeout(limit).await.expect_err("stuck");
    assert!(error.is_timeout(), "{error:?}");
    Ok(())
}
