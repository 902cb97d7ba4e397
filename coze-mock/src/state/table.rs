//! Things by their ids.

use std::collections::BTreeMap;
use std::collections::btree_map::{Values, ValuesMut};

use crate::error::ApiError;

/// Things by their ids. Ids rise, so that the oldest comes first.
#[derive(Clone, Debug)]
pub struct Table<T>(BTreeMap<String, T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Table<T> {
    /// Adds a thing, or replaces the one of that id.
    pub fn insert(&mut self, id: impl Into<String>, thing: T) {
        self.0.insert(id.into(), thing);
    }

    /// The thing of that id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.0.get(id)
    }

    /// The thing of that id, to change it.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.0.get_mut(id)
    }

    /// Removes a thing.
    pub fn remove(&mut self, id: &str) -> Option<T> {
        self.0.remove(id)
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> Values<'_, String, T> {
        self.0.values()
    }

    /// All of them, the oldest first, to change them.
    pub fn all_mut(&mut self) -> ValuesMut<'_, String, T> {
        self.0.values_mut()
    }

    /// The thing of that id, or else the error for the field `name`.
    pub(crate) fn require(&self, name: &str, id: &str) -> Result<&T, ApiError> {
        self.get(id).ok_or_else(|| ApiError::unknown(name, id))
    }

    /// The thing of that id, to change it, or else the error for the field `name`.
    pub(crate) fn require_mut(&mut self, name: &str, id: &str) -> Result<&mut T, ApiError> {
        self.get_mut(id).ok_or_else(|| ApiError::unknown(name, id))
    }
}
