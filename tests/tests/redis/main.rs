//! `coze-api-redis` with a real Redis. Each test starts a server of its own, so the program
//! `redis-server` must be installed: `apt-get install redis-server`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic"
)]

mod events;
mod faults;
mod fleet;
mod lease;
mod server;
mod store;
