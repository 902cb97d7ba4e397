//! Tables of values by id.

use std::collections::BTreeMap;
use std::collections::btree_map::{Values, ValuesMut};

use crate::error::ApiError;

/// Values by id, the oldest first, because ids increase.
#[derive(Clone, Debug)]
pub struct Table<T>(BTreeMap<String, T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Table<T> {
    /// Adds a value, or replaces the one with that id.
    pub fn insert(&mut self, id: impl Into<String>, thing: T) {
        self.0.insert(id.into(), thing);
    }

    /// Returns the value with that id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.0.get(id)
    }

    /// Returns the value with that id, mutably.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.0.get_mut(id)
    }

    /// Removes a value.
    pub fn remove(&mut self, id: &str) -> Option<T> {
        self.0.remove(id)
    }

    /// Returns all values, the oldest first.
    pub fn all(&self) -> Values<'_, String, T> {
        self.0.values()
    }

    /// Returns all values, the oldest first, mutably.
    pub fn all_mut(&mut self) -> ValuesMut<'_, String, T> {
        self.0.values_mut()
    }

    /// Returns the value with that id, or the error for the field `name`.
    pub(crate) fn require(&self, name: &str, id: &str) -> Result<&T, ApiError> {
        self.get(id).ok_or_else(|| ApiError::unknown(name, id))
    }

    /// Returns the value with that id, mutably, or the error for the field `name`.
    pub(crate) fn require_mut(&mut self, name: &str, id: &str) -> Result<&mut T, ApiError> {
        self.get_mut(id).ok_or_else(|| ApiError::unknown(name, id))
    }
}
