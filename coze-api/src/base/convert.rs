//! Conversions of the arguments of setters into the values of requests.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// The entries of a map: an array or vector of pairs, a map, or any other iterator of pairs.
///
/// Keys and values are converted, so that setters accept `[("city", "Kunming")]`.
pub trait Entries<T>: Sized {
    /// Returns the pairs, converted.
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

/// Converts a value with `Into`. The setters pass it to generic functions, which could not infer
/// the type.
pub(crate) fn into<T>(value: impl Into<T>) -> T {
    value.into()
}

/// Converts the items of a list.
pub(crate) fn list<T>(items: impl IntoIterator<Item = impl Into<T>>) -> Vec<T> {
    items.into_iter().map(Into::into).collect()
}

/// Converts the entries of a map.
pub(crate) fn map<T>(entries: impl Entries<T>) -> BTreeMap<String, T> {
    entries.entries().collect()
}

/// Converts the entries of a JSON object.
pub(crate) fn object(entries: impl Entries<Value>) -> Map<String, Value> {
    entries.entries().collect()
}
