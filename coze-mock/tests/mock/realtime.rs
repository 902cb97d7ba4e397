//! WebSocket channels: the order of events, errors, interruptions, and the SDK's helpers.

use crate::support::{Mock, TOKEN};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use coze_api::Client;
use coze_api::realtime::{
    ChatConfig, ChatServerEvent, ChatSettings, GlossaryEntry, InterpretationLanguage,
    InterpretationSettings, OutputAudio, PcmConfig, SimultInterpretationServerEvent,
    TranslateConfig, TurnDetection, TurnDetectionType, TurnEvent,
};
use coze_mock::state::BOT;
use coze_mock::{Grant, MockServer};
use futures_util::{SinkExt as _, StreamExt as _, TryStreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::{Error, Message};

fn client(mock: &Mock) -> Client {
    Client::builder().token(TOKEN).base_url(mock.server.base_url()).build().unwrap()
}

/// A channel without the SDK, so that the test determines the bytes that are sent.
struct Channel {
    socket: WebSocketStream<TcpStream>,
    log_id: String,
}

async fn dial(
    mock: &Mock,
    path: &str,
    token: Option<&str>,
) -> Result<(WebSocketStream<TcpStream>, Response<Option<Vec<u8>>>), Error> {
    let url = mock.server.base_url().replace("http", "ws");
    let stream = TcpStream::connect(url.trim_start_matches("ws://")).await.unwrap();
    let mut request = format!("{url}{path}").into_client_request().unwrap();
    if let Some(token) = token {
        let token = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", token);
    }
    tokio_tungstenite::client_async(request, stream).await
}

impl Channel {
    async fn open(mock: &Mock, path: &str) -> Self {
        let (socket, response) = dial(mock, path, Some(TOKEN)).await.unwrap();
        let log_id = response.headers()["x-tt-logid"].to_str().unwrap().to_owned();
        Self { socket, log_id }
    }

    async fn send(&mut self, event: &str, data: Value) {
        let mut frame = json!({"event_type": event});
        if !data.is_null() {
            frame["data"] = data;
        }
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    /// Returns the name and the data of the next event.
    async fn next(&mut self) -> (String, Value) {
        let message = self.socket.next().await.unwrap().unwrap();
        let frame: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        assert!(frame["id"].is_string() && frame["detail"]["respond_at"].is_string(), "{frame}");
        assert_eq!(frame["detail"]["logid"], self.log_id.as_str(), "{frame}");
        (frame["event_type"].as_str().unwrap().to_owned(), frame["data"].clone())
    }

    async fn expect(&mut self, event: &str) -> Value {
        let (name, data) = self.next().await;
        assert_eq!(name, event, "{data}");
        data
    }

    /// Returns all events up to this one.
    async fn until(&mut self, last: &str) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        loop {
            let event = self.next().await;
            assert!(event.0 == last || event.0 != "error", "{event:?}");
            let over = event.0 == last;
            all.push(event);
            if over {
                return all;
            }
        }
    }

    async fn error(&mut self, code: i64, text: &str) {
        let error = self.expect("error").await;
        let msg = error["msg"].as_str().unwrap();
        assert!(error["code"] == code && msg.contains(text), "{error}");
    }
}

fn names(events: &[(String, Value)]) -> Vec<&str> {
    let mut names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    names.dedup();
    names
}

fn chat() -> String {
    format!("/v1/chat?bot_id={BOT}")
}

#[tokio::test]
async fn a_typed_question_is_answered_in_the_recorded_order() {
    let mock = Mock::strict().await;
    let mut channel = Channel::open(&mock, &chat()).await;
    channel.expect("chat.created").await;
    let hello = json!({"role": "user", "content_type": "text", "content": "Hello. You there?"});
    channel.send("conversation.message.create", hello).await;
    let all = channel.until("conversation.chat.completed").await;
    let expected = [
        "conversation.message.completed",
        "conversation.chat.created",
        "conversation.chat.in_progress",
        "conversation.message.delta",
        "conversation.audio.sentence_start",
        "conversation.audio.delta",
        "conversation.message.delta",
        "conversation.audio.sentence_start",
        "conversation.audio.delta",
        "conversation.message.completed",
        "conversation.audio.completed",
        "conversation.message.completed",
        "conversation.chat.completed",
    ];
    assert_eq!(names(&all), expected);
    assert_eq!(
        (&all[0].1["role"], &all[0].1["content"]),
        (&json!("user"), &json!("Hello. You there?"))
    );
    assert_eq!(all[1].1["id"], all[0].1["chat_id"]);
    let sentences = all.iter().filter(|event| event.0.ends_with("sentence_start"));
    let sentences: Vec<&Value> = sentences.map(|event| &event.1["text"]).collect();
    assert_eq!(sentences, ["You said: Hello.", "You there?"]);
    let audio = all.iter().filter(|event| event.0 == "conversation.audio.delta");
    let audio: usize =
        audio.map(|event| BASE64.decode(event.1["content"].as_str().unwrap()).unwrap().len()).sum();
    assert_eq!(audio, "You said: Hello. You there?".len() * 60 * 24 * 2);
}

#[tokio::test]
async fn speech_is_transcribed_and_answered() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let mut session = coze.realtime().chat(BOT).connect().await.unwrap();
    let ChatServerEvent::ChatCreated = session.receive().await.unwrap().unwrap().event else {
        panic!("the session has not begun")
    };
    mock.server.state(|state| state.transcripts.push_back("When does it leave?".to_owned()));
    let reply = session.say(vec![1; 9000]).reply().await.unwrap();
    assert_eq!(reply.transcript, "When does it leave?");
    assert_eq!(reply.text, "You said: When does it leave?");
    // The mock recognizes its own speech.
    let audio = reply.audio.clone();
    let reply = session.say(audio).reply().await.unwrap();
    assert_eq!(reply.transcript, "You said: When does it leave?");
    let conversation = reply.chat.unwrap().conversation_id;
    let messages = coze.conversations().messages().list(&conversation).await.unwrap();
    assert_eq!(messages.items.len(), 4);
    session.close().await.unwrap();
}

