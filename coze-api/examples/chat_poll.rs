//! Asks a bot about a picture and polls for the reply. Cancels the chat if that takes too long.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chat_poll -- \
//!     BOT_ID PICTURE_URL "What is in the picture?"
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use coze_api::{ChatStatus, ContentPart, Message};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let picture = support::argument(2, "PICTURE_URL")?;
    let question = support::argument(3, "QUESTION").unwrap_or("What is in the picture?".to_owned());

    let parts = [ContentPart::text(question), ContentPart::image_url(picture)];
    let reply = coze
        .chat()
        .create(bot_id, "chat_poll")
        .message(Message::user_parts(parts))
        .and_poll()
        .with_deadline(Duration::from_secs(120))
        .with_cancel_on_timeout()
        .await?;
    // A failed chat is returned as an error. Here it may be canceled, or waiting for tool outputs.
    if reply.chat.status != ChatStatus::Completed {
        return Err(format!("the chat is {}", reply.chat.status).into());
    }
    println!("{}", reply.text());
    for question in reply.follow_ups() {
        println!("suggested question: {question}");
    }
    Ok(())
}
