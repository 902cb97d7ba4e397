//! One call for the page: a form comes in, a line of JSON goes out for everything that happens.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use coze_api::Upload;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use super::{FILES_LIMIT, JSON_LIMIT, Shared, refusal};
use coze_spec::model::{Operation, Type};

use crate::engine::{Call, CallEvent, Mode, Running, StreamFailure};
use crate::failure::{Failure, hint};
use crate::{reading, words};

/// How long a text may be that is read beside the model.
const READ: usize = 1024 * 1024;

#[derive(Deserialize)]
struct CallRequest {
    id: String,
    #[serde(default)]
    values: Map<String, Value>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    confirmed: bool,
}

pub(super) async fn call(
    State(shared): State<Arc<Shared>>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Response {
    let form = match form {
        Ok(form) => form,
        Err(error) => return refusal(error.status(), &error.body_text()),
    };
    let (asked, files) = match read(form, FILES_LIMIT).await {
        Ok(read) => read,
        Err(refused) => return refused.into_response(),
    };
    let Some(operation) = words::find(&asked.id) else {
        return refusal(StatusCode::NOT_FOUND, "there is no such operation");
    };
    if shared.backend.mock.is_none() && operation.changes && !asked.confirmed {
        let message =
            format!("{} may change data of your account, or cost something.", operation.id);
        let answer = json!({"needs_confirmation": true, "message": message});
        return (StatusCode::CONFLICT, Json(answer)).into_response();
    }
    let uploads = files.iter().map(|(name, file)| {
        let upload = Upload::path(file.content.path()).file_name(&file.name);
        (name.clone(), upload)
    });
    let call = Call {
        operation,
        uploads: uploads.collect(),
        values: without_files(operation, asked.values),
        mode: if asked.stream && operation.stream.is_some() { Mode::Events } else { Mode::Reply },
    };
    match call.run(&shared.backend.client) {
        Ok(running) => answer(shared, operation, running, files),
        Err(invalid) => refusal(StatusCode::BAD_REQUEST, &invalid.to_string()),
    }
}

/// The page names files among the values; what is in them comes beside.
fn without_files(operation: &Operation, mut values: Map<String, Value>) -> Map<String, Value> {
    values
        .retain(|name, _| operation.param(name).is_none_or(|param| param.field.kind != Type::File));
    values
}

struct UploadedFile {
    name: String,
    /// Removed when the call is over.
    content: NamedTempFile,
}

type Refused = (StatusCode, Json<Value>);

fn refused(status: StatusCode, message: &str) -> Refused {
    (status, Json(json!({"message": message})))
}

fn broken(error: &MultipartError) -> Refused {
    refused(error.status(), &error.body_text())
}

/// Reads the form, whose files may have `left` bytes.
async fn read(
    mut form: Multipart,
    mut left: usize,
) -> Result<(CallRequest, BTreeMap<String, UploadedFile>), Refused> {
    let mut asked = None;
    let mut files = BTreeMap::new();
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "call" {
            let json = read_json(field).await?;
            let call = serde_json::from_slice(&json).map_err(|_| {
                refused(StatusCode::BAD_REQUEST, "the part `call` is not what was expected")
            })?;
            asked = Some(call);
        } else {
            files.insert(name, read_file(field, &mut left).await?);
        }
    }
    let asked =
        asked.ok_or_else(|| refused(StatusCode::BAD_REQUEST, "the part `call` is missing"))?;
    Ok((asked, files))
}

async fn read_json(mut field: Field<'_>) -> Result<Vec<u8>, Refused> {
    let mut json = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        if json.len() + chunk.len() > JSON_LIMIT {
            let message = "the values are longer than 1 MiB";
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        json.extend_from_slice(&chunk);
    }
    Ok(json)
}

async fn read_file(mut field: Field<'_>, left: &mut usize) -> Result<UploadedFile, Refused> {
    let failed = |error: std::io::Error| {
        let message = format!("the file cannot be kept: {error}");
        refused(StatusCode::INTERNAL_SERVER_ERROR, &message)
    };
    let name = field.file_name().filter(|name| !name.is_empty()).unwrap_or("file");
    let name = name.to_owned();
    let content = NamedTempFile::new().map_err(failed)?;
    let mut writer = tokio::fs::File::from_std(content.reopen().map_err(failed)?);
    while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
        *left = left.checked_sub(chunk.len()).ok_or_else(|| {
            refused(StatusCode::PAYLOAD_TOO_LARGE, "the files are longer than 512 MiB")
        })?;
        writer.write_all(&chunk).await.map_err(failed)?;
    }
    writer.flush().await.map_err(failed)?;
    Ok(UploadedFile { name, content })
}

/// What is left to do of a call.
struct CallStream {
    shared: Arc<Shared>,
    operation: &'static Operation,
    running: Option<Running>,
    started: Instant,
    /// Kept until the call is over.
    files: BTreeMap<String, UploadedFile>,
}

