//! A knowledge base: created, filled, processed, listed page by page, emptied.

use std::collections::BTreeSet;

use base64::Engine as _;
use coze_api::Upload;
use coze_api::datasets::{
    ChunkStrategy, ChunkType, DocumentBase, DocumentFormat, DocumentSource, DocumentSourceInfo,
    DocumentStatus,
};
use coze_mock::state::WORKSPACE;
use coze_tests::mock;
use futures_util::TryStreamExt as _;

fn document(name: &str, text: &str) -> DocumentBase {
    let text = base64::engine::general_purpose::STANDARD.encode(text);
    let info = DocumentSourceInfo::new().file_base64(text).file_type("txt");
    DocumentBase::new(name, info.document_source(DocumentSource::LocalFile))
}

#[tokio::test]
async fn a_knowledge_base_is_filled_and_emptied() {
    let server = mock::strict().await;
    let coze = mock::client(&server);
    let datasets = coze.datasets();
    let dataset = datasets.create("Tea", WORKSPACE, DocumentFormat::Text);
    let dataset = dataset.description("All about tea.").await.unwrap().dataset_id;
    let chunks = ChunkStrategy::new().chunk_type(ChunkType::Custom);
    let chunks = chunks.separator("\n").max_tokens(200);
    let bases = (0..5).map(|n| document(&format!("tea-{n}.txt"), "green\nblack\n"));
    let created = datasets.documents().create(&dataset, bases, chunks);
    let created = created.format_type(DocumentFormat::Text).await.unwrap();
    let ids: Vec<String> =
        created.document_infos.iter().map(|info| info.document_id.clone()).collect();
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 5);

    // Every poll advances the progress.
    let mut looks = 0;
    loop {
        let progress = datasets.process(&dataset, &ids).await.unwrap().data;
        assert_eq!(progress.len(), 5);
        if progress.iter().all(|one| one.status == Some(DocumentStatus::Completed)) {
            assert!(progress.iter().all(|one| one.progress == 100));
            break;
        }
        looks += 1;
        assert!(looks < 100, "{progress:#?}");
    }
    assert!(looks > 0, "it was processed at once");

    let listed = datasets.documents().list(&dataset).size(2).items();
    let listed: Vec<_> = listed.try_collect().await.unwrap();
    assert_eq!(listed.len(), 5);
    assert_eq!(server.requests_to("datasets.documents.list").len(), 3);
    let rename = datasets.documents().update(&ids[0]).document_name("the first.txt");
    rename.await.unwrap();
    datasets.documents().delete(&ids[1..]).await.unwrap();
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
    let info = DocumentSourceInfo::new().source_file_id(&photo.id);
    let base = DocumentBase::new("kitten.png", info.document_source(DocumentSource::UploadedFile));
    let created = datasets.documents().create(&dataset, [base], ChunkStrategy::new());
    let created = created.format_type(DocumentFormat::Image).await.unwrap();
    let id = &created.document_infos[0].document_id;
    datasets.images().update(&dataset, id, "A kitten").await.unwrap();
    let found = datasets.images().list(&dataset).keyword("kitten").items();
    let found: Vec<_> = found.try_collect().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].caption, "A kitten");
}
