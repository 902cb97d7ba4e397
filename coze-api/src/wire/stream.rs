//! Replies that come event by event, while the bot or the workflow is at work.

mod continuation;
mod decoder;
mod download;
pub(crate) mod failure;
pub(crate) mod frame;
mod frames;
mod idle;
mod source;
mod union;

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::HeaderMap;

pub(crate) use continuation::NextStream;
pub use download::Download;
pub use frame::Frame;
pub(crate) use source::Source;
pub(crate) use union::{data_of, event_union, serialize_event};

use crate::base::error::{BoxError, Error, Kind, Result};
use crate::base::header::log_id;
use crate::wire::call::Call;
use crate::wire::envelope::Reply;
use continuation::Continuation;
use decoder::Decoder;
use frame::Role;
use idle::Idle;

/// How long to wait for `done` after an event with which a stream may end too.
const GRACE: Duration = Duration::from_secs(1);

/// The events of one operation, such as `ChatEvent`.
///
/// Implement it to stream operations that this crate does not have, by
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
    /// The events with which a stream may end. Without any of them it is
    /// [truncated](Error::is_truncated).
    const ENDS: &'static [&'static str];

    /// Makes sense of an event. Failures (`error`, `Error` and `….failed`) do not come here.
    fn decode(frame: &Frame) -> Result<Self>;
}

/// A stream of events, as the server sends them.
///
/// ```no_run
/// # async fn example<E>(mut events: coze_api::EventStream<E>) -> coze_api::Result<()> {
/// use futures_util::TryStreamExt as _;
///
/// while let Some(event) = events.try_next().await? {
///     // …
/// }
/// # Ok(())
/// # }
/// ```
///
/// It ends with `None` only if it is complete. Otherwise its last item is an error, which holds the
/// [log id](Error::log_id) and the [last event id](Error::last_event_id):
///
/// | what happens | the error |
/// |---|---|
/// | the server reports a failure by an event (`error`, `Error`, `conversation.chat.failed`) | [`is_api`](Error::is_api) with code and message; its data is in [`body`](Error::body) |
/// | the connection ends before the last event | [`is_truncated`](Error::is_truncated) |
/// | no byte comes for 120 seconds, or for the time given to `with_idle_timeout` | [`is_timeout`](Error::is_timeout) |
/// | an event cannot be decoded, or is longer than 16 MiB | [`is_decode`](Error::is_decode) |
///
/// Failures are errors and not events, so that a program that only looks for answers does not take half of one for the
/// whole. There is no overall timeout. Events that this version does not know come as `Unknown`.
///
/// Dropping the stream closes the connection at once. The server may go on with its work still.
#[must_use = "a stream does nothing unless it is polled"]
pub struct EventStream<E> {
    /// Where the bytes come from, until the stream has ended.
    source: Option<Source>,
    decoder: Decoder,
    idle: Option<Idle>,
    /// Functions and lists in place of the trait, so that only one thing depends on the type.
    decode: fn(&Frame) -> Result<E>,
    ends: &'static [&'static str],
    pings: bool,
    progress: Progress,
    reply: Reply,
    operation: Cow<'static, str>,
    /// The request that the stream answers.
    origin: Option<Call>,
    continuation: Option<Box<Continuation<E>>>,
    /// Frames are handed out whatever they mean.
    raw: bool,
}

/// How frames are decoded, and the events with which a stream may end.
type Decoding<E> = (fn(&Frame) -> Result<E>, &'static [&'static str]);

/// How far a stream is.
enum Progress {
    /// Nothing has come.
    Fresh,
    Events,
    /// An event has come with which the stream may end.
    MayEnd,
    /// A JSON text comes in place of events.
    Json(Vec<u8>),
}

impl<E: StreamEvent> EventStream<E> {
    pub(crate) fn new(call: Call, reply: Reply, source: Source) -> Self {
        let idle = Some(Idle::new(call.idle_timeout()));
        let decode = (E::decode as fn(&Frame) -> Result<E>, E::ENDS);
        let stream = Self::build(source, reply, call.operation().clone(), idle, decode);
        Self { origin: Some(call), ..stream }
    }

