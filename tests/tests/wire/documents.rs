//! Documents of datasets: what is sent for a file, a text, a page and an image, and the wait until
//! they are processed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use coze_api::datasets::{ChunkStrategy, DocumentBase, DocumentStatus, DocumentUpdateRule};
use coze_api::{PollDocuments, Result};
use coze_tests::server::{Reply, Server};
use serde_json::{Value, json};

fn created(documents: &Value) -> Reply {
    Reply::json(&json!({"code": 0, "document_infos": documents}))
}

fn progress(documents: &Value) -> Reply {
    Reply::data(&json!({"data": documents}))
}

async fn play(replies: Vec<Reply>) -> (Server, PollDocuments) {
    let server = Server::replies(replies).await;
    let documents = ["a.txt", "b.txt"].map(|name| DocumentBase::from_bytes(name, "tea"));
    let create =
        server.client().datasets().documents().create("5", documents, ChunkStrategy::automatic());
    (server, create.and_poll().with_interval(Duration::ZERO))
}

fn two() -> Reply {
    created(&json!([{"document_id": "6", "name": "a.txt"}, {"document_id": "7", "name": "b.txt"}]))
}

#[tokio::test]
async fn each_source_is_sent_as_documented() -> Result<()> {
    let server = Server::replies(vec![created(&json!([]))]).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("指南.PDF");
    std::fs::write(&path, b"\xff\x00tea").expect("a file");
    let bases = [
        DocumentBase::from_path(&path).await?,
        DocumentBase::from_text("Notes", "茶"),
        DocumentBase::web_page("Menu", "https://example.com/menu").refresh_every(24),
        DocumentBase::web_page("Old", "https://example.com/old")
            .update_rule(DocumentUpdateRule::never()),
        DocumentBase::image("Kitten", "9").caption("A kitten"),
    ];
    let chunks = ChunkStrategy::custom("\n\n", 800).remove_urls_emails(true);
    server.client().datasets().documents().create("5", bases, chunks).await?;
    assert_eq!(
        server.request().json(),
        json!({
            "dataset_id": "5",
            "document_bases": [
                {"name": "指南.PDF", "source_info": {"file_base64": "/wB0ZWE=", "file_type": "pdf"}},
                {"name": "Notes", "source_info": {"file_base64": "6Iy2", "file_type": "txt"}},
                {
                    "name": "Menu",
                    "source_info": {"web_url": "https://example.com/menu", "document_source": 1},
                    "update_rule": {"update_type": 1, "update_interval": 24}
                },
                {
                    "name": "Old",
                    "source_info": {"web_url": "https://example.com/old", "document_source": 1},
                    "update_rule": {"update_type": 0}
                },
                {
                    "name": "Kitten",
                    "source_info": {"document_source": 5, "source_file_id": "9"},
                    "caption": "A kitten"
                }
            ],
            "chunk_strategy":
                {"chunk_type": 1, "separator": "\n\n", "max_tokens": 800, "remove_urls_emails": true}
        })
    );
    Ok(())
}

#[test]
fn strategies_hold_what_their_kind_needs() {
    let json = |chunks| serde_json::to_value::<ChunkStrategy>(chunks).expect("JSON");
    assert_eq!(json(ChunkStrategy::automatic()), json!({"chunk_type": 0}));
    assert_eq!(json(ChunkStrategy::automatic_captions()), json!({"caption_type": 0}));
    assert_eq!(json(ChunkStrategy::manual_captions()), json!({"caption_type": 1}));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_an_error_with_its_path() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in [folder.path().join("missing.txt"), folder.path().to_owned()] {
        let error = DocumentBase::from_path(&path).await.expect_err("no file");
        let path = path.display().to_string();
        assert!(error.is_upload() && error.to_string().contains(&path), "{error}");
    }
}

