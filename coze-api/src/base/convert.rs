//! What setters accept → what requests hold.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Entries of a map: an array or vector of pairs, a map, or any other iterator of pairs.
///
/// Keys and values are whatever converts, so that `[("city", "Kunming")]` will do.
pub trait Entries<T>: Sized {
    /// The pairs, converted.
    fn entries(self) -> impl Iterator<Item = (String, T)>;
}

impl<I, K, V, T> Entries<T> for I
where
    I: IntoIterator<Item = (K, V)>,
    K: Into<String>,
    V: Into<T>,
{
    fn entries(self) -> impl Iterator<Item = (String, T)> {
        self.into_iter().map(|(key, value)| (key.into(), value.into()))
    }
}

/// `value.into()` with the target named: the setters hand on to generic functions, which could not infer it.
pub(crate) fn into<T>(value: impl Into<T>) -> T {
    value.into()
}

/// A list of anything that converts.
pub(crate) fn list<T>(items: impl IntoIterator<Item = impl Into<T>>) -> Vec<T> {
    items.into_iter().map(Into::into).collect()
}

/// A map of anything that converts.
pub(crate) fn map<T>(entries: impl Entries<T>) -> BTreeMap<String, T> {
    entries.entries().collect()
}

/// A JSON object of anything that converts.
pub(crate) fn object(entries: impl Entries<Value>) -> Map<String, Value> {
    entries.entries().collect()
}
