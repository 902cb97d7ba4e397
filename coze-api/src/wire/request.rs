//! Requests as data: what a generated operation fills in, and what every builder of one
//! offers.

mod macros;

use std::fmt;
use std::future::IntoFuture;

pub(crate) use macros::{binary, options, paged, request, sendable, stream_only, streamed};

use crate::base::error::Result;
use crate::base::future::BoxFuture;
use crate::wire::call::Call;
use crate::wire::response::Response;
use crate::wire::send::Decode;

/// A request that resolves to its value together with the status, headers and log id of
/// the reply.
///
/// Await it, or call [`send`](Self::send).
#[must_use = "a request is sent when it is awaited"]
pub struct WithResponse<T> {
    call: Call,
    decode: Decode<T>,
}

impl<T: Send + 'static> WithResponse<T> {
    pub(crate) fn new(call: Call, decode: Decode<T>) -> Self {
        Self { call, decode }
    }

    /// Sends the request.
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
