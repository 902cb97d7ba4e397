//! The bytes of a stream.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;
use reqwest::Response;
use sync_wrapper::SyncWrapper;

use crate::base::error::BoxError;

/// Chunks of bytes, cut anywhere. Dropping it closes the connection.
///
/// The wrapper makes streams `Sync` for free, because they are polled through `&mut`. After its end
/// the source is gone, because not every stream may be polled again.
pub(crate) struct Source(SyncWrapper<Chunks>);

enum Chunks {
    /// The body of a response, which is read without an adapter: most streams are one, and some
    /// have a chunk for every few bytes.
    Body(Response),
    Other(Pin<Box<dyn Stream<Item = Chunk> + Send>>),
    Ended,
}

type Chunk = Result<Bytes, BoxError>;

impl Source {
    pub(super) fn new<B: Into<Bytes>, X: Into<BoxError>>(
        chunks: impl Stream<Item = Result<B, X>> + Send + 'static,
    ) -> Self {
        let map = |chunk: Result<B, X>| chunk.map(Into::into).map_err(Into::into);
        Self(SyncWrapper::new(Chunks::Other(Box::pin(Mapped { chunks, map }))))
    }

    /// The body of a response.
    pub(crate) fn of(response: Response) -> Self {
        Self(SyncWrapper::new(Chunks::Body(response)))
    }

    #[inline]
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        let chunks = self.0.get_mut();
        let chunk = match chunks {
            // The future has no state of its own: all that it knows is in the response.
            Chunks::Body(response) => match ready!(pin!(response.chunk()).poll(cx)) {
                Ok(chunk) => chunk.map(Ok),
                // The URL in the error may have secrets.
                Err(e) => Some(Err(e.without_url().into())),
            },
            Chunks::Other(chunks) => ready!(chunks.as_mut().poll_next(cx)),
            Chunks::Ended => None,
        };
        if chunk.is_none() {
            *chunks = Chunks::Ended;
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
