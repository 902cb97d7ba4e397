//! Voice chats: a WebSocket between the page and this server, which holds the credentials and talks
//! to the channel of the platform.
//!
//! Audio is in binary frames of 16-bit mono PCM at 24,000 Hz, in both directions. Everything else
//! is JSON in text frames. The session ends with the page, and the page's connection with the
//! session.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use coze_api::ToolOutput;
use coze_api::realtime::{
    ChatClientEvent, ChatConfig, ChatServerEvent, ChatSettings, InputAudio, InputAudioCodec,
    InputAudioFormat, OutputAudio, OutputAudioCodec, PcmConfig, Received, Receiver, Sender,
    TurnDetection, TurnDetectionType,
};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::call::error_line;
use super::{AppState, target};
use crate::language::{self, text};
use crate::secrets;

/// The name of the protocol between the page and this server.
pub(super) const PROTOCOL: &str = "coze-playground";
/// The path of the endpoint.
pub(super) const PATH: &str = "/api/realtime";
/// The samples per second of both directions.
const SAMPLE_RATE: i32 = 24_000;
/// The maximum size of a frame of the page, in bytes: 1.3 seconds of audio.
const MAX_FRAME: usize = 64 * 1024;
/// The number of sessions at the same time, for all tabs.
const MAX_SESSIONS: usize = 2;
/// The time that the page has to describe the session.
const START_TIMEOUT: Duration = Duration::from_secs(10);
/// The interval of pings to the page.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// The time after which a silent page, which does not even answer pings, counts as gone.
const PAGE_TIMEOUT: Duration = Duration::from_secs(60);
/// The time for the last frames to the page.
const END_TIMEOUT: Duration = Duration::from_secs(5);

const NORMAL: u16 = 1000;
const POLICY: u16 = 1008;
const TOO_BIG: u16 = 1009;
const TRY_LATER: u16 = 1013;

/// Limits the sessions at the same time.
pub(super) struct Sessions(Arc<Semaphore>);

impl Default for Sessions {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_SESSIONS)))
    }
}

/// A text frame of the page.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Command {
    /// The first frame.
    Start(Box<Start>),
    /// The user has finished speaking.
    Complete,
    /// The audio since the last reply is discarded.
    Clear,
    /// The bot is interrupted.
    Cancel,
    /// A message that is not spoken.
    Text { text: String },
    /// The outputs of tools, by the id of the call.
    Outputs { chat_id: String, outputs: BTreeMap<String, String> },
}

/// The description of a session.
#[derive(Deserialize)]
struct Start {
    bot_id: String,
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    conversation_id: String,
    #[serde(default)]
    voice_id: String,
    #[serde(default)]
    workflow_id: String,
    /// By default the server detects when the user speaks.
    turn_detection: Option<TurnDetectionType>,
    /// `true` if the bot begins with its opening words.
    #[serde(default)]
    prologue: bool,
    /// Other opening words, with which the bot begins.
    #[serde(default)]
    prologue_content: String,
    /// `true` once the user has agreed to a chat with a real account.
    #[serde(default)]
    confirmed: bool,
}

impl Start {
    fn settings(self) -> ChatSettings {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let mut config = ChatConfig::new().auto_save_history(true);
        config.user_id = some(self.user_id).or_else(|| Some("playground".to_owned()));
        config.conversation_id = some(self.conversation_id);
        let input = InputAudio::new()
            .format(InputAudioFormat::Pcm)
            .codec(InputAudioCodec::Pcm)
            .sample_rate(SAMPLE_RATE)
            .channel(1)
            .bit_depth(16);
        let pcm = PcmConfig::new().sample_rate(SAMPLE_RATE);
        let mut output = OutputAudio::new().codec(OutputAudioCodec::Pcm).pcm_config(pcm);
        output.voice_id = some(self.voice_id);
        let kind = self.turn_detection.unwrap_or(TurnDetectionType::ServerVad);
        let mut settings = ChatSettings::new()
            .chat_config(config)
            .input_audio(input)
            .output_audio(output)
            .turn_detection(TurnDetection::new().kind(kind))
            .need_play_prologue(self.prologue || !self.prologue_content.is_empty());
        settings.prologue_content = some(self.prologue_content);
        settings
    }
}

