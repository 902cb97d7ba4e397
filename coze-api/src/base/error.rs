//! The one error type of this crate.

mod build;
mod custom;
mod display;
mod explanation;
mod kind;

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

pub use explanation::{ErrorCategory, ErrorCode, RetryAdvice};
pub use kind::ErrorKind;

use crate::base::auth_error::AuthError;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// The error of a call.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// match coze.bots().retrieve("7493066380997054321").await {
///     Ok(bot) => println!("{}", bot.name),
///     Err(e) if e.is_rate_limited() => eprintln!("slow down: {e}"),
///     Err(e) if e.is_auth() => eprintln!("check the token: {e}"),
///     Err(e) => return Err(e),
/// }
/// # Ok(())
/// # }
/// ```
///
/// The type is opaque and the size of a pointer. Predicates distinguish the causes; several can be
/// true. For a `match` there is [`kind`](Self::kind).
///
/// - [`is_api`](Self::is_api): the API reported an error, with a code, a name or a message. See
///   [`code`](Self::code), [`msg`](Self::msg), [`log_id`](Self::log_id), and
///   [`explanation`](Self::explanation) for the meaning of the code and the remedy.
/// - [`is_rate_limited`](Self::is_rate_limited): there were too many requests. Wait for
///   [`retry_after`](Self::retry_after), if the server sent it, and send fewer.
/// - [`is_auth`](Self::is_auth): the token is missing, wrong, expired or of the other
///   [region](crate::Region), or none was issued. Check the region, or get another token;
///   [`auth_error`](Self::auth_error) has the reason if none was issued.
/// - [`is_permission_denied`](Self::is_permission_denied): the token lacks a permission.
/// - [`is_quota`](Self::is_quota): money, credits or the plan do not allow the request.
/// - [`is_not_found`](Self::is_not_found): something that the request names does not exist.
/// - [`is_conflict`](Self::is_conflict): the state of a resource does not allow the request.
/// - [`is_content_refused`](Self::is_content_refused): the platform refused the content.
/// - [`is_unsupported`](Self::is_unsupported): the server does not have the operation, because the
///   server belongs to another [platform](crate::Platform).
/// - [`is_status`](Self::is_status): a gateway or proxy answered in place of the API, or the
///   response is a redirect. See [`status`](Self::status), and check the base URL.
/// - [`is_timeout`](Self::is_timeout): the response, the next part of a stream, or the result of a
///   poll did not arrive in time. See `with_timeout`, `with_idle_timeout` (for streams and
///   downloads) and `with_deadline`.
/// - [`is_truncated`](Self::is_truncated): a stream or a realtime session ended early, or a list
///   repeats a page. See [`last_event_id`](Self::last_event_id) and
///   [`close_code`](Self::close_code).
/// - [`is_connect`](Self::is_connect): no connection could be made, and nothing was sent. The
///   message names the host and the reason.
/// - [`is_transport`](Self::is_transport): the connection broke. The server may have processed the
///   request.
/// - [`is_decode`](Self::is_decode): the response does not have the expected form. The message
///   names the JSON path if there is one; a newer release may help.
/// - [`is_upload`](Self::is_upload): the content to upload cannot be read.
/// - [`is_save`](Self::is_save): a downloaded file cannot be written.
/// - [`is_handler`](Self::is_handler): a function of yours failed, such as a tool. Its error is the
///   [`source`](StdError::source).
/// - [`is_request`](Self::is_request): an argument cannot be sent, and nothing was sent.
/// - [`is_credentials`](Self::is_credentials): the source of tokens failed, such as a token store.
/// - [`is_config`](Self::is_config): the client cannot be used, because of its configuration or the
///   Tokio runtime.
///
/// `Display` is one line of limited length that is safe to print on a terminal. It leaves out the
/// source, which error reporters print by themselves. Neither `Display` nor `Debug` shows tokens,
/// other secrets of the request, or the query of a URL. The accessors hide tokens and secrets too.
#[doc(alias = "exception")]
#[doc(alias = "CozeAPIError")]
#[doc(alias = "APIError")]
#[doc(alias = "错误码")]
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    operation: Cow<'static, str>,
    status: Option<StatusCode>,
    log_id: Option<String>,
    attempts: u32,
    retry_after: Option<Duration>,
    /// Shared, because all calls that waited for one token get the error of its renewal.
    source: Option<Arc<dyn StdError + Send + Sync>>,
    details: Option<Box<Details>>,
}

