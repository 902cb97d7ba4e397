//! Transcribes a WAV file over WebSocket, and prints the text as it is recognized.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --features realtime --example realtime_transcribe \
//!     -- question.wav
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use futures_util::TryStreamExt as _;
use tokio::fs::File;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let recording = File::open(support::argument(1, "RECORDING")?).await?;

    let mut texts = coze.realtime().transcriptions().transcribe(recording);
    let mut last = String::new();
    while let Some(text) = texts.try_next().await? {
        eprintln!("… {text}");
        last = text;
    }
    println!("{last}");
    Ok(())
}
