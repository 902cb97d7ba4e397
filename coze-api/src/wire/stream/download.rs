//! Responses that are a file.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, header};
use reqwest::Response;
use tokio::io::AsyncWriteExt as _;

use super::Source;
use super::idle::Idle;
use crate::base::atomic_file::PartialFile;
use crate::base::error::{BoxError, Error, Kind, Result};
use crate::base::header::log_id;
use crate::base::runtime;
use crate::wire::call::Call;
use crate::wire::envelope::{EnvelopeScan, Reply};
use crate::wire::observation::Observation;
use crate::wire::transport::Open;

/// The largest announced length for which memory is reserved.
const TRUSTED_LENGTH: u64 = 16 * 1024 * 1024;

/// A file that the server sends, such as speech.
///
/// [`save`](Self::save) writes it to a path while it arrives, [`bytes`](Self::bytes) reads it into
/// memory, and [`next`](Self::next) returns it piece by piece. It is also a [`Stream`] of the
/// pieces.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let speech = coze.audio().speech().create("Hello there.", "7426720361732915209").await?;
/// speech.save("hello.mp3").await?;
/// # Ok(()) }
/// ```
///
/// There is no limit on the length, and none on the time unless the request has a deadline
/// (`with_deadline`). Dropping the download closes the connection.
///
/// # Errors
///
/// In addition to the errors of every call:
///
/// - The connection breaks before the end of the file: [`is_transport`](Error::is_transport).
/// - The response turns out to be the JSON of an error: [`is_api`](Error::is_api). Nearly always
///   the request itself fails with it; only an error of more than 64 KiB is known at its end.
/// - No byte arrives for 120 seconds, or for the time given to `with_idle_timeout`:
///   [`is_timeout`](Error::is_timeout).
/// - The file cannot be written: [`is_save`](Error::is_save).
#[doc(alias = "file")]
#[must_use = "a download does nothing unless it is read"]
pub struct Download {
    /// The beginning of the file, which was read to see that the response is not an error.
    start: Option<Bytes>,
    /// The bytes. `None` after the end of the file.
    source: Option<Source>,
    idle: Idle,
    /// Looks for an error in a body whose beginning does not tell.
    scan: Option<EnvelopeScan>,
    reply: Reply,
    call: Call,
    /// The record of the call, which ends with the file.
    observation: Observation,
}

impl Download {
    pub(crate) fn new(call: Call, opened: Open<Option<Response>>) -> Self {
        let Open { mut reply, rest, mut observation } = opened;
        let source = rest.map(Source::of);
        let body = std::mem::take(&mut reply.body);
        if source.is_none() {
            observation.may_end();
        }
        // A body that has ended was checked as a whole.
        let scan = source.as_ref().and_then(|_| EnvelopeScan::of(&body));
        Self {
            start: Some(body).filter(|body| !body.is_empty()),
            source,
            idle: Idle::new(&call),
            scan,
            reply,
            call,
            observation,
        }
    }

    /// Returns the media type of the file, such as `audio/mpeg`, if the server sent it.
    pub fn content_type(&self) -> Option<&str> {
        self.reply.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// Returns the length of the file in bytes, if the server announced it.
    ///
    /// It is the length that was sent. A compressed file has another length after it has been read.
    pub fn content_length(&self) -> Option<u64> {
        self.reply.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// Returns the HTTP headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    /// Returns the number of attempts until the file began.
    pub fn attempts(&self) -> u32 {
        self.reply.attempts
    }

    /// Returns the ID under which Coze logged the request. Quote it when you contact support.
    pub fn log_id(&self) -> Option<&str> {
        log_id(&self.reply.headers)
    }

    /// Returns the next piece of the file, or `None` at its end.
    ///
    /// It is the same as `StreamExt::next`, without the import. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// Reads the whole file into memory. There is no limit on its length.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let speech = coze.audio().speech().create("Hello there.", "7426720361732915209").await?;
    /// let audio = speech.bytes().await?;
    /// println!("{} bytes", audio.len());
    /// # Ok(()) }
    /// ```
    pub async fn bytes(mut self) -> Result<Bytes> {
        let Some(first) = self.chunk().await? else { return Ok(Bytes::new()) };
        let Some(second) = self.chunk().await? else { return Ok(first) };
        let expected = self.content_length().unwrap_or(0).min(TRUSTED_LENGTH);
        let mut all = BytesMut::with_capacity(usize::try_from(expected).unwrap_or(0));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// Writes the file to `path` while it arrives, and returns its length.
    ///
    /// The file at `path` is replaced only once the download is complete. Until then the data is in
    /// a temporary file beside it, whose name ends in `.part`; it is removed if the download fails
    /// or the future is dropped.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        if let Err(error) = runtime::check() {
            return Err(self.fail(error));
        }
        let mut part = PartialFile::beside(path);
        let mut file = match part.create().await {
            Ok(file) => file,
            Err(e) => return Err(self.unwritable(path, e)),
        };
        let mut length = 0;
        while let Some(chunk) = self.chunk().await? {
            if let Err(e) = file.write_all(&chunk).await {
                return Err(self.unwritable(path, e));
            }
            length += chunk.len() as u64;
        }
        let finished = async {
            file.flush().await?;
            drop(file);
            part.replace(path).await
        };
        match finished.await {
            Ok(()) => Ok(length),
            Err(e) => Err(self.unwritable(path, e)),
        }
    }

    /// Reads the next piece.
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.next().await.transpose()
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if let Some(start) = self.start.take() {
            return Poll::Ready(Some(Ok(start)));
        }
        loop {
            let Some(source) = &mut self.source else {
                self.observation.succeed();
                return Poll::Ready(None);
            };
            match source.poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.idle.reset();
                    self.observation.add_received(chunk.len());
                    if !chunk.is_empty() {
                        self.scan.take_if(|scan| !scan.feed(&chunk));
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Poll::Ready(Some(Err(e))) => return Poll::Ready(Some(Err(self.cut(e)))),
                Poll::Ready(None) => {
                    self.source = None;
                    let scan = self.scan.take();
                    if let Some(error) = scan.and_then(|scan| scan.error(&self.reply)) {
                        return Poll::Ready(Some(Err(self.fail(error))));
                    }
                }
                Poll::Pending => {
                    let limit = self.idle.limit();
                    let error = ready!(self.idle.poll(limit, cx));
                    return Poll::Ready(Some(Err(self.fail(error))));
                }
            }
        }
    }

    fn cut(&mut self, source: BoxError) -> Error {
        let error = Error::from_kind(Kind::Transport("the response broke off")).with_source(source);
        self.fail(error)
    }

    fn unwritable(&mut self, path: &Path, source: io::Error) -> Error {
        let what = format!("cannot write {}", path.display());
        self.fail(Error::from_kind(Kind::Save(what)).with_source(source))
    }

    /// Closes the connection, and adds the context of the download to an error.
    fn fail(&mut self, error: Error) -> Error {
        self.source = None;
        let error = error
            .with_status(self.reply.status)
            .with_attempts(self.reply.attempts)
            .or_log_id(self.reply.log_id())
            .without(&self.call.secrets(Some(&self.reply.token)))
            .with_operation(self.call.operation().clone());
        self.observation.fail(&error);
        error
    }
}

/// Returns the pieces of the file, cut anywhere.
impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_chunk(cx)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("operation", &self.call.operation())
            .field("content_type", &self.content_type())
            .field("content_length", &self.content_length())
            .field("log_id", &self.log_id())
            .finish_non_exhaustive()
    }
}
