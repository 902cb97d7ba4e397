//! The bytes of a stream.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;
use sync_wrapper::SyncWrapper;

use crate::base::error::BoxError;

/// Chunks of bytes, cut anywhere. Dropping it closes the connection.
///
/// The wrapper makes streams `Sync` for free, because they are polled through `&mut`. After its end
/// the stream is gone, because not every stream may be polled again.
pub(crate) struct Source(Option<SyncWrapper<Chunks>>);

type Chunks = Pin<Box<dyn Stream<Item = Chunk> + Send>>;

type Chunk = Result<Bytes, BoxError>;

impl Source {
    pub(super) fn new<B: Into<Bytes>, X: Into<BoxError>>(
        chunks: impl Stream<Item = Result<B, X>> + Send + 'static,
    ) -> Self {
        let map = |chunk: Result<B, X>| chunk.map(Into::into).map_err(Into::into);
        Self::boxed(Mapped { chunks, map })
    }

    /// The body of a response.
    pub(crate) fn of(response: reqwest::Response) -> Self {
        // The URL in the error may have secrets.
        let map = |chunk: reqwest::Result<Bytes>| chunk.map_err(|e| e.without_url().into());
        Self::boxed(Mapped { chunks: response.bytes_stream(), map })
    }

    fn boxed(chunks: impl Stream<Item = Chunk> + Send + 'static) -> Self {
        Self(Some(SyncWrapper::new(Box::pin(chunks))))
    }

    #[inline]
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        let Some(chunks) = &mut self.0 else { return Poll::Ready(None) };
        let chunk = ready!(chunks.get_mut().as_mut().poll_next(cx));
        if chunk.is_none() {
            self.0 = None;
        }
        Poll::Ready(chunk)
    }
}

pin_project! {
    struct Mapped<S, F> {
        #[pin]
        chunks: S,
        map: F,
    }
}

impl<S: Stream, F: Fn(S::Item) -> Chunk> Stream for Mapped<S, F> {
    type Item = Chunk;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        let this = self.project();
        this.chunks.poll_next(cx).map(|chunk| chunk.map(this.map))
    }
}
