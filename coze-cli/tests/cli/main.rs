//! Tests of every command with the mock, of the playground's server, and of the samples.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic fails the test"
)]

mod common;

#[cfg(unix)]
mod attacks;
mod calls;
mod chat;
mod completions;
mod exports;
mod failures;
mod language;
mod login;
mod mcp;
mod pages;
mod platforms;
mod playground;
mod previews;
mod profiles;
mod realtime;
mod requests;
mod samples;
mod secrets;
mod serve;
mod talk;
#[cfg(unix)]
mod terminal;
mod texts;
mod webhooks;
