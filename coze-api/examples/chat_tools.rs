//! Lets a bot call functions of this program (function calling).
//!
//! The bot needs a local plugin with the tools `get_weather` and `get_time`.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chat_tools -- \
//!     BOT_ID "What is the weather in Kunming?"
//! ```

mod support;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use coze_api::{ChatEvent, Message, MessageType, Tools};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

#[derive(serde::Deserialize)]
struct Place {
    city: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let question =
        support::argument(2, "QUESTION").unwrap_or("What is the weather in Kunming?".to_owned());

    let tools = Tools::new()
        .function("get_weather", |place: Place| async move {
            json!({"city": place.city, "degrees": 22, "sky": "clear"})
        })
        .function("get_time", |_: Value| async {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            Ok::<_, Box<dyn Error + Send + Sync>>(json!({"unix_seconds": now.as_secs()}))
        });

    let chat = coze.chat().create(&bot_id, "chat_tools").message(Message::user(question));
    let mut events = chat.stream().await?.with_tools(tools);
    while let Some(event) = events.try_next().await? {
        match event {
            ChatEvent::RequiresAction(chat) => {
                let action = chat.required_action.and_then(|a| a.submit_tool_outputs);
                for call in action.map(|outputs| outputs.tool_calls).unwrap_or_default() {
                    let function = call.function.unwrap_or_default();
                    eprintln!("[{}({})]", function.name, function.arguments);
                }
            }
            ChatEvent::MessageDelta(piece) if piece.kind == Some(MessageType::Answer) => {
                print!("{}", piece.content);
                std::io::stdout().flush()?;
            }
            _ => {}
        }
    }
    println!();
    Ok(())
}
