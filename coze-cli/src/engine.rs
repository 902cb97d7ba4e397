//! Calls operations by their id: values go in, the SDK's own builder sends them, and what happens comes out as it happens.
//!
//! The commands and the playground share it.

mod input;
mod running;
mod watch;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;

use coze_api::stream::Frame;
use coze_api::{Client, Download, EventStream, Upload};
use futures_core::Stream;
use serde_json::{Map, Value};

pub(crate) use input::{Input, set};
pub(crate) use running::{Happening, Running};
pub(crate) use watch::{Body, Part, Request};

use crate::generated::dispatch::TABLE;

/// A call that is still to be sent.
pub(crate) type Sending<T> = Pin<Box<dyn Future<Output = coze_api::Result<T>> + Send>>;

/// What a builder makes of the values.
pub(crate) type Made = Result<Outcome, Unfit>;

/// How an operation answers.
pub(crate) enum Outcome {
    Value(Sending<Value>),
    File(Sending<Download>),
    Events(Sending<EventStream<Frame>>),
    Items(Pin<Box<dyn Stream<Item = coze_api::Result<Value>> + Send>>),
}

/// A value that does not fit the operation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unfit {
    /// The parameter, if it is one's fault.
    pub(crate) field: Option<String>,
    what: String,
}

impl Unfit {
    pub(crate) fn new(field: &str, what: impl Into<String>) -> Self {
        Self { field: Some(field.to_owned()), what: what.into() }
    }

    pub(crate) fn general(what: impl Into<String>) -> Self {
        Self { field: None, what: what.into() }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(f, "{field}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Unfit {}

/// An operation of the table.
pub(crate) struct Entry {
    id: &'static str,
    make: fn(&Client, &mut Input) -> Made,
}

impl Entry {
    pub(crate) const fn new(id: &'static str, make: fn(&Client, &mut Input) -> Made) -> Self {
        Self { id, make }
    }
}

/// What an operation is asked to answer with, where it can do several things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The whole reply; of a list, one page.
    #[default]
    Whole,
    /// Events, while the server works.
    Events,
    /// All items of a list, page after page.
    All,
}

/// A call to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) values: Map<String, Value>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    pub(crate) mode: Mode,
}

impl Call {
    /// Sends it. Nothing happens until the stream is polled, and dropping that ends the call.
    pub(crate) fn run(self, client: &Client) -> Result<Running, Unfit> {
        self.start(client, true)
    }

    /// The request that it would send.
    pub(crate) async fn request(self, client: &Client) -> Result<Request, DryRunError> {
        use futures_util::StreamExt as _;

        let mut running = self.start(client, false).map_err(DryRunError::Unfit)?;
        while let Some(happening) = running.next().await {
            match happening {
                Ok(Happening::Request(request)) => return Ok(request),
                Ok(_) => {}
                Err(error) => return Err(DryRunError::Sdk(Box::new(error))),
            }
        }
        Err(DryRunError::Unfit(Unfit::general("the operation sends no request")))
    }

    fn start(self, client: &Client, send: bool) -> Result<Running, Unfit> {
        let entry = TABLE
            .iter()
            .copied()
            .flatten()
            .find(|entry| entry.id == self.id)
            .ok_or_else(|| Unfit::general(format!("there is no operation {}", self.id)))?;
        let watch = watch::Watch::new(send);
        let client = client.observed(watch.clone());
        let mut input = Input::new(self.values, self.uploads, self.mode);
        Ok(Running::new(watch, (entry.make)(&client, &mut input)?))
    }
}

/// Why there is no request to show.
#[derive(Debug)]
pub(crate) enum DryRunError {
    /// The values do not fit.
    Unfit(Unfit),
    /// The SDK refuses, for instance since a file cannot be read.
    Sdk(Box<coze_api::Error>),
}

impl From<Unfit> for DryRunError {
    fn from(unfit: Unfit) -> Self {
        Self::Unfit(unfit)
    }
}

impl fmt::Display for DryRunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfit(unfit) => unfit.fmt(f),
            Self::Sdk(error) => error.fmt(f),
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::panic, reason = "tests fail so")]
mod tests;
