//! The helpers for complete texts, recordings and turns over WebSocket.

use std::time::Duration;

use base64::Engine as _;
use bytes::Bytes;
use coze_api::realtime::wav::{self, PcmFormat, WavHeader};
use coze_api::realtime::{
    ChatClientEvent, ChatServerEvent, InputAudio, OutputAudio, Pace, PcmConfig, Session,
    TranscriptionAsrConfig, TurnEvent,
};
use coze_api::{MessageType, ToolOutput};
use coze_tests::websocket::{Recording, Server};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;

fn base64(bytes: impl AsRef<[u8]>) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn voice() -> OutputAudio {
    OutputAudio::new()
        .codec("pcm")
        .pcm_config(PcmConfig::new().sample_rate(16_000))
        .speech_rate(20)
        .voice_id("7426720361733046281")
}

const TEXT: &str = "The train to Kunming leaves at noon.";

#[tokio::test]
async fn a_text_becomes_audio() {
    let server = Server::replays("speech.txt").await;
    let speech = server.client().realtime().speech().synthesize(TEXT).output_audio(voice());
    let pieces: Vec<Bytes> = speech.try_collect().await.expect("speech");
    assert_eq!(pieces.iter().map(Bytes::len).collect::<Vec<_>>(), [960, 961]);
    server.finished(1).await;
}

#[tokio::test]
async fn a_text_becomes_a_wav_file() {
    let server = Server::replays("speech.txt").await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("train.wav");
    let speech = server.client().realtime().speech().synthesize(TEXT).output_audio(voice());
    assert_eq!(speech.save(&path).await.expect("a file"), 1921);
    let file = std::fs::read(&path).expect("a file");
    let header = WavHeader::parse(&file).expect("a WAV file");
    assert_eq!(header.format, PcmFormat { sample_rate: 16_000, channels: 1, bit_depth: 16 });
    assert_eq!(header.data_len, Some(1921));
    let first: Vec<u8> = (0..1921).map(|i| file[header.data_start + i]).collect();
    // The file is the same as one that is written at once.
    assert_eq!(file, wav::encode(header.format, &first));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    server.finished(1).await;
}

#[tokio::test]
async fn an_incomplete_speech_leaves_no_file() {
    let events = [
        json!({"event_type": "speech.audio.update", "data": {"delta": "AAAA"}}),
        json!({"event_type": "error", "data": {"code": 3010, "msg": "too long"}}),
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
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("train.wav");
    let speech = server.client().realtime().speech().synthesize(TEXT);
    let error = speech.save(&path).await.expect_err("no file");
    assert_eq!((error.code(), error.operation()), (Some(3010), "realtime.speech"));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);

    let speech = server.client().realtime().speech().synthesize(TEXT);
    let error = speech.save(folder.path().join("no/such/folder")).await.expect_err("none");
    assert!(error.is_save(), "{error}");
    let opus = OutputAudio::new().codec("opus");
    let speech = server.client().realtime().speech().synthesize(TEXT).output_audio(opus);
    let error = speech.save(&path).await.expect_err("no WAV");
    assert!(error.is_request(), "{error}");
    server.finished(1).await;
    assert_eq!(server.openings().len(), 1, "nothing is requested if the file cannot be written");
}

#[tokio::test]
async fn a_speech_without_a_final_event_is_an_error() {
    let server = Server::start(|mut socket| async move {
        let delta = json!({"event_type": "speech.audio.update", "data": {"delta": "AAAA"}});
        socket.send(&delta).await;
        socket.close(1000, "").await;
    })
    .await;
    let mut speech = server.client().realtime().speech().synthesize(TEXT);
    assert_eq!(speech.next().await.expect("a piece").expect("audio").len(), 3);
    let error = speech.next().await.expect("an end").expect_err("half a text");
    assert!(error.is_truncated(), "{error}");
    assert!(speech.next().await.is_none());
}

