//! Making errors, and adding context to them.
//!
//! An error is made where the fault is seen, with little more than its kind. The layers above add
//! what they know: the envelope the code and the body, the transport the status, the log ID and the
//! number of attempts, and the call the operation. The last step is to hide the secrets of the
//! request in all of that, before anybody can see the error.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Details, Error, ErrorKind, Inner, Kind};
use crate::base::auth_error::AuthError;
use crate::base::redact::Secrets;

impl Error {
    /// Makes an error without any context.
    pub(crate) fn from_kind(kind: Kind) -> Self {
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

    /// Makes an error for a token that was not issued.
    pub(crate) fn auth(error: AuthError) -> Self {
        Self::from_kind(Kind::Auth(error))
    }

    /// Makes a refusal that has a name the error of an endpoint that issues tokens. Other
    /// operations do not have those names, though gateways may send something similar.
    pub(crate) fn into_auth(mut self) -> Self {
        if let Kind::Api { code: None, name: Some(name), msg } = &mut self.0.kind {
            let error = AuthError::new(name.as_str().into(), std::mem::take(msg));
            self.0.kind = Kind::Auth(error);
        }
        self
    }

    /// Makes an error about an argument that cannot be sent.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::from_kind(Kind::Request(message.into()))
    }

    /// Makes an error about the client, its source of tokens or the runtime.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::from_kind(Kind::Config(message.into()))
    }

    /// Makes an error about content that cannot be read.
    pub(crate) fn upload(message: impl Into<String>) -> Self {
        Self::from_kind(Kind::Upload(message.into()))
    }

    /// Makes an error of the source of tokens, of one that its implementation returned.
    ///
    /// Errors that name their cause remain as they are. An I/O error without context becomes the
    /// source; so does any other error if `any` is true.
    pub(crate) fn into_credentials(mut self, message: &str, any: bool) -> Self {
        if self.is_credentials() {
            return self;
        }
        let kind = Kind::Credentials(message.to_owned());
        if matches!(self.0.kind, Kind::Io) {
            self.0.kind = kind;
            return self;
        }
        if any { Self::from_kind(kind).with_source(self) } else { self }
    }

    /// Returns `true` if a user made the error and chose this kind.
    pub(super) fn is_custom(&self, expected: ErrorKind) -> bool {
        matches!(self.0.kind, Kind::Custom { kind, .. } if kind == expected)
    }

    pub(crate) fn has_status(&self, status: u16) -> bool {
        self.0.status.is_some_and(|found| found == status)
    }

    /// Hides the secrets of the request in everything that came from the server.
    #[cold]
    pub(crate) fn without(mut self, secrets: &Secrets) -> Self {
        let hide = |text: &mut String| {
            if let Some(hidden) = secrets.hide(text) {
                *text = hidden;
            }
        };
        let inner = &mut *self.0;
        inner.kind.texts().into_iter().for_each(hide);
        inner.log_id.iter_mut().for_each(hide);
        if let Some(hidden) = secrets.hide(&inner.operation) {
            inner.operation = hidden.into();
        }
        if let Some(details) = &mut inner.details {
            let Details { last_event_id, body, debug_url, .. } = &mut **details;
            [last_event_id, body, debug_url].into_iter().flatten().for_each(hide);
        }
        if let Some(source) = inner.source.as_deref().and_then(|e| e.downcast_ref::<Self>()) {
            inner.source = Some(Arc::new(source.clone().without(secrets)));
        }
        self
    }

    /// Adds a log ID, unless there is one already: that of a header is more reliable than that of a
    /// body.
    pub(crate) fn or_log_id(mut self, log_id: Option<String>) -> Self {
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

    /// Adds the operation that failed. An inner call, such as the renewal of a token, keeps its own
    /// name.
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

impl Kind {
    /// The texts that may contain words of the server.
    fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Api { name, msg, .. } => name.iter_mut().chain([msg]).collect(),
            Self::Unsupported { msg, .. } => vec![msg],
            Self::Auth(error) => error.texts().collect(),
            Self::Status(text)
            | Self::Decode(text)
            | Self::Unfinished(text)
            | Self::Upload(text)
            | Self::Save(text)
            | Self::Handler(text)
            | Self::Request(text)
            | Self::Credentials(text)
            | Self::Config(text)
            | Self::Custom { message: text, .. } => vec![text],
            Self::Truncated(text) | Self::RepeatedPage(text) => vec![text.to_mut()],
            Self::Connect { reason, .. } | Self::Unprocessed(reason) => vec![reason],
            Self::Timeout(_) | Self::Silence(_) | Self::Transport(_) | Self::Io => Vec::new(),
        }
    }
}
