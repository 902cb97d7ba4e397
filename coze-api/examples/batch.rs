//! Asks a bot many questions, a few at a time. A failure does not stop the others.
//!
//! The file has one question per line.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example batch -- BOT_ID QUESTIONS
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::ChatReply;
use coze_api::chat::CreateChat;
use futures_util::{StreamExt as _, stream};

/// The number of chats at the same time. The plan of an account limits it.
const CONCURRENCY: usize = 4;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let questions = std::fs::read_to_string(support::argument(2, "QUESTIONS")?)?;

    let chats = questions.lines().filter(|line| !line.is_empty()).map(|question| {
        let chat = coze.chat().create(&bot_id, "batch").message(question);
        async move { (question, ask(chat).await) }
    });
    // In the order of the questions. `buffer_unordered` returns the replies as they are complete.
    let mut replies = stream::iter(chats).buffered(CONCURRENCY);
    let mut failures = 0;
    while let Some((question, reply)) = replies.next().await {
        match reply {
            Ok(reply) => println!("{question}\n  {}", reply.text()),
            Err(error) => {
                failures += 1;
                eprintln!("{question}\n  {error}");
            }
        }
    }
    if failures > 0 {
        return Err(format!("{failures} questions have failed").into());
    }
    Ok(())
}

async fn ask(chat: CreateChat) -> coze_api::Result<ChatReply> {
    chat.stream().await?.collect_reply().await
}
