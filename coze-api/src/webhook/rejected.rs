//! Why a delivery is refused.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use http::StatusCode;

use super::answer::Answer;

/// Why a delivery is not to be believed.
///
/// [`answer`](Self::answer) is what to send back; log the reason itself, for the sender learns little of it.
///
/// ```
/// use coze_api::HeaderMap;
/// use coze_api::webhook::{Rejected, Verifier};
///
/// let verifier = Verifier::new("token of the callback app")?;
/// let rejected = verifier.verify(&HeaderMap::new(), b"{}").expect_err("nobody signed it");
/// assert!(matches!(rejected, Rejected::MissingHeader { .. }));
/// assert_eq!(rejected.status(), 401);
/// # Ok::<(), coze_api::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejected {
    /// A header is missing or empty: it does not come from Coze, or a proxy took the header away.
    MissingHeader {
        /// The name of the header, in lower case.
        name: &'static str,
    },
    /// A header is there more than once, and it is not clear which one counts.
    RepeatedHeader {
        /// The name of the header, in lower case.
        name: &'static str,
    },
    /// The timestamp is no time in Unix milliseconds.
    MalformedTimestamp,
    /// The signature belongs to another token, or to another body. Compare the token with that of the callback app; if it
    /// is the same, something on the way changed the body.
    BadSignature,
    /// The signature is right, but the time of the delivery is too far away. Either somebody repeats an old delivery, or
    /// one of the clocks is wrong.
    OutsideWindow {
        /// How far from now.
        distance: Duration,
        /// Whether in the future.
        future: bool,
    },
    /// The body is no delivery, or an event of a known type that does not fit its type.
    MalformedBody {
        /// What is wrong with it.
        reason: String,
    },
    /// The body is too long.
    TooLarge {
        /// How long it may be, in bytes.
        limit: usize,
    },
}

impl Rejected {
    pub(super) fn body(reason: impl fmt::Display) -> Self {
        Self::MalformedBody { reason: reason.to_string() }
    }

    /// The HTTP status to answer with: 401 if the sender is not known, 413 if the body is too long, else 400.
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

    /// What to send back: the status, and a body that says no more than the status does.
    pub fn answer(&self) -> Answer {
        Answer::refusal(self.status())
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader { name } => write!(f, "the header {name} is missing"),
            Self::RepeatedHeader { name } => {
                write!(f, "the header {name} is there more than once")
            }
            Self::MalformedTimestamp => f.write_str("the timestamp is malformed"),
            Self::BadSignature => f.write_str("the signature is wrong"),
            Self::OutsideWindow { distance, future } => {
                let where_ = if *future { "ahead of" } else { "behind" };
                write!(f, "the delivery is {distance:?} {where_} the clock")
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

impl StdError for Rejected {}
