//! Facts about Coze Studio, the self-hosted platform, where it differs from the cloud.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::is_default;

/// A platform with the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// The vendor's cloud.
    #[default]
    Cloud,
    /// A self-hosted Coze Studio.
    Studio,
}

/// Facts about Coze Studio as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StudioServer {
    /// The base URL of a default installation.
    pub url: String,
    /// The response header with the log id.
    pub log_id: String,
    /// A text in `msg` of the response to an unknown path.
    pub absent: String,
    /// The form of an error in the message of another one.
    pub wrapped: WrappedErrors,
}

/// Errors that are written in the message of another error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WrappedErrors {
    /// The codes of the errors around them.
    pub codes: Vec<i64>,
    /// The text, with `{code}` and `{message}` in the places of both. The text after its last part
    /// does not belong to the message.
    pub format: String,
}

impl WrappedErrors {
    /// Returns the text before the code, between the code and the message, and after the message.
    pub fn texts(&self) -> [&str; 3] {
        let (before, rest) = self.format.split_once("{code}").unwrap_or_default();
        let (between, after) = rest.split_once("{message}").unwrap_or_default();
        [before, between, after]
    }
}

/// Differences of an operation on Coze Studio.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Studio {
    /// The path template, if it differs. Path parameters that are not in it are sent in the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The field of the response with the payload, if it differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    /// `true` if the response is the payload itself, without an envelope.
    #[serde(skip_serializing_if = "is_default")]
    pub bare: bool,
    /// The number of the first page, if it is not 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_page: Option<i64>,
    /// Values that are sent if the caller sets none: of parameters, or of query parameters that the
    /// cloud does not have.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub send: Map<String, Value>,
    /// The parameters that have no effect.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignores: Vec<String>,
    /// Further differences, for the documentation.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}
