//! Coze Studio, the self-hosted platform: its own errors and response members.
//!
//! Behaviors answer as the cloud does, and [`response`] and [`refuse`] translate their replies. The
//! model says which operations and members are served under which names.

use coze_spec::model::{Place, Type};
use http::StatusCode;
use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::error::{ApiError, ErrorKind, TokenError};
use crate::event::Event;
use crate::reply::Reply;
use crate::request::{Payload, Request};
use crate::spec::api;

mod members;
mod pages;

pub(crate) use members::{MESSAGE, chat, response};
pub(crate) use pages::page;

/// The code of errors about tokens.
const TOKEN: i64 = 700_012_006;

/// The code of a chat that has failed; the message holds the real code.
const CHAT_FAILED: i64 = 103_100_001;

/// The operations whose parameters are refused with plain text.
const PLAIN_REFUSALS: [&str; 4] = [
    "apps.retrieve",
    "datasets.documents.delete",
    "datasets.documents.list",
    "datasets.documents.update",
];

/// The operations whose errors come before the first event, as a response without a body.
const STREAMS: [&str; 3] =
    ["workflows.chat.stream", "workflows.runs.resume", "workflows.runs.stream"];

/// The fields named `…_id` that are not ids of the platform.
const FREE_IDS: [&str; 4] = ["connector_id", "event_id", "tool_call_id", "user_id"];