    /// Decodes events that come from elsewhere: a file, a proxy, a test.
    ///
    /// ```
    /// # use coze_api::{EventStream, Result};
    /// # use coze_api::stream::{Frame, StreamEvent};
    /// # #[derive(Debug, PartialEq)] struct Text(String);
    /// # impl StreamEvent for Text {
    /// #     const ENDS: &'static [&'static str] = &["done"];
    /// #     fn decode(frame: &Frame) -> Result<Self> { Ok(Self(frame.text())) }
    /// # }
    /// use futures_util::{TryStreamExt as _, stream};
    ///
    /// # futures_util::FutureExt::now_or_never(async {
    /// let chunks = stream::iter(["event: a\nda", "ta: Hello\n\nevent: done\ndata: {}\n\n"]);
    /// let chunks = chunks.map(|chunk| Ok::<_, std::io::Error>(chunk));
    /// let mut events: EventStream<Text> = EventStream::from_chunks(chunks);
    /// assert_eq!(events.try_next().await?, Some(Text("Hello".into())));
    /// # Ok::<(), coze_api::Error>(())
    /// # }).expect("ready").expect("valid");
    /// # use futures_util::StreamExt as _;
    /// ```
    ///
    /// There is no idle timeout.
    pub fn from_chunks<S, B, X>(chunks: S) -> Self
    where
        S: Stream<Item = Result<B, X>> + Send + 'static,
        B: Into<Bytes> + 'static,
        X: Into<BoxError> + 'static,
    {
        let decode = (E::decode as fn(&Frame) -> Result<E>, E::ENDS);
        Self::build(Source::new(chunks), Reply::none(), Cow::Borrowed(""), None, decode)
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
            progress: Progress::Fresh,
            reply,
            operation,
            origin: None,
            continuation: None,
            raw: false,
        }
    }
}

impl<E> EventStream<E> {
    /// Hands out the events `PING` too, by which the server says that it is alive. They come as `Unknown`.
    pub fn with_pings(mut self) -> Self {
        self.pings = true;
        self
    }

    /// How long an event may be, in bytes. 16 MiB by default.
    pub fn with_event_limit(mut self, bytes: usize) -> Self {
        self.decoder.set_limit(bytes);
        self
    }

    /// The HTTP status of the response; 200 for events that come from elsewhere.
    pub fn status(&self) -> u16 {
        self.reply.status.as_u16()
    }

    /// The HTTP headers of the response; none for events that come from elsewhere.
    pub fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    /// The id under which Coze logged the request. Quote it when asking for support.
    pub fn log_id(&self) -> Option<&str> {
        log_id(&self.reply.headers)
    }

    /// The id of the last event, if the server numbers them. Workflows count from 0.
    pub fn last_event_id(&self) -> Option<&str> {
        std::str::from_utf8(self.decoder.last_id()).ok().filter(|id| !id.is_empty())
    }

    /// The data of the last event, as it came.
    pub(crate) fn data(&self) -> &[u8] {
        self.decoder.frame().data()
    }

    /// Makes an event of the next frame that is worth one. Pending if that needs more bytes.
    #[inline]
    fn next_event(&mut self) -> Poll<Option<Result<E>>> {
        loop {
            let frame = match self.decoder.next() {
                Ok(Some(frame)) => frame,
                Ok(None) => return Poll::Pending,
                Err(e) => return self.fail(Error::new(Kind::Decode(e.to_string()))),
            };
            let (name, role) = (frame.name(), Role::of(frame.name()));
            if self.raw {
                if role == Role::Done {
                    self.progress = Progress::MayEnd;
                }
                return Poll::Ready(Some((self.decode)(frame)));
            }
            let may_end = self.ends.iter().any(|end| end.as_bytes() == name);
            if role == Role::Failure {
                let failure = failure::of_event(frame, &self.reply);
                return self.fail(failure);
            }
            if (role == Role::Ping && !self.pings) || !(frame.has_data() || may_end) {
                continue;
            }
            let event = (self.decode)(frame);
            if may_end && role == Role::Done {
                self.source = None;
            } else if may_end {
                self.progress = Progress::MayEnd;
            }
            return match event {
                Err(error) => self.fail(error),
                good => Poll::Ready(Some(good)),
            };
        }
    }

