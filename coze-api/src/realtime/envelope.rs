//! The fields around the data of an event: `{"id": "…", "event_type": "…", "data": …,
//! "detail": {"logid": "…", "respond_at": "…"}}`.
//!
//! The fields are found without parsing the data, which is nearly all of an audio event: it is
//! parsed once, as the type of the event requires, and not copied before.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;
use serde::Deserialize;
use serde_json::Value;

use crate::base::decode;

/// The fields of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Envelope<'a> {
    pub(super) event: Cow<'a, str>,
    pub(super) id: String,
    /// The position of the data; empty if there is none.
    pub(super) data: Range<usize>,
    pub(super) detail: EventDetail,
}

/// Metadata that the server adds to an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EventDetail {
    /// The log ID of the event. Quote it when you contact support.
    pub logid: String,
    /// The time at which the server sent the event, in Unix milliseconds, or 0 if it is unknown.
    pub respond_at: i64,
    /// The message of the service from which the event originates. Undocumented.
    pub origin_message: String,
}

/// The fields of [`EventDetail`] as JSON, so that an unexpected one does not cost the others.
#[derive(Default, Deserialize)]
#[serde(default)]
struct RawDetail {
    logid: Value,
    respond_at: Value,
    origin_message: Value,
}

impl EventDetail {
    /// Reads the metadata of an event as far as possible: it must not cost the event.
    fn read(json: &[u8]) -> Self {
        let raw: RawDetail = decode::from_slice(json).unwrap_or_default();
        Self {
            logid: text(&raw.logid),
            respond_at: match raw.respond_at {
                Value::String(time) => time.trim().parse().unwrap_or(0),
                time => time.as_i64().unwrap_or(0),
            },
            origin_message: text(&raw.origin_message),
        }
    }
}

/// Returns a string, or the JSON text of any other value.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl<'a> Envelope<'a> {
    /// Finds the fields of an event. Returns `None` if it is not a JSON object.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor { text, at: text.len() - decode::trim_start(text).len() };
        let mut envelope = Self::default();
        cursor.token(b'{')?;
        if cursor.token(b'}').is_none() {
            loop {
                cursor.space();
                let name = cursor.value()?;
                cursor.token(b':')?;
                cursor.space();
                let value = cursor.value()?;
                envelope.set(text, &text[name], value)?;
                if cursor.token(b'}').is_some() {
                    break;
                }
                cursor.token(b',')?;
            }
        }
        cursor.space();
        (cursor.at == text.len()).then_some(envelope)
    }

    fn set(&mut self, text: &'a [u8], name: &[u8], value: Range<usize>) -> Option<()> {
        let json = &text[value.clone()];
        match name {
            b"\"event_type\"" => self.event = string(json)?,
            b"\"id\"" => self.id = string(json)?.into_owned(),
            b"\"data\"" if json != b"null" => self.data = value,
            b"\"detail\"" => self.detail = EventDetail::read(json),
            _ => {}
        }
        Some(())
    }
}

/// Reads a string, or the JSON text of any other value. Borrows it if it has no escapes.
fn string(json: &[u8]) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix(b"\"").and_then(|json| json.strip_suffix(b"\""));
    if let Some(inner) = inner
        && memchr::memchr(b'\\', inner).is_none()
        && let Ok(inner) = std::str::from_utf8(inner)
    {
        return Some(Cow::Borrowed(inner));
    }
    let value: Value = decode::from_slice(json).ok()?;
    Some(Cow::Owned(text(&value)))
}

