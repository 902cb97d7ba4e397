//! Failures that come in place of events or as one.

use serde_json::Value;

use super::frame::Frame;
use crate::base::error::{Error, Kind};
use crate::base::redact;
use crate::wire::envelope::{Refusal, Reply};

/// How much of a reply that is no event stream is kept.
pub(super) const JSON_LIMIT: usize = 1024 * 1024;

/// The error that an event reports: `{"code", "msg"}`, `{"error_code", "error_message"}`, or a chat with `last_error`.
#[cold]
pub(crate) fn of_event(frame: &Frame, reply: &Reply) -> Error {
    let value: Value = serde_json::from_slice(frame.data()).unwrap_or_default();
    let refusal = Refusal::find(&value).or_else(|| Refusal::find(value.get("last_error")?));
    let kind = match refusal {
        Some(refusal) => refusal.into_kind(reply),
        None => {
            let event = redact::one_line(frame.event(), 60);
            let text = redact::redact(&frame.text(), Some(reply.token.secret()));
            let msg = format!("event {event}: {}", redact::one_line(&text, 400));
            Kind::Api { code: None, name: None, msg }
        }
    };
    let log_id = value.pointer("/detail/logid").and_then(Value::as_str).map(str::to_owned);
    Error::new(kind).with_log_id(reply.log_id()).with_log_id(log_id).with_body(frame.text())
}
