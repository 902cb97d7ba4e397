//! Callbacks as they come over the wire, to a server made with axum.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod callback_server;
mod deliveries;
mod refusals;
mod vectors;
