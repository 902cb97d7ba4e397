//! Events: of streams, channels and callbacks.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Page, Param, Schema, is_default, present};
use crate::location::Location;

/// An event of a stream, a channel or a callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// The name on the wire.
    pub wire: String,
    /// Other names of it on Coze Studio.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// The Rust name.
    pub rust: String,
    /// The schema of its data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// `true` if a stream may end with it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ends: bool,
    /// The place of a code in its data, as a JSON pointer. If the code is not zero, the event
    /// reports a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// `true` if its data are boxed, so that the union is not as large as its largest event.
    #[serde(default, skip_serializing_if = "is_default")]
    pub boxed: bool,
    /// Documentation.
    pub description: String,
    /// An example of its data. The events of a stream are in the example of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub example: Option<Value>,
    /// An example of the whole event or delivery, including the fields around its data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Value>,
}

/// A connection over which events travel both ways.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// The name: module and accessor.
    pub name: String,
    /// The file that describes it, as `spec/realtime/chat.yaml`.
    pub source: Arc<str>,
    /// Documentation, which begins with a summary.
    pub description: String,
    /// The page of the documentation; none if it is undocumented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The permissions that the token needs.
    pub permissions: Vec<String>,
    /// The path to connect to; `None` if the events travel over a connection of another kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The name of the builder of a connection, as `ConnectChat`.
    pub builder: String,
    /// The name of the union of the events that the client sends, as `ChatClientEvent`.
    pub client_event: String,
    /// The name of the union of the events that the server sends.
    pub server_event: String,
    /// The query parameters.
    pub params: Vec<Param>,
    /// The types of its module: the unions of its events, then the others in the order of the spec.
    pub schemas: Vec<Schema>,
}

/// The callbacks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhooks {
    /// The file that describes them.
    pub source: Arc<str>,
    /// The callbacks in the order of the spec.
    pub items: Vec<Webhook>,
    /// The types: the union of the events, then the others in the order of the spec.
    pub schemas: Vec<Schema>,
}

/// A callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// The event.
    pub event: Event,
    /// The place of its description in the spec.
    pub location: Location,
    /// The schema of the header of a delivery.
    pub header: String,
    /// The body of the response, if the platform reads one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// The body of a server's response to a callback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The schema.
    pub schema: String,
    /// An example.
    pub example: Value,
}

impl Channel {
    /// Returns the id of the operation that connects: `realtime.chat`.
    pub fn id(&self) -> String {
        format!("realtime.{}", self.name)
    }

    /// Returns the first paragraph of its documentation.
    pub fn summary(&self) -> &str {
        self.description.split("\n\n").next().unwrap_or_default()
    }
}
