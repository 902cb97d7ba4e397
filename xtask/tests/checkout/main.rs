//! Tests of the files of the checkout: imports and the public API.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod globs;
mod imports;
mod public_api;
