//! Runs a workflow with inputs, and prints its result.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example workflow_run -- \
//!     WORKFLOW_ID city=Kunming date=today
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use serde_json::Value;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workflow_id = support::argument(1, "WORKFLOW_ID")?;
    let inputs: Vec<_> = std::env::args()
        .skip(2)
        .filter_map(|input| {
            let (name, value) = input.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect();

    let run = coze.workflows().runs().create(&workflow_id).parameters(inputs).await?;
    if let Some(interrupt) = &run.interrupt_data {
        return Err(
            format!("the run is interrupted and waits for an answer: {}", interrupt.data).into()
        );
    }
    // Any type that implements `Deserialize` can replace `Value`.
    match run.parse::<Value>() {
        Ok(result) => println!("{result:#}"),
        Err(_) => println!("{}", run.data),
    }
    eprintln!("[debug page: {}]", run.debug_url);
    Ok(())
}
