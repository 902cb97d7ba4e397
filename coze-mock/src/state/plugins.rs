//! Plugins and their tools.

use serde_json::{Value, json};

use super::Table;

/// The plugin that every server has. Its tool `echo` returns its arguments.
pub const PLUGIN: &str = "7506818401994000001";

/// A plugin.
#[derive(Clone, Debug, Default)]
pub struct Plugin {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name for models.
    pub name_for_model: String,
    /// Its description.
    pub description: String,
    /// Its category in the store: id and name.
    pub category: (String, String),
    /// `true` for a plugin by Coze.
    pub official: bool,
    /// The time of listing in the store, in Unix seconds.
    pub listed_at: i64,
    /// The number of calls of its tools.
    pub calls: u64,
    /// Its tools.
    pub tools: Vec<Tool>,
}

/// A tool of a plugin.
#[derive(Clone, Debug, Default)]
pub struct Tool {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The JSON schema of its arguments.
    pub input: Value,
    /// The output; if `None`, the arguments.
    pub result: Option<Value>,
}

pub(super) fn plugins(now: i64) -> Table<Plugin> {
    let mut all = Table::default();
    let echo = Tool {
        id: "7506818401994000002".to_owned(),
        name: "echo".to_owned(),
        description: "Returns its arguments.".to_owned(),
        input: json!({"type": "object", "properties": {"text": {"type": "string"}}}),
        result: None,
    };
    let plugin = Plugin {
        id: PLUGIN.to_owned(),
        name: "Echo".to_owned(),
        name_for_model: "echo".to_owned(),
        description: "Returns its arguments unchanged.".to_owned(),
        category: ("7475930039976000001".to_owned(), "Tools".to_owned()),
        official: true,
        listed_at: now,
        tools: vec![echo],
        ..Plugin::default()
    };
    all.insert(PLUGIN, plugin);
    all
}
