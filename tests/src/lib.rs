//! Helpers that the tests of this workspace share: scripted servers, and expectations from the
//! spec.
//!
//! The tests are in `tests/`, and external validators in `peers/`.
//!
//! The examples of the workspace's README and of the Chinese READMEs are compiled with the
//! documentation of this crate.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "helpers of tests may panic"
)]

pub mod calls;
pub mod channels;
pub mod child;
pub mod events;
pub mod examples;
pub mod expectation;
// prettyplease breaks nested calls differently from rustfmt.
#[rustfmt::skip]
mod generated;
pub mod failures;
pub mod lost;
pub mod mock;
pub mod network;
pub mod oauth;
pub mod patience;
pub mod replay;
pub mod server;
pub mod websocket;

/// Documents outside the documentation of a crate.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    mod readme {}

    #[doc = include_str!("../../README.zh-CN.md")]
    mod readme_zh {}

    #[doc = include_str!("../../coze-api/README.zh-CN.md")]
    mod coze_api_zh {}

    #[doc = include_str!("../../coze-mock/README.zh-CN.md")]
    mod coze_mock_zh {}

    #[doc = include_str!("../../coze-serve/README.zh-CN.md")]
    mod coze_serve_zh {}

    #[doc = include_str!("../../coze-widget/README.zh-CN.md")]
    mod coze_widget_zh {}
}
