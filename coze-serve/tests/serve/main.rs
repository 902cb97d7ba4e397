//! The routers over HTTP, in front of the mock.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of a test may fail it")]

mod mcp;
mod openai;
mod support;
