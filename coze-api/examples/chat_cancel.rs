//! Stops a chat when its reply becomes too long, as a stop button does.
//!
//! A chat continues on the server after its stream is dropped, so it has to be canceled. The token
//! needs the permission `cancelChat`.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chat_cancel -- \
//!     BOT_ID "Tell me a long story about tea."
//! ```

mod support;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use coze_api::ChatEvent;

/// The number of bytes after which the chat is canceled.
const LIMIT: usize = 20;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let question = support::argument(2, "LONG_QUESTION")?;

    let mut events = coze.chat().create(bot_id, "chat_cancel").message(question).stream().await?;
    let mut running = None;
    let mut length = 0;
    while let Some(event) = events.next().await {
        match event? {
            ChatEvent::Created(chat) => running = Some(chat),
            ChatEvent::MessageDelta(piece) => {
                print!("{}", piece.content);
                std::io::stdout().flush()?;
                length += piece.content.len();
                if length >= LIMIT {
                    break;
                }
            }
            ChatEvent::Completed(_) => running = None,
            _ => {}
        }
    }
    println!(" …");
    if let Some(chat) = running {
        let chat = coze.chat().cancel(chat.conversation_id, chat.id).await?;
        println!("the chat is {}", chat.status);
    }
    Ok(())
}
