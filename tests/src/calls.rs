//! Every operation as a call with the examples of the spec, for tests that loop over all
//! operations.

use std::fmt::Debug;
use std::pin::Pin;

use coze_api::stream::StreamEvent;
use coze_api::{Client, Download, EventStream, Result};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use serde_json::Value;

/// A call whose request is sent when it is awaited.
pub type Calling = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// The result of a call.
pub enum Outcome {
    /// A decoded value, serialized again.
    Value(Value),
    /// A file that has not been read yet.
    File(Box<Download>),
    /// A stream of events in their `Debug` form.
    Events(Pin<Box<dyn Stream<Item = Result<String>> + Send>>),
}

impl Outcome {
    /// Reads a file or stream to its end.
    ///
    /// # Errors
    /// Returns an error if the reply is incomplete or cannot be decoded.
    pub async fn read_to_end(self) -> Result<()> {
        match self {
            Self::Value(_) => Ok(()),
            Self::File(file) => file.bytes().await.map(drop),
            Self::Events(mut events) => {
                while let Some(event) = events.next().await {
                    event?;
                }
                Ok(())
            }
        }
    }
}

/// The kind of reply of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyKind {
    /// A value, decoded from the complete reply.
    Value,
    /// A file, read while it arrives.
    File,
    /// A stream of events.
    Events,
}

/// A call of an operation.
#[derive(Clone, Copy)]
pub struct Call {
    /// The id of the operation.
    pub operation: &'static str,
    /// The kind of its reply.
    pub reply: ReplyKind,
    make: fn(&Client) -> Calling,
}

impl Call {
    pub(crate) const fn value(id: &'static str, make: fn(&Client) -> Calling) -> Self {
        Self::new(id, ReplyKind::Value, make)
    }

    pub(crate) const fn file(id: &'static str, make: fn(&Client) -> Calling) -> Self {
        Self::new(id, ReplyKind::File, make)
    }

    pub(crate) const fn events(id: &'static str, make: fn(&Client) -> Calling) -> Self {
        Self::new(id, ReplyKind::Events, make)
    }

    const fn new(operation: &'static str, reply: ReplyKind, make: fn(&Client) -> Calling) -> Self {
        Self { operation, reply, make }
    }

    /// Makes the call with this client.
    pub fn send_with(&self, client: &Client) -> Calling {
        (self.make)(client)
    }

    /// The operation, with a suffix if events are requested.
    pub fn name(&self) -> String {
        let events = if self.reply == ReplyKind::Events { " (events)" } else { "" };
        format!("{}{events}", self.operation)
    }
}

/// Returns all calls: one per operation, and two for operations with two kinds of replies.
pub fn all() -> impl Iterator<Item = Call> + Clone {
    crate::generated::CALLS.iter().copied().flatten().copied()
}

/// Returns the call of an operation. If there are two, returns the one that does not request
/// events.
pub fn of(operation: &str) -> Call {
    let found = all().find(|call| call.operation == operation);
    found.unwrap_or_else(|| panic!("{operation} has no call"))
}

pub(crate) fn value<T: Serialize>(
    request: impl IntoFuture<Output = Result<T>, IntoFuture: Send + 'static>,
) -> Calling {
    let request = request.into_future();
    Box::pin(async move {
        let value = serde_json::to_value(request.await?);
        Ok(Outcome::Value(value.expect("replies can be serialized")))
    })
}

pub(crate) fn file(
    request: impl IntoFuture<Output = Result<Download>, IntoFuture: Send + 'static>,
) -> Calling {
    let request = request.into_future();
    Box::pin(async move { Ok(Outcome::File(Box::new(request.await?))) })
}

pub(crate) fn events<E: StreamEvent + Debug + Send + 'static>(
    request: impl Future<Output = Result<EventStream<E>>> + Send + 'static,
) -> Calling {
    Box::pin(async move {
        let shown = |event: Result<E>| event.map(|event| format!("{event:?}"));
        Ok(Outcome::Events(Box::pin(request.await?.map(shown))))
    })
}