#[tokio::test]
async fn polling_ends_when_every_document_is_processed() -> Result<()> {
    let (server, poll) = play(vec![
        two(),
        // One document is not in the response, and the other has a status that is not known.
        progress(&json!([{"document_id": 7, "progress": 10, "status": 6}])),
        progress(&json!([
            {"document_id": "7", "progress": 50, "status": 5},
            {"document_id": "6", "document_name": "A", "progress": 100, "status": 1},
        ])),
        progress(&json!([
            {"document_id": "7", "progress": 100, "status": 2},
            {"document_id": "6", "document_name": "A", "progress": 100, "status": 1},
        ])),
    ])
    .await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let looks = seen.clone();
    let poll = poll.on_progress(move |documents| {
        looks.lock().expect("a lock").push([documents[0].progress, documents[1].progress]);
    });
    let ready = poll.await?;
    assert_eq!(*seen.lock().expect("a lock"), [[0, 10], [100, 50], [100, 100]]);
    let names: Vec<_> = ready.iter().map(|one| (&*one.document_id, &*one.document_name)).collect();
    assert_eq!(names, [("6", "A"), ("7", "b.txt")]);
    assert_eq!(server.lines()[0], "POST /open_api/knowledge/document/create");
    assert_eq!(server.lines()[1..], ["POST /v1/datasets/5/process"; 3]);
    assert_eq!(server.requests()[3].json(), json!({"document_ids": ["6", "7"]}));
    assert_eq!(server.requests()[3].header("agw-js-conv"), "str");
    Ok(())
}

#[tokio::test]
async fn the_error_names_each_document_that_failed() {
    let (server, poll) = play(vec![
        two(),
        progress(&json!([
            {"document_id": "6", "status": 9, "status_descript": "It is encrypted."},
            {"document_id": "7", "status": 0},
        ])),
        progress(&json!([
            {"document_id": "6", "status": 9, "status_descript": "It is encrypted."},
            {"document_id": "7", "status": 1000},
        ])),
    ])
    .await;
    let error = poll.await.expect_err("failures");
    assert!(error.is_api());
    assert_eq!(
        error.msg(),
        Some(
            "2 of 2 documents failed: a.txt: It is encrypted.; b.txt: the content was refused by a review"
        )
    );
    let states = error.document_progress().expect("the progress").iter();
    let states: Vec<_> = states.map(|one| one.status.clone().expect("a status")).collect();
    assert_eq!(states, [DocumentStatus::Failed, DocumentStatus::AuditFailed]);
    assert_eq!(server.lines().len(), 3, "the other document is waited for");
}

#[tokio::test]
async fn errors_keep_what_was_seen() {
    let (_server, poll) = play(vec![two(), Reply::code(4101, "no permission")]).await;
    let error = poll.await.expect_err("a refusal");
    assert_eq!(error.code(), Some(4101));
    let ids = error.document_progress().expect("the documents").iter();
    assert_eq!(ids.map(|one| &*one.document_id).collect::<Vec<_>>(), ["6", "7"]);

    let (_server, poll) = play(vec![Reply::code(4000, "bad request")]).await;
    let error = poll.await.expect_err("a refusal");
    assert_eq!((error.code(), error.document_progress()), (Some(4000), None));
}

#[tokio::test]
async fn a_deadline_ends_the_wait() {
    let going = progress(&json!([
        {"document_id": "6", "progress": 40, "status": 0},
        {"document_id": "7", "progress": 100, "status": 1},
    ]));
    let server = Server::replies(vec![going]).await;
    let poll = server.client().datasets().poll("5", ["6", "7"]);
    let poll = poll.with_interval(Duration::from_secs(60));
    let error = poll.with_deadline(Duration::from_millis(500)).await.expect_err("too late");
    assert!(error.is_timeout(), "{error}");
    assert!(error.to_string().contains("no end within 500ms: 6 is at 40%"), "{error}");
    assert_eq!(error.document_progress().map(<[_]>::len), Some(2));
    assert_eq!(server.lines(), ["POST /v1/datasets/5/process"]);
}

#[tokio::test]
async fn no_documents_need_no_request() -> Result<()> {
    let server = Server::replies(vec![]).await;
    assert!(server.client().datasets().poll("5", [""; 0]).await?.is_empty());
    assert!(server.lines().is_empty());
    Ok(())
}
