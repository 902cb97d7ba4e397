//! Speech synthesis of streamed text.

use serde_json::json;

use super::{LONGEST_TEXT, Session};
use crate::behavior::Context;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::voice;

pub(super) fn open(context: &mut Context<'_>, _: &Request) -> Result<Reply, ApiError> {
    let shared = context.shared();
    Ok(Reply::websocket(|socket| async move {
        run(Session::begin(socket, shared, "speech").await).await;
    }))
}

async fn run(mut session: Session) {
    let mut text = String::new();
    while let Some(received) = session.next().await {
        match received.event.as_str() {
            "speech.update" => session.update(&received.data).await,
            "input_text_buffer.append" => {
                let piece = received.data["delta"].as_str().unwrap_or_default();
                if piece.len() > LONGEST_TEXT {
                    session.error(3010, "the text has more than 1,024 bytes").await;
                } else {
                    text.push_str(piece);
                }
            }
            // The only other event of the spec says that the text is complete.
            _ => {
                session.send("input_text_buffer.completed", None).await;
                speak(&mut session, &std::mem::take(&mut text)).await;
            }
        }
    }
}

async fn speak(session: &mut Session, text: &str) {
    for sentence in voice::sentences(text) {
        let start = json!({"text": sentence.trim()});
        session.send("conversation.audio.sentence_start", Some(start)).await;
        for piece in session.spoken(sentence) {
            session.send("speech.audio.update", Some(json!({"delta": piece}))).await;
        }
    }
    session.send("speech.audio.completed", None).await;
}
