//! What the tests of this workspace share: a scripted server, and the spec as the judge of what goes over the wire.
//!
//! The tests are under `tests/`, and outside validators under `peers/`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a helper of a test may fail it"
)]

pub mod calls;
pub mod channels;
pub mod child;
pub mod events;
pub mod examples;
pub mod expectation;
// Printed by prettyplease, which breaks calls inside arguments otherwise than rustfmt does.
#[rustfmt::skip]
mod generated;
pub mod failures;
pub mod mock;
pub mod oauth;
pub mod server;
pub mod websocket;
