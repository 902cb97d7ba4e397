//! What is fuzzed: a module per target, whose `run` takes the input.
//!
//! A nightly compiler and `cargo +nightly fuzz run TARGET` look for new inputs as long as one likes. The ordinary test
//! `tests/tests/fuzz.rs` runs the same functions with some thousand inputs that are the same every time.

pub mod envelope;
pub mod event_stream;
pub mod webhook;
