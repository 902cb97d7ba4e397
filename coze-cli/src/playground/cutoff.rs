//! Notices responses that were cut off. A call of the engine returns what arrived, because it does
//! not read the responses.

use coze_api::stream::Frame;
use coze_spec::model::{Api, Operation};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::annotate;
use crate::language::{say, text};

/// What is known about the end of a response.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Cutoff {
    /// Nothing speaks against the response.
    #[default]
    None,
    /// A stream that has not reached its last event.
    Stream,
    /// A body that is not complete JSON, and the reason.
    Json(String),
}

impl Cutoff {
    /// Called for each response.
    pub(super) fn head(&mut self, api: &Api, operation: &Operation, headers: &[(String, String)]) {
        let streams = headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.starts_with("text/event-stream")
        });
        *self = if streams && annotate::has_last_event(api, operation) {
            Self::Stream
        } else {
            Self::None
        };
    }

    /// Called for each body that is not a file. Texts that are not meant as JSON are complete.
    pub(super) fn body(&mut self, body: &str) {
        let wrong = || serde_json::from_str::<IgnoredAny>(body).err();
        let error = body.trim_start().starts_with(['{', '[']).then(wrong).flatten();
        *self = error.map_or(Self::None, |error| Self::Json(error.to_string()));
    }

    /// Called for each frame of a stream.
    pub(super) fn frame(&mut self, api: &Api, operation: &Operation, frame: &Frame) {
        let ends = annotate::is_last_event(api, operation, frame.event())
            || frame.text() == "[DONE]"
            || frame.error().is_some();
        if ends {
            *self = Self::None;
        }
    }

    /// Returns the line about a response that was cut off, once.
    pub(super) fn take(&mut self) -> Option<Value> {
        let message = match std::mem::take(self) {
            Self::None => return None,
            Self::Stream => {
                text("the stream ended before its last event", "数据流在最后一个事件之前结束")
                    .to_owned()
            }
            Self::Json(error) => {
                say!("the response is not complete JSON: {error}", "响应不是完整的 JSON：{error}")
            }
        };
        let hint = text(
            "The response was probably cut off. What arrived is shown below. A call that changes \
             data may have had its effect, so check that before you run it again.",
            "响应可能被截断，下方是已收到的部分。修改数据的调用可能已经生效，请先确认再重新运行。",
        );
        Some(json!({"kind": "error", "message": message, "status": null, "hint": hint}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cutoff_of(id: &str, content_type: &str) -> Cutoff {
        let api = coze_spec::api();
        let mut cutoff = Cutoff::default();
        let headers = [("content-type".to_owned(), content_type.to_owned())];
        cutoff.head(api, api.operation(id).expect("an operation"), &headers);
        cutoff
    }

    #[test]
    fn json_that_ends_early_is_cut_off() {
        let mut cutoff = cutoff_of("users.me", "application/json");
        for complete in ["{\"a\": 1}", " []", "", "OK", "true"] {
            cutoff.body(complete);
            assert_eq!(cutoff.take(), None, "{complete}");
        }
        cutoff.body("{\"a\": \"half");
        let line = cutoff.take().expect("a line");
        let message = line["message"].as_str().expect("a text");
        assert!(message.starts_with("the response is not complete JSON: EOF"), "{message}");
        assert_eq!(cutoff.take(), None);
    }

    #[test]
    fn a_stream_is_cut_off_until_its_last_event() {
        assert_eq!(cutoff_of("chat.create", "application/json"), Cutoff::None);
        // The operation has no events, so no event is the last one.
        assert_eq!(cutoff_of("users.me", "text/event-stream"), Cutoff::None);
        let mut cutoff = cutoff_of("chat.create", "text/event-stream; charset=utf-8");
        assert_eq!(cutoff, Cutoff::Stream);
        assert!(cutoff.take().is_some());
    }
}
