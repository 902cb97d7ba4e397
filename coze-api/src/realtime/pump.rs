//! The task that owns a connection: it writes what is queued, reads what there is room for,
//! and keeps the connection alive whether or not anybody is waiting.
//!
//! It is one task and no pair of halves that the program polls, because pings and pongs must
//! not depend on what the program is doing.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as Broken, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::base::error::{Error, Kind, Result};
use crate::base::redact;

/// What the pump is asked to write.
pub(super) enum Command {
    Send(Utf8Bytes),
    Close(Option<CloseFrame>),
}

/// When the server is asked for a sign, and how long it may take to give one.
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

/// How a session ended, once it has.
pub(super) type Outcome = Option<Result<()>>;

/// The pump's ends of the queues, and what it has to know.
pub(super) struct Pump {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<Bytes>,
    /// Cancelled when nobody is left to whom the session matters.
    pub(super) abandoned: CancellationToken,
    pub(super) outcome: watch::Sender<Outcome>,
    pub(super) pings: Pings,
    /// How long the last words may take.
    pub(super) close_timeout: Duration,
    pub(super) event_limit: usize,
}

impl Pump {
    /// Runs until the session is over.
    pub(super) async fn run<T>(self, socket: WebSocketStream<T>)
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let Self { mut commands, events, abandoned, outcome, .. } = self;
        let (mut sink, mut stream) = socket.split();
        let shared = Shared::default();
        let reader =
            Reader { events, pings: self.pings, event_limit: self.event_limit, shared: &shared };
        let end = tokio::select! {
            biased;
            () = abandoned.cancelled() => None,
            end = reader.run(&mut stream) => Some(end),
            error = write(&mut sink, &mut commands, &shared) => Some(Err(error)),
        };
        let end = end.unwrap_or_else(|| Err(lost("the session was given up")));
        // Whoever finds a queue closed looks for the reason.
        outcome.send_replace(Some(end));
        drop(reader);
        drop(commands);
        if shared.closed.load(Ordering::Relaxed) {
            // The answer to the server's last words is in the sink already.
            let _ = timeout(self.close_timeout, sink.flush()).await;
        } else {
            // As much of a farewell as goes out without waiting.
            let _ = timeout(Duration::ZERO, sink.send(Message::Close(None))).await;
        }
    }
}

/// What reading and writing tell each other.
#[derive(Default)]
struct Shared {
    ping: Notify,
    /// Our last words are out, or on their way.
    closing: AtomicBool,
    /// The server's have come.
    closed: AtomicBool,
}

/// Writes what is queued; ends only if that fails.
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
                Some(Command::Send(text)) => Some(Message::Text(text)),
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
        // Several small events make one packet if they are there already.
        let more = open && !commands.is_empty();
        let written = if more { sink.feed(message).await } else { sink.send(message).await };
        match written {
            Ok(()) | Err(Broken::Protocol(ProtocolError::SendAfterClosing)) => {}
            // Reading finds out why.
            Err(Broken::ConnectionClosed | Broken::AlreadyClosed) => {
                return std::future::pending().await;
            }
            Err(error) if shared.closing.load(Ordering::Relaxed) => {
                // The server was quicker to hang up; reading sees that as an end.
                tracing::debug!(%error, "closing");
                return std::future::pending().await;
            }
            Err(error) => return broken(error, 0),
        }
    }
}

struct Reader<'a> {
    events: mpsc::Sender<Bytes>,
    pings: Pings,
    event_limit: usize,
    shared: &'a Shared,
}

impl Reader<'_> {
    /// Reads until the session is over.
    async fn run<T>(&self, stream: &mut SplitStream<WebSocketStream<T>>) -> Result<()>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            // First the room, then the event: so the server feels that there is none. Nobody
            // to give it to is no reason not to listen for the end.
            let room = self.events.reserve().await.ok();
            loop {
                let text = match self.next(stream).await? {
                    Some(Ok(Message::Text(text))) => text.into(),
                    // Undocumented, and nothing else could be in it.
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    Some(Ok(Message::Close(frame))) => return self.closed(frame),
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                        continue;
                    }
                    Some(Err(error)) => return self.ended(Some(error)),
                    None => return self.ended(None),
                };
                if let Some(room) = room {
                    room.send(text);
                }
                break;
            }
        }
    }

    /// The next message, or an error if there is no sign of the server.
    async fn next<T>(
        &self,
        stream: &mut SplitStream<WebSocketStream<T>>,
    ) -> Result<Option<Result<Message, Broken>>>
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let Pings { interval, timeout: limit } = self.pings;
        if let Ok(message) = timeout(interval, stream.next()).await {
            return Ok(message);
        }
        self.shared.ping.notify_one();
        match timeout(limit, stream.next()).await {
            Ok(message) => Ok(message),
            Err(_) => Err(Error::new(Kind::Silence(interval.saturating_add(limit)))),
        }
    }

    /// What it means that the server has closed the session.
    fn closed(&self, frame: Option<CloseFrame>) -> Result<()> {
        self.shared.closed.store(true, Ordering::Relaxed);
        let normal = frame.as_ref().is_some_and(|frame| u16::from(frame.code) == NORMAL_CLOSURE);
        if normal || self.shared.closing.load(Ordering::Relaxed) {
            return Ok(());
        }
        let Some(frame) = frame else {
            return Err(lost("the server closed the session and did not say why"));
        };
        let (code, reason) = (u16::from(frame.code), redact::one_line(&frame.reason, 130));
        let separator = if reason.is_empty() { "" } else { ": " };
        let what = format!("the server closed the session with code {code}{separator}");
        let reason = redact::redact(&reason, None);
        Err(lost(format!("{what}{reason}")).with_details(|details| details.close_code = Some(code)))
    }

    /// What it means that the connection has ended otherwise.
    fn ended(&self, error: Option<Broken>) -> Result<()> {
        match error {
            // As many servers do once they have read our last words.
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

pub(super) const NORMAL_CLOSURE: u16 = 1000;

pub(super) fn lost(what: impl Into<Cow<'static, str>>) -> Error {
    Error::new(Kind::Truncated(what.into()))
}

/// Translates an error of the WebSocket, whose type is nobody's business.
fn broken(error: Broken, event_limit: usize) -> Error {
    match error {
        Broken::Capacity(CapacityError::MessageTooLong { .. }) => {
            let what = format!("an event is longer than {event_limit} bytes");
            Error::new(Kind::Decode(what))
        }
        Broken::ConnectionClosed
        | Broken::AlreadyClosed
        | Broken::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            lost("the connection ended without a closing handshake")
        }
        Broken::Io(error) => lost("the connection broke").with_source(error),
        error => lost("the server broke the rules of WebSocket").with_source(error),
    }
}
