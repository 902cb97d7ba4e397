//! Verifies that a delivery was sent by Coze.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use secrecy::SecretString;
use subtle::Choice;

use super::delivery::Delivery;
use super::error::VerifyError;
use super::signature::{NONCE, SIGNATURE, TIMESTAMP, Token, unix_milliseconds};
use crate::base::clock::{Clock, SystemClock};
use crate::base::error::{Error, Result};

/// The default difference allowed between a delivery's time and the local time.
const DEFAULT_TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// The default maximum length of a body, in bytes.
const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;
/// The number of digits of a time in Unix milliseconds, from 2001 until 2286.
const TIMESTAMP_DIGITS: usize = 13;

/// Verifies that deliveries come from Coze, are recent, and have not been changed.
///
/// ```
/// use coze_api::webhook::{Delivery, Verifier};
/// # use coze_api::webhook::Signer;
///
/// let verifier = Verifier::new("token of the callback app")?;
///
/// // `headers` and `body` are those of the request, the body byte for byte.
/// # let body = br#"{"header": {"event_type": "bot.deleted", "event_id": "1"}, "event": {}}"#;
/// # let headers = Signer::new("token of the callback app")?.headers(body);
/// match verifier.verify(&headers, body) {
///     Ok(Delivery::Event(callback)) => println!("{:?}", callback.event),
///     Ok(Delivery::Challenge(challenge)) => println!("respond with {:?}", challenge.response()),
///     Err(error) => println!("respond with {}: {error}", error.status()),
/// }
/// # assert!(verifier.verify(&headers, body).is_ok());
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// The token is the `verify_token` of the callback app, which [`api_apps.create`] returns and Coze
/// shows on the app's page. Create one verifier and share it among all requests; cloning it is
/// cheap.
///
/// # Checks
///
/// In this order:
///
/// 1. The body is at most 1 MiB long ([`body_limit`](Self::body_limit)); otherwise
///    [`VerifyError::TooLarge`].
/// 2. `X-Coze-Timestamp`, `X-Coze-Nonce` and `X-Coze-Signature` occur once each; otherwise
///    [`VerifyError::MissingHeader`] or [`VerifyError::RepeatedHeader`].
/// 3. The timestamp is in Unix milliseconds; otherwise [`VerifyError::MalformedTimestamp`].
/// 4. The signature is the SHA-1 of timestamp, nonce, token and body, compared in constant time;
///    otherwise [`VerifyError::BadSignature`].
/// 5. The timestamp is within 5 minutes of the local time ([`tolerance`](Self::tolerance));
///    otherwise [`VerifyError::OutsideWindow`].
/// 6. The body is one JSON object with nothing after it; otherwise [`VerifyError::MalformedBody`].
///
/// Within the tolerance the same delivery may arrive more than once: Coze repeats a delivery that
/// was not answered in time, and an attacker who can read the traffic can replay it. Use a
/// [`Deduplicator`](super::Deduplicator) to handle each event once.
///
/// Documentation: [接收并处理回调](https://docs.coze.cn/dev_how_to_guides/receive_handle_callbacks).
///
/// [`api_apps.create`]: crate::api_apps::ApiApps::create
#[doc(alias = "signature")]
#[doc(alias = "verify_token")]
#[derive(Clone)]
pub struct Verifier {
    tokens: Arc<[Token]>,
    tolerance: Duration,
    body_limit: usize,
    unsigned_challenges: bool,
    clock: Arc<dyn Clock>,
}

impl Verifier {
    /// Creates a verifier for the deliveries of one callback app.
    ///
    /// White space around the token is removed, because files and environment variables often end
    /// in a newline.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the token is empty.
    pub fn new(token: impl Into<SecretString>) -> Result<Self> {
        Self::any_of([token])
    }

    /// Creates a verifier for several callback apps that post to the same URL.
    ///
    /// A delivery is accepted if it is signed with any of the tokens. `header.api_app_id` of the
    /// [`Callback`](super::Callback) identifies the app.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if there are no tokens, or if one of them is empty.
    pub fn any_of<T: Into<SecretString>>(tokens: impl IntoIterator<Item = T>) -> Result<Self> {
        let tokens: Arc<[Token]> = tokens.into_iter().map(Token::new).collect::<Result<_>>()?;
        if tokens.is_empty() {
            return Err(Error::config(
                "a webhook verifier needs the token of at least one callback app",
            ));
        }
        Ok(Self {
            tokens,
            tolerance: DEFAULT_TOLERANCE,
            body_limit: DEFAULT_BODY_LIMIT,
            unsigned_challenges: false,
            clock: Arc::new(SystemClock),
        })
    }

