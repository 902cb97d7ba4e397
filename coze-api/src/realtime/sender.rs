//! The sending half of a session.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::pump::{Command, NORMAL_CLOSURE};
use super::sent::Sent;
use super::session::Link;
use crate::base::error::{Error, Kind, Result};

/// The half of a session that sends events of type `C`. Clone it to send from several tasks.
///
/// [`send`](Self::send) takes any event of the channel. Each channel also has methods for its most
/// common events.
pub struct Sender<C> {
    commands: mpsc::Sender<Command>,
    link: Arc<Link>,
    /// A function pointer, because a sender does not own any events.
    sends: PhantomData<fn(C)>,
}

impl<C> Sender<C> {
    pub(super) fn new(commands: mpsc::Sender<Command>, link: Arc<Link>) -> Self {
        Self { commands, link, sends: PhantomData }
    }

    /// Queues an event, waiting while the queue is full.
    ///
    /// `event` may also be the data of an event, such as settings. If the future is dropped before
    /// it completes, the event is not sent.
    ///
    /// # Errors
    ///
    /// If the session is over, the error that ended it, or [`is_request`](Error::is_request) after
    /// a good end. [`is_request`](Error::is_request) if the event cannot be written as JSON.
    pub async fn send(&self, event: impl Into<C>) -> Result<()>
    where
        C: Serialize,
    {
        let event: C = event.into();
        self.send_json(json(&event).map_err(|e| self.link.explain(e))?).await
    }

    /// Queues an event with an ID of your choice, which the server may mention in its logs.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub async fn send_with_id(&self, id: &str, event: impl Into<C>) -> Result<()>
    where
        C: Serialize,
    {
        let event = Sent::new(id, event.into());
        self.send_json(json(&event).map_err(|e| self.link.explain(e))?).await
    }

    /// Queues an event that was written as JSON before.
    pub(super) async fn send_json(&self, json: String) -> Result<()> {
        let command = Command::Send(json.into());
        self.commands.send(command).await.map_err(|_| self.refused())
    }

    /// Sends the queued events, then closes the session with code 1000.
    ///
    /// After that, no sender of the session can send. The receiver still gets the events that
    /// arrive before the server completes the closing handshake.
    ///
    /// # Errors
    ///
    /// If the connection was lost, or if the server does not complete the closing handshake within
    /// 10 seconds (`with_close_timeout`). The connection is closed in any case.
    pub async fn close(&self) -> Result<()> {
        self.close_with(NORMAL_CLOSURE, "").await
    }

    /// Sends the queued events, then closes the session with a code and a reason.
    ///
    /// The code must be 1000 or from 3000 to 4999; the reason may have up to 123 bytes.
    ///
    /// # Errors
    ///
    /// [`is_request`](Error::is_request) for any other code or a longer reason, and the errors of
    /// [`close`](Self::close).
    pub async fn close_with(&self, code: u16, reason: &str) -> Result<()> {
        let allowed = code == NORMAL_CLOSURE || (3000..5000).contains(&code);
        if !allowed || reason.len() > 123 {
            let message = "the close code must be 1000 or from 3000 to 4999, and the reason at \
                           most 123 bytes long";
            return Err(self.link.explain(Error::request(message)));
        }
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        let closing = async {
            // This fails if another sender is closing the session, which has the same effect.
            let _ = self.commands.send(Command::Close(Some(frame))).await;
            self.link.over().await;
        };
        let limit = self.link.close_timeout;
        let end = match timeout(limit, closing).await {
            Ok(()) => self.link.outcome(),
            Err(_) => {
                self.link.abandon();
                Err(Error::from_kind(Kind::Timeout(limit)))
            }
        };
        end.map_err(|e| self.link.explain(e))
    }

    /// Returns `true` if the session is over or being closed.
    ///
    /// A session that is closed does not open again: connect for another one.
    pub fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// Returns the log ID of the handshake. Quote it when you contact support.
    pub fn log_id(&self) -> Option<&str> {
        self.link.log_id()
    }

    /// Returns the reason why no more events can be sent.
    #[cold]
    fn refused(&self) -> Error {
        let closed = || Error::request("the session is closed");
        let error = if self.link.is_over() {
            self.link.outcome().err().unwrap_or_else(closed)
        } else {
            closed()
        };
        self.link.explain(error)
    }

    pub(super) fn link(&self) -> &Link {
        &self.link
    }
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value)
        .map_err(|e| Error::request(format!("cannot write the event as JSON: {e}")))
}

impl<C> Clone for Sender<C> {
    fn clone(&self) -> Self {
        Self::new(self.commands.clone(), self.link.clone())
    }
}

impl<C> fmt::Debug for Sender<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.link.debug("Sender", f)
    }
}
