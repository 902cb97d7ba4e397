//! Operations: what they take and what they reply.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Field, Page, Platform, Studio, Type, present};
use crate::location::Location;

/// One operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// The operation id, which is the call path.
    pub id: String,
    /// The last word of the call path.
    pub method: String,
    /// The name of the request builder.
    pub builder: String,
    /// The HTTP method.
    pub verb: Verb,
    /// Other HTTP methods that the platform accepts for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Verb>,
    /// The path template.
    pub path: String,
    /// Where the spec describes it.
    pub location: Location,
    /// What it does, in one sentence.
    pub summary: String,
    /// What else a caller must know, in Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The page of the documentation; none if it is undocumented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// What the token must be allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
    /// What to use instead, for a deprecated operation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Whether it takes a token.
    pub authenticated: bool,
    /// Whether it changes or costs something.
    pub changes: bool,
    /// Whether repeating it is harmless.
    pub idempotent: bool,
    /// How many seconds it may take, where that is longer than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// All parameters and body properties: path, query, headers, then the body in the order of the spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    /// The request body, whose properties are [`params`](Self::params).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// What the reply holds.
    pub reply: Reply,
    /// An example of the reply: JSON with its envelope, or the content of a file as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// The events that it streams, instead of the reply or on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<Streaming>,
    /// How its pages follow each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// Its differences on Coze Studio; none if that does not serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub studio: Option<Studio>,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Param {
    /// Where it travels.
    pub place: Place,
    /// Its name on the wire, its Rust name, type and documentation.
    #[serde(flatten)]
    pub field: Field,
    /// The value of a parameter that is always the same: callers do not give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// The example value.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub example: Option<Value>,
    /// The value in the example of the documentation, which leaves out optional values without one. For a file, it is a name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub documented: Option<Value>,
}

/// Where a parameter travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// A request body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// How it is written.
    pub media: Media,
    /// Whether there must be one.
    pub required: bool,
    /// An example of the whole body; a file part is text.
    pub example: Value,
}

/// How a request body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// As JSON.
    Json,
    /// As the parts of a form.
    Multipart,
}

/// How an operation streams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streaming {
    /// The union of the events, a schema.
    pub union: String,
    /// Whether the body property `stream` asks for them.
    pub switch: bool,
    /// An example of a whole stream, as it is on the wire.
    pub example: String,
}

/// What a reply holds beside the envelope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// Nothing but success.
    Empty,
    /// The envelope's `data`.
    Data(Box<Field>),
    /// The root of the reply without the envelope: the fields of this schema.
    Flat(String),
    /// A file.
    Binary,
    /// Nothing but a stream of events.
    Events,
}

/// A name on the wire and in Rust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// On the wire.
    pub wire: String,
    /// In Rust.
    pub rust: String,
}

/// How pages follow each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paging {
    /// The style, with the names of the request parameters that it moves.
    pub style: PagingStyle,
    /// The parameter that sets the size of a page.
    pub size: Name,
    /// The size of a page if the parameter is left out.
    pub default_size: i64,
    /// The schema of the reply's payload.
    pub payload: String,
    /// The property of the payload that holds the items.
    pub items: Name,
    /// The type of an item.
    pub item: Type,
}

/// The shapes of paging.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagingStyle {
    /// A page number; the reply holds a total.
    Counted {
        /// The parameter with the page number.
        page: Name,
        /// The property with the total.
        total: Name,
        /// The property that says whether there are more, where there is one.
        more: Option<Name>,
    },
    /// A page number; the reply says whether there are more.
    Flagged {
        /// The parameter with the page number.
        page: Name,
        /// The property that says whether there are more.
        more: Name,
    },
    /// A token from the previous page.
    Token {
        /// The parameter with the token.
        token: Name,
        /// The property with the next token.
        next: Name,
        /// The property that says whether there are more.
        more: Name,
    },
    /// The ids of the first and last item.
    Cursor {
        /// The parameter for what comes before an id.
        before: Name,
        /// The parameter for what comes after an id.
        after: Name,
        /// The property with the first id.
        first: Name,
        /// The property with the last id.
        last: Name,
        /// The property that says whether there are more.
        more: Name,
    },
}

impl Operation {
    /// Returns the parameter or body property of that name on the wire.
    pub fn param(&self, wire: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.field.wire == wire)
    }

    /// Returns `true` if the platform serves it.
    pub fn is_served_by(&self, platform: Platform) -> bool {
        platform == Platform::Cloud || self.studio.is_some()
    }

    /// Returns the path template on a platform.
    pub fn path_on(&self, platform: Platform) -> &str {
        let studio = self.studio.as_ref().filter(|_| platform == Platform::Studio);
        studio.and_then(|studio| studio.path.as_deref()).unwrap_or(&self.path)
    }

    /// Returns the type of the reply's payload, if it is JSON and holds one.
    pub fn payload(&self) -> Option<Type> {
        match &self.reply {
            Reply::Data(data) => Some(data.kind.clone()),
            Reply::Flat(name) => Some(Type::Named(name.clone())),
            Reply::Empty | Reply::Binary | Reply::Events => None,
        }
    }
}

impl Param {
    /// Whether callers must give it: it is required, and not the same for everyone.
    pub fn is_argument(&self) -> bool {
        self.field.required && self.constant.is_none()
    }
}

impl Place {
    /// Returns `true` in a request body.
    pub const fn is_body(self) -> bool {
        matches!(self, Self::Body | Self::Part)
    }
}

impl Verb {
    /// Returns the name in lower case, as OpenAPI and Rust methods have it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// Whether repeating a request with this method is harmless, unless the operation says otherwise.
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post)
    }
}

impl PagingStyle {
    /// Returns the property that says whether there are more, where there is one.
    pub fn more(&self) -> Option<&Name> {
        match self {
            Self::Counted { more, .. } => more.as_ref(),
            Self::Flagged { more, .. } | Self::Token { more, .. } | Self::Cursor { more, .. } => {
                Some(more)
            }
        }
    }
}
