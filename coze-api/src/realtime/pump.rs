//! The task that owns a connection: it writes queued events, reads events while the queue has
//! room, and keeps the connection alive.
//!
//! It is a task of its own, so that pings and pongs do not depend on the program polling a sender
//! or a receiver.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as Broken, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::base::error::{Error, Kind, Result};
use crate::base::redact::{self, Secrets};
use crate::wire::observation::Observation;

/// A command of a sender to the pump.
pub(super) enum Command {
    Send(Utf8Bytes),
    Close(Option<CloseFrame>),
}

/// The times after which a silent server is pinged, and given up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pings {
    pub(super) interval: Duration,
    pub(super) timeout: Duration,
}

impl Default for Pings {
    fn default() -> Self {
        let default = Duration::from_secs(20);
        Self { interval: default, timeout: default }
    }
}

/// The result of a session; `None` while it is open.
pub(super) type Outcome = Option<Result<()>>;

/// The pump's ends of the queues, and its settings.
pub(super) struct Pump {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<Bytes>,
    /// Canceled when all halves of the session have been dropped.
    pub(super) abandoned: CancellationToken,
    pub(super) outcome: watch::Sender<Outcome>,
    pub(super) pings: Pings,
    /// The limit for writing the last frame.
    pub(super) close_timeout: Duration,
    pub(super) event_limit: usize,
    /// Hidden in the reason for which the server closes the session.
    pub(super) secrets: Arc<Secrets>,
}

impl Pump {
    /// Runs until the session is over.
    pub(super) async fn run<T>(self, socket: WebSocketStream<T>, mut observation: Observation)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let Self { mut commands, events, abandoned, outcome, .. } = self;
        let (mut sink, mut stream) = socket.split();
        let shared = Shared::default();
        let mut reader = Reader {
            events,
            backlog: VecDeque::new(),
            pings: self.pings,
            event_limit: self.event_limit,
            shared: &shared,
            events_read: 0,
            bytes_read: 0,
        };
        let end = tokio::select! {
            biased;
            () = abandoned.cancelled() => None,
            end = reader.run(&mut stream) => Some(end),
            error = write(&mut sink, &mut commands, &shared) => Some(Err(error)),
        };
        let was_dropped = end.is_none();
        let end = end.unwrap_or_else(|| Err(lost("the session was dropped")));
        let end = end.map_err(|error| error.without(&self.secrets));
        observation.add_sent(shared.sent.load(Ordering::Relaxed));
        observation.add_received(reader.bytes_read);
        observation.add_events(reader.events_read);
        match &end {
            Ok(()) => observation.succeed(),
            // The record reports it as canceled.
            Err(_) if was_dropped => drop(observation),
            Err(error) => observation.fail(error),
        }
        // The outcome comes first: senders and receivers look for it once their queue is closed.
        outcome.send_replace(Some(end));
        drop(commands);
        // Closes the queue of events, unless some are still waiting for room in it.
        let waiting = reader.into_waiting();
        if shared.closed.load(Ordering::Relaxed) {
            // The response to the server's close frame is already in the sink.
            let _ = timeout(self.close_timeout, sink.flush()).await;
        } else {
            // Sends a close frame only if that is possible without waiting.
            let _ = timeout(Duration::ZERO, sink.send(Message::Close(None))).await;
        }
        drop((sink, stream));
        if let Some((events, backlog)) = waiting {
            tokio::select! {
                () = abandoned.cancelled() => {}
                () = deliver(events, backlog) => {}
            }
        }
    }
}

/// Queues events as the receiver makes room for them.
async fn deliver(events: mpsc::Sender<Bytes>, backlog: VecDeque<Bytes>) {
    for event in backlog {
        if events.send(event).await.is_err() {
            return;
        }
    }
}

