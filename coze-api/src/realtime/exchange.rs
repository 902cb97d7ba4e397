//! Sends a request while its result arrives. Neither waits for the other, or a server that responds
//! before it has received everything would wait forever.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::stream::try_unfold;
use sync_wrapper::SyncWrapper;

use super::pump::lost;
use super::receiver::{Received, Receiver};
use crate::base::error::Result;
use crate::base::future::BoxFuture;

/// The task of sending, until it is complete.
pub(super) type Sending = Option<Task>;

type Task = SyncWrapper<BoxFuture<'static, Result<()>>>;

/// Returns a task of sending.
pub(super) fn task(future: impl Future<Output = Result<()>> + Send + 'static) -> Task {
    SyncWrapper::new(Box::pin(future))
}

/// Sends and receives. Returns the next event of the result, or an error if the session has ended.
///
/// An event that reports a failure is an error here, and so is one that cannot be decoded, because
/// the result would be incomplete without it.
pub(super) fn poll_exchange<S>(
    sending: &mut Sending,
    receiver: &mut Receiver<S>,
    cx: &mut Context<'_>,
) -> Poll<Result<Received<S>>> {
    if let Some(future) = sending
        && let Poll::Ready(sent) = future.get_mut().as_mut().poll(cx)
    {
        *sending = None;
        // If the session is over, the receiver returns the reason, after the events before it.
        if let Err(error) = sent.or_else(|e| if e.is_upload() { Err(e) } else { Ok(()) }) {
            return Poll::Ready(Err(error));
        }
    }
    receiver.poll_receive(cx).map(|event| match event {
        Some(event) => event.and_then(Received::into_result),
        None => Err(lost("the session ended before the result was complete")),
    })
}

/// A session that is used for one exchange, and ends with it.
pub(super) struct Exchange<S> {
    pub(super) sending: Sending,
    pub(super) receiver: Receiver<S>,
}

/// The result of an exchange, item by item. The wrapper makes it `Sync` for free, because it is
/// polled through `&mut`.
pub(super) struct Items<T>(SyncWrapper<Pin<Box<dyn Stream<Item = Result<T>> + Send>>>);

impl<T> Items<T> {
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.0.get_mut().as_mut().poll_next(cx)
    }
}

/// The contribution of an event to the result of an exchange.
pub(super) enum Part<T> {
    Item(Result<T>),
    Ignored,
    End,
}

enum Stage<S> {
    Connecting(BoxFuture<'static, Result<Exchange<S>>>),
    Running(Box<Exchange<S>>),
}

/// Returns the items that `take` makes of the events of an exchange, which starts when the stream
/// is first polled.
pub(super) fn items<S: Send + 'static, T: 'static>(
    start: BoxFuture<'static, Result<Exchange<S>>>,
    take: fn(S) -> Part<T>,
) -> Items<T> {
    let items = try_unfold(Stage::Connecting(start), move |stage| async move {
        let mut exchange = match stage {
            Stage::Connecting(start) => Box::new(start.await?),
            Stage::Running(exchange) => exchange,
        };
        loop {
            match take(exchange.receive().await?.event) {
                Part::Item(item) => return Ok(Some((item?, Stage::Running(exchange)))),
                Part::Ignored => {}
                Part::End => return Ok(None),
            }
        }
    });
    Items(SyncWrapper::new(Box::pin(items)))
}

impl<S> Exchange<S> {
    /// Returns the next event of the result.
    async fn receive(&mut self) -> Result<Received<S>> {
        let Self { sending, receiver } = self;
        std::future::poll_fn(|cx| poll_exchange(sending, receiver, cx)).await
    }
}
