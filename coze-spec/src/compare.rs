//! The difference between two versions of the API, as its users feel it.
//!
//! ```
//! use coze_spec::compare::{compare, Label};
//! use coze_spec::model::Api;
//!
//! let (old, new) = (Api::default(), Api { version: "2".to_owned(), ..Api::default() });
//! let changes = compare(&old, &new);
//! assert_eq!(changes[0].labels, [Label::Words]);
//! ```

mod changelog;
mod channels;
mod document;
mod errors;
mod operations;
mod rules;
mod schemas;
mod site;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Api, Type};

pub use changelog::changelog;
pub use rules::{RULES, Rule};
pub use site::compare_sites;

/// The effect of a change, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// Only documentation changes.
    Words,
    /// Something new can be used.
    Addition,
    /// Unchanged programs send or receive something else.
    BreakingWire,
    /// Programs no longer compile, or compile and do something else.
    BreakingRust,
}

impl Label {
    /// Returns the label as people read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Words => "words only",
            Self::Addition => "addition",
            Self::BreakingWire => "breaking on the wire",
            Self::BreakingRust => "breaking for Rust users",
        }
    }
}

/// A change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The name of the rule, as `argument-added`.
    pub rule: &'static str,
    /// The effects, the mildest first.
    pub labels: &'static [Label],
    /// The item that changed, as `bots.create` or `Bot.name`.
    pub item: String,
    /// The change, in one sentence without a period.
    pub message: String,
    /// The reason for the labels.
    pub reason: &'static str,
}

impl Change {
    /// Returns the severest effect.
    pub fn severity(&self) -> Label {
        self.labels.last().copied().unwrap_or(Label::Words)
    }
}

/// Compares two versions of the API. The result is in the order of the spec: the document, errors,
/// operations, channels, callbacks, types.
pub fn compare(old: &Api, new: &Api) -> Vec<Change> {
    let mut comparison = Comparison { old, new, changes: Vec::new() };
    comparison.document();
    comparison.resources();
    comparison.errors();
    comparison.operations();
    comparison.channels();
    comparison.webhooks();
    comparison.schemas();
    comparison.changes
}

struct Comparison<'a> {
    old: &'a Api,
    new: &'a Api,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn add(&mut self, rule: &'static Rule, item: &str, message: impl Into<String>) {
        let (item, message) = (item.to_owned(), message.into());
        let Rule { name, labels, reason } = *rule;
        self.changes.push(Change { rule: name, labels, item, message, reason });
    }

    /// Adds a change if the values differ; the message shows both.
    fn differ<T: PartialEq>(
        &mut self,
        rule: &'static Rule,
        item: &str,
        (old, new): (&T, &T),
        message: impl FnOnce(&T, &T) -> String,
    ) {
        if old != new {
            self.add(rule, item, message(old, new));
        }
    }

    /// Adds a change of words if the texts differ.
    fn words(&mut self, item: &str, what: &str, old: &str, new: &str) {
        if old != new {
            self.add(&rules::WORDS_CHANGED, item, format!("the {what} is reworded"));
        }
    }
}

/// Pairs the items of two lists by a key: those that are gone, those in both, and those that are
/// new, each in the order of its list.
struct Paired<'a, T> {
    removed: Vec<&'a T>,
    both: Vec<(&'a T, &'a T)>,
    added: Vec<&'a T>,
}

fn pair<'a, T, K: Ord>(
    old: impl IntoIterator<Item = &'a T>,
    new: impl IntoIterator<Item = &'a T>,
    key: impl Fn(&'a T) -> K,
) -> Paired<'a, T> {
    let mut before: BTreeMap<K, (usize, &T)> =
        old.into_iter().enumerate().map(|(index, item)| (key(item), (index, item))).collect();
    let mut paired = Paired { removed: Vec::new(), both: Vec::new(), added: Vec::new() };
    for item in new {
        match before.remove(&key(item)) {
            Some((_, old)) => paired.both.push((old, item)),
            None => paired.added.push(item),
        }
    }
    let mut removed: Vec<(usize, &T)> = before.into_values().collect();
    removed.sort_by_key(|(index, _)| *index);
    paired.removed = removed.into_iter().map(|(_, item)| item).collect();
    paired
}

/// Returns a type as the spec's authors name it.
fn type_name(kind: &Type) -> String {
    match kind {
        Type::String => "string".to_owned(),
        Type::Secret => "secret".to_owned(),
        Type::Int32 => "32-bit integer".to_owned(),
        Type::Int64 => "64-bit integer".to_owned(),
        Type::Double => "number".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Json => "free-form JSON".to_owned(),
        Type::File => "file".to_owned(),
        Type::Named(name) => format!("`{name}`"),
        Type::List(inner) => format!("list of {}", type_name(inner)),
        Type::Map(inner) => format!("map of {}", type_name(inner)),
    }
}

/// Joins names for a message: `a`, `b`.
fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