#[tokio::test]
async fn tools_are_called_in_a_session() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let mut session = coze.realtime().chat(BOT).connect().await.unwrap();
    let mut turn = session.ask("What is the weather in Kunming?");
    let mut text = String::new();
    while let Some(event) = turn.try_next().await.unwrap() {
        match event {
            TurnEvent::RequiresAction(chat) => {
                let call =
                    chat.required_action.unwrap().submit_tool_outputs.unwrap().tool_calls.remove(0);
                assert_eq!(call.function.unwrap().name, "get_weather");
                let output = coze_api::ToolOutput::new(call.id, "22 °C");
                turn.sender().submit_tool_outputs(chat.id, [output]).await.unwrap();
            }
            TurnEvent::Text(piece) => text.push_str(&piece),
            _ => {}
        }
    }
    assert_eq!(text, "The tool get_weather says: 22 °C.");
    let turn = session.ask("[fail 700 Out of order]").reply().await;
    assert_eq!(turn.unwrap_err().code(), Some(700));
    assert_eq!(session.ask("Still there?").reply().await.unwrap().text.find("You said"), Some(0));
    session.close().await.unwrap();
}

#[tokio::test]
async fn a_bot_can_be_interrupted() {
    let mock = Mock::strict().await;
    let mut channel = Channel::open(&mock, &chat()).await;
    let ask = |text: &str| json!({"role": "user", "content_type": "text", "content": text});
    channel.send("conversation.message.create", ask("[hold]")).await;
    channel.until("conversation.chat.in_progress").await;
    channel.send("conversation.chat.cancel", Value::Null).await;
    assert_eq!(channel.expect("conversation.chat.canceled").await["code"], 2);

    channel.send("conversation.message.create", ask("[hold]")).await;
    channel.until("conversation.chat.in_progress").await;
    let speak = json!({"mode": "text", "text": "Wait."});
    channel.send("input_text.generate_audio", speak).await;
    assert_eq!(channel.expect("conversation.chat.canceled").await["code"], 3);
    assert_eq!(channel.expect("conversation.audio.sentence_start").await["text"], "Wait.");
    let all = channel.until("conversation.audio.completed").await;
    assert!(all.iter().all(|event| event.1["id"] == "0" && event.1["chat_id"] == "0"), "{all:?}");
    let running = mock
        .server
        .state(|state| state.chats.all().filter(|chat| chat.status.is_running()).count());
    assert_eq!(running, 0);
}

