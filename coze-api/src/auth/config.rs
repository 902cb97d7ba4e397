//! Configuration files of OAuth apps.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde_json::{Map, Value};

#[cfg(feature = "jwt")]
use super::jwt::JwtOAuthApp;
use super::renew::OAuthCredentials;
use super::{DeviceOAuthApp, PkceOAuthApp, WebOAuthApp};
use crate::base::error::{Error, Result};
use crate::base::pasted;

/// An OAuth app of any type, read from a configuration file.
///
/// ```no_run
/// use coze_api::Client;
/// use coze_api::auth::OAuthApp;
///
/// let app = OAuthApp::from_file("coze_oauth_config.json")?;
/// let coze = Client::builder().credentials(app.credentials()).build()?;
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// This is enough for the type `jwt`. The other types require a user to log in first: match on the
/// enum to get the app.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OAuthApp {
    /// `web`: a web application.
    Web(WebOAuthApp),
    /// `pkce`: a mobile, desktop or single-page application.
    Pkce(PkceOAuthApp),
    /// `device`: a TV, device or command line.
    Device(DeviceOAuthApp),
    /// `jwt`: a service.
    #[cfg(feature = "jwt")]
    Jwt(JwtOAuthApp),
}

impl OAuthApp {
    /// Reads a `coze_oauth_config.json`, which the Coze website offers for download.
    ///
    /// It is a JSON object with `client_type` (`web`, `pkce`, `device` or `jwt`) and `client_id`;
    /// `client_secret` for `web`; `private_key` and `public_key_id` for `jwt`; and optionally
    /// `coze_api_base` and `coze_www_base`.
    ///
    /// The file may begin with a byte order mark, IDs may be numbers, and `client_type` may be in
    /// upper case.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the file cannot be read, or if a value is missing or
    /// invalid. The message names the value.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let content = std::fs::read(path).map_err(|e| {
            Error::config(format!("cannot read the OAuth app in {}", path.display())).with_source(e)
        })?;
        let unusable = |reason: &dyn fmt::Display| {
            Error::config(format!("cannot use the OAuth app in {}: {reason}", path.display()))
        };
        let json = pasted::text_of_file(content)
            .map_err(|(encoding, _)| unusable(&format_args!("it is {encoding}")))?;
        Self::from_json(&json).map_err(|e| unusable(&e))
    }

    /// Reads the contents of such a file.
    ///
    /// # Errors
    ///
    /// Those of [`from_file`](Self::from_file).
    pub fn from_json(json: &str) -> Result<Self> {
        let json = json.trim_start_matches('\u{feff}');
        // Without the parser's message, which may quote a secret.
        let config = serde_json::from_str::<Map<String, Value>>(json).map_err(|e| {
            let (line, column) = (e.line(), e.column());
            Error::config(format!("it is not a JSON object (line {line} column {column})"))
        })?;
        Config(config).app()
    }

    /// Returns credentials for a client. Except for the type `jwt` they do not have a token yet:
    /// add one with [`with_token`](OAuthCredentials::with_token) or
    /// [`with_store`](OAuthCredentials::with_store).
    pub fn credentials(&self) -> OAuthCredentials {
        match self {
            Self::Web(app) => app.credentials(),
            Self::Pkce(app) => app.credentials(),
            Self::Device(app) => app.credentials(),
            #[cfg(feature = "jwt")]
            Self::Jwt(app) => app.credentials(),
        }
    }
}

struct Config(Map<String, Value>);

/// Sets the base URLs on the builder of an app, and builds it.
macro_rules! build_with_urls {
    ($config:expr, $builder:expr) => {{
        let mut builder = $builder;
        if let Some(base_url) = $config.optional("coze_api_base")? {
            builder = builder.base_url(base_url);
        }
        if let Some(www_url) = $config.optional("coze_www_base")? {
            builder = builder.www_url(www_url);
        }
        builder.build()
    }};
}

impl Config {
    fn app(&self) -> Result<OAuthApp> {
        let client_type = self.required("client_type")?;
        let client_id = &*self.required("client_id")?;
        match &*client_type.to_ascii_lowercase() {
            "web" => {
                let secret = self.required("client_secret")?;
                build_with_urls!(self, WebOAuthApp::builder(client_id, secret.into_owned()))
                    .map(OAuthApp::Web)
            }
            "pkce" | "single_page" => {
                build_with_urls!(self, PkceOAuthApp::builder(client_id)).map(OAuthApp::Pkce)
            }
            "device" => {
                build_with_urls!(self, DeviceOAuthApp::builder(client_id)).map(OAuthApp::Device)
            }
            "jwt" => self.jwt(client_id),
            other => {
                let found = name_of(other).map(|name| format!("is \"{name}\", but "));
                Err(Error::config(format!(
                    "its `client_type` {}should be `web`, `pkce`, `device` or `jwt`",
                    found.unwrap_or_default()
                )))
            }
        }
    }

    #[cfg(feature = "jwt")]
    fn jwt(&self, client_id: &str) -> Result<OAuthApp> {
        let key_id = self.required("public_key_id")?;
        let key = self.required("private_key")?;
        let builder = JwtOAuthApp::builder(client_id, key_id).private_key_pem(key.into_owned());
        build_with_urls!(self, builder).map(OAuthApp::Jwt)
    }

    #[cfg(not(feature = "jwt"))]
    #[allow(clippy::unused_self, reason = "as with the feature")]
    fn jwt(&self, _client_id: &str) -> Result<OAuthApp> {
        Err(Error::config(
            "its `client_type` is `jwt`, which needs the feature `jwt` of this crate",
        ))
    }

