//! WebSocket sessions: the exchange of events.

use std::time::Duration;

use coze_api::ToolOutput;
use coze_api::realtime::{
    ChatClientEvent, ChatServerEvent, ChatSettings, InputAudio, OutputAudio, Session,
    SimultInterpretationServerEvent, SpeechServerEvent, SpeechSettings, TranscriptionSettings,
    TranscriptionsServerEvent, TranslateConfig,
};
use coze_tests::server::TOKEN;
use coze_tests::websocket::{Recording, Server};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

const SOON: Duration = Duration::from_secs(120);

type Chat = Session<ChatClientEvent, ChatServerEvent>;

async fn chat(server: &Server) -> Chat {
    server.client().realtime().chat("7").connect().await.expect("a session")
}

/// Returns the next event, which must not be an error.
async fn next(session: &mut Chat) -> ChatServerEvent {
    let received = timeout(SOON, session.receive()).await.expect("something comes");
    received.expect("an event").expect("a good event").event
}

#[tokio::test]
async fn every_method_of_a_sender_is_one_event() {
    let server = Server::start(|mut socket| async move {
        let expected = json!([
            {"event_type": "chat.update", "data": {"need_play_prologue": true}},
            {"event_type": "input_audio_buffer.append", "data": {"delta": "AAEC"}},
            {"event_type": "input_audio_buffer.complete"},
            {"event_type": "input_audio_buffer.clear"},
            {"event_type": "conversation.message.create",
             "data": {"role": "user", "content": "Hello", "content_type": "text"}},
            {"event_type": "conversation.chat.submit_tool_outputs",
             "data": {"chat_id": "1", "tool_outputs": [{"tool_call_id": "2", "output": "3"}]}},
            {"event_type": "conversation.chat.cancel"},
            {"event_type": "input_text.generate_audio", "data": {"mode": "text", "text": "Hi"}},
            {"event_type": "conversation.clear"},
            {"id": "mine \"1\"", "event_type": "conversation.clear"},
        ]);
        for expected in expected.as_array().expect("a list") {
            assert_eq!(&socket.event().await, expected);
        }
        let Some(Message::Close(Some(frame))) = socket.drain().await else {
            panic!("no close frame")
        };
        assert_eq!((u16::from(frame.code), frame.reason.as_str()), (3001, "done with it"));
    })
    .await;
    let session = chat(&server).await;
    session.sender().update(ChatSettings::new().need_play_prologue(true)).await.expect("sent");
    session.sender().append_audio([0, 1, 2]).await.expect("sent");
    session.sender().complete().await.expect("sent");
    session.sender().clear().await.expect("sent");
    session.sender().send_text("Hello").await.expect("sent");
    session.sender().submit_tool_outputs("1", [ToolOutput::new("2", "3")]).await.expect("sent");
    session.sender().cancel().await.expect("sent");
    session.sender().speak("Hi").await.expect("sent");
    session.sender().clear_context().await.expect("sent");
    let clear = ChatClientEvent::ConversationClear;
    session.sender().send_with_id("mine \"1\"", clear).await.expect("sent");
    session.close_with(3001, "done with it").await.expect("a good end");
    server.finished(1).await;
}

#[tokio::test]
async fn a_chat_follows_the_recording() {
    let server = Server::replays("chat_audio.txt").await;
    let mut session = chat(&server).await;
    assert_eq!(next(&mut session).await, ChatServerEvent::ChatCreated);
    for piece in audio_in("chat_audio.txt") {
        session.sender().append_audio(piece).await.expect("sent");
    }
    session.sender().complete().await.expect("sent");
    let mut names = Vec::new();
    loop {
        let event = next(&mut session).await;
        names.push(variant(&event));
        if let ChatServerEvent::ConversationChatCompleted(chat) = event {
            assert_eq!(chat.usage.map(|usage| usage.token_count), Some(633));
            break;
        }
    }
    assert_eq!(
        names,
        [
            "InputAudioBufferCompleted",
            "ConversationAudioTranscriptUpdate",
            "ConversationAudioTranscriptCompleted",
            "ConversationMessageCompleted",
            "ConversationChatCreated",
            "ConversationChatInProgress",
            "ConversationMessageDelta",
            "ConversationMessageDelta",
            "ConversationAudioSentenceStart",
            "ConversationAudioDelta",
            "ConversationMessageDelta",
            "ConversationAudioDelta",
            "ConversationMessageCompleted",
            "ConversationAudioCompleted",
            "ConversationMessageCompleted",
            "ConversationChatCompleted",
        ]
    );
    session.close().await.expect("a good end");
    server.finished(1).await;
}

