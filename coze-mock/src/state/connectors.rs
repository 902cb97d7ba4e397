//! Custom publishing channels.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A custom channel.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    /// The workspaces to which it was added.
    pub workspaces: BTreeSet<String>,
    /// The options for users, by user.
    pub user_configs: BTreeMap<String, Vec<Value>>,
    /// The result of a bot's review, by bot: the status and its reason.
    pub audits: BTreeMap<String, (i64, String)>,
}