    fn required(&self, name: &str) -> Result<Cow<'_, str>> {
        let value = self.optional(name)?;
        value.ok_or_else(|| {
            Error::config(Missing { name, client_type: self.0.get("client_type") }.to_string())
        })
    }

    /// Returns a value, unless it is missing or empty.
    fn optional(&self, name: &str) -> Result<Option<Cow<'_, str>>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(value)) => {
                let value = pasted::unquote(value);
                Ok((!value.is_empty()).then_some(Cow::Borrowed(value)))
            }
            Some(Value::Number(id)) if id.is_u64() => Ok(Some(Cow::Owned(id.to_string()))),
            Some(_) => Err(Error::config(format!("its `{name}` is not a string"))),
        }
    }
}

struct Missing<'a> {
    name: &'a str,
    client_type: Option<&'a Value>,
}

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it lacks `{}`", self.name)?;
        match self.client_type.and_then(Value::as_str).and_then(name_of) {
            Some(client_type) => write!(f, ", which the client type `{client_type}` needs"),
            None => Ok(()),
        }
    }
}

/// Returns a client type as errors quote it, unless it may be a secret in the wrong place.
fn name_of(client_type: &str) -> Option<&str> {
    let name = client_type.trim();
    let is_name = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-');
    (!name.is_empty() && name.len() <= 20 && name.bytes().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_kinds_need_no_key() {
        let cases = [
            (r#"{"client_type":"web","client_id":"1","client_secret":"s"}"#, "Web("),
            (r#"{"client_type":"pkce","client_id":"1","client_secret":null}"#, "Pkce("),
            (
                r#"{"client_type":"device","client_id":"1","coze_api_base":"https://api.coze.com"}"#,
                "Device(",
            ),
        ];
        for (json, expected) in cases {
            let app = OAuthApp::from_json(json).expect(expected);
            assert!(format!("{app:?}").starts_with(expected), "{app:?}");
        }
    }

    #[test]
    fn a_file_is_read_as_editors_and_people_leave_it() {
        let cases = [
            ("\u{feff}{\"client_type\":\"pkce\",\"client_id\":\"1\"}", "Pkce("),
            (r#"{"client_type":"PKCE","client_id":1}"#, "Pkce("),
            (r#"{"client_type":" Device ","client_id":18446744073709551615}"#, "Device("),
            (r#"{"client_type":"Web","client_id":"'1'","client_secret":"\"s\" "}"#, "Web("),
        ];
        for (json, expected) in cases {
            let app = format!("{:?}", OAuthApp::from_json(json).expect(json));
            assert!(app.starts_with(expected), "{app}");
            assert!(app.contains("\"1\"") || app.contains("\"18446744073709551615\""), "{app}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_shown() {
        let cases = [
            ("topsecret", "not a JSON object"),
            (r#"{"client_secret":"topsecret","client_id":1}"#, "lacks `client_type`"),
            (r#"{"client_type":"web","client_secret":"topsecret"}"#, "lacks `client_id`"),
            (r#"{"client_type":"web","client_id":" "}"#, "lacks `client_id`"),
            (
                r#"{"client_type":"web","client_id":"1"}"#,
                "lacks `client_secret`, which the client type `web` needs",
            ),
            (
                r#"{"client_type":"web","client_id":"1","client_secret":["topsecret"]}"#,
                "`client_secret` is not a string",
            ),
            (
                r#"{"client_type":"web","client_id":"1","client_secret":"top\nsecret"}"#,
                "client secret has a line break",
            ),
            (r#"{"client_type":"telepathy","client_id":"1"}"#, "\"telepathy\""),
            (
                r#"{"client_type":"pat_1topsecret","client_id":"1"}"#,
                "`client_type` should be `web`",
            ),
            (r#"{"client_type":"pat_1topsecret"}"#, "lacks `client_id`"),
            (r#"{"client_type":"pkce","client_id":"1","coze_api_base":"x"}"#, "base URL"),
        ];
        for (json, expected) in cases {
            let error = OAuthApp::from_json(json).expect_err(expected);
            assert!(error.is_config());
            assert!(error.to_string().contains(expected), "{expected}: {error}");
            assert!(!format!("{error:?}").contains("secret\""), "{error:?}");
            assert!(!format!("{error:?}").contains("topsecret"), "{error:?}");
        }
    }

    #[cfg(feature = "jwt")]
    #[test]
    fn a_service_needs_a_key() {
        let cases = [
            (r#"{"client_type":"jwt","client_id":"1"}"#, "lacks `public_key_id`"),
            (r#"{"client_type":"jwt","client_id":"1","public_key_id":"k"}"#, "lacks `private_key`"),
            (
                r#"{"client_type":"jwt","client_id":"1","public_key_id":"k","private_key":"x"}"#,
                "not PEM text",
            ),
            (
                r#"{"client_type":"jwt","client_id":"1","public_key_id":"k","private_key":"key.pem"}"#,
                "path in place of the text",
            ),
        ];
        for (json, expected) in cases {
            let error = OAuthApp::from_json(json).expect_err(expected);
            assert!(error.to_string().contains(expected), "{expected}: {error}");
        }
    }

    #[cfg(not(feature = "jwt"))]
    #[test]
    fn without_the_feature_a_service_is_refused() {
        let json = r#"{"client_type":"jwt","client_id":"1","public_key_id":"k","private_key":"x"}"#;
        let error = OAuthApp::from_json(json).expect_err("no feature");
        assert!(error.to_string().contains("feature `jwt`"), "{error}");
    }
}
