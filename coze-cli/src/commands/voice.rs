//! `coze speak` and `coze transcribe`: convert between text and speech.

use std::io::Read as _;
use std::path::Path;

use coze_api::audio::SpeechFormat;
use serde_json::json;

use super::progress::UploadProgress;
use crate::backend::BackendArgs;
use crate::cli::{Format, SpeakArgs, TranscribeArgs};
use crate::failure::{CommandResult, Failure};
use crate::language::say;
use crate::output;

pub(super) async fn speak(
    args: SpeakArgs,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let format = format(&args.save)?;
    let mut text = args.text;
    if text == "-" {
        text.clear();
        std::io::stdin().read_to_string(&mut text)?;
        text.truncate(text.trim_end().len());
    }
    let backend = backend.open().await?;
    let speech = backend.client.audio().speech();
    let speech = speech.create(text, args.voice).response_format(format).await?;
    let bytes = speech.save(&args.save).await?;
    let summary = json!({"bytes": bytes, "path": args.save.display().to_string()});
    output::report(&output::written(bytes, &args.save), &summary, output)
}

/// Returns the audio format for the extension of a file.
fn format(path: &Path) -> Result<SpeechFormat, Failure> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.map(str::to_lowercase).as_deref() {
        None | Some("mp3") => Ok(SpeechFormat::Mp3),
        Some("wav") => Ok(SpeechFormat::Wav),
        Some("pcm") => Ok(SpeechFormat::Pcm),
        Some("ogg" | "opus") => Ok(SpeechFormat::OggOpus),
        Some(other) => Err(Failure::Usage(say!(
            "cannot write speech as .{other}; use .mp3, .wav, .pcm or .ogg",
            "不能将语音写为 .{other} 文件，请使用 .mp3、.wav、.pcm 或 .ogg",
        ))),
    }
}

pub(super) async fn transcribe(
    args: TranscribeArgs,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    let backend = backend.open().await?;
    let progress = UploadProgress::new();
    let recording = progress.upload(args.file);
    let transcription = backend.client.audio().transcriptions().create(recording).await?;
    progress.clear();
    output::report(&transcription.text, &json!({"text": transcription.text}), output)
}
