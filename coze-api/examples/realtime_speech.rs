//! Synthesizes speech over WebSocket, and saves it as a WAV file as it arrives.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --features realtime --example realtime_speech -- \
//!     train.wav "The train leaves at noon."
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::realtime::wav::PcmFormat;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let path = support::argument(1, "WAV")?;
    let text = support::argument(2, "TEXT")?;

    let length = coze.realtime().speech().synthesize(text).save(&path).await?;
    let duration = PcmFormat::default().duration(length);
    println!("{path}: {:.1} seconds", duration.as_secs_f64());
    Ok(())
}
