//! Transcription of streamed speech.

use serde_json::json;

use super::{Session, audio_of, growing};
use crate::behavior::Context;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;

pub(super) fn open(context: &mut Context<'_>, _: &Request) -> Result<Reply, ApiError> {
    let shared = context.shared();
    Ok(Reply::websocket(|socket| async move {
        run(Session::begin(socket, shared, "transcriptions").await).await;
    }))
}

async fn run(mut session: Session) {
    let mut audio = Vec::new();
    while let Some(received) = session.next().await {
        match received.event.as_str() {
            "transcriptions.update" => session.update(&received.data).await,
            "input_audio_buffer.append" => match audio_of(&received.data) {
                Ok(piece) => audio.extend(piece),
                Err(why) => session.error(4000, why).await,
            },
            "input_audio_buffer.clear" => {
                audio.clear();
                session.send("input_audio_buffer.cleared", None).await;
            }
            // The only other event of the spec says that the audio is complete.
            _ => {
                session.send("input_audio_buffer.completed", None).await;
                let text = session.recognize(&std::mem::take(&mut audio));
                for so_far in growing(&text) {
                    let data = json!({"content": so_far});
                    session.send("transcriptions.message.update", Some(data)).await;
                }
                session.send("transcriptions.message.completed", None).await;
            }
        }
    }
}
