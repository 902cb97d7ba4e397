//! The errors of the API.

use serde::{Deserialize, Serialize};

/// An error code of the API, or the name of an error of a token endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorCode {
    /// The number as text, or the name.
    pub code: String,
    /// The name of the constant; empty for errors that have names or that no server sends.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The kind of problem.
    pub kind: ErrorCategory,
    /// The advice on repeating the request.
    pub retry: RetryAdvice,
    /// The server that reports it.
    pub source: ErrorSource,
    /// The problem, a sentence.
    pub meaning: String,
    /// The remedy, a sentence; empty where none is known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub action: String,
}

/// The kind of problem that an error code reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCategory {
    /// The token or another credential is not accepted.
    Auth,
    /// The caller may not do this.
    Permission,
    /// There are too many requests.
    RateLimit,
    /// Money, credits or the plan do not allow it.
    Quota,
    /// The request is wrong.
    Request,
    /// Something does not exist.
    NotFound,
    /// The content was refused.
    Content,
    /// The state of a resource does not allow it.
    Conflict,
    /// The platform has failed.
    Server,
    /// Somebody canceled it.
    Canceled,
    /// None of the others.
    Other,
}

/// The advice on repeating a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAdvice {
    /// Repeat it after a pause.
    Transient,
    /// Repeat it after something else has happened.
    Later,
    /// Repeat it once, with a new token.
    AfterLogin,
    /// Do not repeat it.
    Never,
    /// Not known.
    Unknown,
}

/// The server that reports an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorSource {
    /// The cloud; Coze Studio may use the code as well.
    Cloud,
    /// Coze Studio.
    Studio,
    /// Token endpoints.
    Oauth,
    /// The vendor's Chat SDK, which makes it up.
    ChatSdk,
}
