#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The layers, from the bottom to the top; `layers.rs` tests that imports point downwards only.

// Plain things that know nothing of requests.
mod base;
// One request on its way out, and its response on the way back.
mod wire;
// The builder of a client, and the raw call.
mod client;
// Access tokens, and the apps that obtain them.
pub mod auth;
// The API: one module per resource, and the additions that are written by hand.
mod ext;
// prettyplease has formatted it.
#[rustfmt::skip]
mod generated;

// Documentation only.
pub mod guide;

// Waiting for calls without an async runtime.
#[cfg(feature = "blocking")]
pub mod blocking;
// Sessions over WebSocket.
#[cfg(feature = "realtime")]
pub mod realtime;
// Deployed projects at addresses of their own.
#[cfg(feature = "site")]
pub mod site;
// Callbacks.
#[cfg(feature = "webhook")]
pub mod webhook;

#[cfg(test)]
mod layers;
#[cfg(test)]
mod testing;

pub use base::convert::Entries;
pub use base::error::{Error, ErrorCategory, ErrorCode, ErrorKind, Result, RetryAdvice};
pub use base::future::BoxFuture;
pub use base::platform::Platform;
pub use base::region::Region;
pub use base::secret::Secret;
pub use base::token::AccessToken;
pub use client::{ClientBuilder, RawCall};
pub use ext::{
    Accumulator, ChatReply, ContentPart, ContentPartType, FilterField, Json, PollChat,
    PollDatabaseTask, PollDocuments, PollWorkflowRun, TextStream, ToolResult, Tools, WorkflowReply,
};
pub use generated::*;
pub use wire::client::{Client, Credentials, TokenContext};
pub use wire::page::{Items, ListLayout, Page, Pages};
pub use wire::request::WithResponse;
pub use wire::response::{RawResponse, Response};
pub use wire::retry::Retry;
pub use wire::stream::{Download, EventStream};
pub use wire::upload::{Progress, Upload};
pub use wire::{middleware, observe, stream};

pub use bytes::Bytes;
pub use futures_core::Stream;
pub use http::{HeaderMap, Method, StatusCode};
pub use reqwest;
pub use secrecy::{ExposeSecret, SecretString};
pub use serde_json::{Map, Value};
