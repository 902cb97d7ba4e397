//! What opens a WebSocket.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::builder::{build_http, http_builder};
use crate::error::Result;

/// An HTTP client that never switches to HTTP/2. Most programs open no WebSocket, so it is
/// built when the first one does.
#[derive(Clone)]
pub(super) struct Http {
    client: Arc<OnceLock<reqwest::Client>>,
    connect_timeout: Duration,
}

impl Http {
    /// Uses the client of the user, if there is one.
    pub(super) fn new(given: Option<reqwest::Client>, connect_timeout: Duration) -> Self {
        let client = given.map_or_else(OnceLock::new, OnceLock::from).into();
        Self { client, connect_timeout }
    }

    pub(super) fn get(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = build_http(http_builder(self.connect_timeout).http1_only())?;
        Ok(self.client.get_or_init(|| client))
    }
}
