//! Synthesizes speech, and saves it to a file as it arrives.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example speech_to_file -- hello.mp3 "Hello there."
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let path = support::argument(1, "OUTPUT")?;
    let text = support::argument(2, "TEXT")?;

    let voices = coze.audio().voices().list().page_size(1).await?;
    let voice = voices.items.first().ok_or("the account has no voices")?;
    let speech = coze.audio().speech().create(text, &voice.voice_id).await?;
    let content_type = speech.content_type().unwrap_or("unknown type").to_owned();
    let length = speech.save(&path).await?;
    println!("{path}: {length} bytes, {content_type}, spoken by {}", voice.name);
    Ok(())
}
