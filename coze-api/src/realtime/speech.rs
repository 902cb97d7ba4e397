//! A whole text → a whole recording.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use super::exchange::{Answer, Exchange, Part, answer};
use super::text::pieces;
use super::wav::{self, PcmFormat};
use crate::base::atomic_file::PartialFile;
use crate::base::error::{Error, Kind, Result};
use crate::generated::realtime::{
    ConnectSpeech, OutputAudio, OutputAudioCodec, SpeechServerEvent, SpeechSettings,
};

impl ConnectSpeech {
    /// Reads a whole text aloud, in a session of its own.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::realtime::OutputAudio;
    ///
    /// let voice = OutputAudio::new().voice_id("7426720361733046281").speech_rate(20);
    /// let speech = coze.realtime().speech().synthesize("The train leaves at noon.");
    /// speech.output_audio(voice).save("train.wav").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The text may be as long as you like: it is sent in pieces of at most 1,024 bytes, which end
    /// with a sentence, a clause or a word where that is possible.
    pub fn synthesize(&self, text: impl Into<String>) -> Speech {
        let (channel, text) = (self.clone(), text.into());
        Speech(State::Planned(Box::new(Plan { channel, text, output: None })))
    }
}

/// A text that is read aloud, made by [`ConnectSpeech::synthesize`].
///
/// It is a [`Stream`] of the audio, piece by piece, which connects when it is polled first. It
/// ends with `None` only after all of the audio. A failure that the server reports is an error
/// here, for the audio ends with it.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use futures_util::TryStreamExt as _;
///
/// let mut speech = coze.realtime().speech().synthesize("The train leaves at noon.");
/// while let Some(piece) = speech.try_next().await? {
///     println!("{} bytes", piece.len());
/// }
/// # Ok(())
/// # }
/// ```
///
/// Dropping it ends the session.
#[must_use = "nothing is spoken unless the stream is polled, or saved"]
pub struct Speech(State);

enum State {
    Planned(Box<Plan>),
    Running(Answer<Bytes>),
}

#[derive(Clone)]
struct Plan {
    channel: ConnectSpeech,
    text: String,
    output: Option<OutputAudio>,
}

impl Speech {
    /// The voice, and the format of the audio. By default PCM of 24,000 Hz, one channel and 16
    /// bit.
    ///
    /// It has no effect once the stream was polled.
    pub fn output_audio(mut self, output: impl Into<OutputAudio>) -> Self {
        if let State::Planned(plan) = &mut self.0 {
            plan.output = Some(output.into());
        }
        self
    }

    /// Writes the audio to `path` as a WAV file while it comes, and returns how many bytes of
    /// samples it has.
    ///
    /// The path is not touched until the file is complete: what has come is kept beside it, under
    /// a name of its own that ends in `.part`, and takes its place at the end.
    ///
    /// # Errors
    ///
    /// [`is_request`](Error::is_request) if the codec is not PCM: pieces of anything else make no
    /// WAV file. [`is_save`](Error::is_save) if the file cannot be written.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64> {
        let format = match &self.0 {
            State::Planned(plan) => plan.format()?,
            State::Running(_) => {
                return Err(Error::request("a part of the audio has been read already"));
            }
        };
        let path = path.as_ref();
        let unwritable = |e: io::Error| {
            let what = format!("cannot write {}", path.display());
            Error::new(Kind::Save(what)).with_source(e)
        };
        let mut partial = PartialFile::beside(path);
        let mut file = partial.create().await.map_err(unwritable)?;
        // The length is not known yet; who looks at the file meanwhile reads to its end.
        file.write_all(&wav::header(format, u64::MAX)).await.map_err(unwritable)?;
        let mut length = 0;
        while let Some(piece) = self.next().await? {
            file.write_all(&piece).await.map_err(unwritable)?;
            length += piece.len() as u64;
        }
        finish(file, format, length).await.map_err(unwritable)?;
        partial.replace(path).await.map_err(unwritable)?;
        Ok(length)
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        let piece = std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await;
        piece.transpose()
    }
}

/// Completes a WAV file: its length stands in the header.
async fn finish(mut file: File, format: PcmFormat, length: u64) -> io::Result<()> {
    if length % 2 == 1 {
        file.write_all(&[0]).await?;
    }
    file.rewind().await?;
    file.write_all(&wav::header(format, length)).await?;
    file.flush().await
}

impl Plan {
    /// What the samples are like.
    fn format(&self) -> Result<PcmFormat> {
        let default = PcmFormat::default();
        let Some(output) = &self.output else { return Ok(default) };
        if output.codec.as_ref().is_some_and(|codec| *codec != OutputAudioCodec::Pcm) {
            return Err(Error::request("only the codec pcm can be saved as a WAV file"));
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
        let sending = async move {
            if let Some(output) = output {
                sender.update(SpeechSettings::new().output_audio(output)).await?;
            }
            for piece in pieces(&text) {
                sender.append_text(piece).await?;
            }
            sender.complete().await
        };
        Ok(Exchange { sending: Some(Box::pin(sending)), receiver })
    }
}

fn take(event: SpeechServerEvent) -> Part<Bytes> {
    match event {
        SpeechServerEvent::SpeechAudioUpdate(piece) => Part::Item(piece.audio()),
        SpeechServerEvent::SpeechAudioCompleted => Part::End,
        _ => Part::Nothing,
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
                    *state = State::Running(answer(start, take));
                }
                State::Running(stream) => return stream.as_mut().poll_next(cx),
            }
        }
    }
}

/// Does not show the text, which is nobody else's business.
impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started = matches!(self.0, State::Running(_));
        f.debug_struct("Speech").field("started", &started).finish_non_exhaustive()
    }
}
