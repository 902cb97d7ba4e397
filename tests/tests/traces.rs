//! The traces of calls. This binary has one test and a global subscriber, because a thread's
//! subscriber misses callsites that other threads register at the same time.

#![allow(clippy::expect_used, reason = "helpers of tests may panic")]

use std::io;
use std::sync::{Arc, Mutex};

use coze_api::{AccessToken, BoxFuture, Client, Credentials, Result, TokenContext};
use coze_tests::events::whole;
use coze_tests::server::{Reply, Server, TOKEN};
use serde_json::json;
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Returns the text since the last time.
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().expect("no panic"))).expect("text")
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn traces_report_every_attempt_and_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    let server = Server::replies(vec![
        Reply::new(503, &[("x-tt-logid", "log-1")], ""),
        Reply::data(&json!({"items": [], "total": 0})),
    ])
    .await;
    server.client_without_delay().bots().list("private-workspace").await.expect("in the end");
    let text = log.take();
    let ours: Vec<&str> = text.lines().filter(|line| line.contains("coze_api")).collect();
    assert_eq!(ours.len(), 4, "{text}");
    assert!(ours[0].contains("attempt=1") && ours[0].contains("log-1"), "{text}");
    assert!(ours[1].contains("WARN") && ours[1].contains("retry"), "{text}");
    assert!(ours[2].contains("attempt=2") && ours[2].contains("status=200"), "{text}");
    assert!(ours[2].contains("log-header"), "{text}");
    assert!(ours[3].contains("close") && ours[3].contains("attempts=2"), "{text}");
    assert!(ours.iter().all(|line| line.contains("bots.list")), "{text}");
    assert!(!text.contains(TOKEN) && !text.contains("private-workspace"), "{text}");

    streams_end_their_span(&log).await;
    failed_credentials_are_logged(&log).await;
}

/// The span of a stream ends with the stream.
async fn streams_end_their_span(log: &Log) {
    let delta = "event:conversation.message.delta\ndata:{\"content\":\"a\"}\n\n";
    let server = Server::replies(vec![whole(format!("{delta}event:done\ndata:[DONE]\n\n"))]).await;
    let mut events = server.client().chat().create("1", "2").stream().await.expect("a stream");
    let text = log.take();
    assert!(text.contains("attempt=1") && !text.contains("close"), "{text}");
    while let Some(event) = events.next().await {
        event.expect("an event");
    }
    let text = log.take();
    let ours: Vec<&str> = text.lines().filter(|line| line.contains("coze_api")).collect();
    assert_eq!(ours.len(), 2, "{text}");
    assert!(ours[0].contains("ended") && ours[0].contains("events=2"), "{text}");
    let fields = "attempts=1 outcome=\"success\" status=200";
    assert!(ours[1].contains("close") && ours[1].contains(fields), "{text}");
}

async fn failed_credentials_are_logged(log: &Log) {
    struct Broken;

    impl Credentials for Broken {
        fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
            Box::pin(async { AccessToken::new("") })
        }
    }

    let coze = Client::builder().credentials(Broken).build().expect("a client");
    coze.bots().retrieve("7").await.expect_err("no token");
    let text = log.take();
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("no token")).collect();
    assert!(lines.len() == 1 && lines[0].contains("WARN"), "{text}");
    assert!(lines[0].contains("bots.retrieve") && lines[0].contains("empty"), "{text}");
    assert!(text.contains("otel.status_code=\"ERROR\""), "{text}");
}
