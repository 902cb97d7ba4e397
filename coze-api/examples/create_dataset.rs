//! Creates a dataset (knowledge base), adds a web page and waits until it has been processed.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example create_dataset -- WORKSPACE_ID PAGE_URL
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use coze_api::datasets::{
    ChunkStrategy, ChunkType, DocumentBase, DocumentFormat, DocumentSource, DocumentSourceInfo,
    DocumentStatus,
};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workspace_id = support::argument(1, "WORKSPACE_ID")?;
    let url = support::argument(2, "PAGE_URL")?;

    let dataset = coze
        .datasets()
        .create("From an example", workspace_id, DocumentFormat::Text)
        .description("Created by an example of the Rust SDK.")
        .await?;
    println!("dataset {}", dataset.dataset_id);

    let source = DocumentSourceInfo::new().web_url(&url).document_source(DocumentSource::WebPage);
    let added = coze
        .datasets()
        .documents()
        .create(
            &dataset.dataset_id,
            [DocumentBase::new(&url, source)],
            ChunkStrategy::new().chunk_type(ChunkType::Automatic),
        )
        .format_type(DocumentFormat::Text)
        .await?;
    let ids: Vec<_> =
        added.document_infos.iter().map(|document| document.document_id.clone()).collect();

    loop {
        let progress = coze.datasets().process(&dataset.dataset_id, ids.clone()).await?;
        for document in &progress.data {
            println!("{} {}%", document.document_name, document.progress);
        }
        let pending = |status: &Option<DocumentStatus>| {
            matches!(status, None | Some(DocumentStatus::Processing))
        };
        if !progress.data.iter().any(|document| pending(&document.status)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
