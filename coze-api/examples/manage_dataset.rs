//! Creates a dataset (knowledge base), renames it, finds it in the list, and deletes it.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example manage_dataset -- WORKSPACE_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Client;
use coze_api::datasets::DocumentFormat;
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workspace_id = support::argument(1, "WORKSPACE_ID")?;

    let created = coze.datasets().create("A draft", &workspace_id, DocumentFormat::Text).await?;
    println!("created {}", created.dataset_id);
    let outcome = rename_and_find(&coze, &workspace_id, &created.dataset_id).await;
    // Delete the dataset even if renaming it failed.
    coze.datasets().delete(&created.dataset_id).await?;
    println!("deleted {}", created.dataset_id);
    outcome
}

async fn rename_and_find(
    coze: &Client,
    workspace_id: &str,
    dataset_id: &str,
) -> Result<(), Box<dyn Error>> {
    let update = coze.datasets().update(dataset_id, "An example");
    update.description("Created by an example of the Rust SDK.").await?;
    let mut datasets = coze.datasets().list(workspace_id).page_size(50).items();
    while let Some(dataset) = datasets.try_next().await? {
        if dataset.dataset_id == dataset_id {
            println!("found {}: {}", dataset.name, dataset.description);
            return Ok(());
        }
    }
    Err("the dataset is missing from the list".into())
}
