//! A session as a whole, and what its halves share.

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
use crate::wire::envelope::Reply;
use crate::wire::stream::StreamEvent;

/// What a session may hold, and how long it waits.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) pings: Pings,
    pub(super) close: Duration,
    /// Events, each way.
    pub(super) queue: usize,
    /// Bytes of an event of the server.
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

/// An open connection to a channel, which sends events of type `C` and receives events of
/// type `S`.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let mut session = coze.realtime().chat("7379462189365198898").connect().await?;
/// session.sender().send_text("When does the train leave?").await?;
/// while let Some(received) = session.receive().await {
///     println!("{:?}", received?.event);
/// }
/// # Ok(())
/// # }
/// ```
///
/// Events are sent by its [`sender`](Self::sender). It is a [`Stream`] of received events, as a
/// [`Receiver`] is. See [`realtime`](crate::realtime) for how a session ends.
#[must_use = "a session that is dropped is closed"]
pub struct Session<C, S> {
    sender: Sender<C>,
    receiver: Receiver<S>,
}

impl<C: Serialize, S: StreamEvent> Session<C, S> {
    /// Starts to speak WebSocket over a connection that has agreed to it.
    pub(super) async fn start<T>(connection: T, limits: &Limits, call: &Call, reply: Reply) -> Self
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let config = WebSocketConfig::default()
            .read_buffer_size(32 * 1024)
            .write_buffer_size(32 * 1024)
            .max_message_size(Some(limits.event))
            .max_frame_size(Some(limits.event));
        let socket = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await;
        let (events, incoming) = mpsc::channel(limits.queue);
        let (outgoing, commands) = mpsc::channel(limits.queue);
        let (ending, outcome) = watch::channel(None);
        let link = Arc::new(Link {
            abandoned: CancellationToken::new(),
            outcome,
            operation: call.operation().clone(),
            log_id: reply.log_id(),
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
        };
        tokio::spawn(pump.run(socket));
        Self {
            sender: Sender::new(outgoing, link.clone()),
            receiver: Receiver::new(incoming, link, reply.token),
        }
    }
}

impl<C, S> Session<C, S> {
    /// Makes two halves for two tasks. The first can be cloned.
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

    /// The half that sends.
    pub fn sender(&self) -> &Sender<C> {
        &self.sender
    }

    /// Returns `true` if the session is over.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// The id under which Coze logged the handshake. Quote it when asking for support.
    pub fn log_id(&self) -> Option<&str> {
        self.sender.log_id()
    }

    pub(super) fn receiver(&mut self) -> &mut Receiver<S> {
        &mut self.receiver
    }

    /// Waits for the next event; `None` if the session has come to a good end. It may be
    /// cancelled: nothing is lost.
    pub async fn receive(&mut self) -> Option<Result<Received<S>>> {
        self.receiver.receive().await
    }

    /// Sends what is queued, and closes the session with code 1000. Events that still come are
    /// dropped.
    ///
    /// # Errors
    ///
    /// If the connection was lost, or the server does not agree in time.
    pub async fn close(self) -> Result<()> {
        let Self { sender, receiver } = self;
        drop(receiver);
        sender.close().await
    }

    /// The same with a code and a reason, as [`Sender::close_with`] takes them.
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

/// What the halves of a session share. With the last of them the session ends.
pub(super) struct Link {
    abandoned: CancellationToken,
    outcome: watch::Receiver<Outcome>,
    operation: Cow<'static, str>,
    log_id: Option<String>,
    pub(super) close_timeout: Duration,
}

impl Link {
    /// How the session ended.
    pub(super) fn outcome(&self) -> Result<()> {
        // The pump always says how it ended, unless its runtime is gone.
        let end = self.outcome.borrow().clone();
        end.unwrap_or_else(|| Err(lost("the runtime of the session has ended")))
    }

    pub(super) fn is_over(&self) -> bool {
        self.outcome.borrow().is_some()
    }

    /// Waits until the session is over.
    pub(super) async fn over(&self) {
        // It fails if the pump is gone, which is over too.
        let _ = self.outcome.clone().wait_for(Outcome::is_some).await;
    }

    /// Ends the session at once.
    pub(super) fn abandon(&self) {
        self.abandoned.cancel();
    }

    /// Adds to an error what is known.
    pub(super) fn explain(&self, error: Error) -> Error {
        error.with_operation(self.operation.clone()).with_log_id(self.log_id.clone())
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
