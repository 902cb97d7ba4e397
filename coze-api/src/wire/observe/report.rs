//! The reports of responses, attempts and calls that observers receive.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::base::error::Error;
use crate::base::header;

/// The result of an attempt or a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It succeeded.
    Success,
    /// It failed with an error.
    Failure,
    /// The program dropped it before its end.
    Canceled,
}

impl Outcome {
    /// Returns the name in traces and for metrics: `success`, `failure` or `canceled`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Canceled => "canceled",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The status and the headers of a response.
///
/// Passed to [`Observer::responded`](super::Observer::responded).
#[derive(Clone, Copy)]
pub struct ResponseHead<'a> {
    pub(crate) operation: &'a str,
    pub(crate) attempt: u32,
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) elapsed: Duration,
}

impl ResponseHead<'_> {
    /// Returns the name of the operation, such as `bots.list`.
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// Returns the number of the attempt, which counts from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// Returns the ID under which Coze logged the request, if it is in a header.
    pub fn log_id(&self) -> Option<&str> {
        header::log_id(self.headers)
    }

    /// Returns the time since the attempt began.
    #[doc(alias = "time to first byte")]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// Leaves out the headers, which may be private.
impl fmt::Debug for ResponseHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseHead")
            .field("operation", &self.operation)
            .field("attempt", &self.attempt)
            .field("status", &self.status)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

/// An attempt that has ended.
///
/// Passed to [`Observer::attempt_ended`](super::Observer::attempt_ended).
#[derive(Clone, Copy, Debug)]
pub struct AttemptReport<'a> {
    pub(crate) operation: &'a str,
    pub(crate) attempt: u32,
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<StatusCode>,
    pub(crate) error: Option<&'a Error>,
    pub(crate) retry_delay: Option<Duration>,
    pub(crate) elapsed: Duration,
    pub(crate) traffic: Traffic,
}

/// The bytes of bodies that were sent and received.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl AttemptReport<'_> {
    /// Returns the name of the operation, such as `bots.list`.
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// Returns the number of the attempt, which counts from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Returns the result. A response that reports an error of the API is a failure.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the HTTP status, if a response arrived.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// Returns the error of a failed attempt.
    pub fn error(&self) -> Option<&Error> {
        self.error
    }

    /// Returns the ID under which Coze logged a failed request, if it is known.
    ///
    /// For a response without an error, it is in the headers of
    /// [`Observer::responded`](super::Observer::responded).
    pub fn log_id(&self) -> Option<&str> {
        self.error?.log_id()
    }

    /// Returns the delay before the next attempt, or `None` if there is none.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.retry_delay
    }

    /// Returns the duration of the attempt, without the wait for a token.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the number of bytes of the body that were passed to the connection: JSON text, or
    /// the content of files without the rest of the form.
    pub fn bytes_sent(&self) -> u64 {
        self.traffic.sent
    }

    /// Returns the number of bytes of the body that were read, after decompression.
    pub fn bytes_received(&self) -> u64 {
        self.traffic.received
    }
}

/// A call that has ended.
///
/// Passed to [`Observer::call_ended`](super::Observer::call_ended).
#[derive(Clone, Copy, Debug)]
pub struct CallReport<'a> {
    pub(crate) operation: &'a str,
    pub(crate) attempts: u32,
    pub(crate) outcome: Outcome,
    pub(crate) status: Option<StatusCode>,
    pub(crate) error: Option<&'a Error>,
    pub(crate) elapsed: Duration,
    pub(crate) traffic: Traffic,
    pub(crate) events: Option<u64>,
}

impl CallReport<'_> {
    /// Returns the name of the operation, such as `bots.list`.
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// Returns the number of attempts. It is 0 if nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the result.
    ///
    /// A stream that is dropped after its last event is a success, and one that is dropped earlier
    /// is canceled.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Returns the HTTP status of the last attempt, if it was answered.
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// Returns the error of a failed call.
    pub fn error(&self) -> Option<&Error> {
        self.error
    }

    /// Returns the duration of the call, with the waits for tokens and between attempts. That of a
    /// stream, a download or a session includes the time until its end.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the number of bytes of bodies that all attempts have sent, or a session.
    pub fn bytes_sent(&self) -> u64 {
        self.traffic.sent
    }

    /// Returns the number of bytes of bodies that all attempts have received, or a session.
    pub fn bytes_received(&self) -> u64 {
        self.traffic.received
    }

    /// Returns the number of events that a stream has returned or a session has received. It is
    /// `None` for other calls, and for a stream that did not begin.
    pub fn events(&self) -> Option<u64> {
        self.events
    }
}
