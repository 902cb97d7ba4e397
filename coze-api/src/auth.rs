//! Who is calling: access tokens, and where they come from.
//!
//! | token | where it comes from | here |
//! |---|---|---|
//! | personal or service access token | the pages of Coze | [`ClientBuilder::token`](crate::ClientBuilder::token) |
//! | OAuth, web application | a user logs in; the server keeps a secret | [`WebOAuthApp`] |
//! | OAuth, PKCE | a user logs in; the program keeps no secret | [`PkceOAuthApp`] |
//! | OAuth, device | a user logs in on another device | [`DeviceOAuthApp`] |
//! | OAuth, JWT | a service signs with its private key; no user | `JwtOAuthApp` (feature `jwt`, on by default) |
//! | anything else | your own code | [`Credentials`] |
//!
//! [`OAuthApp::from_file`] makes any of the four apps from the file that Coze's
//! quick-starts come with. An app makes [`OAuthCredentials`], which renew their token by
//! themselves:
//!
//! ```no_run
//! use coze_api::Client;
//! use coze_api::auth::{FileTokenStore, OAuthApp};
//!
//! let app = OAuthApp::from_file("coze_oauth_config.json")?;
//! let credentials = app.credentials().with_store(FileTokenStore::new("token.json"));
//! let coze = Client::builder().credentials(credentials).build()?;
//! # Ok::<(), coze_api::Error>(())
//! ```
//!
//! Where no token is issued, [`Error::auth_error`](crate::Error::auth_error) tells why.

mod app;
mod authorization;
mod clock;
mod config;
mod device;
mod error;
#[cfg(feature = "jwt")]
mod jwt;
#[cfg(feature = "redirect-catcher")]
mod redirect;
mod refresh;
mod renew;
mod store;
mod token;
mod web;

pub use authorization::{Authorization, ChallengeMethod};
pub use clock::{Clock, SystemClock};
pub use config::OAuthApp;
pub use device::{DeviceCodeRequest, DeviceLogin, DeviceOAuthApp, DeviceOAuthAppBuilder};
pub use error::{AuthError, AuthErrorReason};
#[cfg(feature = "jwt")]
pub use jwt::{JwtOAuthApp, JwtOAuthAppBuilder, JwtTokenRequest, Scope, SessionContext};
#[cfg(feature = "redirect-catcher")]
pub use redirect::RedirectCatcher;
pub use renew::OAuthCredentials;
pub use store::{FileTokenStore, MemoryTokenStore, StoreLock, TokenStore};
pub use token::OAuthToken;
pub use web::{PkceOAuthApp, PkceOAuthAppBuilder, WebOAuthApp, WebOAuthAppBuilder};

use std::fmt;
use std::pin::Pin;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::client::Client;
use crate::error::{Error, Result};

/// A boxed future, as traits that are used as objects need it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A source of access tokens.
///
/// A personal or service access token needs none of this: give it to
/// [`ClientBuilder::token`](crate::ClientBuilder::token). Implement this trait for
/// tokens that expire:
///
/// ```
/// use coze_api::{AccessToken, BoxFuture, Client, Credentials, Result, TokenContext};
///
/// struct FromVault;
///
/// impl Credentials for FromVault {
///     fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
///         Box::pin(async { AccessToken::new("what the vault says") })
///     }
/// }
///
/// let coze = Client::builder().credentials(FromVault).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// [`token`](Self::token) is asked before every attempt, by many calls at once. So keep
/// the token, give it out while it is valid, and let one caller renew it while the
/// others wait.
pub trait Credentials: Send + Sync + 'static {
    /// A token that is valid now.
    ///
    /// The call's timeout does not cover the wait for this future.
    fn token<'a>(&'a self, context: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>>;

    /// Takes note that the API refused `token`, and returns whether
    /// [`token`](Self::token) would now give another one.
    ///
    /// If so the call is sent again with that, once. By default it is not. Several calls
    /// may report the same token; compare it with the one you hold before you drop that.
    fn rejected(&self, token: &AccessToken) -> bool {
        let _ = token;
        false
    }

    /// The address of the API to which the tokens belong, if it is known.
    ///
    /// A client goes there unless it is told its own address or region.
    fn base_url(&self) -> Option<&str> {
        None
    }
}

/// What [`Credentials`] may use to get a token.
#[derive(Clone, Copy, Debug)]
pub struct TokenContext<'a> {
    client: &'a Client,
}

impl<'a> TokenContext<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// The client that needs the token. A call through it must bring its own token, or
    /// this asks for itself without end.
    pub fn client(&self) -> &'a Client {
        self.client
    }
}

/// An access token, ready to be sent. Neither `Debug` nor an error shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    // The whole header, so that a call copies a reference and formats nothing.
    header: HeaderValue,
}

const SCHEME: &str = "Bearer ";

impl AccessToken {
    /// Takes a token as Coze issued it, without `Bearer`.
    ///
    /// Surrounding white space is dropped: files and environment variables tend to end
    /// in a newline.
    ///
    /// # Errors
    ///
    /// If it is empty or cannot stand in an HTTP header.
    pub fn new(token: impl Into<SecretString>) -> Result<Self> {
        let token = token.into();
        let token = token.expose_secret().trim();
        if token.is_empty() {
            return Err(Error::config("the access token is empty"));
        }
        let header = HeaderValue::try_from(format!("{SCHEME}{token}"));
        let mut header = header
            .ok()
            .filter(|value| value.to_str().is_ok())
            .ok_or_else(|| Error::config("the access token holds characters that no token has"))?;
        header.set_sensitive(true);
        Ok(Self { header })
    }

    /// Stands for no token.
    pub(crate) fn none() -> Self {
        Self { header: HeaderValue::from_static("") }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.header.is_empty()
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }

    pub(crate) fn secret(&self) -> &str {
        self.header.to_str().unwrap_or_default().strip_prefix(SCHEME).unwrap_or_default()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_trimmed_and_hidden() {
        let token = AccessToken::new(" pat_abc\n").expect("a token");
        assert_eq!(token.secret(), "pat_abc");
        assert!(token.header().is_sensitive());
        assert_eq!(format!("{token:?} {:?}", token.header()), "AccessToken(***) Sensitive");
    }

    #[test]
    fn nonsense_is_refused_without_being_quoted() {
        for text in ["", "  ", "a\nb", "扣子"] {
            let error = AccessToken::new(text).expect_err("no token");
            assert!(error.is_config());
            assert!(text.trim().is_empty() || !error.to_string().contains(text.trim()));
        }
    }
}
