//! Chats with a bot and prints its reply as it is generated.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example chat_stream -- \
//!     BOT_ID "Tell me about Kunming."
//! ```

mod support;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

use coze_api::Message;
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let question = support::argument(2, "QUESTION").unwrap_or("Hello!".to_owned());

    let chat = coze.chat().create(&bot_id, "chat_stream").message(Message::user(question));
    let mut text = chat.stream().await?.text();
    while let Some(piece) = text.try_next().await? {
        print!("{piece}");
        std::io::stdout().flush()?;
    }
    println!();

    // The reply also holds suggested questions, token usage and tool calls.
    let reply = text.into_reply();
    for question in reply.follow_ups() {
        println!("suggested question: {question}");
    }
    eprintln!("[{} tokens]", reply.usage().map_or(0, |usage| usage.token_count));
    Ok(())
}
