//! Synthesizes the speech of a whole text.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::exchange::{Exchange, Items, Part, items, task};
use super::text::pieces;
use super::wav::{self, PcmFormat};
use crate::base::atomic_file::PartialFile;
use crate::base::error::{Error, Kind, Result};
use crate::generated::realtime::{
    ConnectSpeech, OutputAudio, OutputAudioCodec, SpeechServerEvent, SpeechSettings,
};

impl ConnectSpeech {
    /// Synthesizes the speech of a whole text, in a session of its own.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::realtime::OutputAudio;
    ///
    /// let voice = OutputAudio::new().voice_id("7426720361732000001").speech_rate(20);
    /// let speech = coze.realtime().speech().synthesize("The train leaves at noon.");
    /// speech.output_audio(voice).save("train.wav").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The text may have any length. It is sent in pieces of at most 1,024 bytes, which end at the
    /// end of a sentence, a clause or a word if possible.
    #[doc(alias = "tts")]
    #[doc(alias = "text to speech")]
    pub fn synthesize(&self, text: impl Into<String>) -> Speech {
        let (channel, text) = (self.clone(), text.into());
        Speech(State::Planned(Box::new(Plan { channel, text, output: None })))
    }
}

/// The speech of a text, returned by [`ConnectSpeech::synthesize`].
///
/// It is a [`Stream`] of the audio, piece by piece, and connects when it is first polled. Unless it
/// ends with an error, the audio is complete. A failure that the server reports is an error.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let mut speech = coze.realtime().speech().synthesize("The train leaves at noon.");
/// while let Some(piece) = speech.next().await {
///     println!("{} bytes", piece?.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Dropping it ends the session.
#[must_use = "nothing is synthesized unless the stream is polled or saved"]
pub struct Speech(State);

enum State {
    Planned(Box<Plan>),
    Running(Items<Bytes>),
}

#[derive(Clone)]
struct Plan {
    channel: ConnectSpeech,
    text: String,
    output: Option<OutputAudio>,
}

impl Speech {
    /// Sets the voice and the format of the audio. The default format is 16-bit mono PCM at 24,000
    /// Hz.
    ///
    /// It has no effect after the stream was first polled.
    pub fn output_audio(mut self, output: impl Into<OutputAudio>) -> Self {
        if let State::Planned(plan) = &mut self.0 {
            plan.output = Some(output.into());
        }
        self
    }

    /// Returns the next piece of the audio, or `None` at its end.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Writes the audio to `path` as a WAV file while it arrives. Returns the length of the samples
    /// in bytes.
    ///
    /// The audio is written to a temporary file beside `path`, whose name ends in `.part`. It
    /// replaces `path` when it is complete.
    ///
    /// # Errors
    ///
    /// [`is_request`](Error::is_request) if the codec is not PCM, or if a part of the audio was
    /// already read. [`is_save`](Error::is_save) if the file cannot be written. Otherwise the first
    /// error of the stream.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64> {
        let format = match &self.0 {
            State::Planned(plan) => plan.format()?,
            State::Running(_) => {
                return Err(Error::request(
                    "cannot save the speech: a part of the audio was already read",
                ));
            }
        };
        let path = path.as_ref();
        let unwritable = |e: io::Error| {
            let message = format!("cannot write {}", path.display());
            Error::from_kind(Kind::Save(message)).with_source(e)
        };
        let mut partial = PartialFile::beside(path);
        let mut file = partial.create().await.map_err(unwritable)?;
        // The length is not known yet. With this one, players read to the end of the file.
        file.write_all(&wav::header(format, u64::MAX)).await.map_err(unwritable)?;
        let mut length = 0;
        while let Some(piece) = self.next().await.transpose()? {
            file.write_all(&piece).await.map_err(unwritable)?;
            length += piece.len() as u64;
        }
        finish(file, format, length).await.map_err(unwritable)?;
        partial.replace(path).await.map_err(unwritable)?;
        Ok(length)
    }
}

/// Completes a WAV file: pads the samples and writes their length to the header.
async fn finish(mut file: File, format: PcmFormat, length: u64) -> io::Result<()> {
    if length % 2 == 1 {
        file.write_all(&[0]).await?;
    }
    file.rewind().await?;
    file.write_all(&wav::header(format, length)).await?;
    file.flush().await
}

impl Plan {
    /// Returns the format of the samples.
    fn format(&self) -> Result<PcmFormat> {
        let default = PcmFormat::default();
        let Some(output) = &self.output else { return Ok(default) };
        if output.codec.as_ref().is_some_and(|codec| *codec != OutputAudioCodec::Pcm) {
            return Err(Error::request("only audio with the codec pcm can be saved as a WAV file"));
        }
        let rate = output.pcm_config.as_ref().and_then(|pcm| pcm.sample_rate);
        let sample_rate = rate
            .map_or(Ok(default.sample_rate), u32::try_from)
            .map_err(|_| Error::request("the sample rate of pcm_config must not be negative"))?;
        Ok(PcmFormat { sample_rate, ..default })
    }

    async fn start(self) -> Result<Exchange<SpeechServerEvent>> {
        let Self { channel, text, output } = self;
        let (sender, receiver) = channel.connect().await?.split();
        let sent = async move {
            if let Some(output) = output {
                sender.update(SpeechSettings::new().output_audio(output)).await?;
            }
            for piece in pieces(&text) {
                sender.append_text(piece).await?;
            }
            sender.complete().await
        };
        Ok(Exchange { sending: Some(task(sent)), receiver })
    }
}

fn take(event: SpeechServerEvent) -> Part<Bytes> {
    match event {
        SpeechServerEvent::SpeechAudioUpdate(piece) => Part::Item(piece.audio()),
        SpeechServerEvent::SpeechAudioCompleted => Part::End,
        _ => Part::Ignored,
    }
}

impl Stream for Speech {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let state = &mut self.get_mut().0;
        loop {
            match state {
                State::Planned(plan) => {
                    let start = Box::pin(plan.clone().start());
                    *state = State::Running(items(start, take));
                }
                State::Running(stream) => return stream.poll_next(cx),
            }
        }
    }
}

/// Omits the text, which is private.
impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started = matches!(self.0, State::Running(_));
        f.debug_struct("Speech").field("started", &started).finish_non_exhaustive()
    }
}
