//! Transcribes an audio file.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example transcribe -- hello.mp3
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Upload;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let path = support::argument(1, "RECORDING")?;
    let transcription = coze.audio().transcriptions().create(Upload::path(path)).await?;
    println!("{}", transcription.text);
    Ok(())
}
