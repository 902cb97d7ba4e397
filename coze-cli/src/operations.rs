//! The generated table of operations, as Rust values.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The table as it was generated.
pub(crate) const JSON: &str = include_str!("generated/operations.json");

/// An operation.
#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) title: String,
    pub(crate) title_zh: Option<String>,
    pub(crate) description: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) permissions: Vec<String>,
    pub(crate) docs: Option<String>,
    pub(crate) deprecated: bool,
    pub(crate) answer: Answer,
    pub(crate) paged: bool,
    pub(crate) changes: bool,
    pub(crate) parameters: Vec<Field>,
    pub(crate) reply: Vec<Field>,
    pub(crate) events: Vec<Event>,
    pub(crate) example: Map<String, Value>,
}

/// How an operation answers.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    #[default]
    Json,
    Events,
    JsonOrEvents,
    File,
}

/// A parameter, a field of a reply, or what is inside one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Field {
    pub(crate) name: String,
    /// The name in Rust, where it differs.
    pub(crate) rust: Option<String>,
    #[serde(rename = "in")]
    pub(crate) place: String,
    #[serde(rename = "type")]
    pub(crate) kind: Kind,
    /// The path of the Rust type of an object or an enumeration.
    pub(crate) rust_type: Option<String>,
    pub(crate) required: bool,
    pub(crate) nullable: bool,
    pub(crate) secret: bool,
    pub(crate) description: String,
    pub(crate) default: Option<Value>,
    pub(crate) minimum: Option<Value>,
    pub(crate) maximum: Option<Value>,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    pub(crate) min_items: Option<u64>,
    pub(crate) max_items: Option<u64>,
    #[serde(rename = "enum")]
    pub(crate) variants: Vec<Variant>,
    pub(crate) example: Option<Value>,
    pub(crate) items: Option<Box<Field>>,
    pub(crate) values: Option<Box<Field>>,
    pub(crate) properties: Vec<Field>,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    String,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
    Map,
    File,
    #[default]
    Json,
}

/// A listed value of an enumeration.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Variant {
    pub(crate) value: Value,
    pub(crate) description: String,
    /// The name of the Rust variant, of enumerations of integers.
    pub(crate) rust: Option<String>,
}

/// An event of a stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    #[serde(rename = "event")]
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) ends: bool,
}

static ALL: LazyLock<Vec<Operation>> =
    // The generator wrote it and a test reads it: it is never broken.
    LazyLock::new(|| serde_json::from_str(JSON).unwrap_or_default());

/// Every operation, in reading order.
pub(crate) fn all() -> &'static [Operation] {
    &ALL
}

/// The operation with this id.
pub(crate) fn find(id: &str) -> Option<&'static Operation> {
    all().iter().find(|operation| operation.id == id)
}

/// All that is known of the operation with this id, as JSON.
pub(crate) fn entry(id: &str) -> Value {
    let all: Vec<Value> = serde_json::from_str(JSON).unwrap_or_default();
    all.into_iter().find(|entry| entry["id"] == id).unwrap_or_default()
}

/// The ids most like a wrong one, for a hint.
pub(crate) fn like(id: &str) -> Vec<&'static str> {
    let words: Vec<&str> = id.split(['.', '_', '-', ' ']).collect();
    let score =
        |known: &str| words.iter().filter(|word| word.len() > 2 && known.contains(**word)).count();
    let mut known: Vec<(usize, &str)> = all()
        .iter()
        .map(|operation| (score(&operation.id), operation.id.as_str()))
        .filter(|(score, _)| *score > 0)
        .collect();
    known.sort_by_key(|(score, id)| (usize::MAX - score, id.len()));
    known.into_iter().take(3).map(|(_, id)| id).collect()
}

impl Operation {
    pub(crate) fn parameter(&self, name: &str) -> Option<&Field> {
        self.parameters.iter().find(|field| field.name == name)
    }

    pub(crate) fn streams(&self) -> bool {
        matches!(self.answer, Answer::Events | Answer::JsonOrEvents)
    }

    /// What is searched in.
    pub(crate) fn matches(&self, search: &str) -> bool {
        let text = format!(
            "{} {} {} {}",
            self.id,
            self.title,
            self.title_zh.as_deref().unwrap_or_default(),
            self.path
        )
        .to_lowercase();
        search.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

impl Field {
    /// Its name in Rust.
    pub(crate) fn rust_name(&self) -> &str {
        self.rust.as_deref().unwrap_or(&self.name)
    }

    /// The type, as one word or two.
    pub(crate) fn type_name(&self) -> String {
        match (self.kind, &self.items, &self.values) {
            (Kind::Array, Some(items), _) => format!("list of {}", items.type_name()),
            (Kind::Map, _, Some(values)) => format!("map of {}", values.type_name()),
            (kind, ..) => kind.name().to_owned(),
        }
    }

    /// The limits in words, as `1 to 20 characters`.
    pub(crate) fn limits(&self) -> Option<String> {
        let number = |value: Option<u64>| value.map(Value::from);
        let range = |low: Option<Value>, high: Option<Value>, unit: &str| match (low, high) {
            (Some(low), Some(high)) => Some(format!("{low} to {high}{unit}")),
            (Some(low), None) => Some(format!("at least {low}{unit}")),
            (None, Some(high)) => Some(format!("at most {high}{unit}")),
            (None, None) => None,
        };
        range(self.minimum.clone(), self.maximum.clone(), "")
            .or_else(|| range(number(self.min_length), number(self.max_length), " characters"))
            .or_else(|| range(number(self.min_items), number(self.max_items), " items"))
    }
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "list",
            Self::Object => "object",
            Self::Map => "map",
            Self::File => "file",
            Self::Json => "json",
        }
    }
}
