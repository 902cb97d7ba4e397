//! A session, and the state that its halves share.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_util::sync::CancellationToken;

use super::pump::{Outcome, Pings, Pump, lost};
use super::receiver::{Received, Receiver};
use super::sender::Sender;
use crate::base::error::{Error, Result};
use crate::wire::call::Call;
use crate::wire::stream::StreamEvent;
use crate::wire::transport::Open;

/// The limits and timeouts of a session.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) pings: Pings,
    pub(super) close: Duration,
    /// The capacity of each queue, in events.
    pub(super) queue: usize,
    /// The maximum length of an event of the server, in bytes.
    pub(super) event: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pings: Pings::default(),
            close: Duration::from_secs(10),
            queue: 32,
            event: 16 * 1024 * 1024,
        }
    }
}

/// An open connection to a channel that sends events of type `C` and receives events of type `S`.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let mut session = coze.realtime().chat("7342866812345000001").connect().await?;
/// session.sender().send_text("When does the train leave?").await?;
/// while let Some(received) = session.receive().await {
///     println!("{:?}", received?.event);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Use its [`sender`](Self::sender) to send events. It is a [`Stream`] of received events, like a
/// [`Receiver`]. The module documentation describes the
/// [end of a session](crate::realtime#the-end-of-a-session).
#[must_use = "dropping a session closes it"]
pub struct Session<C, S> {
    sender: Sender<C>,
    receiver: Receiver<S>,
}

impl<C: Serialize, S: StreamEvent> Session<C, S> {
    /// Starts a session over a connection that has switched to WebSocket.
    pub(super) async fn start<T>(opened: Open<T>, limits: &Limits, call: &Call) -> Self
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Open { reply, rest: connection, observation } = opened;
        let config = WebSocketConfig::default()
            .read_buffer_size(32 * 1024)
            .write_buffer_size(32 * 1024)
            .max_message_size(Some(limits.event))
            .max_frame_size(Some(limits.event));
        let socket = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await;
        let (events, incoming) = mpsc::channel(limits.queue);
        let (outgoing, commands) = mpsc::channel(limits.queue);
        let (ending, outcome) = watch::channel(None);
        let secrets = Arc::new(call.secrets(Some(&reply.token)));
        let link = Arc::new(Link {
            abandoned: CancellationToken::new(),
            outcome,
            operation: call.operation().clone(),
            log_id: reply.log_id().map(|id| secrets.hide(&id).unwrap_or(id)),
            close_timeout: limits.close,
        });
        let pump = Pump {
            commands,
            events,
            abandoned: link.abandoned.clone(),
            outcome: ending,
            pings: limits.pings,
            close_timeout: limits.close,
            event_limit: limits.event,
            secrets: secrets.clone(),
        };
        tokio::spawn(pump.run(socket, observation));
        Self {
            sender: Sender::new(outgoing, link.clone()),
            receiver: Receiver::new(incoming, link, reply.token, secrets),
        }
    }
}

impl<C, S> Session<C, S> {
    /// Splits the session into two halves for two tasks. The sender can be cloned.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let session = coze.realtime().transcriptions().connect().await?;
    /// let (sender, mut receiver) = session.split();
    /// tokio::spawn(async move {
    ///     sender.append_audio(&[0; 960]).await?;
    ///     sender.complete().await
    /// });
    /// while let Some(received) = receiver.receive().await {
    ///     println!("{:?}", received?.event);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn split(self) -> (Sender<C>, Receiver<S>) {
        (self.sender, self.receiver)
    }

    /// Returns the half of the session that sends.
    ///
    /// A clone of it can be moved to another task, while this one receives.
    pub fn sender(&self) -> &Sender<C> {
        &self.sender
    }

    /// Returns `true` if the session is over or being closed.
    ///
    /// Events that have arrived before can still be received.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Returns the log ID of the handshake. Quote it when you contact support.
    pub fn log_id(&self) -> Option<&str> {
        self.sender.log_id()
    }

    pub(super) fn receiver(&mut self) -> &mut Receiver<S> {
        &mut self.receiver
    }

    /// Returns the next event, or `None` once the session is over.
    ///
    /// It is the same as [`receive`](Self::receive), under the name that streams have.
    pub async fn next(&mut self) -> Option<Result<Received<S>>> {
        self.receive().await
    }

    /// Waits for the next event. Returns `None` once the session is over.
    ///
    /// This method is cancel safe: if its future is dropped, no event is lost.
    ///
    /// # Errors
    ///
    /// Those of [`Receiver::receive`].
    pub async fn receive(&mut self) -> Option<Result<Received<S>>> {
        self.receiver.receive().await
    }

    /// Sends the queued events, then closes the session with code 1000. Events that still arrive
    /// are discarded.
    ///
    /// # Errors
    ///
    /// If the connection was lost, or if the server does not complete the closing handshake within
    /// 10 seconds (`with_close_timeout`). The connection is closed in any case.
    pub async fn close(self) -> Result<()> {
        let Self { sender, receiver } = self;
        drop(receiver);
        sender.close().await
    }

    /// Sends the queued events, then closes the session with a code and a reason.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::close_with`].
    pub async fn close_with(self, code: u16, reason: &str) -> Result<()> {
        let Self { sender, receiver } = self;
        drop(receiver);
        sender.close_with(code, reason).await
    }
}

impl<C, S> Stream for Session<C, S> {
    type Item = Result<Received<S>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().receiver.poll_receive(cx)
    }
}

impl<C, S> fmt::Debug for Session<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sender.link().debug("Session", f)
    }
}

/// The state that the halves of a session share. Dropping the last half ends the session.
pub(super) struct Link {
    abandoned: CancellationToken,
    outcome: watch::Receiver<Outcome>,
    operation: Cow<'static, str>,
    log_id: Option<String>,
    pub(super) close_timeout: Duration,
}

impl Link {
    /// Returns the result of a session that is over.
    pub(super) fn outcome(&self) -> Result<()> {
        // The pump sets the outcome before it ends, unless its runtime was shut down.
        let end = self.outcome.borrow().clone();
        end.unwrap_or_else(|| Err(lost("the Tokio runtime of the session was shut down")))
    }

    pub(super) fn is_over(&self) -> bool {
        self.outcome.borrow().is_some()
    }

    /// Waits until the session is over.
    pub(super) async fn over(&self) {
        // This fails if the pump is gone, in which case the session is over too.
        let _ = self.outcome.clone().wait_for(Outcome::is_some).await;
    }

    /// Ends the session at once.
    pub(super) fn abandon(&self) {
        self.abandoned.cancel();
    }

    /// Adds the operation and the log ID to an error.
    pub(super) fn explain(&self, error: Error) -> Error {
        error.with_operation(self.operation.clone()).or_log_id(self.log_id.clone())
    }

    pub(super) fn log_id(&self) -> Option<&str> {
        self.log_id.as_deref()
    }

    pub(super) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("operation", &self.operation)
            .field("log_id", &self.log_id)
            .field("ended", &self.is_over())
            .finish_non_exhaustive()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.abandoned.cancel();
    }
}
