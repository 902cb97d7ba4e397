//! Uploads a picture and asks a bot about it.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chat_multimodal -- \
//!     BOT_ID FILE "What is in the picture?"
//! ```

mod support;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use coze_api::{ChatEvent, ContentPart, Message, MessageType, Upload};
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let picture = support::argument(2, "FILE")?;
    let question = support::argument(3, "QUESTION").unwrap_or("What is in the picture?".to_owned());

    let file = coze.files().upload(Upload::path(picture)).await?;
    eprintln!("[uploaded {} as {}]", file.file_name, file.id);

    let parts = [ContentPart::text(question), ContentPart::image_id(file.id)];
    let chat = coze.chat().create(&bot_id, "chat_multimodal").message(Message::user_parts(parts));
    let mut events = chat.stream().await?;
    while let Some(event) = events.try_next().await? {
        match event {
            ChatEvent::MessageDelta(piece) => {
                print!("{}", piece.content);
                std::io::stdout().flush()?;
            }
            ChatEvent::MessageCompleted(message) if message.kind == Some(MessageType::Answer) => {
                println!();
            }
            // Other events, including those that later versions of the API add.
            _ => {}
        }
    }
    Ok(())
}
