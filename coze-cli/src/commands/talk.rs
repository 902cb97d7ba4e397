//! `coze talk`: a voice chat with a bot, from a file or with the microphone and the speaker.

#[cfg(feature = "talk")]
mod devices;
#[cfg(any(feature = "talk", test))]
mod dialog;
#[cfg(any(feature = "talk", test))]
mod sound;

use std::path::Path;

use coze_api::realtime::wav::{self, PcmFormat, WavEncoding, WavHeader};
use coze_api::realtime::{
    ChatClientEvent, ChatConfig, ChatServerEvent, ChatSettings, OutputAudio, Session, Turn,
    TurnEvent,
};
use coze_api::{Chat, Client, ToolOutput};
use serde_json::json;

use super::input::{Input, unless_interrupted};
use crate::backend::{Backend, BackendArgs};
use crate::cli::{Format, TalkArgs};
use crate::failure::{CommandResult, Failure};
use crate::language::{say, text};
use crate::output;

pub(super) async fn run(
    args: TalkArgs,
    backend: &BackendArgs,
    output: Option<Format>,
) -> CommandResult {
    match &args.input {
        Some(input) => {
            let recording = Recording::read(input)?;
            let Backend { client, mock: _mock } = backend.open().await?;
            unless_interrupted(from_file(&client, &args, recording, output)).await
        }
        None => with_devices(&args, backend).await,
    }
}

#[cfg(feature = "talk")]
async fn with_devices(args: &TalkArgs, backend: &BackendArgs) -> CommandResult {
    let Backend { client, mock: _mock } = backend.open().await?;
    devices::talk(&client, args).await
}

#[cfg(not(feature = "talk"))]
#[allow(clippy::unused_async, reason = "the signature is that with the feature")]
async fn with_devices(_: &TalkArgs, _: &BackendArgs) -> CommandResult {
    Err(Failure::Usage(say!(
        "this program was built without the microphone and the speaker: give a WAV file with \
         --input, or install it with `--features talk`",
        "此程序构建时不包含麦克风和扬声器：请用 --input 指定 WAV 文件，或使用 `--features talk` 安装",
    )))
}

/// The speech of a user as 16-bit PCM.
struct Recording {
    format: PcmFormat,
    samples: Vec<u8>,
}

impl Recording {
    /// Reads a WAV file.
    fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|error| Failure::cannot_read(path, &error))?;
        let usable = |header: &WavHeader| {
            header.encoding == WavEncoding::Pcm && header.format.bit_depth == 16
        };
        let Some(header) = WavHeader::parse(&bytes).filter(usable) else {
            let path = path.display();
            return Err(Failure::Usage(say!(
                "{path} is not a WAV file with 16-bit PCM; convert it, for example with \
                 `ffmpeg -i FILE -ac 1 -c:a pcm_s16le {path}`",
                "{path} 不是 16 位 PCM 的 WAV 文件；请先转换，例如 \
                 `ffmpeg -i FILE -ac 1 -c:a pcm_s16le {path}`",
            )));
        };
        let samples = bytes.get(header.data_start..).unwrap_or_default();
        let length = header.data_len.and_then(|length| usize::try_from(length).ok());
        let length = length.unwrap_or(samples.len()).min(samples.len());
        Ok(Self { format: header.format, samples: samples[..length].to_vec() })
    }
}

type ChatSession = Session<ChatClientEvent, ChatServerEvent>;

/// Opens a session that takes audio in a format and replies in another one.
async fn connect(
    client: &Client,
    args: &TalkArgs,
    input: PcmFormat,
    output: OutputAudio,
) -> Result<ChatSession, Failure> {
    let session = client.realtime().chat(&args.bot).connect().await?;
    let mut chat = ChatConfig::new().user_id(&args.user);
    if let Some(id) = &args.conversation {
        chat = chat.conversation_id(id);
    }
    let output = match &args.voice {
        Some(voice) => output.voice_id(voice),
        None => output,
    };
    let settings = ChatSettings::new().chat_config(chat).input_audio(input).output_audio(output);
    session.sender().update(settings).await?;
    Ok(session)
}

