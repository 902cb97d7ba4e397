//! How a client is built, and the raw call.

mod builder;
mod raw;

pub use builder::ClientBuilder;
pub use raw::RawCall;

use http::Method;

use crate::base::error::{Error, Result};
use crate::base::platform::Platform;
use crate::wire::client::Client;

/// Building a client.
impl Client {
    /// Starts to configure a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Builds a client from the environment variables `COZE_API_TOKEN` and, if they are
    /// set, `COZE_API_BASE` and `COZE_API_PLATFORM` (`cloud` or `studio`).
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
        if let Some(platform) = variable("COZE_API_PLATFORM") {
            builder = builder.platform(platform.parse()?);
        }
        builder.build()
    }
}

/// Asking the server.
impl Client {
    /// Asks the server which platform it belongs to, by a request for a path that no platform has.
    ///
    /// ```no_run
    /// # async fn example() -> coze_api::Result<()> {
    /// use coze_api::{Client, Platform};
    ///
    /// let coze = Client::builder().token("pat_example").base_url("http://localhost:8888").build()?;
    /// let coze = coze.with_platform(coze.detect_platform().await?);
    /// assert_eq!(coze.platform(), Platform::Studio);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Any server that does not answer as [`Platform::Studio`] does counts as [`Platform::Cloud`].
    ///
    /// # Errors
    ///
    /// If no response arrives.
    pub async fn detect_platform(&self) -> Result<Platform> {
        let response = self.request(Method::GET, "/v1/platform").exchange().await?;
        Ok(match response.error() {
            Some(error) if error.is_unsupported() => Platform::Studio,
            _ => Platform::Cloud,
        })
    }
}
