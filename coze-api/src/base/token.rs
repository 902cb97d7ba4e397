//! Access tokens, in the form in which they are sent.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

use crate::base::error::{Error, Result};
use crate::base::pasted;

/// An access token, ready to be sent. Neither `Debug` nor an error shows it.
///
/// It is what [`Credentials`](crate::Credentials) return. Clones share the text.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    // The whole header, so that a call copies a reference and does not format anything.
    header: HeaderValue,
}

const SCHEME: &str = "Bearer ";

impl AccessToken {
    /// Creates a token from the text that Coze issued.
    ///
    /// Anything that pasting adds around a token is removed: white space, a byte order mark,
    /// quotes, and `Bearer` before it.
    ///
    /// ```
    /// use coze_api::AccessToken;
    ///
    /// let token = AccessToken::new(" \"Bearer pat_example\"\n")?;
    /// assert_eq!(token, AccessToken::new("pat_example")?);
    /// assert_eq!(format!("{token:?}"), "AccessToken(***)");
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the token is empty, or contains white space, control
    /// characters or characters outside ASCII. The message does not quote the token.
    pub fn new(token: impl Into<SecretString>) -> Result<Self> {
        let token = token.into();
        let token = pasted::bare_token(token.expose_secret());
        if token.is_empty() {
            return Err(Error::config("the access token is empty"));
        }
        if token.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Error::config(
                "the access token has white space or a control character inside it; \
                 copy the token alone, without the text around it",
            ));
        }
        Self::from_text(token).ok_or_else(|| {
            Error::config(
                "the access token has a character that is not ASCII; \
                 copy it again from where Coze shows it",
            )
        })
    }

    /// Takes the client secret of an app, which is sent like a token and may contain spaces.
    pub(crate) fn from_client_secret(secret: &SecretString) -> Result<Self> {
        let secret = secret.expose_secret().trim();
        if secret.is_empty() {
            return Err(Error::config("the client secret is empty"));
        }
        Self::from_text(secret).ok_or_else(|| {
            Error::config(
                "the client secret has a line break or a character that is not ASCII; \
                 copy it again from the app's page",
            )
        })
    }

    fn from_text(text: &str) -> Option<Self> {
        let header = HeaderValue::try_from(format!("{SCHEME}{text}")).ok();
        let mut header = header.filter(|value| value.to_str().is_ok())?;
        header.set_sensitive(true);
        Some(Self { header })
    }

    /// Represents the lack of a token.
    pub(crate) fn none() -> Self {
        Self { header: HeaderValue::from_static("") }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.header.is_empty()
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
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
    fn a_token_may_be_pasted_with_what_stood_around_it() {
        for text in [
            "Bearer pat_abc",
            "bearer pat_abc\r\n",
            "\"pat_abc\"",
            "'Bearer pat_abc' ",
            "\u{feff}pat_abc",
            "Authorization: Bearer pat_abc",
        ] {
            assert_eq!(AccessToken::new(text).expect(text).secret(), "pat_abc", "{text}");
        }
    }

    #[test]
    fn a_client_secret_keeps_its_spaces() {
        let secret = |text: &str| AccessToken::from_client_secret(&text.to_owned().into());
        assert_eq!(secret(" a b\n").expect("a secret").secret(), "a b");
        for (text, expected) in [(" ", "empty"), ("a\nb", "line break"), ("ä", "ASCII")] {
            let error = secret(text).expect_err(text).to_string();
            assert!(error.contains(expected) && error.contains("client secret"), "{error}");
        }
    }

    #[test]
    fn other_text_is_refused_with_advice_and_not_quoted() {
        let cases = [
            ("", "empty"),
            ("  ", "empty"),
            ("\"\"", "empty"),
            ("Bearer ", "empty"),
            ("pat_a\npat_b", "copy the token alone"),
            ("export TOKEN=pat_a", "copy the token alone"),
            ("pat_a\0", "copy the token alone"),
            ("pat_a\u{1b}[0m", "copy the token alone"),
            ("扣子", "not ASCII"),
        ];
        for (text, expected) in cases {
            let error = AccessToken::new(text).expect_err(text);
            assert!(error.is_config() && error.to_string().contains(expected), "{error}");
            let shown = format!("{error:?}");
            assert!(!shown.contains("pat_") && !shown.contains('扣'), "{shown}");
        }
    }
}
