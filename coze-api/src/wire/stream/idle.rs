//! The time that passes without a byte.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Counts from when bytes are waited for; what the program does with events takes as long as it likes.
pub(super) struct Idle {
    limit: Duration,
    since: Option<Instant>,
    /// Made once and moved only when it rings: moving it with every chunk would cost more than reading that.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Idle {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, since: None, alarm: None }
    }

    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// Takes note that bytes have come.
    pub(super) fn heard(&mut self) {
        self.since = None;
    }

    /// Ready when bytes have been waited for longer than `limit`.
    pub(super) fn poll(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        // A time that the clock cannot hold never comes.
        let Some(deadline) = since.checked_add(limit) else { return Poll::Pending };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if alarm.deadline() > deadline {
            alarm.as_mut().reset(deadline);
        }
        loop {
            ready!(alarm.as_mut().poll(cx));
            if alarm.deadline() >= deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
    }
}
