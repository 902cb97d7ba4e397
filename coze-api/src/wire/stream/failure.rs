//! Failures that the server reports by an event, or in place of events.

use memchr::memmem;
use serde_json::Value;

use super::frame::{Frame, Role};
use crate::base::decode;
use crate::base::error::{Error, Kind, Result};
use crate::base::redact;
use crate::wire::envelope::{Refusal, Reply, body_log_id};

/// The maximum length that is kept of a response that is not an event stream.
pub(super) const JSON_LIMIT: usize = 1024 * 1024;

/// Returns the role of an event without a name, by its data.
///
/// Some servers send `data: [DONE]`, or the envelope of an error, without a name.
pub(super) fn role_of_unnamed(frame: &Frame) -> Role {
    let data = decode::trim_start(frame.data()).trim_ascii_end();
    match data.first() {
        Some(b'[') if data.eq_ignore_ascii_case(b"[DONE]") => Role::Done,
        Some(b'"') if data.eq_ignore_ascii_case(b"\"[DONE]\"") => Role::Done,
        Some(b'{') if is_refusal(data) => Role::Failure,
        _ => Role::Other,
    }
}

/// Returns `true` for the envelope of an error, which has a code, a message and no payload.
fn is_refusal(data: &[u8]) -> bool {
    let may_be = memmem::find(data, b"code").is_some() || memmem::find(data, b"error").is_some();
    if !may_be {
        return false;
    }
    let value: Value = decode::from_slice(data).unwrap_or_default();
    let has_payload = value.get("data").is_some_and(|data| !data.is_null());
    !has_payload && Refusal::find(&value).is_some_and(|refusal| refusal.has_message())
}

/// Returns the error of an event whose data report a failure by a code that is not zero. `pointer`
/// is the place of the code.
#[allow(dead_code, reason = "only events of an optional feature have such codes")]
pub(crate) fn check_code(frame: &Frame, pointer: &str) -> Result<()> {
    let value: Value = decode::from_slice(frame.data()).unwrap_or_default();
    let around = pointer.rsplit_once('/').and_then(|(around, _)| value.pointer(around));
    match value.pointer(pointer) {
        None | Some(Value::Null) => Ok(()),
        Some(code) if *code == 0 || *code == "0" || *code == "" => Ok(()),
        Some(_) => {
            let refusal = around.and_then(Refusal::guess);
            let error = refusal.unwrap_or_default().into_error(&Reply::none());
            Err(error.with_body(frame.text()))
        }
    }
}

/// Returns the error that an event reports: `{"code", "msg"}`, `{"error_code", "error_message"}`,
/// or a chat with `last_error`.
#[cold]
pub(crate) fn of_event(frame: &Frame, reply: &Reply) -> Error {
    let value: Value = decode::from_slice(frame.data()).unwrap_or_default();
    let refusal = Refusal::find(&value)
        .or_else(|| Refusal::guess(value.get("last_error")?))
        .or_else(|| Refusal::guess(&value));
    let error = match refusal {
        Some(refusal) => refusal.into_error(reply),
        None => {
            let event = redact::one_line(frame.event(), 60);
            let text = redact::redact(&frame.text(), Some(reply.token.secret()));
            let msg = format!("event {event}: {}", redact::one_line(&text, 400));
            Error::from_kind(Kind::Api { code: None, name: None, msg })
        }
    };
    let log_id = body_log_id(&value).map(str::to_owned);
    error.or_log_id(reply.log_id()).or_log_id(log_id).with_body(frame.text())
}
