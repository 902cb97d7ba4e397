//! The merged spec as one JSON document, and a cursor that knows the file and line of each node.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Diagnostics, ReadError};
use crate::language::Language;
use crate::location::Location;
use crate::yaml::child;

/// The merged spec.
#[derive(Clone, Debug)]
pub struct Document {
    pub(crate) root: Value,
    pub(crate) locations: HashMap<String, Location>,
    /// The names and paths of the resource files: `bots`, `spec/resources/bots.yaml`.
    pub(crate) resources: Vec<(String, Arc<str>)>,
    /// The names and paths of the channel files: `speech`, `spec/realtime/speech.yaml`.
    pub(crate) channels: Vec<(String, Arc<str>)>,
    /// The language of the texts.
    pub(crate) language: Language,
}

impl Document {
    pub(crate) fn node(&self) -> Node<'_> {
        Node { document: self, value: &self.root, pointer: String::new() }
    }

    /// Returns the schemas and their names, in the order of the files.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        self.node().at(&["components", "schemas"]).into_iter().flat_map(|node| node.entries())
    }

    /// Returns the place of a node, or of its nearest ancestor if the node does not exist.
    pub(crate) fn location(&self, pointer: &str) -> Location {
        let mut pointer = pointer;
        loop {
            if let Some(location) = self.locations.get(pointer) {
                return location.clone();
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => {
                    return Location::line(Arc::from("spec"), 1);
                }
            }
        }
    }
}

/// The content of a file of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum FileKind {
    /// One resource.
    Resource(String),
    /// One channel.
    Channel(String),
    /// The types that channels share.
    Channels,
    /// Callbacks.
    Webhooks,
    /// The root, or the types that resources share.
    Shared,
}

impl FileKind {
    pub(crate) fn of(file: &str) -> Self {
        let name = |path: &str| path.trim_end_matches(".yaml").replace('/', ".");
        if let Some((_, path)) = file.split_once("resources/") {
            Self::Resource(name(path))
        } else if let Some((_, path)) = file.split_once("realtime/") {
            if path == "shared.yaml" { Self::Channels } else { Self::Channel(name(path)) }
        } else if file.ends_with("/webhooks.yaml") {
            Self::Webhooks
        } else {
            Self::Shared
        }
    }
}

/// The prefix of every reference.
pub const SCHEMAS: &str = "#/components/schemas/";

#[derive(Clone)]
pub(crate) struct Node<'a> {
    pub(crate) document: &'a Document,
    pub(crate) value: &'a Value,
    pub(crate) pointer: String,
}

impl<'a> Node<'a> {
    pub(crate) fn get(&self, key: &str) -> Option<Node<'a>> {
        let value = match self.value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?)?,
            value => value.get(key)?,
        };
        Some(self.child(key, value))
    }

    fn child(&self, key: &str, value: &'a Value) -> Node<'a> {
        Node { document: self.document, value, pointer: child(&self.pointer, key) }
    }

    /// Returns the node at the end of a chain of keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<Node<'a>> {
        keys.iter().try_fold(self.clone(), |node, key| node.get(key))
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Returns the strings of the list at `key`; an empty list for other values.
    pub(crate) fn texts(&self, key: &str) -> Vec<&'a str> {
        let list = self.value.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Returns the entries of a mapping; an empty list for other values.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        let map = self.value.as_object();
        map.into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), self.child(key, value)))
            .collect()
    }

    /// Returns the items of a list; an empty list for other values.
    pub(crate) fn items(&self) -> Vec<Node<'a>> {
        let list = self.value.as_array().into_iter().flatten().enumerate();
        list.map(|(index, value)| self.child(&index.to_string(), value)).collect()
    }

    /// Returns the entries of the mapping at `key`.
    pub(crate) fn entries_of(&self, key: &str) -> Vec<(&'a str, Node<'a>)> {
        self.get(key).map(|node| node.entries()).unwrap_or_default()
    }

    /// Returns the items of the list at `key`.
    pub(crate) fn items_of(&self, key: &str) -> Vec<Node<'a>> {
        self.get(key).map(|node| node.items()).unwrap_or_default()
    }

    /// Returns the name that a schema refers to: by `$ref`, or by an `allOf` with one `$ref` that
    /// adds a description.
    pub(crate) fn reference(&self) -> Option<&'a str> {
        let direct = |value: &'a Value| value.get("$ref")?.as_str()?.strip_prefix(SCHEMAS);
        match self.value.get("allOf").and_then(Value::as_array) {
            Some(all) if all.len() == 1 => direct(&all[0]),
            Some(_) => None,
            None => direct(self.value),
        }
    }

    /// Returns the schema that this schema refers to, or this schema.
    pub(crate) fn resolve(&self) -> Option<Node<'a>> {
        match self.reference() {
            Some(name) => self.document.node().at(&["components", "schemas", name]),
            None => Some(self.clone()),
        }
    }

    /// Adds a finding about this node.
    pub(crate) fn report(
        &self,
        findings: &mut Diagnostics,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        findings.push(self.location(), message, help);
    }

    pub(crate) fn report_error(&self, findings: &mut Diagnostics, error: ReadError) {
        self.report(findings, error.message, error.help);
    }

    pub(crate) fn location(&self) -> Location {
        self.document.location(&self.pointer)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.pointer, self.value)
    }
}
