//! The contents of a delivery.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::error::VerifyError;
use super::response::WebhookResponse;
use super::{WebhookEvent, WebhookHeader};
use crate::base::decode;
use crate::generated::ApiAppEventType;
use crate::wire::stream::{Frame, StreamEvent as _};

/// The event type of a challenge.
const URL_VERIFICATION: &str = "url_verification";

/// A verified delivery.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::large_enum_variant, reason = "nearly all deliveries are events")]
pub enum Delivery {
    /// An event. Respond with [`WebhookResponse::ok`] within [`Callback::deadline`].
    Event(Callback),
    /// A check that the URL belongs to you. Send back its [`response`](Challenge::response).
    Challenge(Challenge),
}

/// An event, as Coze delivered it.
///
/// With the feature `webhook-axum` it is also an axum extractor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Callback {
    /// The fields that all events have: type, ID, time, and the account and app they belong to.
    pub header: WebhookHeader,
    /// The fields of this event.
    pub event: WebhookEvent,
}

impl Callback {
    /// Creates a callback, for tests of code that handles callbacks.
    ///
    /// ```
    /// use coze_api::webhook::{BotPublished, Callback, WebhookEvent, WebhookHeader};
    ///
    /// let mut bot = BotPublished::default();
    /// bot.bot_id_str = "7493066380997054321".to_owned();
    /// let event = WebhookEvent::BotPublished(bot.into());
    /// let callback = Callback::new(WebhookHeader::default(), event);
    /// assert_eq!(callback.header.event_id, "");
    /// ```
    ///
    /// To test the verification as well, sign a body with a [`Signer`](super::Signer).
    pub fn new(header: WebhookHeader, event: WebhookEvent) -> Self {
        Self { header, event }
    }

    /// Returns how long Coze waits for the response: 10 seconds for `bot.published`, 3 seconds for
    /// all other events.
    ///
    /// After that, Coze counts the delivery as failed and repeats it. Respond first, and do slow
    /// work in a separate task. A channel that cannot review a bot in time responds with
    /// [`BotPublishedResponse::reviewing`](super::BotPublishedResponse::reviewing) and reports the
    /// outcome later with
    /// [`connectors.bots.update`](crate::connectors::ConnectorBots::update).
    pub fn deadline(&self) -> Duration {
        let published = self.header.event_type == ApiAppEventType::BotPublished;
        Duration::from_secs(if published { 10 } else { 3 })
    }
}

/// A value that your server must echo to prove that it owns the URL.
///
/// Coze sends a challenge when the URL of a callback app is set or changed, and waits 3 seconds for
/// the [`response`](Self::response).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Challenge {
    value: String,
}

impl Challenge {
    /// Creates a challenge, for tests of code that handles deliveries.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into() }
    }

    /// Returns the value to echo.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the response that Coze expects: `{"challenge": "…"}`.
    pub fn response(&self) -> WebhookResponse {
        WebhookResponse::challenge(&self.value)
    }
}

/// The body of a delivery. The parts stay raw until the type of the event is known.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    header: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    challenge: Option<&'a RawValue>,
}

/// The part of a header that decides how the body is read.
#[derive(Deserialize)]
struct HeaderType<'a> {
    #[serde(borrow)]
    event_type: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ChallengeEvent<'a> {
    #[serde(borrow)]
    challenge: Option<&'a RawValue>,
}

impl Delivery {
    /// Parses the body of a delivery.
    ///
    /// The JSON object must not be followed by anything but white space. The signature cannot
    /// guarantee that: SHA-1 is open to length extension, so an attacker who knows a signed body
    /// can sign the same body with a suffix. Such a suffix never consists of white space only.
    pub(super) fn read(body: &[u8]) -> Result<Self, VerifyError> {
        let valid = std::str::from_utf8(body).ok();
        let valid = valid.filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        // A repair changes only what is inside strings, so it hides no suffix.
        let text = valid.map_or_else(|| Cow::Owned(decode::repair(body)), Cow::Borrowed);
        // Serde also reads a struct from a JSON array.
        if !text.trim_start().starts_with('{') {
            return Err(VerifyError::body("it is not a JSON object"));
        }
        let body: Body<'_> = serde_json::from_str(&text).map_err(VerifyError::body)?;
        let Some(header) = body.header.map(RawValue::get) else {
            let challenge = body.challenge.ok_or_else(|| VerifyError::body("it has no header"))?;
            return Self::challenge(Some(challenge));
        };
        let kind: HeaderType<'_> = serde_json::from_str(header).map_err(VerifyError::body)?;
        if kind.event_type.is_some_and(|kind| !kind.get().starts_with('"')) {
            return Err(VerifyError::body("its event_type is not a string"));
        }
        let header: WebhookHeader = decode::decode(header.as_bytes()).map_err(VerifyError::body)?;
        let event = body.event.map_or("", RawValue::get);
        let event_type = header.event_type.as_str();
        if event_type.is_empty() {
            return Err(VerifyError::body("its header has no event_type"));
        }
        if event_type == URL_VERIFICATION {
            let event: ChallengeEvent<'_> =
                serde_json::from_str(event).map_err(VerifyError::body)?;
            return Self::challenge(event.challenge);
        }
        let event = Frame::new(event_type, event.to_owned());
        let event = WebhookEvent::decode(&event).map_err(VerifyError::body)?;
        Ok(Self::Event(Callback::new(header, event)))
    }

    /// Reads a challenge. It is sent back as it came, so only a string will do.
    fn challenge(value: Option<&RawValue>) -> Result<Self, VerifyError> {
        let value = value.map_or("\"\"", RawValue::get);
        let value: String = serde_json::from_str(value).map_err(VerifyError::body)?;
        if value.is_empty() {
            return Err(VerifyError::body("its challenge is empty"));
        }
        Ok(Self::Challenge(Challenge::new(value)))
    }
}
