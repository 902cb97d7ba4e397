//! Authentication: access tokens and the OAuth flows that issue them.
//!
//! - A personal or service access token, created on the Coze website: pass it to
//!   [`ClientBuilder::token`](crate::ClientBuilder::token).
//! - [`WebOAuthApp`]: a user logs in to a web application, whose server keeps a client secret.
//! - [`PkceOAuthApp`]: a user logs in to a mobile, desktop or single-page application, which cannot
//!   keep a secret.
//! - [`DeviceOAuthApp`]: a user confirms the login on another device.
//! - `JwtOAuthApp` (feature `jwt`, enabled by default): a service signs a JWT with its private key;
//!   no user is involved.
//! - [`Credentials`]: implement it to get tokens from anywhere else.
//!
//! [`OAuthApp::from_file`] creates any of the four apps from the configuration file that Coze
//! offers for download. An app creates [`OAuthCredentials`], which renew their token automatically:
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
//! For a JWT app, this is all. For the other apps, a user has to log in first, because the store is
//! empty: see [`OAuthCredentials::with_store`].
//!
//! | app | who logs in | secret of the app | refresh token |
//! |---|---|---|---|
//! | [`WebOAuthApp`] | a user, in a browser | client secret, on a server | yes |
//! | [`PkceOAuthApp`] | a user, in a browser | none | yes |
//! | [`DeviceOAuthApp`] | a user, on another device | none | yes |
//! | `JwtOAuthApp` | nobody | private key, on a server | no: a token is requested again |
//!
//! # Security
//!
//! - `Debug`, errors and traces show no token, secret or key.
//! - A refresh token is sent only to the server that issued it, as far as that is known. An access
//!   token is sent to the API of the client that uses it. So set the region on the app: a client
//!   that is built with its credentials uses it too, unless its builder has a region or a base URL
//!   of its own. A client made by [`Client::with_credentials`](crate::Client::with_credentials)
//!   keeps the URL of the client that it was made from. Headers of a client are sent only to the
//!   host of its API.
//! - A refresh token can be used once. Before it is used, [`TokenStore::prepare`] checks that the
//!   next one can be stored.
//!
//! # Limits
//!
//! An attempt to obtain a token is given up after 30 seconds without progress, and a request after
//! three attempts or 150 seconds. A JWT app sends a second request if its clock was wrong. This
//! time counts toward the deadline of the call that waits (`with_deadline`), but not toward the
//! timeout of its attempts.
//!
//! # Errors
//!
//! If the server does not issue a token, [`Error::auth_error`](crate::Error::auth_error) returns
//! the reason.

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
pub use store::{FileTokenStore, MemoryTokenStore, StoreLock, TokenStore, TokenStoreContract};
pub use token::OAuthToken;
pub use web::{PkceOAuthApp, PkceOAuthAppBuilder, WebOAuthApp, WebOAuthAppBuilder};

pub use crate::base::auth_error::{AuthError, AuthErrorReason};
pub use crate::base::clock::{Clock, SystemClock};
