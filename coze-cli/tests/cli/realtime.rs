//! Tests of the playground's voice chats: what is passed on, who may talk, and how they end.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async, client_async};

use crate::common::BOT;
use crate::playground::Playground;

const PROTOCOL: &str = "sec-websocket-protocol";
const LIMIT: Duration = Duration::from_secs(20);

type Page = WebSocketStream<TcpStream>;

/// Opens a connection with other headers than a page sends. A value of `None` removes a header.
async fn open(
    playground: &Playground,
    headers: &[(&'static str, Option<&str>)],
) -> Result<Page, Error> {
    let origin = playground.origin();
    let address = origin.strip_prefix("http://").unwrap();
    let url = format!("ws://{address}/api/realtime?lang=en");
    let mut request = url.into_client_request().unwrap();
    let protocols = format!("coze-playground, key.{}", playground.key());
    let mut all = vec![("origin", Some(origin)), (PROTOCOL, Some(protocols.as_str()))];
    all.extend(headers);
    for (name, value) in all {
        match value {
            Some(value) => {
                request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
            }
            None => drop(request.headers_mut().remove(name)),
        }
    }
    let stream = TcpStream::connect(address).await.unwrap();
    client_async(request, stream).await.map(|(page, response)| {
        assert_eq!(response.headers()[PROTOCOL], "coze-playground");
        page
    })
}

async fn send(page: &mut Page, command: Value) {
    page.send(Message::text(command.to_string())).await.unwrap();
}

/// Opens a connection and describes the session.
async fn start(playground: &Playground, start: Value) -> Page {
    let mut page = open(playground, &[]).await.unwrap();
    send(&mut page, start).await;
    page
}

fn with_bot() -> Value {
    json!({"kind": "start", "bot_id": BOT, "turn_detection": "client_interrupt", "confirmed": true})
}

/// Returns the next frame that is not a ping.
async fn next(page: &mut Page) -> Message {
    loop {
        let frame = timeout(LIMIT, page.next()).await.expect("a frame").expect("not the end");
        match frame.unwrap() {
            Message::Ping(_) | Message::Pong(_) => {}
            frame => return frame,
        }
    }
}

async fn line(page: &mut Page) -> Value {
    match next(page).await {
        Message::Text(json) => serde_json::from_str(&json).unwrap(),
        other => panic!("{other:?} is not a line"),
    }
}

/// Returns the lines until the end, the number of bytes of audio, and the code of the end.
async fn rest(page: &mut Page, until: impl Fn(&Value) -> bool) -> (Vec<Value>, usize, u16) {
    let (mut lines, mut audio) = (Vec::new(), 0);
    loop {
        match next(page).await {
            Message::Text(json) => {
                lines.push(serde_json::from_str(&json).unwrap());
                if lines.last().is_some_and(&until) {
                    return (lines, audio, 0);
                }
            }
            Message::Binary(piece) => audio += piece.len(),
            Message::Close(frame) => {
                return (lines, audio, frame.map_or(0, |frame| frame.code.into()));
            }
            other => panic!("{other:?}"),
        }
    }
}

/// The channel of the platform, which only answers with what the test sends.
struct Platform {
    base_url: String,
    /// The events of the playground, and `None` at the end of each session.
    received: mpsc::UnboundedReceiver<Option<Value>>,
}

impl Platform {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, received) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sender = sender.clone();
                tokio::spawn(async move {
                    let mut socket = accept_async(stream).await.unwrap();
                    while let Some(Ok(frame)) = socket.next().await {
                        if let Message::Text(json) = frame {
                            let _ = sender.send(Some(serde_json::from_str(&json).unwrap()));
                        }
                    }
                    let _ = sender.send(None);
                });
            }
        });
        Self { base_url, received }
    }

    async fn next(&mut self) -> Option<Value> {
        timeout(LIMIT, self.received.recv()).await.expect("an event").unwrap()
    }

    /// Waits for the end of a session.
    async fn end(&mut self) {
        while self.next().await.is_some() {}
    }
}

#[tokio::test]
async fn audio_and_events_are_passed_on() {
    let playground = Playground::start();
    let mut page = start(&playground, with_bot()).await;
    assert_eq!(line(&mut page).await["kind"], "open");
    // The mock recognizes what it has spoken itself.
    let recording = coze_mock::recording("Hi [answer Good morning.]");
    for piece in recording[44..].chunks(4096) {
        page.send(Message::binary(piece.to_vec())).await.unwrap();
    }
    send(&mut page, json!({"kind": "complete"})).await;
    let is_end = |line: &Value| line["event"] == "conversation.chat.completed";
    let (lines, audio, _) = rest(&mut page, is_end).await;
    let find = |event: &str| lines.iter().find(|line| line["event"] == event).unwrap();
    assert_eq!(find("chat.updated")["data"]["turn_detection"]["type"], "client_interrupt");
    assert_eq!(find("chat.updated")["data"]["input_audio"]["sample_rate"], 24_000);
    let heard = &find("conversation.audio_transcript.completed")["data"]["content"];
    assert_eq!(heard, "Hi [answer Good morning.]");
    let answers = lines.iter().filter(|line| line["event"] == "conversation.message.delta");
    let answer: String = answers.map(|line| line["data"]["content"].as_str().unwrap()).collect();
    assert_eq!(answer, "Good morning.");
    // Audio is in frames of its own.
    assert!(audio > 10_000, "{audio}");
    assert!(lines.iter().all(|line| line["event"] != "conversation.audio.delta"));
    // A message that is not spoken, and the end.
    send(&mut page, json!({"kind": "text", "text": "Hello"})).await;
    let (_, audio, _) = rest(&mut page, is_end).await;
    assert!(audio > 0);
    page.close(None).await.unwrap();
}

