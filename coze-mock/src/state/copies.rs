//! Copies of bots and apps that are made in the background.

use super::datasets::Progress;

/// A task that copies something.
#[derive(Clone, Debug, Default)]
pub struct CopyTask {
    /// Its id.
    pub id: String,
    /// The kind of the copied entity: `bot` or `app`.
    pub kind: String,
    /// The original.
    pub source_id: String,
    /// The copy.
    pub target_id: String,
    /// The workspace that holds the copy.
    pub workspace_id: String,
    /// Its status.
    pub progress: Progress,
}
