//! Types and values.

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::{Event, is_default, present};
use crate::location::Location;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// A string.
    String,
    /// A string that is not shown in logs or debug output.
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

/// A value with a name: a parameter, a property, or the payload of a response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// Other names that Coze Studio uses for it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub aliases: Vec<String>,
    /// The Rust name.
    pub rust: String,
    /// The type.
    pub kind: Type,
    /// `true` if it must be present.
    #[serde(default, skip_serializing_if = "is_default")]
    pub required: bool,
    /// `true` if it may be null, and absence means something other than zero or empty.
    #[serde(default, skip_serializing_if = "is_default")]
    pub nullable: bool,
    /// The description in the spec. Limits and default are not part of it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub description: String,
    /// The documented limits. The SDK does not enforce them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub limits: Limits,
    /// The value that the server assumes if none is sent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub default: Option<Value>,
}

/// The documented limits of a value, inclusive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The smallest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Number>,
    /// The largest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Number>,
    /// The minimum number of characters of a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// The maximum number of characters of a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// The minimum number of items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_items: Option<u64>,
    /// The maximum number of items of a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_items: Option<u64>,
    /// The limits of each item of a list or value of a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Box<Limits>>,
}

/// A named schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// The name in the spec.
    pub name: String,
    /// The place of its description in the spec.
    pub location: Location,
    /// The name of the Rust type.
    pub rust: String,
    /// Its documentation.
    pub description: String,
    /// The messages that contain it.
    pub usage: Usage,
    /// The kind of schema, with its content.
    pub shape: Shape,
}

/// The messages that contain a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// It occurs in request bodies.
    #[serde(skip_serializing_if = "is_default")]
    pub request: bool,
    /// It occurs in responses.
    #[serde(skip_serializing_if = "is_default")]
    pub reply: bool,
    /// It is the payload of a page. Users see a page of items instead, see
    /// [`Paging`](super::Paging).
    #[serde(skip_serializing_if = "is_default")]
    pub page: bool,
}

/// The kind of a schema, with its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// An object with known properties.
    Struct(Vec<Field>),
    /// An open enumeration of strings.
    Strings(Vec<Variant<String>>),
    /// An open enumeration of integers.
    Integers(Vec<Variant<i64>>),
    /// A union of events that the server sends.
    Events(Vec<Event>),
    /// A union of events that the client sends.
    Commands(Vec<Event>),
}

/// A listed value of an enumeration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant<T> {
    /// The value on the wire.
    pub value: T,
    /// Other spellings of the value on Coze Studio.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The Rust name.
    pub rust: String,
    /// Documentation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

impl Schema {
    /// Returns `true` for an object.
    pub fn is_struct(&self) -> bool {
        matches!(self.shape, Shape::Struct(_))
    }

    /// Returns the fields of an object; other schemas have none.
    pub fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Struct(fields) => fields,
            _ => &[],
        }
    }

    /// Returns the field of an object with this name on the wire.
    pub fn field(&self, wire: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.wire == wire)
    }

    /// Returns the events of a union; other schemas have none.
    pub fn events(&self) -> &[Event] {
        match &self.shape {
            Shape::Events(events) | Shape::Commands(events) => events,
            _ => &[],
        }
    }

    /// Returns the listed values of an enumeration. Servers may send others.
    pub fn values(&self) -> Vec<Value> {
        match &self.shape {
            Shape::Strings(variants) => {
                variants.iter().map(|variant| variant.value.as_str().into()).collect()
            }
            Shape::Integers(variants) => {
                variants.iter().map(|variant| variant.value.into()).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Field {
    /// Returns `true` if the Rust type of the field is an `Option`, in a type that travels that
    /// way.
    pub fn is_optional(&self, usage: Usage) -> bool {
        if usage.request {
            return !self.required || self.nullable;
        }
        match &self.kind {
            Type::Named(_) => !self.required || self.nullable,
            // Anything else that the server omits is zero or empty.
            Type::List(_) | Type::Map(_) | Type::Json => false,
            _ => self.nullable,
        }
    }
}
