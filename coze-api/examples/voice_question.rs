//! Answers a recorded question with speech: transcribes it, asks a bot, and speaks the reply.
//!
//! The example `realtime_chat` does the same over one WebSocket, with less delay.
//!
//! ```sh
//! COZE_API_TOKEN=pat_… cargo run -p coze-api --example voice_question -- \
//!     BOT_ID question.wav answer.wav
//! ```

mod support;

use std::error::Error;
use std::process::ExitCode;

use coze_api::Upload;
use coze_api::audio::SpeechFormat;

#[tokio::main]
async fn main() -> ExitCode {
    support::report(run().await)
}

async fn run() -> Result<(), Box<dyn Error>> {
    let coze = support::client().await?;
    let bot_id = support::argument(1, "BOT_ID")?;
    let recording = support::argument(2, "RECORDING")?;
    let output = support::argument(3, "WAV")?;

    let question = coze.audio().transcriptions().create(Upload::path(recording)).await?.text;
    println!("question: {question}");
    let chat = coze.chat().create(bot_id, "voice_question").message(question);
    let answer = chat.stream().await?.collect_reply().await?.text();
    println!("answer: {answer}");

    let mut voices = coze.audio().voices().list().items();
    let voice = voices.next().await.ok_or("the account has no voices")??;
    let speech = coze.audio().speech().create(answer, voice.voice_id);
    let bytes = speech.response_format(SpeechFormat::Wav).await?.save(&output).await?;
    println!("{output}: {bytes} bytes");
    Ok(())
}
