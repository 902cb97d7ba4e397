//! Replies that are a file.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::{HeaderMap, header};
use tokio::io::AsyncWriteExt as _;

use super::Source;
use super::idle::Idle;
use crate::base::atomic_file::PartialFile;
use crate::base::error::{BoxError, Error, Kind, Result};
use crate::base::header::log_id;
use crate::wire::call::Call;
use crate::wire::envelope::Reply;

/// How much room is made for a file on the word of the server.
const TRUSTED_LENGTH: u64 = 16 * 1024 * 1024;

/// A file that the server sends, such as speech.
///
/// It is read while it comes: [`save`](Self::save) it, hold it in memory as
/// [`bytes`](Self::bytes), or take the pieces, for it is a [`Stream`] of them.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let speech = coze.audio().speech().create("Hello there.", "7426720361732915209").await?;
/// speech.save("hello.mp3").await?;
/// # Ok(()) }
/// ```
///
/// What can go wrong on the way, beside what can with every call:
///
/// | what happens | the error |
/// |---|---|
/// | the connection ends before the file does | [`is_transport`](Error::is_transport) |
/// | no byte comes for 120 seconds, or for the time given to `with_idle_timeout` | [`is_timeout`](Error::is_timeout) |
/// | the file cannot be written | [`is_save`](Error::is_save) |
///
/// There is no limit on the time of the whole. Dropping the download closes the connection.
#[must_use = "a download does nothing unless it is read"]
pub struct Download {
    /// A file that was read already, since its reply might have been an error.
    whole: Option<Bytes>,
    /// Where the bytes come from, until the end.
    source: Option<Source>,
    idle: Idle,
    reply: Reply,
    operation: Cow<'static, str>,
}

impl Download {
    pub(crate) fn new(call: &Call, mut reply: Reply, source: Option<Source>) -> Self {
        let body = std::mem::take(&mut reply.body);
        Self {
            whole: Some(body).filter(|body| !body.is_empty()),
            source,
            idle: Idle::new(call.idle_timeout()),
            reply,
            operation: call.operation().clone(),
        }
    }

    /// What kind of file it is, such as `audio/mpeg`.
    pub fn content_type(&self) -> Option<&str> {
        self.reply.headers.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// How many bytes the file has, if the server says so beforehand.
    pub fn content_length(&self) -> Option<u64> {
        self.reply.headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
    }

    /// The HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    /// The id under which Coze logged the request. Quote it when asking for support.
    pub fn log_id(&self) -> Option<&str> {
        log_id(&self.reply.headers)
    }

    /// Reads the whole file into memory.
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

    /// Writes the file to `path` while it comes, and returns its length.
    ///
    /// The path is not touched until the file is complete: what has come is kept beside it, under a
    /// name of its own that ends in `.part`, and takes its place at the end. If anything fails, or
    /// the future is dropped, that is removed.
    pub async fn save(mut self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
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

    /// The next piece, or nothing at the end.
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await.transpose()
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        if let Some(whole) = self.whole.take() {
            return Poll::Ready(Some(Ok(whole)));
        }
        loop {
            let Some(source) = &mut self.source else { return Poll::Ready(None) };
            match source.poll_next(cx) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.idle.heard();
                    if !chunk.is_empty() {
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                }
                Poll::Ready(Some(Err(e))) => return Poll::Ready(Some(Err(self.cut(e)))),
                Poll::Ready(None) => self.source = None,
                Poll::Pending => {
                    let limit = self.idle.limit();
                    ready!(self.idle.poll(limit, cx));
                    let error = self.error(Kind::Silence(limit));
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn cut(&mut self, source: BoxError) -> Error {
        self.error(Kind::Transport("the reply broke off")).with_source(source)
    }

    fn unwritable(&mut self, path: &Path, source: io::Error) -> Error {
        let what = format!("cannot write {}", path.display());
        self.error(Kind::Save(what)).with_source(source)
    }

    /// Closes the connection, and adds to the error what is known.
    fn error(&mut self, kind: Kind) -> Error {
        self.source = None;
        Error::new(kind)
            .with_status(self.reply.status.as_u16())
            .with_log_id(self.reply.log_id())
            .with_operation(self.operation.clone())
    }
}

/// The pieces of the file, cut anywhere.
impl Stream for Download {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_chunk(cx)
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("operation", &self.operation)
            .field("content_type", &self.content_type())
            .field("content_length", &self.content_length())
            .field("log_id", &self.log_id())
            .finish_non_exhaustive()
    }
}
