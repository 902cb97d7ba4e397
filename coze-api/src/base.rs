//! Plain things that know nothing of requests: errors, secrets, decoding, time, files.

pub(crate) mod activity;
pub(crate) mod atomic_file;
pub(crate) mod auth_error;
pub(crate) mod base64_text;
pub(crate) mod clock;
pub(crate) mod convert;
pub(crate) mod decode;
pub(crate) mod error;
pub(crate) mod future;
pub(crate) mod header;
#[cfg(test)]
pub(crate) mod interleave;
pub(crate) mod open_enum;
pub(crate) mod pasted;
pub(crate) mod percent;
pub(crate) mod platform;
pub(crate) mod redact;
pub(crate) mod region;
pub(crate) mod runtime;
pub(crate) mod secret;
pub(crate) mod token;
