//! User variables of bots and apps.

use std::collections::BTreeMap;

/// User variables by scope.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<Scope, BTreeMap<String, Variable>>);

/// The scope of a variable: the combination of all four ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// The user of the token.
    pub creator_id: String,
    /// The bot or app.
    pub entity_id: String,
    /// The channel.
    pub connector_id: String,
    /// The user of the channel.
    pub connector_uid: String,
}

/// A value that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// The value.
    pub value: String,
    /// The time of the first value, in Unix seconds.
    pub created_at: i64,
    /// The time of the current value, in Unix seconds.
    pub updated_at: i64,
}

impl Variables {
    /// Sets a value.
    pub fn set(&mut self, scope: Scope, name: &str, value: &str, now: i64) {
        let all = self.0.entry(scope).or_default();
        let created_at = all.get(name).map_or(now, |variable| variable.created_at);
        let variable = Variable { value: value.to_owned(), created_at, updated_at: now };
        all.insert(name.to_owned(), variable);
    }

    /// The variables of a scope, by name.
    pub fn of(&self, scope: &Scope) -> impl Iterator<Item = (&str, &Variable)> {
        let all = self.0.get(scope).into_iter().flatten();
        all.map(|(name, variable)| (name.as_str(), variable))
    }
}
