//! The signature of a delivery.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderMap;
use http::header::{CONTENT_TYPE, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use sha1::{Digest as _, Sha1};
use subtle::{Choice, ConstantTimeEq as _};

use crate::base::clock::{Clock, SystemClock};
use crate::base::error::{Error, Result};

/// The time of the event, in Unix milliseconds.
pub(super) const TIMESTAMP: &str = "x-coze-timestamp";
/// A random string.
pub(super) const NONCE: &str = "x-coze-nonce";
/// The hash of timestamp, nonce, token and body.
pub(super) const SIGNATURE: &str = "x-coze-signature";

/// The token of a callback app.
#[derive(Clone)]
pub(super) struct Token(SecretString);

impl Token {
    pub(super) fn new(token: impl Into<SecretString>) -> Result<Self> {
        // Files and environment variables tend to end in a newline.
        let token = token.into().expose_secret().trim().to_owned();
        if token.is_empty() {
            // Anyone could sign with an empty token.
            return Err(Error::config("the token of the callback app is empty"));
        }
        Ok(Self(token.into()))
    }

    /// Returns the signature as Coze writes it: SHA-1 in lower-case hexadecimal digits.
    pub(super) fn sign(&self, timestamp: &[u8], nonce: &[u8], body: &[u8]) -> [u8; 40] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut hash = Sha1::new();
        for part in [timestamp, nonce, self.0.expose_secret().as_bytes(), body] {
            hash.update(part);
        }
        let mut hex = [0; 40];
        for (pair, byte) in hex.chunks_exact_mut(2).zip(hash.finalize()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        hex
    }

    /// Compares a signature with that of this token, in constant time.
    pub(super) fn has_signed(
        &self,
        signature: &[u8],
        timestamp: &[u8],
        nonce: &[u8],
        body: &[u8],
    ) -> Choice {
        self.sign(timestamp, nonce, body).ct_eq(signature)
    }
}

/// Signs deliveries as Coze does, to test the server that receives them.
///
/// ```
/// use coze_api::webhook::{Delivery, Signer, Verifier};
///
/// let body = br#"{"header": {"event_type": "bot.deleted", "event_id": "1"}, "event": {}}"#;
/// let headers = Signer::new("token of the callback app")?.headers(body);
///
/// let verifier = Verifier::new("token of the callback app")?;
/// let delivery = verifier.verify(&headers, body)?;
/// assert!(matches!(delivery, Delivery::Event(event) if event.header.event_id == "1"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Signer {
    token: Token,
    clock: Arc<dyn Clock>,
}

impl Signer {
    /// Creates a signer with the token of a callback app.
    ///
    /// Surrounding white space is removed, as [`Verifier::new`](super::Verifier::new) does.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the token is empty.
    pub fn new(token: impl Into<SecretString>) -> Result<Self> {
        Ok(Self { token: Token::new(token)?, clock: Arc::new(SystemClock) })
    }

    /// Replaces the system clock, to sign deliveries of another time.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Returns the headers of a delivery with this body: timestamp, nonce, signature and content
    /// type.
    ///
    /// Each call uses a new nonce.
    pub fn headers(&self, body: &[u8]) -> HeaderMap {
        let timestamp = HeaderValue::from(unix_milliseconds(self.clock.now()));
        let nonce = HeaderValue::from(fastrand::u64(..));
        let signature = self.token.sign(timestamp.as_bytes(), nonce.as_bytes(), body);
        let mut headers = HeaderMap::with_capacity(4);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(TIMESTAMP, timestamp);
        headers.insert(NONCE, nonce);
        // Hexadecimal digits are always a valid header value.
        if let Ok(signature) = HeaderValue::from_bytes(&signature) {
            headers.insert(SIGNATURE, signature);
        }
        headers
    }
}

/// Omits the token.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

/// Returns a time in Unix milliseconds, or 0 for a time before 1970.
pub(super) fn unix_milliseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
