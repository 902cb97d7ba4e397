//! Clients that are made from another one, and share its connections.

use std::sync::Arc;

use http::header;
use secrecy::SecretString;

use crate::base::error::{Error, Result};
use crate::base::header::parse_header;
use crate::base::token::AccessToken;
use crate::wire::client::{Auth, Client, Credentials};

/// Clients for several users.
impl Client {
    /// Returns a client that sends another access token, and shares everything else with this one:
    /// connections, settings, retry budget.
    ///
    /// ```
    /// use coze_api::Client;
    ///
    /// # struct Tenant { token: String }
    /// # fn example(tenants: Vec<Tenant>) -> coze_api::Result<()> {
    /// let coze = Client::builder().token("pat_of_the_service").build()?;
    /// for tenant in tenants {
    ///     let coze = coze.with_token(tenant.token)?;
    ///     // Calls on behalf of the tenant.
    /// #   drop(coze);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// It is cheap, so a server can make one for each request that it handles. The URL stays the
    /// same: a token of another region is refused. A single call has its own `with_token`.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if it cannot be a token, such as an empty text.
    #[doc(alias = "tenant")]
    #[doc(alias = "impersonate")]
    pub fn with_token(&self, token: impl Into<SecretString>) -> Result<Self> {
        Ok(self.with_source(Auth::Token(AccessToken::new(token)?)))
    }

    /// Returns a client with another source of access tokens, which shares everything else with
    /// this one: connections, settings, retry budget.
    ///
    /// ```no_run
    /// # fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::auth::{FileTokenStore, OAuthApp};
    ///
    /// let app = OAuthApp::from_file("coze_oauth_config.json")?;
    /// let ann = app.credentials().with_store(FileTokenStore::new("tokens/ann.json"));
    /// let coze_of_ann = coze.with_credentials(ann);
    /// # drop(coze_of_ann); Ok(()) }
    /// ```
    ///
    /// Keep the client, or clone the credentials, as long as the user is active: they keep the
    /// token that they have obtained. The URL stays the same, also if the credentials belong to
    /// another region.
    pub fn with_credentials(&self, credentials: impl Credentials) -> Self {
        self.with_source(Auth::Credentials(Arc::new(credentials)))
    }

    /// Returns a client that adds a header to every request, and shares everything else with this
    /// one. A header of the same name that an operation or a request sets takes its place.
    ///
    /// ```
    /// # fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let coze = coze.with_header("X-Trace-Id", "4bf92f3577b34da6")?;
    /// # drop(coze); Ok(()) }
    /// ```
    ///
    /// As with [`ClientBuilder::header`](crate::ClientBuilder::header), the header is sent to the
    /// API only. Its value appears in no error and no trace if it is a secret by its name.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if it is not a valid header, or one that follows from the
    /// body, such as `Content-Length`.
    pub fn with_header(&self, name: impl AsRef<str>, value: impl AsRef<str>) -> Result<Self> {
        let (name, value) = parse_header(name.as_ref(), value.as_ref()).map_err(Error::config)?;
        Ok(self.with_settings(|settings| {
            settings.headers.insert(name, value);
        }))
    }

    fn with_source(&self, auth: Auth) -> Self {
        self.with_settings(|settings| {
            // It would take the place of the token.
            settings.headers.remove(header::AUTHORIZATION);
            settings.auth = auth;
        })
    }
}
