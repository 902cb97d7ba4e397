//! Signatures that Python's hashlib computed (`tests/fixtures/webhooks/make_vectors.py`).

use coze_api::HeaderMap;
use coze_api::webhook::{Delivery, Verifier, VerifyError, WebhookEvent};
use coze_tests::oauth::TestClock;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    token: String,
    timestamp: String,
    nonce: String,
    body: String,
    signature: String,
}

impl Vector {
    fn headers(&self) -> HeaderMap {
        let headers = [
            ("x-coze-timestamp", &self.timestamp),
            ("x-coze-nonce", &self.nonce),
            ("x-coze-signature", &self.signature),
        ];
        headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect()
    }

    /// Returns a verifier at the time of the delivery.
    fn verifier(&self, token: &str) -> Verifier {
        let clock = TestClock::stopped();
        let seconds = self.timestamp.parse::<i64>().unwrap() / 1000;
        let now = i64::try_from(clock.seconds()).unwrap();
        Verifier::new(token).unwrap().clock(clock.ahead(seconds - now))
    }
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../../../../coze-mock/src/callback/vectors.json");
    serde_json::from_str(text).expect("vectors")
}

#[test]
fn every_vector_is_accepted_and_decoded() {
    let mut types = Vec::new();
    for vector in vectors() {
        let verifier = vector.verifier(&vector.token);
        match verifier.verify(&vector.headers(), vector.body.as_bytes()) {
            Ok(Delivery::Event(callback)) => {
                assert!(!matches!(callback.event, WebhookEvent::Unknown { .. }), "{callback:?}");
                types.push(callback.header.event_type.to_string());
            }
            Ok(Delivery::Challenge(_)) => types.push("url_verification".to_owned()),
            other => panic!("{other:?} of {}", vector.body),
        }
    }
    types.sort();
    types.dedup();
    let all = [
        "benefit.plugin.scale.expired",
        "benefit.plugin.scale.requested",
        "benefit.usage",
        "bot.deleted",
        "bot.published",
        "bot.unpublished",
        "url_verification",
    ];
    assert_eq!(types, all);
}

#[test]
fn no_vector_is_accepted_with_another_token_or_body() {
    for vector in vectors() {
        let verifier = vector.verifier("another token");
        let wrong = verifier.verify(&vector.headers(), vector.body.as_bytes());
        assert_eq!(wrong, Err(VerifyError::BadSignature));
        let verifier = vector.verifier(&vector.token);
        let wrong = verifier.verify(&vector.headers(), format!("{} ", vector.body).as_bytes());
        assert_eq!(wrong, Err(VerifyError::BadSignature));
    }
}