/// Skips JSON without parsing it. Errors inside a value are left to the code that parses the value.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn space(&mut self) {
        let space = |byte: &&u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += self.rest().iter().take_while(space).count();
    }

    /// Skips white space and, if `byte` follows, that byte. Returns `None` if it does not follow.
    fn token(&mut self, byte: u8) -> Option<()> {
        self.space();
        let found = self.rest().first() == Some(&byte);
        self.at += usize::from(found);
        found.then_some(())
    }

    /// Skips a value, and returns its position.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        match self.rest().first()? {
            b'"' => self.string()?,
            b'{' | b'[' => self.container()?,
            _ => {
                let ends = |byte: &u8| {
                    matches!(byte, b',' | b'}' | b']' | b':' | b'"') || byte.is_ascii_whitespace()
                };
                let rest = self.rest();
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
            }
        }
        (self.at > start).then_some(start..self.at)
    }

    fn container(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.rest().first()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            let rest = self.rest();
            let place = memchr2(b'"', b'\\', rest)?;
            let escape = rest[place] == b'\\';
            // The byte after a backslash never ends the string.
            self.at += place + if escape { 2 } else { 1 };
            if !escape {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn fields_of_an_event_are_found() {
        let text = r#" {"id": 7, "event_type":"a.b" ,"data": {"x": "}\"{", "y": [1, {}]},
            "more": [true, null], "detail": {"logid": "l", "respond_at": "1733815646467"} } "#;
        let envelope = Envelope::read(text.as_bytes()).expect("an event");
        assert_eq!((&*envelope.event, &*envelope.id), ("a.b", "7"));
        assert_eq!(&text[envelope.data], r#"{"x": "}\"{", "y": [1, {}]}"#);
        let expected = EventDetail {
            logid: "l".into(),
            respond_at: 1_733_815_646_467,
            origin_message: String::new(),
        };
        assert_eq!(envelope.detail, expected);
    }

    #[test]
    fn missing_fields_are_empty() {
        for text in ["{}", r#"{"data":null,"detail":null}"#] {
            assert_eq!(Envelope::read(text.as_bytes()), Some(Envelope::default()), "{text}");
        }
        let escaped = Envelope::read(br#"{"event_type":"\u0061"}"#).expect("an event");
        assert_eq!(escaped.event, "a");
        let marked = "\u{feff} {\"id\":7,\"data\":[1]}";
        let envelope = Envelope::read(marked.as_bytes()).expect("an event");
        assert_eq!((&*envelope.id, &marked[envelope.data]), ("7", "[1]"));
    }

    #[test]
    fn other_json_is_not_an_event() {
        for text in [
            "",
            " ",
            "null",
            "[]",
            "{",
            "{}x",
            r#"{"id"}"#,
            r#"{"id":}"#,
            r#"{"id":"1}"#,
            r#"{"id":"1""data":2}"#,
            r#"{"data":{"a":[}"#,
            r#"{"data":"\"#,
            r#"{"data":"\é"#,
            "{,}",
        ] {
            assert_eq!(Envelope::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn unexpected_metadata_does_not_cost_the_event() {
        let read = |text: &'static str| Envelope::read(text.as_bytes()).expect("an event");
        for (json, id) in [
            (r#"{"id":{"a":1},"event_type":"a","data":[1]}"#, r#"{"a":1}"#),
            (r#"{"id":["b"],"event_type":"a","data":[1]}"#, r#"["b"]"#),
            (r#"{"id":true,"event_type":"a","data":[1]}"#, "true"),
            (r#"{"id":null,"event_type":"a","data":[1]}"#, ""),
            (r#"{"id":18446744073709551615,"event_type":"a","data":[1]}"#, "18446744073709551615"),
        ] {
            let envelope = read(json);
            assert_eq!((&*envelope.id, &*envelope.event), (id, "a"), "{json}");
            assert_eq!(&json[envelope.data], "[1]");
        }
        for (json, logid, respond_at) in [
            (r#"{"event_type":"a","detail":"x"}"#, "", 0),
            (r#"{"event_type":"a","detail":[]}"#, "", 0),
            (r#"{"event_type":"a","detail":{"logid":{"a":1},"respond_at":7}}"#, r#"{"a":1}"#, 7),
            (r#"{"event_type":"a","detail":{"logid":"l","respond_at":"soon"}}"#, "l", 0),
            (r#"{"event_type":"a","detail":{"logid":7,"respond_at":{},"x":1}}"#, "7", 0),
        ] {
            let envelope = read(json);
            assert_eq!(envelope.event, "a");
            assert_eq!((&*envelope.detail.logid, envelope.detail.respond_at), (logid, respond_at));
        }
        assert_eq!(read(r#"{"event_type":7}"#).event, "7");
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..6)
                    .prop_map(|map| map.into_iter().collect::<Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_data_is_found(data in values(), name in ".*", id in ".*", pretty: bool) {
            let event = json!({"id": id, "event_type": name, "data": data, "z": data});
            let text = if pretty { format!("{event:#}") } else { event.to_string() };
            let envelope = Envelope::read(text.as_bytes()).expect("an event");
            prop_assert_eq!(&*envelope.event, &*name);
            prop_assert_eq!(&envelope.id, &id);
            let found = &text[envelope.data];
            let found: Value = serde_json::from_str(if found.is_empty() { "null" } else { found })
                .expect("JSON");
            prop_assert_eq!(found, data);
        }

        #[test]
        fn any_text_is_handled(text in r#"[{}\[\]",:\\ a1é]*"#) {
            if let Some(envelope) = Envelope::read(text.as_bytes()) {
                prop_assert!(text.get(envelope.data).is_some());
            }
        }
    }
}
