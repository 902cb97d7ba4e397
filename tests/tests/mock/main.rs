//! What only a server that behaves makes possible: every call against it, with faults and without; whole journeys; many
//! calls at once.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod cancellation;
mod concurrency;
mod contract;
mod faults;
mod journeys;
mod recovery;