#[tokio::test]
async fn a_long_text_is_split_while_audio_arrives() {
    let text = "Kunming is the city of eternal spring. 昆明四季如春。".repeat(2_000);
    let expected = text.clone();
    let server = Server::start(move |mut socket| {
        let expected = expected.clone();
        async move {
            let mut text = String::new();
            // Unread audio would block a server like this one.
            let audio = json!({"event_type": "speech.audio.update",
                "data": {"delta": base64(vec![1; 48_000])}});
            loop {
                let event = socket.event().await;
                if event["event_type"] == "input_text_buffer.complete" {
                    break;
                }
                let piece = event["data"]["delta"].as_str().expect("a text");
                assert!((1..=1024).contains(&piece.len()));
                text += piece;
                socket.send(&audio).await;
            }
            assert_eq!(text, expected);
            socket.send(&json!({"event_type": "speech.audio.completed"})).await;
            socket.drain().await;
        }
    })
    .await;
    let speech = server.client().realtime().speech().synthesize(text.clone());
    let pieces: Vec<Bytes> = speech.try_collect().await.expect("speech");
    assert!(pieces.len() > text.len() / 1024);
    server.finished(1).await;
}

/// Returns the audio of the recorded transcription.
fn recorded() -> Vec<u8> {
    let engine = base64::engine::general_purpose::STANDARD;
    let client = Recording::read("transcriptions.txt").client();
    let deltas = client.iter().filter_map(|event| event["data"]["delta"].as_str());
    deltas.flat_map(|delta| engine.decode(delta).expect("Base64")).collect()
}

#[tokio::test]
async fn audio_becomes_text() {
    let mut with_more = wav::encode(PcmFormat::default(), &recorded());
    with_more.extend(b"LIST\x04\0\0\0abcd");
    for audio in [recorded(), with_more] {
        let server = Server::replays("transcriptions.txt").await;
        let channel = server.client().realtime().transcriptions();
        let texts: Vec<String> =
            channel.transcribe(std::io::Cursor::new(audio)).try_collect().await.expect("text");
        assert_eq!(texts, ["火车", "火车几点出发？"]);
        server.finished(1).await;
    }
    let server = Server::replays("transcriptions.txt").await;
    let channel = server.client().realtime().transcriptions();
    let text = channel.transcribe(std::io::Cursor::new(recorded())).text().await;
    assert_eq!(text.expect("text"), "火车几点出发？");
}

/// Returns the settings and the audio that a server receives of a recording.
async fn sent(
    audio: Vec<u8>,
    plan: impl Fn(coze_api::realtime::LiveTranscription) -> coze_api::realtime::LiveTranscription,
) -> (Value, Vec<usize>) {
    let (tell, told) = std::sync::mpsc::channel();
    let server = Server::start(move |mut socket| {
        let tell = tell.clone();
        async move {
            let events = socket.until("input_audio_buffer.complete").await;
            tell.send(events).expect("the test listens");
            socket.send(&json!({"event_type": "transcriptions.message.completed"})).await;
            socket.drain().await;
        }
    })
    .await;
    let channel = server.client().realtime().transcriptions();
    let transcription = plan(channel.transcribe(std::io::Cursor::new(audio.clone())));
    assert_eq!(transcription.text().await.expect("text"), "");
    let mut events = told.recv().expect("the server tells").into_iter();
    let settings = events.next().expect("settings");
    assert_eq!(settings["event_type"], "transcriptions.update");
    let engine = base64::engine::general_purpose::STANDARD;
    let deltas: Vec<_> = events
        .filter_map(|event| Some(engine.decode(event["data"]["delta"].as_str()?)))
        .map(|delta| delta.expect("Base64"))
        .collect();
    assert!(audio.ends_with(&deltas.concat()), "the audio as it is");
    (settings["data"].clone(), deltas.iter().map(Vec::len).collect())
}