/// The state that reading and writing share.
#[derive(Default)]
struct Shared {
    ping: Notify,
    /// Our close frame was sent, or is about to be.
    closing: AtomicBool,
    /// The server's close frame was received.
    closed: AtomicBool,
    /// The bytes of the events that were written.
    sent: AtomicU64,
}

/// Writes what is queued. Returns only if that fails.
async fn write<T>(
    sink: &mut SplitSink<WebSocketStream<T>, Message>,
    commands: &mut mpsc::Receiver<Command>,
    shared: &Shared,
) -> Error
where
    T: AsyncRead + AsyncWrite + Unpin,
{
    let mut open = true;
    loop {
        let command = tokio::select! {
            biased;
            () = shared.ping.notified() => Some(Message::Ping(Bytes::new())),
            command = commands.recv(), if open => match command {
                Some(Command::Send(text)) => {
                    shared.sent.fetch_add(text.len() as u64, Ordering::Relaxed);
                    Some(Message::Text(text))
                }
                Some(Command::Close(frame)) => {
                    open = false;
                    commands.close();
                    shared.closing.store(true, Ordering::Relaxed);
                    Some(Message::Close(frame))
                }
                None => {
                    open = false;
                    None
                }
            },
        };
        let Some(message) = command else { continue };
        // Combines events that are queued already into one packet.
        let more = open && !commands.is_empty();
        let written = if more { sink.feed(message).await } else { sink.send(message).await };
        match written {
            Ok(()) | Err(Broken::Protocol(ProtocolError::SendAfterClosing)) => {}
            // The reader finds out why.
            Err(Broken::ConnectionClosed | Broken::AlreadyClosed) => {
                return std::future::pending().await;
            }
            Err(error) if shared.closing.load(Ordering::Relaxed) => {
                // The server hung up first, which the reader treats as a good end.
                tracing::debug!(%error, "the connection ended while closing");
                return std::future::pending().await;
            }
            Err(error) => return broken(error, 0),
        }
    }
}

struct Reader<'a> {
    events: mpsc::Sender<Bytes>,
    /// Events that were read while the queue was full, oldest first.
    backlog: VecDeque<Bytes>,
    pings: Pings,
    event_limit: usize,
    shared: &'a Shared,
    events_read: u64,
    bytes_read: usize,
}

