//! Requests that exchange codes and refresh tokens for tokens.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::app::{Core, TOKEN_PATH};
use super::renew::{Renew, login_required};
use super::token::{DEFAULT_LIFETIME, OAuthToken};
use super::{AccessToken, BoxFuture};
use crate::base::error::Result;
use crate::wire::call::Call;
use crate::wire::client::{Auth, Client};

/// An app whose users log in.
#[derive(Clone)]
pub(crate) struct UserApp {
    pub(crate) core: Arc<Core>,
    /// The client secret of a web application. Public clients have none.
    secret: Option<AccessToken>,
}

impl UserApp {
    pub(crate) fn new(core: Arc<Core>, secret: Option<AccessToken>) -> Self {
        Self { core, secret }
    }

    /// Creates a request for a token, authenticated by the client secret if the app has one.
    fn call(&self, outer: Option<&Client>, grant_type: &str) -> Result<Call> {
        let auth = self.secret.clone().map_or(Auth::Anonymous, Auth::Token);
        let client = self.core.client(outer, auth)?;
        Ok(Call::new(&client, "auth.token")
            .post(TOKEN_PATH)
            .field("grant_type", grant_type)
            .field("client_id", &self.core.client_id))
    }

    /// Exchanges the code of a redirect. A code can be used only once, so the request is not
    /// retried.
    pub(crate) async fn exchange(
        &self,
        code: &SecretString,
        redirect_uri: &str,
        verifier: Option<&SecretString>,
    ) -> Result<OAuthToken> {
        let mut call = self
            .call(None, "authorization_code")?
            .field("code", code.expose_secret())
            .field("redirect_uri", redirect_uri);
        if let Some(verifier) = verifier {
            call = call.field("code_verifier", verifier.expose_secret());
        }
        self.core.token(call, DEFAULT_LIFETIME).await
    }

    pub(crate) async fn device_token(&self, device_code: &SecretString) -> Result<OAuthToken> {
        let call = self
            .call(None, "urn:ietf:params:oauth:grant-type:device_code")?
            .field("device_code", device_code.expose_secret())
            // The caller polls, and must not do so more often than the server allows.
            .with_retry(crate::wire::retry::Retry::none());
        self.core.token(call, DEFAULT_LIFETIME).await
    }

    pub(crate) async fn refresh(
        &self,
        outer: Option<&Client>,
        refresh_token: &SecretString,
    ) -> Result<OAuthToken> {
        self.core.token(self.refresh_call(outer, refresh_token)?, DEFAULT_LIFETIME).await
    }

    fn refresh_call(&self, outer: Option<&Client>, refresh_token: &SecretString) -> Result<Call> {
        let call = self.call(outer, "refresh_token")?;
        let call = call.field("refresh_token", refresh_token.expose_secret());
        // If a response was lost, the refresh token is lost too, unless the server did not use it.
        // A retry can only help: a server that ends the login because a token is used again ends
        // one that nobody has the tokens of.
        Ok(call.idempotent(true))
    }
}

impl Renew for UserApp {
    fn core(&self) -> &Core {
        &self.core
    }

    fn renew<'a>(
        &'a self,
        client: Option<&'a Client>,
        current: Option<&'a OAuthToken>,
    ) -> BoxFuture<'a, Result<OAuthToken>> {
        Box::pin(async move {
            let current = current.ok_or_else(|| {
                login_required(
                    "there is no token yet; log in and pass the token to `with_token` or `set_token`",
                )
            })?;
            let refresh_token = current.refresh_token().ok_or_else(|| {
                login_required("the token has expired, and there is no refresh token to renew it")
            })?;
            let call = self.refresh_call(client, refresh_token)?;
            // The store may have been used with another server.
            if current.is_of_another_server(call.client().base_url()) {
                return Err(login_required(
                    "the stored token was issued by another server than the one of this app, \
                     and its refresh token is not sent there; log in again",
                ));
            }
            self.core.token(call, DEFAULT_LIFETIME).await
        })
    }
}

/// Implements the methods that all apps with user logins share, for an app with a field
/// `app: UserApp`.
macro_rules! user_app {
    ($app:ident) => {
        impl $app {
            /// Exchanges a refresh token for new tokens. The old one cannot be used again.
            ///
            /// [`credentials`](Self::credentials) do this automatically.
            ///
            /// # Errors
            ///
            /// With the reason in [`auth_error`](crate::Error::auth_error) if the server refuses
            /// the refresh token.
            pub async fn refresh(&self, refresh_token: &SecretString) -> Result<OAuthToken> {
                self.app.refresh(None, refresh_token).await
            }

            /// Returns credentials for a client, which do not have a token yet. Add one with
            /// [`with_token`](OAuthCredentials::with_token) or
            /// [`with_store`](OAuthCredentials::with_store).
            pub fn credentials(&self) -> OAuthCredentials {
                OAuthCredentials::new(::std::sync::Arc::new(self.app.clone()))
            }
        }

        impl ::std::fmt::Debug for $app {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct(stringify!($app))
                    .field("client_id", &self.app.core.client_id)
                    .finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use user_app;