/// The end of a session: the last line for the page, and the code of its connection.
struct End {
    code: u16,
    line: Option<Value>,
}

impl End {
    fn good() -> Self {
        Self { code: NORMAL, line: None }
    }

    fn refused(code: u16, message: &str) -> Self {
        Self { code, line: Some(json!({"kind": "error", "message": message})) }
    }
}

impl From<coze_api::Error> for End {
    fn from(error: coze_api::Error) -> Self {
        Self { code: NORMAL, line: Some(error_line(&error)) }
    }
}

#[derive(Deserialize)]
pub(super) struct Options {
    /// The language of the page, which cannot add a header.
    #[serde(default)]
    lang: String,
    /// The name of the target that the page shows.
    target: Option<String>,
}

/// Opens a session.
pub(super) async fn open(
    State(app): State<Arc<AppState>>,
    Query(options): Query<Options>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let permit = app.sessions.0.clone().try_acquire_owned();
    let is_outdated = options.target.is_some_and(|shown| shown != app.targets.current().name());
    let language = language::from_tag(&options.lang);
    upgrade.protocols([PROTOCOL]).max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME).on_upgrade(
        move |mut socket| {
            language::within(language, async move {
                match permit {
                    Ok(_) if is_outdated => {
                        finish(&mut socket, End::refused(POLICY, target::changed())).await;
                    }
                    Ok(_permit) => run(&app, socket).await,
                    // A page cannot read the response to a refused handshake.
                    Err(_) => finish(&mut socket, too_many()).await,
                }
            })
        },
    )
}

fn too_many() -> End {
    let message = text(
        "two voice chats are running already; end one of them",
        "已有两个语音对话正在进行，请先结束其中一个",
    );
    End::refused(TRY_LATER, message)
}

/// Sends the last line and closes the connection. The page may be gone already.
async fn finish(socket: &mut (impl futures_util::Sink<Message> + Unpin), end: End) {
    let sending = async {
        if let Some(line) = end.line {
            let _ = socket.feed(text_frame(&line)).await;
        }
        let frame = CloseFrame { code: end.code, reason: "".into() };
        let _ = socket.send(Message::Close(Some(frame))).await;
    };
    let _ = timeout(END_TIMEOUT, sending).await;
}

fn text_frame(line: &Value) -> Message {
    Message::Text(secrets::hide(&line.to_string()).into_owned().into())
}

async fn run(app: &AppState, socket: WebSocket) {
    let (mut to_page, mut from_page) = socket.split();
    let end = match connect(app, &mut from_page).await {
        Ok((log_id, sender, receiver)) => {
            let open = text_frame(&json!({"kind": "open", "log_id": log_id}));
            let end = match to_page.send(open).await {
                Ok(()) => tokio::select! {
                    end = listen(&mut from_page, &sender) => end,
                    end = speak(&mut to_page, receiver) => end,
                },
                Err(_) => End::good(),
            };
            // Closing the session ends a chat in progress. It must not keep the page waiting.
            let (_, ()) = tokio::join!(sender.close(), finish(&mut to_page, end));
            return;
        }
        Err(end) => end,
    };
    finish(&mut to_page, end).await;
}

type Session = (Option<String>, Sender<ChatClientEvent>, Receiver<ChatServerEvent>);

/// Reads the first frame of the page, and opens the session with the platform.
async fn connect(app: &AppState, from_page: &mut SplitStream<WebSocket>) -> Result<Session, End> {
    let target = app.targets.current();
    let first = timeout(START_TIMEOUT, next(from_page)).await;
    let start = match first {
        Ok(Ok(Some(Message::Text(json)))) => match serde_json::from_str(&json) {
            Ok(Command::Start(start)) if !start.bot_id.trim().is_empty() => start,
            _ => return Err(invalid()),
        },
        Ok(Ok(None)) => return Err(End::good()),
        Ok(Err(end)) => return Err(end),
        _ => return Err(invalid()),
    };
    if target.mock().is_none() && !start.confirmed {
        let message = text(
            "a voice chat with your account may incur costs; confirm it",
            "使用你的账号进行语音对话可能产生费用；请先确认",
        );
        return Err(End::refused(POLICY, message));
    }
    let mut connection = target.backend.client.realtime().chat(start.bot_id.trim());
    if !start.workflow_id.is_empty() {
        connection = connection.workflow_id(&start.workflow_id);
    }
    let session = connection.connect().await?;
    session.sender().update(start.settings()).await?;
    let log_id = session.log_id().map(str::to_owned);
    let (sender, receiver) = session.split();
    Ok((log_id, sender, receiver))
}

