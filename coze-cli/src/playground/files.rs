//! Files that calls have answered with, kept while the page may show them.

use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use coze_api::Download;
use futures_util::TryStreamExt as _;
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt as _;
use tokio_util::io::ReaderStream;

use super::guard;
use crate::failure::Failure;

/// How many are kept.
const KEPT: usize = 32;

/// The files, the newest last. They are removed with the program.
#[derive(Default)]
pub(super) struct Files(Mutex<VecDeque<Kept>>);

struct Kept {
    id: String,
    content_type: String,
    file: NamedTempFile,
}

/// What the page is told about a file.
pub(super) struct Told {
    pub(super) id: String,
    pub(super) content_type: String,
    pub(super) bytes: u64,
}

impl Files {
    /// Reads a file to its end and keeps it.
    pub(super) async fn keep(&self, mut download: Download) -> Result<Told, Failure> {
        let file = NamedTempFile::new()?;
        let mut writer = tokio::fs::File::from_std(file.reopen()?);
        let content_type =
            download.content_type().unwrap_or("application/octet-stream").to_owned();
        let mut bytes = 0;
        while let Some(chunk) = download.try_next().await? {
            writer.write_all(&chunk).await?;
            bytes += chunk.len() as u64;
        }
        writer.flush().await?;
        let id = guard::secret()?;
        if let Ok(mut kept) = self.0.lock() {
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(Kept {
                id: id.clone(),
                content_type: content_type.clone(),
                file,
            });
        }
        Ok(Told { id, content_type, bytes })
    }

    /// A kept file as an answer.
    pub(super) async fn get(&self, id: &str) -> Option<Response> {
        let (file, kind) = self.open(id)?;
        let file = tokio::fs::File::from_std(file.ok()?);
        let length = file.metadata().await.ok()?.len();
        let mut response = Body::from_stream(ReaderStream::new(file)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        // What could run as a page is never shown as one.
        let safe = ["audio/", "image/png", "image/jpeg", "image/webp", "video/"];
        let shown = safe.iter().any(|safe| kind.starts_with(safe));
        let kind = if shown { kind.as_str() } else { "application/octet-stream" };
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).ok()?);
        if !shown {
            let attachment = HeaderValue::from_static("attachment");
            headers.insert(header::CONTENT_DISPOSITION, attachment);
        }
        Some(response)
    }

    fn open(&self, id: &str) -> Option<(io::Result<std::fs::File>, String)> {
        let kept = self.0.lock().ok()?;
        let found = kept.iter().find(|kept| kept.id == id)?;
        Some((found.file.reopen(), found.content_type.clone()))
    }
}