#[tokio::test]
async fn the_server_detects_speech() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let session = coze.realtime().chat(BOT).connect().await.unwrap();
    let (sender, mut receiver) = session.split();
    let detection =
        TurnDetection::new().kind(TurnDetectionType::ServerVad).silence_duration_ms(200);
    let config = ChatConfig::new().user_id("me");
    let settings = ChatSettings::new().turn_detection(detection).chat_config(config);
    sender.update(settings).await.unwrap();
    sender.append_audio(vec![0; 4800]).await.unwrap();
    sender.append_audio(vec![5; 4800]).await.unwrap();
    // This has no effect while the server detects turns.
    sender.complete().await.unwrap();
    sender.append_audio(vec![0; 9000]).await.unwrap();
    sender.append_audio(vec![0; 9000]).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let event = receiver.receive().await.unwrap().unwrap().event;
        match event {
            ChatServerEvent::ChatUpdated(settings) => {
                let config = settings.chat_config.unwrap();
                assert_eq!(config.user_id.as_deref(), Some("me"));
                assert!(config.conversation_id.is_some());
                seen.push("updated");
            }
            ChatServerEvent::InputAudioBufferSpeechStarted => seen.push("started"),
            ChatServerEvent::InputAudioBufferSpeechStopped => seen.push("stopped"),
            ChatServerEvent::InputAudioBufferCompleted => seen.push("completed"),
            ChatServerEvent::ConversationAudioTranscriptCompleted(text) => {
                assert!(text.content.starts_with("This is a recording of "), "{text:?}");
                break;
            }
            _ => {}
        }
    }
    assert_eq!(seen, ["updated", "started", "stopped", "completed"]);

    sender.send_text("[hold]").await.unwrap();
    loop {
        let event = receiver.receive().await.unwrap().unwrap().event;
        if let ChatServerEvent::ConversationChatCompleted(_) = event {
            break;
        }
    }
    while !matches!(
        receiver.receive().await.unwrap().unwrap().event,
        ChatServerEvent::ConversationChatInProgress(_)
    ) {}
    sender.append_audio(vec![5; 480]).await.unwrap();
    let event = receiver.receive().await.unwrap().unwrap().event;
    let ChatServerEvent::ConversationChatCanceled(why) = event else { panic!("{event:?}") };
    assert_eq!(why.code.map(|code| code.as_i64()), Some(1));
}

#[tokio::test]
async fn invalid_frames_are_answered_with_errors_and_the_session_continues() {
    let mock = Mock::strict().await;
    let mut channel = Channel::open(&mock, &chat()).await;
    channel.expect("chat.created").await;
    channel.socket.send(Message::text("no json")).await.unwrap();
    channel.error(4000, "not JSON").await;
    channel.socket.send(Message::binary(vec![1])).await.unwrap();
    channel.error(4000, "binary").await;
    channel.socket.send(Message::text("{}")).await.unwrap();
    channel.error(4000, "`event_type`").await;
    channel.send("speech.update", json!({})).await;
    channel.error(4000, "`speech.update`").await;
    channel.send("input_audio_buffer.append", Value::Null).await;
    channel.error(4000, "`data`").await;
    channel.send("input_audio_buffer.append", json!({})).await;
    channel.error(4000, "`delta`").await;
    channel.send("input_audio_buffer.append", json!({"delta": "?"})).await;
    channel.error(4000, "Base64").await;
    channel.send("input_audio_buffer.complete", Value::Null).await;
    channel.expect("input_audio_buffer.completed").await;
    channel.error(4000, "no audio").await;
    let config = json!({"chat_config": {"conversation_id": "7"}});
    channel.send("chat.update", config).await;
    channel.error(4200, "conversation_id=7").await;
    let outputs = json!({"chat_id": "7", "tool_outputs": []});
    channel.send("conversation.chat.submit_tool_outputs", outputs).await;
    channel.error(4200, "chat_id=7").await;
    let long = json!({"mode": "text", "text": "x".repeat(1025)});
    channel.send("input_text.generate_audio", long).await;
    channel.error(3010, "1,024").await;
    channel.send("input_audio_buffer.clear", Value::Null).await;
    channel.expect("input_audio_buffer.cleared").await;
    channel.send("conversation.clear", Value::Null).await;
    channel.expect("conversation.cleared").await;
}

