//! The one error type of this crate.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::base::auth_error::AuthError;
use crate::base::redact;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// What went wrong with a call.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::Method;
///
/// let call = coze.request(Method::GET, "/v1/bots/7493066380997012345");
/// match call.data::<serde_json::Value>().await {
///     Ok(bot) => println!("{bot:#}"),
///     Err(e) if e.is_rate_limited() => eprintln!("slow down: {e}"),
///     Err(e) if e.is_auth() => eprintln!("check the token: {e}"),
///     Err(e) => return Err(e),
/// }
/// # Ok(())
/// # }
/// ```
///
/// The type is opaque and one word wide. Ask its predicates what happened:
///
/// | predicate | what happened | what helps |
/// |---|---|---|
/// | [`is_api`](Self::is_api) | Coze understood the request and refused it | [`code`](Self::code), [`msg`](Self::msg), [`log_id`](Self::log_id) |
/// | [`is_rate_limited`](Self::is_rate_limited) | too many requests | wait for [`retry_after`](Self::retry_after), send less |
/// | [`is_auth`](Self::is_auth) | the token is missing, wrong or expired, or none was issued | a new token, [`auth_error`](Self::auth_error) |
/// | [`is_permission_denied`](Self::is_permission_denied) | the token may not do this | the permissions of the token |
/// | [`is_unsupported`](Self::is_unsupported) | the server does not have the operation | another [platform](crate::Platform) |
/// | [`is_status`](Self::is_status) | something before the API answered: a gateway, a proxy, a redirect | [`status`](Self::status), the base URL |
/// | [`is_timeout`](Self::is_timeout) | no complete answer in time | `with_timeout`, `with_deadline` |
/// | [`is_truncated`](Self::is_truncated) | a stream ended before its last event, or the connection of a session is lost | [`last_event_id`](Self::last_event_id), [`close_code`](Self::close_code) |
/// | [`is_connect`](Self::is_connect) | no connection; nothing was sent | network, proxy, base URL |
/// | [`is_transport`](Self::is_transport) | the connection broke on the way | whether the operation is safe to repeat |
/// | [`is_decode`](Self::is_decode) | the reply is not what this crate knows | the JSON path in the message; a newer release |
/// | [`is_upload`](Self::is_upload) | the file to send could not be read | the path in the message |
/// | [`is_save`](Self::is_save) | the file to save a download in could not be written | the path in the message |
/// | [`is_handler`](Self::is_handler) | a function of yours failed, such as a tool | its error, which is the source |
/// | [`is_request`](Self::is_request) | an argument cannot be sent; nothing was sent | the argument named in the message |
/// | [`is_config`](Self::is_config) | the client cannot be built so | the setting named in the message |
///
/// `Display` is one line and leaves out the [`source`](StdError::source), which error
/// reporters print by themselves. Neither shows tokens, secrets or the query of a URL.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    operation: Cow<'static, str>,
    status: Option<u16>,
    log_id: Option<String>,
    attempts: u32,
    retry_after: Option<Duration>,
    /// Shared, because all calls that waited for one token get the error of its renewal.
    source: Option<Arc<dyn StdError + Send + Sync>>,
    details: Option<Box<Details>>,
}

