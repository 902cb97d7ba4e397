//! One request on its way out, and its response on the way back. Each module may use those before it.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod envelope;
pub mod observe;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub mod stream;
pub(crate) mod transport;
pub(crate) mod upload;
