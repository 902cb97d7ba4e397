//! Realtime sessions over WebSocket: voice chat, speech synthesis, transcription and simultaneous
//! interpretation.
//!
//! A channel is one WebSocket endpoint: chat, speech, transcriptions, or interpretation. Configure
//! it like any other request, then connect it. A [`Session`] sends and receives events;
//! [`split`](Session::split) divides it into two halves for two tasks.
//!
//! ```no_run
//! # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
//! use coze_api::realtime::SpeechServerEvent;
//!
//! let mut session = coze.realtime().speech().connect().await?;
//! session.sender().append_text("The train to Kunming leaves at noon.").await?;
//! session.sender().complete().await?;
//! while let Some(received) = session.receive().await {
//!     match received?.into_result()?.event {
//!         SpeechServerEvent::SpeechAudioUpdate(piece) => {
//!             println!("{} bytes", piece.audio()?.len());
//!         }
//!         SpeechServerEvent::SpeechAudioCompleted => break,
//!         _ => {} // Other events, including those that the API adds later.
//!     }
//! }
//! session.close().await
//! # }
//! ```
//!
//! Common tasks have a method of their own: [`ConnectSpeech::synthesize`] speaks a whole text,
//! [`ConnectTranscriptions::transcribe`] transcribes a whole recording, and [`Session::say`] and
//! [`Session::ask`] take one turn of a chat.
//!
//! # The connection
//!
//! Each [`connect`](ConnectChat::connect) requests a fresh token from the client's credentials and
//! sends it in a header, never in the URL. A refused handshake returns the same error as a refused
//! request and is retried by the same policy, which is safe because a handshake has no effect.
//!
//! The connection goes to [`Client::ws_url`]. It uses the TLS library that this crate's features
//! select, the proxies of the environment, and the settings of
//! [`ClientBuilder::ws_http_client`](crate::ClientBuilder::ws_http_client).
//!
//! A Tokio task keeps the connection alive, whatever the program does: after 20 seconds of silence
//! it pings the server, and after 20 more it ends the session with an error
//! ([`is_timeout`](crate::Error::is_timeout)). `with_ping_interval` and `with_ping_timeout` change
//! these times. The task ends with the session.
//!
//! Queues are bounded. [`send`](Sender::send) waits while the queue of outgoing events is full.
//! While the queue of received events is full, the connection is not read, so that back-pressure
//! reaches the server. The exception is one event per ping interval, which shows that the server is
//! alive. Each queue holds up to 32 events (`with_queue`); up to 32 more received events may be
//! buffered to see pongs. An event can be up to 16 MiB long (`with_event_limit`).
//!
//! # The end of a session
//!
//! [`receive`](Session::receive) returns `None` after a good end:
//!
//! - You [`close`](Sender::close) the session, and the server completes the closing handshake or
//!   closes the connection.
//! - The server closes the session with code 1000.
//!
//! It returns an error, and then `None`, after any other end:
//!
//! - The server closes the session with another code, or without a code:
//!   [`is_truncated`](crate::Error::is_truncated), with the
//!   [`close_code`](crate::Error::close_code).
//! - The connection breaks, or ends without a closing handshake:
//!   [`is_truncated`](crate::Error::is_truncated).
//! - The server is silent for too long: [`is_timeout`](crate::Error::is_timeout).
//! - An event is too long: [`is_decode`](crate::Error::is_decode).
//!
//! Events that arrived before the end are received first. When all halves of a session are dropped,
//! the connection is closed at once, and events that are still queued are not sent.
//!
//! An event that cannot be decoded is an error too ([`is_decode`](crate::Error::is_decode)), but
//! the session continues after it. It also continues after `error` and `….failed`, which are events
//! here, unlike in an [`EventStream`](crate::EventStream), which they end. Use
//! [`Received::into_result`] to turn them into errors.
//!
//! # Reconnecting
//!
//! A session is never reconnected automatically: the server does not keep it, and only the program
//! knows which audio is still worth sending. A channel can be connected any number of times:
//!
//! ```no_run
//! # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
//! use coze_api::realtime::ChatServerEvent;
//!
//! let channel = coze.realtime().chat("7342866812345000001");
//! loop {
//!     let mut session = channel.connect().await?;
//!     // A new session does not remember the previous one: configure it again, and continue the
//!     // same conversation by its ID.
//!     let lost = loop {
//!         match session.receive().await {
//!             Some(Ok(received)) => println!("{:?}", received.event),
//!             Some(Err(error)) if error.is_decode() => eprintln!("{error}"),
//!             Some(Err(error)) => break error,
//!             None => return Ok(()),
//!         }
//!     };
//!     eprintln!("reconnecting: {lost}");
//!     tokio::time::sleep(std::time::Duration::from_secs(1)).await;
//! }
//! # }
//! ```

mod audio;
mod command;
mod connect;
mod envelope;
mod exchange;
mod handshake;
mod pump;
mod receiver;
mod sender;
mod sent;
mod session;
mod speech;
mod text;
mod transcribe;
mod turn;
mod typed;
pub mod wav;

pub use crate::generated::realtime::*;
pub(crate) use command::command_union;
pub(crate) use connect::{Connect, channel};
pub use receiver::{EventDetail, Received, Receiver};
pub use sender::Sender;
pub use sent::Sent;
pub use session::Session;
pub use speech::Speech;
pub use transcribe::{LiveTranscription, Pace};
pub use turn::{Turn, TurnEvent, TurnReply};

use crate::client::ClientBuilder;
use crate::wire::client::Client;

/// The channels of the WebSocket API, returned by [`Client::realtime`].
#[doc(alias = "websocket")]
#[doc(alias = "voice")]
#[derive(Clone, Debug)]
pub struct Realtime(Client);

impl Realtime {
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}

impl ClientBuilder {
    /// Sets the HTTP client that opens WebSockets. The default is the one given to
    /// [`http_client`](Self::http_client).
    ///
    /// Build it with `http1_only()`: a WebSocket cannot be opened over HTTP/2, which a client
    /// chooses if the server offers it. If neither client is set, this crate builds a suitable one,
    /// with the proxies of the environment and the same certificates as for other requests.
    pub fn ws_http_client(self, client: reqwest::Client) -> Self {
        self.http1_client(client)
    }
}

impl Client {
    /// Returns the channels of the WebSocket API. See [`realtime`](crate::realtime).
    #[doc(alias = "websockets")]
    pub fn realtime(&self) -> Realtime {
        Realtime(self.clone())
    }
}
