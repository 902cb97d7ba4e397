//! Server-sent events.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;

/// An event of a stream: `event:`, perhaps `id:`, and `data:`.
#[derive(Clone, Debug, Default)]
pub struct Event {
    name: String,
    id: Option<String>,
    data: String,
    raw: Option<Bytes>,
    spaced: bool,
    pub(crate) pause: Option<Duration>,
}

impl Event {
    /// An event whose data is JSON.
    pub fn json(name: impl Into<String>, data: &Value) -> Self {
        Self::text(name, data.to_string())
    }

    /// An event whose data is this text.
    pub fn text(name: impl Into<String>, data: impl Into<String>) -> Self {
        Self { name: name.into(), data: data.into(), ..Self::default() }
    }

    /// Raw bytes, for example of a malformed event.
    pub fn raw(bytes: impl Into<Bytes>) -> Self {
        Self { raw: Some(bytes.into()), ..Self::default() }
    }

    /// The same event with an id.
    #[allow(clippy::needless_pass_by_value, reason = "an id is a number or a text at hand")]
    pub fn id(mut self, id: impl Display) -> Self {
        self.id = Some(id.to_string());
        self
    }

    /// The same event with a space after each colon. The platform writes both.
    pub fn spaced(mut self) -> Self {
        self.spaced = true;
        self
    }

    /// The same event, sent this long after the previous one.
    pub fn after(mut self, pause: Duration) -> Self {
        self.pause = Some(pause);
        self
    }

    /// Returns the event as it is sent.
    pub(crate) fn encode(&self) -> Bytes {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        let mut text = String::new();
        let colon = if self.spaced { ": " } else { ":" };
        // Writing to a string does not fail.
        if let Some(id) = &self.id {
            let _ = writeln!(text, "id{colon}{id}");
        }
        let _ = writeln!(text, "event{colon}{}", self.name);
        for line in self.data.split('\n') {
            let _ = writeln!(text, "data{colon}{line}");
        }
        text.push('\n');
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_are_framed() {
        let event = Event::json("Message", &json!({"a": 1})).id(0);
        assert_eq!(event.encode(), "id:0\nevent:Message\ndata:{\"a\":1}\n\n");
        let spaced = Event::text("done", "a").id(1).spaced();
        assert_eq!(spaced.encode(), "id: 1\nevent: done\ndata: a\n\n");
        assert_eq!(Event::text("done", "a\nb").encode(), "event:done\ndata:a\ndata:b\n\n");
        assert_eq!(Event::raw(": ping\n\n").encode(), ": ping\n\n");
    }
}
