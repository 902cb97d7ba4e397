//! A value together with what came along with it.

use std::ops::Deref;

use http::HeaderMap;

use crate::wire::envelope::Reply;

/// The value of a call, with the status, headers and log id of the reply.
///
/// Every request gives one if asked [`with_response`](crate::RawCall::with_response). It
/// derefs to the value.
#[derive(Clone, Debug)]
pub struct Response<T> {
    value: T,
    status: u16,
    headers: HeaderMap,
    log_id: Option<String>,
}

impl<T> Response<T> {
    pub(crate) fn new(value: T, reply: Reply) -> Self {
        let log_id = reply.log_id();
        Self { value, status: reply.status.as_u16(), headers: reply.headers, log_id }
    }

    /// The value alone.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The HTTP headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id under which Coze logged the request. Quote it when asking for support.
    pub fn log_id(&self) -> Option<&str> {
        self.log_id.as_deref()
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
