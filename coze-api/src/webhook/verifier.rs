//! Tells deliveries of Coze from those of others.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use subtle::Choice;

use super::delivery::Delivery;
use super::rejected::Rejected;
use super::signature::{NONCE, SIGNATURE, TIMESTAMP, Token, unix_milliseconds};
use crate::base::clock::{Clock, SystemClock};
use crate::base::error::{Error, Result};
use crate::base::secret::Secret;

/// How far the time of a delivery may be from now by default.
const TOLERANCE: Duration = Duration::from_secs(5 * 60);
/// How long a body may be by default, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// The milliseconds since 1970 have that many digits from 2001 until 2286.
const TIMESTAMP_DIGITS: usize = 13;

/// Verifies that deliveries come from Coze, are fresh, and are as they were sent.
///
/// ```
/// use coze_api::webhook::{Delivery, Rejected, Verifier, WebhookEvent};
/// # use coze_api::webhook::Signer;
///
/// let verifier = Verifier::new("token of the callback app")?;
///
/// // What your HTTP server received: headers, and the body byte for byte.
/// # let body = br#"{"header": {"event_type": "bot.deleted", "event_id": "1"}, "event": {"bot_id": "7"}}"#;
/// # let headers = Signer::new("token of the callback app")?.headers(body);
/// match verifier.verify(&headers, body) {
///     Ok(Delivery::Event(callback)) => println!("{:?}", callback.event),
///     Ok(Delivery::Challenge(challenge)) => println!("answer {:?}", challenge.answer()),
///     Err(rejected) => println!("answer {}: {rejected}", rejected.status()),
/// }
/// # assert!(verifier.verify(&headers, body).is_ok());
/// # Ok::<(), coze_api::Error>(())
/// ```
///
/// The token is the `verify_token` of the callback app, which [`api_apps.create`] returns and the pages of Coze show. A
/// clone is cheap and verifies alike; share one verifier among all requests.
///
/// | what is checked | by default | else |
/// |---|---|---|
/// | length of the body | at most 1 MiB, [`body_limit`](Self::body_limit) | [`Rejected::TooLarge`] |
/// | headers | `X-Coze-Timestamp`, `X-Coze-Nonce` and `X-Coze-Signature`, once each | [`Rejected::MissingHeader`], [`Rejected::RepeatedHeader`] |
/// | form of the timestamp | Unix milliseconds | [`Rejected::MalformedTimestamp`] |
/// | signature | SHA-1 over timestamp, nonce, token and body, in constant time | [`Rejected::BadSignature`] |
/// | time | at most 5 minutes away from now, [`tolerance`](Self::tolerance) | [`Rejected::OutsideWindow`] |
/// | body | a whole JSON object and nothing behind it | [`Rejected::MalformedBody`] |
///
/// Within the window the same delivery may come again: Coze repeats what was not answered in time, and whoever reads the
/// traffic could. [`Deduplicator`](super::Deduplicator) sorts that out.
///
/// Documentation: [接收并处理回调](https://docs.coze.cn/dev_how_to_guides/receive_handle_callbacks).
///
/// [`api_apps.create`]: crate::api_apps::ApiApps::create
#[derive(Clone)]
pub struct Verifier {
    tokens: Arc<[Token]>,
    tolerance: Duration,
    body_limit: usize,
    unsigned_challenges: bool,
    clock: Arc<dyn Clock>,
}

impl Verifier {
    /// Accepts what is signed with the token of one callback app.
    ///
    /// Surrounding white space is dropped: files and environment variables tend to end in a newline.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the token is empty.
    pub fn new(token: impl Into<Secret>) -> Result<Self> {
        Self::any_of([token])
    }

