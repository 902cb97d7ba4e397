//! Tests of the files of the checkout: documents, imports and the public API.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod documents;
mod globs;
mod imports;
mod public_api;
