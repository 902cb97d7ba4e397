//! Talks with the microphone and the speaker of this machine.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use coze_api::Client;
use coze_api::realtime::OutputAudio;
use coze_api::realtime::wav::PcmFormat;
use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{FromSample, Sample as _, SampleFormat, SizedSample, StreamConfig};
use tokio::sync::mpsc;

use super::connect;
use super::dialog::{self, rate};
use super::sound::{self, Resampler};
use crate::cli::TalkArgs;
use crate::commands::input::{Input, Line};
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::output;

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
    dialog::talk(&mut session, &mut microphone, &speaker, &mut keys).await?;
    Ok(session.close().await?)
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
}

impl dialog::Keys for Keys {
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
}

impl dialog::Microphone for Microphone {
    fn record(&mut self, on: bool) {
        while self.samples.try_recv().is_ok() {}
        self.recording.store(on, Ordering::Relaxed);
    }

    async fn samples(&mut self) -> Option<Vec<i16>> {
        self.samples.recv().await
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
}

impl dialog::Speaker for Speaker {
    fn rate(&self) -> u32 {
        self.rate
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
