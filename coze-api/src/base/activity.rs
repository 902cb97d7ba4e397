//! The time of the last sign of life, which timeouts start from.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

/// A time after which no program runs anymore, for limits that the clock cannot hold.
const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// The time of the latest progress of an exchange, which several tasks may note.
#[derive(Debug)]
pub(crate) struct Activity {
    start: Instant,
    /// The nanoseconds from the start to the latest progress.
    latest: AtomicU64,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), latest: AtomicU64::new(0) }
    }

    /// Notes that there is progress now.
    pub(crate) fn note(&self) {
        let elapsed = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.latest.fetch_max(elapsed, Ordering::Relaxed);
    }

    /// Returns the time at which `limit` has passed since the latest progress.
    fn end(&self, limit: Duration) -> Instant {
        let latest = self.start + Duration::from_nanos(self.latest.load(Ordering::Relaxed));
        latest.checked_add(limit).unwrap_or_else(|| latest + FAR)
    }

    /// Waits for `future` as long as there is progress within each `limit`, or returns `None`.
    pub(crate) async fn within<F: Future + Unpin>(
        &self,
        limit: Duration,
        mut future: F,
    ) -> Option<F::Output> {
        let mut end = self.end(limit);
        loop {
            if let Ok(output) = timeout_at(end, &mut future).await {
                return Some(output);
            }
            let later = self.end(limit);
            if later <= end {
                return None;
            }
            end = later;
        }
    }
}
