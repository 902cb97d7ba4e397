//! What the generator knows about the API: plain data between the document and the code.

use std::sync::Arc;

use serde_json::Value;

/// The whole API, resources in reading order.
#[derive(Clone, Debug, PartialEq)]
pub struct Api {
    /// The resources, each one file of generated code.
    pub resources: Vec<Resource>,
    /// The types that two or more resources use.
    pub shared: Vec<Schema>,
    /// The channels, each one file of generated code, in the order of their names.
    pub channels: Vec<Channel>,
    /// The types that two or more channels use.
    pub channels_shared: Vec<Schema>,
    /// What the platform sends of its own accord.
    pub webhooks: Option<Webhooks>,
}

/// What one file of the spec describes.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The name: module, accessor and operation ids start with it.
    pub name: String,
    /// The file that describes it, as `spec/resources/bots.yaml`.
    pub source: Arc<str>,
    /// Documentation of the module.
    pub description: String,
    /// Operations of the resource and, below their names, of its sub-resources.
    pub group: Group,
    /// The types that it owns, in the order of the spec.
    pub schemas: Vec<Schema>,
}

/// A connection over which events travel both ways.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// The name: module and accessor.
    pub name: String,
    /// The file that describes it, as `spec/realtime/chat.yaml`.
    pub source: Arc<str>,
    /// Documentation, which begins with a summary.
    pub description: String,
    /// The page of the documentation and its title.
    pub page: Option<(String, String)>,
    /// What the token must be allowed.
    pub permission: Vec<String>,
    /// The path to connect to; none if the events travel over a connection of somebody else.
    pub path: Option<String>,
    /// The name of the builder of a connection, as `ConnectChat`.
    pub builder: String,
    /// The name of the union of the events that the client sends, as `ChatClientEvent`.
    pub client_event: String,
    /// The name of the union of the events that the server sends.
    pub server_event: String,
    /// The query parameters.
    pub params: Vec<Param>,
    /// The types that it owns: the unions of its events, then the others in the order of the spec.
    pub schemas: Vec<Schema>,
}

/// The callbacks.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhooks {
    /// The file that describes them.
    pub source: Arc<str>,
    /// Each of them, in the order of the spec.
    pub items: Vec<Webhook>,
    /// The types: the union of the events, then the others in the order of the spec.
    pub schemas: Vec<Schema>,
}

/// A callback.
#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    /// The event, with the example of its data.
    pub event: Event,
    /// The schema of the header that comes with it.
    pub header: String,
    /// The schema of the answer, with an example, where the platform reads one.
    pub answer: Option<(String, Value)>,
}

/// The operations that share a call path.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group {
    /// The call path, as `["conversations", "messages"]`.
    pub path: Vec<String>,
    /// The name of the type that the accessor returns.
    pub accessor: String,
    /// The operations, in the order of the spec.
    pub operations: Vec<Operation>,
    /// The sub-resources, in the order of the spec.
    pub children: Vec<Group>,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// The operation id, which is the call path.
    pub id: String,
    /// The last word of the call path.
    pub method: String,
    /// The name of the request builder.
    pub builder: String,
    /// The HTTP method.
    pub verb: Verb,
    /// The path template.
    pub path: String,
    /// What it does, in one sentence.
    pub summary: String,
    /// What else a caller must know.
    pub description: String,
    /// The page of the documentation and its title.
    pub page: Option<(String, String)>,
    /// What the token must be allowed.
    pub permission: Vec<String>,
    /// What to use instead, for a deprecated operation.
    pub deprecated: Option<String>,
    /// All parameters and body properties, in the order of the spec.
    pub params: Vec<Param>,
    /// What the method returns.
    pub reply: Reply,
    /// The events that it streams.
    pub stream: Option<Streaming>,
    /// How its pages follow each other.
    pub paging: Option<Paging>,
    /// Whether repeating it is harmless, where that is not what its verb says.
    pub repeatable: Option<bool>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
}

/// A parameter or body property.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Where it travels.
    pub place: Place,
    /// Its name on the wire, its Rust name, type and documentation.
    pub field: Field,
    /// The value of a parameter that can have only one.
    pub constant: Option<String>,
    /// The example value.
    pub example: Option<Value>,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query, a list as one comma-separated value or as repeated keys.
    Query {
        /// Whether a list repeats the key.
        explode: bool,
    },
    /// In a header.
    Header,
    /// In the JSON body.
    Body,
    /// In a multipart body.
    Part,
}

/// How an operation streams.
#[derive(Clone, Debug, PartialEq)]
pub struct Streaming {
    /// The union of the events.
    pub union: String,
    /// Whether the body property `stream` asks for them.
    pub switch: bool,
}

/// What a method returns.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Nothing but success.
    Empty,
    /// The envelope's `data`.
    Data(Type),
    /// The root of the reply without the envelope.
    Flat(String),
    /// A file.
    Binary,
    /// Nothing but a stream of events.
    Events,
}