fn invalid() -> End {
    let message = text(
        "the frame is not one of a voice chat of the playground",
        "该帧不是 Playground 语音对话的有效内容",
    );
    End::refused(POLICY, message)
}

/// Returns the next frame with content, or `None` if the page is gone.
async fn next(from_page: &mut SplitStream<WebSocket>) -> Result<Option<Message>, End> {
    loop {
        match timeout(PAGE_TIMEOUT, from_page.next()).await {
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => {}
            Ok(Some(Ok(Message::Close(_))) | None) | Err(_) => return Ok(None),
            Ok(Some(Ok(message))) => return Ok(Some(message)),
            // A broken connection, or a frame that is too large.
            Ok(Some(Err(_))) => {
                let message = text("a frame must be at most 64 KiB long", "每帧不能超过 64 KiB");
                return Err(End::refused(TOO_BIG, message));
            }
        }
    }
}

/// Passes on what the page sends, until it is gone or the session is over.
async fn listen(from_page: &mut SplitStream<WebSocket>, sender: &Sender<ChatClientEvent>) -> End {
    loop {
        let sent = match next(from_page).await {
            Ok(None) => return End::good(),
            Err(end) => return end,
            Ok(Some(Message::Binary(audio))) if audio.len() % 2 == 0 => {
                sender.append_audio(&audio).await
            }
            Ok(Some(Message::Text(json))) => match serde_json::from_str(&json) {
                Ok(command) => match forward(command, sender).await {
                    Some(sent) => sent,
                    None => return invalid(),
                },
                Err(_) => return invalid(),
            },
            Ok(Some(_)) => return invalid(),
        };
        if let Err(error) = sent {
            return error.into();
        }
    }
}

/// Sends a command of the page. Returns `None` if a session cannot have it.
async fn forward(
    command: Command,
    sender: &Sender<ChatClientEvent>,
) -> Option<coze_api::Result<()>> {
    Some(match command {
        Command::Start(_) => return None,
        Command::Complete => sender.complete().await,
        Command::Clear => sender.clear().await,
        Command::Cancel => sender.cancel().await,
        Command::Text { text } => sender.send_text(text).await,
        Command::Outputs { chat_id, outputs } => {
            let outputs = outputs.into_iter().map(|(id, output)| ToolOutput::new(id, output));
            sender.submit_tool_outputs(chat_id, outputs).await
        }
    })
}

/// Passes on what the platform sends, until the session is over or the page is gone.
async fn speak(
    to_page: &mut SplitSink<WebSocket, Message>,
    mut receiver: Receiver<ChatServerEvent>,
) -> End {
    let mut pings = interval(PING_INTERVAL);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let message = tokio::select! {
            received = receiver.receive() => match received {
                None => return End::good(),
                Some(Ok(received)) => frame(&received),
                // The session continues after an event that cannot be decoded.
                Some(Err(error)) if error.is_decode() => text_frame(&error_line(&error)),
                Some(Err(error)) => return error.into(),
            },
            _ = pings.tick() => Message::Ping(Vec::new().into()),
        };
        if to_page.send(message).await.is_err() {
            return End::good();
        }
    }
}

/// Returns the frame for an event: its audio, or the event as JSON with the error that it reports.
fn frame(received: &Received<ChatServerEvent>) -> Message {
    if let ChatServerEvent::ConversationAudioDelta(message) = &received.event {
        return match message.audio() {
            Ok(audio) => Message::Binary(audio),
            Err(error) => text_frame(&error_line(&error)),
        };
    }
    let mut line = serde_json::to_value(&received.event).unwrap_or_default();
    if let Some(members) = line.as_object_mut() {
        members.insert("kind".to_owned(), "event".into());
        if let Some(error) = received.error() {
            members.insert("error".to_owned(), error_line(error));
        }
    }
    text_frame(&line)
}
