//! The body of a request before it is sent.

use bytes::Bytes;

use crate::wire::upload::Part;

/// The body of a request.
#[derive(Clone)]
pub(crate) enum Body {
    Empty,
    /// The members of an object, each as JSON text, in the order in which they were
    /// first set.
    Fields(Vec<(&'static str, String)>),
    /// JSON text.
    Json(Bytes),
    Multipart(Vec<(&'static str, Part)>),
}

impl Body {
    /// The JSON text to send, if any.
    pub(crate) fn to_json(&self) -> Option<Bytes> {
        match self {
            Self::Json(json) => Some(json.clone()),
            Self::Fields(fields) => {
                let length: usize = fields.iter().map(|(k, v)| k.len() + v.len() + 4).sum();
                let mut json = String::with_capacity(length + 2);
                json.push('{');
                for (i, (name, value)) in fields.iter().enumerate() {
                    // Names come from the spec and need no escapes.
                    json.push_str(if i == 0 { "\"" } else { ",\"" });
                    json.push_str(name);
                    json.push_str("\":");
                    json.push_str(value);
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
