//! Applies faults to replies.

use std::iter::repeat_n;

use bytes::Bytes;
use futures_util::StreamExt as _;
use http::StatusCode;
use serde_json::json;

use super::{EventFault, Fault, Replacement};
use crate::body::BodySource;
use crate::error::ApiError;
use crate::event::Event;
use crate::reply::Reply;

const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\
    <body><center><h1>502 Bad Gateway</h1></center><hr><center>mock</center></body></html>\n";

/// The size of the chunks in which padding is sent.
const CHUNK: usize = 64 << 10;

/// The number of events that come before the one that reports an error.
const EVENTS_BEFORE_ERROR: usize = 2;

/// Returns the reply by which a fault replaces the operation's, if it does.
pub(crate) fn replacement(fault: &Fault) -> Option<Reply> {
    let replacement = &fault.replacement;
    if !replacement.is_some() {
        return None;
    }
    let status = replacement.status.unwrap_or(default_status(replacement));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = if replacement.html {
        let page = PAGE.replace("502 Bad Gateway", &status.to_string());
        Reply::file("text/html; charset=utf-8", page)
    } else {
        let code = replacement.code.unwrap_or(default_code(status));
        ApiError::new(code, format!("fault on demand: {fault}")).into()
    };
    reply.status = status;
    if let Some(seconds) = replacement.retry_after {
        reply = reply.with_header("retry-after", &seconds.to_string());
    }
    Some(reply)
}

fn default_status(replacement: &Replacement) -> u16 {
    match replacement {
        Replacement { html: true, .. } => 502,
        Replacement { retry_after: Some(_), .. } => 429,
        Replacement { expired_token: true, .. } => 401,
        _ => 200,
    }
}

fn default_code(status: StatusCode) -> i64 {
    match status.as_u16() {
        401 => 4100,
        403 => 4101,
        404 => 4200,
        429 => 4013,
        400..=499 => 4000,
        _ => 5000,
    }
}

/// Removes the body, or breaks an event stream. Each chunk of such a stream is one event.
pub(crate) fn break_body(source: BodySource, fault: &Fault) -> BodySource {
    if fault.empty {
        return BodySource::from(Bytes::new());
    }
    let Some(events) = fault.events else { return source };
    let BodySource::Stream(chunks) = source else { return source };
    if events == EventFault::None {
        return BodySource::Stream(Box::pin(futures_util::stream::empty()));
    }
    let completes = events == EventFault::ErrorThenCompleted;
    let broken = chunks.enumerate().flat_map(move |(index, event)| {
        let error = (index == EVENTS_BEFORE_ERROR).then(|| error_event(&event));
        let goes_on = index < EVENTS_BEFORE_ERROR || (completes && is_last(&event));
        futures_util::stream::iter(error.into_iter().chain(goes_on.then_some(event)))
    });
    BodySource::Stream(Box::pin(broken))
}

fn event_name(event: &[u8]) -> String {
    let text = String::from_utf8_lossy(event);
    let name = text.lines().find_map(|line| line.strip_prefix("event:"));
    name.unwrap_or_default().trim().to_owned()
}

fn is_last(event: &[u8]) -> bool {
    let name = event_name(event);
    name == "conversation.chat.completed" || name.to_ascii_lowercase().ends_with("done")
}

/// Returns an event that reports an error, in the spelling of the stream.
fn error_event(event: &[u8]) -> Bytes {
    let msg = "fault on demand";
    let is_workflow = event_name(event).starts_with(|first: char| first.is_ascii_uppercase());
    let error = if is_workflow {
        Event::json("Error", &json!({"error_code": 5000, "error_message": msg})).spaced()
    } else {
        Event::json("error", &json!({"code": 5000, "msg": msg}))
    };
    error.encode()
}

/// Adds the padding of `huge` to a body. Its chunks share one buffer.
pub(crate) fn pad(source: BodySource, fault: &Fault, content_type: &[u8]) -> BodySource {
    let Some(length) = fault.huge else { return source };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    match source {
        BodySource::Stream(chunks) => {
            let comments = futures_util::stream::iter(comments(length));
            BodySource::Stream(Box::pin(comments.chain(chunks)))
        }
        BodySource::Chunks(mut chunks) => {
            let is_json = content_type.starts_with(b"application/json");
            let last = chunks.back_mut().filter(|last| is_json && last.ends_with(b"}"));
            if let Some(last) = last {
                last.truncate(last.len() - 1);
                chunks.push_back(Bytes::from_static(b",\"padding\":\""));
                chunks.extend(filler(b'x', length));
                chunks.push_back(Bytes::from_static(b"\"}"));
            } else {
                chunks.extend(filler(0, length));
            }
            BodySource::Chunks(chunks)
        }
    }
}

/// Returns padding of this size in chunks.
fn filler(byte: u8, length: usize) -> impl Iterator<Item = Bytes> + Send {
    let chunk = Bytes::from(vec![byte; length.min(CHUNK)]);
    let rest = chunk.slice(..length % CHUNK);
    repeat_n(chunk, length / CHUNK).chain(Some(rest).filter(|rest| !rest.is_empty()))
}

/// Returns padding as comments of an event stream, which may stand between events.
fn comments(length: usize) -> impl Iterator<Item = Bytes> + Send {
    let comment = |size: usize| {
        let filling = "x".repeat(size.saturating_sub(3));
        Bytes::from(format!(":{filling}\n\n"))
    };
    let rest = Some(length % CHUNK).filter(|rest| *rest > 0).map(comment);
    repeat_n(comment(CHUNK), length / CHUNK).chain(rest)
}
