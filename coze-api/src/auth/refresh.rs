//! Getting tokens for a code, and new ones for refresh tokens.

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
    /// Web apps have one, public clients do not.
    secret: Option<AccessToken>,
}

impl UserApp {
    pub(crate) fn new(core: Arc<Core>, secret: Option<AccessToken>) -> Self {
        Self { core, secret }
    }

    /// A request for a token. It says who asks, as the app does: by its secret or not at
    /// all.
    fn call(&self, outer: Option<&Client>, grant_type: &str) -> Result<Call> {
        let auth = self.secret.clone().map_or(Auth::Anonymous, Auth::Token);
        let client = self.core.client(outer, auth)?;
        Ok(Call::new(&client, "auth.token")
            .post(TOKEN_PATH)
            .field("grant_type", grant_type)
            .field("client_id", &self.core.client_id))
    }

    /// Exchanges the code of a redirect. That works once, so a lost reply is not asked
    /// for again.
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
            // Whoever polls asks again anyway, and not sooner than allowed.
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
        // If the reply was lost so is the refresh token, unless the server did not get to it.
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
                    "there is no token yet; log in, and hand the token to `with_token` or `set_token`",
                )
            })?;
            let refresh_token = current.refresh_token().ok_or_else(|| {
                login_required("the token has expired, and there is no refresh token to renew it")
            })?;
            let call = self.refresh_call(client, refresh_token)?;
            // Of a store that was filled for another installation.
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

/// Gives an app, which has a field `app: UserApp`, what all apps have whose users log
/// in.
macro_rules! user_app {
    ($app:ident) => {
        impl $app {
            /// Exchanges a refresh token, which is void from then on, for new tokens.
            ///
            /// [`credentials`](Self::credentials) do this by themselves.
            pub async fn refresh(&self, refresh_token: &SecretString) -> Result<OAuthToken> {
                self.app.refresh(None, refresh_token).await
            }

            /// Credentials for a client. They have no token yet: add
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
