//! The mock as its clients see it, over HTTP and WebSocket.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod audio;
mod bots;
mod callbacks;
mod chat;
mod connections;
mod conversations;
mod databases;
mod datasets;
mod every_operation;
mod examples;
mod faults;
mod oauth;
mod platforms;
mod realtime;
mod requests;
mod resources;
mod streams;
mod studio;
mod studio_resources;
mod support;
mod workflows;
