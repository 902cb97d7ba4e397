//! The fuzz targets: one module per target, whose `run` takes the input.
//!
//! `cargo +nightly fuzz run TARGET` searches for new inputs until it is stopped. The test
//! `tests/tests/wire/fuzz.rs` runs the same functions on stable with several thousand reproducible
//! inputs.

pub mod envelope;
pub mod event_stream;
pub mod webhook;
