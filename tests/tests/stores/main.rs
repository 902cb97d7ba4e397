//! Token stores: the contract that all of them keep, and `coze-api-redis` with a real Redis.
//!
//! Each test of Redis starts a server of its own, so the program `redis-server` must be installed:
//! `apt-get install redis-server`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic"
)]

mod contract;
mod events;
mod faults;
mod fleet;
mod lease;
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
