//! Runs a chatflow: a workflow that is called with messages, and answers like a bot.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chatflow -- \
//!     CHATFLOW_ID BOT_ID "Tell me about Kunming."
//! ```

mod support;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use coze_api::Message;
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let chatflow_id = support::argument(1, "CHATFLOW_ID")?;
    let bot_id = support::argument(2, "BOT_ID")?;
    let question = support::argument(3, "QUESTION").unwrap_or("Tell me about Kunming.".to_owned());

    // The last message is the question. Earlier ones are its context.
    let messages = [
        Message::user("I plan a journey."),
        Message::assistant("Where to?"),
        Message::user(question),
    ];
    let chat = coze.workflows().chat().stream(chatflow_id, messages).bot_id(bot_id);
    // Inputs of the start node, beside the question.
    let mut text = chat.parameters(json!({"days": 3})).await?.text();
    while let Some(piece) = text.next().await {
        print!("{}", piece?);
        std::io::stdout().flush()?;
    }
    println!();
    Ok(())
}
