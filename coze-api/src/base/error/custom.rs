//! Errors that users make: in their own credentials and stores, and in tests of their programs.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

use super::{BoxError, Error, ErrorKind, Kind};
use crate::base::auth_error::AuthError;

impl Error {
    /// Creates an error of your own code, such as a [`TokenStore`](crate::auth::TokenStore) or
    /// [`Credentials`](crate::Credentials) that fail, or an error for a test.
    ///
    /// ```
    /// use coze_api::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Credentials, "cannot read the vault")
    ///     .with_source("the vault is locked");
    /// assert!(error.is_credentials());
    /// assert_eq!(error.to_string(), "cannot read the vault");
    /// ```
    ///
    /// [`kind`](Self::kind) returns the given kind, and the predicate of that kind is `true`. The
    /// message is one line in lower case that does not contain secrets. A refusal by the API, which
    /// has a code, is made by [`api`](Self::api).
    #[doc(alias = "custom")]
    #[doc(alias = "other")]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self::from_kind(Kind::Custom { kind, message: message.into() })
    }

    /// Creates an error like those with which the API refuses requests: for tests of how a program
    /// handles errors, and for servers that stand in for the API.
    ///
    /// ```
    /// use coze_api::reqwest::StatusCode;
    /// use coze_api::{Error, ErrorKind, errors};
    ///
    /// let error = Error::api(errors::CHAT_IN_PROGRESS, "a chat is in progress")
    ///     .with_status(StatusCode::OK)
    ///     .with_log_id("20241210152726467C48D89D6DB2F1A3");
    /// assert_eq!(error.kind(), ErrorKind::Conflict);
    /// assert_eq!(error.code(), Some(4016));
    /// ```
    ///
    /// The [kind](Self::kind) follows from the code and the status, as it does for errors that the
    /// API sends. `errors` has a constant for each known code.
    #[doc(alias = "mock")]
    pub fn api(code: i64, message: impl Into<String>) -> Self {
        Self::from_kind(Kind::Api { code: Some(code), name: None, msg: message.into() })
    }

    /// Adds the error that caused this one: the [`source`](std::error::Error::source).
    ///
    /// Error reporters print it after this error, so the message does not repeat it.
    #[doc(alias = "cause")]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// Sets the HTTP status, which [`status`](Self::status) returns.
    ///
    /// The kind of an error may follow from it: with status 429, for example,
    /// [`is_rate_limited`](Self::is_rate_limited) is true.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Sets the log ID, which [`log_id`](Self::log_id) returns.
    pub fn with_log_id(mut self, log_id: impl Into<String>) -> Self {
        self.0.log_id = Some(log_id.into());
        self
    }

    /// Sets the delay before the next request, which [`retry_after`](Self::retry_after) returns.
    pub fn with_retry_after(mut self, delay: impl Into<Option<Duration>>) -> Self {
        self.0.retry_after = delay.into();
        self
    }
}

/// Makes `?` work in functions of yours that this crate calls, such as those of a token store.
///
/// The I/O error becomes the source of an error for which [`is_handler`](Error::is_handler) is
/// true. If a source of tokens returns it, [`is_credentials`](Error::is_credentials) is true
/// instead. An [`Error`] inside the I/O error is taken out.
impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error
            .downcast::<Self>()
            .unwrap_or_else(|error| Self::from_kind(Kind::Io).with_source(error))
    }
}

/// Makes the error of a token that was not issued, for your own sources of tokens.
impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::auth(error)
    }
}
