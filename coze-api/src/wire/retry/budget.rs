//! The retries that a client may make while an outage lasts.

use std::sync::atomic::{AtomicU32, Ordering};

/// The retries in a row that a client makes by default.
pub(crate) const DEFAULT_RETRIES: u32 = 100;

/// The units that a retry takes. A call that succeeds at once gives one back, one that succeeds
/// after retries all that these took.
const RETRY_COST: u32 = 5;

/// A token bucket, so that calls to a service that is down are not all repeated.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    left: AtomicU32,
    capacity: u32,
}

impl RetryBudget {
    /// Allows `retries` in a row.
    pub(crate) fn new(retries: u32) -> Self {
        let capacity = retries.saturating_mul(RETRY_COST);
        Self { left: capacity.into(), capacity }
    }

    /// Takes what a retry needs. Returns `false` if too little is left.
    pub(crate) fn take(&self) -> bool {
        let take = |left: u32| left.checked_sub(RETRY_COST);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// Gives back after a call that succeeded after so many retries.
    #[inline]
    pub(crate) fn refund(&self, retries: u32) {
        // Nearly always the budget is full, and other threads' caches are left alone.
        if self.left.load(Ordering::Relaxed) < self.capacity {
            let refund = retries.saturating_mul(RETRY_COST).max(1);
            let give = |left: u32| Some(left.saturating_add(refund).min(self.capacity));
            let _ = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, give);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_runs_out_and_recovers_with_success() {
        let budget = RetryBudget::new(2);
        assert!(budget.take() && budget.take() && !budget.take());
        budget.refund(1);
        assert!(budget.take() && !budget.take());
        for _ in 0..5 {
            assert!(!budget.take());
            budget.refund(0);
        }
        assert!(budget.take());
        for _ in 0..100 {
            budget.refund(3);
        }
        assert!(budget.take() && budget.take() && !budget.take(), "more than at first");
    }

    #[test]
    fn the_limits_are_none_and_practically_all() {
        assert!(!RetryBudget::new(0).take());
        let all = RetryBudget::new(u32::MAX);
        assert!((0..1000).all(|_| all.take()));
    }
}
