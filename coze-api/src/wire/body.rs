//! The body of a request before it is sent.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{MapAccess, Visitor};
use serde::{Deserializer as _, Serialize};
use serde_json::value::RawValue;

use crate::wire::upload::Part;

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    /// The members of a JSON object, in the order in which they were first set.
    Object(Vec<(Cow<'static, str>, Member)>),
    /// JSON text.
    Json(Bytes),
    Multipart(Vec<(Cow<'static, str>, Part)>),
}

/// A member of a JSON object, serialized when it is set: bodies are read back too rarely to hold
/// trees of values.
#[derive(Clone)]
pub(crate) enum Member {
    /// The JSON text of a value.
    Value(String),
    /// The JSON text of a list in pieces, each of one or more elements.
    List(Vec<String>),
}

impl Member {
    /// Makes a member of JSON text. Elements can be appended to a list.
    pub(crate) fn of_json(json: String) -> Self {
        let list = json.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']'));
        match list.map(str::trim) {
            Some("") => Self::List(Vec::new()),
            Some(elements) => Self::List(vec![elements.to_owned()]),
            None => Self::Value(json),
        }
    }

    /// Returns the JSON text.
    pub(crate) fn into_json(self) -> String {
        match self {
            Self::Value(json) => json,
            Self::List(_) => {
                let mut json = String::with_capacity(self.len());
                self.write(&mut json);
                json
            }
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Value(json) => json.len(),
            Self::List(list) => list.iter().map(|json| json.len() + 1).sum::<usize>() + 2,
        }
    }

    /// Appends the JSON text.
    pub(crate) fn write(&self, out: &mut String) {
        match self {
            Self::Value(json) => out.push_str(json),
            Self::List(list) => {
                out.push('[');
                for (i, json) in list.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    out.push_str(json);
                }
                out.push(']');
            }
        }
    }
}

impl Body {
    /// Returns the JSON text to send, if the body is one.
    pub(crate) fn to_json(&self) -> Option<Bytes> {
        match self {
            Self::Json(json) => Some(json.clone()),
            Self::Object(members) => {
                let length: usize = members.iter().map(|(k, v)| k.len() + v.len() + 4).sum();
                let mut json = String::with_capacity(length + 2);
                json.push('{');
                for (i, (name, member)) in members.iter().enumerate() {
                    if i > 0 {
                        json.push(',');
                    }
                    write_name(&mut json, name);
                    json.push(':');
                    member.write(&mut json);
                }
                json.push('}');
                Some(json.into())
            }
            Self::Empty | Self::Multipart(_) => None,
        }
    }

    /// Returns `true` if the body can be sent again.
    pub(crate) fn is_replayable(&self) -> bool {
        let Self::Multipart(parts) = self else { return true };
        parts.iter().all(|(_, part)| match part {
            Part::Text(_) | Part::Json(_) => true,
            Part::File(upload) => upload.is_replayable(),
        })
    }
}

/// Returns a value as JSON text without spare capacity, because a stream keeps parts of its body.
pub(crate) fn json_of(value: &impl Serialize) -> serde_json::Result<String> {
    let mut json = serde_json::to_string(value)?;
    json.shrink_to_fit();
    Ok(json)
}

/// Writes the name of a member. Those of the spec need no escapes.
fn write_name(out: &mut String, name: &str) {
    let plain = |byte: u8| byte != b'"' && byte != b'\\' && !byte.is_ascii_control();
    if name.bytes().all(plain) {
        out.push('"');
        out.push_str(name);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(name).to_string());
    }
}

/// Returns the members of JSON text, in their order and with their text unchanged, if it is an
/// object.
pub(crate) fn members_of(json: &[u8]) -> Option<Vec<(Cow<'static, str>, Member)>> {
    struct Members;

    impl<'de> Visitor<'de> for Members {
        type Value = Vec<(Cow<'static, str>, Member)>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                members.push((Cow::Owned(name), Member::of_json(value.get().to_owned())));
            }
            Ok(members)
        }
    }

    serde_json::Deserializer::from_slice(json).deserialize_map(Members).ok()
}
