//! Tests of the generator as one program, which is linked with the type engine only once.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test may fail it")]

mod common;
mod files;
mod golden;
mod progenitor;
mod robustness;
mod spec;
mod surface;
