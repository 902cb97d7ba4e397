//! Downloads: read while they arrive, and saved completely or not at all.

use std::sync::Arc;
use std::time::Duration;

use coze_api::{Client, Download, Retry};
use coze_tests::server::{Reply, Server, Step, TOKEN};
use futures_util::TryStreamExt as _;
use serde_json::json;
use tokio::sync::Notify;

const FILE: &[u8] = b"RIFF....WAVE";
const AUDIO: [(&str, &str); 2] = [("content-type", "audio/wav"), ("x-tt-logid", "log-header")];

async fn speech(coze: &Client) -> coze_api::Result<Download> {
    coze.audio().speech().create("Hello", "7426720361733144585").await
}

fn file() -> Reply {
    Reply::new(200, &AUDIO, FILE)
}

/// The head of a response whose body is sent in other steps.
fn head(fields: &str) -> Reply {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: audio/wav\r\n{fields}\r\n");
    Reply { steps: vec![Step::Send(head.into_bytes())] }
}

fn send(bytes: impl AsRef<[u8]>) -> Step {
    Step::Send(bytes.as_ref().to_vec())
}

#[tokio::test]
async fn a_file_has_a_type_and_a_length_and_can_be_read() {
    let server = Server::replies(vec![file()]).await;
    let speech = speech(&server.client()).await.unwrap();
    assert_eq!(speech.content_type(), Some("audio/wav"));
    assert_eq!(speech.content_length(), Some(FILE.len() as u64));
    assert_eq!(speech.log_id(), Some("log-header"));
    assert_eq!(speech.headers()["content-type"], "audio/wav");
    assert!(!format!("{speech:?}").contains(TOKEN));
    assert_eq!(speech.bytes().await.unwrap(), FILE);
    let expected = json!({"input": "Hello", "voice_id": "7426720361733144585"});
    assert_eq!(server.request().json(), expected);
}

#[tokio::test]
async fn chunks_are_available_as_soon_as_they_arrive() {
    let gate = Arc::new(Notify::new());
    let reply = head("transfer-encoding: chunked\r\n")
        .then(send("5\r\nfirst\r\n"))
        .then(Step::Wait(gate.clone()))
        .then(send("4\r\nlast\r\n0\r\n\r\n"));
    let server = Server::replies(vec![reply]).await;
    let mut speech = speech(&server.client()).await.unwrap();
    assert_eq!(speech.content_length(), None);
    assert_eq!(speech.try_next().await.unwrap().unwrap(), "first");
    gate.notify_one();
    assert_eq!(speech.try_next().await.unwrap().unwrap(), "last");
    assert_eq!(speech.try_next().await.unwrap(), None);
    assert_eq!(speech.try_next().await.unwrap(), None, "the end is final");
}

#[tokio::test]
async fn a_file_may_arrive_byte_by_byte() {
    let server = Server::replies(vec![file().dribbled()]).await;
    let speech = speech(&server.client()).await.unwrap();
    assert_eq!(speech.bytes().await.unwrap(), FILE);
}

#[tokio::test]
async fn a_file_may_be_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.wav");
    let server = Server::replies(vec![Reply::new(200, &AUDIO, "")]).await;
    assert_eq!(speech(&server.client()).await.unwrap().bytes().await.unwrap(), "");
    let saved = speech(&server.client()).await.unwrap().save(&path).await.unwrap();
    assert_eq!((saved, std::fs::read(&path).unwrap()), (0, Vec::new()));
}

#[tokio::test]
async fn silence_is_a_timeout() {
    let gate = Arc::new(Notify::new());
    let reply = head("content-length: 12\r\n").then(send("RIFF")).then(Step::Wait(gate.clone()));
    let server = Server::replies(vec![reply]).await;
    let coze = server.client();
    let request = coze.audio().speech().create("Hello", "7426720361733144585");
    let mut speech = request.with_idle_timeout(Duration::from_millis(20)).await.unwrap();
    assert_eq!(speech.try_next().await.unwrap().unwrap(), "RIFF");
    let error = speech.try_next().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    assert_eq!(error.operation(), "audio.speech.create");
    server.closed().await;
    assert_eq!(speech.try_next().await.unwrap(), None, "the stream ends after an error");
}

