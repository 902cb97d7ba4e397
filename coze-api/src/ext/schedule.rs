//! The schedule of a poll: the waits between its requests, and the time in which it has to end.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::ext::poll::longer;
use crate::wire::call::Call;

const INTERVAL: Duration = Duration::from_secs(1);
const MAX_INTERVAL: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_secs(600);

/// The waits and the deadline of a poll.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    pub(crate) interval: Duration,
    pub(crate) max_interval: Duration,
    pub(crate) deadline: Duration,
}

impl Schedule {
    /// Makes the default schedule for a poll that begins with `call`, whose deadline becomes that
    /// of the poll.
    pub(crate) fn new(call: &mut Call) -> Self {
        let deadline = call.take_deadline().unwrap_or(DEADLINE);
        Self { interval: INTERVAL, max_interval: MAX_INTERVAL, deadline }
    }

    /// Returns the end of the deadline, if it begins now.
    pub(crate) fn end(&self) -> Instant {
        let now = Instant::now();
        // A deadline that the clock cannot hold is as good as none.
        let never = Duration::from_secs(60 * 60 * 24 * 365);
        now.checked_add(self.deadline).unwrap_or(now + never)
    }

    /// Waits until the next request, and makes the wait after that longer.
    pub(crate) async fn wait(&mut self) {
        sleep(self.interval).await;
        self.interval = longer(self.interval, self.max_interval);
    }
}

/// Makes a type with a [`Schedule`] in its field `schedule` a poll that has the options of the
/// schedule, and is awaited for an `$output`.
macro_rules! scheduled {
    ($poll:ident, $output:ty) => {
        impl $poll {
            /// Sets the wait before the first status request. The default is 1 second.
            ///
            /// Each further wait is half as long again as the one before, up to
            /// [`with_max_interval`](Self::with_max_interval).
            pub fn with_interval(mut self, interval: ::std::time::Duration) -> Self {
                self.schedule.interval = interval;
                self.schedule.max_interval = self.schedule.max_interval.max(interval);
                self
            }

            /// Sets the longest wait between two status requests. The default is 5 seconds.
            pub fn with_max_interval(mut self, interval: ::std::time::Duration) -> Self {
                self.schedule.max_interval = interval;
                self.schedule.interval = self.schedule.interval.min(interval);
                self
            }

            /// Sets the time for the whole poll, from the first request to the last. The default is
            /// 10 minutes.
            ///
            /// After that, polling ends with an error for which
            /// [`is_timeout`](crate::Error::is_timeout) is true. A deadline of the request with
            /// which polling begins has the same meaning.
            pub fn with_deadline(mut self, deadline: ::std::time::Duration) -> Self {
                self.schedule.deadline = deadline;
                self
            }
        }

        impl ::std::future::IntoFuture for $poll {
            type Output = $crate::Result<$output>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(self.send())
            }
        }
    };
}

pub(crate) use scheduled;
