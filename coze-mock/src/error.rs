//! Errors of the API.

use std::fmt::{self, Display};

use http::StatusCode;

/// An error of the API: an envelope with a `code` other than 0.
///
/// Like the platform, the mock reports most errors with HTTP status 200. The exception is a missing
/// or invalid token, which is HTTP 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// The error code of the API.
    pub code: i64,
    /// The problem.
    pub msg: String,
    pub(crate) kind: ErrorKind,
}

/// The kind of an error, for platforms that report each in its own way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    #[default]
    Other,
    /// A parameter or a field is wrong.
    Request,
    /// A field names something that does not exist.
    Unknown { field: String, id: String },
    /// The token is missing or not accepted.
    Token(TokenError),
    /// The path is not served.
    Path,
    /// The path is served, but not with this method.
    Method,
}

/// The reason why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenError {
    /// The `Authorization` header is missing.
    Missing,
    /// The header is not `Bearer` followed by a token.
    Malformed,
    /// The token is unknown or has expired.
    Rejected,
}

impl Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "API error {}: {}", self.code, self.msg)
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    /// An error with HTTP status 200.
    pub fn new(code: i64, msg: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, code, msg: msg.into(), kind: ErrorKind::Other }
    }

    /// The same error with another status.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// 4000: the request is invalid. The message should name the field.
    pub fn bad_request(why: impl Display) -> Self {
        let error = Self::new(4000, format!("Request parameter error: {why}"));
        error.with_kind(ErrorKind::Request)
    }

    /// 4000: a field is invalid.
    pub fn field(name: &str, why: impl Display) -> Self {
        Self::bad_request(format_args!("the field `{name}` is wrong: {why}"))
    }

    /// 4200: the resource that the field `name` refers to does not exist.
    ///
    /// If the id is one of the spec's examples, the mock answers with the example of the operation
    /// instead, unless [`MockServerBuilder::examples`](crate::MockServerBuilder::examples) is
    /// `false`.
    pub fn unknown(name: &str, id: impl Into<String>) -> Self {
        let id = id.into();
        let msg = format!("Requested resource {name}={id} does not exist.");
        let kind = ErrorKind::Unknown { field: name.to_owned(), id };
        Self::new(4200, msg).with_kind(kind)
    }

    /// 4100: the token is missing or invalid.
    pub fn unauthenticated(why: impl Display) -> Self {
        let msg = format!("authentication is invalid: {why}");
        let error = Self::new(4100, msg).with_kind(ErrorKind::Token(TokenError::Rejected));
        error.with_status(StatusCode::UNAUTHORIZED)
    }

    /// 4101: the token lacks a permission.
    pub fn forbidden(permission: &str) -> Self {
        let msg = format!("The token you entered lacks the permission {permission}.");
        Self::new(4101, msg)
    }

    /// 4013: too many requests.
    pub fn too_frequent() -> Self {
        Self::new(4013, "Your requests are too frequent. Please try again later.")
    }

    /// 5000: the mock or a behavior has failed.
    pub fn internal(why: impl Display) -> Self {
        let msg = format!("internal error: {why}");
        Self::new(5000, msg).with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }
}
