//! Operations: parameters, bodies, responses, streams and paging.

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
    /// The place of its description in the spec.
    pub location: Location,
    /// The summary, one sentence.
    pub summary: String,
    /// Further documentation, in Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The page of the documentation; none if it is undocumented.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The permissions that the token needs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
    /// The replacement for a deprecated operation, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// `true` if it takes a token.
    pub authenticated: bool,
    /// `true` if it changes or costs something.
    pub changes: bool,
    /// `true` if it is idempotent, so that a request may be sent again.
    pub idempotent: bool,
    /// The seconds that it may take, if that is longer than usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// All parameters and body properties: path, query, headers, then the body in the order of the
    /// spec.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    /// The request body, whose properties are [`params`](Self::params).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// The payload of the response.
    pub reply: Reply,
    /// An example of the response: JSON with its envelope, or the content of a file as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
    /// The events that it streams, always or on request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<Streaming>,
    /// The paging of its results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paging: Option<Paging>,
    /// Its differences on Coze Studio; `None` if Coze Studio does not have it.
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
    /// The part of the request that contains it.
    pub place: Place,
    /// Its names, type and documentation.
    #[serde(flatten)]
    pub field: Field,
    /// The value of a parameter that is always the same. Callers do not set it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<String>,
    /// The example value.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub example: Option<Value>,
    /// The value in the example of the documentation, which omits optional parameters without one.
    /// For a file, it is a file name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub documented: Option<Value>,
}

/// The part of a request that contains a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the path.
    Path,
    /// In the query, a list as one comma-separated value or as repeated keys.
    Query {
        /// `true` if a list repeats the key.
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
    /// The encoding.
    pub media: Media,
    /// `true` if a request must have a body.
    pub required: bool,
    /// An example of the whole body, in which a file is text.
    pub example: Value,
}

/// The encoding of a request body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// As JSON.
    Json,
    /// As the parts of a form.
    Multipart,
}

/// The event stream of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streaming {
    /// The schema of the events, a union.
    pub union: String,
    /// `true` if the body property `stream` requests the events.
    pub switch: bool,
    /// An example of a whole stream, in the format of server-sent events.
    pub example: String,
}

/// The payload of a response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// None: the envelope reports success.
    Empty,
    /// The envelope's `data`.
    Data(Box<Field>),
    /// The fields of this schema, which stand beside those of the envelope.
    Flat(String),
    /// A file.
    Binary,
    /// None: the response is always a stream of events.
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

/// The paging of an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paging {
    /// The style, with the names of its parameters and properties.
    pub style: PagingStyle,
    /// The parameter that sets the size of a page.
    pub size: Name,
    /// The size of a page if the parameter is omitted.
    pub default_size: i64,
    /// The schema of the response's payload.
    pub payload: String,
    /// The property of the payload with the items.
    pub items: Name,
    /// The type of an item.
    pub item: Type,
    /// The property of the payload that holds the id of a task instead of a page, where there is
    /// one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<Name>,
}

/// The styles of paging.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagingStyle {
    /// A page number; the response contains the total number of items.
    Counted {
        /// The parameter with the page number.
        page: Name,
        /// The property with the total.
        total: Name,
        /// The property that is `true` if more items follow, if there is one.
        more: Option<Name>,
    },
    /// A page number; the response says if more items follow.
    Flagged {
        /// The parameter with the page number.
        page: Name,
        /// The property that is `true` if more items follow.
        more: Name,
    },
    /// A token from the previous page.
    Token {
        /// The parameter with the token.
        token: Name,
        /// The property with the next token.
        next: Name,
        /// The property that is `true` if more items follow.
        more: Name,
    },
    /// The ids of the first and last item.
    Cursor {
        /// The parameter that requests the items before an id.
        before: Name,
        /// The parameter that requests the items after an id.
        after: Name,
        /// The property with the first id.
        first: Name,
        /// The property with the last id.
        last: Name,
        /// The property that is `true` if more items follow.
        more: Name,
    },
}

impl Operation {
    /// Returns the parameter or body property with this name on the wire.
    pub fn param(&self, wire: &str) -> Option<&Param> {
        self.params.iter().find(|param| param.field.wire == wire)
    }

    /// Returns `true` if the platform has this operation.
    pub fn is_served_by(&self, platform: Platform) -> bool {
        platform == Platform::Cloud || self.studio.is_some()
    }

    /// Returns the path template on a platform.
    pub fn path_on(&self, platform: Platform) -> &str {
        let studio = self.studio.as_ref().filter(|_| platform == Platform::Studio);
        studio.and_then(|studio| studio.path.as_deref()).unwrap_or(&self.path)
    }

    /// Returns the type of the response's payload, if it is JSON.
    pub fn payload(&self) -> Option<Type> {
        match &self.reply {
            Reply::Data(data) => Some(data.kind.clone()),
            Reply::Flat(name) => Some(Type::Named(name.clone())),
            Reply::Empty | Reply::Binary | Reply::Events => None,
        }
    }
}

impl Param {
    /// Returns `true` if callers must set it: it is required and not a constant.
    pub fn is_argument(&self) -> bool {
        self.field.required && self.constant.is_none()
    }
}

impl Place {
    /// Returns `true` for properties of a request body.
    pub const fn is_body(self) -> bool {
        matches!(self, Self::Body | Self::Part)
    }
}

impl Verb {
    /// Returns the name in lower case, as in OpenAPI.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }

    /// Returns `true` if the method is idempotent. An operation may declare otherwise.
    pub const fn is_idempotent(self) -> bool {
        !matches!(self, Self::Post)
    }
}

impl PagingStyle {
    /// Returns the parameter with the page number, where pages are numbered.
    pub fn page(&self) -> Option<&Name> {
        match self {
            Self::Counted { page, .. } | Self::Flagged { page, .. } => Some(page),
            Self::Token { .. } | Self::Cursor { .. } => None,
        }
    }

    /// Returns the property that is `true` if more items follow, if there is one.
    pub fn more(&self) -> Option<&Name> {
        match self {
            Self::Counted { more, .. } => more.as_ref(),
            Self::Flagged { more, .. } | Self::Token { more, .. } | Self::Cursor { more, .. } => {
                Some(more)
            }
        }
    }
}
