//! What faults do to replies.

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use http::StatusCode;
use serde_json::Value;

use crate::error::ApiError;
use crate::fault::{Answer, Fault};
use crate::reply::{Content, Reply};

const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\
    <body><center><h1>502 Bad Gateway</h1></center><hr><center>mock</center></body></html>\n";

/// How much of the padding of a stream travels at once.
const COMMENT: usize = 64 << 10;

/// What is answered in place of the reply, if the fault says so.
pub(crate) fn answer(fault: &Fault) -> Option<Reply> {
    let answer = &fault.answer;
    if !answer.is_some() {
        return None;
    }
    let status = answer.status.unwrap_or(default_status(answer));
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = if answer.html {
        let page = PAGE.replace("502 Bad Gateway", &status.to_string());
        Reply::file("text/html; charset=utf-8", page)
    } else {
        let code = answer.code.unwrap_or(default_code(status));
        ApiError::new(code, format!("fault on demand: {fault}")).into()
    };
    reply.status = status;
    if let Some(seconds) = answer.retry_after {
        reply = reply.with_header("retry-after", &seconds.to_string());
    }
    Some(reply)
}

fn default_status(answer: &Answer) -> u16 {
    match answer {
        Answer { html: true, .. } => 502,
        Answer { retry_after: Some(_), .. } => 429,
        Answer { expired_token: true, .. } => 401,
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

/// Makes a reply longer, if the fault says so.
pub(crate) fn enlarge(mut reply: Reply, fault: &Fault) -> Reply {
    let Some(extra) = fault.huge else { return reply };
    let length = usize::try_from(extra).unwrap_or(usize::MAX);
    reply.content = match reply.content {
        Content::Json(Value::Object(mut body)) => {
            body.insert("padding".to_owned(), Value::from("x".repeat(length)));
            Content::Json(Value::Object(body))
        }
        Content::Bytes(bytes) => {
            let mut longer = BytesMut::from(bytes);
            longer.resize(longer.len().saturating_add(length), 0);
            Content::Bytes(longer.freeze())
        }
        Content::Stream(chunks) => Content::Stream(Box::pin(comments(length).chain(chunks))),
        other => other,
    };
    reply
}

/// Comments of so many bytes altogether, between which events may stand.
fn comments(length: usize) -> impl futures_core::Stream<Item = Bytes> + Send {
    let line = |size: usize| {
        let filling = "x".repeat(size.saturating_sub(3));
        Bytes::from(format!(":{filling}\n\n"))
    };
    let whole = std::iter::repeat_n(COMMENT, length / COMMENT);
    let rest = Some(length % COMMENT).filter(|rest| *rest > 0);
    futures_util::stream::iter(whole.chain(rest).map(line))
}
