//! The idle timeout: a limit on the time without a byte.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Measures the time that a program waits for bytes. The time in which it handles events does not
/// count.
pub(super) struct Idle {
    limit: Duration,
    since: Option<Instant>,
    /// Created once, and reset only when it fires: a reset for every chunk would cost more than to
    /// read the chunk.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, since: None, timer: None }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Starts over, because bytes have arrived.
    pub(super) fn reset(&mut self) {
        self.since = None;
    }

    /// Becomes ready when the program has waited longer than `limit`.
    pub(super) fn poll(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        // A deadline that the clock cannot hold never passes.
        let Some(deadline) = since.checked_add(limit) else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if timer.deadline() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
    }
}
