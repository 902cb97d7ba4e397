//! Every operation as a call that any test can make, with the examples of the spec.

use std::fmt::Debug;
use std::pin::Pin;

use coze_api::stream::StreamEvent;
use coze_api::{Client, Download, EventStream, Result};
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;
use serde_json::Value;

/// A call that has been made; it is sent when it is awaited.
pub type Calling = Pin<Box<dyn Future<Output = Result<Outcome>> + Send>>;

/// What came of a call.
pub enum Outcome {
    /// A value, encoded again.
    Value(Value),
    /// A file that is still to be read.
    File(Box<Download>),
    /// Events that are still to come, as `Debug` shows them.
    Events(Pin<Box<dyn Stream<Item = Result<String>> + Send>>),
}

impl Outcome {
    /// Reads what is still to come.
    ///
    /// # Errors
    /// The reply broke off, or could not be understood.
    pub async fn whole(self) -> Result<()> {
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

/// What a call gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A value, once the reply is whole.
    Value,
    /// A file that is read while it comes.
    File,
    /// Events, one by one.
    Events,
}

/// A call of an operation.
#[derive(Clone, Copy)]
pub struct Call {
    /// The id of the operation.
    pub operation: &'static str,
    /// What it gives.
    pub gives: Gives,
    make: fn(&Client) -> Calling,
}

impl Call {
    pub(crate) const fn value(id: &'static str, make: fn(&Client) -> Calling) -> Self {
        Self::new(id, Gives::Value, make)
    }

    pub(crate) const fn file(id: &'static str, make: fn(&Client) -> Calling) -> Self {
        Self::new(id, Gives::File, make)
    }

    pub(crate) const fn events(id: &'static str, make: fn(&Client) -> Calling) -> Self {
        Self::new(id, Gives::Events, make)
    }

    const fn new(operation: &'static str, gives: Gives, make: fn(&Client) -> Calling) -> Self {
        Self { operation, gives, make }
    }

    /// The call by this client.
    pub fn by(&self, client: &Client) -> Calling {
        (self.make)(client)
    }

    /// The operation, and whether it is asked for events.
    pub fn name(&self) -> String {
        let events = if self.gives == Gives::Events { " (events)" } else { "" };
        format!("{}{events}", self.operation)
    }
}

/// All calls: at least one per operation, and two if it can answer in two ways.
pub fn all() -> impl Iterator<Item = Call> + Clone {
    crate::generated::CALLS.iter().copied().flatten().copied()
}

/// The call of an operation; of two, the one that does not ask for events.
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
        Ok(Outcome::Value(value.expect("replies can be serialised")))
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
