//! The bytes of a file as a stream that keeps count.
//!
//! A path can be read again for a retry, and so can bytes; a reader cannot, so its upload is not
//! retried once reading has begun.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tokio_util::io::ReaderStream;

use super::{OnProgress, Progress, Reader};
use crate::base::activity::Activity;
use crate::base::error::Error;

/// The size of a piece. With the usual 4 KiB, most of the time is spent on switching threads for
/// the reads.
pub(super) const CHUNK: usize = 256 * 1024;

/// The progress and the failure of an upload, which the transport observes.
#[derive(Debug)]
pub(crate) struct Transfer {
    activity: Activity,
    sent: AtomicU64,
    failure: Mutex<Option<Error>>,
}

impl Transfer {
    pub(super) fn new() -> Self {
        Self { activity: Activity::new(), sent: AtomicU64::new(0), failure: Mutex::default() }
    }

    /// The time of the last piece of any file that was passed to the connection.
    pub(crate) fn activity(&self) -> &Activity {
        &self.activity
    }

    /// The bytes that were passed to the connection.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Why a file could not be read. The HTTP client only says that the body broke off.
    pub(crate) fn take_failure(&self) -> Option<Error> {
        self.failure.lock().ok()?.take()
    }

    fn fail(&self, error: Error) {
        if let Ok(mut failure) = self.failure.lock() {
            failure.get_or_insert(error);
        }
    }
}

/// The content of a file that was opened.
pub(super) struct Content {
    source: ContentSource,
    remaining: Option<u64>,
}

enum ContentSource {
    Bytes(Bytes),
    Reader(ReaderStream<Reader>),
}

impl Content {
    pub(super) fn bytes(bytes: Bytes) -> Self {
        Self { remaining: Some(bytes.len() as u64), source: ContentSource::Bytes(bytes) }
    }

    pub(super) fn reader(reader: Reader, length: Option<u64>) -> Self {
        let stream = ReaderStream::with_capacity(reader, CHUNK);
        Self { source: ContentSource::Reader(stream), remaining: length }
    }

    pub(super) fn remaining(&self) -> Option<u64> {
        self.remaining
    }

    pub(super) fn watched(
        self,
        transfer: Arc<Transfer>,
        on_progress: Option<OnProgress>,
    ) -> Watched {
        Watched { total: self.remaining, content: self, sent: 0, transfer, on_progress }
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        match &mut self.source {
            ContentSource::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            ContentSource::Bytes(bytes) => {
                Poll::Ready(Some(Ok(bytes.split_to(bytes.len().min(CHUNK)))))
            }
            ContentSource::Reader(stream) => Pin::new(stream).poll_next(cx),
        }
    }

    /// Checks what was read against the announced length, which the request must keep.
    fn count(&mut self, read: Option<usize>) -> io::Result<()> {
        let Some(remaining) = self.remaining else { return Ok(()) };
        match read {
            Some(bytes) => match remaining.checked_sub(bytes as u64) {
                Some(remaining) => {
                    self.remaining = Some(remaining);
                    Ok(())
                }
                None => Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "there is more to read than was announced",
                )),
            },
            None if remaining == 0 => Ok(()),
            None => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("{remaining} bytes fewer than announced"),
            )),
        }
    }
}

/// A file's content on its way: counted, reported, and checked for its length.
pub(super) struct Watched {
    content: Content,
    total: Option<u64>,
    sent: u64,
    transfer: Arc<Transfer>,
    on_progress: Option<OnProgress>,
}

impl Stream for Watched {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let chunk = ready!(this.content.poll_chunk(cx)).transpose();
        let checked = chunk.and_then(|chunk| {
            this.content.count(chunk.as_ref().map(Bytes::len))?;
            Ok(chunk)
        });
        let chunk = match checked {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Poll::Ready(None),
            Err(error) => {
                let copy = io::Error::new(error.kind(), error.to_string());
                this.transfer
                    .fail(Error::upload("cannot read the file to its end").with_source(error));
                return Poll::Ready(Some(Err(copy)));
            }
        };
        this.sent += chunk.len() as u64;
        this.transfer.activity.note();
        this.transfer.sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        if let Some(report) = &this.on_progress {
            report(Progress { sent: this.sent, total: this.total });
        }
        Poll::Ready(Some(Ok(chunk)))
    }
}