fn variant(event: &ChatServerEvent) -> String {
    let text = format!("{event:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

/// Returns the audio that the client of a recording sent.
fn audio_in(name: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let deltas = Recording::read(name).client();
    let deltas = deltas.iter().filter_map(|event| event["data"]["delta"].as_str());
    let engine = base64::engine::general_purpose::STANDARD;
    deltas.map(|delta| engine.decode(delta).expect("Base64")).collect()
}

#[tokio::test]
async fn speech_follows_the_recording_and_zero_is_a_valid_id() {
    let server = Server::replays("chat_speak.txt").await;
    let mut session = chat(&server).await;
    assert_eq!(next(&mut session).await, ChatServerEvent::ChatCreated);
    session.sender().speak("亲，你怎么不说话了。").await.expect("sent");
    for _ in 0..3 {
        let received = session.receive().await.expect("an event").expect("a good one");
        assert_eq!(received.id, "0");
        assert_eq!(received.log_id(), Some("20241210152726467C48D89D6DB2F3A23"));
        assert!(received.detail.respond_at > 1_733_815_646_466);
        if let ChatServerEvent::ConversationAudioDelta(message) = received.event {
            assert_eq!((&*message.chat_id, message.audio().expect("audio").len()), ("0", 960));
        }
    }
    let last = next(&mut session).await;
    assert!(matches!(last, ChatServerEvent::ConversationAudioCompleted(_)), "{last:?}");
}

#[tokio::test]
async fn the_other_channels_follow_their_recordings() {
    let server = Server::replays("speech.txt").await;
    let mut session = server.client().realtime().speech().await.expect("a session");
    let voice = OutputAudio::new()
        .codec("pcm")
        .pcm_config(coze_api::realtime::PcmConfig::new().sample_rate(16_000))
        .speech_rate(20)
        .voice_id("7426720361733046281");
    session.sender().update(SpeechSettings::new().output_audio(voice)).await.expect("sent");
    session.sender().append_text("The train to Kunming leaves at noon.").await.expect("sent");
    session.sender().complete().await.expect("sent");
    let mut bytes = 0;
    loop {
        match session.receive().await.expect("an event").expect("a good one").event {
            SpeechServerEvent::SpeechAudioUpdate(piece) => {
                bytes += piece.audio().expect("audio").len();
            }
            SpeechServerEvent::SpeechAudioCompleted => break,
            other => {
                assert!(!matches!(other, SpeechServerEvent::Unknown { .. }), "{other:?}");
            }
        }
    }
    assert_eq!(bytes, 960 + 961);

    let server = Server::replays("transcriptions.txt").await;
    let mut session = server.client().realtime().transcriptions().await.expect("a session");
    let input =
        InputAudio::new().format("pcm").codec("pcm").sample_rate(24_000).channel(1).bit_depth(16);
    session.sender().update(TranscriptionSettings::new().input_audio(input)).await.expect("sent");
    for piece in audio_in("transcriptions.txt") {
        session.sender().append_audio(piece).await.expect("sent");
    }
    session.sender().complete().await.expect("sent");
    let mut text = String::new();
    loop {
        match session.receive().await.expect("an event").expect("a good one").event {
            TranscriptionsServerEvent::TranscriptionsMessageUpdate(update) => {
                text = update.content;
            }
            TranscriptionsServerEvent::TranscriptionsMessageCompleted => break,
            _ => {}
        }
    }
    assert_eq!(text, "火车几点出发？");
}

#[tokio::test]
async fn interpretation_follows_the_official_sdk() {
    let server = Server::replays("simult_interpretation.txt").await;
    let channel = server.client().realtime().simult_interpretation();
    let mut session = channel.connect().await.expect("a session");
    let languages = TranslateConfig::new("zh", "en");
    let settings = coze_api::realtime::InterpretationSettings::new();
    session.sender().update(settings.translate_config(languages)).await.expect("sent");
    session.sender().append_audio(&audio_in("simult_interpretation.txt")[0]).await.expect("sent");
    session.sender().complete().await.expect("sent");
    loop {
        match session.receive().await.expect("an event").expect("a good one").event {
            SimultInterpretationServerEvent::SimultInterpretationTranslationDelta(text) => {
                assert_eq!(text.delta, "The train leaves at noon.");
            }
            SimultInterpretationServerEvent::SimultInterpretationMessageCompleted => {
                break;
            }
            SimultInterpretationServerEvent::Unknown { event, .. } => panic!("{event}"),
            _ => {}
        }
    }
    session.close().await.expect("a good end");
    server.finished(1).await;
}

#[tokio::test]
async fn frames_may_be_fragmented_and_large() {
    let text = "昆明".repeat(700_000);
    let delta = json!({"event_type": "conversation.message.delta", "data": {"content": text}});
    let sent = delta.to_string();
    let server = Server::start(move |mut socket| {
        let sent = sent.clone();
        async move {
            socket.fragments(&sent, 1_000_003).await;
            socket.fragments(r#"{"event_type":"chat.created"}"#, 1).await;
            socket.text(sent).await;
            socket.message(Message::Binary(r#"{"event_type":"chat.created"}"#.into())).await;
            socket.drain().await;
        }
    })
    .await;
    let mut session = chat(&server).await;
    for _ in 0..2 {
        match next(&mut session).await {
            ChatServerEvent::ConversationMessageDelta(message) => {
                assert_eq!(message.content, text);
            }
            other => panic!("{}", variant(&other)),
        }
        assert_eq!(next(&mut session).await, ChatServerEvent::ChatCreated);
    }
}

#[tokio::test]
async fn events_may_be_unknown_or_lack_data() {
    let events = [
        json!({"event_type": "brand.new", "data": {"a": [1]}, "more": 1}),
        json!({"event_type": "brand.new", "detail": null}),
        json!({"event_type": "conversation.chat.canceled", "id": 7}),
        json!({"event_type": "conversation.chat.canceled", "data": {"code": 2}}),
        json!({"data": {}}),
    ];
    let server = Server::start(move |mut socket| {
        let events = events.clone();
        async move {
            for event in &events {
                socket.send(event).await;
            }
            socket.drain().await;
        }
    })
    .await;
    let mut session = chat(&server).await;
    let unknown = |event: &str, data: &str| ChatServerEvent::Unknown {
        event: event.into(),
        data: data.into(),
    };
    assert_eq!(next(&mut session).await, unknown("brand.new", r#"{"a":[1]}"#));
    assert_eq!(next(&mut session).await, unknown("brand.new", ""));
    for code in [None, Some(2)] {
        let ChatServerEvent::ConversationChatCanceled(why) = next(&mut session).await else {
            panic!("not canceled")
        };
        assert_eq!(why.code.map(|code| code.as_i64()), code);
    }
    assert!(matches!(next(&mut session).await, ChatServerEvent::Unknown { .. }));
}

#[tokio::test]
async fn an_undecodable_event_is_an_error_and_the_session_continues() {
    let server = Server::start(|mut socket| async move {
        let logged = json!({"event_type": "chat.created", "detail": {"logid": "log-7"}});
        socket.send(&logged).await;
        socket.text(r#"{"event_type":"conversation.message.delta","data":{"content":["#).await;
        let token = format!("{{\"token\": \"{TOKEN}\"");
        socket.text(token).await;
        socket.text(r#"{"event_type":"conversation.chat.completed","data":{"usage":7}}"#).await;
        socket.message(Message::Binary(vec![0xff, 0xfe].into())).await;
        socket.text(r#"{"event_type":"chat.created"}"#).await;
        socket.drain().await;
    })
    .await;
    let mut session = chat(&server).await;
    assert_eq!(next(&mut session).await, ChatServerEvent::ChatCreated);
    for expected in ["not an event", "not an event", "conversation.chat.completed", "not an event"]
    {
        let error = session.receive().await.expect("an event").expect_err("a bad one");
        assert!(error.is_decode() && error.to_string().contains(expected), "{error}");
        assert!(!format!("{error} {error:?}").contains(TOKEN));
        assert_eq!((error.operation(), error.log_id()), ("realtime.chat", Some("log-7")));
    }
    assert_eq!(next(&mut session).await, ChatServerEvent::ChatCreated);
}

#[tokio::test]
async fn a_failure_event_can_be_converted_into_an_error() {
    let failure = |event: &str, data: Value| json!({"event_type": event, "data": data, "detail": {"logid": "log-9"}});
    let events = [
        failure("error", json!({"code": 4000, "msg": "bad settings"})),
        failure(
            "conversation.chat.failed",
            json!({"id": "1", "last_error": {"code": 5000, "msg": "oops"}}),
        ),
        json!({"event_type": "chat.created"}),
    ];
    let server = Server::start(move |mut socket| {
        let events = events.clone();
        async move {
            for event in &events {
                socket.send(event).await;
            }
            socket.drain().await;
        }
    })
    .await;
    let mut session = chat(&server).await;
    for (code, msg) in [(4000, "bad settings"), (5000, "oops")] {
        let received = session.receive().await.expect("an event").expect("a good one");
        let error = received.error().expect("a failure").clone();
        assert!(error.is_api(), "{error}");
        assert_eq!((error.code(), error.msg()), (Some(code), Some(msg)));
        assert_eq!((error.log_id(), error.operation()), (Some("log-9"), "realtime.chat"));
        assert!(matches!(
            received.event,
            ChatServerEvent::Error(_) | ChatServerEvent::ConversationChatFailed(_)
        ));
        assert!(received.into_result().is_err());
    }
    let received = session.receive().await.expect("an event").expect("a good one");
    assert!(received.error().is_none() && received.into_result().is_ok());
}

#[tokio::test]
async fn the_halves_of_a_session_work_in_different_tasks() {
    let server = Server::replays("chat_text.txt").await;
    let (sender, mut receiver) = chat(&server).await.split();
    let other = sender.clone();
    tokio::spawn(async move { other.send_text("火车几点出发？").await })
        .await
        .expect("no panic")
        .expect("sent");
    let mut text = String::new();
    while let Some(received) = receiver.receive().await {
        match received.expect("a good event").event {
            ChatServerEvent::ConversationMessageDelta(message) => {
                text += &message.content;
            }
            ChatServerEvent::ConversationChatCompleted(_) => {
                sender.close().await.expect("a good end");
            }
            _ => {}
        }
    }
    assert_eq!(text, "昆明的火车中午出发。");
    assert!(sender.is_closed());
    let error = sender.send_text("too late").await.expect_err("closed");
    assert!(error.is_request() && error.to_string().contains("closed"), "{error}");
    sender.close().await.expect("closed already");
    server.finished(1).await;
}

#[tokio::test]
async fn debug_output_of_a_session_shows_no_secret() {
    let server = Server::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    let channel = server.client().realtime().chat("7");
    let mut shown = vec![format!("{channel:?}")];
    let session = channel.connect().await.expect("a session");
    shown.push(format!("{session:?}"));
    let (sender, receiver) = session.split();
    shown.push(format!("{sender:?} {receiver:?}"));
    let shown = shown.concat();
    assert!(shown.contains("realtime.chat") && !shown.contains(TOKEN), "{shown}");
}
