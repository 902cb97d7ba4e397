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
    /// When it was created, in Unix seconds.
    pub created_at: i64,
    /// How far it is.
    pub progress: Progress,
}

impl BillTask {
    /// How long a bill is kept, in seconds.
    const KEPT: i64 = 7 * 86_400;

    /// When the bill is no longer kept, in Unix seconds.
    pub fn expires_at(&self) -> i64 {
        self.created_at + Self::KEPT
    }
}
