//! Access tokens as they are sent.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::base::error::{Error, Result};

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
