//! The API as plain data. The generator, the mock server and the command line all use this model.
//!
//! ```
//! # fn main() -> Result<(), serde_json::Error> {
//! use coze_spec::model::Api;
//!
//! let api: Api = serde_json::from_str(r#"{"version": "2026-11", "resources": []}"#)?;
//! assert!(api.operation("bots.retrieve").is_none());
//! # Ok(())
//! # }
//! ```

mod error;
mod event;
mod operation;
mod schema;
mod site;
mod studio;

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

pub use error::{ErrorCategory, ErrorCode, ErrorSource, RetryAdvice};
pub use event::{Answer, Channel, Event, Webhook, Webhooks};
pub use operation::{
    Body, Media, Name, Operation, Paging, PagingStyle, Param, Place, Reply, Streaming, Verb,
};
pub use schema::{Field, Limits, Schema, Shape, Type, Usage, Variant};
pub use site::{Site, SiteOperation};
pub use studio::{Platform, Studio, StudioServer, WrappedErrors};

/// The whole API, resources in reading order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Api {
    /// The version of the spec.
    pub version: String,
    /// The servers of the cloud, the default one first.
    pub servers: Vec<Server>,
    /// The resources, one for each file in `spec/resources`.
    pub resources: Vec<Resource>,
    /// The fields around the payload of every JSON response.
    pub envelope: Vec<Field>,
    /// The types that two or more resources use.
    pub shared: Vec<Schema>,
    /// The channels, one for each file in `spec/realtime`, by name.
    pub channels: Vec<Channel>,
    /// The types that two or more channels use.
    pub channels_shared: Vec<Schema>,
    /// The events that the platform posts to a server of the user.
    pub webhooks: Option<Webhooks>,
    /// The facts about Coze Studio, the self-hosted platform.
    pub studio: Option<StudioServer>,
    /// The error codes, in the order of the spec.
    pub errors: Vec<ErrorCode>,
}

/// A server of the cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// The base URL.
    pub url: String,
    /// The description, such as `China.`
    pub description: String,
}

/// The content of one file of `spec/resources`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// The name of the module and accessor, and the first word of operation ids.
    pub name: String,
    /// The file in the spec, such as `spec/resources/bots.yaml`.
    pub source: Arc<str>,
    /// Documentation of the module.
    pub description: String,
    /// Other names under which the documentation of the code finds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The operations of the resource and its sub-resources.
    pub group: Group,
    /// The types of its module, in the order of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub schemas: Vec<Schema>,
}

/// The operations that share a call path.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// The call path, such as `["conversations", "messages"]`.
    pub path: Vec<String>,
    /// The name of the type that the accessor returns.
    pub accessor: String,
    /// The operations, in the order of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<Operation>,
    /// The sub-resources, in the order of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Group>,
}

/// A page of the vendor's documentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// The address.
    pub url: String,
    /// The Chinese title.
    pub title: String,
}

impl Group {
    /// Returns this group and its descendants, parents first.
    pub fn walk(&self) -> Vec<&Group> {
        let below = self.children.iter().flat_map(Group::walk);
        std::iter::once(self).chain(below).collect()
    }
}

impl Resource {
    /// Returns every operation, in the order of the call paths.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.group.walk().into_iter().flat_map(|group| &group.operations)
    }
}

impl Api {
    /// Returns every operation, in reading order.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.resources.iter().flat_map(Resource::operations)
    }

    /// Returns the operation with this id, such as `bots.create`.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations().find(|operation| operation.id == id)
    }

    /// Returns the channel with this name.
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == name)
    }

    /// Returns every schema.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        let resources = self.resources.iter().flat_map(|resource| &resource.schemas);
        let channels = self.channels.iter().flat_map(|channel| &channel.schemas);
        let webhooks = self.webhooks.iter().flat_map(|webhooks| &webhooks.schemas);
        let shared = self.shared.iter().chain(&self.channels_shared);
        resources.chain(channels).chain(webhooks).chain(shared)
    }

    /// Returns the schema with this name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas().find(|schema| schema.name == name)
    }

    /// Returns `true` if values of an object or a union contain floating-point numbers, at any
    /// depth. Such values are not always equal to themselves.
    pub fn has_floats(&self, schema: &Schema) -> bool {
        let mut seen = Vec::new();
        let mut open = vec![schema];
        while let Some(schema) = open.pop() {
            seen.push(&schema.name);
            let data = schema.events().iter().filter_map(|event| event.data.as_ref());
            open.extend(data.filter_map(|name| self.schema(name)));
            for field in schema.fields() {
                let mut kind = &field.kind;
                while let Type::List(item) | Type::Map(item) = kind {
                    kind = item;
                }
                match kind {
                    Type::Double => return true,
                    Type::Named(name) if !seen.contains(&name) => open.extend(self.schema(name)),
                    _ => {}
                }
            }
        }
        false
    }

    /// Returns `true` if a response that reports success without the payload is an error.
    pub fn requires_payload(&self, reply: &Reply) -> bool {
        match reply {
            Reply::Data(data) => data.required,
            Reply::Flat(name) => self
                .schema(name)
                .is_some_and(|schema| schema.fields().iter().any(|field| field.required)),
            Reply::Empty | Reply::Binary | Reply::Events => false,
        }
    }

    /// Returns the fields of an object, or of the objects in a list or map.
    ///
    /// Other types have no fields.
    pub fn fields(&self, kind: &Type) -> &[Field] {
        match kind {
            Type::Named(name) => match self.schema(name).map(|schema| &schema.shape) {
                Some(Shape::Struct(fields)) => fields,
                _ => &[],
            },
            Type::List(inner) | Type::Map(inner) => self.fields(inner),
            _ => &[],
        }
    }

    /// Returns the path of the Rust type of a schema, such as `coze_api::bots::Bot`.
    pub fn rust_path(&self, schema: &Schema) -> String {
        let owned = |schemas: &[Schema]| schemas.iter().any(|owned| owned.name == schema.name);
        let resource = self.resources.iter().find(|resource| owned(&resource.schemas));
        let channels = self.channels.iter().any(|channel| owned(&channel.schemas));
        let module = if let Some(resource) = resource {
            resource.name.as_str()
        } else if channels || owned(&self.channels_shared) {
            "realtime"
        } else if self.webhooks.iter().any(|webhooks| owned(&webhooks.schemas)) {
            "webhook"
        } else {
            return format!("coze_api::{}", schema.rust);
        };
        format!("coze_api::{module}::{}", schema.rust)
    }
}

/// Reads a value that is present; a present `null` becomes `Some(Value::Null)`.
fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Returns `true` for the default of a type, which the JSON omits.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
