//! Asks a bot about a picture, polls until it has answered, and cancels the chat if that takes too long.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chat_poll -- BOT_ID PICTURE_URL "What is in the picture?"
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use coze_api::{ChatStatus, Client, ContentPart, Message, MessageType};

/// How long the bot may think.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = Client::from_env()?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let picture = support::argument(2, "PICTURE_URL")?;
    let question =
        support::argument(3, "QUESTION").unwrap_or("What is in the picture?".to_owned());

    let parts = [ContentPart::text(question), ContentPart::image_url(picture)];
    let mut chat = coze
        .chat()
        .create(&bot_id, "chat_poll")
        .message(Message::user_parts(parts))
        .await?;
    let started = Instant::now();
    while matches!(chat.status, ChatStatus::Created | ChatStatus::InProgress) {
        if started.elapsed() > PATIENCE {
            coze.chat().cancel(&chat.conversation_id, &chat.id).await?;
            return Err("the bot took too long, and the chat was canceled".into());
        }
        // The documentation asks for no more than this.
        tokio::time::sleep(Duration::from_secs(1)).await;
        chat = coze.chat().retrieve(&chat.conversation_id, &chat.id).await?;
    }
    if chat.status != ChatStatus::Completed {
        return Err(format!("the chat is {}: {:?}", chat.status, chat.last_error).into());
    }
    for message in coze.chat().messages().list(&chat.conversation_id, &chat.id).await? {
        match message.kind {
            Some(MessageType::Answer) => println!("{}", message.content),
            Some(MessageType::FollowUp) => println!("  maybe ask: {}", message.content),
            _ => {}
        }
    }
    Ok(())
}
