//! What a delivery holds.

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::answer::Answer;
use super::rejected::Rejected;
use super::{WebhookEvent, WebhookHeader};
use crate::base::decode;
use crate::generated::ApiAppEventType;
use crate::wire::stream::{Frame, StreamEvent as _};

/// The type of the delivery by which Coze checks an address.
const URL_VERIFICATION: &str = "url_verification";

/// A verified delivery.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it is an event nearly always")]
pub enum Delivery {
    /// Something happened. Answer [`Answer::ok`] in time, see [`Callback::deadline`].
    Event(Callback),
    /// Coze checks whether the address is yours. Send back its [`answer`](Challenge::answer).
    Challenge(Challenge),
}

/// An event that Coze reports.
///
/// With the feature `webhook-axum` it is an extractor, too.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Callback {
    /// What all events have: type, id, time, and whom they concern.
    pub header: WebhookHeader,
    /// What happened.
    pub event: WebhookEvent,
}

impl Callback {
    /// The time in which Coze waits for the answer: 10 seconds for `bot.published`, 3 seconds for all others.
    ///
    /// Then it counts the delivery as failed and repeats it. So answer first, and do what takes longer in a task of its
    /// own. A channel that cannot judge a bot in time answers that the audit goes on, and reports its result by
    /// [`connectors.bots.update`](crate::connectors::ConnectorBots::update) later.
    pub fn deadline(&self) -> Duration {
        let published = self.header.event_type == ApiAppEventType::BotPublished;
        Duration::from_secs(if published { 10 } else { 3 })
    }
}

/// The question by which Coze checks an address, when it is entered or changed.
///
/// Coze waits 3 seconds for the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    value: String,
}

impl Challenge {
    /// The text that Coze wants to see again.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What Coze wants to hear: `{"challenge": "…"}`.
    pub fn answer(&self) -> Answer {
        Answer::challenge(&self.value)
    }
}

/// A body as it travels.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    header: Option<&'a RawValue>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    challenge: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Question {
    challenge: String,
}

impl Delivery {
    /// Reads a body.
    ///
    /// Nothing may stand behind its object. The signature does not see to that: SHA-1 lets everybody who knows a signed
    /// body sign one that begins with it and goes on with certain bytes. Those are no white space.
    pub(super) fn read(body: &[u8]) -> Result<Self, Rejected> {
        let text = std::str::from_utf8(body).map_err(Rejected::body)?;
        // A list would do for serde.
        if !text.trim_start().starts_with('{') {
            return Err(Rejected::body("it is no JSON object"));
        }
        let body: Body<'_> = serde_json::from_str(text).map_err(Rejected::body)?;
        let Some(header) = body.header.map(RawValue::get) else {
            let challenge = body.challenge.map(RawValue::get);
            let challenge = challenge.ok_or_else(|| Rejected::body("it has no header"))?;
            return Self::challenge(decode::from_str(challenge).map_err(Rejected::body)?);
        };
        let header: WebhookHeader = decode::from_str(header).map_err(Rejected::body)?;
        let event = body.event.map_or("", RawValue::get);
        let event_type = header.event_type.as_str();
        if event_type.is_empty() {
            return Err(Rejected::body("its header has no event_type"));
        }
        let event = Frame::new(event_type, event.to_owned());
        if event_type == URL_VERIFICATION {
            let question: Question = event.json().map_err(Rejected::body)?;
            return Self::challenge(question.challenge);
        }
        let event = WebhookEvent::decode(&event).map_err(Rejected::body)?;
        Ok(Self::Event(Callback { header, event }))
    }

    fn challenge(value: String) -> Result<Self, Rejected> {
        if value.is_empty() {
            return Err(Rejected::body("its challenge is empty"));
        }
        Ok(Self::Challenge(Challenge { value }))
    }
}
