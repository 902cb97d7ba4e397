//! JSON that is sent as text inside of JSON.

use serde::de::DeserializeOwned;

use crate::base::decode;
use crate::base::error::{Error, Kind, Result};

/// Reads JSON text into a caller's type. The error does not show the text, which may be private.
pub(super) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    decode::from_slice(text.as_bytes()).map_err(|error| {
        let position = format!("line {}, column {}", error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => "does not have the requested type",
            _ => "is not JSON",
        };
        Error::from_kind(Kind::Decode(format!("{name} {what}, at {position}")))
    })
}
