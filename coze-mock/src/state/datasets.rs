//! Datasets and their documents.

use serde_json::{Value, json};

use super::Table;

/// A dataset: a knowledge base of texts or images.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// Its id.
    pub id: String,
    /// The workspace that holds it.
    pub workspace_id: String,
    /// Its name.
    pub name: String,
    /// Its subject.
    pub description: String,
    /// `0` for texts, `1` for tables, `2` for images.
    pub format: i64,
    /// The file with its icon; empty for the default icon.
    pub icon_file_id: String,
    /// The user who created it.
    pub creator_id: String,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
    /// Its documents.
    pub documents: Table<Document>,
}

/// A document of a dataset: a text or an image.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The file type, for example `pdf`.
    pub kind: String,
    /// Its source: `0` a local file, `1` a web page, `5` an uploaded file.
    pub source: i64,
    /// The address of the web page, or of the file.
    pub url: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its number of characters.
    pub characters: u64,
    /// Its number of slices.
    pub slices: u64,
    /// The chunk strategy, as sent by the caller.
    pub chunk_strategy: Value,
    /// `1` if a web page is fetched again, otherwise `0`.
    pub update_type: i64,
    /// The number of hours after which a web page is fetched again.
    pub update_interval: i64,
    /// The description of an image.
    pub caption: String,
    /// The user who added it.
    pub creator_id: String,
    /// The time of addition, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
    /// The progress of its processing.
    pub progress: Progress,
}

/// The progress of a document's processing. Every poll advances it by a step: it is halfway after
/// the first and done after the second.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// The number of polls so far.
    pub polls: u8,
    /// The reason why the last step fails, if it does.
    pub failure: Option<String>,
}

impl Progress {
    /// The number of polls until it is done.
    const STEPS: u8 = 2;

    /// Takes the next step.
    pub fn advance(&mut self) {
        self.polls = Self::STEPS.min(self.polls + 1);
    }

    /// Returns `0` while it is in progress, `1` when it is done, `9` when it has failed.
    pub fn status(&self) -> i64 {
        match &self.failure {
            _ if self.polls < Self::STEPS => 0,
            None => 1,
            Some(_) => 9,
        }
    }

    /// The progress in percent.
    pub fn percent(&self) -> u8 {
        let percent = self.polls * (100 / Self::STEPS);
        if self.failure.is_some() { percent.min(50) } else { percent }
    }

    /// The estimated remaining time, in seconds.
    pub fn remaining(&self) -> u8 {
        Self::STEPS - self.polls
    }
}

impl Dataset {
    /// The names of the documents whose processing has this status.
    pub(crate) fn names(&self, status: i64) -> Vec<&str> {
        let all = self.documents.all().filter(|document| document.progress.status() == status);
        all.map(|document| document.name.as_str()).collect()
    }
}

impl Document {
    /// The document as the API shows it.
    pub fn to_json(&self, format: i64) -> Value {
        json!({
            "document_id": self.id,
            "name": self.name,
            "type": self.kind,
            "format_type": format,
            "source_type": self.source,
            "status": self.progress.status(),
            "size": self.size,
            "char_count": self.characters,
            "slice_count": self.slices,
            "hit_count": 0,
            "tos_uri": format!("mock/documents/{}.{}", self.id, self.kind),
            "chunk_strategy": self.chunk_strategy,
            "update_type": self.update_type,
            "update_interval": self.update_interval,
            "create_time": self.created_at,
            "update_time": self.updated_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_done_after_two_polls() {
        let mut progress = Progress::default();
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push((progress.status(), progress.percent(), progress.remaining()));
            progress.advance();
        }
        assert_eq!(seen, [(0, 0, 2), (0, 50, 1), (1, 100, 0), (1, 100, 0)]);
    }

    #[test]
    fn a_failed_document_makes_no_further_progress() {
        let failure = Some("It cannot be read.".to_owned());
        let mut progress = Progress { failure, ..Progress::default() };
        progress.advance();
        assert_eq!((progress.status(), progress.percent()), (0, 50));
        progress.advance();
        assert_eq!((progress.status(), progress.percent()), (9, 50));
    }
}
