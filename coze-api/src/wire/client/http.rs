//! The HTTP clients beneath a client.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;

use crate::base::error::{Error, Result};

/// Builds an HTTP client that follows no redirects.
pub(crate) fn build_http(connect_timeout: Duration) -> Result<reqwest::Client> {
    build(builder(connect_timeout))
}

fn builder(connect_timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder().redirect(Policy::none()).connect_timeout(connect_timeout)
}

fn build(builder: reqwest::ClientBuilder) -> Result<reqwest::Client> {
    builder.build().map_err(|e| Error::config("cannot set up HTTP").with_source(e.without_url()))
}

/// An HTTP client that never switches to HTTP/2, over which a connection cannot be upgraded. Most
/// programs never upgrade one, so it is built on first use.
#[derive(Clone)]
pub(crate) struct Http1 {
    client: Arc<OnceLock<reqwest::Client>>,
    connect_timeout: Duration,
}

impl Http1 {
    /// Uses the client of the user, if there is one.
    pub(crate) fn new(given: Option<reqwest::Client>, connect_timeout: Duration) -> Self {
        let client = given.map_or_else(OnceLock::new, OnceLock::from).into();
        Self { client, connect_timeout }
    }

    pub(super) fn get(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = build(builder(self.connect_timeout).http1_only())?;
        Ok(self.client.get_or_init(|| client))
    }
}
