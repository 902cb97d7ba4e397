//! The body of a request before it is sent.

use std::borrow::Cow;

use bytes::Bytes;

use crate::wire::upload::Part;

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    /// The members of a JSON object, in the order in which they were first set.
    Object(Vec<(&'static str, Member)>),
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
    /// The JSON text of each element of a list.
    List(Vec<String>),
}

impl Member {
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
                    // Names come from the spec and need no escapes.
                    json.push_str(if i == 0 { "\"" } else { ",\"" });
                    json.push_str(name);
                    json.push_str("\":");
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
