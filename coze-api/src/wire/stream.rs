//! Event streams: responses that arrive event by event while the bot or the workflow runs.
//!
//! [`EventStream`] is what the `stream()` methods return. [`StreamEvent`] and [`Frame`] serve
//! programs that stream operations of their own.
//!
//! | to get | use |
//! |---|---|
//! | events, one by one | [`EventStream::next`], or the methods of `TryStreamExt` |
//! | the text while it arrives | `text()` of a stream of chat or workflow events |
//! | the complete reply | `collect_reply()` |
//! | frames exactly as they arrive | [`EventStream::into_frames`], [`RawCall::frames`] |
//! | events from elsewhere, such as a file | [`EventStream::from_chunks`] |
//!
//! Memory does not grow with the length of a stream: an event is decoded from the bytes as they
//! arrive. An event can be up to 16 MiB long ([`with_event_limit`](EventStream::with_event_limit)).
//! A stream that is silent for 120 seconds ends with an error. A stream is not resumed after an
//! error; the error keeps what has arrived.
//!
//! [`RawCall::frames`]: crate::RawCall::frames

mod continuation;
mod decoder;
mod download;
mod event;
pub(crate) mod failure;
pub(crate) mod frame;
mod frames;
mod idle;
mod read;
mod source;
mod union;

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use reqwest::Response;

pub(crate) use continuation::NextStream;
pub use download::Download;
pub use event::Event;
#[allow(unused_imports, reason = "the events that have codes belong to a feature")]
pub(crate) use failure::check_code;
pub use frame::Frame;
use source::Source;
pub(crate) use union::{WrittenEvent, data_of, event_union, serialize_event};

use crate::base::error::{BoxError, Result};
use crate::base::header::log_id;
use crate::wire::call::Call;
use crate::wire::envelope::Reply;
use crate::wire::observation::Observation;
use crate::wire::transport::Open;
use continuation::Continuation;
use decoder::Decoder;
use idle::Idle;

/// The time that a stream may be silent after an event that may be its last. It may still send
/// `done`.
const GRACE: Duration = Duration::from_secs(1);

/// The events of one operation, such as [`ChatEvent`](crate::ChatEvent).
///
/// Implement it to stream operations that this crate does not have with
/// [`RawCall::stream`](crate::RawCall::stream):
///
/// ```
/// use coze_api::Result;
/// use coze_api::stream::{Frame, StreamEvent};
///
/// struct Raw { event: String, data: String }
///
/// impl StreamEvent for Raw {
///     const ENDS: &'static [&'static str] = &["done"];
///
///     fn decode(frame: &Frame) -> Result<Self> {
///         Ok(Self { event: frame.event().to_owned(), data: frame.text() })
///     }
/// }
/// ```
pub trait StreamEvent: Sized {
    /// The names of the events with which a stream may end. A stream that ends without one of them
    /// is [truncated](crate::Error::is_truncated).
    ///
    /// The server may write them in another case, and send `done` as `data: [DONE]` without a name.
    const ENDS: &'static [&'static str];

    /// The member of the data that has the name of the event, if the names of frames are not those
    /// of events.
    const TAG: Option<&'static str> = None;

    /// Decodes an event.
    ///
    /// Events that report a failure (`error`, `….failed`) are not passed to this function: they
    /// become errors of the stream. A name that matches one in [`ENDS`](Self::ENDS) is passed in
    /// the spelling of `ENDS`.
    ///
    /// # Errors
    ///
    /// An error ends the stream. If the event has no data, the error is ignored and the event is
    /// skipped.
    fn decode(frame: &Frame) -> Result<Self>;
}

