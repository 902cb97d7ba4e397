//! OAuth apps whose users log in with a browser: web applications, and programs that cannot keep a
//! secret (PKCE).

use secrecy::SecretString;

use super::AccessToken;
use super::app::{Setup, random_text, settings};
use super::authorization::Authorization;
use super::refresh::{UserApp, user_app};
use super::renew::OAuthCredentials;
use super::token::OAuthToken;
use crate::base::error::Result;

/// An OAuth app of the type "web application", whose server keeps a client secret.
///
/// ```no_run
/// # async fn example() -> coze_api::Result<()> {
/// use coze_api::Client;
/// use coze_api::auth::WebOAuthApp;
///
/// let app = WebOAuthApp::builder("client id", "client secret").build()?;
///
/// let login = app.authorize("https://my-app.example.com/callback")?;
/// println!("send the user to {}", login.url());
/// # let redirect_url = "";
///
/// // Later, when the browser requests the redirect URI:
/// let token = login.finish(redirect_url).await?;
/// let coze = Client::builder().credentials(app.credentials().with_token(token)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WebOAuthApp {
    app: UserApp,
}

/// Configures a [`WebOAuthApp`].
///
/// [`WebOAuthApp::builder`] returns it. All settings are optional; without a region or a base URL,
/// logins go to [`Region::Cn`](crate::Region::Cn).
#[must_use = "a builder does nothing until `build` is called"]
pub struct WebOAuthAppBuilder {
    setup: Setup,
    client_secret: SecretString,
}

settings!(WebOAuthAppBuilder);
user_app!(WebOAuthApp);

impl WebOAuthAppBuilder {
    /// Builds the app.
    ///
    /// # Errors
    ///
    /// [`is_config`](crate::Error::is_config) if a setting is invalid. The message names it.
    pub fn build(self) -> Result<WebOAuthApp> {
        let secret = AccessToken::from_client_secret(&self.client_secret)?;
        Ok(WebOAuthApp { app: UserApp::new(self.setup.build()?, Some(secret)) })
    }
}

impl WebOAuthApp {
    /// Creates a builder. The app's page on the Coze website shows the client ID and the secret.
    pub fn builder(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> WebOAuthAppBuilder {
        WebOAuthAppBuilder {
            setup: Setup::new(client_id.into()),
            client_secret: client_secret.into(),
        }
    }

    /// Starts a login. `redirect_uri` must be one of the redirect URLs of the app.
    ///
    /// # Errors
    ///
    /// If the operating system provides no random numbers.
    pub fn authorize(&self, redirect_uri: impl Into<String>) -> Result<Authorization> {
        Ok(self.resume(redirect_uri, random_text::<32>()?))
    }

    /// Continues a login that [`authorize`](Self::authorize) started, for example in another
    /// request.
    ///
    /// `redirect_uri` and `state` must be those of the login:
    ///
    /// ```no_run
    /// # use coze_api::auth::WebOAuthApp;
    /// # async fn example(app: WebOAuthApp, state: String, url: &str) -> coze_api::Result<()> {
    /// // The state was kept in the user's session.
    /// let login = app.resume("https://my-app.example.com/callback", state);
    /// let token = login.finish(url).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume(
        &self,
        redirect_uri: impl Into<String>,
        state: impl Into<SecretString>,
    ) -> Authorization {
        Authorization::new(self.app.clone(), redirect_uri.into(), state.into())
    }
}

/// An OAuth app of the type "mobile, desktop or single-page application", which cannot keep a
/// client secret. PKCE proves that a login is finished by the program that started it.
///
/// ```no_run
/// # async fn example() -> coze_api::Result<()> {
/// use coze_api::Client;
/// use coze_api::auth::PkceOAuthApp;
///
/// let app = PkceOAuthApp::builder("client id").build()?;
/// let login = app.authorize("http://127.0.0.1:8080/")?;
/// println!("open {}", login.url());
/// # let redirect_url = "";
/// let token = login.finish(redirect_url).await?;
/// let coze = Client::builder().credentials(app.credentials().with_token(token)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PkceOAuthApp {
    app: UserApp,
}

/// Configures a [`PkceOAuthApp`].
///
/// [`PkceOAuthApp::builder`] returns it. All settings are optional; without a region or a base URL,
/// logins go to [`Region::Cn`](crate::Region::Cn).
#[must_use = "a builder does nothing until `build` is called"]
pub struct PkceOAuthAppBuilder {
    setup: Setup,
}

settings!(PkceOAuthAppBuilder);
user_app!(PkceOAuthApp);

impl PkceOAuthAppBuilder {
    /// Builds the app.
    ///
    /// # Errors
    ///
    /// [`is_config`](crate::Error::is_config) if a setting is invalid. The message names it.
    pub fn build(self) -> Result<PkceOAuthApp> {
        Ok(PkceOAuthApp { app: UserApp::new(self.setup.build()?, None) })
    }
}

impl PkceOAuthApp {
    /// Creates a builder. The app's page on the Coze website shows the client ID.
    pub fn builder(client_id: impl Into<String>) -> PkceOAuthAppBuilder {
        PkceOAuthAppBuilder { setup: Setup::new(client_id.into()) }
    }

    /// Starts a login. `redirect_uri` must be one of the redirect URLs of the app.
    ///
    /// # Errors
    ///
    /// If the operating system provides no random numbers.
    pub fn authorize(&self, redirect_uri: impl Into<String>) -> Result<Authorization> {
        // 64 bytes are 86 characters; RFC 7636 wants 43 to 128.
        Ok(self.resume(redirect_uri, random_text::<32>()?, random_text::<64>()?))
    }

    /// Continues a login that [`authorize`](Self::authorize) started, for example in another
    /// request.
    ///
    /// `redirect_uri`, `state` and `verifier` must be those of the login. See
    /// [`Authorization::verifier`].
    pub fn resume(
        &self,
        redirect_uri: impl Into<String>,
        state: impl Into<SecretString>,
        verifier: impl Into<SecretString>,
    ) -> Authorization {
        Authorization::new(self.app.clone(), redirect_uri.into(), state.into())
            .with_verifier(verifier.into())
    }
}
