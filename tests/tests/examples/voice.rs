//! The programs that the playground shows for voice chats, run against a scripted server. The tests
//! of the playground compare them with what it shows.

use coze_tests::websocket::Server;
use serde_json::{Value, json};

use crate::EXAMPLES;

/// Runs a program through a turn of the user. Returns its settings, and the query of its handshake.
async fn talk(name: &'static str) -> (Value, Vec<(String, String)>) {
    let (settings, received) = tokio::sync::watch::channel(Value::Null);
    let server = Server::start(move |mut socket| {
        let settings = settings.clone();
        async move {
            let events = socket.until("input_audio_buffer.append").await;
            assert_eq!(events[0]["event_type"], "chat.update");
            // 40 ms of silence, in base64.
            let piece = events[1]["data"]["delta"].as_str().expect("audio");
            assert_eq!(piece, "A".repeat(2560));
            settings.send_replace(events[0]["data"].clone());
            let send = [
                ("input_audio_buffer.speech_started", json!({})),
                ("conversation.audio_transcript.completed", json!({"content": "When?"})),
                ("conversation.message.delta", json!({"type": "answer", "content": "At noon."})),
                ("conversation.audio.delta", json!({"content": "AAD+/wIA"})),
                ("conversation.chat.completed", json!({"id": "1"})),
            ];
            for (event, data) in send {
                socket.send(&json!({"event_type": event, "data": data})).await;
            }
            socket.close(1000, "").await;
        }
    })
    .await;
    let (good, out, err) = EXAMPLES.against(&server.base_url(), name, &[]).await;
    assert_eq!((good, &*out), (true, "(listening)\nYou: When?\nAt noon.\n"), "{err}");
    server.finished(1).await;
    let mut query: Vec<_> = server.openings()[0].query().into_iter().collect();
    query.sort();
    let settings = received.borrow().clone();
    (settings, query)
}

#[tokio::test]
async fn a_voice_chat() {
    let (settings, query) = talk("voice_chat").await;
    assert_eq!(settings, json!({"turn_detection": {"type": "server_vad"}}));
    assert_eq!(query, [("bot_id", "7342866812345000001")].map(owned));
}

#[tokio::test]
async fn a_voice_chat_with_all_options() {
    let (settings, query) = talk("voice_chat_options").await;
    let expected = json!({
        "chat_config": {"conversation_id": "7374752000116113452", "user_id": "ling"},
        "output_audio": {"voice_id": "7426720361732000003"},
        "turn_detection": {"type": "client_interrupt"},
        "need_play_prologue": true,
        "prologue_content": "Good day to you",
    });
    assert_eq!(settings, expected);
    let expected = [("bot_id", "7342866812345000001"), ("workflow_id", "7366468917055000003")];
    assert_eq!(query, expected.map(owned));
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