#[tokio::test]
async fn the_header_of_a_recording_determines_its_format() {
    let format = PcmFormat { sample_rate: 8_000, channels: 2, bit_depth: 16 };
    let asr = TranscriptionAsrConfig::new().hot_words(["Kunming"]);
    let given = InputAudio::new().sample_rate(48_000);
    let (settings, pieces) = sent(wav::encode(format, &[1; 7_000]), |transcription| {
        transcription.asr_config(asr.clone()).input_audio(given.clone())
    })
    .await;
    let expected = json!({
        "input_audio":
            {"format": "pcm", "codec": "pcm", "sample_rate": 8000, "channel": 2, "bit_depth": 16},
        "asr_config": {"hot_words": ["Kunming"]},
    });
    assert_eq!(settings, expected, "a header takes precedence over the settings of the program");
    assert_eq!(pieces, [3_200, 3_200, 600]);

    let (settings, pieces) = sent([b"OggS", &[2; 5_000][..]].concat(), |t| t).await;
    assert_eq!(settings, json!({"input_audio": {"format": "ogg", "codec": "opus"}}));
    assert_eq!(pieces, [4_096, 908]);

    let given = InputAudio::new().format("pcm").sample_rate(16_000);
    let (settings, pieces) = sent(vec![3; 4_000], |t| t.input_audio(given.clone())).await;
    assert_eq!(settings, json!({"input_audio": {"format": "pcm", "sample_rate": 16_000}}));
    assert_eq!(pieces, [3_200, 800]);

    // An incomplete header does not count as one.
    let (_, pieces) = sent(b"RIFF\x01".to_vec(), |t| t).await;
    assert_eq!(pieces, [5]);
    let (_, pieces) = sent(Vec::new(), |t| t).await;
    assert!(pieces.is_empty());

    let mut law =
        wav::encode(PcmFormat { sample_rate: 8_000, channels: 1, bit_depth: 8 }, &[5; 800]);
    law[20] = 7;
    let (settings, pieces) = sent(law.clone(), |t| t).await;
    assert_eq!(settings["input_audio"]["codec"], "g711u");
    assert_eq!(pieces, [800]);

    let server = Server::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    law[20] = 85;
    let channel = server.client().realtime().transcriptions();
    let error = channel.transcribe(std::io::Cursor::new(law)).text().await.expect_err("MP3");
    assert!(error.is_upload() && error.to_string().contains("85"), "{error}");
}

#[tokio::test]
async fn real_time_pacing_takes_as_long_as_the_audio() {
    // Slightly more than three seconds.
    let audio = vec![0; 48_000 * 3 + 480];
    let run = async |pace| {
        let start = Instant::now();
        let (_, pieces) = sent(audio.clone(), |t| t.pace(pace)).await;
        assert_eq!(pieces.len(), 31);
        start.elapsed()
    };
    tokio::time::pause();
    let elapsed = run(Pace::RealTime).await;
    assert!((3_000..3_200).contains(&elapsed.as_millis()), "{elapsed:?}");
    let elapsed = run(Pace::Fast).await;
    assert!(elapsed.as_millis() < 100, "{elapsed:?}");
}

#[tokio::test]
async fn unreadable_audio_is_an_error() {
    struct Broken;

    impl tokio::io::AsyncRead for Broken {
        fn poll_read(
            self: std::pin::Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &mut tokio::io::ReadBuf<'_>,
        ) -> std::task::Poll<std::io::Result<()>> {
            std::task::Poll::Ready(Err(std::io::Error::other("no microphone")))
        }
    }

    let server = Server::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    let channel = server.client().realtime().transcriptions();
    let error = channel.transcribe(Broken).text().await.expect_err("no audio");
    assert!(error.is_upload(), "{error}");
    let source = std::error::Error::source(&error).expect("a source");
    assert_eq!(source.to_string(), "no microphone");
    tokio::time::timeout(Duration::from_secs(120), server.finished(1)).await.expect("closed");
}

async fn chat(server: &Server) -> Session<ChatClientEvent, ChatServerEvent> {
    server.client().realtime().chat("7").connect().await.expect("a session")
}

#[tokio::test]
async fn spoken_input_is_answered() {
    let server = Server::replays("chat_audio.txt").await;
    let engine = base64::engine::general_purpose::STANDARD;
    let client = Recording::read("chat_audio.txt").client();
    let deltas = client.iter().filter_map(|event| event["data"]["delta"].as_str());
    let audio: Vec<u8> = deltas.flat_map(|delta| engine.decode(delta).expect("Base64")).collect();
    let mut session = chat(&server).await;
    let reply = session.say(audio).reply().await.expect("a reply");
    assert_eq!(reply.transcript, "火车几点出发？");
    assert_eq!(reply.text, "昆明的火车中午出发。");
    assert_eq!(reply.audio.len(), 2 * 960);
    let usage = reply.chat.expect("a chat").usage.expect("usage");
    assert_eq!(usage.token_count, 633);
    session.close().await.expect("a good end");
    server.finished(1).await;
}

