//! Asks a bot a spoken question, and saves its spoken reply as a WAV file.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --features realtime --example realtime_chat -- \
//!     BOT_ID question.wav answer.wav
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::realtime::wav::{self, PcmFormat, WavHeader};
use coze_api::realtime::{ChatSettings, TurnEvent};
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let question = std::fs::read(support::argument(2, "RECORDING")?)?;
    let answer = support::argument(3, "WAV")?;
    let header = WavHeader::parse(&question).ok_or("the question is not a WAV file")?;
    let samples = question[header.data_start..].to_vec();

    let mut session = coze.realtime().chat(bot_id).connect().await?;
    session.sender().update(ChatSettings::new().input_audio(header.format)).await?;

    let mut audio = Vec::new();
    let mut turn = session.say(samples);
    while let Some(event) = turn.try_next().await? {
        match event {
            TurnEvent::Transcript(text) => eprintln!("you: {text}"),
            TurnEvent::Text(text) => print!("{text}"),
            TurnEvent::Audio(piece) => audio.extend_from_slice(&piece),
            _ => {}
        }
    }
    println!();
    session.close().await?;

    let format = PcmFormat::default();
    std::fs::write(&answer, wav::encode(format, &audio))?;
    let duration = format.duration(audio.len() as u64);
    eprintln!("{answer}: {:.1} seconds", duration.as_secs_f64());
    Ok(())
}