    /// Sets the maximum difference between a delivery's timestamp and the local time, in the past
    /// and in the future. The default is 5 minutes.
    ///
    /// A repeated delivery has the timestamp of the event, so it is refused once the event is older
    /// than the tolerance. If Coze repeats deliveries to your server for longer, raise it, and
    /// raise [`Deduplicator::ttl`](super::Deduplicator::ttl) too.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the maximum length of a body in bytes. The default is 1 MiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Accepts challenges that have none of the three headers. By default they are refused, as any
    /// other unsigned request is.
    ///
    /// This is safe, because the response only echoes the sender's value. Events without a
    /// signature and challenges with a wrong one are still refused.
    pub fn allow_unsigned_challenges(mut self) -> Self {
        self.unsigned_challenges = true;
        self
    }

    /// Replaces the system clock, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Verifies a delivery and decodes it.
    ///
    /// `body` must be the request's body byte for byte. A body that was decoded and encoded again
    /// does not match the signature.
    ///
    /// # Errors
    ///
    /// A [`VerifyError`] if a [check](Self#checks) fails. Its
    /// [`response`](VerifyError::response) is the one to send back.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<Delivery, VerifyError> {
        self.check_length(body.len())?;
        let signed = [TIMESTAMP, NONCE, SIGNATURE].iter().any(|name| headers.contains_key(*name));
        if self.unsigned_challenges && !signed {
            return match Delivery::read(body) {
                Ok(challenge @ Delivery::Challenge(_)) => Ok(challenge),
                _ => Err(VerifyError::MissingHeader { name: SIGNATURE }),
            };
        }
        let signature = header(headers, SIGNATURE)?;
        let timestamp = header(headers, TIMESTAMP)?;
        let nonce = header(headers, NONCE)?;
        let time = milliseconds(timestamp).ok_or(VerifyError::MalformedTimestamp)?;
        let matches = self.tokens.iter().fold(Choice::from(0), |matches, token| {
            matches | token.has_signed(signature, timestamp, nonce, body)
        });
        if !bool::from(matches) {
            return Err(VerifyError::BadSignature);
        }
        // Checked after the signature, so that this error always means a replay or a wrong clock.
        let now = unix_milliseconds(self.clock.now());
        if u128::from(now.abs_diff(time)) > self.tolerance.as_millis() {
            return Err(VerifyError::OutsideWindow {
                distance: Duration::from_millis(now.abs_diff(time)),
                future: time > now,
            });
        }
        Delivery::read(body)
    }

    /// Checks the length of a body, before it is read.
    pub(super) fn check_length(&self, length: usize) -> Result<(), VerifyError> {
        let limit = self.body_limit;
        if length > limit { Err(VerifyError::TooLarge { limit }) } else { Ok(()) }
    }

    #[cfg(feature = "webhook-axum")]
    pub(super) fn limit(&self) -> usize {
        self.body_limit
    }
}

/// Omits the tokens.
impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("tokens", &self.tokens.len())
            .field("tolerance", &self.tolerance)
            .field("body_limit", &self.body_limit)
            .field("unsigned_challenges", &self.unsigned_challenges)
            .finish_non_exhaustive()
    }
}

/// Returns the value of a header that must occur once.
fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a [u8], VerifyError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|value| !value.is_empty());
    let value = value.ok_or(VerifyError::MissingHeader { name })?;
    if values.next().is_some() {
        return Err(VerifyError::RepeatedHeader { name });
    }
    Ok(value.as_bytes())
}

/// Parses a timestamp.
///
/// The timestamp and the nonce are hashed without a separator, so moving digits from one to the
/// other would change the time but not the signature. A fixed number of digits prevents that.
fn milliseconds(timestamp: &[u8]) -> Option<u64> {
    if timestamp.len() != TIMESTAMP_DIGITS || !timestamp.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(timestamp).ok()?.parse().ok()
}