#[tokio::test]
async fn a_turn_yields_its_events_in_order() {
    let server = Server::replays("chat_text.txt").await;
    let mut session = chat(&server).await;
    let events: Vec<TurnEvent> =
        session.ask("火车几点出发？").try_collect().await.expect("a reply");
    let short: Vec<_> = events
        .iter()
        .map(|event| match event {
            TurnEvent::Text(text) | TurnEvent::Sentence(text) => text.clone(),
            TurnEvent::Message(message) => {
                let kind = message.kind.as_ref().map_or("", MessageType::as_str);
                format!("message {kind}")
            }
            TurnEvent::Audio(audio) => format!("{} bytes", audio.len()),
            TurnEvent::Created(_) => "created".into(),
            TurnEvent::Completed(_) => "completed".into(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        short,
        [
            "created",
            "昆明",
            "的火车",
            "昆明的火车中午出发。",
            "960 bytes",
            "中午出发。",
            "960 bytes",
            "message answer",
            "message verbose",
            "completed",
        ]
    );
}

fn of_chat(event: &str, chat: &str, more: &Value) -> Value {
    let mut data = json!({"id": chat, "chat_id": chat, "type": "answer"});
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"event_type": format!("conversation.{event}"), "data": data})
}

#[tokio::test]
async fn turns_do_not_mix() {
    let server = Server::start(|mut socket| async move {
        socket.event().await;
        socket.send(&of_chat("chat.created", "1", &json!({}))).await;
        socket.send(&of_chat("message.delta", "1", &json!({"content": "old"}))).await;
        // The program starts the next turn before this one has ended.
        socket.event().await;
        socket.send(&of_chat("message.delta", "1", &json!({"content": "older"}))).await;
        socket.send(&of_chat("chat.completed", "1", &json!({}))).await;
        socket.send(&of_chat("chat.created", "2", &json!({}))).await;
        socket.send(&of_chat("message.delta", "1", &json!({"content": "late"}))).await;
        socket.send(&of_chat("message.delta", "2", &json!({"content": "new"}))).await;
        socket.send(&of_chat("chat.requires_action", "2", &json!({}))).await;
        let expected = json!({"event_type": "conversation.chat.submit_tool_outputs",
            "data": {"chat_id": "2", "tool_outputs": [{"tool_call_id": "3", "output": "4"}]}});
        assert_eq!(socket.event().await, expected);
        socket.send(&of_chat("chat.completed", "2", &json!({}))).await;
        // The third turn fails, and the fourth is interrupted.
        socket.event().await;
        let last_error = json!({"last_error": {"code": 5000, "msg": "oops"}});
        socket.send(&of_chat("chat.created", "3", &json!({}))).await;
        socket.send(&of_chat("chat.failed", "3", &last_error)).await;
        socket.event().await;
        socket.send(&of_chat("chat.created", "4", &json!({}))).await;
        assert_eq!(socket.event().await["event_type"], "conversation.chat.cancel");
        socket.send(&json!({"event_type": "conversation.chat.canceled"})).await;
        socket.drain().await;
    })
    .await;
    let mut session = chat(&server).await;
    let mut turn = session.ask("one");
    assert!(matches!(turn.next().await, Some(Ok(TurnEvent::Created(_)))));
    assert!(matches!(turn.next().await, Some(Ok(TurnEvent::Text(text))) if text == "old"));

    let mut turn = session.ask("two");
    let mut text = String::new();
    while let Some(event) = turn.try_next().await.expect("a good turn") {
        match event {
            TurnEvent::Text(piece) => text += &piece,
            TurnEvent::RequiresAction(chat) => {
                let output = ToolOutput::new("3", "4");
                turn.sender().submit_tool_outputs(chat.id, [output]).await.expect("sent");
            }
            _ => {}
        }
    }
    assert_eq!(text, "new");

    let error = session.ask("three").reply().await.expect_err("a failure");
    assert_eq!((error.code(), error.msg()), (Some(5000), Some("oops")));

    let mut turn = session.ask("four");
    assert!(matches!(turn.next().await, Some(Ok(TurnEvent::Created(_)))));
    turn.sender().cancel().await.expect("sent");
    assert!(matches!(turn.next().await, Some(Ok(TurnEvent::Canceled))));
    assert!(turn.next().await.is_none());
    session.close().await.expect("a good end");
    server.finished(1).await;
}
