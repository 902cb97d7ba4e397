//! Calls operations by their id: the model says how a request is built from JSON values, the SDK's raw call sends it, and
//! what happens comes out as it happens, exactly as it came.
//!
//! The commands and the playground share it.

mod pages;
mod request;
mod running;
mod watch;

use std::collections::BTreeMap;
use std::fmt;

use coze_api::{Client, Upload};
use coze_spec::model::{Operation, Reply};
use serde_json::{Map, Value};

pub(crate) use running::{CallEvent, Running, StreamFailure};
pub(crate) use watch::{Body, Part, Request};

/// A value that cannot be sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct InvalidInput {
    /// The parameter, if one of them is the cause.
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
            Some(field) => write!(f, "{field}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for InvalidInput {}

/// What an operation is asked to answer with, where it can do several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The whole reply; of a list, one page.
    #[default]
    Reply,
    /// Events, while the server works.
    Events,
    /// All items of a list, page after page.
    AllPages,
}

/// A call to be made.
///
/// Values are by the names of parameters on the wire. Any other name is sent too: `query:NAME` in the query, `header:NAME`
/// as a header, and the rest in the body, or in the query of an operation without one.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static Operation,
    pub(crate) values: Map<String, Value>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) mode: Mode,
}

impl Call {
    /// Sends it. Nothing happens until the stream is polled, and dropping that ends the call.
    pub(crate) fn run(self, client: &Client) -> Result<Running, InvalidInput> {
        self.start(client, true)
    }

    /// The request that it would send.
    pub(crate) async fn request(self, client: &Client) -> Result<Request, DryRunError> {
        use futures_util::StreamExt as _;

        let mut running = self.start(client, false).map_err(DryRunError::Input)?;
        while let Some(event) = running.next().await {
            match event {
                Ok(CallEvent::Request(request)) => return Ok(request),
                Ok(_) => {}
                Err(error) => return Err(DryRunError::Sdk(Box::new(error))),
            }
        }
        Err(DryRunError::Input(InvalidInput::general("the operation sends no request")))
    }

    fn start(self, client: &Client, send: bool) -> Result<Running, InvalidInput> {
        let Operation { stream, paging, reply, .. } = self.operation;
        match self.mode {
            Mode::Events if stream.is_none() => {
                return Err(InvalidInput::general("the operation has no events"));
            }
            Mode::AllPages if paging.is_none() => {
                return Err(InvalidInput::general("the operation has no pages"));
            }
            _ => {}
        }
        let watch = watch::Watch::new(send);
        let client = client.observed(watch.clone());
        let request = request::build(&client, &self)?;
        Ok(match (self.mode, reply, paging) {
            (Mode::AllPages, _, Some(paging)) => Running::pages(watch, client, self, paging),
            (Mode::Events, ..) | (_, Reply::Events, _) => Running::events(watch, request),
            (_, Reply::Binary, _) => Running::file(watch, request),
            _ => Running::reply(watch, request),
        })
    }
}

/// Why there is no request to show.
#[derive(Debug)]
pub(crate) enum DryRunError {
    /// The values cannot be sent.
    Input(InvalidInput),
    /// The SDK refuses, for instance because a file cannot be read.
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
#[allow(clippy::expect_used, clippy::panic, reason = "tests fail so")]
mod tests;
