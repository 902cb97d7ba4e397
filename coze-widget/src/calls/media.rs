//! Files and speech.

use axum::body::{Body, Bytes};
use axum::extract::Multipart;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse as _, Response};
use coze_api::{Method, Upload};
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::Call;
use crate::body::{read, text};
use crate::owners::check_id;
use crate::reply::{Refusal, Reply, passed};

type Form = Result<Multipart, MultipartRejection>;

pub(crate) async fn upload(call: Call, form: Form) -> Reply {
    let _running = call.start()?;
    let file = file(&call, form).await?;
    let request = call.client.request(Method::POST, "/v1/files/upload");
    passed(request.file("file", file).exchange().await?)
}

pub(crate) async fn transcribe(call: Call, form: Form) -> Reply {
    let _running = call.start()?;
    let file = file(&call, form).await?;
    let request = call.client.request(Method::POST, "/v1/audio/transcriptions");
    passed(request.file("file", file).exchange().await?)
}

/// Reads the file of a form, whose other parts are ignored.
async fn file(call: &Call, form: Form) -> Result<Upload, Refusal> {
    let mut form = form.map_err(|error| Refusal::new(error.status(), error.body_text()))?;
    let limit = call.state.limiter.limits().upload_bytes;
    while let Some(mut part) = form.next_field().await.map_err(|error| broken(&error))? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().filter(|name| !name.is_empty()).unwrap_or("file").to_owned();
        let kind = part.content_type().map(str::to_owned);
        let mut content = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(|error| broken(&error))? {
            if content.len() + chunk.len() > limit {
                let message = format!("the file is larger than {} KiB", limit / 1024);
                return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message));
            }
            content.extend_from_slice(&chunk);
        }
        let upload = Upload::bytes(name, content);
        return Ok(match kind {
            Some(kind) => upload.content_type(kind),
            None => upload,
        });
    }
    Err(Refusal::bad_request("the form has no part `file`"))
}

fn broken(error: &MultipartError) -> Refusal {
    Refusal::new(error.status(), error.body_text())
}

/// Reads a text aloud, in the voice of the options.
pub(crate) async fn speak(call: Call, body: Result<Bytes, BytesRejection>) -> Reply {
    let body = read(body)?;
    let Some(voice) = &call.state.options.voice else {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "this server has no voice"));
    };
    let format = match text(&body, "response_format") {
        "" => "mp3",
        format => format,
    };
    check_id("response_format", format)?;
    let running = call.start()?;
    let request = call.client.request(Method::POST, "/v1/audio/speech");
    let body = json!({"input": text(&body, "input"), "voice_id": voice, "response_format": format});
    let speech = request.json(&body).download().await?;
    let kind = speech.content_type().filter(|kind| kind.starts_with("audio/"));
    let kind = kind.and_then(|kind| HeaderValue::from_str(kind).ok());
    let kind = kind.unwrap_or(HeaderValue::from_static("audio/mpeg"));
    let chunks = stream::unfold((speech, running), |(mut speech, running)| async move {
        Some((speech.next().await?, (speech, running)))
    });
    let response: Response = Body::from_stream(chunks).into_response();
    Ok(([(header::CONTENT_TYPE, kind)], response).into_response())
}
