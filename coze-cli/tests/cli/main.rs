//! Tests of every command with the mock.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic fails the test"
)]

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod chat;
mod failures;
mod login;
mod pages;
mod platforms;
mod secrets;
#[cfg(unix)]
mod terminal;
mod texts;