#[tokio::test]
async fn an_incomplete_file_is_an_error_and_leaves_no_file_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    std::fs::write(&path, "the previous file").unwrap();
    let short = |end: Step| head("content-length: 12\r\n").then(send("RIFF")).then(end);
    let unfinished = head("transfer-encoding: chunked\r\n").then(send("5\r\nfir"));
    for reply in [short(Step::Close), short(Step::Reset), unfinished.then(Step::Close)] {
        let server = Server::replies(vec![reply.clone()]).await;
        let error = speech(&server.client()).await.unwrap().bytes().await.unwrap_err();
        assert!(error.is_transport(), "{reply:?}: {error:?}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));

        let server = Server::replies(vec![reply.clone()]).await;
        let error = speech(&server.client()).await.unwrap().save(&path).await.unwrap_err();
        assert!(error.is_transport(), "{reply:?}: {error:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "the previous file");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "the partial file is removed");
    }
}

#[tokio::test]
async fn a_file_is_saved_atomically() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    std::fs::write(&path, "the file before, which was longer").unwrap();
    let server = Server::replies(vec![file()]).await;
    let saved = speech(&server.client()).await.unwrap().save(&path).await.unwrap();
    assert_eq!(saved, FILE.len() as u64);
    assert_eq!(std::fs::read(&path).unwrap(), FILE);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
}

#[tokio::test]
async fn dropping_a_save_removes_the_partial_file_and_closes_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let gate = Arc::new(Notify::new());
    let reply = head("content-length: 12\r\n").then(send("RIFF")).then(Step::Wait(gate.clone()));
    let server = Server::replies(vec![reply]).await;
    let save = speech(&server.client()).await.unwrap().save(&path);
    // The server never sends the rest, so the save cannot end by itself.
    assert!(tokio::time::timeout(Duration::from_millis(50), save).await.is_err());
    server.closed().await;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[tokio::test]
async fn a_path_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("speech.wav");
    let server = Server::replies(vec![file()]).await;
    let error = speech(&server.client()).await.unwrap().save(&path).await.unwrap_err();
    assert!(error.is_save(), "{error:?}");
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_refusal_is_an_api_error() {
    let refusal = json!({"code": 4200, "msg": "no such voice", "detail": {"logid": "x"}});
    for reply in [Reply::json(&refusal), Reply::json_with(400, &[], &refusal)] {
        let server = Server::replies(vec![reply]).await;
        let error = speech(&server.client()).await.unwrap_err();
        assert!(error.is_api(), "{error:?}");
        assert_eq!((error.code(), error.msg()), (Some(4200), Some("no such voice")));
        assert_eq!(error.log_id(), Some("log-header"));
    }
}

#[tokio::test]
async fn the_page_of_a_gateway_is_an_error() {
    let page = "<html><title>Maintenance</title></html>";
    let reply = Reply::new(200, &[("content-type", "text/html")], page);
    let server = Server::replies(vec![reply]).await;
    let error = speech(&server.client()).await.unwrap_err();
    assert!(error.is_decode(), "{error:?}");
    assert!(error.to_string().contains("Maintenance"), "{error}");
}

#[tokio::test]
async fn a_file_may_be_json() {
    let server = Server::replies(vec![Reply::json(&json!({"a": 1}))]).await;
    let call = server.client().request(coze_api::Method::GET, "/v1/export");
    let file = call.download().await.unwrap();
    assert_eq!(file.content_type(), Some("application/json"));
    assert_eq!(file.bytes().await.unwrap(), r#"{"a":1}"#);
}

#[tokio::test]
async fn a_call_is_retried_only_until_the_file_begins() {
    let busy = Reply::code(4013, "slow down");
    let broken = head("content-length: 12\r\n").then(send("RIFF")).then(Step::Close);
    let server = Server::replies(vec![busy, broken, file()]).await;
    let coze = server.client();
    let request = coze.audio().speech().create("Hello", "7426720361733144585");
    let retry = Retry::default().base_delay(Duration::from_millis(1));
    let speech = request.with_retry(retry).await.unwrap();
    assert!(speech.bytes().await.unwrap_err().is_transport());
    assert_eq!(server.requests().len(), 2);
}
