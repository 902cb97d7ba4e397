//! Uploads of files, in constant memory.

mod content;

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use reqwest::multipart;
use tokio::fs::File;
use tokio::io::AsyncRead;

pub(crate) use content::Transfer;
use content::{CHUNK, Content};

use crate::base::error::{Error, Result};

/// A file to upload: from a path, from memory, or from any reader.
///
/// ```
/// use coze_api::Upload;
///
/// let from_path = Upload::path("voice.mp3");
/// let from_memory = Upload::bytes("note.txt", "remember the milk").content_type("text/plain");
/// ```
///
/// Operations that take a file accept an `Upload`, a `PathBuf` or a `&Path`:
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use std::path::Path;
///
/// let file = coze.files().upload(Path::new("voice.mp3")).await?;
/// println!("{}", file.id);
/// # Ok(()) }
/// ```
///
/// It is sent in pieces of 256 KiB, so that a file of any size takes the same memory. An upload
/// from a path or from memory can be retried; one from a reader is sent once. The timeout of
/// a call limits the time without progress, not the time of the whole upload.
///
/// # Errors
///
/// The request fails with an error for which [`is_upload`](Error::is_upload) is true if the file
/// cannot be read, or has another length than announced.
#[doc(alias = "multipart")]
#[doc(alias = "attachment")]
#[derive(Clone)]
pub struct Upload {
    source: Source,
    file_name: String,
    content_type: Option<String>,
    on_progress: Option<OnProgress>,
}

type OnProgress = Arc<dyn Fn(Progress) + Send + Sync>;
type Reader = Pin<Box<dyn AsyncRead + Send>>;

#[derive(Clone)]
enum Source {
    Path(PathBuf),
    Bytes(Bytes),
    /// A reader can be read once, by whichever clone is sent first.
    Reader {
        reader: Arc<Mutex<Option<Reader>>>,
        length: Option<u64>,
    },
}

/// The progress of an upload: the bytes that were passed to the connection.
///
/// [`Upload::on_progress`] passes it to a function. The bytes of other parts of the form are not
/// counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The bytes sent so far. They start over when the upload is retried.
    pub sent: u64,
    /// The size of the file, if it is known.
    pub total: Option<u64>,
}

impl Progress {
    /// Creates the progress that an upload would report, for tests of the function.
    pub fn new(sent: u64, total: Option<u64>) -> Self {
        Self { sent, total }
    }
}