/// What only some errors hold.
#[derive(Clone, Default)]
pub(crate) struct Details {
    pub(crate) last_event_id: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) close_code: Option<u16>,
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
    /// An HTTP answer that is no reply of the API.
    Status(String),
    /// A reply of the API that does not fit the expected type.
    Decode(String),
    Timeout(Duration),
    /// What was waited for by asking again and again has not come.
    Unfinished(String),
    /// Of a stream that has begun.
    Silence(Duration),
    /// Of a stream or a session that has begun.
    Truncated(Cow<'static, str>),
    Connect,
    Transport(&'static str),
    Upload(String),
    /// Of a file that was to be written.
    Save(String),
    /// Of a function that was handed in, such as a tool.
    Handler(String),
    Request(String),
    Config(String),
}

/// The API's code for "requests are too frequent".
const CODE_TOO_FREQUENT: i64 = 4013;
/// The API's codes for a token that is missing, wrong or expired.
const CODES_AUTH: [i64; 2] = [4100, 700_012_006];
/// The API's code for a token without the needed permission.
const CODE_NO_PERMISSION: i64 = 4101;

impl Error {
    /// Whether the API understood the request and refused it.
    pub fn is_api(&self) -> bool {
        matches!(self.0.kind, Kind::Api { .. })
    }

    /// Whether requests are too frequent: HTTP status 429, or the API's code 4013.
    ///
    /// Such a request was refused before it did anything, so it is safe to repeat later.
    pub fn is_rate_limited(&self) -> bool {
        self.0.status == Some(429) || self.code() == Some(CODE_TOO_FREQUENT)
    }

    /// Whether the token is missing, wrong or expired: HTTP status 401, or the API's
    /// codes 4100 and 700012006. Also whether none was issued; then
    /// [`auth_error`](Self::auth_error) tells why.
    pub fn is_auth(&self) -> bool {
        !self.is_unsupported()
            && (self.0.status == Some(401)
                || self.auth_error().is_some()
                || self.code().is_some_and(|code| CODES_AUTH.contains(&code)))
    }

    /// Returns `true` if the server does not have the operation, because it is of another
    /// [`Platform`](crate::Platform).
    ///
    /// Nothing was sent if the client knows the platform. Otherwise the server has answered as if
    /// the token were invalid, and [`status`](Self::status) and [`msg`](Self::msg) are its own. It
    /// does so also if an ID in the path is not one that it can have.
    pub fn is_unsupported(&self) -> bool {
        matches!(self.0.kind, Kind::Unsupported { .. })
    }

    /// Whether the token is valid but may not do this: HTTP status 403, or the API's
    /// code 4101.
    pub fn is_permission_denied(&self) -> bool {
        !self.is_auth() && (self.0.status == Some(403) || self.code() == Some(CODE_NO_PERMISSION))
    }

    /// Whether the answer came from something that is not the API, such as a gateway's
    /// HTML page, a redirect, or an empty reply with an error status.
    pub fn is_status(&self) -> bool {
        matches!(self.0.kind, Kind::Status(_))
    }

    /// Whether no complete answer arrived in time, or a stream was silent for too long.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Timeout(_) | Kind::Unfinished(_) | Kind::Silence(_))
    }

    /// Whether a stream ended before its last event, the connection of a session was lost, or a list
    /// repeats a page and would never end.
    ///
    /// The events until then are good. [`last_event_id`](Self::last_event_id) says how far
    /// they went, and [`retry_after`](Self::retry_after) when the server wants to see you
    /// again, if it said so.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0.kind, Kind::Truncated(_))
    }

    /// Whether no connection could be made. Nothing was sent.
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, Kind::Connect)
    }

    /// Whether the connection broke while the request or the reply was on its way.
    ///
    /// The server may or may not have done what was asked.
    pub fn is_transport(&self) -> bool {
        matches!(self.0.kind, Kind::Transport(_))
    }

    /// Whether the reply does not fit the type it should have.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_))
    }

    /// Whether the content of an upload could not be read.
    pub fn is_upload(&self) -> bool {
        matches!(self.0.kind, Kind::Upload(_))
    }

    /// Whether the file could not be written in which a [`Download`](crate::Download) was to be
    /// saved.
    pub fn is_save(&self) -> bool {
        matches!(self.0.kind, Kind::Save(_))
    }

    /// Whether a function failed that you handed in, such as a tool. Its error is the source.
    pub fn is_handler(&self) -> bool {
        matches!(self.0.kind, Kind::Handler(_))
    }

    /// Whether an argument of the call cannot be sent. Nothing was sent.
    pub fn is_request(&self) -> bool {
        matches!(self.0.kind, Kind::Request(_))
    }

    /// Whether the client cannot be built with these settings.
    pub fn is_config(&self) -> bool {
        matches!(self.0.kind, Kind::Config(_))
    }

    /// The API's error code.
    pub fn code(&self) -> Option<i64> {
        match self.0.kind {
            Kind::Api { code, .. } | Kind::Unsupported { code, .. } => code,
            _ => None,
        }
    }

    /// The name by which OAuth endpoints call an error, such as `authorization_pending`.
    pub fn error_name(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Api { name, .. } => name.as_deref(),
            Kind::Auth(error) => Some(error.reason().as_str()),
            _ => None,
        }
    }

    /// Why no token was issued, if that is what went wrong.
    pub fn auth_error(&self) -> Option<&AuthError> {
        match &self.0.kind {
            Kind::Auth(error) => Some(error),
            _ => None,
        }
    }

    /// The API's explanation.
    pub fn msg(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Api { msg, .. } | Kind::Unsupported { msg, .. } => Some(msg),
            Kind::Auth(error) => Some(error.message()),
            _ => None,
        }
    }

    /// The id under which Coze logged the request. Quote it when asking for support.
    pub fn log_id(&self) -> Option<&str> {
        self.0.log_id.as_deref()
    }

    /// The HTTP status of the answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The id of the last event before a stream failed, if the server numbers them.
    pub fn last_event_id(&self) -> Option<&str> {
        self.0.details.as_ref()?.last_event_id.as_deref()
    }

    /// The code with which the server closed the WebSocket of a session, if it gave one.
    pub fn close_code(&self) -> Option<u16> {
        self.0.details.as_ref()?.close_code
    }

    /// The body of the response that reported the error, or was not what it should be, as text: the
    /// first 64 KiB of it. For a stream, the data of the event that reported the error, or up to 1 MiB
    /// of a response that is not an event stream.
    ///
    /// `Display` and `Debug` leave it out, because it may be private. `None` if no response came.
    pub fn body(&self) -> Option<&str> {
        self.0.details.as_ref()?.body.as_deref()
    }

    /// The operation that failed, such as `bots.list`; empty if the client could not be
    /// built.
    pub fn operation(&self) -> &str {
        &self.0.operation
    }

    /// How often the request was sent, or tried to be sent.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the server asked to wait before the next request.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }
}

