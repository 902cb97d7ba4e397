//! Streams as one reads them: only the text, or all of it in one value.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::base::error::Result;
use crate::wire::stream::EventStream;

/// What the events of a stream come to: a [`ChatReply`](crate::ChatReply) or a
/// [`WorkflowReply`](crate::WorkflowReply).
pub trait Accumulator: Default + sealed::Sealed {
    /// The events.
    type Event;

    /// Takes in an event, and returns the text that is new with it, if there is any.
    #[doc(hidden)]
    fn add(&mut self, event: Self::Event) -> Result<Option<String>>;
}

pub(super) mod sealed {
    #[expect(unnameable_types, reason = "so that nobody else implements it")]
    pub trait Sealed {}
}

/// The text of a stream, piece by piece, made by `text()` of an [`EventStream`].
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::Message;
/// use futures_util::TryStreamExt as _;
///
/// let question = Message::user("Tell me about Kunming.");
/// let chat = coze.chat().create("7348293334459318316", "user-42").message(question);
/// let mut text = chat.stream().await?.text();
/// while let Some(piece) = text.try_next().await? {
///     print!("{piece}");
/// }
/// let reply = text.into_reply();
/// println!("\n[{} tokens]", reply.usage().map_or(0, |usage| usage.token_count));
/// # Ok(()) }
/// ```
///
/// It ends as the stream of events does: with an error that says why, unless all of it has come.
#[must_use = "a stream does nothing unless it is polled"]
pub struct TextStream<R: Accumulator> {
    events: EventStream<R::Event>,
    reply: R,
}

impl<R: Accumulator> TextStream<R> {
    pub(super) fn new(events: EventStream<R::Event>) -> Self {
        Self { events, reply: R::default() }
    }

    /// The reply as far as it has come: also the messages that are no answers, the usage, and more.
    pub fn reply(&self) -> &R {
        &self.reply
    }

    /// The reply as far as it has come. Whole once the stream has ended without an error.
    pub fn into_reply(self) -> R {
        self.reply
    }

    /// The id under which Coze logged the request. Quote it when asking for support.
    pub fn log_id(&self) -> Option<&str> {
        self.events.log_id()
    }

    /// The rest of the stream, in one value together with what has come already.
    pub(super) async fn collect(mut self) -> Result<R> {
        while let Some(piece) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
            piece?;
        }
        Ok(self.reply)
    }
}

impl<R: Accumulator> Unpin for TextStream<R> {}

impl<R: Accumulator> Stream for TextStream<R> {
    type Item = Result<String>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            let Some(event) = ready!(Pin::new(&mut this.events).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            match event.and_then(|event| this.reply.add(event)) {
                Ok(Some(piece)) => return Poll::Ready(Some(Ok(piece))),
                Ok(None) => {}
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

impl<R: Accumulator + fmt::Debug> fmt::Debug for TextStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextStream")
            .field("events", &self.events)
            .field("reply", &self.reply)
            .finish()
    }
}

/// Which of the last messages came in pieces, so that their text is not taken twice. Short: messages come one after
/// the other, seldom two at once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pieces(VecDeque<String>);

impl Pieces {
    pub(super) fn note(&mut self, id: &str) {
        if !self.0.iter().any(|noted| noted == id) {
            self.0.push_back(id.to_owned());
        }
    }

    /// Whether there were any, which is forgotten.
    pub(super) fn take(&mut self, id: &str) -> bool {
        let place = self.0.iter().position(|noted| noted == id);
        place.is_some_and(|place| self.0.remove(place).is_some())
    }
}
