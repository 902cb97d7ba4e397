//! Streams a workflow's messages, and answers its questions from standard input.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example workflow_stream -- \
//!     ASKING_WORKFLOW_ID city=Kunming
//! ```

mod support;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, BufRead as _, Write as _};
use std::process::ExitCode;

use coze_api::workflows::{WorkflowEvent, WorkflowInterrupted};
use futures_util::TryStreamExt as _;
use serde_json::Value;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let workflow_id = support::argument(1, "ASKING_WORKFLOW_ID")?;
    let parameters: BTreeMap<String, Value> = std::env::args()
        .skip(2)
        .filter_map(|pair| pair.split_once('=').map(|(k, v)| (k.into(), v.into())))
        .collect();

    let run = coze.workflows().runs().stream(&workflow_id).parameters(parameters);
    let mut events = run.await?.on_interrupt(ask);
    while let Some(event) = events.try_next().await? {
        match event {
            WorkflowEvent::Message(message) => {
                print!("{}", message.content);
                if message.node_is_finish {
                    println!("  [{}]", message.node_title);
                }
            }
            WorkflowEvent::Done(done) => {
                eprintln!("[debug page: {}]", done.debug_url);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Asks the user for the answer to a question node.
async fn ask(interrupt: WorkflowInterrupted) -> io::Result<String> {
    eprint!("{}: {}\n> ", interrupt.node_title, interrupt.interrupt_data.data);
    io::stderr().flush()?;
    // Reading from standard input blocks, so it is done on another thread.
    let line = tokio::task::spawn_blocking(|| io::stdin().lock().lines().next());
    let line = line.await.map_err(io::Error::other)?;
    line.unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))
}
