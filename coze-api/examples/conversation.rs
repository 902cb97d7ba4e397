//! A chat in the terminal, in which the bot remembers what was said.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example conversation -- BOT_ID [CONVERSATION_ID]
//! ```

mod support;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let conversation_id = match std::env::args().nth(2) {
        Some(conversation_id) => conversation_id,
        None => coze.conversations().create().bot_id(&bot_id).await?.id,
    };
    eprintln!("[conversation {conversation_id}; an empty line ends it]");

    // Reading blocks the thread, which is free: nothing else runs meanwhile.
    for question in io::stdin().lines() {
        let question = question?;
        if question.is_empty() {
            break;
        }
        let chat = coze.chat().create(&bot_id, "conversation").conversation_id(&conversation_id);
        let mut text = chat.message(question).stream().await?.text();
        while let Some(piece) = text.next().await {
            print!("{}", piece?);
            io::stdout().flush()?;
        }
        println!();
    }
    Ok(())
}