#[tokio::test]
async fn a_client_receives_only_the_events_that_it_has_subscribed_to() {
    let mock = Mock::strict().await;
    let mut channel = Channel::open(&mock, &chat()).await;
    let wanted = ["chat.updated", "conversation.chat.completed"];
    let settings = json!({
        "event_subscriptions": wanted,
        "need_play_prologue": true,
        "prologue_content": "Hello!",
        "turn_detection": {"interrupt_config": {"mode": "keyword_prefix"}},
    });
    channel.expect("chat.created").await;
    channel.send("chat.update", settings.clone()).await;
    let updated = channel.expect("chat.updated").await;
    assert!(updated.get("event_subscriptions").is_none(), "{updated}");
    let hello = json!({"role": "user", "content_type": "text", "content": "Hello"});
    channel.send("conversation.message.create", hello).await;
    channel.expect("conversation.chat.completed").await;
    channel.send("chat.update", settings).await;
    channel.error(4000, "interrupt_config").await;
}

#[tokio::test]
async fn a_text_is_spoken_and_transcribed() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let text = "The train to Kunming leaves at noon. Will you come? 好的。";
    let pcm = PcmConfig::new().sample_rate(16_000).frame_size_ms(50.0);
    let speech = coze.realtime().speech().synthesize(text);
    let pieces: Vec<_> =
        speech.output_audio(OutputAudio::new().pcm_config(pcm)).try_collect().await.unwrap();
    assert!(pieces.iter().all(|piece| piece.len() <= 1600), "frames of 50 ms");
    let audio = pieces.concat();
    assert_eq!(
        audio.len(),
        text.chars().count() * 60 * 16 * 2 + {
            // The last sentence takes at least a fifth of a second.
            let last = " 好的。".chars().count() * 60;
            200_usize.saturating_sub(last) * 16 * 2
        }
    );
    let heard = coze.realtime().transcriptions().transcribe(std::io::Cursor::new(audio));
    assert_eq!(heard.text().await.unwrap(), text);
    mock.server.state(|state| state.transcripts.push_back("Something else".to_owned()));
    let heard = coze.realtime().transcriptions().transcribe(std::io::Cursor::new(vec![1, 2]));
    let texts: Vec<String> = heard.try_collect().await.unwrap();
    assert_eq!(texts.last().unwrap(), "Something else");
    assert!(texts.len() > 1);
}

#[tokio::test]
async fn speech_and_transcription_send_events_in_order() {
    let mock = Mock::strict().await;
    let mut channel = Channel::open(&mock, "/v1/audio/speech").await;
    let settings = json!({"output_audio": {"codec": "pcm"}});
    channel.send("speech.update", settings.clone()).await;
    channel.send("input_text_buffer.append", json!({"delta": "x".repeat(1025)})).await;
    channel.send("input_text_buffer.append", json!({"delta": "Hello!"})).await;
    channel.send("input_text_buffer.complete", Value::Null).await;
    channel.expect("speech.created").await;
    assert_eq!(channel.expect("speech.updated").await, settings);
    channel.error(3010, "1,024").await;
    let all = channel.until("speech.audio.completed").await;
    let expected = [
        "input_text_buffer.completed",
        "conversation.audio.sentence_start",
        "speech.audio.update",
        "speech.audio.completed",
    ];
    assert_eq!(names(&all), expected);

    let mut channel = Channel::open(&mock, "/v1/audio/transcriptions").await;
    channel.send("input_audio_buffer.append", json!({"delta": "AAAA"})).await;
    channel.send("input_audio_buffer.clear", Value::Null).await;
    channel.send("input_audio_buffer.append", json!({"delta": "AAAAAAAA"})).await;
    channel.send("input_audio_buffer.complete", Value::Null).await;
    let all = channel.until("transcriptions.message.completed").await;
    let expected = [
        "transcriptions.created",
        "input_audio_buffer.cleared",
        "input_audio_buffer.completed",
        "transcriptions.message.update",
        "transcriptions.message.completed",
    ];
    assert_eq!(names(&all), expected);
    assert_eq!(all[all.len() - 2].1["content"], "This is a recording of 6 bytes.");
}

