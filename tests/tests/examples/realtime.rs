//! The WebSocket examples, run as programs against a scripted server.

use crate::EXAMPLES;
use coze_api::realtime::wav::{self, PcmFormat, WavHeader};
use coze_tests::websocket::Server;
use serde_json::json;

const NAMES: [&str; 3] = ["realtime_chat", "realtime_speech", "realtime_transcribe"];

#[tokio::test]
async fn realtime_speech() {
    let server = Server::start(|mut socket| async move {
        let events = socket.until("input_text_buffer.complete").await;
        assert_eq!(events[0]["data"]["delta"], "Hello.");
        let audio = json!({"delta": "AAD+/wIAAQD//wAA".repeat(2_000)});
        socket.send(&json!({"event_type": "speech.audio.update", "data": audio})).await;
        socket.send(&json!({"event_type": "speech.audio.completed"})).await;
        socket.drain().await;
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("hello.wav");
    let path = path.to_str().expect("UTF-8");
    let (good, out, err) = EXAMPLES.against(&server.base_url(), NAMES[1], &[path, "Hello."]).await;
    assert_eq!((good, out, &*err), (true, format!("{path}: 0.5 seconds\n"), ""));
    let file = std::fs::read(path).expect("a file");
    let header = WavHeader::parse(&file).expect("a WAV file");
    assert_eq!((header.format, header.data_len), (PcmFormat::default(), Some(24_000)));
    server.finished(1).await;
}

#[tokio::test]
async fn realtime_transcribe() {
    let server = Server::start(|mut socket| async move {
        let events = socket.until("input_audio_buffer.complete").await;
        assert_eq!(events[0]["data"]["input_audio"]["sample_rate"], 8_000);
        for text in ["Good", "Good morning."] {
            let data = json!({"content": text});
            let update = json!({"event_type": "transcriptions.message.update", "data": data});
            socket.send(&update).await;
        }
        socket.send(&json!({"event_type": "transcriptions.message.completed"})).await;
        socket.drain().await;
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("morning.wav");
    let format = PcmFormat { sample_rate: 8_000, ..PcmFormat::default() };
    std::fs::write(&path, wav::encode(format, &[0; 4_000])).expect("a file");
    let path = path.to_str().expect("UTF-8");
    let (good, out, err) = EXAMPLES.against(&server.base_url(), NAMES[2], &[path]).await;
    assert_eq!((good, &*out), (true, "Good morning.\n"), "{err}");
    assert_eq!(err, "… Good\n… Good morning.\n");
    server.finished(1).await;
}

#[tokio::test]
async fn realtime_chat() {
    let server = Server::start(|mut socket| async move {
        let events = socket.until("input_audio_buffer.complete").await;
        assert_eq!(events[0]["data"]["input_audio"]["sample_rate"], 16_000);
        let send = [
            ("conversation.audio_transcript.completed", json!({"content": "When?"})),
            ("conversation.chat.created", json!({"id": "1"})),
            ("conversation.message.delta", json!({"type": "answer", "content": "At "})),
            ("conversation.audio.delta", json!({"content": "AAD+/wIAAQD//wAA".repeat(1_000)})),
            ("conversation.message.delta", json!({"type": "answer", "content": "noon."})),
            ("conversation.chat.completed", json!({"id": "1"})),
        ];
        for (event, data) in send {
            socket.send(&json!({"event_type": event, "data": data})).await;
        }
        socket.drain().await;
    })
    .await;
    let folder = tempfile::tempdir().expect("a folder");
    let (question, answer) = (folder.path().join("question.wav"), folder.path().join("answer.wav"));
    let format = PcmFormat { sample_rate: 16_000, ..PcmFormat::default() };
    std::fs::write(&question, wav::encode(format, &[0; 9_000])).expect("a file");
    let (question, answer) = (question.to_str().expect("UTF-8"), answer.to_str().expect("UTF-8"));
    let (good, out, err) =
        EXAMPLES.against(&server.base_url(), NAMES[0], &["7", question, answer]).await;
    assert_eq!((good, &*out), (true, "At noon.\n"), "{err}");
    assert_eq!(err, format!("you: When?\n{answer}: 0.2 seconds\n"));
    assert_eq!(server.openings()[0].query()["bot_id"], "7");
    let file = std::fs::read(answer).expect("a file");
    assert_eq!(WavHeader::parse(&file).expect("a WAV file").data_len, Some(12_000));
    server.finished(1).await;
}