/// How pages follow each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Paging {
    /// The style, with the names of the request parameters that it moves.
    pub style: PagingStyle,
    /// The parameter that sets the size, and the size without it.
    pub size: (String, i64),
    /// The schema of the reply's payload.
    pub payload: String,
    /// The property of the payload that holds the items (as its Rust name), and their type.
    pub items: (String, String),
}

/// The shapes of paging.
#[derive(Clone, Debug, PartialEq)]
pub enum PagingStyle {
    /// A page number; the reply holds a total.
    Counted {
        /// The parameter with the page number.
        page: String,
        /// The property with the total.
        total: String,
        /// The property that says whether there are more, where there is one.
        more: Option<String>,
    },
    /// A page number; the reply says whether there are more.
    Flagged {
        /// The parameter with the page number.
        page: String,
        /// The property that says whether there are more.
        more: String,
    },
    /// A token from the previous page.
    Token {
        /// The parameter with the token.
        token: String,
        /// The property with the next token.
        next: String,
        /// The property that says whether there are more.
        more: String,
    },
    /// The ids of the first and last item.
    Cursor {
        /// The parameter for what comes before an id.
        before: String,
        /// The parameter for what comes after an id.
        after: String,
        /// The property with the first id.
        first: String,
        /// The property with the last id.
        last: String,
        /// The property that says whether there are more.
        more: String,
    },
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// A string.
    String,
    /// A string that nothing may show.
    Secret,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// A floating-point number.
    Double,
    /// A boolean.
    Boolean,
    /// Free-form JSON.
    Json,
    /// A file part of a multipart body.
    File,
    /// A named schema.
    Named(String),
    /// A list.
    List(Box<Type>),
    /// A map with string keys.
    Map(Box<Type>),
}

/// A named schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// The name in the spec.
    pub name: String,
    /// The file that describes it.
    pub file: Arc<str>,
    /// The name of the Rust type.
    pub rust: String,
    /// Its documentation.
    pub description: String,
    /// Which way it travels.
    pub usage: Usage,
    /// What it is.
    pub shape: Shape,
}

/// Which way a schema travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// In requests, inside their bodies.
    pub request: bool,
    /// In replies.
    pub reply: bool,
    /// As the payload of a page, which [`Paging`] takes apart: no user meets it.
    pub page: bool,
}

/// What a schema is.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// An object with known properties.
    Struct(Vec<Field>),
    /// An open enumeration of strings.
    Strings(Vec<Variant>),
    /// An open enumeration of integers.
    Integers(Vec<Variant>),
    /// A union of events that the server sends.
    Events(Vec<Event>),
    /// A union of events that the client sends.
    Commands(Vec<Event>),
}

/// A property.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub rust: String,
    /// The type.
    pub kind: Type,
    /// Whether it must be there.
    pub required: bool,
    /// Whether its absence means something other than zero or empty.
    pub nullable: bool,
    /// Documentation, limits included.
    pub description: String,
}

/// An event of a stream, a channel or a callback.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub rust: String,
    /// The schema of its data.
    pub data: Option<String>,
    /// Whether it is the last.
    pub ends: bool,
    /// Whether its data lie behind a pointer, lest the union be as large as its largest event.
    pub boxed: bool,
    /// Documentation.
    pub description: String,
    /// An example of its data.
    pub example: Option<Value>,
}

/// A listed value of an enumeration.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// The value on the wire.
    pub wire: String,
    /// The Rust name.
    pub rust: String,
    /// Documentation.
    pub description: String,
}

impl Verb {
    /// The name in lower case, as OpenAPI and Rust methods have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

impl Group {
    /// This group and all below it, parents first.
    pub fn walk(&self) -> Vec<&Group> {
        let below = self.children.iter().flat_map(Group::walk);
        std::iter::once(self).chain(below).collect()
    }
}

impl Resource {
    /// Every operation, in the order of the call paths.
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.group.walk().into_iter().flat_map(|group| &group.operations)
    }
}

impl Channel {
    /// The first paragraph of its documentation.
    pub fn summary(&self) -> &str {
        self.description.split("\n\n").next().unwrap_or_default()
    }
}

impl Api {
    /// Every schema.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        let resources = self.resources.iter().flat_map(|resource| &resource.schemas);
        let channels = self.channels.iter().flat_map(|channel| &channel.schemas);
        let webhooks = self.webhooks.iter().flat_map(|webhooks| &webhooks.schemas);
        let shared = self.shared.iter().chain(&self.channels_shared);
        resources.chain(channels).chain(webhooks).chain(shared)
    }

    /// The path of the Rust type of a schema, as `coze_api::bots::Bot`.
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

    /// The schema of that name.
    pub fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas().find(|schema| schema.name == name)
    }
}

impl Schema {
    /// Whether it is an object.
    pub fn is_struct(&self) -> bool {
        matches!(self.shape, Shape::Struct(_))
    }
}
