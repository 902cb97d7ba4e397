//! Sending a user to the page on which access is granted, and what comes back from
//! there.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::refresh::UserApp;
use super::token::OAuthToken;
use super::{AuthError, AuthErrorReason};
use crate::base::error::{Error, Result};
use crate::base::percent::encode;

/// A login that was begun in a browser.
///
/// 1. Send the user to [`url`](Self::url).
/// 2. The user grants access, and the browser is sent to the redirect URI of the app.
/// 3. Hand the address that it asked for to [`finish`](Self::finish).
///
/// A server whose steps run apart keeps [`state`](Self::state), and
/// [`verifier`](Self::verifier) of PKCE, in the user's session and continues with
/// `resume` of the app.
#[derive(Clone)]
#[must_use = "the user is to open its `url()`"]
pub struct Authorization {
    app: UserApp,
    redirect_uri: String,
    workspace_id: Option<String>,
    state: SecretString,
    proof: Option<Proof>,
}

/// What proves at the end that the one who began is the one who finishes.
#[derive(Clone)]
struct Proof {
    verifier: SecretString,
    method: ChallengeMethod,
}

/// How the challenge of PKCE follows from the verifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeMethod {
    /// Its SHA-256. The default.
    #[default]
    S256,
    /// It is the verifier itself. Only for servers that cannot do better.
    Plain,
}

impl Authorization {
    pub(crate) fn new(app: UserApp, redirect_uri: String, state: SecretString) -> Self {
        Self { app, redirect_uri, workspace_id: None, state, proof: None }
    }

    pub(crate) fn with_verifier(mut self, verifier: SecretString) -> Self {
        self.proof = Some(Proof { verifier, method: ChallengeMethod::default() });
        self
    }

    /// Asks for access to one workspace instead of all that the user has.
    ///
    /// Only enterprise editions know this. The token then lacks permissions that belong
    /// to the account, such as creating conversations.
    pub fn workspace_id(mut self, workspace_id: impl Into<String>) -> Self {
        self.workspace_id = Some(workspace_id.into());
        self
    }

    /// How the challenge follows from the verifier. Without effect on an app that does
    /// not use PKCE.
    pub fn challenge_method(mut self, method: ChallengeMethod) -> Self {
        if let Some(proof) = &mut self.proof {
            proof.method = method;
        }
        self
    }

    /// The address to be opened in the user's browser.
    pub fn url(&self) -> String {
        let mut url = self.app.core.www_url();
        url.push_str("/api/permission/oauth2");
        if let Some(workspace_id) = &self.workspace_id {
            url.push_str("/workspace_id/");
            url.push_str(&encode(workspace_id).to_string());
        }
        url.push_str("/authorize?response_type=code");
        let mut query = |name: &str, value: &str| {
            url.push('&');
            url.push_str(name);
            url.push('=');
            url.push_str(&encode(value).to_string());
        };
        query("client_id", &self.app.core.client_id);
        query("redirect_uri", &self.redirect_uri);
        query("state", self.state());
        if let Some(proof) = &self.proof {
            let verifier = proof.verifier.expose_secret();
            let (challenge, method) = match proof.method {
                ChallengeMethod::S256 => (s256(verifier), "S256"),
                ChallengeMethod::Plain => (verifier.to_owned(), "plain"),
            };
            query("code_challenge", &challenge);
            query("code_challenge_method", method);
        }
        url
    }

    /// The value by which the redirect is recognised. The user sees it in the address.
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// The secret behind the challenge of PKCE.
    pub fn verifier(&self) -> Option<&SecretString> {
        self.proof.as_ref().map(|proof| &proof.verifier)
    }

    /// Where the browser is sent in the end.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Checks the address to which the browser was sent, whole or from the path on, and
    /// reads the code in it.
    ///
    /// # Errors
    ///
    /// With [`AuthErrorReason::StateMismatch`] if it does not belong to this login, and
    /// with the reason that the server gives if access was not granted.
    pub fn code(&self, redirected: &str) -> Result<SecretString> {
        let query = Redirect::parse(redirected)?;
        let state = query.state.as_deref().unwrap_or_default();
        // Checked first: without its state, nothing in a redirect is to be believed. An empty
        // state, such as that of a session that has lost it, would match any redirect.
        let same = bool::from(state.as_bytes().ct_eq(self.state().as_bytes()));
        if state.is_empty() || !same {
            let message = "the redirect does not belong to this login";
            return Err(Error::auth(AuthError::new(AuthErrorReason::StateMismatch, message)));
        }
        if let Some(reason) = query.error {
            let message = query.message.unwrap_or_default();
            return Err(Error::auth(AuthError::new(reason.as_str().into(), message)));
        }
        match query.code {
            Some(code) if !code.is_empty() => Ok(code.into()),
            _ => Err(unusable("the redirect holds no code")),
        }
    }

    /// Checks the address to which the browser was sent, and exchanges the code in it
    /// for tokens. This works once.
    pub async fn finish(&self, redirected: &str) -> Result<OAuthToken> {
        let code = self.code(redirected)?;
        self.exchange(&code).await
    }

    pub(crate) async fn exchange(&self, code: &SecretString) -> Result<OAuthToken> {
        self.app.exchange(code, &self.redirect_uri, self.verifier()).await
    }

    #[cfg(feature = "redirect-catcher")]
    pub(crate) fn clock(&self) -> &dyn super::Clock {
        &*self.app.core.clock
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization")
            .field("client_id", &self.app.core.client_id)
            .field("redirect_uri", &self.redirect_uri)
            .field("workspace_id", &self.workspace_id)
            .finish_non_exhaustive()
    }
}

/// What the query of a redirect says.
#[derive(Default)]
struct Redirect {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    message: Option<String>,
}

impl Redirect {
    fn parse(redirected: &str) -> Result<Self> {
        // A web server knows the path and query only; whose they are is of no interest.
        let url = Url::parse("http://localhost/").and_then(|base| base.join(redirected.trim()));
        let url = url.map_err(|_| unusable("the redirect is no URL"))?;
        let mut query = Self::default();
        for (name, value) in url.query_pairs() {
            let place = match &*name {
                "code" => &mut query.code,
                "state" => &mut query.state,
                "error" | "error_code" => &mut query.error,
                "error_description" | "error_message" => &mut query.message,
                _ => continue,
            };
            // One of two values may be somebody else's.
            if place.replace(value.into_owned()).is_some() {
                return Err(unusable("the redirect names a parameter twice"));
            }
        }
        Ok(query)
    }
}

fn unusable(what: &str) -> Error {
    Error::request(what)
}

fn s256(verifier: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(hmac_sha256::Hash::hash(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636() {
        assert_eq!(
            s256("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
