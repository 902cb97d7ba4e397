//! Tests of the files of the checkout: imports, the public API and the version of Rust.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod globs;
mod imports;
mod public_api;
mod rust_version;
