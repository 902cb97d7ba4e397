//! Bodies of requests that must arrive at some pace.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use bytes::{Buf as _, Bytes};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep};

use crate::language::text;

/// The longest wait for the next bytes.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
/// The lowest pace, in bytes per second, after the first [`IDLE_TIMEOUT`].
const PACE: u64 = 1024;

/// A body that fails if its client sends nothing for a while, or single bytes forever.
///
/// Only the time counts in which the server waits for the client.
pub(super) struct Paced<B = Incoming> {
    body: B,
    received: u64,
    /// The time waited for what has been received.
    waited: Duration,
    wait: Option<Wait>,
}

/// A wait for the next bytes.
struct Wait {
    began: Instant,
    end: Pin<Box<Sleep>>,
}

impl<B> Paced<B> {
    pub(super) fn new(body: B) -> Self {
        Self { body, received: 0, waited: Duration::ZERO, wait: None }
    }

    /// Returns the time that the next bytes may take.
    fn allowance(&self) -> Duration {
        let total = IDLE_TIMEOUT + Duration::from_secs(self.received / PACE);
        IDLE_TIMEOUT.min(total.saturating_sub(self.waited))
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin> Body for Paced<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if let Some(wait) = self.wait.take() {
                self.waited += wait.began.elapsed();
            }
            if let Some(data) = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()) {
                self.received += data.remaining() as u64;
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let allowance = self.allowance();
        let wait = self.wait.get_or_insert_with(|| Wait {
            began: Instant::now(),
            end: Box::pin(tokio::time::sleep(allowance)),
        });
        ready!(wait.end.as_mut().poll(cx));
        Poll::Ready(Some(Err(text("the body arrives too slowly", "请求体到达过慢").into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_be_slow_but_not_stuck() {
        let allowance = |received, waited| {
            let waited = Duration::from_secs(waited);
            Paced { body: (), received, waited, wait: None }.allowance().as_secs()
        };
        assert_eq!(allowance(0, 0), 15);
        // Single bytes do not extend the time.
        assert_eq!((allowance(10, 10), allowance(20, 20)), (5, 0));
        assert_eq!(allowance(1024 * 1024, 1000), 15);
        // A fast beginning does not let a client pause for long.
        assert_eq!(allowance(1024 * 1024 * 1024, 0), 15);
    }
}
