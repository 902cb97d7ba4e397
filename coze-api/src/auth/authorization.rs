//! Logins with a browser: the authorization URL and the redirect.

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

/// A login with a browser.
///
/// 1. Send the user to [`url`](Self::url).
/// 2. The user grants access, and the browser is redirected to the redirect URI of the app.
/// 3. Pass the URL of that request to [`finish`](Self::finish).
///
/// A server that handles these steps in separate requests keeps [`state`](Self::state) and, with
/// PKCE, [`verifier`](Self::verifier) in the user's session. It continues the login with the
/// `resume` method of the app.
#[derive(Clone)]
#[must_use = "the user must open its `url()`"]
pub struct Authorization {
    app: UserApp,
    redirect_uri: String,
    workspace_id: Option<String>,
    state: SecretString,
    proof: Option<Proof>,
}

/// The proof that a login is finished by the program that started it (PKCE).
#[derive(Clone)]
struct Proof {
    verifier: SecretString,
    method: ChallengeMethod,
}

/// The method by which the PKCE challenge is derived from the verifier.
///
/// Authorization servers keep the challenge until the code is exchanged, and compare it with the
/// verifier then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeMethod {
    /// The challenge is the SHA-256 of the verifier. This is the default.
    #[default]
    S256,
    /// The challenge is the verifier itself. Use it only if the server does not support SHA-256.
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

    /// Requests access to one workspace instead of all workspaces of the user.
    ///
    /// Only enterprise editions support this. The token then lacks permissions that belong to the
    /// account, such as creating conversations.
    pub fn workspace_id(mut self, workspace_id: impl Into<String>) -> Self {
        self.workspace_id = Some(workspace_id.into());
        self
    }

    /// Sets the PKCE challenge method. It has no effect on an app that does not use PKCE.
    pub fn challenge_method(mut self, method: ChallengeMethod) -> Self {
        if let Some(proof) = &mut self.proof {
            proof.method = method;
        }
        self
    }

    /// Returns the URL that the user must open in a browser.
    ///
    /// It contains the state and the PKCE challenge, but no secret, unless the challenge method is
    /// [`Plain`](ChallengeMethod::Plain): then the challenge is the verifier. Open it in the
    /// browser of the user who logs in: the code is issued for the account that grants access
    /// there.
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

    /// Returns the random value that identifies the redirect of this login. It is visible in the
    /// URL.
    ///
    /// A server compares it with that of the redirect, so it belongs in the session of the browser
    /// that started the login.
    pub fn state(&self) -> &str {
        self.state.expose_secret()
    }

    /// Returns the PKCE verifier, which is a secret. `None` for an app that does not use PKCE.
    ///
    /// Keep it where only the program that started the login can read it, for example in the
    /// session on the server, and pass it to [`PkceOAuthApp::resume`](super::PkceOAuthApp::resume).
    pub fn verifier(&self) -> Option<&SecretString> {
        self.proof.as_ref().map(|proof| &proof.verifier)
    }

    /// Returns the URL to which the browser is redirected.
    ///
    /// The server requires the same value again when the code is exchanged.
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Checks the URL to which the browser was redirected, and returns the code in it.
    ///
    /// `redirect_url` may be the whole URL or only its path and query.
    ///
    /// # Errors
    ///
    /// With [`AuthErrorReason::StateMismatch`] if the redirect does not belong to this login, and
    /// with the server's reason if access was not granted. [`is_request`](Error::is_request) if the
    /// URL cannot be used.
    pub fn code(&self, redirect_url: &str) -> Result<SecretString> {
        let query = Redirect::parse(redirect_url)?;
        let state = query.state.as_deref().unwrap_or_default();
        // Checked first: without its state, nothing in a redirect can be trusted. An empty state,
        // such as that of a lost session, would match any redirect.
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
            _ => Err(unusable("the redirect URL does not contain a code")),
        }
    }

    /// Checks the URL to which the browser was redirected, and exchanges the code in it for tokens.
    ///
    /// A code can be used only once.
    ///
    /// # Errors
    ///
    /// Those of [`code`](Self::code), and those of the request.
    pub async fn finish(&self, redirect_url: &str) -> Result<OAuthToken> {
        let code = self.code(redirect_url)?;
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

/// The query parameters of a redirect.
#[derive(Default)]
struct Redirect {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    message: Option<String>,
}

impl Redirect {
    fn parse(redirect_url: &str) -> Result<Self> {
        // A web server may know only the path and the query, and nothing else is needed.
        let url = Url::parse("http://localhost/").and_then(|base| base.join(redirect_url.trim()));
        let url = url.map_err(|_| unusable("the redirect URL is not a valid URL"))?;
        let mut query = Self::default();
        for (name, value) in url.query_pairs() {
            let field = match &*name {
                "code" => &mut query.code,
                "state" => &mut query.state,
                "error" | "error_code" => &mut query.error,
                "error_description" | "error_message" => &mut query.message,
                _ => continue,
            };
            // One of two values may have been injected.
            if field.replace(value.into_owned()).is_some() {
                return Err(unusable("the redirect URL contains a parameter twice"));
            }
        }
        Ok(query)
    }
}

fn unusable(message: &str) -> Error {
    Error::request(message)
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
