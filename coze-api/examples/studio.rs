//! Chats with a bot of Coze Studio, the open-source platform that you host yourself.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example studio -- http://localhost:8888 BOT_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::{Client, Platform};

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let (base_url, token) = support::studio().await?;
    let bot_id = support::argument(2, "BOT_ID")?;
    let coze =
        Client::builder().platform(Platform::Studio).base_url(base_url).token(token).build()?;

    let chat = coze.chat().create(bot_id, "studio").message("Hello!");
    println!("{}", chat.stream().await?.collect_reply().await?.text());

    // Coze Studio does not have every operation. Such a call fails before anything is sent.
    match coze.users().me().await {
        Err(error) if error.is_unsupported() => println!("{error}"),
        result => println!("Hello, {}!", result?.nick_name),
    }
    Ok(())
}
