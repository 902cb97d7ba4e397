//! Asks a bot a question and prints its reply.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example quickstart -- \
//!     BOT_ID "What is the weather in Kunming?"
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Message;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let question = support::argument(2, "QUESTION").unwrap_or("Hello!".to_owned());

    let chat = coze.chat().create(bot_id, "quickstart").message(Message::user(question));
    // Polls until the reply is complete. The example `chat_stream` prints it as it is generated.
    let reply = chat.and_poll().await?;
    println!("{}", reply.text());
    eprintln!("[{} tokens]", reply.usage().map_or(0, |usage| usage.token_count));
    Ok(())
}
