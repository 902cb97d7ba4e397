//! A token, its expiry, and the times at which it is renewed.

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::base::error::{Error, Kind, Result};

/// The default lifetime of an access token, in seconds.
pub(crate) const DEFAULT_LIFETIME: i64 = 900;
/// The maximum lifetime of an access token, in seconds.
pub(crate) const MAX_LIFETIME: i64 = 86_400;
/// A smaller `expires_in` is a duration in seconds; a larger one is a Unix time.
const FIRST_ABSOLUTE: i64 = 1_000_000_000;

/// An access token with its expiry and, in most OAuth flows, a refresh token.
///
/// ```
/// use coze_api::ExposeSecret as _;
/// use coze_api::auth::OAuthToken;
///
/// let token = OAuthToken::new("czu_example", 1_767_225_600).with_refresh_token("refresh-example");
/// let json = token.to_json();
/// let read = OAuthToken::from_json(json.expose_secret())?;
/// assert_eq!(read, token);
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// Apps return it from a login, and [`OAuthCredentials`](super::OAuthCredentials) keep and renew
/// it. `Debug` and errors never show the tokens. A [`TokenStore`](super::TokenStore) saves them
/// with [`to_json`](Self::to_json).
#[derive(Clone, Debug)]
pub struct OAuthToken {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    expires_at: i64,
    issued_at: i64,
    /// The base URL of the server that issued it, if that is known.
    issuer: Option<String>,
}

impl OAuthToken {
    /// Creates a token that was issued elsewhere. `expires_at` is a Unix time in seconds.
    ///
    /// It is assumed to have the default lifetime of 15 minutes, so credentials renew it in the
    /// last 90 seconds before `expires_at`.
    pub fn new(access_token: impl Into<SecretString>, expires_at: i64) -> Self {
        Self {
            access_token: access_token.into(),
            refresh_token: None,
            expires_at,
            issued_at: expires_at.saturating_sub(DEFAULT_LIFETIME),
            issuer: None,
        }
    }

    /// Sets the refresh token. Without one, credentials of an app with user logins cannot renew the
    /// token, and the user has to log in again after it has expired. A `JwtOAuthApp` needs none.
    pub fn with_refresh_token(mut self, refresh_token: impl Into<SecretString>) -> Self {
        self.refresh_token = Some(refresh_token.into());
        self
    }

    /// Returns the access token, to be sent in the `Authorization` header.
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }

    /// Returns the refresh token, which can be used only once: the server issues the next one
    /// together with the next access token.
    pub fn refresh_token(&self) -> Option<&SecretString> {
        self.refresh_token.as_ref()
    }

    /// Returns the Unix time in seconds at which the access token expires, by the server's clock.
    ///
    /// For a token that a server issued, it is computed from `expires_in`, which Coze sends as a
    /// Unix time although the standard defines a duration. If that is missing or has passed, it is
    /// replaced by the requested lifetime, 15 minutes by default. A lifetime of more than a day is
    /// cut to a day, or to the requested lifetime if that is longer.
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// Writes the token as JSON, to be read by [`from_json`](Self::from_json).
    ///
    /// The JSON contains both tokens in plain text: keep it secret.
    pub fn to_json(&self) -> SecretString {
        let stored = Stored {
            access_token: self.access_token.expose_secret().to_owned(),
            refresh_token: self.refresh_token.as_ref().map(|t| t.expose_secret().to_owned()),
            expires_at: self.expires_at,
            issued_at: Some(self.issued_at),
            issuer: self.issuer.clone(),
        };
        // Strings and integers can always be written.
        serde_json::to_string(&stored).unwrap_or_default().into()
    }

    /// Reads a token that was written by [`to_json`](Self::to_json).
    ///
    /// # Errors
    ///
    /// [`is_credentials`](Error::is_credentials) if `json` is anything else. The message does not
    /// quote it.
    pub fn from_json(json: &str) -> Result<Self> {
        let json = json.trim_start_matches('\u{feff}');
        let stored: Stored = serde_json::from_str(json).map_err(|e| {
            let (line, column) = (e.line(), e.column());
            let message = format!("the stored token is damaged at line {line} column {column}");
            Error::from_kind(Kind::Credentials(message))
        })?;
        let mut token = Self::new(stored.access_token, stored.expires_at);
        token.issued_at = stored.issued_at.unwrap_or(token.issued_at);
        token.refresh_token = stored.refresh_token.map(SecretString::from);
        token.issuer = stored.issuer;
        Ok(token)
    }

    /// Creates a token that a server issued at `now`, by its clock.
    pub(crate) fn issued(access_token: String, expires_in: i64, now: i64, lifetime: i64) -> Self {
        Self {
            access_token: access_token.into(),
            refresh_token: None,
            expires_at: expires_at(expires_in, now, lifetime),
            issued_at: now,
            issuer: None,
        }
    }

    /// Sets the base URL of the server that issued the token.
    pub(crate) fn with_issuer(mut self, base_url: String) -> Self {
        self.issuer = Some(base_url);
        self
    }

    /// Returns `true` if another server than the one at `base_url` is known to have issued the
    /// token. Its refresh token is a secret of that server.
    pub(crate) fn is_of_another_server(&self, base_url: &str) -> bool {
        let origin = |url: &str| reqwest::Url::parse(url).ok().map(|url| url.origin());
        self.issuer.as_deref().is_some_and(|issuer| origin(issuer) != origin(base_url))
    }

    /// Returns the freshness of the token at `now`, by the server's clock.
    pub(crate) fn freshness(&self, now: i64) -> Freshness {
        let lead = Lead::of(self.lifetime());
        let left = self.expires_at.saturating_sub(now);
        if left <= lead.end {
            Freshness::Expired
        } else if left <= lead.renewal {
            Freshness::Stale
        } else {
            Freshness::Fresh
        }
    }

    fn lifetime(&self) -> i64 {
        self.expires_at.saturating_sub(self.issued_at).max(0)
    }

    /// Returns the pause in seconds after an early renewal has failed.
    pub(crate) fn pause(&self) -> i64 {
        (Lead::of(self.lifetime()).renewal / 8).max(1)
    }
}

