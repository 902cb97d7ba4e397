//! Calls an operation, and sends a field, that this crate does not have.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example raw_request -- BOT_ID
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Method;
use serde_json::json;

/// The members that this program needs of a response.
#[derive(serde::Deserialize)]
struct Me {
    user_name: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;

    // Any path, with the token, the retries and the errors of other calls.
    let me: Me = coze.request(Method::GET, "/v1/users/me").data().await?;
    println!("{}", me.user_name);

    // A field of the body that the builder lacks.
    let chat = coze.chat().create(bot_id, "raw_request").message("Hello!");
    let chat = chat.with_field("new_option", json!({"level": 3}));
    // The events as they came, in place of decoded ones.
    let mut frames = chat.stream().await?.into_frames();
    while let Some(frame) = frames.next().await {
        let frame = frame?;
        println!("{}: {}", frame.event(), frame.text());
    }
    Ok(())
}
