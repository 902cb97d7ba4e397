//! What goes over the wire and what comes back: the SDK against scripted servers on real sockets.
//!
//! One program, so that linking does not dominate; what needs a process of its own stands beside it.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail it"
)]

mod auth_device;
mod auth_jwt;
mod auth_redirect;
mod auth_renew;
mod auth_store;
mod auth_user;
mod bundle;
mod chat_poll;
mod concurrency;
mod download;
mod encoding;
mod environment;
mod escape_hatch;
mod faults;
mod fuzz;
mod leniency;
mod paging;
mod raw_call;
mod realtime;
mod realtime_connect;
mod realtime_faults;
mod realtime_flow;
mod realtime_helpers;
mod redirects;
mod retries;
mod secrets;
mod smoke;
mod stream;
mod stream_follow;
mod stream_http2;
mod stream_workflow;
mod uploads;
mod webhook;

// The generated tests of events name them so.
use coze_tests::channels::{answered, data, delivered, received, sent};
