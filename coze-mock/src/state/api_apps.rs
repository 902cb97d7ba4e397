//! Callback apps: their URLs and the events that they receive.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A callback app.
#[derive(Clone, Default)]
pub struct ApiApp {
    /// Its id.
    pub id: String,
    /// `normal` or `connector`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The URL for events; empty until it is set.
    pub callback_url: String,
    /// The channel whose events it receives; empty for a normal app.
    pub connector_id: String,
    /// The secret with which deliveries are signed.
    pub verify_token: String,
    /// The user who created it.
    pub creator_id: String,
    /// The types of events to which it has subscribed.
    pub events: BTreeSet<String>,
}

impl ApiApp {
    /// The callback app as the API shows it.
    pub fn to_json(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "name": self.name,
            "app_type": self.kind,
            "callback_url": self.callback_url,
            "verify_token": self.verify_token,
        });
        if !self.connector_id.is_empty() {
            shown["connector_id"] = json!(self.connector_id);
        }
        shown
    }
}

/// Does not show the token.
impl std::fmt::Debug for ApiApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiApp")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("callback_url", &self.callback_url)
            .field("events", &self.events)
            .finish_non_exhaustive()
    }
}
