//! The limits on the time of a stream: without a byte, and as a whole.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep};

use crate::base::error::{Error, Kind};
use crate::base::runtime::sleep_until;
use crate::wire::call::{Call, Deadline};

/// The timer of a stream that is busy fires this often within its limit.
const TICKS: u32 = 16;

/// Measures the time that a program waits for bytes. The time in which it handles events does not
/// count.
///
/// Most waits are short, and to read the clock and set a timer for each would cost more than to
/// read the chunk that ends it. So only ticks of a timer tell how long a wait has lasted: a limit
/// takes effect up to a sixteenth late. A wait that lasts longer than a tick is timed exactly.
pub(super) struct Idle {
    limit: Duration,
    /// The latest time at which the wait began. `None` if it began since the timer was set.
    since: Option<Instant>,
    deadline: Option<Deadline>,
    timer: Option<Timer>,
}

/// A timer that was polled.
struct Timer {
    sleep: Pin<Box<Sleep>>,
    /// The task that the timer wakes.
    waker: Waker,
    /// The limit for which it was set.
    limit: Duration,
    /// It fires within a tick, and not only at the end of a wait.
    is_tick: bool,
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
    #[inline]
    pub(super) fn reset(&mut self) {
        self.since = None;
    }

    /// Becomes ready with the error of the stream when the program has waited longer than `limit`,
    /// or past the deadline of the call.
    #[inline]
    pub(super) fn poll(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<Error> {
        let is_set = self.timer.as_ref().is_some_and(|timer| {
            (timer.is_tick || self.since.is_some())
                && timer.limit == limit
                && timer.waker.will_wake(cx.waker())
                && !timer.sleep.is_elapsed()
        });
        if is_set { Poll::Pending } else { self.poll_timer(limit, cx) }
    }

    fn poll_timer(&mut self, limit: Duration, cx: &mut Context<'_>) -> Poll<Error> {
        loop {
            let now = Instant::now();
            let is_tick = self.since.is_none();
            let since = *self.since.get_or_insert(now);
            // A time that the clock cannot hold never comes.
            let deadline = self.deadline.and_then(Deadline::end);
            let Some(end) = since.checked_add(limit).into_iter().chain(deadline).min() else {
                return Poll::Pending;
            };
            if end <= now {
                return Poll::Ready(self.error(limit));
            }
            let tick = now.checked_add(limit / TICKS).filter(|_| is_tick);
            let at = tick.map_or(end, |tick| tick.min(end));
            let mut sleep = match self.timer.take() {
                Some(Timer { mut sleep, .. }) => {
                    sleep.as_mut().reset(at);
                    sleep
                }
                None => match sleep_until(at) {
                    Ok(sleep) => Box::pin(sleep),
                    Err(error) => return Poll::Ready(error),
                },
            };
            let fired = sleep.as_mut().poll(cx).is_ready();
            self.timer = Some(Timer { sleep, waker: cx.waker().clone(), limit, is_tick });
            if !fired {
                return Poll::Pending;
            }
        }
    }

    #[cold]
    fn error(&self, limit: Duration) -> Error {
        Error::from_kind(match self.deadline {
            Some(deadline) if deadline.has_passed() => {
                Kind::Unfinished(format!("no end within {:?}", deadline.limit()))
            }
            _ => Kind::Silence(limit),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::testing::call;

    const LIMIT: Duration = Duration::from_secs(1600);

    async fn poll(idle: &mut Idle, limit: Duration) -> Poll<Error> {
        poll_fn(|cx| Poll::Ready(idle.poll(limit, cx))).await
    }

    fn set_to(idle: &Idle) -> Instant {
        idle.timer.as_ref().expect("a timer").sleep.deadline()
    }

    #[tokio::test]
    async fn a_busy_stream_leaves_the_timer_alone() {
        let mut idle = Idle::new(&call());
        assert!(poll(&mut idle, LIMIT).await.is_pending());
        let tick = set_to(&idle);
        assert!(tick <= Instant::now() + LIMIT / TICKS, "a wait is noticed a tick late");
        for _ in 0..3 {
            idle.reset();
            assert!(poll(&mut idle, LIMIT).await.is_pending());
            assert_eq!(set_to(&idle), tick);
            assert!(idle.since.is_none(), "the clock was read");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_wait_is_timed_exactly() {
        let limit = Duration::from_secs(48);
        let begun = Instant::now();
        let mut idle = Idle::new(&call());
        let error = poll_fn(|cx| idle.poll(limit, cx));
        assert!(error.await.is_timeout());
        let timer = idle.timer.as_ref().expect("a timer");
        assert!(!timer.is_tick, "the last timer was set to the end");
        let end = begun + limit;
        assert_eq!(idle.since.map(|since| since + limit), Some(end));
        assert_eq!(set_to(&idle), end);
        // Bytes after a long wait: ticks again.
        idle.reset();
        assert!(poll(&mut idle, LIMIT).await.is_pending());
        assert!(idle.timer.as_ref().is_some_and(|timer| timer.is_tick));
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_limit_and_another_task_set_the_timer() {
        let mut idle = Idle::new(&call());
        assert!(idle.poll(LIMIT, &mut Context::from_waker(Waker::noop())).is_pending());
        assert!(poll_fn(|cx| idle.poll(Duration::from_millis(5), cx)).await.is_timeout());
    }

    #[tokio::test]
    async fn a_limit_beyond_the_clock_never_ends() {
        let mut idle = Idle::new(&call());
        assert!(poll(&mut idle, Duration::MAX).await.is_pending());
        assert!(idle.timer.is_none());
    }
}
