//! `coze speak` and `coze transcribe`.

use coze_api::Upload;

use crate::backend::BackendArgs;
use crate::cli::{SpeakArgs, TranscribeArgs};
use crate::failure::Done;
use crate::output;

pub(super) async fn speak(args: SpeakArgs, backend: &BackendArgs) -> Done {
    let backend = backend.open().await?;
    let speech = backend.client.audio().speech().create(args.text, args.voice).await?;
    let bytes = speech.save(&args.save).await?;
    output::line(&format!("{bytes} bytes written to {}", args.save.display()))
}

pub(super) async fn transcribe(args: TranscribeArgs, backend: &BackendArgs) -> Done {
    let backend = backend.open().await?;
    let recording = Upload::path(args.file);
    let transcription =
        backend.client.audio().transcriptions().create(recording).await?;
    output::line(&transcription.text)
}
