//! Limitations of use, and tasks that export bills.

use super::datasets::Progress;

/// A task that exports a bill.
#[derive(Clone, Debug, Default)]
pub struct BillTask {
    /// Its id.
    pub id: String,
    /// The first second of the bill.
    pub started_at: i64,
    /// The last second of the bill.
    pub ended_at: i64,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// Its status.
    pub progress: Progress,
}

impl BillTask {
    /// The time for which a bill is kept, in seconds.
    const KEPT: i64 = 7 * 86_400;

    /// The expiry time of the bill, in Unix seconds.
    pub fn expires_at(&self) -> i64 {
        self.created_at + Self::KEPT
    }
}
