//! Runs a workflow in the background, and waits until it has ended.
//!
//! A run that is not streamed and takes longer than 90 seconds has to run in the background. That
//! requires a paid plan.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example workflow_background -- WORKFLOW_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workflow_id = support::argument(1, "WORKFLOW_ID")?;

    let run = coze.workflows().runs().create(&workflow_id).parameters(json!({"city": "Kunming"}));
    match run.and_poll().with_deadline(Duration::from_secs(3600)).await {
        Ok(run) => {
            println!("{}: {:#}", run.execute_status, run.parse::<Value>()?);
            eprintln!("[debug page: {}]", run.debug_url);
            Ok(())
        }
        Err(error) => {
            if let Some(id) = error.execute_id() {
                // Later, perhaps in another process: `runs().poll(workflow_id, id)`.
                eprintln!("[the run {id} may continue]");
            }
            Err(error.into())
        }
    }
}
