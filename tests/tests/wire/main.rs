//! The SDK against scripted servers on real sockets: sent requests and received replies.
//!
//! All modules are one program, to save linking time. Tests that need a separate process are
//! programs of their own.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests may panic"
)]

mod auth_device;
mod auth_jwt;
mod auth_redirect;
mod auth_renew;
mod auth_renew_store;
mod auth_runtimes;
mod auth_store;
mod auth_user;
mod blocking;
mod bundle;
mod chaos;
mod chat_poll;
mod concurrency;
mod connections;
mod deadlines;
mod derived_clients;
mod documents;
mod download;
mod encoding;
mod environment;
mod escape_hatch;
mod extra_fields;
mod faults;
mod frictions;
mod fuzz;
mod leniency;
mod limits;
mod middleware;
mod observe;
mod odd_json;
mod paging;
mod raw_call;
mod raw_replies;
mod realtime;
mod realtime_connect;
mod realtime_faults;
mod realtime_flow;
mod realtime_helpers;
mod redirects;
mod reliability;
mod replay;
mod retries;
mod run_poll;
mod search;
mod secrets;
mod secrets_taint;
mod site;
mod smoke;
mod stream;
mod stream_follow;
mod stream_http2;
mod stream_workflow;
mod tls;
mod transport;
mod uploads;
mod webhook;

// The generated tests of events use these names.
use coze_tests::channels::{answered, data, delivered, received, sent};
