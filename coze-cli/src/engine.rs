//! Calls operations by their id.
//!
//! The model describes how to build a request from JSON values, and the raw call of the SDK sends
//! it. Responses are passed on unchanged, as a stream of events. The commands and the playground
//! share this module.

mod events;
mod pages;
mod raw;
mod recorder;

use std::collections::BTreeMap;
use std::fmt;

use coze_api::{Client, RawCall, Upload};
use coze_serve::operation::{self, Input, InvalidValue};
use coze_spec::model::{Operation, Reply};
use serde_json::{Map, Value};

pub(crate) use events::{CallEvent, CallEvents, StreamFailure};
pub(crate) use raw::{RawBody, RawRequest};
pub(crate) use recorder::{Body, Part, Request};

use crate::catalog;
use crate::language::{say, text};
use crate::program::PROGRAM;

/// A value that cannot be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InvalidInput {
    /// The name of the invalid parameter, if any.
    pub(crate) field: Option<String>,
    message: String,
}

impl InvalidInput {
    pub(crate) fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), message: message.into() }
    }

    pub(crate) fn general(message: impl Into<String>) -> Self {
        Self { field: None, message: message.into() }
    }
}

impl fmt::Display for InvalidInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => f.write_str(&say!("{field}: {}", "{field}：{}", self.message)),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for InvalidInput {}

/// The form of the response to request, for operations that support several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The complete response; one page of a list.
    #[default]
    Reply,
    /// A stream of events.
    Events,
    /// The items of all pages of a list.
    AllPages,
}

/// A call of an operation.
///
/// `values` are keyed by the wire names of the parameters. Values with unknown names are sent too:
/// `query:NAME` in the query, `header:NAME` as a header, and others in the body, or in the query if
/// the operation has no body.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static Operation,
    pub(crate) values: Map<String, Value>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) mode: Mode,
}

impl Call {
    /// Starts the call. Nothing is sent until the stream is polled; dropping it ends the call.
    pub(crate) fn run(self, client: &Client) -> Result<CallEvents, InvalidInput> {
        self.start(client, true)
    }

    /// Returns the request of the call without sending it.
    pub(crate) async fn request(self, client: &Client) -> Result<Request, DryRunError> {
        self.start(client, false).map_err(DryRunError::Input)?.first_request().await
    }

    fn start(self, client: &Client, send: bool) -> Result<CallEvents, InvalidInput> {
        let Operation { stream, paging, reply, .. } = self.operation;
        match self.mode {
            Mode::Events if stream.is_none() => {
                return Err(InvalidInput::general(say!(
                    "the operation does not support streaming",
                    "该接口不支持流式响应",
                )));
            }
            Mode::AllPages if paging.is_none() => {
                return Err(InvalidInput::general(say!(
                    "the operation does not return pages",
                    "该接口不分页返回",
                )));
            }
            _ if !catalog::serves(client.platform(), self.operation) => {
                let platform = client.platform();
                return Err(InvalidInput::general(say!(
                    "{platform} does not have this operation; `{PROGRAM} ops --platform studio` \
                     lists those that it has",
                    "{platform} 不支持该接口；`{PROGRAM} ops --platform studio` 列出其支持的接口",
                )));
            }
            _ => {}
        }
        let recorder = recorder::Recorder::new(send);
        let client = client.with_observer(recorder.clone()).with_interceptor(recorder.clone());
        let request = build(&client, &self)?;
        Ok(match (self.mode, reply, paging) {
            (Mode::AllPages, _, Some(paging)) => CallEvents::pages(recorder, client, self, paging),
            (Mode::Events, ..) | (_, Reply::Events, _) => CallEvents::stream(recorder, request),
            (_, Reply::Binary, _) => CallEvents::file(recorder, request),
            _ => CallEvents::reply(recorder, request),
        })
    }
}

/// Builds the request of a call.
fn build(client: &Client, call: &Call) -> Result<RawCall, InvalidInput> {
    let stream = call.mode == Mode::Events;
    let (operation, values, uploads) = (call.operation, &call.values, &call.uploads);
    operation::request(client, Input { operation, values, uploads, stream }).map_err(|invalid| {
        match invalid {
            InvalidValue::Missing(name) => {
                InvalidInput::new(&name, text("a value is required", "缺少必填的值"))
            }
            InvalidValue::MissingFile(name) => {
                InvalidInput::new(&name, text("a file is required", "缺少文件"))
            }
            InvalidValue::PathSegment { name, value } => InvalidInput::new(
                &name,
                say!("the value must not be \"{value}\"", "值不能为 \"{value}\""),
            ),
            other => InvalidInput::general(other.to_string()),
        }
    })
}

/// An error while building a request for a dry run.
#[derive(Debug)]
pub(crate) enum DryRunError {
    /// The values are invalid.
    Input(InvalidInput),
    /// The SDK returned an error, for example because a file cannot be read.
    Sdk(Box<coze_api::Error>),
}

impl From<InvalidInput> for DryRunError {
    fn from(invalid: InvalidInput) -> Self {
        Self::Input(invalid)
    }
}

impl fmt::Display for DryRunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(invalid) => invalid.fmt(f),
            Self::Sdk(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "a panic fails the test")]
mod tests;
