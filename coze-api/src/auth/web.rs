//! Apps whose users log in by a browser: of servers, and of programs that cannot keep a
//! secret.

use secrecy::SecretString;

use super::AccessToken;
use super::app::{Setup, random_text, settings};
use super::authorization::Authorization;
use super::refresh::{UserApp, user_app};
use super::renew::OAuthCredentials;
use super::token::OAuthToken;
use crate::base::error::{Error, Result};

/// An OAuth app of the kind "web application": its server keeps a client secret.
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
/// # let redirected = "";
///
/// // Later, when the browser asks for `redirected`, the address of the callback:
/// let token = login.finish(redirected).await?;
/// let coze = Client::builder().credentials(app.credentials().with_token(token)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct WebOAuthApp {
    app: UserApp,
}

/// Configures a [`WebOAuthApp`].
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
    /// If a setting is not valid. The message says which.
    pub fn build(self) -> Result<WebOAuthApp> {
        let secret = AccessToken::new(self.client_secret)
            .map_err(|e| Error::config(e.to_string().replace("access token", "client secret")))?;
        Ok(WebOAuthApp { app: UserApp::new(self.setup.build()?, Some(secret)) })
    }
}

impl WebOAuthApp {
    /// Starts to configure an app. Its page on Coze shows the id and the secret.
    pub fn builder(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> WebOAuthAppBuilder {
        WebOAuthAppBuilder {
            setup: Setup::new(client_id.into()),
            client_secret: client_secret.into(),
        }
    }

    /// Begins a login. The redirect URI is one of those on the page of the app.
    ///
    /// # Errors
    ///
    /// If the system gives no random numbers.
    pub fn authorize(&self, redirect_uri: impl Into<String>) -> Result<Authorization> {
        Ok(self.resume(redirect_uri, random_text::<32>()?))
    }

    /// Continues a login that [`authorize`](Self::authorize) began elsewhere.
    pub fn resume(
        &self,
        redirect_uri: impl Into<String>,
        state: impl Into<SecretString>,
    ) -> Authorization {
        Authorization::new(self.app.clone(), redirect_uri.into(), state.into())
    }
}

/// An OAuth app of the kind "mobile, desktop or single-page application": it has no
/// secret and proves by PKCE that who ends a login is who began it.
///
/// ```no_run
/// # async fn example() -> coze_api::Result<()> {
/// use coze_api::Client;
/// use coze_api::auth::PkceOAuthApp;
///
/// let app = PkceOAuthApp::builder("client id").build()?;
/// let login = app.authorize("http://127.0.0.1:8080/")?;
/// println!("open {}", login.url());
/// # let redirected = "";
/// let token = login.finish(redirected).await?;
/// let coze = Client::builder().credentials(app.credentials().with_token(token)).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PkceOAuthApp {
    app: UserApp,
}

/// Configures a [`PkceOAuthApp`].
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
    /// If a setting is not valid. The message says which.
    pub fn build(self) -> Result<PkceOAuthApp> {
        Ok(PkceOAuthApp { app: UserApp::new(self.setup.build()?, None) })
    }
}

impl PkceOAuthApp {
    /// Starts to configure an app. Its page on Coze shows the id.
    pub fn builder(client_id: impl Into<String>) -> PkceOAuthAppBuilder {
        PkceOAuthAppBuilder { setup: Setup::new(client_id.into()) }
    }

    /// Begins a login. The redirect URI is one of those on the page of the app.
    ///
    /// # Errors
    ///
    /// If the system gives no random numbers.
    pub fn authorize(&self, redirect_uri: impl Into<String>) -> Result<Authorization> {
        // 64 bytes are 86 characters; RFC 7636 wants 43 to 128.
        Ok(self.resume(redirect_uri, random_text::<32>()?, random_text::<64>()?))
    }

    /// Continues a login that [`authorize`](Self::authorize) began elsewhere.
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
