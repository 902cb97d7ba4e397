//! The kinds of errors, to match on.

use super::{Error, Kind};

/// The kind of an [`Error`], as [`Error::kind`] returns it.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::ErrorKind;
///
/// if let Err(error) = coze.bots().retrieve("7493066380997054321").await {
///     match error.kind() {
///         ErrorKind::RateLimited => eprintln!("slow down"),
///         ErrorKind::Auth | ErrorKind::PermissionDenied => eprintln!("check the token: {error}"),
///         ErrorKind::Timeout | ErrorKind::Connect => eprintln!("try again later: {error}"),
///         _ => return Err(error),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There were too many requests: [`Error::is_rate_limited`].
    RateLimited,
    /// The token is missing, wrong or expired, or none was issued: [`Error::is_auth`].
    Auth,
    /// The token may not do this: [`Error::is_permission_denied`].
    PermissionDenied,
    /// Money, credits or the plan do not allow the request: [`Error::is_quota`].
    Quota,
    /// Something that the request names does not exist: [`Error::is_not_found`].
    NotFound,
    /// The state of a resource does not allow the request: [`Error::is_conflict`].
    Conflict,
    /// The platform refused the content: [`Error::is_content_refused`].
    ContentRefused,
    /// The server does not have the operation: [`Error::is_unsupported`].
    Unsupported,
    /// The API refused the request for another reason: [`Error::is_api`].
    Api,
    /// The response does not come from the API: [`Error::is_status`].
    Status,
    /// There was no result in time: [`Error::is_timeout`].
    Timeout,
    /// A stream or a session ended early, or a list repeats a page: [`Error::is_truncated`].
    Truncated,
    /// No connection could be made: [`Error::is_connect`].
    Connect,
    /// The connection broke: [`Error::is_transport`].
    Transport,
    /// The response cannot be decoded: [`Error::is_decode`].
    Decode,
    /// The content of an upload cannot be read: [`Error::is_upload`].
    Upload,
    /// A downloaded file cannot be written: [`Error::is_save`].
    Save,
    /// A function of the caller failed: [`Error::is_handler`].
    Handler,
    /// The request cannot be sent: [`Error::is_request`].
    Request,
    /// The source of tokens failed: [`Error::is_credentials`].
    Credentials,
    /// The client cannot be used: [`Error::is_config`].
    Config,
}

impl Error {
    /// Returns the kind of the error, for a `match`.
    ///
    /// If several kinds would fit, it is the most specific one. A response with status 429, for
    /// example, is [`RateLimited`](ErrorKind::RateLimited), whether the API or a gateway sent it.
    pub fn kind(&self) -> ErrorKind {
        let specific = [
            (self.is_unsupported(), ErrorKind::Unsupported),
            (self.is_rate_limited(), ErrorKind::RateLimited),
            (self.is_auth(), ErrorKind::Auth),
            (self.is_permission_denied(), ErrorKind::PermissionDenied),
            (self.is_quota(), ErrorKind::Quota),
            (self.is_not_found(), ErrorKind::NotFound),
            (self.is_conflict(), ErrorKind::Conflict),
            (self.is_content_refused(), ErrorKind::ContentRefused),
        ];
        if let Some((_, kind)) = specific.into_iter().find(|(applies, _)| *applies) {
            return kind;
        }
        match &self.0.kind {
            Kind::Api { .. } => ErrorKind::Api,
            Kind::Unsupported { .. } => ErrorKind::Unsupported,
            Kind::Auth(_) => ErrorKind::Auth,
            Kind::Status(_) => ErrorKind::Status,
            Kind::Timeout(_) | Kind::Unfinished(_) | Kind::Silence(_) => ErrorKind::Timeout,
            Kind::Truncated(_) | Kind::RepeatedPage(_) => ErrorKind::Truncated,
            Kind::Connect { .. } | Kind::Unprocessed(_) => ErrorKind::Connect,
            Kind::Transport(_) => ErrorKind::Transport,
            Kind::Decode(_) => ErrorKind::Decode,
            Kind::Upload(_) => ErrorKind::Upload,
            Kind::Save(_) => ErrorKind::Save,
            Kind::Handler(_) | Kind::Io => ErrorKind::Handler,
            Kind::Request(_) => ErrorKind::Request,
            Kind::Credentials(_) => ErrorKind::Credentials,
            Kind::Config(_) => ErrorKind::Config,
            Kind::Custom { kind, .. } => *kind,
        }
    }

    /// Returns `true` if the same request may succeed when it is sent again later: after a rate
    /// limit, a timeout, a broken connection, an incomplete stream, HTTP status 408, 500, 502, 503
    /// or 504, or an error code whose [advice](crate::RetryAdvice) is `Transient`. A failure to
    /// connect counts unless it is permanent, such as an invalid certificate.
    ///
    /// The client has already repeated the request as its [`Retry`](crate::Retry) policy allows,
    /// which may be not at all. After a timeout or a broken connection, the server may have
    /// processed the request: repeat a request that creates or changes something only if
    /// [`is_rate_limited`](Self::is_rate_limited) or [`is_connect`](Self::is_connect) is true,
    /// because then the server has normally done nothing.
    #[doc(alias = "transient")]
    pub fn is_retryable(&self) -> bool {
        self.is_rate_limited()
            || (self.is_connect() && !self.is_permanent())
            || self.is_timeout()
            || self.is_transport()
            || matches!(self.0.kind, Kind::Truncated(_))
            || self.is_custom(ErrorKind::Truncated)
            || self.is_transient()
            || self.has_transient_status()
    }

    /// Returns `true` for a status that may be another one if the request is sent again.
    pub(crate) fn has_transient_status(&self) -> bool {
        let status = self.0.status.map(|status| status.as_u16());
        matches!(status, Some(408 | 500 | 502 | 503 | 504))
    }

    /// Returns `true` if no connection could be made and another attempt cannot change that.
    pub(crate) fn is_permanent(&self) -> bool {
        matches!(self.0.kind, Kind::Connect { permanent: true, .. })
    }
}