/// Compares both tokens and the expiry.
impl PartialEq for OAuthToken {
    fn eq(&self, other: &Self) -> bool {
        let refresh =
            |token: &Self| token.refresh_token.as_ref().map(|t| t.expose_secret().to_owned());
        self.access_token.expose_secret() == other.access_token.expose_secret()
            && refresh(self) == refresh(other)
            && self.expires_at == other.expires_at
    }
}

impl Eq for OAuthToken {}

#[derive(Deserialize, Serialize)]
struct Stored {
    access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    expires_at: i64,
    #[serde(default)]
    issued_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
}

/// The freshness of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Freshness {
    /// The token is used.
    Fresh,
    /// The token is used while it is renewed.
    Stale,
    /// The token is renewed before it is used: it has expired, or would expire during a request.
    Expired,
}

/// The seconds before its expiry at which a token becomes stale and at which it is no longer used.
struct Lead {
    renewal: i64,
    end: i64,
}

impl Lead {
    /// A tenth of the lifetime, up to five minutes, and a third of that, up to ten seconds.
    fn of(lifetime: i64) -> Self {
        let renewal = (lifetime / 10).clamp(0, 300);
        Self { renewal, end: (renewal / 3).min(10) }
    }
}

/// The second at which a token expires that was issued at `now`.
///
/// Coze says it as a second since 1970 in `expires_in`, in spite of the name; RFC 6749
/// means a span. A time that has passed, or none at all, cannot be meant of a token just
/// issued: then a clock is off, and the usual `lifetime` is the better guess. Neither
/// can more than `lifetime` or a day, whichever is longer.
fn expires_at(expires_in: i64, now: i64, lifetime: i64) -> i64 {
    let span =
        if expires_in >= FIRST_ABSOLUTE { expires_in.saturating_sub(now) } else { expires_in };
    let span = if span <= 0 { lifetime } else { span.min(lifetime.max(MAX_LIFETIME)) };
    now.saturating_add(span)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_720_000_000;

    fn token(expires_in: i64) -> OAuthToken {
        OAuthToken::issued("a".into(), expires_in, NOW, DEFAULT_LIFETIME)
    }

    #[test]
    fn expires_in_is_a_second_or_a_span() {
        assert_eq!(token(NOW + 900).expires_at(), NOW + 900);
        assert_eq!(token(900).expires_at(), NOW + 900);
        assert_eq!(token(0).expires_at(), NOW + 900);
        assert_eq!(token(NOW - 5).expires_at(), NOW + 900);
        assert_eq!(token(NOW * 1000).expires_at(), NOW + 86_400);
    }

    #[test]
    fn a_token_of_fifteen_minutes_is_renewed_in_the_last_ninety_seconds() {
        let token = token(NOW + 900);
        let cases = [
            (0, Freshness::Fresh),
            (809, Freshness::Fresh),
            (810, Freshness::Stale),
            (889, Freshness::Stale),
            (890, Freshness::Expired),
            (9000, Freshness::Expired),
        ];
        for (age, expected) in cases {
            assert_eq!(token.freshness(NOW + age), expected, "{age}");
        }
        assert_eq!(token.pause(), 11);
    }

    #[test]
    fn a_token_knows_the_server_that_issued_it() {
        let token = token(0).with_issuer("https://api.coze.cn/prefix".into());
        assert!(!token.is_of_another_server("https://api.coze.cn"));
        for other in ["https://api.coze.com", "http://api.coze.cn", "https://api.coze.cn:444"] {
            assert!(token.is_of_another_server(other), "{other}");
            assert!(!super::OAuthToken::new("a", 0).is_of_another_server(other), "{other}");
        }
    }

    #[test]
    fn nothing_shows_the_tokens() {
        let token = token(0).with_refresh_token("topsecret");
        let token = OAuthToken { access_token: "topsecret".into(), ..token };
        assert!(!format!("{token:?} {:?}", token.to_json()).contains("topsecret"));
        let error = OAuthToken::from_json(r#"{"access_token":"topsecret""#).expect_err("cut off");
        assert!(!format!("{error:?} {error}").contains("topsecret"), "{error:?}");
    }

    proptest! {
        #[test]
        fn a_token_just_issued_can_be_used_at_once(expires_in: i64, now in 0..i64::MAX / 2, lifetime in 1..86_400_i64) {
            let token = OAuthToken::issued("a".into(), expires_in, now, lifetime);
            prop_assert!(token.freshness(now) != Freshness::Expired || token.lifetime() < 1, "{token:?}");
            prop_assert!(token.expires_at > now && token.expires_at <= now + MAX_LIFETIME);
        }

        #[test]
        fn what_the_server_says_is_believed_if_it_can_be_true(life in 1..=MAX_LIFETIME, now in FIRST_ABSOLUTE..i64::MAX / 2) {
            prop_assert_eq!(expires_at(now + life, now, 900), now + life);
            prop_assert_eq!(expires_at(life, now, 900), now + life);
        }

        #[test]
        fn freshness_only_ever_wanes(expires_at: i64, issued_at: i64, a: i64, b: i64) {
            let token = OAuthToken { issued_at, ..OAuthToken::new("a", expires_at) };
            let (earlier, later) = (a.min(b), a.max(b));
            prop_assert!(token.freshness(earlier) <= token.freshness(later));
            prop_assert_eq!(token.freshness(expires_at), Freshness::Expired);
        }

        #[test]
        fn renewal_begins_in_the_last_tenth_and_before_the_end(life in 10..=MAX_LIFETIME, now in FIRST_ABSOLUTE..i64::MAX / 2) {
            let token = OAuthToken::issued("a".into(), now + life, now, 900);
            let age_of = |wanted| (0..=life).find(|age| token.freshness(now + age) == wanted);
            let (stale, expired) = (age_of(Freshness::Stale), age_of(Freshness::Expired));
            prop_assert!(stale.is_some_and(|age| age >= life - life / 10 && age >= life - 300));
            prop_assert!(expired > stale && expired.is_some_and(|age| age >= life - 10));
        }

        #[test]
        fn storing_loses_nothing(access: String, refresh: Option<String>, expires_at: i64, issued_at: i64) {
            let mut token = OAuthToken { issued_at, ..OAuthToken::new(access, expires_at) };
            if let Some(refresh) = refresh {
                token = token.with_refresh_token(refresh);
            }
            let read = OAuthToken::from_json(token.to_json().expose_secret()).expect("valid");
            prop_assert_eq!(&read, &token);
            prop_assert_eq!(read.issued_at, issued_at);
            let token = token.with_issuer("https://api.coze.cn".into());
            let read = OAuthToken::from_json(token.to_json().expose_secret()).expect("valid");
            prop_assert_eq!(read.issuer, token.issuer);
        }
    }
}