impl Reader<'_> {
    /// Reads until the session is over.
    ///
    /// While the queue is full, the connection is not read, so that back-pressure reaches the
    /// server. A pong stands behind the events in the connection, so whether the server is still
    /// alive can be seen only by reading: after each ping interval one more event is read into the
    /// backlog. Once that is full too, only failing to write a ping reveals a dead server.
    async fn run<T>(&mut self, stream: &mut SplitStream<WebSocketStream<T>>) -> Result<()>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let mut silence = Silence::new(self.pings);
        loop {
            let room = self.backlog.len() < self.events.max_capacity();
            let listening = self.backlog.is_empty() || (silence.pinged && room);
            let message = tokio::select! {
                biased;
                permit = self.events.reserve(), if !self.backlog.is_empty() => {
                    match permit {
                        Ok(permit) => {
                            if let Some(event) = self.backlog.pop_front() {
                                permit.send(event);
                            }
                        }
                        // The receiver was dropped, but the end of the session still matters.
                        Err(_) => self.backlog.clear(),
                    }
                    continue;
                }
                message = stream.next(), if listening => message,
                () = silence.expired() => {
                    if silence.pinged && listening {
                        let Pings { interval, timeout } = self.pings;
                        return Err(Error::from_kind(Kind::Silence(interval.saturating_add(timeout))));
                    }
                    self.shared.ping.notify_one();
                    silence.ping();
                    continue;
                }
            };
            silence.reset();
            match message {
                Some(Ok(Message::Text(text))) => self.queue(text.into()),
                // The API documents no binary messages; one can only be an event.
                Some(Ok(Message::Binary(bytes))) => self.queue(bytes),
                Some(Ok(Message::Close(frame))) => return self.closed(frame),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => return self.ended(Some(error)),
                None => return self.ended(None),
            }
        }
    }

    /// Queues an event, or adds it to the backlog if the queue is full. Without a receiver it is
    /// dropped.
    fn queue(&mut self, event: Bytes) {
        self.events_read += 1;
        self.bytes_read += event.len();
        if !self.backlog.is_empty() {
            self.backlog.push_back(event);
        } else if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
            self.backlog.push_back(event);
        }
    }

    /// Returns the events that are waiting for room in the queue, if any, and the queue.
    fn into_waiting(self) -> Option<(mpsc::Sender<Bytes>, VecDeque<Bytes>)> {
        (!self.backlog.is_empty()).then_some((self.events, self.backlog))
    }

    /// Translates a close frame of the server into the outcome of the session.
    fn closed(&self, frame: Option<CloseFrame>) -> Result<()> {
        self.shared.closed.store(true, Ordering::Relaxed);
        let normal = frame.as_ref().is_some_and(|frame| u16::from(frame.code) == NORMAL_CLOSURE);
        if normal || self.shared.closing.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Some(frame) = frame else {
            return Err(lost("the server closed the session without a code"));
        };
        let reason = redact::redact(&frame.reason, None);
        let (code, reason) = (u16::from(frame.code), redact::one_line(&reason, 130));
        let separator = if reason.is_empty() { "" } else { ": " };
        let what = format!("the server closed the session with code {code}{separator}");
        Err(lost(format!("{what}{reason}")).with_details(|details| details.close_code = Some(code)))
    }

    /// Translates the end of the connection into the outcome of the session.
    fn ended(&self, error: Option<Broken>) -> Result<()> {
        match error {
            // Many servers hang up as soon as they have read our close frame.
            None
            | Some(
                Broken::ConnectionClosed
                | Broken::AlreadyClosed
                | Broken::Io(_)
                | Broken::Protocol(ProtocolError::ResetWithoutClosingHandshake),
            ) if self.shared.closing.load(Ordering::Relaxed) => Ok(()),
            None => Err(broken(Broken::ConnectionClosed, self.event_limit)),
            Some(error) => Err(broken(error, self.event_limit)),
        }
    }
}

/// The time since the server was last heard.
struct Silence {
    pings: Pings,
    /// A ping was sent since then.
    pinged: bool,
    /// The time of the next ping or, after a ping, that of giving up. `None` if there is none.
    deadline: Option<Instant>,
}

impl Silence {
    fn new(pings: Pings) -> Self {
        Self { pings, pinged: false, deadline: Instant::now().checked_add(pings.interval) }
    }

    /// Notes that the server was heard.
    fn reset(&mut self) {
        *self = Self::new(self.pings);
    }

    /// Notes that a ping was sent.
    fn ping(&mut self) {
        self.pinged = true;
        self.deadline = Instant::now().checked_add(self.pings.timeout);
    }

    /// Waits for the deadline.
    async fn expired(&self) {
        match self.deadline {
            Some(deadline) => sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    }
}

pub(super) const NORMAL_CLOSURE: u16 = 1000;

pub(super) fn lost(what: impl Into<Cow<'static, str>>) -> Error {
    Error::from_kind(Kind::Truncated(what.into()))
}

/// Translates an error of the WebSocket library.
fn broken(error: Broken, event_limit: usize) -> Error {
    match error {
        Broken::Capacity(CapacityError::MessageTooLong { .. }) => {
            let what = format!("an event is longer than {event_limit} bytes");
            Error::from_kind(Kind::Decode(what))
        }
        Broken::ConnectionClosed
        | Broken::AlreadyClosed
        | Broken::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            lost("the connection ended without a closing handshake")
        }
        Broken::Io(error) => lost("the connection broke").with_source(error),
        error => lost("the server violated the WebSocket protocol").with_source(error),
    }
}
