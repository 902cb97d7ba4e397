//! Files that calls returned, stored for the page.

use std::collections::VecDeque;
use std::io;
use std::ops::RangeInclusive;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use coze_api::Download;
use futures_util::TryStreamExt as _;
use http_range_header::parse_range_header;
use tempfile::NamedTempFile;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio_util::io::ReaderStream;

use super::guard;
use crate::failure::Failure;

/// The maximum number of stored files.
const CAPACITY: usize = 32;

/// The stored files, newest last. They are removed when the program ends.
#[derive(Default)]
pub(super) struct FileStore(Mutex<VecDeque<StoredFile>>);

struct StoredFile {
    id: String,
    content_type: String,
    file: NamedTempFile,
}

/// The description of a file for the page.
pub(super) struct FileSummary {
    pub(super) id: String,
    pub(super) content_type: String,
    pub(super) bytes: u64,
}

impl FileStore {
    /// Downloads and stores a file.
    pub(super) async fn store(&self, mut download: Download) -> Result<FileSummary, Failure> {
        let file = NamedTempFile::new()?;
        let mut writer = tokio::fs::File::from_std(file.reopen()?);
        let content_type = download.content_type().unwrap_or("application/octet-stream").to_owned();
        let mut bytes = 0;
        while let Some(chunk) = download.try_next().await? {
            writer.write_all(&chunk).await?;
            bytes += chunk.len() as u64;
        }
        writer.flush().await?;
        let id = guard::random_key()?;
        if let Ok(mut files) = self.0.lock() {
            if files.len() == CAPACITY {
                files.pop_front();
            }
            let content_type = content_type.clone();
            files.push_back(StoredFile { id: id.clone(), content_type, file });
        }
        Ok(FileSummary { id, content_type, bytes })
    }

    /// Returns a file, or the requested range of it, which media players use to seek.
    pub(super) async fn get(&self, id: &str, request: &HeaderMap) -> Option<Response> {
        let (file, content_type) = self.open(id)?;
        let mut file = tokio::fs::File::from_std(file.ok()?);
        let length = file.metadata().await.ok()?.len();
        let range = match requested_range(request, length) {
            RequestedRange::Full => None,
            RequestedRange::Partial(range) => Some(range),
            RequestedRange::Unsatisfiable => {
                let headers = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
                return Some((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
            }
        };
        let (start, end) = range
            .as_ref()
            .map_or((0, length), |range| (*range.start(), range.end().saturating_add(1)));
        file.seek(io::SeekFrom::Start(start)).await.ok()?;
        let body = ReaderStream::new(file.take(end - start));
        let mut response = Body::from_stream(body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
        let (content_type, inline) = safe_content_type(&content_type);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(content_type).ok()?);
        if !inline {
            let attachment = HeaderValue::from_static("attachment");
            headers.insert(header::CONTENT_DISPOSITION, attachment);
        }
        if range.is_some() {
            let range = format!("bytes {start}-{}/{length}", end - 1);
            headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&range).ok()?);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Some(response)
    }

    fn open(&self, id: &str) -> Option<(io::Result<std::fs::File>, String)> {
        let files = self.0.lock().ok()?;
        let file = files.iter().find(|file| file.id == id)?;
        Some((file.file.reopen(), file.content_type.clone()))
    }
}

/// Returns the content type to serve, and `true` if browsers may show the file inline.
///
/// Types that browsers could run as a page are served as downloads.
fn safe_content_type(content_type: &str) -> (&str, bool) {
    let safe = ["audio/", "image/png", "image/jpeg", "image/webp", "video/"];
    let inline = safe.iter().any(|safe| content_type.starts_with(safe));
    (if inline { content_type } else { "application/octet-stream" }, inline)
}

/// The part of a file that a request asks for.
enum RequestedRange {
    Full,
    Partial(RangeInclusive<u64>),
    /// A range beyond the end of the file.
    Unsatisfiable,
}

/// Reads the `range` header. Invalid headers and multiple ranges select the full file, as HTTP
/// allows.
fn requested_range(headers: &HeaderMap, length: u64) -> RequestedRange {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some(Ok(ranges)) = range.map(parse_range_header) else { return RequestedRange::Full };
    match ranges.validate(length).as_deref() {
        Ok([range]) => RequestedRange::Partial(range.clone()),
        Ok(_) => RequestedRange::Full,
        Err(_) => RequestedRange::Unsatisfiable,
    }
}
