#![doc = include_str!("../README.md")]

// What a program holds.
pub mod auth;
mod client;
mod region;

// A request on its way out.
pub mod observe;
mod raw;
mod request;
mod retry;
mod transport;
mod upload;

// Its reply on the way back.
mod decode;
mod envelope;
mod open_enum;
mod page;
mod response;
pub mod stream;

// What goes both ways at once.
#[cfg(feature = "realtime")]
pub mod realtime;

// What comes without being asked for.
#[cfg(feature = "webhook")]
pub mod webhook;

// The API: one module per resource, and what is added to it by hand.
mod convert;
mod ext;
// prettyplease has formatted it.
#[rustfmt::skip]
mod generated;

// What serves all.
mod error;
mod redact;
mod secret;
#[cfg(test)]
mod testing;

pub use auth::{AccessToken, BoxFuture, Credentials, TokenContext};
pub use client::{Client, ClientBuilder};
pub use convert::Entries;
pub use error::{Error, Result};
pub use ext::{
    ChatReply, ContentPart, ContentPartType, Gather, PollChat, TextStream, ToolResult, Tools,
    WorkflowReply,
};
pub use generated::*;
pub use page::{Items, Page, Pages};
pub use raw::RawCall;
pub use region::Region;
pub use request::WithResponse;
pub use response::Response;
pub use retry::Retry;
pub use secret::Secret;
pub use stream::{Download, EventStream};
pub use upload::{Progress, Upload};

pub use http::{HeaderMap, Method};
pub use secrecy::SecretString;
