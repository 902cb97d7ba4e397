//! Event streams reduced to their text, or collected into one value.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::surrogate::{PairJoiner, REPLACEMENT};
use crate::base::error::{Error, Result};
use crate::wire::stream::EventStream;

/// A value that the events of a stream add up to: a [`ChatReply`](crate::ChatReply) or a
/// [`WorkflowReply`](crate::WorkflowReply).
///
/// The trait is sealed: it names the types that a [`TextStream`] can collect.
pub trait Accumulator: Clone + Default + Send + Sync + sealed::Sealed + 'static {
    /// The events of the stream.
    type Event;

    /// Adds an event, and returns the text that is new with it, if there is any.
    #[doc(hidden)]
    fn add(&mut self, event: Self::Event) -> Result<Option<String>>;

    /// Returns the ID of the message that an event belongs to, and the text if it is a piece of the
    /// message. The whole message has no text here.
    #[doc(hidden)]
    fn piece(event: &mut Self::Event) -> Option<(&str, Option<&mut String>)>;

    /// Appends text to the last piece of a message.
    #[doc(hidden)]
    fn append(&mut self, id: &str, text: &str);
}

pub(super) mod sealed {
    #[expect(unnameable_types, reason = "so that the trait can be implemented in this crate only")]
    pub trait Sealed {}
}

/// The text of a stream, piece by piece, as `text()` of an [`EventStream`] returns it.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::Message;
///
/// let question = Message::user("Tell me about Kunming.");
/// let chat = coze.chat().create("7348293334459318316", "user-42").message(question);
/// let mut text = chat.stream().await?.text();
/// while let Some(piece) = text.next().await {
///     print!("{}", piece?);
/// }
/// let reply = text.into_reply();
/// println!("\n[{} tokens]", reply.usage().map_or(0, |usage| usage.token_count));
/// # Ok(()) }
/// ```
///
/// The events are collected on the way: [`reply`](Self::reply) returns everything that has arrived.
///
/// Text is returned once, whether it arrives in pieces, as a whole, or in pieces and then as a
/// whole. A UTF-16 surrogate pair that the server split over two pieces is joined; half of a pair
/// without the other half becomes U+FFFD.
///
/// # Errors
///
/// The stream ends as the stream of events does: with an error unless it is complete. The error
/// holds what arrived before it, see [`Error::partial_chat_reply`] and
/// [`Error::partial_workflow_reply`].
#[doc(alias = "delta")]
#[must_use = "a stream does nothing unless it is polled"]
pub struct TextStream<R: Accumulator> {
    events: EventStream<R::Event>,
    reply: R,
    joiner: PairJoiner,
    /// The error to return after the last piece of text.
    error: Option<Error>,
    ended: bool,
}

impl<R: Accumulator> TextStream<R> {
    pub(super) fn new(events: EventStream<R::Event>) -> Self {
        let (reply, joiner) = (R::default(), PairJoiner::default());
        Self { events, reply, joiner, error: None, ended: false }
    }

    /// Returns the next piece of text, or `None` at the end of the stream.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<String>> {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// Returns what has arrived so far: the text, and also messages that are not answers, the token
    /// usage, and more.
    pub fn reply(&self) -> &R {
        &self.reply
    }

    /// Returns what has arrived so far. It is complete once the stream has ended without an error.
    pub fn into_reply(self) -> R {
        self.reply
    }

    /// Returns the ID under which Coze logged the request. Quote it when you contact support.
    pub fn log_id(&self) -> Option<&str> {
        self.events.log_id()
    }

    /// Waits for the end of the stream.
    pub(super) async fn collect(mut self) -> Result<R> {
        while let Some(piece) = self.next().await {
            piece?;
        }
        Ok(self.reply)
    }

    /// Takes in the next event, and returns the new text in it.
    fn add(&mut self, mut event: R::Event) -> Result<Option<String>> {
        match R::piece(&mut event) {
            Some((id, Some(text))) => self.joiner.join(id, text, self.events.last_frame().data()),
            Some((id, None)) => self.joiner.forget(id),
            None => {}
        }
        self.reply.add(event)
    }

    /// Ends the stream, after half of a surrogate pair that is still held back.
    fn end(&mut self, error: Option<Error>) -> Option<Result<String>> {
        self.ended = true;
        let rest = self.joiner.finish().map(|id| self.reply.append(&id, REPLACEMENT));
        let error = error.map(|error| error.with_partial(self.reply.clone()));
        if rest.is_some() {
            self.error = error;
            return Some(Ok(REPLACEMENT.to_owned()));
        }
        error.map(Err)
    }
}

impl<R: Accumulator> Unpin for TextStream<R> {}

impl<R: Accumulator> Stream for TextStream<R> {
    type Item = Result<String>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        while !this.ended {
            let added = match ready!(Pin::new(&mut this.events).poll_next(cx)) {
                Some(event) => event.and_then(|event| this.add(event)),
                None => return Poll::Ready(this.end(None)),
            };
            match added {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(this.end(Some(error))),
            }
        }
        Poll::Ready(this.error.take().map(Err))
    }
}

impl<R: Accumulator + fmt::Debug> fmt::Debug for TextStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextStream")
            .field("events", &self.events)
            .field("reply", &self.reply)
            .finish_non_exhaustive()
    }
}

const _: fn() = || {
    fn check<T: Send + Sync + Unpin + 'static>() {}
    check::<TextStream<super::ChatReply>>();
    check::<TextStream<super::WorkflowReply>>();
};
