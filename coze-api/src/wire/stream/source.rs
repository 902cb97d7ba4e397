//! Where the bytes of a stream come from.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::base::error::BoxError;

/// Chunks of bytes, cut anywhere. Dropping it closes the connection.
pub(crate) struct Source(Pin<Box<dyn Stream<Item = Chunk> + Send>>);

type Chunk = Result<Bytes, BoxError>;

impl Source {
    pub(super) fn new<B: Into<Bytes>, X: Into<BoxError>>(
        chunks: impl Stream<Item = Result<B, X>> + Send + 'static,
    ) -> Self {
        let map = |chunk: Result<B, X>| chunk.map(Into::into).map_err(Into::into);
        Self(Box::pin(Mapped { chunks, map }))
    }

    /// The body of a reply.
    pub(crate) fn of(response: reqwest::Response) -> Self {
        // The address in the error may hold what is not to be shown.
        let map = |chunk: reqwest::Result<Bytes>| chunk.map_err(|e| e.without_url().into());
        Self(Box::pin(Mapped { chunks: response.bytes_stream(), map }))
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        self.0.as_mut().poll_next(cx)
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

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Chunk>> {
        let this = self.project();
        this.chunks.poll_next(cx).map(|chunk| chunk.map(this.map))
    }
}
