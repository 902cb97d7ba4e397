//! Sessions over WebSocket: talking with bots, reading aloud, and transcribing, while it is
//! said.
//!
//! A channel is configured like a request and then connected. A [`Session`] both sends and
//! receives; [`split`](Session::split) makes two halves of it for two tasks.
//!
//! ```no_run
//! # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
//! use coze_api::realtime::{SpeechClientEvent, SpeechServerEvent, TextDelta};
//!
//! let mut session = coze.realtime().speech().connect().await?;
//! session.sender().append_text("The train to Kunming leaves at noon.").await?;
//! session.sender().complete().await?;
//! while let Some(received) = session.receive().await {
//!     match received?.into_result()?.event {
//!         SpeechServerEvent::SpeechAudioUpdate(piece) => println!("{} bytes", piece.audio()?.len()),
//!         SpeechServerEvent::SpeechAudioCompleted => break,
//!         _ => {} // New events never break this program.
//!     }
//! }
//! session.close().await
//! # }
//! ```
//!
//! Where the whole of a task is one thing, there is a method for it:
//! [`ConnectSpeech::synthesize`], [`ConnectTranscriptions::transcribe`], and
//! [`Session::say`] for a turn of a chat.
//!
//! # The connection
//!
//! Every [`connect`](ConnectChat::connect) asks the client's credentials for a fresh token and
//! sends it in a header, never in the address. A refused handshake is the same error as a
//! refused call, and is repeated by the same policy; nothing has been done then.
//!
//! The connection goes to [`Client::ws_url`]. It uses the TLS of this crate's features, the
//! proxies of the environment, and the settings of
//! [`ClientBuilder::ws_http_client`](crate::ClientBuilder::ws_http_client).
//!
//! A task of the Tokio runtime keeps the connection alive, even while the program does
//! something else: after 20 seconds without a sign of the server it sends a ping, and after
//! 20 more the session is over ([`is_timeout`](crate::Error::is_timeout)). Change that by
//! `with_ping_interval` and `with_ping_timeout`. The task ends with the session.
//!
//! Queues are bounded. Whoever sends faster than the network takes waits in
//! [`send`](Sender::send). If the program does not receive, the connection is not read, and
//! the server has to wait. In memory are at most 32 events each way, or as many as
//! `with_queue` says, of at most 16 MiB, or as long as `with_event_limit` says.
//!
//! # How a session ends
//!
//! | what happens | what comes |
//! |---|---|
//! | you [`close`](Sender::close) it, and the server answers or hangs up | `None` |
//! | the server closes it with code 1000 | `None` |
//! | the server closes it with any other code, or without one | an error: [`is_truncated`](crate::Error::is_truncated), with [`close_code`](crate::Error::close_code) |
//! | the connection breaks, or ends without a closing handshake | an error: [`is_truncated`](crate::Error::is_truncated) |
//! | no sign of the server | an error: [`is_timeout`](crate::Error::is_timeout) |
//! | an event is too long | an error: [`is_decode`](crate::Error::is_decode) |
//! | all halves of a session are dropped | the connection is closed at once; what was not sent yet is lost |
//!
//! An event that cannot be decoded is an error too ([`is_decode`](crate::Error::is_decode)), but
//! the session goes on after it. So it does after `error` and `….failed`, which are events here
//! and not errors as in an [`EventStream`](crate::EventStream): there the reply is over with them.
//! [`Received::into_result`] makes errors of them.
//!
//! # Connecting again
//!
//! Nothing is ever connected or sent again by itself: the server does not keep a session, and
//! only the program knows what of its audio is still worth sending. A channel can be connected
//! any number of times:
//!
//! ```no_run
//! # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
//! use coze_api::realtime::ChatServerEvent;
//!
//! let channel = coze.realtime().chat("7379462189365198898");
//! loop {
//!     let mut session = channel.connect().await?;
//!     // A new session knows nothing of the one before: set it up, and go on in the same
//!     // conversation by its id.
//!     let lost = loop {
//!         match session.receive().await {
//!             Some(Ok(received)) => println!("{:?}", received.event),
//!             Some(Err(error)) if error.is_decode() => eprintln!("{error}"),
//!             Some(Err(error)) => break error,
//!             None => return Ok(()),
//!         }
//!     };
//!     eprintln!("connecting again: {lost}");
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
pub use transcribe::{Pace, Transcription};
pub use turn::{Turn, TurnEvent, TurnReply};

use crate::client::ClientBuilder;
use crate::wire::client::Client;

/// The channels of the WebSocket API. Made by [`Client::realtime`].
#[derive(Clone, Debug)]
pub struct Realtime(Client);

impl Realtime {
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}

impl ClientBuilder {
    /// Opens each WebSocket with a client that you configured, by default the one given to
    /// [`http_client`](Self::http_client).
    ///
    /// Build it with `http1_only()`: over HTTP/2, to which a client switches where the server
    /// offers it, there is no WebSocket. By itself this crate builds one like that, with the
    /// proxies of the environment and the certificates that it uses for everything else.
    pub fn ws_http_client(self, client: reqwest::Client) -> Self {
        self.http1_client(client)
    }
}

impl Client {
    /// Sessions over WebSocket: see [`realtime`](crate::realtime).
    pub fn realtime(&self) -> Realtime {
        Realtime(self.clone())
    }
}
