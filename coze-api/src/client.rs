//! How a client is built, and the raw call.

mod builder;
mod raw;

pub use builder::ClientBuilder;
pub use raw::RawCall;

use crate::base::error::{Error, Result};
use crate::wire::client::Client;

/// Building a client.
impl Client {
    /// Starts to configure a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Builds a client from the environment variables `COZE_API_TOKEN` and, if it is
    /// set, `COZE_API_BASE`.
    ///
    /// ```no_run
    /// let coze = coze_api::Client::from_env()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a variable is missing or has a value that cannot be used.
    pub fn from_env() -> Result<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let token = variable("COZE_API_TOKEN").ok_or_else(|| {
            Error::config("the environment variable COZE_API_TOKEN is not set; it holds the token")
        })?;
        let mut builder = Self::builder().token(token);
        if let Some(base_url) = variable("COZE_API_BASE") {
            builder = builder.base_url(base_url);
        }
        builder.build()
    }
}
