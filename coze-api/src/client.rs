//! The builder of a client, and the raw call.

mod builder;
mod derive;
mod raw;

pub use builder::ClientBuilder;
pub use raw::RawCall;

use std::env::VarError;

use http::Method;

use crate::base::error::{Error, Result};
use crate::base::platform::Platform;
use crate::wire::client::Client;

/// Building a client.
impl Client {
    /// Returns a builder with the default settings.
    ///
    /// ```
    /// use coze_api::{Client, Region};
    ///
    /// let coze = Client::builder().token("pat_example").region(Region::Com).build()?;
    /// assert_eq!(coze.base_url(), "https://api.coze.com");
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    #[doc(alias = "configuration")]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Builds a client from environment variables, with the default settings.
    ///
    /// ```no_run
    /// let coze = coze_api::Client::from_env()?;
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// | variable | value |
    /// |---|---|
    /// | `COZE_API_TOKEN` | the access token; required |
    /// | `COZE_API_BASE` | the [base URL](ClientBuilder::base_url); by default `https://api.coze.cn`, or `http://localhost:8888` for the platform `studio` |
    /// | `COZE_API_PLATFORM` | the [platform](ClientBuilder::platform); `cloud` by default |
    ///
    /// A variable that is empty counts as not set. The proxy variables apply too, as for every
    /// client.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if `COZE_API_TOKEN` is not set, or a variable has a value
    /// that cannot be used. The message names the variable or the setting, and never quotes the
    /// token.
    #[doc(alias = "environment")]
    #[doc(alias = "COZE_API_TOKEN")]
    #[doc(alias = "COZE_API_BASE")]
    pub fn from_env() -> Result<Self> {
        let token = variable("COZE_API_TOKEN")?.ok_or_else(|| {
            Error::config("the environment variable COZE_API_TOKEN is not set; it holds the token")
        })?;
        let mut builder = Self::builder().token(token);
        if let Some(base_url) = variable("COZE_API_BASE")? {
            builder = builder.base_url(base_url);
        }
        if let Some(platform) = variable("COZE_API_PLATFORM")? {
            builder = builder.platform(platform.parse()?);
        }
        builder.build()
    }
}

/// Returns the value of an environment variable; `None` if it is not set or empty.
fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => {
            Err(Error::config(format!("the environment variable {name} is not valid Unicode")))
        }
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