impl Error {
    /// An error of your own [`TokenStore`](crate::auth::TokenStore) or [`Credentials`](crate::Credentials).
    ///
    /// It [`is_config`](Self::is_config). The message must not hold secrets.
    pub fn custom(message: impl Into<String>) -> Self {
        Self::config(message)
    }

    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            operation: Cow::Borrowed(""),
            status: None,
            log_id: None,
            attempts: 0,
            retry_after: None,
            source: None,
            details: None,
        }))
    }

    pub(crate) fn auth(error: AuthError) -> Self {
        Self::new(Kind::Auth(error))
    }

    /// Reads the names that the endpoints for tokens give to errors. No other operation
    /// has those names, though gateways may put something in the same place.
    pub(crate) fn into_auth(mut self) -> Self {
        if let Kind::Api { code: None, name: Some(name), msg } = &mut self.0.kind {
            let error = AuthError::new(name.as_str().into(), std::mem::take(msg));
            self.0.kind = Kind::Auth(error);
        }
        self
    }

    pub(crate) fn request(what: impl Into<String>) -> Self {
        Self::new(Kind::Request(what.into()))
    }

    pub(crate) fn config(what: impl Into<String>) -> Self {
        Self::new(Kind::Config(what.into()))
    }

    pub(crate) fn upload(what: impl Into<String>) -> Self {
        Self::new(Kind::Upload(what.into()))
    }

    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Keeps a log id that is known already: the header's is more reliable than the
    /// body's.
    pub(crate) fn with_log_id(mut self, log_id: Option<String>) -> Self {
        self.0.log_id = self.0.log_id.or(log_id);
        self
    }

    pub(crate) fn with_last_event_id(self, id: Option<String>) -> Self {
        if id.is_some() {
            return self.with_details(|details| details.last_event_id = id);
        }
        self
    }

    pub(crate) fn with_body(self, body: String) -> Self {
        self.with_details(|details| details.body = Some(body))
    }

    pub(crate) fn with_details(mut self, change: impl FnOnce(&mut Details)) -> Self {
        change(self.0.details.get_or_insert_default());
        self
    }

    /// Adds the part of a reply that arrived before the error.
    pub(crate) fn with_partial<T: Send + Sync + 'static>(mut self, partial: T) -> Self {
        self.0.details.get_or_insert_default().partial = Some(Arc::new(partial));
        self
    }

    /// Returns the part of a reply that arrived before the error, if it is of type `T`.
    pub(crate) fn partial<T: 'static>(&self) -> Option<&T> {
        self.0.details.as_ref()?.partial.as_ref()?.downcast_ref()
    }

    pub(crate) fn with_retry_after(mut self, delay: Option<Duration>) -> Self {
        self.0.retry_after = delay;
        self
    }

    /// Says which call failed. An inner call (a token renewal, say) keeps its own name.
    pub(crate) fn with_operation(mut self, operation: Cow<'static, str>) -> Self {
        if self.0.operation.is_empty() {
            self.0.operation = operation;
        }
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        if self.0.attempts == 0 {
            self.0.attempts = attempts;
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if !inner.operation.is_empty() {
            write!(f, "{}: ", inner.operation)?;
        }
        inner.kind.fmt(f)?;
        let mut notes = Notes { f, any: false };
        if let Some(status) = inner.status {
            notes.add(format_args!("HTTP {status}"))?;
        }
        if let Some(log_id) = &inner.log_id {
            notes.add(format_args!("log id {log_id}"))?;
        }
        if let Some(id) = self.last_event_id() {
            let id = redact::one_line(id, 60);
            notes.add(format_args!("after event id {id}"))?;
        }
        if inner.attempts > 1 {
            notes.add(format_args!("{} attempts", inner.attempts))?;
        }
        notes.close()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api { code, name, msg } => {
                f.write_str("API error")?;
                match (code, name) {
                    (Some(code), _) => write!(f, " {code}")?,
                    (None, Some(name)) => write!(f, " {name}")?,
                    (None, None) => {}
                }
                if msg.is_empty() {
                    return Ok(());
                }
                write!(f, ": {}", redact::one_line(msg, 400))
            }
            Self::Unsupported { code: None, msg } => f.write_str(msg),
            Self::Unsupported { code: Some(code), msg } => {
                f.write_str("the server does not have this operation, or no such ID in its path")?;
                write!(f, " (API error {code}: {})", redact::one_line(msg, 400))
            }
            Self::Auth(error) => {
                f.write_str("no token: ")?;
                f.write_str(&redact::one_line(&error.to_string(), 400))
            }
            Self::Timeout(limit) => write!(f, "no complete answer within {limit:?}"),
            Self::Silence(limit) => write!(f, "the stream was silent for {limit:?}"),
            Self::Truncated(what) => f.write_str(what),
            Self::Connect => f.write_str("cannot connect"),
            Self::Transport(what) => f.write_str(what),
            Self::Status(what)
            | Self::Decode(what)
            | Self::Upload(what)
            | Self::Save(what)
            | Self::Unfinished(what)
            | Self::Handler(what)
            | Self::Request(what)
            | Self::Config(what) => f.write_str(what),
        }
    }
}

/// Writes `(a, b)` behind a message, or nothing.
struct Notes<'a, 'f> {
    f: &'a mut fmt::Formatter<'f>,
    any: bool,
}

impl Notes<'_, '_> {
    fn add(&mut self, note: fmt::Arguments<'_>) -> fmt::Result {
        self.f.write_str(if self.any { ", " } else { " (" })?;
        self.any = true;
        self.f.write_fmt(note)
    }

    fn close(self) -> fmt::Result {
        if self.any { self.f.write_str(")") } else { Ok(()) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &inner.operation)
            .field("status", &inner.status)
            .field("log_id", &inner.log_id)
            .field("attempts", &inner.attempts)
            .field("retry_after", &inner.retry_after)
            .field("source", &inner.source)
            .finish()
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