    /// Accepts what is signed with any of these tokens: several callback apps may post to one address.
    ///
    /// `header.api_app_id` says which of them did.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if there is no token, or one of them is empty.
    pub fn any_of<T: Into<Secret>>(tokens: impl IntoIterator<Item = T>) -> Result<Self> {
        let tokens: Arc<[Token]> = tokens.into_iter().map(Token::new).collect::<Result<_>>()?;
        if tokens.is_empty() {
            return Err(Error::config("there is no token of a callback app"));
        }
        Ok(Self {
            tokens,
            tolerance: TOLERANCE,
            body_limit: BODY_LIMIT,
            unsigned_challenges: false,
            clock: Arc::new(SystemClock),
        })
    }

    /// How far the time of a delivery may be from now, in the past and in the future. 5 minutes by default.
    ///
    /// The time is that of the event. If repeated deliveries of events that your server missed come later than that,
    /// allow more; then remember event ids for as long, too.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How long a body may be, in bytes. 1 MiB by default.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// Answers checks of the address, too, that carry none of the three headers. By default they are refused as
    /// everything else.
    ///
    /// Such an answer tells nothing but that somebody is there, so this is harmless. It does not hold for events, nor for
    /// a check whose signature is wrong.
    pub fn allow_unsigned_challenges(mut self) -> Self {
        self.unsigned_challenges = true;
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Verifies a delivery and decodes it.
    ///
    /// `body` is the body byte for byte. What was decoded and encoded again has another signature.
    ///
    /// # Errors
    ///
    /// Why the delivery is not to be believed. [`Rejected`] says what to answer.
    pub fn verify(&self, headers: &HeaderMap, body: &[u8]) -> Result<Delivery, Rejected> {
        self.check_length(body.len())?;
        let any = [TIMESTAMP, NONCE, SIGNATURE].into_iter().any(|name| headers.contains_key(name));
        if self.unsigned_challenges && !any {
            return match Delivery::read(body) {
                Ok(challenge @ Delivery::Challenge(_)) => Ok(challenge),
                _ => Err(Rejected::MissingHeader { name: SIGNATURE }),
            };
        }
        let signature = header(headers, SIGNATURE)?;
        let timestamp = header(headers, TIMESTAMP)?;
        let nonce = header(headers, NONCE)?;
        let time = milliseconds(timestamp).ok_or(Rejected::MalformedTimestamp)?;
        let known = self.tokens.iter().fold(Choice::from(0), |known, token| {
            known | token.signed(signature, timestamp, nonce, body)
        });
        if !bool::from(known) {
            return Err(Rejected::BadSignature);
        }
        // Behind the signature, so that this reason is worth a look at the clock.
        let now = unix_milliseconds(self.clock.now());
        if u128::from(now.abs_diff(time)) > self.tolerance.as_millis() {
            return Err(Rejected::OutsideWindow {
                distance: Duration::from_millis(now.abs_diff(time)),
                future: time > now,
            });
        }
        Delivery::read(body)
    }

    /// Refuses a length before anything is read.
    pub(super) fn check_length(&self, length: usize) -> Result<(), Rejected> {
        let limit = self.body_limit;
        if length > limit { Err(Rejected::TooLarge { limit }) } else { Ok(()) }
    }

    #[cfg(feature = "webhook-axum")]
    pub(super) fn limit(&self) -> usize {
        self.body_limit
    }
}

/// Does not show the tokens.
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

/// The value of a header that is there once.
fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a [u8], Rejected> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().filter(|value| !value.is_empty());
    let value = value.ok_or(Rejected::MissingHeader { name })?;
    if values.next().is_some() {
        return Err(Rejected::RepeatedHeader { name });
    }
    Ok(value.as_bytes())
}

/// Reads a timestamp.
///
/// It is hashed right before the nonce, with nothing in between. So whoever moves digits from one to the other keeps the
/// signature and changes the time; their number being fixed, nobody can.
fn milliseconds(timestamp: &[u8]) -> Option<u64> {
    if timestamp.len() != TIMESTAMP_DIGITS || !timestamp.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(timestamp).ok()?.parse().ok()
}
