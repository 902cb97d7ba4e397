//! JSON that travels as text inside JSON.

use serde::de::DeserializeOwned;

use crate::base::decode;
use crate::base::error::{Error, Kind, Result};

/// Reads JSON text into a caller's type. The text stays out of the error: it is the user's data.
pub(super) fn parse<T: DeserializeOwned>(name: &str, text: &str) -> Result<T> {
    decode::from_slice(text.as_bytes()).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        let what = match error.classify() {
            serde_json::error::Category::Data => "is not of the type that was asked for",
            _ => "is not JSON",
        };
        Error::new(Kind::Decode(format!("{name} {what}, at {place}")))
    })
}
