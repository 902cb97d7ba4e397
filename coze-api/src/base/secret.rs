//! Secrets in requests and responses of the API.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::base::decode::{Decode, Decoded, Input};

/// A secret in a request or a response, such as the key with which callbacks are signed.
///
/// `Debug` does not show it. Serialized, it is plain text, so that a response can be stored; store
/// it where secrets are safe.
///
/// ```
/// use coze_api::Secret;
///
/// let secret = Secret::from("hush");
/// assert_eq!(format!("{secret:?}"), "Secret(***)");
/// assert_eq!(secret.expose(), "hush");
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Returns the plain text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Decode for Secret {
    fn decode(&mut self, input: &mut dyn Input) -> Decoded {
        self.0.decode(input)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Makes a secret of a response a setting, such as the token of a webhook verifier.
impl From<Secret> for SecretString {
    fn from(secret: Secret) -> Self {
        secret.0.into()
    }
}

impl From<SecretString> for Secret {
    fn from(secret: SecretString) -> Self {
        Self(secret.expose_secret().to_owned())
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}
