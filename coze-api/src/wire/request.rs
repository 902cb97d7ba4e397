//! The builders of requests: the methods that all generated operations have.

mod macros;

use std::fmt;
use std::future::IntoFuture;

pub(crate) use macros::{binary, options, paged, request, sendable, stream_only, streamed};

use crate::base::error::Result;
use crate::base::future::BoxFuture;
use crate::wire::call::Call;
use crate::wire::response::Response;
use crate::wire::send::DecodeReply;

/// A request whose result is the value together with the status, the headers and the log ID of the
/// response.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// let response = coze.bots().retrieve("7493066380997012345").with_response().await?;
/// println!("{} ({:?})", response.value.name, response.log_id());
/// # Ok(()) }
/// ```
///
/// Returned by `with_response()` of every request that is not a stream or a download; those have
/// the same methods themselves. Await it, or call [`send`](Self::send).
#[doc(alias = "headers")]
#[doc(alias = "with_raw_response")]
#[must_use = "a request is sent when it is awaited"]
pub struct WithResponse<T> {
    call: Call,
    decode: DecodeReply<T>,
}

impl<T: Send + 'static> WithResponse<T> {
    pub(crate) fn new(call: Call, decode: DecodeReply<T>) -> Self {
        Self { call, decode }
    }

    /// Sends the request. Awaiting the value does the same.
    ///
    /// The request is retried like any other.
    pub async fn send(self) -> Result<Response<T>> {
        self.call.send_with_response(self.decode).await
    }
}

impl<T: Send + 'static> IntoFuture for WithResponse<T> {
    type Output = Result<Response<T>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<T> Clone for WithResponse<T> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), decode: self.decode }
    }
}

impl<T> fmt::Debug for WithResponse<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WithResponse").field(&self.call).finish()
    }
}

#[cfg(test)]
mod tests;
