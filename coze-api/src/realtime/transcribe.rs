//! Transcribes a whole recording.

mod source;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use sync_wrapper::SyncWrapper;
use tokio::io::AsyncRead;
use tokio::time::{Instant, sleep_until};

use super::exchange::{Exchange, Items, Part, items, task};
use super::sender::Sender;
use crate::base::error::Result;
use crate::generated::realtime::{
    ConnectTranscriptions, InputAudio, TranscriptionAsrConfig, TranscriptionSettings,
    TranscriptionsClientEvent, TranscriptionsServerEvent,
};
use source::{PIECE, Reader, Source};

/// The speed at which a recording is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Pace {
    /// As fast as the reader provides it and the server accepts it. This is the default, also for
    /// live audio, whose reader sets the pace.
    #[default]
    Fast,
    /// At the speed of playback: 100 milliseconds of audio every 100 milliseconds. It has no effect
    /// on audio whose duration does not follow from its length, such as OGG.
    RealTime,
}

impl ConnectTranscriptions {
    /// Transcribes a whole recording, in a session of its own.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let recording = tokio::fs::File::open("question.wav").await?;
    /// let text = coze.realtime().transcriptions().transcribe(recording).text().await?;
    /// println!("{text}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The format of a WAV file is read from its header; it may contain PCM or G.711. OGG is
    /// recognized by its first bytes, with Opus as the codec. Anything else is sent as raw samples
    /// in the format of [`input_audio`](LiveTranscription::input_audio), which defaults to 16-bit
    /// mono PCM at 24,000 Hz.
    #[doc(alias = "asr")]
    #[doc(alias = "speech to text")]
    pub fn transcribe(&self, audio: impl AsyncRead + Send + 'static) -> LiveTranscription {
        LiveTranscription(State::Planned(Box::new(Plan {
            channel: self.clone(),
            audio: SyncWrapper::new(Box::pin(audio)),
            input: None,
            asr: None,
            pace: Pace::default(),
        })))
    }
}

/// The transcription of a recording, returned by [`ConnectTranscriptions::transcribe`].
///
/// It is a [`Stream`] of the text, and connects when it is first polled. Each item is the whole
/// text so far and replaces the previous one; [`text`](Self::text) waits for the last. Unless the
/// stream ends with an error, the transcription is complete. A failure that the server reports is
/// an error.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use coze_api::realtime::Pace;
///
/// let recording = tokio::fs::File::open("question.wav").await?;
/// let transcription = coze.realtime().transcriptions().transcribe(recording);
/// let mut texts = transcription.pace(Pace::RealTime);
/// while let Some(text) = texts.next().await {
///     println!("{}", text?);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Dropping it ends the session.
#[must_use = "nothing is transcribed unless the stream is polled"]
pub struct LiveTranscription(State);

enum State {
    Planned(Box<Plan>),
    Running(Items<String>),
    /// The state in between, while the stream is created.
    Empty,
}

struct Plan {
    channel: ConnectTranscriptions,
    /// Wrapped, so that any reader makes the stream `Sync`.
    audio: SyncWrapper<Reader>,
    input: Option<InputAudio>,
    asr: Option<TranscriptionAsrConfig>,
    pace: Pace,
}

/// Settings, which have no effect after the stream was first polled.
impl LiveTranscription {
    /// Sets the format of audio that has no header. The default is 16-bit mono PCM at 24,000 Hz.
    pub fn input_audio(self, input: impl Into<InputAudio>) -> Self {
        self.plan(|plan| plan.input = Some(input.into()))
    }

    /// Sets the options of speech recognition.
    pub fn asr_config(self, asr: impl Into<TranscriptionAsrConfig>) -> Self {
        self.plan(|plan| plan.asr = Some(asr.into()))
    }

    /// Sets the speed at which the audio is sent. The default is [`Pace::Fast`].
    pub fn pace(self, pace: Pace) -> Self {
        self.plan(|plan| plan.pace = pace)
    }

    fn plan(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        if let State::Planned(plan) = &mut self.0 {
            change(plan);
        }
        self
    }

    /// Returns the next piece of the text, or `None` at its end.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<String>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Waits for the end of the transcription, and returns the whole text.
    ///
    /// # Errors
    ///
    /// [`is_upload`](crate::Error::is_upload) if the audio cannot be read; otherwise the first
    /// error of the session.
    pub async fn text(mut self) -> Result<String> {
        let mut last = String::new();
        while let Some(text) = self.next().await {
            last = text?;
        }
        Ok(last)
    }
}

impl Plan {
    async fn start(self) -> Result<Exchange<TranscriptionsServerEvent>> {
        let Self { channel, audio, input, asr, pace } = self;
        let (sender, receiver) = channel.connect().await?.split();
        let sent = async move {
            let source = Source::open(audio.into_inner(), input).await?;
            let mut settings = TranscriptionSettings::new().input_audio(source.input().clone());
            settings.asr_config = asr;
            sender.update(settings).await?;
            send(&sender, source, pace).await?;
            sender.complete().await
        };
        Ok(Exchange { sending: Some(task(sent)), receiver })
    }
}

async fn send(
    sender: &Sender<TranscriptionsClientEvent>,
    mut source: Source,
    pace: Pace,
) -> Result<()> {
    let paced = pace == Pace::RealTime && source.tells_time();
    let (start, mut sent) = (Instant::now(), Duration::ZERO);
    while let Some(piece) = source.piece().await? {
        sender.append_audio(&piece).await?;
        if paced {
            sent += PIECE;
            // Measured from the start, so that small delays do not accumulate.
            sleep_until(start + sent).await;
        }
    }
    Ok(())
}

fn take(event: TranscriptionsServerEvent) -> Part<String> {
    use TranscriptionsServerEvent as Event;

    match event {
        Event::TranscriptionsMessageUpdate(text) => Part::Item(Ok(text.content)),
        Event::TranscriptionsMessageCompleted => Part::End,
        _ => Part::Ignored,
    }
}

impl Stream for LiveTranscription {
    type Item = Result<String>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let state = &mut self.get_mut().0;
        if let State::Running(stream) = state {
            return stream.poll_next(cx);
        }
        let State::Planned(plan) = std::mem::replace(state, State::Empty) else {
            return Poll::Ready(None);
        };
        let mut stream = items(Box::pin(plan.start()), take);
        let first = stream.poll_next(cx);
        *state = State::Running(stream);
        first
    }
}

impl fmt::Debug for LiveTranscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started = !matches!(self.0, State::Planned(_));
        f.debug_struct("LiveTranscription").field("started", &started).finish_non_exhaustive()
    }
}