    /// Takes in what has come, and returns whether there may be an event in it.
    #[inline]
    fn feed(&mut self, chunk: Bytes) -> Result<bool> {
        if let Some(idle) = &mut self.idle {
            idle.heard();
        }
        if matches!(self.progress, Progress::Fresh) && !chunk.is_empty() {
            // No line of an event stream begins like this, so it would pass in silence.
            let json = !self.raw && chunk.trim_ascii_start().first() == Some(&b'{');
            self.progress = if json { Progress::Json(Vec::new()) } else { Progress::Events };
        }
        match &mut self.progress {
            Progress::Json(text) if text.len() + chunk.len() > failure::JSON_LIMIT => {
                Err(Error::new(Kind::Decode("the reply is no event stream".into())))
            }
            Progress::Json(text) => {
                text.extend_from_slice(&chunk);
                Ok(false)
            }
            _ => Ok(self.decoder.feed(chunk)),
        }
    }

    /// What it means that no more bytes come.
    fn cut(&mut self, source: Option<BoxError>) -> Poll<Option<Result<E>>> {
        let error = match &mut self.progress {
            Progress::MayEnd => {
                self.source = None;
                return Poll::Ready(None);
            }
            // No event is known with which raw frames have to end.
            _ if self.raw && source.is_none() => {
                self.source = None;
                return Poll::Ready(None);
            }
            Progress::Json(text) => {
                self.reply.body = std::mem::take(text).into();
                self.reply.instead_of_events()
            }
            Progress::Fresh | Progress::Events => {
                let what = "the stream ended before its last event";
                Error::new(Kind::Truncated(what.into())).with_retry_after(self.decoder.retry())
            }
        };
        let error = match source {
            Some(source) => error.with_source(source),
            None => error,
        };
        self.fail(error)
    }

    /// Closes the connection, and adds to the error what is known.
    #[cold]
    fn fail(&mut self, error: Error) -> Poll<Option<Result<E>>> {
        self.source = None;
        let answered = !self.operation.is_empty();
        let error = if answered { error.with_status(self.reply.status.as_u16()) } else { error };
        let error = error
            .with_log_id(self.log_id().map(str::to_owned))
            .with_last_event_id(self.last_event_id().map(str::to_owned));
        Poll::Ready(Some(Err(error.with_operation(self.operation.clone()))))
    }

    fn poll_silence(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        let Some(idle) = &mut self.idle else { return Poll::Pending };
        let may_end = matches!(self.progress, Progress::MayEnd);
        let limit = if may_end { idle.limit().min(GRACE) } else { idle.limit() };
        std::task::ready!(idle.poll(limit, cx));
        if may_end {
            return self.cut(None);
        }
        self.fail(Error::new(Kind::Silence(limit)))
    }
}

impl<E> EventStream<E> {
    /// The next event of this stream itself, whatever may follow it.
    #[inline]
    fn poll_own(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        if self.source.is_none() {
            return Poll::Ready(None);
        }
        let mut fed = !self.decoder.is_used_up();
        loop {
            if fed {
                let event = self.next_event();
                if event.is_ready() {
                    return event;
                }
            }
            let Some(source) = &mut self.source else { return Poll::Ready(None) };
            match source.poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => match self.feed(chunk) {
                    Ok(any) => fed = any,
                    Err(error) => return self.fail(error),
                },
                Poll::Ready(Some(Err(error))) => {
                    return self.cut(Some(error));
                }
                Poll::Ready(None) => return self.cut(None),
                Poll::Pending => return self.poll_silence(cx),
            }
        }
    }
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
