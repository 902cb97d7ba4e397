//! Chats, whose events are passed on as they arrive.

use std::convert::Infallible;
use std::fmt::Write as _;

use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse as _, Response};
use coze_api::stream::Frame;
use coze_api::{EventStream, Method};
use futures_util::stream;
use http::header;
use serde_json::{Value, json};

use super::Call;
use super::messages::ConversationQuery;
use crate::body::{check_messages, id, only, read};
use crate::limits::Running;
use crate::reply::{Refusal, Reply, passed};

/// The members of a chat that a page may set.
const CHAT: &[&str] = &[
    "bot_id",
    "additional_messages",
    "connector_id",
    "enable_card",
    "parameters",
    "shortcut_command",
];

/// The members of a run of a chatflow that a page may set.
const WORKFLOW: &[&str] = &[
    "workflow_id",
    "app_id",
    "additional_messages",
    "connector_id",
    "conversation_id",
    "parameters",
    "suggest_reply_info",
    "version",
];

pub(crate) async fn chat(
    call: Call,
    Query(query): Query<ConversationQuery>,
    body: Result<Bytes, BytesRejection>,
) -> Reply {
    let mut body = only(read(body)?, CHAT);
    call.state.options.agents.check_bot(id(&body, "bot_id")?)?;
    check_messages(&body)?;
    call.check(&query.conversation_id).await?;
    let running = call.start()?;
    body.insert("user_id".to_owned(), call.user.id.clone().into());
    body.insert("stream".to_owned(), true.into());
    let request = call.client.request(Method::POST, "/v3/chat");
    let request = request.query("conversation_id", query.conversation_id).json(&body);
    Ok(events(request.frames().await?, running))
}

pub(crate) async fn workflow(call: Call, body: Result<Bytes, BytesRejection>) -> Reply {
    let mut body = only(read(body)?, WORKFLOW);
    let (app, workflow) = (id(&body, "app_id")?, id(&body, "workflow_id")?);
    call.state.options.agents.check_chatflow(app, workflow)?;
    check_messages(&body)?;
    call.check(id(&body, "conversation_id")?).await?;
    let running = call.start()?;
    body.insert("ext".to_owned(), json!({"user_id": call.user.id}));
    let request = call.client.request(Method::POST, "/v1/workflows/chat").json(&body);
    Ok(events(request.frames().await?, running))
}

pub(crate) async fn cancel(call: Call, body: Result<Bytes, BytesRejection>) -> Reply {
    let body = only(read(body)?, &["conversation_id", "chat_id"]);
    id(&body, "chat_id")?;
    call.check(id(&body, "conversation_id")?).await?;
    passed(call.client.request(Method::POST, "/v3/chat/cancel").json(&body).exchange().await?)
}

/// Sends each event when it arrives. If the browser disconnects, the stream of the platform is
/// dropped.
fn events(frames: EventStream<Frame>, running: Running) -> Response {
    let lines = stream::unfold(Some((frames, running)), |open| async move {
        let (mut frames, running) = open?;
        match frames.next().await? {
            Ok(frame) => Some((Ok::<_, Infallible>(text(&frame)), Some((frames, running)))),
            Err(error) => Some((Ok(failure(error)), None)),
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        // Proxies such as nginx would wait for more events.
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(lines)).into_response()
}

/// Writes an event as the platform does.
fn text(frame: &Frame) -> Bytes {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let id = frame.id();
    if !id.is_empty() {
        let _ = writeln!(text, "id: {id}");
    }
    if !frame.event().is_empty() {
        let _ = writeln!(text, "event: {}", frame.event());
    }
    for line in frame.text().split('\n') {
        let _ = writeln!(text, "data: {line}");
    }
    text.push('\n');
    text.into()
}

/// The event that the platform uses for failures. The text of an error has no secrets.
fn failure(error: coze_api::Error) -> Bytes {
    let failure: Value = Refusal::from(error).to_json();
    Bytes::from(format!("event: error\ndata: {failure}\n\n"))
}
