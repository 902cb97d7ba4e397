//! Asks a bot a question and lists the bots of a workspace, in a program without an async runtime.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --features blocking --example blocking -- \
//!     BOT_ID WORKSPACE_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Message;
use coze_api::blocking::Blocking as _;

fn main() -> ExitCode {
    support::report(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().wait()?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let workspace_id = support::argument(2, "WORKSPACE_ID")?;

    let chat = coze.chat().create(bot_id, "blocking").message(Message::user("Hello!"));
    for piece in chat.stream().wait()?.text().wait_each() {
        print!("{}", piece?);
    }
    println!();
    for bot in coze.bots().list(workspace_id).items().wait_each() {
        let bot = bot?;
        println!("{} {}", bot.id, bot.name);
    }
    Ok(())
}
