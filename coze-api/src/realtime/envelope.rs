//! What stands around the data of an event: `{"id": "…", "event_type": "…", "data": …,
//! "detail": {"logid": "…", "respond_at": "…"}}`.
//!
//! The members are found without reading the data, which for audio is nearly all of the
//! event: that is read once, by the type of the event, and not copied before.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr2;
use serde::Deserialize;

use crate::base::decode;

/// The members of an event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Envelope<'a> {
    pub(super) event: Cow<'a, str>,
    pub(super) id: String,
    /// Where the data is; nothing if there is none.
    pub(super) data: Range<usize>,
    pub(super) detail: EventDetail,
}

/// What the server notes down about an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EventDetail {
    /// The id under which Coze logged the event. Quote it when asking for support.
    pub logid: String,
    /// When the server sent the event, in milliseconds since 1970; 0 if it did not say.
    pub respond_at: i64,
    /// The message of another service that the event comes from. Undocumented.
    pub origin_message: String,
}

impl<'a> Envelope<'a> {
    /// Finds the members of an event; nothing if it is no JSON object.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor { text, at: 0 };
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
            b"\"id\"" => self.id = decode::from_slice(json).ok()?,
            b"\"data\"" if json != b"null" => self.data = value,
            b"\"detail\"" => self.detail = decode::from_slice(json).ok()?,
            _ => {}
        }
        Some(())
    }
}

/// A string, borrowed if it holds no escapes.
fn string(json: &[u8]) -> Option<Cow<'_, str>> {
    let inner = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if memchr::memchr(b'\\', inner).is_none() {
        return std::str::from_utf8(inner).ok().map(Cow::Borrowed);
    }
    serde_json::from_slice(json).ok().map(Cow::Owned)
}

/// Walks over JSON without making anything of it. What is no JSON inside of a value, or no UTF-8,
/// is left to who reads the value.
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

    /// Steps over a byte, and the space before it, if that is what comes.
    fn token(&mut self, byte: u8) -> Option<()> {
        self.space();
        let found = self.rest().first() == Some(&byte);
        self.at += usize::from(found);
        found.then_some(())
    }

    /// Steps over a value.
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
            // An escape is of two characters at least, of which the second is no end.
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
    fn the_members_of_an_event_are_found() {
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
    fn what_is_missing_is_empty() {
        for text in ["{}", r#"{"data":null,"detail":null}"#] {
            assert_eq!(Envelope::read(text.as_bytes()), Some(Envelope::default()), "{text}");
        }
        let escaped = Envelope::read(br#"{"event_type":"\u0061"}"#).expect("an event");
        assert_eq!(escaped.event, "a");
    }

    #[test]
    fn what_is_no_object_is_no_event() {
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
            r#"{"event_type":7}"#,
            r#"{"detail":"x"}"#,
            "{,}",
        ] {
            assert_eq!(Envelope::read(text.as_bytes()), None, "{text}");
        }
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
        fn no_text_makes_it_panic(text in r#"[{}\[\]",:\\ a1é]*"#) {
            if let Some(envelope) = Envelope::read(text.as_bytes()) {
                prop_assert!(text.get(envelope.data).is_some());
            }
        }
    }
}
