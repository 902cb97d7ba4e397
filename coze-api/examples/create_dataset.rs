//! Creates a dataset (knowledge base), adds a web page and a local file, and waits until they have
//! been processed.
//!
//! ```sh
//! export COZE_API_TOKEN=pat_…
//! cargo run -p coze-api --example create_dataset -- WORKSPACE_ID PAGE_URL DOCUMENT
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::datasets::{ChunkStrategy, DocumentBase, DocumentFormat, DocumentProgress};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workspace_id = support::argument(1, "WORKSPACE_ID")?;
    let url = support::argument(2, "PAGE_URL")?;
    let path = support::argument(3, "DOCUMENT")?;

    let dataset = coze
        .datasets()
        .create("From an example", workspace_id, DocumentFormat::Text)
        .description("Created by an example of the Rust SDK.")
        .await?;
    println!("dataset {}", dataset.dataset_id);

    // All documents of a request must come from the same kind of source.
    let page = DocumentBase::web_page(&url, &url).refresh_every(24);
    let file = DocumentBase::from_path(path).await?;
    for (document, chunks) in
        [(page, ChunkStrategy::automatic()), (file, ChunkStrategy::custom("\n\n", 800))]
    {
        coze.datasets()
            .documents()
            .create(&dataset.dataset_id, [document], chunks)
            .format_type(DocumentFormat::Text)
            .and_poll()
            .on_progress(print)
            .await?;
    }
    Ok(())
}

fn print(documents: &[DocumentProgress]) {
    for document in documents {
        println!("{} {}%", document.document_name, document.progress);
    }
}
