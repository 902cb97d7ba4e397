//! Asks a bot a question and prints its answer.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example quickstart -- BOT_ID "What is the weather in Kunming?"
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use coze_api::{ChatStatus, Client, Message, MessageType};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = Client::from_env()?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let question = support::argument(2, "QUESTION").unwrap_or("Hello!".to_owned());

    let mut chat = coze
        .chat()
        .create(&bot_id, "quickstart")
        .message(Message::user(question))
        .await?;
    while matches!(chat.status, ChatStatus::Created | ChatStatus::InProgress) {
        tokio::time::sleep(Duration::from_secs(1)).await;
        chat = coze.chat().retrieve(&chat.conversation_id, &chat.id).await?;
    }
    if chat.status != ChatStatus::Completed {
        return Err(format!("the chat is {}: {:?}", chat.status, chat.last_error).into());
    }
    for message in coze.chat().messages().list(&chat.conversation_id, &chat.id).await? {
        if message.kind == Some(MessageType::Answer) {
            println!("{}", message.content);
        }
    }
    let tokens = chat.usage.map_or(0, |usage| usage.token_count);
    eprintln!("[{tokens} tokens]");
    Ok(())
}
