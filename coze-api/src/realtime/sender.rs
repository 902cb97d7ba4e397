//! The half of a session that sends.

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

/// The half of a session that sends events of type `C`. It can be cloned, for several tasks.
///
/// Besides [`send`](Self::send), which takes any event of the channel, each channel has methods
/// for what is sent most.
pub struct Sender<C> {
    commands: mpsc::Sender<Command>,
    link: Arc<Link>,
    /// A sender holds no events.
    sends: PhantomData<fn(C)>,
}

impl<C> Sender<C> {
    pub(super) fn new(commands: mpsc::Sender<Command>, link: Arc<Link>) -> Self {
        Self { commands, link, sends: PhantomData }
    }

    /// Queues an event, and waits if the queue is full. Whatever one kind of event is made of
    /// will do, such as settings.
    ///
    /// It may be cancelled: then the event is not sent.
    ///
    /// # Errors
    ///
    /// If the session is over, with the error that ended it; or if the event cannot be written
    /// as JSON.
    pub async fn send(&self, event: impl Into<C>) -> Result<()>
    where
        C: Serialize,
    {
        let event: C = event.into();
        self.send_json(json(&event).map_err(|e| self.link.explain(e))?).await
    }

    /// The same with an id of your own choosing, which the server may name in its logs.
    pub async fn send_with_id(&self, id: &str, event: impl Into<C>) -> Result<()>
    where
        C: Serialize,
    {
        let event = Sent::new(id, event.into());
        self.send_json(json(&event).map_err(|e| self.link.explain(e))?).await
    }

    /// Queues an event that is JSON already.
    pub(super) async fn send_json(&self, json: String) -> Result<()> {
        let command = Command::Send(json.into());
        self.commands.send(command).await.map_err(|_| self.refused())
    }

    /// Sends what is queued, and closes the session with code 1000. Other senders cannot send
    /// any more; the receiver gets what comes until the server agrees.
    ///
    /// # Errors
    ///
    /// If the connection was lost, or the server does not agree in time (10 seconds, or what
    /// `with_close_timeout` says). The connection is closed anyway.
    pub async fn close(&self) -> Result<()> {
        self.close_with(NORMAL_CLOSURE, "").await
    }

    /// The same with a code and a reason. The code is 1000 or one of 3000 to 4999, and the
    /// reason has at most 123 bytes.
    pub async fn close_with(&self, code: u16, reason: &str) -> Result<()> {
        let known = code == NORMAL_CLOSURE || (3000..5000).contains(&code);
        if !known || reason.len() > 123 {
            let what = "a session is closed with code 1000 or one of 3000 to 4999, and a \
                        reason of at most 123 bytes";
            return Err(self.link.explain(Error::request(what)));
        }
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        let closing = async {
            // Somebody else may be closing it already, which serves as well.
            let _ = self.commands.send(Command::Close(Some(frame))).await;
            self.link.over().await;
        };
        let limit = self.link.close_timeout;
        let end = match timeout(limit, closing).await {
            Ok(()) => self.link.outcome(),
            Err(_) => {
                self.link.abandon();
                Err(Error::new(Kind::Timeout(limit)))
            }
        };
        end.map_err(|e| self.link.explain(e))
    }

    /// Whether the session is over.
    pub fn is_closed(&self) -> bool {
        self.commands.is_closed()
    }

    /// The id under which Coze logged the handshake. Quote it when asking for support.
    pub fn log_id(&self) -> Option<&str> {
        self.link.log_id()
    }

    /// Why nothing can be sent any more.
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
        .map_err(|e| Error::request(format!("the event cannot be written as JSON: {e}")))
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
