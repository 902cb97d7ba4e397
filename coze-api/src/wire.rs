//! One request on its way out, and its response on the way back. `layers.rs` says which module may
//! use which.

pub(crate) mod body;
pub(crate) mod call;
pub(crate) mod client;
pub(crate) mod envelope;
pub mod middleware;
pub(crate) mod observation;
pub mod observe;
pub(crate) mod page;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod send;
pub mod stream;
pub(crate) mod transport;
pub(crate) mod upload;