/// The data that only some errors have.
#[derive(Clone, Default)]
pub(crate) struct Details {
    pub(crate) last_event_id: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) debug_url: Option<String>,
    pub(crate) close_code: Option<u16>,
    /// A probable cause, for people.
    pub(crate) hint: Option<String>,
    /// The part of a reply that arrived before the error.
    pub(crate) partial: Option<Arc<dyn Any + Send + Sync>>,
}

/// Private, so that kinds can be added and split without breaking anybody.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// A refusal by the API. `name` is what OAuth endpoints use in place of a code.
    Api {
        code: Option<i64>,
        name: Option<String>,
        msg: String,
    },
    /// The server does not have the operation. There is a code if the server says so.
    Unsupported {
        code: Option<i64>,
        msg: String,
    },
    /// No token was issued.
    Auth(AuthError),
    /// An HTTP response that does not come from the API.
    Status(String),
    /// A response of the API that does not fit the expected type.
    Decode(String),
    Timeout(Duration),
    /// Polling has ended before the result.
    Unfinished(String),
    /// A stream that has begun sends nothing.
    Silence(Duration),
    /// A stream or a session that has begun ends early.
    Truncated(Cow<'static, str>),
    /// A list repeats a page and would never end.
    RepeatedPage(Cow<'static, str>),
    /// `permanent` is true if another attempt is certain to fail in the same way.
    Connect {
        reason: String,
        permanent: bool,
    },
    /// The server has refused the request before it read it.
    Unprocessed(String),
    Transport(&'static str),
    Upload(String),
    /// A file cannot be written.
    Save(String),
    /// A function of the caller failed, such as a tool.
    Handler(String),
    Request(String),
    /// The source of tokens failed: credentials or a store.
    Credentials(String),
    Config(String),
    /// The I/O of a function of the caller failed.
    Io,
    /// An error that a user made.
    Custom {
        kind: ErrorKind,
        message: String,
    },
}

/// The API's codes for a token that is missing, wrong or expired.
const CODES_AUTH: [i64; 2] = [4100, 700_012_006];
/// The API's code for a token without the needed permission.
const CODE_NO_PERMISSION: i64 = 4101;

impl Error {
    /// Returns `true` if the API reported an error with a code, a name or a message: it refused the
    /// request, it failed, or a chat, run or task failed while it was streamed or polled. A gateway
    /// that answers with an error in JSON counts too.
    pub fn is_api(&self) -> bool {
        matches!(self.0.kind, Kind::Api { .. }) || self.is_custom(ErrorKind::Api)
    }

    /// Returns `true` if there were too many requests: HTTP status 429, or an error code such as
    /// 4008, 4009, 4013 or 4020.
    ///
    /// The API normally refuses such a request before it does anything, so it is safe to repeat
    /// later. Code 4013 may also mean that the model service failed.
    #[doc(alias = "429")]
    #[doc(alias = "rate limit")]
    #[doc(alias = "throttled")]
    #[doc(alias = "QPS")]
    #[doc(alias = "限流")]
    pub fn is_rate_limited(&self) -> bool {
        self.has_status(429)
            || self.category() == Some(ErrorCategory::RateLimit)
            || self.is_custom(ErrorKind::RateLimited)
    }

    /// Returns `true` if the token is missing, wrong, expired or of the other
    /// [region](crate::Region): HTTP status 401, or the API's codes 4100 and 700012006. It is also
    /// `true` if no token was issued; then [`auth_error`](Self::auth_error) has the reason.
    #[doc(alias = "unauthorized")]
    #[doc(alias = "authentication")]
    pub fn is_auth(&self) -> bool {
        !self.is_unsupported()
            && (self.has_status(401)
                || self.auth_error().is_some()
                || self.code().is_some_and(|code| CODES_AUTH.contains(&code))
                || self.is_custom(ErrorKind::Auth))
    }

    /// Returns `true` if the server does not seem to have the operation, because the server belongs
    /// to another [`Platform`](crate::Platform).
    ///
    /// Nothing was sent if the client knows the platform. Otherwise the server has answered as if
    /// the token were invalid, and [`status`](Self::status) and [`msg`](Self::msg) are its own. It
    /// may answer in the same way if an ID in the path is malformed.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.0.kind, Kind::Unsupported { .. }) || self.is_custom(ErrorKind::Unsupported)
    }

    /// Returns `true` if the token lacks a permission: HTTP status 403, or the API's code 4101. The
    /// API also sends code 4101 for a token of the other [region](crate::Region).
    #[doc(alias = "403")]
    #[doc(alias = "forbidden")]
    pub fn is_permission_denied(&self) -> bool {
        !self.is_auth()
            && (self.has_status(403)
                || self.code() == Some(CODE_NO_PERMISSION)
                || self.is_custom(ErrorKind::PermissionDenied))
    }

    /// Returns `true` if the response does not come from the API: the HTML page of a gateway, a
    /// redirect, or an empty body with an error status.
    #[doc(alias = "502")]
    #[doc(alias = "gateway")]
    pub fn is_status(&self) -> bool {
        matches!(self.0.kind, Kind::Status(_)) || self.is_custom(ErrorKind::Status)
    }

    /// Returns `true` if no complete response arrived in time, a stream was silent for too long, or
    /// a deadline passed before the result.
    #[doc(alias = "deadline")]
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(_) | Kind::Unfinished(_) | Kind::Silence(_))
            || self.is_custom(ErrorKind::Timeout)
    }

    /// Returns `true` if a stream ended before its last event, the connection of a session was
    /// lost, or a list repeats a page and would never end.
    ///
    /// Events that were received before the error are valid. [`last_event_id`](Self::last_event_id)
    /// is the ID of the last one, if the server numbers them, and
    /// [`retry_after`](Self::retry_after) the delay that the server asks for before the next
    /// connection, if it does.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.kind, Kind::Truncated(_) | Kind::RepeatedPage(_))
            || self.is_custom(ErrorKind::Truncated)
    }

    /// Returns `true` if no connection could be made, or if the server did not accept the request
    /// on one, which HTTP/2 reports. It did nothing.
    #[doc(alias = "DNS")]
    #[doc(alias = "connection refused")]
    #[doc(alias = "REFUSED_STREAM")]
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, Kind::Connect { .. } | Kind::Unprocessed(_))
            || self.is_custom(ErrorKind::Connect)
    }

    /// Returns `true` if the connection broke while the request or the response was on its way.
    ///
    /// The server may have processed the request.
    #[doc(alias = "connection reset")]
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, Kind::Transport(_)) || self.is_custom(ErrorKind::Transport)
    }

    /// Returns `true` if the response does not fit the expected type, or is too long.
    ///
    /// Its [`body`](Self::body) is kept, up to 64 KiB, unless the response is too long.
    #[doc(alias = "parse")]
    #[doc(alias = "deserialize")]
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_)) || self.is_custom(ErrorKind::Decode)
    }

    /// Returns `true` if the content of an upload could not be read.
    pub fn is_upload(&self) -> bool {
        matches!(self.0.kind, Kind::Upload(_)) || self.is_custom(ErrorKind::Upload)
    }

    /// Returns `true` if a [`Download`](crate::Download) could not be saved, because its file
    /// cannot be written.
    pub fn is_save(&self) -> bool {
        matches!(self.0.kind, Kind::Save(_)) || self.is_custom(ErrorKind::Save)
    }

    /// Returns `true` if a function of yours failed, such as a tool. Its error is the source.
    pub fn is_handler(&self) -> bool {
        matches!(self.0.kind, Kind::Handler(_) | Kind::Io) || self.is_custom(ErrorKind::Handler)
    }

    /// Returns `true` if an argument of the call cannot be sent. Nothing was sent.
    pub fn is_request(&self) -> bool {
        matches!(self.0.kind, Kind::Request(_)) || self.is_custom(ErrorKind::Request)
    }

    /// Returns `true` if the source of tokens failed: the client's
    /// [`Credentials`](crate::Credentials), or the [`TokenStore`](crate::auth::TokenStore) of an
    /// app. The source has the reason.
    ///
    /// A token that the server did not issue is not such an error, but [`is_auth`](Self::is_auth).
    #[doc(alias = "token store")]
    pub fn is_credentials(&self) -> bool {
        matches!(self.0.kind, Kind::Credentials(_)) || self.is_custom(ErrorKind::Credentials)
    }

    /// Returns `true` if the client cannot be used: its configuration or the Tokio runtime is at
    /// fault.
    pub fn is_config(&self) -> bool {
        matches!(self.0.kind, Kind::Config(_)) || self.is_custom(ErrorKind::Config)
    }

    /// Returns the error code of the API, wherever in the response it is.
    #[doc(alias = "error code")]
    #[doc(alias = "错误码")]
    pub fn code(&self) -> Option<i64> {
        match self.0.kind {
            Kind::Api { code, .. } | Kind::Unsupported { code, .. } => code,
            _ => None,
        }
    }

    /// Returns the name of an error that has a name in place of a code: `authorization_pending` of
    /// an OAuth endpoint, for example, or `AccessDenied` of a gateway.
    pub fn error_name(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Api { name, .. } => name.as_deref(),
            Kind::Auth(error) => Some(error.reason().as_str()),
            _ => None,
        }
    }

    /// Returns the reason why no token was issued, if that is what failed.
    pub fn auth_error(&self) -> Option<&AuthError> {
        match &self.0.kind {
            Kind::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the message of the API about the error, unabridged; `Some("")` if it sent none. For
    /// a token that was not issued, or an operation that the platform lacks, it may be a message of
    /// this crate. `None` for other errors.
    #[doc(alias = "message")]
    pub fn msg(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Api { msg, .. } | Kind::Unsupported { msg, .. } => Some(msg),
            Kind::Auth(error) => Some(error.message()),
            _ => None,
        }
    }

    /// Returns the ID under which Coze logged the request. Quote it when you contact support.
    #[doc(alias = "logid")]
    #[doc(alias = "x-tt-logid")]
    #[doc(alias = "request id")]
    pub fn log_id(&self) -> Option<&str> {
        self.0.log_id.as_deref()
    }

    /// Returns the HTTP status of the response, if there was one.
    #[doc(alias = "status code")]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the ID of the last event before a stream failed, if the server numbers them.
    pub fn last_event_id(&self) -> Option<&str> {
        self.0.details.as_ref()?.last_event_id.as_deref()
    }

    /// Returns the code with which the server closed the WebSocket of a session, if it gave one.
    pub fn close_code(&self) -> Option<u16> {
        self.0.details.as_ref()?.close_code
    }

    /// Returns the body of the response that reported the error or could not be decoded, as text:
    /// the first 64 KiB of it. For a stream, it is the data of the event that reported the error,
    /// or up to 1 MiB of a response that is not an event stream.
    ///
    /// It includes all fields that the server sent beside the code and the message. The secrets of
    /// the request are replaced with `***`. `Display` and `Debug` leave the body out, because it
    /// may be private. For a chat, run, task or document that failed while it was polled, it is
    /// that object as JSON. `None` for other errors.
    pub fn body(&self) -> Option<&str> {
        self.0.details.as_ref()?.body.as_deref()
    }

    /// Returns the URL of the page that shows how each node of a failed workflow ran, if the server
    /// gave one.
    ///
    /// `Display` and `Debug` leave it out.
    pub fn debug_url(&self) -> Option<&str> {
        self.0.details.as_ref()?.debug_url.as_deref()
    }

    /// Returns the operation that failed, such as `bots.list`; empty if no operation was involved,
    /// for example if the client could not be built.
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// Returns the number of attempts to send the request.
    #[doc(alias = "retries")]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the delay that the server asks for before the next request.
    #[doc(alias = "Retry-After")]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

const _: () = assert!(size_of::<Error>() == size_of::<usize>());

#[cfg(test)]
mod tests;
