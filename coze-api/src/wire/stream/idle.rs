//! The limits on the time of a stream: without a byte, and as a whole.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::base::error::{Error, Kind, Result};
use crate::base::runtime::sleep_until;
use crate::wire::call::{Call, Deadline};

/// Measures the time that a program waits for bytes. The time in which it handles events does not
/// count.
pub(super) struct Idle {
    limit: Duration,
    since: Option<Instant>,
    deadline: Option<Deadline>,
    /// Created once, and reset only when it fires: a reset for every chunk would cost more than to
    /// read the chunk.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    pub(super) fn new(call: &Call) -> Self {
        let deadline = call.deadline();
        Self { limit: call.idle_timeout(), since: None, deadline, timer: None }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Starts over, because bytes have arrived.
    pub(super) fn reset(&mut self) {
        self.since = None;
    }

    /// Becomes ready with the error of the stream when the program has waited longer than `limit`,
    /// or past the deadline of the call.
    pub(super) fn poll(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<Error> {
        match ready!(self.poll_timer(limit, cx)) {
            Err(error) => Poll::Ready(error),
            Ok(()) => Poll::Ready(Error::from_kind(match self.deadline {
                Some(deadline) if deadline.has_passed() => {
                    Kind::Unfinished(format!("no end within {:?}", deadline.limit()))
                }
                _ => Kind::Silence(limit),
            })),
        }
    }

    fn poll_timer(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let since = *self.since.get_or_insert_with(Instant::now);
        // A time that the clock cannot hold never comes.
        let end = self.deadline.and_then(Deadline::end);
        let Some(end) = since.checked_add(limit).into_iter().chain(end).min() else {
            return Poll::Pending;
        };
        let timer = match &mut self.timer {
            Some(timer) => timer,
            None => self.timer.insert(Box::pin(sleep_until(end)?)),
        };
        if timer.deadline() > end {
            timer.as_mut().reset(end);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= end {
                return Poll::Ready(Ok(()));
            }
            timer.as_mut().reset(end);
        }
    }
}
