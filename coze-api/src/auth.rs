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

use crate::base::future::BoxFuture;
use crate::base::token::AccessToken;
use crate::wire::client::{Credentials, TokenContext};

mod app;
mod authorization;
mod config;
mod device;
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
pub use config::OAuthApp;
pub use device::{DeviceCodeRequest, DeviceLogin, DeviceOAuthApp, DeviceOAuthAppBuilder};
#[cfg(feature = "jwt")]
pub use jwt::{JwtOAuthApp, JwtOAuthAppBuilder, JwtTokenRequest, Scope, SessionContext};
#[cfg(feature = "redirect-catcher")]
pub use redirect::RedirectCatcher;
pub use renew::OAuthCredentials;
pub use store::{FileTokenStore, MemoryTokenStore, StoreLock, TokenStore};
pub use token::OAuthToken;
pub use web::{PkceOAuthApp, PkceOAuthAppBuilder, WebOAuthApp, WebOAuthAppBuilder};

pub use crate::base::auth_error::{AuthError, AuthErrorReason};
pub use crate::base::clock::{Clock, SystemClock};
