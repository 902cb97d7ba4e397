//! Exports the messages of a conversation as JSON, one message per line, the oldest first.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example export_conversation -- \
//!     CONVERSATION_ID > messages.jsonl
//! ```

mod support;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use coze_api::conversations::MessageOrder;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let conversation_id = support::argument(1, "CONVERSATION_ID")?;

    let messages = coze.conversations().messages().list(conversation_id);
    let mut messages = messages.order(MessageOrder::Asc).limit(50).items();
    let mut out = io::stdout().lock();
    let mut count = 0;
    while let Some(message) = messages.next().await {
        serde_json::to_writer(&mut out, &message?)?;
        writeln!(out)?;
        count += 1;
    }
    eprintln!("[{count} messages]");
    Ok(())
}
