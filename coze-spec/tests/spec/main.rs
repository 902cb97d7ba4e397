//! Tests of the real spec, and of documents made from it.

#![cfg(feature = "source")]
#![allow(clippy::panic, reason = "a helper of a test may fail it")]

mod bundle;
mod coverage;
mod drift;
mod exports;
mod locale;
mod model;
