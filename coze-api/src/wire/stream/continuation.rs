//! Streams that go on as another one: after tools have run, or an interrupt was answered.

use std::task::{Context, Poll, ready};

use super::EventStream;
use crate::base::error::{Error, Result};
use crate::base::future::BoxFuture;
use crate::wire::call::Call;

/// Looks at each event and says what goes on after it, if anything does. It gets the call that the stream answers.
pub(crate) type Continue<E> = Box<dyn FnMut(&Call, &E) -> Option<NextStream<E>> + Send>;

/// The stream that takes the place of the one before.
pub(crate) type NextStream<E> = BoxFuture<'static, Result<EventStream<E>>>;

pub(super) struct Continuation<E> {
    next_of: Continue<E>,
    next: Option<NextStream<E>>,
}

impl<E> EventStream<E> {
    /// Lets another stream take the place of this one, as often as `next_of` returns one.
    ///
    /// What this one still sends after the event in question, such as `done`, is left out.
    pub(crate) fn continued_by(mut self, next_of: Continue<E>) -> Self {
        self.continuation = Some(Box::new(Continuation { next_of, next: None }));
        self
    }

    pub(super) fn poll_continuation(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        loop {
            let waits = self.continuation.as_ref().is_some_and(|f| f.next.is_some());
            if !waits {
                let event = ready!(self.poll_own(cx));
                if let (Some(Ok(event)), Some(continuation)) = (&event, &mut self.continuation) {
                    // Events that come from elsewhere than a call have nothing to go on with.
                    let call = self.origin.as_ref();
                    continuation.next = call.and_then(|call| (continuation.next_of)(call, event));
                }
                return Poll::Ready(event);
            }
            // Read to its end, a connection serves again.
            while let Poll::Ready(Some(_)) = self.poll_own(cx) {}
            if let Err(error) = ready!(self.poll_next_stream(cx)) {
                self.source = None;
                self.continuation = None;
                return Poll::Ready(Some(Err(error)));
            }
        }
    }

    /// Takes over the next stream once it is there.
    fn poll_next_stream(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Some(mut continuation) = self.continuation.take() else {
            return Poll::Ready(Ok(()));
        };
        let Some(next) = &mut continuation.next else {
            return Poll::Ready(Err(Error::request("there is no stream to go on with")));
        };
        let polled = next.as_mut().poll(cx);
        if polled.is_ready() {
            continuation.next = None;
        }
        let polled = polled.map_ok(|stream| {
            let (pings, limit) = (self.pings, self.decoder.limit());
            *self = stream;
            self.pings = pings;
            self.decoder.set_limit(limit);
        });
        self.continuation = Some(continuation);
        polled
    }
}
