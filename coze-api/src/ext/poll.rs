//! Polls: requests that ask for the status of something until it ends.
//!
//! [`Schedule`] has the waits and the limit of every poll. Runs of workflows and tasks of databases
//! are [`Job`](job::Job)s, which differ only in two functions; a chat also runs tools and can be
//! canceled, and documents are polled in batches.

mod chat;
mod job;
mod run;
mod task;

use std::time::Duration;

use tokio::time::{Instant, sleep};

pub use chat::PollChat;
pub use run::PollWorkflowRun;
pub use task::PollDatabaseTask;

use crate::wire::call::Call;

/// The documentation of chats asks for at most one request a second.
const INTERVAL: Duration = Duration::from_secs(1);
const MAX_INTERVAL: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_secs(600);

/// The waits between the requests of a poll, and the limit on all of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    interval: Duration,
    max_interval: Duration,
    pub(crate) deadline: Duration,
}

impl Schedule {
    /// Takes the deadline of the first request, which is that of the poll.
    pub(crate) fn of(first: &mut Call) -> Self {
        let deadline = first.take_deadline().unwrap_or(DEADLINE);
        Self { interval: INTERVAL, max_interval: MAX_INTERVAL, deadline }
    }

    pub(crate) fn with_interval(self, interval: Duration) -> Self {
        let max_interval = self.max_interval.max(interval);
        Self { interval, max_interval, ..self }
    }

    pub(crate) fn with_max_interval(self, max_interval: Duration) -> Self {
        let interval = self.interval.min(max_interval);
        Self { interval, max_interval, ..self }
    }

    /// Returns the end of a poll that begins now.
    pub(crate) fn end(&self) -> Instant {
        let now = Instant::now();
        // A deadline that the clock cannot hold is as good as none.
        let never = Duration::from_secs(60 * 60 * 24 * 365);
        now.checked_add(self.deadline).unwrap_or(now + never)
    }

    pub(crate) fn waits(&self) -> Waits {
        Waits { schedule: *self, next: self.interval }
    }
}

/// The waits of a running poll.
pub(crate) struct Waits {
    schedule: Schedule,
    next: Duration,
}

impl Waits {
    pub(crate) async fn wait(&mut self) {
        let wait = self.advance();
        sleep(wait).await;
    }

    /// Returns the next wait. The one after it is half as long again.
    fn advance(&mut self) -> Duration {
        let (wait, limit) = (self.next, self.schedule.max_interval);
        self.next = wait.saturating_mul(3).min(limit.saturating_mul(2)) / 2;
        wait
    }

    /// Begins with the first wait again.
    fn restart(&mut self) {
        self.next = self.schedule.interval;
    }
}

/// Adds the settings of the schedule to a poll, and awaiting it: `polls!(PollChat, ChatReply, 0)`.
/// The last words lead to the schedule.
macro_rules! polls {
    ($poll:ident, $output:ty, $($schedule:tt).+) => {
        $crate::base::convert::maybe!($poll);

        impl $poll {
            /// Sets the wait before the first status request. The default is 1 second, the minimum
            /// that the documentation asks for.
            ///
            /// Each further wait is 1.5 times as long as the previous one, up to
            /// [`with_max_interval`](Self::with_max_interval).
            #[inline]
            pub fn with_interval(mut self, interval: ::std::time::Duration) -> Self {
                self.$($schedule).+ = self.$($schedule).+.with_interval(interval);
                self
            }

            /// Sets the longest wait between two status requests. The default is 5 seconds.
            #[inline]
            pub fn with_max_interval(mut self, interval: ::std::time::Duration) -> Self {
                self.$($schedule).+ = self.$($schedule).+.with_max_interval(interval);
                self
            }

            /// Sets the time in which everything has to end, from the first request to the last:
            /// tokens, retries, tools and cancellation included. The default is 10 minutes.
            ///
            /// After that, polling ends with an error for which
            /// [`is_timeout`](crate::Error::is_timeout) is true. A deadline set on the request
            /// before `and_poll` has the same effect.
            #[inline]
            pub fn with_deadline(mut self, deadline: ::std::time::Duration) -> Self {
                self.$($schedule).+.deadline = deadline;
                self
            }
        }

        impl ::std::future::IntoFuture for $poll {
            type Output = $crate::Result<$output>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(self.send())
            }
        }
    };
}

pub(crate) use polls;

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> Schedule {
        let client = crate::Client::builder().token("pat_x").build().expect("a client");
        Schedule::of(&mut Call::new(&client, "x"))
    }

    #[test]
    fn waits_grow_up_to_a_limit() {
        let mut waits = schedule().waits();
        let all: [u128; 6] = std::array::from_fn(|_| waits.advance().as_millis());
        assert_eq!(all, [1000, 1500, 2250, 3375, 5000, 5000]);
        waits.restart();
        assert_eq!(waits.advance(), INTERVAL);
        let mut none = schedule().with_interval(Duration::ZERO).waits();
        assert_eq!([none.advance(), none.advance()], [Duration::ZERO; 2]);
        let mut long = schedule().with_interval(Duration::MAX).waits();
        long.advance();
        assert!(long.advance() > Duration::from_secs(u64::MAX / 4));
    }

    #[test]
    fn the_longest_wait_is_at_least_the_first() {
        let schedule = schedule().with_interval(Duration::from_secs(9));
        assert_eq!(schedule.max_interval, Duration::from_secs(9));
        let schedule = schedule.with_max_interval(Duration::from_millis(1));
        assert_eq!(schedule.interval, Duration::from_millis(1));
    }
}
