//! The errors of [`Verifier::verify`](super::Verifier::verify).

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::response::WebhookResponse;

/// The reason why a delivery cannot be trusted.
///
/// Send back [`response`](Self::response), and log the error: the response reveals nothing but a
/// status.
///
/// ```
/// use coze_api::HeaderMap;
/// use coze_api::webhook::{Verifier, VerifyError};
///
/// let verifier = Verifier::new("token of the callback app")?;
/// let error = verifier.verify(&HeaderMap::new(), b"{}").expect_err("it has no signature");
/// assert!(matches!(error, VerifyError::MissingHeader { .. }));
/// assert_eq!(error.status(), 401);
/// # Ok::<(), coze_api::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header is missing or empty. Either the request was not sent by Coze, or a proxy removed
    /// the header.
    MissingHeader {
        /// The name of the header, in lower case.
        name: &'static str,
    },
    /// A header occurs more than once, so it is ambiguous which value was signed.
    RepeatedHeader {
        /// The name of the header, in lower case.
        name: &'static str,
    },
    /// The timestamp is not a time in Unix milliseconds.
    MalformedTimestamp,
    /// The signature does not match the token and the body. Check that the token is that of the
    /// callback app; if it is, something between Coze and your server changed the body.
    BadSignature,
    /// The signature is valid, but the delivery's time differs too much from the local time.
    /// Either someone replays an old delivery, or one of the clocks is wrong.
    OutsideWindow {
        /// The difference from the local time.
        distance: Duration,
        /// `true` if the delivery's time is in the future, `false` if it is in the past.
        future: bool,
    },
    /// The body is not a delivery, or it is an event of a known type with unexpected contents.
    MalformedBody {
        /// A description of the problem.
        reason: String,
    },
    /// The body is longer than [`Verifier::body_limit`](super::Verifier::body_limit).
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl VerifyError {
    pub(super) fn body(reason: impl fmt::Display) -> Self {
        Self::MalformedBody { reason: reason.to_string() }
    }

    /// Returns the HTTP status to respond with: 401 if the sender cannot be authenticated, 413 if
    /// the body is too long, otherwise 400.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::MissingHeader { .. } | Self::BadSignature | Self::OutsideWindow { .. } => {
                StatusCode::UNAUTHORIZED
            }
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RepeatedHeader { .. } | Self::MalformedTimestamp | Self::MalformedBody { .. } => {
                StatusCode::BAD_REQUEST
            }
        }
    }

    /// Returns the response to send back: [`status`](Self::status) with an empty body.
    pub fn response(&self) -> WebhookResponse {
        WebhookResponse::from_status(self.status())
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader { name } => write!(f, "the header {name} is missing"),
            Self::RepeatedHeader { name } => {
                write!(f, "the header {name} occurs more than once")
            }
            Self::MalformedTimestamp => f.write_str("the timestamp is not in Unix milliseconds"),
            Self::BadSignature => {
                f.write_str("the signature does not match the token and the body")
            }
            Self::OutsideWindow { distance, future } => {
                let side = if *future { "ahead of" } else { "behind" };
                write!(f, "the delivery's timestamp is {distance:?} {side} the local clock")
            }
            Self::MalformedBody { reason } => {
                write!(f, "the body is malformed: {reason}")
            }
            Self::TooLarge { limit } => {
                write!(f, "the body is longer than {limit} bytes")
            }
        }
    }
}

impl StdError for VerifyError {}