/// A stream of typed events, returned by `stream()`.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::{ChatEvent, Message};
///
/// let chat = coze.chat().create("7348293334459318316", "user-42");
/// let mut events = chat.message(Message::user("Tell me about Kunming.")).stream().await?;
/// while let Some(event) = events.next().await {
///     match event? {
///         ChatEvent::MessageDelta(message) => print!("{}", message.content),
///         ChatEvent::Completed(chat) => println!("\n[{}]", chat.status),
///         _ => {}
///     }
/// }
/// # Ok(()) }
/// ```
///
/// For the text alone, `text()` is shorter; `collect_reply()` waits for the whole reply. The type
/// is also a [`Stream`], so the methods of `StreamExt` and `TryStreamExt` work.
///
/// Events that this version does not know are returned as `Unknown`, with their data. There is no
/// overall timeout unless the request has a deadline (`with_deadline`). Dropping the stream closes
/// the connection at once; the server may go on with its work.
///
/// # Errors
///
/// The stream ends with `None` only if it is complete. Otherwise its last item is an error, which
/// has the [log ID](crate::Error::log_id) and the [last event ID](crate::Error::last_event_id):
///
/// - The server reports a failure by an event (`error`, `Error`, `conversation.chat.failed`):
///   [`is_api`](crate::Error::is_api) is true. The error has the code and the message, and the data
///   of the event in [`body`](crate::Error::body). Failures are errors rather than events, so that
///   a program that reads only answers cannot mistake a partial answer for a complete one.
/// - The body ends, or the connection breaks, before the last event:
///   [`is_truncated`](crate::Error::is_truncated). If the body ends cleanly, the last event counts
///   even without the empty line that should follow it.
/// - No byte arrives for 120 seconds, or for the time given to `with_idle_timeout`:
///   [`is_timeout`](crate::Error::is_timeout).
/// - An event cannot be decoded, or is longer than the [limit](Self::with_event_limit):
///   [`is_decode`](crate::Error::is_decode).
#[doc(alias = "SSE")]
#[doc(alias = "server-sent events")]
#[doc(alias = "streaming")]
#[doc(alias = "流式")]
#[must_use = "a stream does nothing unless it is polled"]
pub struct EventStream<E> {
    /// The bytes. `None` once the stream has ended.
    source: Option<Source>,
    decoder: Decoder,
    idle: Option<Idle>,
    /// A function and a list in place of the trait, so that nothing else depends on the type.
    decode: fn(&Frame) -> Result<E>,
    ends: &'static [&'static str],
    pings: bool,
    progress: Progress,
    reply: Reply,
    operation: Cow<'static, str>,
    /// The request that the stream answers.
    origin: Option<Call>,
    continuation: Option<Box<Continuation<E>>>,
    /// Frames are returned whatever they mean.
    raw: bool,
    /// The record of the call, which ends with the stream.
    observation: Observation,
}

/// The function that decodes frames, and the events with which a stream may end.
type Decoding<E> = (fn(&Frame) -> Result<E>, &'static [&'static str]);

/// The state of a stream.
enum Progress {
    /// Nothing but white space has arrived, which may begin a body of either kind.
    Fresh(Vec<u8>),
    Events,
    /// The last event may be the end of the stream.
    MayEnd,
    /// The body is JSON in place of events.
    Json(Vec<u8>),
}

impl<E: StreamEvent> EventStream<E> {
    pub(crate) fn new(mut call: Call, opened: Open<Response>) -> Self {
        let idle = Some(Idle::new(&call));
        let decode = (E::decode as fn(&Frame) -> Result<E>, E::ENDS);
        let Open { mut reply, rest, observation } = opened;
        shrink(&mut call, &mut reply);
        let operation = call.operation().clone();
        let mut stream = Self::build(Source::of(rest), reply, operation, idle, decode);
        stream.decoder.set_tag(E::TAG);
        Self { origin: Some(call), observation, ..stream }
    }

    /// Decodes events from another source: a file, a proxy, a test.
    ///
    /// ```
    /// # use coze_api::{EventStream, Result};
    /// # use coze_api::stream::{Frame, StreamEvent};
    /// # #[derive(Debug, PartialEq)] struct Text(String);
    /// # impl StreamEvent for Text {
    /// #     const ENDS: &'static [&'static str] = &["done"];
    /// #     fn decode(frame: &Frame) -> Result<Self> { Ok(Self(frame.text())) }
    /// # }
    /// use futures_util::{StreamExt as _, TryStreamExt as _, stream};
    ///
    /// # futures_util::FutureExt::now_or_never(async {
    /// let chunks = stream::iter(["event: a\nda", "ta: Hello\n\nevent: done\ndata: {}\n\n"]);
    /// let chunks = chunks.map(|chunk| Ok::<_, std::io::Error>(chunk));
    /// let mut events: EventStream<Text> = EventStream::from_chunks(chunks);
    /// assert_eq!(events.try_next().await?, Some(Text("Hello".into())));
    /// # Ok::<(), coze_api::Error>(())
    /// # }).expect("ready").expect("valid");
    /// ```
    ///
    /// The chunks are pieces of an event stream, cut anywhere. An error from `chunks` is treated as
    /// a broken connection. Silence does not end the stream.
    pub fn from_chunks<S, B, X>(chunks: S) -> Self
    where
        S: Stream<Item = Result<B, X>> + Send + 'static,
        B: Into<Bytes> + 'static,
        X: Into<BoxError> + 'static,
    {
        let decode = (E::decode as fn(&Frame) -> Result<E>, E::ENDS);
        let mut stream =
            Self::build(Source::new(chunks), Reply::none(), Cow::Borrowed(""), None, decode);
        stream.decoder.set_tag(E::TAG);
        stream
    }
}

