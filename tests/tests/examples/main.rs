//! The examples of the SDK and of the widget, run as programs.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests may panic")]

mod login;
mod mock;
mod readme;
mod realtime;
mod scripted;
mod voice;

use coze_tests::examples::Examples;

/// The programs, which are built once for all tests.
static EXAMPLES: Examples = Examples::new();
