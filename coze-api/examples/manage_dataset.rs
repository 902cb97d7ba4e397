//! Makes a dataset, renames it, finds it in the list, and deletes it again.
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

    let made = coze.datasets().create("A draft", &workspace_id, DocumentFormat::Text).await?;
    println!("made {}", made.dataset_id);
    let outcome = rename_and_find(&coze, &workspace_id, &made.dataset_id).await;
    // Whatever happened in between.
    coze.datasets().delete(&made.dataset_id).await?;
    println!("deleted {}", made.dataset_id);
    outcome
}

async fn rename_and_find(
    coze: &Client,
    workspace_id: &str,
    dataset_id: &str,
) -> Result<(), Box<dyn Error>> {
    let update = coze.datasets().update(dataset_id, "An example");
    update.description("Made by an example of the Rust SDK.").await?;
    let mut datasets = coze.datasets().list(workspace_id).page_size(50).items();
    while let Some(dataset) = datasets.try_next().await? {
        if dataset.dataset_id == dataset_id {
            println!("found {}: {}", dataset.name, dataset.description);
            return Ok(());
        }
    }
    Err("the list lacks the dataset".into())
}
