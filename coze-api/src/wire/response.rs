//! Responses together with status, headers and log ID.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::base::error::{Error, Result};
use crate::wire::call::Call;
use crate::wire::envelope::{self, Reply};
use crate::wire::transport::{Answer, Attempts, Reading};

/// The value of a call, with the status, headers and log ID of the response.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let response = coze.bots().retrieve("7493066380997054321").with_response().await?;
/// println!("{}: log id {:?}", response.value.name, response.log_id());
/// # Ok(())
/// # }
/// ```
///
/// It keeps the body, so members that this crate does not know can be read from it:
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// #[derive(serde::Deserialize)]
/// struct New {
///     quota: i64,
/// }
///
/// let response = coze.bots().retrieve("7493066380997054321").with_response().await?;
/// println!("{}", response.data::<New>()?.quota);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Response<T> {
    /// The value.
    pub value: T,
    call: Call,
    reply: Reply,
    log_id: Option<String>,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, call: Call, reply: Reply) -> Self {
        let log_id = reply.log_id();
        Self { value, call, reply, log_id }
    }

    /// Returns the value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the value alone.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns the HTTP status.
    ///
    /// It is 200 for nearly all operations; errors of the API are not values.
    pub fn status(&self) -> StatusCode {
        self.reply.status
    }

    /// Returns the number of attempts that it took. It is 1 unless the call was retried.
    pub fn attempts(&self) -> u32 {
        self.reply.attempts
    }

    /// Returns the HTTP headers.
    ///
    /// They include `X-Tt-Logid` and the limits of gateways, such as `Retry-After`.
    pub fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    /// Returns the ID under which Coze logged the request. Quote it when you contact support.
    ///
    /// It is that of the `X-Tt-Logid` header, or of the body if there is no such header.
    pub fn log_id(&self) -> Option<&str> {
        self.log_id.as_deref()
    }

    /// Returns the body, byte for byte, after decompression. It has at most 64 MiB.
    #[doc(alias = "raw")]
    pub fn body(&self) -> &Bytes {
        &self.reply.body
    }

    /// Decodes the `data` of the response as another type, such as one with more members.
    ///
    /// # Errors
    ///
    /// If it does not fit the type.
    pub fn data<U: DeserializeOwned>(&self) -> Result<U> {
        envelope::foreign_data(&self.call, &self.reply).map_err(|error| self.describe(error))
    }

    /// Decodes the response itself as another type, without `code`, `msg` and `detail`.
    ///
    /// # Errors
    ///
    /// If it does not fit the type.
    pub fn flat<U: DeserializeOwned>(&self) -> Result<U> {
        envelope::foreign_flat(&self.call, &self.reply).map_err(|error| self.describe(error))
    }

    fn describe(&self, error: Error) -> Error {
        describe(error, &self.call, &self.reply, self.reply.attempts)
    }
}

/// Leaves out the body and the headers, which may be private.
impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("value", &self.value)
            .field("status", &self.status())
            .field("attempts", &self.attempts())
            .field("log_id", &self.log_id)
            .finish_non_exhaustive()
    }
}

/// Completes an error of reading a response that has arrived.
fn describe(error: Error, call: &Call, reply: &Reply, attempts: u32) -> Error {
    error
        .without(&call.secrets(Some(&reply.token)))
        .with_operation(call.operation().clone())
        .with_attempts(attempts)
}

/// A response exactly as it arrived, which [`RawCall::exchange`](crate::RawCall::exchange) returns.
///
/// An error of the API is a response too, which [`error`](Self::error) returns:
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::Method;
///
/// let response = coze.request(Method::GET, "/v1/bots/7493066380997054321").exchange().await?;
/// println!("HTTP {}: {}", response.status(), response.text());
/// if let Some(error) = response.error() {
///     eprintln!("{error}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RawResponse {
    reply: Reply,
    call: Call,
    attempts: u32,
}

impl RawResponse {
    /// Sends a call until it is answered without an error or its retry policy gives up, and returns
    /// the last response in both cases.
    pub(crate) async fn receive(call: Call) -> Result<Self> {
        let mut attempts = Attempts::new(&call, Reading::Whole);
        let mut answer = attempts.next(None).await?;
        loop {
            let Some(error) = answer.reply.refused() else {
                attempts.succeed();
                break;
            };
            let made = attempts.made();
            answer = match attempts.next(Some(error)).await {
                Ok(next) => next,
                // No attempt followed: this response is the last.
                Err(_) if attempts.made() == made => break,
                Err(error) => return Err(error),
            };
        }
        let (Answer { reply, .. }, attempts) = (answer, attempts.made());
        Ok(Self { reply, call, attempts })
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> StatusCode {
        self.reply.status
    }

    /// Returns the HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    /// Returns the ID under which Coze logged the request. Quote it when you contact support.
    pub fn log_id(&self) -> Option<String> {
        let log_id = self.reply.log_id()?;
        let secrets = self.call.secrets(Some(&self.reply.token));
        Some(secrets.hide(&log_id).unwrap_or(log_id))
    }

    /// Returns the number of attempts that were made.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the body, byte for byte, after decompression.
    pub fn body(&self) -> &Bytes {
        &self.reply.body
    }

    /// Returns the body alone.
    pub fn into_body(self) -> Bytes {
        self.reply.body
    }

    /// Returns the body as text. Invalid UTF-8 is replaced with U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.reply.body)
    }

    /// Returns the error that the response reports by its status or in its body, if it does.
    pub fn error(&self) -> Option<Error> {
        self.reply.refused().map(|error| self.describe(error))
    }

    /// Returns the response, or the error that it reports.
    ///
    /// # Errors
    ///
    /// If [`error`](Self::error) returns one.
    pub fn into_result(self) -> Result<Self> {
        match self.error() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Decodes the `data` of the response. If that is absent, it is decoded as `null`.
    ///
    /// # Errors
    ///
    /// If the response reports an error, or cannot be decoded.
    pub fn data<T: DeserializeOwned>(&self) -> Result<T> {
        envelope::foreign_data(&self.call, &self.reply).map_err(|error| self.describe(error))
    }

    /// Decodes the response itself, without `code`, `msg` and `detail`.
    ///
    /// # Errors
    ///
    /// If the response reports an error, or cannot be decoded.
    pub fn flat<T: DeserializeOwned>(&self) -> Result<T> {
        envelope::foreign_flat(&self.call, &self.reply).map_err(|error| self.describe(error))
    }

    fn describe(&self, error: Error) -> Error {
        describe(error, &self.call, &self.reply, self.attempts)
    }
}

/// Leaves out the body and the headers, which may be private.
impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("operation", &self.call.operation())
            .field("status", &self.status())
            .field("log_id", &self.log_id())
            .field("length", &self.reply.body.len())
            .finish_non_exhaustive()
    }
}