#[tokio::test]
async fn only_the_page_may_open_a_session() {
    let mut platform = Platform::start().await;
    let playground = Playground::at(&platform.base_url);
    let wrong = format!("coze-playground, key.{}", "0".repeat(64));
    let (forbidden, unauthorized) = (StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED);
    for (name, value, status) in [
        ("origin", Some("https://evil.example"), forbidden),
        ("origin", Some("null"), forbidden),
        ("host", Some("evil.example"), forbidden),
        ("sec-fetch-site", Some("cross-site"), forbidden),
        (PROTOCOL, Some("coze-playground"), unauthorized),
        (PROTOCOL, Some(&*wrong), unauthorized),
        (PROTOCOL, None, unauthorized),
    ] {
        match open(&playground, &[(name, value)]).await {
            Err(Error::Http(response)) => assert_eq!(response.status(), status, "{name} {value:?}"),
            other => panic!("{name} {value:?}: {other:?}"),
        }
    }
    assert!(platform.received.try_recv().is_err());
}

#[tokio::test]
async fn the_settings_of_the_page_reach_the_platform() {
    let mut platform = Platform::start().await;
    let playground = Playground::at(&platform.base_url);
    let mut described = with_bot();
    for (name, value) in [
        ("workflow_id", "7366468917055000003"),
        ("conversation_id", "7"),
        ("user_id", "ling"),
        ("voice_id", "8"),
        ("turn_detection", "semantic_vad"),
        ("prologue_content", "Good day"),
    ] {
        described[name] = json!(value);
    }
    let _page = start(&playground, described).await;
    let data = platform.next().await.unwrap()["data"].take();
    assert_eq!(data["chat_config"]["conversation_id"], "7");
    assert_eq!(data["chat_config"]["user_id"], "ling");
    assert_eq!(data["output_audio"]["voice_id"], "8");
    assert_eq!(data["turn_detection"]["type"], "semantic_vad");
    assert_eq!(data["need_play_prologue"], true);
    assert_eq!(data["prologue_content"], "Good day");
}

#[tokio::test]
async fn the_session_ends_with_the_page() {
    let mut platform = Platform::start().await;
    let playground = Playground::at(&platform.base_url);
    for is_closed in [true, false] {
        let mut page = start(&playground, with_bot()).await;
        assert_eq!(line(&mut page).await["kind"], "open");
        let update = platform.next().await.unwrap();
        assert_eq!(update["event_type"], "chat.update");
        if is_closed {
            page.close(None).await.unwrap();
        }
        drop(page);
        platform.end().await;
    }
}

#[tokio::test]
async fn invalid_and_large_frames_end_the_session() {
    let mut platform = Platform::start().await;
    let playground = Playground::at(&platform.base_url);
    for (frame, code) in [
        (Message::binary(vec![0; 64 * 1024 + 2]), 1009),
        (Message::binary(vec![0; 3]), 1008),
        (Message::text("[]"), 1008),
        (Message::text(r#"{"kind": "update"}"#), 1008),
        (Message::text(with_bot().to_string()), 1008),
    ] {
        let mut page = start(&playground, with_bot()).await;
        assert_eq!(line(&mut page).await["kind"], "open");
        page.send(frame.clone()).await.unwrap();
        let (lines, _, end) = rest(&mut page, |_| false).await;
        assert_eq!((end, &lines[0]["kind"]), (code, &json!("error")), "{frame:?}");
        platform.end().await;
    }
    // The first frame must describe the session.
    for first in [json!({"kind": "complete"}), json!({"kind": "start", "bot_id": " "})] {
        let mut page = start(&playground, first).await;
        assert_eq!(rest(&mut page, |_| false).await.2, 1008);
    }
    assert!(platform.received.try_recv().is_err());
}

#[tokio::test]
async fn a_session_with_a_real_account_is_confirmed_first() {
    let mut platform = Platform::start().await;
    let playground = Playground::at(&platform.base_url);
    let mut page = start(&playground, json!({"kind": "start", "bot_id": BOT})).await;
    let (lines, _, code) = rest(&mut page, |_| false).await;
    assert_eq!(code, 1008);
    assert!(lines[0]["message"].as_str().unwrap().contains("confirm"), "{lines:?}");
    assert!(platform.received.try_recv().is_err());
}

#[tokio::test]
async fn there_are_at_most_two_sessions() {
    let platform = Platform::start().await;
    let playground = Playground::at(&platform.base_url);
    let mut pages = Vec::new();
    for _ in 0..2 {
        let mut page = start(&playground, with_bot()).await;
        assert_eq!(line(&mut page).await["kind"], "open");
        pages.push(page);
    }
    let mut third = open(&playground, &[]).await.unwrap();
    let (lines, _, code) = rest(&mut third, |_| false).await;
    assert_eq!((code, &lines[0]["kind"]), (1013, &json!("error")));
}

#[tokio::test]
async fn errors_of_the_platform_are_shown_without_the_token() {
    let mock = coze_mock::MockServer::start().await.unwrap();
    mock.fault("status=401".parse().unwrap());
    let playground = Playground::at(&mock.base_url());
    let mut page = start(&playground, with_bot()).await;
    let (lines, _, _) = rest(&mut page, |_| false).await;
    assert_eq!(lines[0]["kind"], "error", "{lines:?}");
    assert_eq!(lines[0]["status"], 401);
    assert!(!lines[0].to_string().contains("pat_of_the_user"));
}
