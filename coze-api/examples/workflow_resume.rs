//! Runs a workflow that asks a question, and answers it later, in another process.
//!
//! The first run of this program stores the question in a file and ends. The second answers it:
//!
//! ```sh
//! export COZE_API_TOKEN=pat_…
//! cargo run -p coze-api --example workflow_resume -- ASKING_WORKFLOW_ID question.json
//! cargo run -p coze-api --example workflow_resume -- ASKING_WORKFLOW_ID question.json Monday
//! ```

mod support;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use coze_api::workflows::WorkflowInterrupt;
use coze_api::{Client, WorkflowReply};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workflow_id = support::argument(1, "ASKING_WORKFLOW_ID")?;
    let file = support::argument(2, "QUESTION_FILE")?;
    if !Path::new(&file).exists() {
        let runs = coze.workflows().runs();
        let run = runs.stream(&workflow_id).parameters([("city", "Kunming")]).await?;
        show(&file, &run.collect_reply().await?)?;
    }
    if let Ok(answer) = support::argument(3, "ANSWER") {
        resume(&coze, &workflow_id, &file, &answer).await?;
    }
    Ok(())
}

/// Continues the run of which the file has the question.
async fn resume(
    coze: &Client,
    workflow_id: &str,
    file: &str,
    answer: &str,
) -> Result<(), Box<dyn Error>> {
    let question: WorkflowInterrupt = serde_json::from_slice(&fs::read(file)?)?;
    let runs = coze.workflows().runs();
    let run = runs.resume(workflow_id, question.event_id, question.kind, answer).await?;
    let reply = run.collect_reply().await?;
    // A question can be answered only once.
    fs::remove_file(file)?;
    show(file, &reply)
}

/// Prints the text of a run. If it ended with a question, stores that in the file.
fn show(file: &str, reply: &WorkflowReply) -> Result<(), Box<dyn Error>> {
    println!("{}", reply.text());
    if let Some(interrupt) = &reply.interrupt {
        println!("{}", interrupt.interrupt_data.data);
        fs::write(file, serde_json::to_vec(&interrupt.interrupt_data)?)?;
    }
    Ok(())
}
