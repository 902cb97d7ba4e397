//! Errors as text.
//!
//! Much of the text comes from servers. Every part of it is made one line without characters that
//! control a terminal, and is limited in length. What a limit cuts off is still available from the
//! accessors, such as `msg` and `body`.

use std::fmt;

use super::{Error, Kind};
use crate::base::redact::one_line;

/// The maximum length of a message of the server, in bytes.
const MESSAGE_LIMIT: usize = 400;
/// The maximum length of the description of an error, in bytes.
const DESCRIPTION_LIMIT: usize = 800;
/// The maximum length of an operation, a name or an ID, in bytes.
const NAME_LIMIT: usize = 120;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if !inner.operation.is_empty() {
            write!(f, "{}: ", one_line(&inner.operation, NAME_LIMIT))?;
        }
        f.write_str(&one_line(&inner.kind.to_string(), DESCRIPTION_LIMIT))?;
        let mut notes = Notes { f, any: false };
        if let Some(status) = inner.status {
            notes.add(format_args!("HTTP {}", status.as_u16()))?;
        }
        if let Some(log_id) = &inner.log_id {
            notes.add(format_args!("log id {}", one_line(log_id, NAME_LIMIT)))?;
        }
        if let Some(id) = self.last_event_id() {
            notes.add(format_args!("after event id {}", one_line(id, NAME_LIMIT)))?;
        }
        if inner.attempts > 1 {
            notes.add(format_args!("{} attempts", inner.attempts))?;
        }
        notes.close()?;
        match self.0.details.as_ref().and_then(|details| details.hint.as_ref()) {
            Some(hint) => write!(f, "; {}", one_line(hint, MESSAGE_LIMIT)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api { code, name, msg } => {
                f.write_str("API error")?;
                match (code, name) {
                    (Some(code), _) => write!(f, " {code}")?,
                    (None, Some(name)) => write!(f, " {}", one_line(name, NAME_LIMIT))?,
                    (None, None) => {}
                }
                if msg.is_empty() {
                    return Ok(());
                }
                write!(f, ": {}", one_line(msg, MESSAGE_LIMIT))
            }
            Self::Unsupported { code: None, msg } => f.write_str(msg),
            Self::Unsupported { code: Some(code), msg } => {
                f.write_str("the server does not have this operation, or no such ID in its path")?;
                write!(f, " (API error {code}: {})", one_line(msg, MESSAGE_LIMIT))
            }
            Self::Auth(error) => write!(f, "no token: {error}"),
            Self::Timeout(limit) => write!(f, "no data from the server within {limit:?}"),
            Self::Silence(limit) => write!(f, "the stream was silent for {limit:?}"),
            Self::Truncated(what) | Self::RepeatedPage(what) => f.write_str(what),
            Self::Connect { reason, .. } => write!(f, "cannot connect to {reason}"),
            Self::Unprocessed(server) => write!(f, "{server} did not accept the request"),
            Self::Transport(what) => f.write_str(what),
            Self::Status(what)
            | Self::Decode(what)
            | Self::Upload(what)
            | Self::Save(what)
            | Self::Unfinished(what)
            | Self::Handler(what)
            | Self::Request(what)
            | Self::Credentials(what)
            | Self::Config(what)
            | Self::Custom { message: what, .. } => f.write_str(what),
            Self::Io => f.write_str("an input or output operation failed"),
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

/// Shows the text of `Display`, which is limited in length, and the source.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &self.kind()).field("message", &self.to_string());
        if let Some(delay) = self.0.retry_after {
            debug.field("retry_after", &delay);
        }
        if let Some(source) = &self.0.source {
            debug.field("source", source);
        }
        debug.finish_non_exhaustive()
    }
}
