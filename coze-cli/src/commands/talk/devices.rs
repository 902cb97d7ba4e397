//! Talks with the microphone and the speaker of this machine.

use std::collections::VecDeque;
use std::io::Write as _;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use coze_api::Client;
use coze_api::realtime::wav::PcmFormat;
use coze_api::realtime::{OutputAudio, TurnEvent};
use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{FromSample, Sample as _, SampleFormat, SizedSample, StreamConfig};
use tokio::sync::mpsc;

use super::sound::{self, Resampler};
use super::{Captions, ChatSession, connect, submit_outputs};
use crate::cli::TalkArgs;
use crate::commands::input::{Input, Line};
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::output;

/// The rate of the platform, in both directions.
fn rate() -> u32 {
    PcmFormat::default().sample_rate
}

/// Talks until the end of the input.
pub(super) async fn talk(client: &Client, args: &TalkArgs) -> CommandResult {
    let mut microphone = Microphone::open()?;
    let speaker = Speaker::open()?;
    let mut session = connect(client, args, PcmFormat::default(), OutputAudio::new()).await?;
    let mut keys = Keys::new();
    let hint = text(
        "Enter starts to record, Enter again sends it, and Enter interrupts the reply; a line of \
         text is sent as text; Ctrl-D quits",
        "按 Enter 开始录音，再按 Enter 发送，回复时按 Enter 打断；输入文字则以文字发送；按 Ctrl-D 退出",
    );
    output::note(text("talk", "通话"), hint)?;
    while let Some(line) = keys.next().await? {
        let question = match line.trim() {
            "" => match record(&mut microphone, &mut keys).await? {
                Some(audio) => Question::Audio(audio),
                None => break,
            },
            line => Question::Text(line.to_owned()),
        };
        if !answer(&mut session, question, &speaker, &mut keys).await? {
            break;
        }
    }
    Ok(session.close().await?)
}

/// The speech of a user in one turn.
enum Question {
    Audio(Vec<u8>),
    Text(String),
}

/// Records until Enter is pressed. Returns `None` at the end of the input.
async fn record(microphone: &mut Microphone, keys: &mut Keys) -> Result<Option<Vec<u8>>, Failure> {
    let mut audio = Vec::new();
    microphone.record(true);
    let end = loop {
        tokio::select! {
            key = keys.next() => break key?,
            Some(samples) = microphone.samples.recv() => {
                eprint!("\r{} ", sound::meter(&samples));
                std::io::stderr().flush()?;
                audio.extend(sound::to_bytes(&samples));
            }
        }
    };
    microphone.record(false);
    Ok(end.map(|_| audio))
}

/// Asks, and plays the reply. Returns `false` at the end of the input.
async fn answer(
    session: &mut ChatSession,
    question: Question,
    speaker: &Speaker,
    keys: &mut Keys,
) -> Result<bool, Failure> {
    let mut captions = Captions::new(true);
    let mut resampler = Resampler::new(rate(), speaker.rate);
    let mut turn = match question {
        Question::Audio(audio) => session.say(audio),
        Question::Text(text) => session.ask(text),
    };
    let mut goes_on = true;
    loop {
        let event = tokio::select! {
            event = turn.next() => match event {
                Some(event) => event?,
                None => break,
            },
            key = keys.next(), if goes_on => {
                goes_on = key?.is_some();
                speaker.clear();
                turn.sender().cancel().await?;
                continue;
            }
        };
        if let TurnEvent::Audio(piece) = &event {
            speaker.play(resampler.resample(&sound::from_bytes(piece)));
        }
        captions.show(&event)?;
        if let TurnEvent::RequiresAction(chat) = event {
            let answer = async |prompt: String| {
                output::note(text("input", "输入"), &prompt)?;
                let ended = || Failure::Usage(say!("no {prompt} was given", "没有提供{prompt}"));
                keys.next().await?.ok_or_else(ended)
            };
            submit_outputs(&turn, &chat, answer).await?;
        }
    }
    captions.end()?;
    // The audio arrives faster than it is played.
    while goes_on && speaker.is_playing() {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(50)) => {}
            key = keys.next() => {
                goes_on = key?.is_some();
                speaker.clear();
            }
        }
    }
    Ok(goes_on)
}

type PendingLine = Pin<Box<dyn Future<Output = std::io::Result<Line>>>>;

/// The lines that the user enters.
struct Keys {
    input: Input,
    pending: Option<PendingLine>,
}

impl Keys {
    fn new() -> Self {
        Self { input: Input::new(), pending: None }
    }

    /// Returns the next line, or `None` at the end. Dropping the future loses no line.
    async fn next(&mut self) -> Result<Option<String>, Failure> {
        let input = &self.input;
        let pending = self.pending.get_or_insert_with(|| {
            let input = input.clone();
            Box::pin(async move { input.message().await })
        });
        let line = pending.await;
        self.pending = None;
        match line? {
            Line::Text(line) => Ok(Some(line)),
            Line::End => Ok(None),
            Line::Interrupted => Err(Failure::Interrupted),
        }
    }
}

