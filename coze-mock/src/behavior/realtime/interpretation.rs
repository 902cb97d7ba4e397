//! Simultaneous interpretation of speech.

use serde_json::{Value, json};

use super::{Session, audio_of};
use crate::behavior::Context;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::script;

pub(super) fn open(context: &mut Context<'_>, _: &Request) -> Result<Reply, ApiError> {
    let shared = context.shared();
    Ok(Reply::websocket(|socket| async move {
        run(Session::begin(socket, shared, "simult_interpretation").await).await;
    }))
}

async fn run(mut session: Session) {
    let mut audio = Vec::new();
    while let Some(received) = session.next().await {
        match received.event.as_str() {
            "simult_interpretation.update" => session.update(&received.data).await,
            "input_audio_buffer.append" => match audio_of(&received.data) {
                Ok(piece) => audio.extend(piece),
                Err(why) => session.error(4000, why).await,
            },
            // The only other event of the spec says that the audio is complete.
            _ => interpret(&mut session, &std::mem::take(&mut audio)).await,
        }
    }
}

async fn interpret(session: &mut Session, audio: &[u8]) {
    session.send("input_audio_buffer.completed", None).await;
    let text = session.recognize(audio);
    let translation = translated(&text, &session.settings["translate_config"]);
    for (event, text) in [("transcription", &text), ("translation", &translation)] {
        let event = format!("simult_interpretation.{event}.delta");
        for piece in script::pieces(text) {
            session.send(&event, Some(json!({"delta": piece}))).await;
        }
    }
    for piece in session.spoken(&translation) {
        let data = json!({"delta": piece});
        session.send("simult_interpretation.audio.delta", Some(data)).await;
    }
    session.send("simult_interpretation.message.completed", None).await;
}

/// "Translates" a text: puts the name of the language before it and applies the glossary.
fn translated(text: &str, config: &Value) -> String {
    let to = config["to"].as_str().unwrap_or("en");
    let mut text = text.to_owned();
    for entry in config["glossary"].as_array().into_iter().flatten() {
        if let (Some(original), Some(translation)) =
            (entry["original"].as_str(), entry["translation"].as_str())
            && !original.is_empty()
        {
            text = text.replace(original, translation);
        }
    }
    format!("[{to}] {text}")
}
