//! Tests against the mock server: every operation with and without faults, user journeys, and
//! concurrency.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic"
)]

mod cancellation;
mod concurrency;
mod contract;
mod faults;
mod journeys;
mod platforms;
mod recovery;
