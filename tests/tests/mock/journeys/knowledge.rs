//! A knowledge base: created, filled, processed, listed page by page, emptied.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use coze_api::Upload;
use coze_api::datasets::{ChunkStrategy, DocumentBase, DocumentFormat, DocumentStatus};
use coze_mock::state::WORKSPACE;
use coze_tests::mock;
use futures_util::TryStreamExt as _;

const INTERVAL: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_knowledge_base_is_filled_and_emptied() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let datasets = coze.datasets();
    let dataset = datasets.create("Tea", WORKSPACE, DocumentFormat::Text);
    let dataset = dataset.description("All about tea.").await.unwrap().dataset_id;
    let bases = (0..5).map(|n| DocumentBase::from_text(format!("tea-{n}"), "green\nblack\n"));
    let create = datasets.documents().create(&dataset, bases, ChunkStrategy::custom("\n", 200));
    let looks = Arc::new(Mutex::new(Vec::new()));
    let seen = looks.clone();
    let poll = create.format_type(DocumentFormat::Text).and_poll().with_interval(INTERVAL);
    let poll = poll.on_progress(move |documents| {
        seen.lock().unwrap().push(documents.iter().map(|one| one.progress).collect::<Vec<_>>());
    });
    let ready = poll.await.unwrap();
    // Every look advances the progress.
    assert_eq!(*looks.lock().unwrap(), [vec![50; 5], vec![100; 5]]);
    let names: Vec<&str> = ready.iter().map(|one| &*one.document_name).collect();
    assert_eq!(names, ["tea-0", "tea-1", "tea-2", "tea-3", "tea-4"]);
    assert!(ready.iter().all(|one| one.status == Some(DocumentStatus::Completed)));
    assert!(ready.iter().all(|one| (one.size, &*one.file_type) == (12, "txt")));
    let ids: Vec<&str> = ready.iter().map(|one| &*one.document_id).collect();

    let page = DocumentBase::web_page("News", "https://example.com/tea").refresh_every(48);
    let create = datasets.documents().create(&dataset, [page], ChunkStrategy::automatic());
    let page = create.and_poll().with_interval(INTERVAL).await.unwrap().remove(0);
    assert_eq!((page.update_interval, &*page.file_type), (48, "html"));
    datasets.documents().delete([page.document_id]).await.unwrap();

    let listed = datasets.documents().list(&dataset).size(2).items();
    let listed: Vec<_> = listed.try_collect().await.unwrap();
    assert_eq!(listed.len(), 5);
    assert_eq!(server.requests_to("datasets.documents.list").len(), 3);
    let rename = datasets.documents().update(ids[0]).document_name("the first.txt");
    rename.await.unwrap();
    datasets.documents().delete(ids[1..].iter().copied()).await.unwrap();
    let left = datasets.documents().list(&dataset).await.unwrap();
    assert_eq!((left.total, &*left.items[0].name), (Some(1), "the first.txt"));

    let mut found = datasets.list(WORKSPACE).name("Tea").items();
    let found = found.try_next().await.unwrap().unwrap();
    assert_eq!((found.dataset_id.as_str(), found.doc_count), (&*dataset, 1));
    datasets.delete(&dataset).await.unwrap();
    let gone = datasets.documents().list(&dataset).await.unwrap_err();
    assert_eq!(gone.code(), Some(4200), "{gone}");
}

#[tokio::test]
async fn photos_are_captioned() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let datasets = coze.datasets();
    let dataset = datasets.create("Photos", WORKSPACE, DocumentFormat::Image);
    let dataset = dataset.await.unwrap().dataset_id;
    let photo = Upload::bytes("kitten.png", &b"\x89PNG"[..]);
    let photo = coze.files().upload(photo).await.unwrap();
    let base = DocumentBase::image("kitten.png", &photo.id);
    let create = datasets.documents().create(&dataset, [base], ChunkStrategy::manual_captions());
    let poll = create.format_type(DocumentFormat::Image).and_poll().with_interval(INTERVAL);
    let id = &poll.await.unwrap()[0].document_id;
    datasets.images().update(&dataset, id, "A kitten").await.unwrap();
    let found = datasets.images().list(&dataset).keyword("kitten").items();
    let found: Vec<_> = found.try_collect().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].caption, "A kitten");
}

#[tokio::test]
async fn documents_that_fail_are_named() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let datasets = coze.datasets();
    let dataset = datasets.create("Tea", WORKSPACE, DocumentFormat::Text).await.unwrap();
    let bases =
        ["good.txt", "bad [fail].txt"].map(|name| DocumentBase::from_bytes(name, "green tea"));
    let documents = datasets.documents();
    let create = documents.create(&dataset.dataset_id, bases, ChunkStrategy::automatic());
    let error = create.and_poll().with_interval(INTERVAL).await.unwrap_err();
    assert!(error.is_api(), "{error}");
    let message = "1 of 2 documents failed: bad [fail].txt: The document cannot be read.";
    assert_eq!(error.msg(), Some(message));
    let progress = error.document_progress().unwrap();
    let states: Vec<_> = progress.iter().map(|one| one.status.clone().unwrap()).collect();
    assert_eq!(states, [DocumentStatus::Completed, DocumentStatus::Failed]);

    // The others are ready, and can be waited for again.
    let ids = progress.iter().take(1).map(|one| &one.document_id);
    let ready = datasets.poll(&dataset.dataset_id, ids).await.unwrap();
    assert_eq!(ready[0].document_name, "good.txt");
}
