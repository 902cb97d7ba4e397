//! Files that calls have answered with, kept while the page may show them.

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

/// How many are kept.
const CAPACITY: usize = 32;

/// The files, the newest last. They are removed with the program.
#[derive(Default)]
pub(super) struct Files(Mutex<VecDeque<StoredFile>>);

struct StoredFile {
    id: String,
    content_type: String,
    file: NamedTempFile,
}

/// What the page is told about a file.
pub(super) struct FileSummary {
    pub(super) id: String,
    pub(super) content_type: String,
    pub(super) bytes: u64,
}

impl Files {
    /// Reads a file to its end and keeps it.
    pub(super) async fn keep(&self, mut download: Download) -> Result<FileSummary, Failure> {
        let file = NamedTempFile::new()?;
        let mut writer = tokio::fs::File::from_std(file.reopen()?);
        let content_type = download.content_type().unwrap_or("application/octet-stream").to_owned();
        let mut bytes = 0;
        while let Some(chunk) = download.try_next().await? {
            writer.write_all(&chunk).await?;
            bytes += chunk.len() as u64;
        }
        writer.flush().await?;
        let id = guard::secret()?;
        if let Ok(mut kept) = self.0.lock() {
            if kept.len() == CAPACITY {
                kept.pop_front();
            }
            kept.push_back(StoredFile { id: id.clone(), content_type: content_type.clone(), file });
        }
        Ok(FileSummary { id, content_type, bytes })
    }

    /// A kept file as an answer, or the piece of it that is asked for: players cannot seek without.
    pub(super) async fn get(&self, id: &str, asking: &HeaderMap) -> Option<Response> {
        let (file, kind) = self.open(id)?;
        let mut file = tokio::fs::File::from_std(file.ok()?);
        let length = file.metadata().await.ok()?.len();
        let piece = match asked(asking, length) {
            RequestedRange::Whole => None,
            RequestedRange::Piece(piece) => Some(piece),
            RequestedRange::Nothing => {
                let whole = [(header::CONTENT_RANGE, format!("bytes */{length}"))];
                return Some((StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response());
            }
        };
        let (start, end) = piece
            .as_ref()
            .map_or((0, length), |piece| (*piece.start(), piece.end().saturating_add(1)));
        file.seek(io::SeekFrom::Start(start)).await.ok()?;
        let body = ReaderStream::new(file.take(end - start));
        let mut response = Body::from_stream(body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(end - start));
        let (kind, shown) = shown_as(&kind);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(kind).ok()?);
        if !shown {
            let attachment = HeaderValue::from_static("attachment");
            headers.insert(header::CONTENT_DISPOSITION, attachment);
        }
        if piece.is_some() {
            let piece = format!("bytes {start}-{}/{length}", end - 1);
            headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&piece).ok()?);
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        Some(response)
    }

    fn open(&self, id: &str) -> Option<(io::Result<std::fs::File>, String)> {
        let kept = self.0.lock().ok()?;
        let found = kept.iter().find(|kept| kept.id == id)?;
        Some((found.file.reopen(), found.content_type.clone()))
    }
}

/// What could run as a page is never shown as one: the content type, and whether a browser may show it.
fn shown_as(kind: &str) -> (&str, bool) {
    let safe = ["audio/", "image/png", "image/jpeg", "image/webp", "video/"];
    let shown = safe.iter().any(|safe| kind.starts_with(safe));
    (if shown { kind } else { "application/octet-stream" }, shown)
}

/// How much of a file a request asks for.
enum RequestedRange {
    Whole,
    Piece(RangeInclusive<u64>),
    /// Something that lies behind its end.
    Nothing,
}

/// A header that cannot be read counts as none, and several pieces at once are answered with the whole, as HTTP allows.
fn asked(headers: &HeaderMap, length: u64) -> RequestedRange {
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let Some(Ok(pieces)) = range.map(parse_range_header) else { return RequestedRange::Whole };
    match pieces.validate(length).as_deref() {
        Ok([piece]) => RequestedRange::Piece(piece.clone()),
        Ok(_) => RequestedRange::Whole,
        Err(_) => RequestedRange::Nothing,
    }
}
