//! Where something stands in the spec.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A line of a file of the spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Location {
    /// The file, as `spec/resources/bots.yaml`.
    pub file: Arc<str>,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1, where it is known to matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl Location {
    /// A line of a file, as a whole.
    pub fn line(file: impl Into<Arc<str>>, line: usize) -> Self {
        Self { file: file.into(), line, column: None }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)?;
        self.column.map_or(Ok(()), |column| write!(f, ":{column}"))
    }
}
