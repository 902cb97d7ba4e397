//! Makes a call for the page: takes a form and returns the events of the call as JSON lines.

use std::borrow::Cow;
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
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coze_api::Upload;
use coze_api::stream::Frame;
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;

use super::cutoff::Cutoff;
use super::{AppState, FILES_LIMIT, JSON_LIMIT, error_response};
use coze_spec::Language;
use coze_spec::model::{Operation, Type};

use crate::engine::{Call, CallEvent, CallEvents, Mode};
use crate::failure::{Failure, hint};
use crate::language::{self, say, text};
use crate::{annotate, catalog, secrets};

/// The maximum size of JSON that is annotated, in bytes.
const ANNOTATE_LIMIT: usize = 1024 * 1024;

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
    State(app): State<Arc<AppState>>,
    form: Result<Multipart, axum::extract::multipart::MultipartRejection>,
) -> Response {
    let mut form = match form {
        Ok(form) => form,
        Err(error) => return error_response(error.status(), &error.body_text()),
    };
    let target = app.targets.current();
    let is_real = target.mock().is_none();
    let admit = |request| admit(request, is_real);
    let ((operation, request), files) = match read(&mut form, FILES_LIMIT, admit).await {
        Ok(read) => read,
        Err(error) => {
            // A browser reads the response when it has sent the whole request.
            tokio::spawn(discard(form));
            return error.into_response();
        }
    };
    let uploads = files.iter().map(|(name, file)| {
        let upload = Upload::path(file.content.path()).file_name(&file.name);
        (name.clone(), upload)
    });
    let call = Call {
        operation,
        uploads: uploads.collect(),
        values: without_files(operation, request.values),
        mode: if request.stream && operation.stream.is_some() { Mode::Events } else { Mode::Reply },
    };
    match call.run(&target.backend.client) {
        Ok(events) => response(app, operation, events, files),
        Err(invalid) => error_response(StatusCode::BAD_REQUEST, &invalid.to_string()),
    }
}

/// Returns the operation of a call, or an error if a real API could be changed and the user has not
/// confirmed that.
fn admit(
    request: CallRequest,
    is_real: bool,
) -> Result<(&'static Operation, CallRequest), ErrorReply> {
    let Some(operation) = catalog::find(&request.id) else {
        return Err(error_reply(StatusCode::NOT_FOUND, text("unknown operation", "没有该接口")));
    };
    if is_real && operation.changes && !request.confirmed {
        let message = say!(
            "{} may change data of your account or incur costs; confirm it",
            "{} 可能会修改账号的数据或产生费用，需要确认",
            operation.id,
        );
        let body = json!({"needs_confirmation": true, "message": message});
        return Err((StatusCode::CONFLICT, Json(body)));
    }
    Ok((operation, request))
}

/// Removes the names of files from the values, because the files are uploads.
fn without_files(operation: &Operation, mut values: Map<String, Value>) -> Map<String, Value> {
    values
        .retain(|name, _| operation.param(name).is_none_or(|param| param.field.kind != Type::File));
    values
}

/// A file that the page sent.
struct UploadedFile {
    name: String,
    /// A temporary file, which is removed when the call ends.
    content: NamedTempFile,
}

/// The status and body of an error response.
type ErrorReply = (StatusCode, Json<Value>);

fn error_reply(status: StatusCode, message: &str) -> ErrorReply {
    (status, Json(json!({"message": message})))
}

fn multipart_error(error: &MultipartError) -> ErrorReply {
    error_reply(error.status(), &error.body_text())
}

/// Reads the form. Its files may have `limit` bytes in total. `admit` decides about the call before
/// the files that follow it are read.
async fn read<T>(
    form: &mut Multipart,
    limit: usize,
    admit: impl Fn(CallRequest) -> Result<T, ErrorReply>,
) -> Result<(T, BTreeMap<String, UploadedFile>), ErrorReply> {
    let mut remaining = limit;
    let mut request = None;
    let mut files = BTreeMap::new();
    while let Some(field) = form.next_field().await.map_err(|error| multipart_error(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "call" {
            let json = read_json(field).await?;
            let call = serde_json::from_slice(&json).map_err(|_| {
                let message =
                    text("the part `call` is not a valid call", "表单的 `call` 部分不是有效的调用");
                error_reply(StatusCode::BAD_REQUEST, message)
            })?;
            request = Some(admit(call)?);
        } else {
            files.insert(name, read_file(field, &mut remaining).await?);
        }
    }
    let request = request.ok_or_else(|| {
        let message = text("the part `call` is missing", "表单缺少 `call` 部分");
        error_reply(StatusCode::BAD_REQUEST, message)
    })?;
    Ok((request, files))
}

/// Reads the rest of a form without storing it.
async fn discard(mut form: Multipart) {
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(_)) = field.chunk().await {}
    }
}

