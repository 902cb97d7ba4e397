//! Every command, over the mock.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "tests fail so")]

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod failures;
mod login;
mod pages;
mod talk;
#[cfg(unix)]
mod terminal;
mod texts;