#[tokio::test]
async fn speech_is_interpreted() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    mock.server.state(|state| state.transcripts.push_back("扣子 中午".to_owned()));
    let mut session = coze.realtime().simult_interpretation().connect().await.unwrap();
    let (from, to) = (InterpretationLanguage::Chinese, InterpretationLanguage::English);
    let config = TranslateConfig::new(from, to).glossary([GlossaryEntry::new("扣子", "Coze")]);
    session.sender().update(InterpretationSettings::new().translate_config(config)).await.unwrap();
    session.sender().append_audio([1, 2]).await.unwrap();
    session.sender().complete().await.unwrap();
    let (mut said, mut translated, mut audio) = (String::new(), String::new(), 0);
    loop {
        match session.receive().await.unwrap().unwrap().event {
            SimultInterpretationServerEvent::SimultInterpretationTranscriptionDelta(text) => {
                said.push_str(&text.delta);
            }
            SimultInterpretationServerEvent::SimultInterpretationTranslationDelta(text) => {
                translated.push_str(&text.delta);
            }
            SimultInterpretationServerEvent::SimultInterpretationAudioDelta(_) => {
                audio += 1;
            }
            SimultInterpretationServerEvent::SimultInterpretationMessageCompleted => {
                break;
            }
            _ => {}
        }
    }
    assert_eq!((&*said, &*translated), ("扣子 中午", "[en] Coze 中午"));
    assert!(audio > 0);
    session.close().await.unwrap();
}

#[tokio::test]
async fn a_refused_handshake_has_a_reason() {
    let builder = MockServer::builder()
        .examples(false)
        .token(TOKEN, Grant::default())
        .token("pat_reader", Grant::limited(["listBot"]));
    let mock = Mock::with(builder).await;
    let chat = &chat();
    for (path, token, status, code, text) in [
        (&**chat, None, 401, 4100, "Authorization"),
        (chat, Some("pat_unknown"), 401, 4100, "not known"),
        (chat, Some("pat_reader"), 200, 4101, "chat"),
        ("/v1/chat", Some(TOKEN), 200, 4000, "`bot_id`"),
        ("/v1/chat?bot_id=7", Some(TOKEN), 200, 4200, "bot_id=7"),
        ("/v1/audio/speech", Some("pat_reader"), 200, 4101, "createSpeech"),
        ("/v1/audio/transcriptions", Some("pat_reader"), 200, 4101, "createTranscription"),
    ] {
        let refused = dial(&mock, path, token).await.err();
        let Some(Error::Http(response)) = refused else { panic!("{path}: {refused:?}") };
        assert_eq!(response.status(), status, "{path}");
        let body: Value = serde_json::from_slice(response.body().as_deref().unwrap()).unwrap();
        crate::support::assert_error(&body, code, text);
        assert_eq!(body["detail"]["logid"], response.headers()["x-tt-logid"].to_str().unwrap());
    }
    let coze = Client::builder().token("pat_reader").base_url(mock.server.base_url());
    let error = coze.build().unwrap().realtime().chat(BOT).connect().await.err().unwrap();
    assert_eq!(error.code(), Some(4101));
    assert!(error.log_id().is_some());
    // Browsers cannot set headers, so the token may be in the query.
    let path = format!("{chat}&authorization=Bearer%20{TOKEN}");
    assert!(dial(&mock, &path, None).await.is_ok());
    let plain = mock.request("GET", chat).send().await.unwrap();
    assert!(plain.status().is_client_error(), "a WebSocket was not requested");
}
