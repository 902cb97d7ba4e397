//! Sending one thing while its answer comes: neither waits for the other, or a server that
//! answers before it has heard everything would wait for ever.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::try_unfold;

use super::pump::lost;
use super::receiver::{Received, Receiver};
use crate::base::error::Result;
use crate::base::future::BoxFuture;

/// What is still to be sent.
pub(super) type Sending = Option<BoxFuture<'static, Result<()>>>;

/// Sends and receives; gives the next event of the answer, or an error if there is none.
///
/// An event that reports a failure is an error here, and so is one that cannot be decoded: an
/// answer with a hole is none.
pub(super) fn poll_exchange<S>(
    sending: &mut Sending,
    receiver: &mut Receiver<S>,
    cx: &mut Context<'_>,
) -> Poll<Result<Received<S>>> {
    if let Some(future) = sending
        && let Poll::Ready(sent) = future.as_mut().poll(cx)
    {
        *sending = None;
        // If the session is over, the receiver knows why, and what came before.
        if let Err(error) = sent.or_else(|e| if e.is_upload() { Err(e) } else { Ok(()) }) {
            return Poll::Ready(Err(error));
        }
    }
    receiver.poll_receive(cx).map(|event| match event {
        Some(event) => event.and_then(Received::into_result),
        None => Err(lost("the session ended before the answer was complete")),
    })
}

/// A session that serves one exchange, and ends with it.
pub(super) struct Exchange<S> {
    pub(super) sending: Sending,
    pub(super) receiver: Receiver<S>,
}

/// The answer of an exchange.
pub(super) type Answer<T> = Pin<Box<dyn Stream<Item = Result<T>> + Send>>;

/// What an event is to an answer.
pub(super) enum Part<T> {
    Item(Result<T>),
    Nothing,
    End,
}

enum Stage<S> {
    Starting(BoxFuture<'static, Result<Exchange<S>>>),
    Going(Box<Exchange<S>>),
}

/// The items that `take` makes of the events of an exchange, which starts when the stream is
/// polled first.
pub(super) fn answer<S: Send + 'static, T: 'static>(
    start: BoxFuture<'static, Result<Exchange<S>>>,
    take: fn(S) -> Part<T>,
) -> Answer<T> {
    Box::pin(try_unfold(Stage::Starting(start), move |stage| async move {
        let mut exchange = match stage {
            Stage::Starting(start) => Box::new(start.await?),
            Stage::Going(exchange) => exchange,
        };
        loop {
            match take(exchange.receive().await?.event) {
                Part::Item(item) => return Ok(Some((item?, Stage::Going(exchange)))),
                Part::Nothing => {}
                Part::End => return Ok(None),
            }
        }
    }))
}

impl<S> Exchange<S> {
    /// The next event of the answer.
    async fn receive(&mut self) -> Result<Received<S>> {
        let Self { sending, receiver } = self;
        std::future::poll_fn(|cx| poll_exchange(sending, receiver, cx)).await
    }
}
