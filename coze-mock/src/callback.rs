//! Callbacks: events sent to the URL of a callback app, signed as the platform signs them.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};

use crate::error::ApiError;
use crate::spec::api;
use crate::state::{ApiApp, Shared, State};

/// The maximum wait for the response to `bot.published`.
const LONG: Duration = Duration::from_secs(10);

/// The maximum wait for the response to other events.
const SHORT: Duration = Duration::from_secs(3);

/// The outcome of a callback.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The id of the event, the same for every attempt.
    pub event_id: String,
    /// Every attempt to send it. An attempt that times out is repeated once.
    pub attempts: Vec<Attempt>,
}

/// An attempt to send a callback.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// The body of the response.
    pub body: Bytes,
    /// The reason why there was no response.
    pub error: Option<String>,
    timed_out: bool,
}

impl Delivery {
    /// Returns `true` if the last attempt was answered with status 200.
    pub fn is_received(&self) -> bool {
        self.last().is_some_and(|attempt| attempt.status == Some(200))
    }

    /// The JSON of the last response; null if it is not JSON.
    pub fn answer(&self) -> Value {
        let body = self.last().map(|attempt| serde_json::from_slice(&attempt.body));
        body.and_then(Result::ok).unwrap_or_default()
    }

    fn last(&self) -> Option<&Attempt> {
        self.attempts.last()
    }

    /// The outcome as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let attempts = self.attempts.iter().map(|attempt| {
            json!({
                "status": attempt.status,
                "body": String::from_utf8_lossy(&attempt.body),
                "error": attempt.error,
            })
        });
        json!({
            "event_id": self.event_id,
            "received": self.is_received(),
            "attempts": attempts.collect::<Vec<_>>(),
        })
    }
}

/// A callback that is ready to be sent.
pub(crate) struct Callback {
    url: String,
    token: String,
    event_id: String,
    body: Bytes,
    deadline: Duration,
    state: Shared,
}

impl Callback {
    /// Prepares an event for an app. Without an event, it is that of the spec's example.
    pub(crate) fn new(
        state: &mut State,
        shared: &Shared,
        app: &ApiApp,
        event_type: &str,
        event: Option<Value>,
    ) -> Result<Self, ApiError> {
        if app.callback_url.is_empty() {
            let why = "the app has no callback URL";
            return Err(ApiError::field("api_app_id", why));
        }
        let event = event.or_else(|| example(event_type)).ok_or_else(|| {
            ApiError::field("event", format_args!("there is no example of {event_type}"))
        })?;
        let event_id = format!("{:032x}-{}", state.random.u128(..), app.id);
        let mut header = json!({
            "event_type": event_type,
            "event_id": event_id,
            "created_at": state.clock.now_ms(),
            "coze_account_id": app.creator_id,
            "api_app_id": app.id,
        });
        if !app.connector_id.is_empty() {
            header["connector_id"] = json!(app.connector_id);
        }
        let usual = if event_type == "bot.published" { LONG } else { SHORT };
        Ok(Self {
            url: app.callback_url.clone(),
            token: app.verify_token.clone(),
            event_id,
            body: json!({"header": header, "event": event}).to_string().into(),
            deadline: state.callback_deadline.unwrap_or(usual),
            state: shared.clone(),
        })
    }

    /// Sends it, and once more if the first attempt times out.
    pub(crate) async fn deliver(self) -> Delivery {
        let mut attempts = vec![self.send().await];
        if attempts[0].timed_out {
            attempts.push(self.send().await);
        }
        Delivery { event_id: self.event_id, attempts }
    }

    /// Sends it once.
    pub(crate) async fn send(&self) -> Attempt {
        let (timestamp, nonce) = self.state.with(|state| {
            (state.clock.now_ms().to_string(), format!("{:016x}", state.random.u64(..)))
        });
        let signature = sign(&timestamp, &nonce, &self.token, &self.body);
        let client = reqwest::Client::builder().no_proxy();
        let client = client.redirect(reqwest::redirect::Policy::none());
        let answer = async {
            let request = client.timeout(self.deadline).build()?.post(&self.url);
            let answer = request
                .header("content-type", "application/json")
                .header("x-coze-timestamp", timestamp)
                .header("x-coze-nonce", nonce)
                .header("x-coze-signature", signature)
                .body(self.body.clone())
                .send()
                .await?;
            Ok((answer.status().as_u16(), answer.bytes().await?))
        };
        match answer.await {
            Ok((status, body)) => {
                Attempt { status: Some(status), body, error: None, timed_out: false }
            }
            Err(error) => Attempt::failed(&error),
        }
    }
}

impl Attempt {
    fn failed(error: &reqwest::Error) -> Self {
        // The root cause is the last error of the chain.
        let mut reason: &dyn std::error::Error = error;
        while let Some(source) = reason.source() {
            reason = source;
        }
        Self {
            status: None,
            body: Bytes::new(),
            error: Some(format!("no answer: {reason}")),
            timed_out: error.is_timeout(),
        }
    }
}

/// Returns the signature of a delivery: SHA-1 of timestamp, nonce, token and body, in lower-case
/// hexadecimal digits.
fn sign(timestamp: &str, nonce: &str, token: &str, body: &[u8]) -> String {
    let hash = Sha1::new().chain_update(timestamp).chain_update(nonce);
    let hash = hash.chain_update(token).chain_update(body).finalize();
    crate::form::hexadecimal(&hash)
}

/// Returns the event of the spec's example.
fn example(event_type: &str) -> Option<Value> {
    let mut webhooks = api().webhooks.iter().flat_map(|webhooks| &webhooks.items);
    webhooks.find(|webhook| webhook.event.wire == event_type)?.event.example.clone()
}

/// Sends a challenge to a URL, which must return it to show that it accepts callbacks.
pub(crate) async fn check_url(callback: Callback, challenge: &str) -> Result<(), ApiError> {
    let attempt = callback.send().await;
    let refuse = |why: String| Err(ApiError::field("callback_url", why));
    if let Some(error) = attempt.error {
        return refuse(error);
    }
    if attempt.status != Some(200) {
        let status = attempt.status.unwrap_or_default();
        return refuse(format!("it answered the challenge with status {status}"));
    }
    let answer: Value = serde_json::from_slice(&attempt.body).unwrap_or_default();
    if answer["challenge"] != challenge {
        return refuse("it did not return the challenge".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_signed_as_the_platform_does() {
        let vectors: Vec<Value> =
            serde_json::from_str(include_str!("callback/vectors.json")).unwrap();
        assert!(vectors.len() >= 6);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let body = text("body").as_bytes();
            let signature = sign(text("timestamp"), text("nonce"), text("token"), body);
            assert_eq!(signature, text("signature"), "{}", text("name"));
        }
    }

    #[test]
    fn every_event_has_an_example() {
        let webhooks = &api().webhooks.as_ref().unwrap().items;
        assert!(webhooks.len() >= 6);
        for webhook in webhooks {
            let event_type = &webhook.event.wire;
            assert!(example(event_type).is_some_and(|event| event.is_object()), "{event_type}");
        }
    }
}
