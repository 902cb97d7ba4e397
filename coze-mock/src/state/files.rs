//! Uploaded files.

use bytes::Bytes;

use super::Table;

/// Uploaded files.
pub type Files = Table<StoredFile>;

/// An uploaded file.
#[derive(Clone, Debug)]
pub struct StoredFile {
    /// Its id.
    pub id: String,
    /// Its name.
    pub file_name: String,
    /// Its type; empty if the client sent none.
    pub content_type: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Its bytes, unless it is longer than
    /// [`MockServerBuilder::keep_bodies`](crate::MockServerBuilder::keep_bodies).
    pub content: Option<Bytes>,
    /// The upload time, in Unix seconds.
    pub created_at: i64,
}

impl StoredFile {
    /// The place where Coze Studio stores it.
    pub fn uri(&self) -> String {
        format!("BIZ_BOT_DATASET/{}_{}", self.id, self.file_name)
    }
}