impl<E> EventStream<E> {
    fn build(
        source: Source,
        reply: Reply,
        operation: Cow<'static, str>,
        idle: Option<Idle>,
        (decode, ends): Decoding<E>,
    ) -> Self {
        Self {
            source: Some(source),
            decoder: Decoder::new(Some(reply.token.clone())),
            idle,
            decode,
            ends,
            pings: false,
            progress: Progress::Fresh(Vec::new()),
            reply,
            operation,
            origin: None,
            continuation: None,
            raw: false,
            observation: Observation::default(),
        }
    }
}

impl<E> EventStream<E> {
    /// Returns the next event, or `None` at the end of the stream.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<E>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Returns `PING` events too, which the server sends to show that it is alive. By default they
    /// are skipped.
    ///
    /// Types without a variant for them return them as `Unknown`.
    #[doc(alias = "keep-alive")]
    #[doc(alias = "heartbeat")]
    pub fn with_pings(mut self) -> Self {
        self.pings = true;
        self
    }

    /// Sets the maximum length of an event in bytes. The default is 16 MiB.
    ///
    /// A longer event is an error for which [`is_decode`](crate::Error::is_decode) is true, so that
    /// a server cannot fill the memory.
    pub fn with_event_limit(mut self, bytes: usize) -> Self {
        self.decoder.set_limit(bytes);
        self
    }

    /// Returns the HTTP status of the response; 200 for events from another source.
    ///
    /// It is 200 for every stream of the API that has begun.
    pub fn status(&self) -> StatusCode {
        self.reply.status
    }

    /// Returns the HTTP headers of the response; none for events from another source.
    pub fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    /// Returns the number of attempts until the stream began; 0 for events from another source.
    pub fn attempts(&self) -> u32 {
        self.reply.attempts
    }

    /// Returns the ID under which Coze logged the request. Quote it when you contact support.
    pub fn log_id(&self) -> Option<&str> {
        log_id(&self.reply.headers)
    }

    /// Returns the ID of the last event, if the server numbers them. Workflows count from 0.
    ///
    /// An error of the stream has it too.
    pub fn last_event_id(&self) -> Option<&str> {
        std::str::from_utf8(self.decoder.last_id()).ok().filter(|id| !id.is_empty())
    }

    /// Returns the last event as the server sent it, with the members that this crate does not
    /// know. It is empty before the first event, and while the next one is awaited.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// # let call = coze.chat().create("7348293334459318316", "user-42");
    /// let mut events = call.stream().await?;
    /// while let Some(event) = events.next().await {
    ///     println!("{}: {}", event?.name(), events.last_frame().text());
    /// }
    /// # Ok(()) }
    /// ```
    #[doc(alias = "raw")]
    pub fn last_frame(&self) -> &Frame {
        self.decoder.frame()
    }
}

/// Frees the memory that a stream does not need while it lasts: a program may hold many.
fn shrink(call: &mut Call, reply: &mut Reply) {
    call.release_body();
    // The HTTP client reads the headers into the map of the request, which has room for more.
    let headers = std::mem::take(&mut reply.headers);
    reply.headers.extend(headers);
}

impl<E> Stream for EventStream<E> {
    type Item = Result<E>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.continuation.is_some() { this.poll_continuation(cx) } else { this.poll_own(cx) }
    }
}

impl<E> fmt::Debug for EventStream<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("operation", &self.operation)
            .field("log_id", &self.log_id())
            .field("last_event_id", &self.last_event_id())
            .field("ended", &self.source.is_none())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