/// The lines, as things happen. If the page goes away this is dropped, and the call with it.
fn answer(
    shared: Arc<Shared>,
    operation: &'static Operation,
    running: Running,
    files: BTreeMap<String, UploadedFile>,
) -> Response {
    let call =
        CallStream { shared, operation, running: Some(running), started: Instant::now(), files };
    let lines = stream::unfold(Some(call), |call| async {
        let mut call = call?;
        let (value, more) = call.next().await;
        let line = Bytes::from(format!("{value}\n"));
        Some((Ok::<_, Infallible>(line), more.then_some(call)))
    });
    let body = Body::from_stream(lines);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

impl CallStream {
    /// The next line, and whether there are more.
    async fn next(&mut self) -> (Value, bool) {
        let event = match &mut self.running {
            Some(running) => running.next().await,
            None => None,
        };
        let line = match event {
            Some(Ok(CallEvent::File(download))) => self.file(download).await,
            Some(Ok(event)) => self.line(event),
            Some(Err(error)) => {
                self.running = None;
                error_line(&error)
            }
            None => {
                self.files.clear();
                return (json!({"kind": "end", "ms": self.ms()}), false);
            }
        };
        (line, true)
    }

    fn line(&self, event: CallEvent) -> Value {
        match event {
            CallEvent::Request(request) => json!({
                "kind": "request",
                "method": request.method,
                "url": request.url,
                "headers": request.headers,
                "body": request.body.text(),
            }),
            CallEvent::Head { status, headers, log_id, after } => json!({
                "kind": "head",
                "status": status,
                "headers": headers,
                "log_id": log_id,
                "ms": u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
            }),
            CallEvent::Body(body) => {
                let text = String::from_utf8_lossy(&body);
                let read = || reading::reply(coze_spec::api(), self.operation, &text);
                json!({
                    "kind": "body",
                    "text": text,
                    "reading": (text.len() <= READ).then(read).flatten(),
                })
            }
            CallEvent::Item(item) => json!({"kind": "body", "text": item}),
            CallEvent::Frame(frame) => {
                let (event, data) = (frame.event(), frame.text());
                let read = || reading::event(coze_spec::api(), self.operation, event, &data);
                json!({
                    "kind": "event",
                    "event": event,
                    "id": frame.id(),
                    "data": data,
                    "reading": (data.len() <= READ).then(read).flatten(),
                    "ms": self.ms(),
                })
            }
            CallEvent::StreamFailed(StreamFailure { code, message }) => {
                json!({"kind": "error", "message": message, "code": code})
            }
            // It is read before there is a line.
            CallEvent::File(_) => Value::Null,
        }
    }

    async fn file(&mut self, download: coze_api::Download) -> Value {
        match self.shared.files.keep(download).await {
            Ok(told) => json!({
                "kind": "file",
                "content_type": told.content_type,
                "name": format!("{}{}", self.operation.id, extension(&told.content_type)),
                "bytes": told.bytes,
                "url": format!("/api/files/{}", told.id),
            }),
            Err(Failure::Api(error)) => error_line(&error),
            Err(failure) => json!({"kind": "error", "message": failure.to_string()}),
        }
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn error_line(error: &coze_api::Error) -> Value {
    json!({
        "kind": "error",
        // Code, status and log id stand beside it.
        "message": error.msg().filter(|msg| !msg.is_empty()).map_or_else(|| error.to_string(), str::to_owned),
        "code": error.code(),
        "status": error.status(),
        "log_id": error.log_id(),
        "hint": hint(error),
        "body": error.body(),
    })
}

fn extension(content_type: &str) -> &'static str {
    match content_type.split(';').next().unwrap_or_default() {
        "audio/wav" | "audio/x-wav" | "audio/wave" => ".wav",
        "audio/mpeg" | "audio/mp3" => ".mp3",
        "audio/ogg" | "audio/opus" => ".ogg",
        "application/json" => ".json",
        _ => ".bin",
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::FromRequest as _;
    use axum::http::Request;

    use super::*;

    async fn read_with_room_for(left: usize) -> Result<Vec<String>, StatusCode> {
        let part = |disposition: &str, content: &str| {
            format!("--b\r\ncontent-disposition: form-data; {disposition}\r\n\r\n{content}\r\n")
        };
        let body = [
            part("name=\"call\"", "{\"id\": \"files.upload\"}"),
            part("name=\"one\"; filename=\"a\"", "12345"),
            part("name=\"two\"; filename=\"\"", "678"),
            "--b--\r\n".to_owned(),
        ];
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from(body.concat()))
            .expect("a request");
        let form = Multipart::from_request(request, &()).await.expect("a form");
        match read(form, left).await {
            Ok((_, files)) => Ok(files.into_values().map(|file| file.name).collect()),
            Err((status, _)) => Err(status),
        }
    }

    #[tokio::test]
    async fn the_files_of_a_call_share_their_limit() {
        assert_eq!(read_with_room_for(8).await, Ok(vec!["a".into(), "file".into()]));
        assert_eq!(read_with_room_for(7).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }
}
