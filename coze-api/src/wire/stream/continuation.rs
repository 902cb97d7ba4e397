//! Streams that continue with the events of another request: the one that submits the results of
//! tools, or answers an interrupt.

use std::task::{Context, Poll, ready};

use sync_wrapper::SyncWrapper;

use super::EventStream;
use crate::base::error::{Error, Result};
use crate::base::future::BoxFuture;
use crate::wire::call::Call;

/// Looks at each event, and returns the stream that continues after it, if any. It also gets the
/// call that the stream answers.
pub(crate) type Continue<E> = Box<dyn FnMut(&Call, &E) -> Option<NextStream<E>> + Send>;

/// The future of a stream that replaces the one before.
pub(crate) type NextStream<E> = BoxFuture<'static, Result<EventStream<E>>>;

pub(super) struct Continuation<E> {
    next_of: SyncWrapper<Continue<E>>,
    next: Option<SyncWrapper<NextStream<E>>>,
}

impl<E> EventStream<E> {
    /// Replaces the stream with another one whenever `next_of` returns one.
    ///
    /// The rest of the replaced stream, such as `done`, is dropped.
    pub(crate) fn continued_by(mut self, next_of: Continue<E>) -> Self {
        let next_of = SyncWrapper::new(next_of);
        self.continuation = Some(Box::new(Continuation { next_of, next: None }));
        self
    }

    pub(super) fn poll_continuation(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        loop {
            let waits = self.continuation.as_ref().is_some_and(|f| f.next.is_some());
            if !waits {
                let event = ready!(self.poll_own(cx));
                if let (Some(Ok(event)), Some(continuation)) = (&event, &mut self.continuation) {
                    // Events from another source answer no call that could be continued.
                    let call = self.origin.as_ref();
                    let next = call.and_then(|call| continuation.next_of.get_mut()(call, event));
                    continuation.next = next.map(SyncWrapper::new);
                }
                return Poll::Ready(event);
            }
            // A connection can be used again once it is read to the end.
            while let Poll::Ready(Some(_)) = self.poll_own(cx) {}
            if let Err(error) = ready!(self.poll_next_stream(cx)) {
                self.source = None;
                self.continuation = None;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Takes the place of the old stream once the next one has begun.
    fn poll_next_stream(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(mut continuation) = self.continuation.take() else {
            return Poll::Ready(Ok(()));
        };
        let Some(next) = &mut continuation.next else {
            return Poll::Ready(Err(Error::request("the stream has no continuation")));
        };
        let polled = next.get_mut().as_mut().poll(cx);
        if polled.is_ready() {
            continuation.next = None;
        }
        let polled = polled.map_ok(|stream| {
            let (pings, limit) = (self.pings, self.decoder.limit());
            self.observation.succeed();
            *self = stream;
            self.pings = pings;
            self.decoder.set_limit(limit);
        });
        self.continuation = Some(continuation);
        polled
    }
}