impl Upload {
    /// Creates an upload of the file at a path, which is opened when the request is sent, and again
    /// for each retry.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let file_name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::new(Source::Path(path), file_name)
    }

    /// Creates an upload of bytes in memory, with a file name.
    ///
    /// The bytes are shared and not copied; a `Vec<u8>`, a `String` or a `&'static [u8]` can be
    /// passed.
    pub fn bytes(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(Source::Bytes(bytes.into()), file_name.into())
    }

    /// Creates an upload of the bytes of a reader, with a file name.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> std::io::Result<()> {
    /// use coze_api::Upload;
    ///
    /// let report = tokio::fs::File::open("report.pdf").await?;
    /// let upload = Upload::reader("report.pdf", report).length(48_213);
    /// # Ok(()) }
    /// ```
    ///
    /// It is sent once, by whichever clone is sent first, because the bytes cannot be read again.
    /// Set the [`length`](Self::length) if it is known.
    #[doc(alias = "stream")]
    pub fn reader(file_name: impl Into<String>, reader: impl AsyncRead + Send + 'static) -> Self {
        let reader: Reader = Box::pin(reader);
        let reader = Arc::new(Mutex::new(Some(reader)));
        Self::new(Source::Reader { reader, length: None }, file_name.into())
    }

    fn new(source: Source, file_name: String) -> Self {
        Self { source, file_name, content_type: None, on_progress: None }
    }

    /// Sets the file name. The default is that of the path. Control characters are sent as `_`.
    pub fn file_name(mut self, file_name: impl Into<String>) -> Self {
        self.file_name = file_name.into();
        self
    }

    /// Sets the media type, such as `audio/mpeg`. The default follows from the file name, or is
    /// `application/octet-stream`.
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Sets the number of bytes of the reader, so that the request can announce it. The upload
    /// fails if the reader has more or fewer.
    ///
    /// It has no effect on files and bytes, whose length is known.
    pub fn length(mut self, bytes: u64) -> Self {
        if let Source::Reader { length, .. } = &mut self.source {
            *length = Some(bytes);
        }
        self
    }

    /// Sets a function that is called after each piece that was passed to the connection.
    ///
    /// ```
    /// use coze_api::Upload;
    ///
    /// let upload = Upload::path("voice.mp3")
    ///     .on_progress(|progress| println!("{} of {:?}", progress.sent, progress.total));
    /// ```
    ///
    /// It is called from the task of the connection, so it should return at once.
    #[doc(alias = "callback")]
    pub fn on_progress(mut self, function: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(Arc::new(function));
        self
    }

    /// Returns the name under which the file is sent.
    pub(crate) fn name(&self) -> &str {
        &self.file_name
    }

    pub(crate) fn is_replayable(&self) -> bool {
        match &self.source {
            Source::Path(_) | Source::Bytes(_) => true,
            Source::Reader { reader, .. } => reader.lock().is_ok_and(|reader| reader.is_some()),
        }
    }

    async fn open(&self) -> Result<Content> {
        match &self.source {
            Source::Path(path) => {
                let failed = |e| {
                    Error::upload(format!("cannot read file {}", path.display())).with_source(e)
                };
                let mut file = File::open(path).await.map_err(failed)?;
                let metadata = file.metadata().await.map_err(failed)?;
                if metadata.is_dir() {
                    let what = format!("cannot read file {}: it is a directory", path.display());
                    return Err(Error::upload(what));
                }
                file.set_max_buf_size(CHUNK);
                // Devices and pipes have no length to go by.
                let length = metadata.is_file().then_some(metadata.len());
                Ok(Content::reader(Box::pin(file), length))
            }
            Source::Bytes(bytes) => Ok(Content::bytes(bytes.clone())),
            Source::Reader { reader, length } => {
                let taken = reader.lock().ok().and_then(|mut reader| reader.take());
                let reader = taken.ok_or_else(|| {
                    let name = &self.file_name;
                    Error::upload(format!(
                        "the reader of {name} was sent already, and can be read once"
                    ))
                })?;
                Ok(Content::reader(reader, *length))
            }
        }
    }

    async fn part(&self, transfer: &Arc<Transfer>) -> Result<multipart::Part> {
        let content = self.open().await?;
        let length = content.remaining();
        let stream = content.watched(transfer.clone(), self.on_progress.clone());
        let body = reqwest::Body::wrap_stream(stream);
        let part = match length {
            Some(length) => multipart::Part::stream_with_length(body, length),
            None => multipart::Part::stream(body),
        };
        let content_type = match &self.content_type {
            Some(content_type) => content_type.as_str(),
            None => mime_guess::from_path(&self.file_name)
                .first_raw()
                .unwrap_or("application/octet-stream"),
        };
        // A control character would end the header; quotes and non-ASCII letters are
        // fine.
        let file_name = self.file_name.replace(char::is_control, "_");
        part.file_name(file_name)
            .mime_str(content_type)
            .map_err(|_| Error::request(format!("{content_type:?} is not a media type")))
    }
}

impl From<PathBuf> for Upload {
    fn from(path: PathBuf) -> Self {
        Self::path(path)
    }
}

impl From<&Path> for Upload {
    fn from(path: &Path) -> Self {
        Self::path(path)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("file_name", &self.file_name)
            .field("content_type", &self.content_type)
            .finish_non_exhaustive()
    }
}

/// A part of a multipart body.
#[derive(Clone)]
#[allow(dead_code, reason = "which parts are used depends on the spec")]
pub(crate) enum Part {
    Text(String),
    Json(String),
    File(Upload),
}

impl Part {
    /// Makes a part of JSON text: a value without structure is sent as text, strings unquoted.
    pub(crate) fn of_json(json: String) -> Self {
        match json.as_bytes().first() {
            Some(b'{' | b'[') => Self::Json(json),
            Some(b'"') => Self::Text(serde_json::from_str(&json).unwrap_or(json)),
            _ => Self::Text(json),
        }
    }
}

/// Opens the files of a multipart body.
pub(crate) async fn form(
    parts: &[(Cow<'static, str>, Part)],
) -> Result<(multipart::Form, Arc<Transfer>)> {
    let transfer = Arc::new(Transfer::new());
    let mut form = multipart::Form::new();
    for (name, part) in parts {
        form = match part {
            Part::Text(text) => form.text(name.clone(), text.clone()),
            Part::Json(json) => {
                let part = multipart::Part::text(json.clone()).mime_str("application/json");
                let part = part.map_err(|e| Error::request("no JSON part").with_source(e))?;
                form.part(name.clone(), part)
            }
            Part::File(upload) => form.part(name.clone(), upload.part(&transfer).await?),
        };
    }
    Ok((form, transfer))
}

/// Returns the body of a request with JSON. A long one is sent in pieces, whose progress counts.
pub(crate) fn json(json: &Bytes) -> (reqwest::Body, Option<Arc<Transfer>>) {
    if json.len() <= CHUNK {
        return (json.clone().into(), None);
    }
    let transfer = Arc::new(Transfer::new());
    let stream = Content::bytes(json.clone()).watched(transfer.clone(), None);
    (reqwest::Body::wrap_stream(stream), Some(transfer))
}

#[cfg(test)]
mod tests;