/// Sends a recording, and saves the reply.
async fn from_file(
    client: &Client,
    args: &TalkArgs,
    recording: Recording,
    output: Option<Format>,
) -> CommandResult {
    let mut session = connect(client, args, recording.format, OutputAudio::new()).await?;
    let mut captions = Captions::new(output.is_none());
    let input = Input::new();
    let mut audio = Vec::new();
    let mut turn = session.say(recording.samples);
    while let Some(event) = turn.next().await {
        let event = event?;
        if let TurnEvent::Audio(piece) = &event {
            audio.extend_from_slice(piece);
        }
        captions.show(&event)?;
        if let TurnEvent::RequiresAction(chat) = event {
            let answer = async |prompt: String| Ok(input.answer(&prompt).await?);
            submit_outputs(&turn, &chat, answer).await?;
        }
    }
    captions.end()?;
    session.close().await?;
    let format = PcmFormat::default();
    if let Some(path) = &args.save {
        let file = wav::encode(format, &audio);
        std::fs::write(path, &file).map_err(|error| Failure::cannot_write(path, &error))?;
        let written = output::written(file.len() as u64, path);
        output::note(text("audio", "音频"), &written)?;
    }
    let Some(format_of_output) = output else { return Ok(()) };
    let summary = json!({
        "transcript": captions.transcript,
        "text": captions.text,
        "seconds": format.duration(audio.len() as u64).as_secs_f64(),
    });
    output::value(&summary, format_of_output)
}

/// Asks for the outputs of the tools that a chat waits for.
async fn submit_outputs(
    turn: &Turn<'_>,
    chat: &Chat,
    mut answer: impl AsyncFnMut(String) -> Result<String, Failure>,
) -> CommandResult {
    let action = chat.required_action.as_ref();
    let calls = action.and_then(|action| action.submit_tool_outputs.as_ref());
    let mut outputs = Vec::new();
    for call in calls.map(|calls| calls.tool_calls.as_slice()).unwrap_or_default() {
        let function = call.function.clone().unwrap_or_default();
        let (name, arguments) = (function.name, function.arguments);
        output::note(text("waiting for", "等待"), &format!("{name} {arguments}"))?;
        let output = answer(say!("output of {name}", "{name} 的输出")).await?;
        outputs.push(ToolOutput::new(&call.id, output));
    }
    Ok(turn.sender().submit_tool_outputs(&chat.id, outputs).await?)
}

/// Prints what the user and the bot say.
#[derive(Default)]
struct Captions {
    is_shown: bool,
    /// The transcript of the user's speech so far.
    transcript: String,
    /// Set once the transcript is printed.
    is_answered: bool,
    text: String,
}

impl Captions {
    fn new(is_shown: bool) -> Self {
        Self { is_shown, ..Self::default() }
    }

    fn show(&mut self, event: &TurnEvent) -> CommandResult {
        match event {
            TurnEvent::Transcript(transcript) => self.transcript.clone_from(transcript),
            TurnEvent::Text(text) => {
                self.answer()?;
                self.text.push_str(text);
                if self.is_shown {
                    output::fragment(text)?;
                }
            }
            TurnEvent::Canceled => output::note(text("bot", "智能体"), text("canceled", "已取消"))?,
            _ => {}
        }
        Ok(())
    }

    /// Prints the transcript, which no longer changes.
    fn answer(&mut self) -> CommandResult {
        if std::mem::replace(&mut self.is_answered, true) || !self.is_shown {
            return Ok(());
        }
        output::note(text("you", "你"), &self.transcript)
    }

    fn end(&mut self) -> CommandResult {
        self.answer()?;
        if self.is_shown && !self.text.is_empty() { output::line("") } else { Ok(()) }
    }
}
