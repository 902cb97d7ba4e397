//! A cursor over the document: a value, its pointer, and so its place.

use std::fmt;

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::load::Document;
use crate::location::Location;
use crate::read::ReadError;
use crate::yaml::child;

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
        Some(Node { document: self.document, value, pointer: child(&self.pointer, key) })
    }

    /// The node at the end of a chain of keys.
    pub(crate) fn at(&self, keys: &[&str]) -> Option<Node<'a>> {
        keys.iter().try_fold(self.clone(), |node, key| node.get(key))
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.value.get(key)?.as_str()
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.value.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The strings of a list; nothing where there is no list.
    pub(crate) fn texts(&self, key: &str) -> Vec<&'a str> {
        let list = self.value.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The entries of a mapping; nothing for other values.
    pub(crate) fn entries(&self) -> Vec<(&'a str, Node<'a>)> {
        let map = self.value.as_object();
        map.into_iter()
            .flatten()
            .filter_map(|(key, _)| Some((key.as_str(), self.get(key)?)))
            .collect()
    }

    /// The items of a list; nothing for other values.
    pub(crate) fn items(&self) -> Vec<Node<'a>> {
        let length = self.value.as_array().map_or(0, Vec::len);
        (0..length).filter_map(|index| self.get(&index.to_string())).collect()
    }

    /// The entries of the mapping at `key`.
    pub(crate) fn entries_of(&self, key: &str) -> Vec<(&'a str, Node<'a>)> {
        self.get(key).map(|node| node.entries()).unwrap_or_default()
    }

    /// The items of the list at `key`.
    pub(crate) fn items_of(&self, key: &str) -> Vec<Node<'a>> {
        self.get(key).map(|node| node.items()).unwrap_or_default()
    }

    /// The name that a schema refers to: `$ref`, or the one `$ref` of an `allOf` that adds a description.
    pub(crate) fn reference(&self) -> Option<&'a str> {
        let direct = |value: &'a Value| value.get("$ref")?.as_str()?.strip_prefix(SCHEMAS);
        match self.value.get("allOf").and_then(Value::as_array) {
            Some(all) if all.len() == 1 => direct(&all[0]),
            Some(_) => None,
            None => direct(self.value),
        }
    }

    /// The schema itself, or the one that it refers to.
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
