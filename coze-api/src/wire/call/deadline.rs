//! The deadline of a call: a limit on everything that is done for it.

use std::time::Duration;

use tokio::time::Instant;

/// A limit on the time of a call, from its start to its last byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    limit: Duration,
    /// Known once the call has begun, unless the clock cannot hold it.
    end: Option<Instant>,
}

impl Deadline {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, end: None }
    }

    /// Lets the time begin. A deadline that has begun stays as it is, so that the requests that
    /// continue a call share its deadline.
    pub(crate) fn start(self) -> Self {
        let end = self.end.or_else(|| Instant::now().checked_add(self.limit));
        Self { end, ..self }
    }

    pub(crate) fn limit(self) -> Duration {
        self.limit
    }

    pub(crate) fn end(self) -> Option<Instant> {
        self.end
    }

    pub(crate) fn has_passed(self) -> bool {
        self.end.is_some_and(|end| end <= Instant::now())
    }

    /// Returns `true` if there is time left after a wait of `delay`.
    pub(crate) fn allows(self, delay: Duration) -> bool {
        let after = Instant::now().checked_add(delay);
        self.end.is_none_or(|end| after.is_some_and(|after| after < end))
    }
}
