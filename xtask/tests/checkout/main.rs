//! Tests of the files of the checkout: documents and imports.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail it")]

mod documents;
mod imports;