/// The default input device, whose samples arrive at the rate of the platform.
struct Microphone {
    _stream: cpal::Stream,
    recording: Arc<AtomicBool>,
    samples: mpsc::UnboundedReceiver<Vec<i16>>,
}

impl Microphone {
    fn open() -> Result<Self, Failure> {
        let device = cpal::default_host().default_input_device().ok_or_else(|| {
            Failure::Local(say!(
                "no microphone found; use --input to send a WAV file instead",
                "没有麦克风；可用 --input 指定 WAV 文件",
            ))
        })?;
        let config = device.default_input_config().map_err(|error| unusable(&error))?;
        let (sender, samples) = mpsc::unbounded_channel();
        let recording = Arc::new(AtomicBool::new(false));
        let (format, config) = (config.sample_format(), StreamConfig::from(config));
        let (channels, is_on) = (config.channels, recording.clone());
        let mut resampler = Resampler::new(config.sample_rate, rate());
        let take = move |samples: Vec<i16>| {
            if is_on.load(Ordering::Relaxed) {
                // The receiver is gone at the end of the program.
                sender.send(resampler.resample(&sound::mono(&samples, channels))).ok();
            }
        };
        let stream = match format {
            SampleFormat::F32 => input::<f32>(&device, config, take),
            SampleFormat::I16 => input::<i16>(&device, config, take),
            SampleFormat::I32 => input::<i32>(&device, config, take),
            SampleFormat::U8 => input::<u8>(&device, config, take),
            SampleFormat::U16 => input::<u16>(&device, config, take),
            other => return Err(unusable(&other)),
        };
        let stream = stream.map_err(|error| unusable(&error))?;
        stream.play().map_err(|error| unusable(&error))?;
        Ok(Self { _stream: stream, recording, samples })
    }

    fn record(&mut self, on: bool) {
        while self.samples.try_recv().is_ok() {}
        self.recording.store(on, Ordering::Relaxed);
    }
}

fn input<T: SizedSample>(
    device: &cpal::Device,
    config: StreamConfig,
    mut take: impl FnMut(Vec<i16>) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error>
where
    i16: FromSample<T>,
{
    let read = move |samples: &[T], _: &cpal::InputCallbackInfo| {
        take(samples.iter().map(|sample| i16::from_sample(*sample)).collect());
    };
    device.build_input_stream(config, read, |error| report(&error), None)
}

/// The default output device.
struct Speaker {
    _stream: cpal::Stream,
    rate: u32,
    queue: Arc<Mutex<VecDeque<i16>>>,
}

impl Speaker {
    fn open() -> Result<Self, Failure> {
        let device = cpal::default_host().default_output_device().ok_or_else(|| {
            Failure::Local(say!(
                "no speaker found; use --input and --save to write a WAV file instead",
                "没有扬声器；可用 --input 和 --save 写入 WAV 文件",
            ))
        })?;
        let config = device.default_output_config().map_err(|error| unusable(&error))?;
        let queue = Arc::new(Mutex::new(VecDeque::new()));
        let (format, config) = (config.sample_format(), StreamConfig::from(config));
        let (rate, channels, source) = (config.sample_rate, config.channels, queue.clone());
        let give = move |count: usize| {
            let mut queue = source.lock().unwrap_or_else(PoisonError::into_inner);
            let frames = (count / usize::from(channels.max(1))).min(queue.len());
            sound::spread(queue.drain(..frames), channels)
        };
        let stream = match format {
            SampleFormat::F32 => playback::<f32>(&device, config, give),
            SampleFormat::I16 => playback::<i16>(&device, config, give),
            SampleFormat::I32 => playback::<i32>(&device, config, give),
            SampleFormat::U8 => playback::<u8>(&device, config, give),
            SampleFormat::U16 => playback::<u16>(&device, config, give),
            other => return Err(unusable(&other)),
        };
        let stream = stream.map_err(|error| unusable(&error))?;
        stream.play().map_err(|error| unusable(&error))?;
        Ok(Self { _stream: stream, rate, queue })
    }

    fn queue(&self) -> std::sync::MutexGuard<'_, VecDeque<i16>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn play(&self, samples: Vec<i16>) {
        self.queue().extend(samples);
    }

    fn clear(&self) {
        self.queue().clear();
    }

    fn is_playing(&self) -> bool {
        !self.queue().is_empty()
    }
}

fn playback<T: SizedSample + FromSample<i16>>(
    device: &cpal::Device,
    config: StreamConfig,
    mut give: impl FnMut(usize) -> Vec<i16> + Send + 'static,
) -> Result<cpal::Stream, cpal::Error> {
    let write = move |output: &mut [T], _: &cpal::OutputCallbackInfo| {
        let mut samples = give(output.len()).into_iter();
        // Without samples, it is silent.
        output.fill_with(|| T::from_sample(samples.next().unwrap_or_default()));
    };
    device.build_output_stream(config, write, |error| report(&error), None)
}

/// Reports that a device fails, for example because it was unplugged.
fn report(error: &cpal::Error) {
    output::status(&unusable(error).to_string());
}

fn unusable(error: &dyn std::fmt::Display) -> Failure {
    Failure::Local(say!("cannot use the audio device: {error}", "无法使用音频设备：{error}"))
}