async fn read_json(mut field: Field<'_>) -> Result<Vec<u8>, ErrorReply> {
    let mut json = Vec::new();
    while let Some(chunk) = field.chunk().await.map_err(|error| multipart_error(&error))? {
        if json.len() + chunk.len() > JSON_LIMIT {
            let message = text("the values are larger than 1 MiB", "参数值超过 1 MiB");
            return Err(error_reply(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        json.extend_from_slice(&chunk);
    }
    Ok(json)
}

async fn read_file(
    mut field: Field<'_>,
    remaining: &mut usize,
) -> Result<UploadedFile, ErrorReply> {
    let failed = |error: std::io::Error| {
        let message = say!("cannot store the file: {error}", "无法保存文件：{error}");
        error_reply(StatusCode::INTERNAL_SERVER_ERROR, &message)
    };
    let name = field.file_name().filter(|name| !name.is_empty()).unwrap_or("file");
    let name = name.to_owned();
    let content = NamedTempFile::new().map_err(failed)?;
    let mut writer = tokio::fs::File::from_std(content.reopen().map_err(failed)?);
    while let Some(chunk) = field.chunk().await.map_err(|error| multipart_error(&error))? {
        *remaining = remaining.checked_sub(chunk.len()).ok_or_else(|| {
            let message = text("the files are larger than 512 MiB", "文件超过 512 MiB");
            error_reply(StatusCode::PAYLOAD_TOO_LARGE, message)
        })?;
        writer.write_all(&chunk).await.map_err(failed)?;
    }
    writer.flush().await.map_err(failed)?;
    Ok(UploadedFile { name, content })
}

/// A running call.
struct RunningCall {
    app: Arc<AppState>,
    operation: &'static Operation,
    /// The language of the page. The events are read after the handler has returned.
    language: Language,
    /// `None` after an error.
    events: Option<CallEvents>,
    /// The log ID of the last response.
    log_id: Option<String>,
    cutoff: Cutoff,
    started: Instant,
    /// Temporary files, kept until the call ends.
    files: BTreeMap<String, UploadedFile>,
}

/// Streams the events as lines. If the page disconnects, the stream and the call are dropped.
fn response(
    app: Arc<AppState>,
    operation: &'static Operation,
    events: CallEvents,
    files: BTreeMap<String, UploadedFile>,
) -> Response {
    let call = RunningCall {
        app,
        operation,
        language: language::current(),
        events: Some(events),
        log_id: None,
        cutoff: Cutoff::None,
        started: Instant::now(),
        files,
    };
    let lines = stream::unfold(Some(call), |call| async {
        let mut call = call?;
        let (value, more) = language::within(call.language, call.next()).await;
        let line = Bytes::from(format!("{}\n", secrets::hide(&value.to_string())));
        Some((Ok::<_, Infallible>(line), more.then_some(call)))
    });
    let body = Body::from_stream(lines);
    ([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

impl RunningCall {
    /// Returns the next line, and `false` if it is the last one.
    async fn next(&mut self) -> (Value, bool) {
        let event = match &mut self.events {
            Some(events) => events.next().await,
            None => None,
        };
        let line = match event {
            Some(Ok(CallEvent::File(download))) => self.file(*download).await,
            Some(Ok(event)) => self.line(event),
            Some(Err(error)) => {
                self.events = None;
                self.cutoff = Cutoff::None;
                error_line(&error)
            }
            None => {
                self.events = None;
                if let Some(line) = self.cutoff.take() {
                    return (line, true);
                }
                self.files.clear();
                return (json!({"kind": "end", "ms": self.ms()}), false);
            }
        };
        (line, true)
    }

    fn line(&mut self, event: CallEvent) -> Value {
        match event {
            CallEvent::Request(request) => json!({
                "kind": "request",
                "method": request.method,
                "url": request.url,
                "headers": request.headers,
                "body": request.body.text(),
            }),
            CallEvent::Head { status, headers, log_id, after } => {
                self.log_id.clone_from(&log_id);
                self.cutoff.head(language::api(), self.operation, &headers);
                json!({
                    "kind": "head",
                    "status": status,
                    "headers": headers,
                    "log_id": log_id,
                    "ms": u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
                })
            }
            CallEvent::Body(body) => {
                let text = String::from_utf8_lossy(&body);
                self.cutoff.body(&text);
                let annotated = || annotate::reply(language::api(), self.operation, &text);
                json!({
                    "kind": "body",
                    "text": text,
                    "base64": base64_of(&body),
                    "too_long": text.len() > ANNOTATE_LIMIT,
                    "annotated": (text.len() <= ANNOTATE_LIMIT).then(annotated).flatten(),
                })
            }
            CallEvent::Item(item) => json!({"kind": "body", "text": item}),
            CallEvent::Frame(frame) => {
                self.cutoff.frame(language::api(), self.operation, &frame);
                self.event_line(&frame)
            }
            CallEvent::StreamFailed(failure) => json!({
                "kind": "error",
                "message": failure.message,
                "code": failure.code,
                "log_id": failure.log_id.as_ref().or(self.log_id.as_ref()),
                "hint": failure.hint(),
                "doc": failure.doc,
            }),
            // `next` handles files.
            CallEvent::File(_) => Value::Null,
        }
    }

    fn event_line(&self, frame: &Frame) -> Value {
        let (event, data) = (frame.event(), frame.text());
        let (api, operation) = (language::api(), self.operation);
        let annotated = || annotate::event(api, operation, event, &data);
        // The descriptions of streams contain neither pings nor failures.
        let is_known = annotate::is_known_event(api, operation, event)
            || event.eq_ignore_ascii_case("ping")
            || frame.error().is_some();
        json!({
            "kind": "event",
            "event": event,
            "id": frame.id(),
            "data": data,
            "raw": String::from_utf8_lossy(frame.raw()),
            "base64": base64_of(frame.raw()),
            "new": !is_known,
            "too_long": data.len() > ANNOTATE_LIMIT,
            "annotated": (data.len() <= ANNOTATE_LIMIT).then(annotated).flatten(),
            "ms": self.ms(),
        })
    }

    async fn file(&mut self, download: coze_api::Download) -> Value {
        match self.app.files.store(download).await {
            Ok(file) => json!({
                "kind": "file",
                "content_type": file.content_type,
                "name": format!("{}{}", self.operation.id, extension(&file.content_type)),
                "bytes": file.bytes,
                "url": format!("/api/files/{}", file.id),
            }),
            Err(Failure::Api(error)) => error_line(&error),
            Err(failure) => json!({"kind": "error", "message": failure.to_string()}),
        }
    }

    fn ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Returns bytes that are not valid UTF-8 as Base64, because text cannot represent them. Bytes with
/// a credential of this process stay here.
fn base64_of(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let is_exact = matches!(text, Cow::Borrowed(_));
    let is_hidden = !is_exact && secrets::hide(&text) != text;
    (!is_exact && !is_hidden).then(|| STANDARD.encode(bytes))
}

pub(super) fn error_line(error: &coze_api::Error) -> Value {
    let message = error.msg().filter(|msg| !msg.is_empty());
    json!({
        "kind": "error",
        // Code, status and log id have their own members.
        "message": message.map_or_else(|| error.to_string(), str::to_owned),
        "code": error.code(),
        "status": error.status().map(|status| status.as_u16()),
        "log_id": error.log_id(),
        "hint": hint(error),
        "doc": error.help_doc(),
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

    async fn read_with_limit(limit: usize) -> Result<Vec<String>, StatusCode> {
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
        let mut form = Multipart::from_request(request, &()).await.expect("a form");
        match read(&mut form, limit, Ok).await {
            Ok((_, files)) => Ok(files.into_values().map(|file| file.name).collect()),
            Err((status, _)) => Err(status),
        }
    }

    #[tokio::test]
    async fn the_files_of_a_call_share_a_limit() {
        assert_eq!(read_with_limit(8).await, Ok(vec!["a".into(), "file".into()]));
        assert_eq!(read_with_limit(7).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test]
    async fn a_call_is_admitted_before_its_files_arrive() {
        let call = r#"{"id": "files.upload"}"#;
        let first = format!(
            "--b\r\ncontent-disposition: form-data; name=\"call\"\r\n\r\n{call}\r\n\
             --b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nthe begin"
        );
        // The rest of the file never arrives.
        let body = stream::once(async { Ok::<_, Infallible>(first) }).chain(stream::pending());
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(Body::from_stream(body))
            .expect("a request");
        let mut form = Multipart::from_request(request, &()).await.expect("a form");
        let refused = read(&mut form, 100, |request| admit(request, true)).await;
        let (status, body) = refused.err().expect("not confirmed");
        assert_eq!((status, &body["needs_confirmation"]), (StatusCode::CONFLICT, &json!(true)));
    }

    #[test]
    fn invalid_utf_8_is_kept_as_bytes() {
        assert_eq!(base64_of("你好".as_bytes()), None);
        assert_eq!(base64_of(b"a\xff"), Some("Yf8=".to_owned()));
        secrets::register("a credential of the playground");
        assert_eq!(base64_of(b"a credential of the playground\xff"), None);
    }
}