/// A UUID of random bits.
pub(crate) fn uuid(random: u128) -> String {
    let hex = format!("{random:032x}");
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// Drops the parameters that the platform ignores, and refuses ids that are not numbers in strings.
pub(crate) fn prepare(request: &mut Request) -> Result<(), ApiError> {
    let Some(operation) = request.endpoint.operation() else { return Ok(()) };
    for name in operation.studio.iter().flat_map(|studio| &studio.ignores) {
        request.parameters.remove(name);
        if let Payload::Json(Value::Object(body)) = &mut request.body {
            body.remove(name);
        }
    }
    for param in &operation.params {
        let name = param.field.wire.as_str();
        let is_id = name.strip_suffix('s').unwrap_or(name).ends_with("_id");
        if !is_id || FREE_IDS.contains(&name) {
            continue;
        }
        let sent = match param.place {
            Place::Body | Place::Part => request.body().get(name),
            _ => request.parameters.get(name),
        };
        let is_numeric = |id: &Value| {
            let digits =
                |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            id.as_str().is_some_and(digits)
        };
        let all_numeric = sent.filter(|sent| !sent.is_null()).is_none_or(|sent| match sent {
            Value::Array(ids) => ids.iter().all(is_numeric),
            id => is_numeric(id),
        });
        if !all_numeric {
            return Err(ApiError::field(name, "it is not a string of digits"));
        }
    }
    Ok(())
}

/// The response to a request that is refused.
pub(crate) fn refuse(endpoint: Option<&Endpoint>, path: &str, error: &ApiError) -> Reply {
    let id = endpoint.map_or("", |endpoint| endpoint.id.as_str());
    let absent = api().studio.as_ref().map_or("", |studio| &studio.absent);
    match &error.kind {
        ErrorKind::Token(problem) => {
            let why = match problem {
                TokenError::Missing => "missing authorization in header",
                TokenError::Malformed => "missing api_key in request",
                TokenError::Rejected => "api key invalid",
            };
            coded(StatusCode::OK, TOKEN, &format!("authentication failed: {why}"))
        }
        ErrorKind::Path => coded(StatusCode::UNAUTHORIZED, 401, absent),
        ErrorKind::Method if is_api(path) => coded(StatusCode::NOT_FOUND, 404, "not found"),
        // All other paths belong to the web page.
        ErrorKind::Method => Reply::file("text/html; charset=utf-8", PAGE),
        ErrorKind::Request if PLAIN_REFUSALS.contains(&id) => {
            Reply::file("text/plain; charset=utf-8", error.msg.clone())
                .with_status(StatusCode::BAD_REQUEST)
        }
        ErrorKind::Request => coded(StatusCode::BAD_REQUEST, 400, &error.msg),
        ErrorKind::Unknown { .. } | ErrorKind::Other => failure(id, error),
    }
}

const PAGE: &str =
    "<!DOCTYPE html>\n<html><head><title>Coze Studio</title></head><body></body></html>\n";

fn is_api(path: &str) -> bool {
    ["/v1/", "/v3/", "/api/"].iter().any(|start| path.starts_with(start))
}

/// The response to a request that a behavior refuses.
fn failure(id: &str, error: &ApiError) -> Reply {
    let (code, msg) = code_of(id, error);
    if STREAMS.contains(&id) {
        // The platform's event writer owns the body before the error is written, so the error is
        // lost.
        return Reply::file("application/json; charset=utf-8", "");
    }
    match id {
        "chat.create" | "chat.cancel" => coded(StatusCode::BAD_REQUEST, 400, &wrapped(code, &msg)),
        "chat.retrieve" => Reply::file("text/plain; charset=utf-8", wrapped(code, &msg))
            .with_status(StatusCode::INTERNAL_SERVER_ERROR),
        "workflows.runs.create" => Reply::json(json!({
            "code": code, "msg": msg, "data": null, "token": null, "cost": null,
            "debug_url": null, "execute_id": null, "BaseResp": null,
        })),
        _ if code == 5000 => coded(StatusCode::INTERNAL_SERVER_ERROR, 500, "internal server error"),
        _ => coded(StatusCode::OK, code, &msg),
    }
}

/// The code and the message of an error.
fn code_of(id: &str, error: &ApiError) -> (i64, String) {
    let ErrorKind::Unknown { field, .. } = &error.kind else {
        return (error.code, error.msg.clone());
    };
    let (code, msg) = match field.as_str() {
        "conversation_id" => (103_000_002, "conversation not found"),
        "bot_id" if id == "chat.create" => (103_100_002, "agent not exists"),
        "bot_id" => (100_000_002, "resource not found"),
        "chat_id" => (103_200_003, "run record not found"),
        "message_id" | "before_id" | "after_id" => (103_200_001, "message not found"),
        "workflow_id" => (720_702_004, "workflow not found"),
        "app_id" => (101_000_002, "app not found"),
        "dataset_id" => (105_000_011, "knowledge not exist"),
        "document_id" | "document_ids" => (105_000_012, "document not exist"),
        _ => return (error.code, error.msg.clone()),
    };
    (code, msg.to_owned())
}

fn coded(status: StatusCode, code: i64, msg: &str) -> Reply {
    Reply::json(json!({"code": code, "msg": msg})).with_status(status)
}

/// An error as Go prints it, with its stack.
fn wrapped(code: i64, msg: &str) -> String {
    format!("code={code} message={msg}\nstack=/app/application/mock.go:1 mock\n")
}

/// The event that reports an error before the chat has been recorded.
pub(crate) fn error_event(id: &str, error: &ApiError) -> Event {
    let (code, msg) = code_of(id, error);
    Event::json("error", &json!({"code": CHAT_FAILED, "msg": wrapped(code, &msg)}))
}

/// Renames the members that have another name on the platform.
fn rename(kind: &Type, value: Value) -> Value {
    match (kind, value) {
        (Type::List(item), Value::Array(items)) => {
            items.into_iter().map(|value| rename(item, value)).collect()
        }
        (Type::Named(name), Value::Object(members)) => {
            let fields = crate::spec::schema(name).map_or(&[][..], |schema| schema.fields());
            let renamed = members.into_iter().map(|(name, value)| {
                match fields.iter().find(|field| field.wire == name) {
                    Some(field) => {
                        let name = field.aliases.first().cloned().unwrap_or(name);
                        (name, rename(&field.kind, value))
                    }
                    None => (name, value),
                }
            });
            Value::Object(renamed.collect())
        }
        (_, value) => value,
    }
}
