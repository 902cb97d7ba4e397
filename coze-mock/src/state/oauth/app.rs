//! OAuth apps.

use std::io;

use serde_json::{Value, json};

use super::key::{OWN_KEY_ID, PublicKey, own_private_key};

/// The client id of the web app that every server has.
pub const WEB_APP: &str = "1000000000000000001.app.coze";

/// The client id of the public client (PKCE) that every server has.
pub const PKCE_APP: &str = "1000000000000000002.app.coze";

/// The client id of the device app that every server has.
pub const DEVICE_APP: &str = "1000000000000000003.app.coze";

/// The client id of the service app (JWT) that every server has. Its key is generated once per
/// process.
pub const JWT_APP: &str = "1000000000000000004";

/// The secret of [`WEB_APP`].
const WEB_SECRET: &str = "mock-client-secret";

/// An OAuth app.
#[derive(Clone)]
pub struct OAuthApp {
    /// Its client id.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// The kind of the app.
    pub kind: OAuthKind,
    /// The URLs to which users may be redirected; any URL if the list is empty.
    pub redirect_uris: Vec<String>,
    /// `true` if it is enabled.
    pub active: bool,
}

/// A kind of OAuth app.
#[derive(Clone)]
pub enum OAuthKind {
    /// A web app, which has a secret.
    Web {
        /// The secret.
        client_secret: String,
    },
    /// An app that cannot keep a secret.
    Pkce,
    /// An app of a device without a browser.
    Device,
    /// A service app, which authenticates with a JWT.
    Jwt {
        /// The fingerprint of its key.
        public_key_id: String,
        /// Its key.
        public_key: PublicKey,
    },
}

impl OAuthApp {
    /// Returns a web app.
    pub fn web(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        let client_secret = client_secret.into();
        Self::new(client_id, OAuthKind::Web { client_secret })
    }

    /// An app that cannot keep a secret.
    pub fn pkce(client_id: impl Into<String>) -> Self {
        Self::new(client_id, OAuthKind::Pkce)
    }

    /// An app of a device without a browser.
    pub fn device(client_id: impl Into<String>) -> Self {
        Self::new(client_id, OAuthKind::Device)
    }

    /// Returns a service app with its key as PEM text: the public key, or the private key, from
    /// which the public key is derived.
    ///
    /// # Errors
    /// Returns an error if the text does not contain an RSA key.
    pub fn jwt(
        client_id: impl Into<String>,
        public_key_id: impl Into<String>,
        pem: &str,
    ) -> io::Result<Self> {
        let kind = OAuthKind::Jwt {
            public_key_id: public_key_id.into(),
            public_key: PublicKey::from_pem(pem)?,
        };
        Ok(Self::new(client_id, kind))
    }

    /// The same app with an additional redirect URL.
    pub fn redirect_uri(mut self, redirect_uri: impl Into<String>) -> Self {
        self.redirect_uris.push(redirect_uri.into());
        self
    }

    fn new(client_id: impl Into<String>, kind: OAuthKind) -> Self {
        let client_id = client_id.into();
        Self { name: client_id.clone(), client_id, kind, redirect_uris: Vec::new(), active: true }
    }

    pub(super) fn defaults() -> [Self; 4] {
        let kind =
            OAuthKind::Jwt { public_key_id: OWN_KEY_ID.to_owned(), public_key: PublicKey::Own };
        [
            Self::web(WEB_APP, WEB_SECRET),
            Self::pkce(PKCE_APP),
            Self::device(DEVICE_APP),
            Self::new(JWT_APP, kind),
        ]
    }

    /// Returns the configuration file of the app, as in the platform's quick starts.
    ///
    /// It contains the private key only if that is the server's own.
    pub(crate) fn config(&self, base_url: &str) -> Value {
        let mut config = json!({
            "client_type": self.client_type(),
            "client_id": self.client_id,
            "coze_www_base": base_url,
            "coze_api_base": base_url,
        });
        match &self.kind {
            OAuthKind::Web { client_secret } => {
                config["client_secret"] = json!(client_secret);
            }
            OAuthKind::Jwt { public_key_id, public_key } => {
                config["public_key_id"] = json!(public_key_id);
                if matches!(public_key, PublicKey::Own) {
                    config["private_key"] = json!(own_private_key());
                }
            }
            OAuthKind::Pkce | OAuthKind::Device => {}
        }
        config
    }

    fn client_type(&self) -> &'static str {
        match &self.kind {
            OAuthKind::Web { .. } => "web",
            OAuthKind::Pkce => "pkce",
            OAuthKind::Device => "device",
            OAuthKind::Jwt { .. } => "jwt",
        }
    }
}
