//! The traces of calls. This binary has one test and a global subscriber, because a thread's
//! subscriber misses callsites that other threads register at the same time.

#![allow(clippy::expect_used, reason = "helpers of tests may panic")]

use std::io;
use std::sync::{Arc, Mutex};

use coze_tests::server::{Reply, Server, TOKEN};
use serde_json::json;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

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
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    let server = Server::replies(vec![
        Reply::new(503, &[("x-tt-logid", "log-1")], ""),
        Reply::data(&json!({"items": [], "total": 0})),
    ])
    .await;
    server.client_without_delay().bots().list("private-workspace").await.expect("in the end");
    let text = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    let ours: Vec<&str> = text.lines().filter(|line| line.contains("coze_api")).collect();
    assert_eq!(ours.len(), 3, "{text}");
    assert!(ours[0].contains("attempt=1") && ours[0].contains("log-1"), "{text}");
    assert!(ours[1].contains("WARN") && ours[1].contains("retry"), "{text}");
    assert!(ours[2].contains("attempt=2") && ours[2].contains("status=200"), "{text}");
    assert!(ours[2].contains("log-header"), "{text}");
    assert!(ours.iter().all(|line| line.contains("bots.list")), "{text}");
    assert!(!text.contains(TOKEN) && !text.contains("private-workspace"), "{text}");
}
