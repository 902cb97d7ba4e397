//! Custom publishing channels.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What is known about a custom channel.
#[derive(Clone, Debug, Default)]
pub struct Connector {
    /// The workspaces to which it was added.
    pub workspaces: BTreeSet<String>,
    /// What users can choose from, by user.
    pub user_configs: BTreeMap<String, Vec<Value>>,
    /// How the review of a bot has ended, by bot: the status and its reason.
    pub audits: BTreeMap<String, (i64, String)>,
}
