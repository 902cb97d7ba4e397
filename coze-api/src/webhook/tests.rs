mod properties;

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, Response, StatusCode};

use super::signature::{NONCE, SIGNATURE, TIMESTAMP, Token};
use super::{
    BotPublishedResponse, Callback, Delivery, Signer, Verifier, VerifyError, WebhookEvent,
    WebhookResponse,
};
use crate::base::clock::Clock;
use crate::base::future::BoxFuture;

const TOKEN: &str = "OYDacMzM3WyOWV3Dtj2bHRMymzxPTEST";
const NOW: u64 = 1_720_098_000_123;
const BODY: &[u8] = br#"{"header":{"event_type":"bot.deleted","event_id":"e1","created_at":1720098000000},"event":{"bot_id":"7","bot_name":"\u6263\u5b50"}}"#;

/// A clock that stands still at a time in Unix milliseconds.
struct FixedClock(u64);

impl Clock for FixedClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.0)
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

fn verifier() -> Verifier {
    Verifier::new(TOKEN).expect("a token").clock(FixedClock(NOW))
}

fn sign(body: &[u8]) -> HeaderMap {
    Signer::new(TOKEN).expect("a token").clock(FixedClock(NOW)).headers(body)
}

/// Headers with exactly these values, signed with the right token.
fn signed(timestamp: &str, nonce: &str, body: &[u8]) -> HeaderMap {
    let token = Token::new(TOKEN).expect("a token");
    let signature = token.sign(timestamp.as_bytes(), nonce.as_bytes(), body);
    let mut headers = HeaderMap::new();
    headers.insert(TIMESTAMP, HeaderValue::from_str(timestamp).expect("plain"));
    headers.insert(NONCE, HeaderValue::from_str(nonce).expect("plain"));
    headers.insert(SIGNATURE, HeaderValue::from_bytes(&signature).expect("plain"));
    headers
}

fn malformed(body: &[u8]) -> String {
    match verifier().verify(&sign(body), body) {
        Err(VerifyError::MalformedBody { reason }) => reason,
        other => panic!("{other:?} of {}", String::from_utf8_lossy(body)),
    }
}

fn challenge(body: &[u8]) -> String {
    match verifier().verify(&sign(body), body) {
        Ok(Delivery::Challenge(challenge)) => challenge.value().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn signed_deliveries_are_accepted() {
    let Ok(Delivery::Event(callback)) = verifier().verify(&sign(BODY), BODY) else {
        panic!("not an event");
    };
    assert_eq!(callback.header.event_type.as_str(), "bot.deleted");
    assert_eq!(callback.header.event_id, "e1");
    assert!(matches!(callback.event, WebhookEvent::BotDeleted(_)), "{callback:?}");
    assert_eq!(callback.deadline(), Duration::from_secs(3));
    // Each delivery has a new nonce.
    assert_ne!(sign(BODY)[NONCE], sign(BODY)[NONCE]);
}

#[test]
fn every_header_must_be_there_once() {
    for name in [TIMESTAMP, NONCE, SIGNATURE] {
        let mut headers = sign(BODY);
        let value = headers.remove(name).expect(name);
        let missing = Err(VerifyError::MissingHeader { name });
        assert_eq!(verifier().verify(&headers, BODY), missing);
        headers.insert(name, HeaderValue::from_static(""));
        assert_eq!(verifier().verify(&headers, BODY), missing);
        headers.insert(name, value.clone());
        headers.append(name, value);
        let repeated = Err(VerifyError::RepeatedHeader { name });
        assert_eq!(verifier().verify(&headers, BODY), repeated);
    }
}

#[test]
fn other_tokens_are_refused() {
    let headers = sign(BODY);
    for token in ["other", &TOKEN[1..], &format!("{TOKEN}x"), &TOKEN.to_lowercase()] {
        let verifier = Verifier::new(token).expect("a token").clock(FixedClock(NOW));
        assert_eq!(verifier.verify(&headers, BODY), Err(VerifyError::BadSignature));
    }
    let mut upper = headers.clone();
    let signature = headers[SIGNATURE].to_str().expect("hex").to_uppercase();
    upper.insert(SIGNATURE, signature.parse().expect("hex"));
    assert_eq!(verifier().verify(&upper, BODY), Err(VerifyError::BadSignature));
}

#[test]
fn any_of_several_tokens_is_accepted() {
    let tokens = ["first", " second\n", "third"];
    let verifier = Verifier::any_of(tokens).expect("tokens").clock(FixedClock(NOW));
    for token in ["first", "second", "third"] {
        let signer = Signer::new(token).expect("a token").clock(FixedClock(NOW));
        assert!(verifier.verify(&signer.headers(BODY), BODY).is_ok(), "{token}");
    }
    assert_eq!(verifier.verify(&sign(BODY), BODY), Err(VerifyError::BadSignature));
}

#[test]
fn empty_tokens_are_refused() {
    for token in ["", " \n"] {
        assert!(Verifier::new(token).expect_err("empty").is_config());
        assert!(Verifier::any_of([TOKEN, token]).expect_err("empty").is_config());
        assert!(Signer::new(token).expect_err("empty").is_config());
    }
    assert!(Verifier::any_of(Vec::<String>::new()).expect_err("none").is_config());
}

#[test]
fn debug_omits_tokens() {
    let shown = format!(
        "{:?} {:?}",
        Verifier::any_of([TOKEN, "other-token"]).expect("tokens"),
        Signer::new(TOKEN).expect("a token")
    );
    assert!(!shown.contains(TOKEN) && !shown.contains("other-token"), "{shown}");
    assert!(shown.contains("tokens: 2") && shown.ends_with("Signer { .. }"), "{shown}");
}

#[test]
fn the_window_has_edges() {
    let tolerance = 300_000;
    let at = |now: u64| verifier().clock(FixedClock(now)).verify(&sign(BODY), BODY);
    let outside = |distance, future| {
        let distance = Duration::from_millis(distance);
        Err(VerifyError::OutsideWindow { distance, future })
    };
    for now in [NOW, NOW + tolerance, NOW - tolerance] {
        assert!(at(now).is_ok(), "{now}");
    }
    assert_eq!(at(NOW + tolerance + 1), outside(tolerance + 1, false));
    assert_eq!(at(NOW - tolerance - 1), outside(tolerance + 1, true));
    assert_eq!(at(0), outside(NOW, true));

    let narrow = verifier().tolerance(Duration::ZERO);
    assert!(narrow.verify(&sign(BODY), BODY).is_ok());
    let late = narrow.clock(FixedClock(NOW + 1)).verify(&sign(BODY), BODY);
    assert_eq!(late, outside(1, false));
    let wide = verifier().tolerance(Duration::MAX).clock(FixedClock(0));
    assert!(wide.verify(&sign(BODY), BODY).is_ok());
}

#[test]
fn a_timestamp_is_in_milliseconds() {
    let wide = verifier().tolerance(Duration::MAX);
    for timestamp in [
        "1720098000",
        "172009800012",
        "17200980001234",
        "+172009800012",
        "-172009800012",
        "1720098000.12",
        "1720098000 12",
        "0x17200980001",
        "soon",
    ] {
        let headers = signed(timestamp, "n", BODY);
        let error = wide.verify(&headers, BODY).expect_err(timestamp);
        assert_eq!(error, VerifyError::MalformedTimestamp, "{timestamp}");
    }
}

#[test]
fn digits_do_not_move_from_timestamp_to_nonce() {
    // `timestamp` and `nonce` are hashed without a separator.
    let timestamp = NOW.to_string();
    let original = signed(&timestamp, "4567", BODY);
    let wide = verifier().tolerance(Duration::MAX);
    assert!(wide.verify(&original, BODY).is_ok());
    let both = format!("{timestamp}4567");
    for at in (1..both.len()).filter(|at| *at != timestamp.len()) {
        let mut moved = original.clone();
        moved.insert(TIMESTAMP, both[..at].parse().expect("digits"));
        moved.insert(NONCE, both[at..].parse().expect("digits"));
        let error = wide.verify(&moved, BODY).expect_err("moved");
        assert_eq!(error, VerifyError::MalformedTimestamp, "{at}");
    }
}

#[test]
fn a_signed_body_cannot_be_extended() {
    // With SHA-1, an attacker who knows a signature can compute that of the same bytes followed by
    // padding and a suffix. The test uses the token to get the same value more easily.
    let headers = sign(BODY);
    let hashed = headers[TIMESTAMP].len() + headers[NONCE].len() + TOKEN.len() + BODY.len();
    let mut extended = BODY.to_vec();
    extended.push(0x80);
    while !(extended.len() - BODY.len() + hashed + 8).is_multiple_of(64) {
        extended.push(0);
    }
    extended.extend((hashed as u64 * 8).to_be_bytes());
    extended.extend(br#","event":{"bot_id":"8"}}"#);
    let timestamp = headers[TIMESTAMP].to_str().expect("digits");
    let nonce = headers[NONCE].to_str().expect("digits");
    let error = verifier().verify(&signed(timestamp, nonce, &extended), &extended);
    assert!(matches!(error, Err(VerifyError::MalformedBody { .. })), "{error:?}");
    for suffix in ["x", "{}", ",", "\0", "\u{80}"] {
        malformed(&[BODY, suffix.as_bytes()].concat());
    }
    let space = [BODY, b" \r\n"].concat();
    assert!(verifier().verify(&sign(&space), &space).is_ok());
}

#[test]
fn faults_inside_strings_do_not_lose_a_delivery() {
    for odd in [&b"\xff"[..], br"\ud83d", b"\n", b"\x1b\xff\\ud83d\\q"] {
        let head: &[u8] = br#"{"header":{"event_type":"bot.deleted","event_id":"e"#;
        let body =
            [b"\xef\xbb\xbf", head, odd, br#""},"event":{"bot_id":"7"#, odd, br#""}}"#].concat();
        let Ok(Delivery::Event(callback)) = verifier().verify(&sign(&body), &body) else {
            panic!("not an event: {}", String::from_utf8_lossy(&body));
        };
        assert!(callback.header.event_id.starts_with('e'));
        let WebhookEvent::BotDeleted(event) = callback.event else { panic!("another event") };
        assert!(event.bot_id.starts_with('7') && event.bot_id.len() > 1, "{event:?}");
        malformed(&[&*body, b"{}"].concat());
    }
}

#[test]
fn other_bodies_are_malformed() {
    for body in [
        "",
        " ",
        "null",
        "7",
        "\"challenge\"",
        "<html>502 Bad Gateway</html>",
        "[{\"event_type\":\"bot.deleted\"},{},null]",
        "{\"header\":{\"event_type\":\"bot.deleted\"}",
        "{\"header\":{\"event_type\":\"bot.deleted\"},\"header\":{\"event_type\":\"x\"}}",
        "{\"header\":[]}",
        "{\"header\":7}",
    ] {
        malformed(body.as_bytes());
    }
    assert_eq!(malformed(b"{}"), "it has no header");
    assert_eq!(malformed(b"{\"header\":null}"), "it has no header");
    assert_eq!(malformed(b"{\"header\":{}}"), "its header has no event_type");
    assert_eq!(malformed(b"{\"header\":{\"event_type\":null}}"), "its header has no event_type");
    let deep = format!("{{\"header\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    malformed(deep.as_bytes());
    assert_eq!(
        malformed(br#"{"header":{"event_type":["bot.deleted"]}}"#),
        "its event_type is not a string"
    );
    let reason = malformed(br#"{"header":{"event_type":"bot.deleted"},"event":7}"#);
    assert!(reason.contains("\"bot.deleted\""), "{reason}");
}

#[test]
fn long_bodies_are_refused_first() {
    let small = verifier().body_limit(BODY.len());
    assert!(small.verify(&sign(BODY), BODY).is_ok());
    let long = [BODY, b" "].concat();
    let limit = BODY.len();
    assert_eq!(small.verify(&sign(&long), &long), Err(VerifyError::TooLarge { limit }));
    assert_eq!(small.verify(&HeaderMap::new(), &long), Err(VerifyError::TooLarge { limit }));
    let most = vec![b' '; 1024 * 1024 + 1];
    let limit = 1024 * 1024;
    assert_eq!(verifier().verify(&sign(&most), &most), Err(VerifyError::TooLarge { limit }));
}

#[test]
fn new_types_and_missing_parts_are_accepted() {
    let event = |body: &str| match verifier().verify(&sign(body.as_bytes()), body.as_bytes()) {
        Ok(Delivery::Event(callback)) => callback,
        other => panic!("{other:?}"),
    };
    let new = event(r#"{"header":{"event_type":"bot.renamed","x":1},"event":{"a" : [1]},"y":2}"#);
    let (name, data) = ("bot.renamed".to_owned(), r#"{"a" : [1]}"#.to_owned());
    assert_eq!(new.event, WebhookEvent::Unknown { event: name, data });
    assert_eq!(new.header.event_type.as_str(), "bot.renamed");
    for body in [
        r#"{"header":{"event_type":"bot.deleted"}}"#,
        r#"{"header":{"event_type":"bot.deleted"},"event":null}"#,
        r#"{"event":{},"header":{"event_type":"bot.deleted","event_id":null,"created_at":"17"}}"#,
    ] {
        let callback = event(body);
        assert!(matches!(callback.event, WebhookEvent::BotDeleted(_)), "{callback:?}");
        assert_eq!(callback.header.event_id, "");
    }
    assert_eq!(event(r#"{"header":{"event_type":"bot.published"}}"#).deadline().as_secs(), 10);
}

#[test]
fn challenges_are_echoed() {
    let body = br#"{"header":{"event_type":"url_verification","event_id":"e","created_at":1749116452112},"event":{"challenge":"988df7dc \"\u6263\""}}"#;
    assert_eq!(challenge(body), "988df7dc \"扣\"");
    assert_eq!(challenge(br#"{"challenge": "plain"}"#), "plain");
    for body in [
        r#"{"challenge":""}"#,
        r#"{"challenge":null}"#,
        r#"{"challenge":{}}"#,
        r#"{"header":{"event_type":"url_verification"}}"#,
        r#"{"header":{"event_type":"url_verification"},"event":{"challenge":[]}}"#,
    ] {
        malformed(body.as_bytes());
    }
    let Ok(Delivery::Challenge(challenge)) = verifier().verify(&sign(body), body) else {
        panic!("not a challenge");
    };
    let answer = challenge.response();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(&answer.body()[..], r#"{"challenge":"988df7dc \"扣\""}"#.as_bytes());
}

#[test]
fn unsigned_challenges_are_answered_on_request() {
    let body = br#"{"challenge":"c"}"#;
    let nothing = HeaderMap::new();
    let missing = Err(VerifyError::MissingHeader { name: SIGNATURE });
    assert_eq!(verifier().verify(&nothing, body), missing);
    let open = verifier().allow_unsigned_challenges();
    assert!(matches!(open.verify(&nothing, body), Ok(Delivery::Challenge(_))));
    // Unsigned events, garbage and wrong signatures are still refused.
    assert_eq!(open.verify(&nothing, BODY), missing);
    assert_eq!(open.verify(&nothing, b"garbage"), missing);
    let mut headers = sign(b"other");
    assert_eq!(open.verify(&headers, body), Err(VerifyError::BadSignature));
    headers.remove(SIGNATURE);
    assert_eq!(open.verify(&headers, body), missing);
}

#[test]
fn responses_convert_to_http() {
    let response: Response<Vec<u8>> = WebhookResponse::ok().into();
    assert_eq!((response.status(), response.body().len()), (StatusCode::OK, 0));
    assert!(response.headers().is_empty());
    let answer =
        WebhookResponse::json(&serde_json::json!({"audit": {"audit_status": 2}})).expect("JSON");
    let response: Response<Vec<u8>> = answer.into();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.body(), br#"{"audit":{"audit_status":2}}"#);
    assert_eq!(WebhookResponse::failed().status(), StatusCode::INTERNAL_SERVER_ERROR);
    let odd = std::collections::HashMap::from([([1_u8], 2)]);
    assert!(WebhookResponse::json(&odd).expect_err("a key that is a list").is_request());
}

#[test]
fn errors_have_a_status_and_an_empty_body() {
    let distance = Duration::from_secs(301);
    let cases = [
        (VerifyError::MissingHeader { name: NONCE }, 401, "the header x-coze-nonce is missing"),
        (
            VerifyError::RepeatedHeader { name: NONCE },
            400,
            "the header x-coze-nonce occurs more than once",
        ),
        (VerifyError::MalformedTimestamp, 400, "the timestamp is not in Unix milliseconds"),
        (VerifyError::BadSignature, 401, "the signature does not match the token and the body"),
        (
            VerifyError::OutsideWindow { distance, future: false },
            401,
            "the delivery's timestamp is 301s behind the local clock",
        ),
        (
            VerifyError::OutsideWindow { distance, future: true },
            401,
            "the delivery's timestamp is 301s ahead of the local clock",
        ),
        (VerifyError::body("it is empty"), 400, "the body is malformed: it is empty"),
        (VerifyError::TooLarge { limit: 7 }, 413, "the body is longer than 7 bytes"),
    ];
    for (error, status, text) in cases {
        assert_eq!(error.to_string(), text);
        assert_eq!(error.status(), status);
        assert_eq!(error.response().status(), status);
        assert!(error.response().body().is_empty());
    }
}

#[test]
fn both_shapes_of_a_published_bot_have_ids() {
    let new = r#"{"user_id_str":1234567890123456789,"bot_id_str":7379462189365198898,"user_id":0,"bot_id":0}"#;
    let old = r#"{"user_id":1234567890123456789,"bot_id":7379462189365198898}"#;
    let zero = r#"{"user_id_str":"0","bot_id_str":0,"user_id":"1234567890123456789","bot_id":"7379462189365198898"}"#;
    for event in [new, old, zero] {
        let body = format!(r#"{{"header":{{"event_type":"bot.published"}},"event":{event}}}"#);
        let delivery = verifier().verify(&sign(body.as_bytes()), body.as_bytes());
        let Ok(Delivery::Event(Callback { event: WebhookEvent::BotPublished(bot), .. })) = delivery
        else {
            panic!("{delivery:?}");
        };
        assert_eq!((bot.user(), bot.bot()), ("1234567890123456789", "7379462189365198898"));
    }
}

#[test]
fn a_channel_responds_with_its_review() {
    let json = |answer: BotPublishedResponse| {
        let answer = WebhookResponse::from(answer);
        assert_eq!(answer.status(), StatusCode::OK);
        String::from_utf8(answer.body().to_vec()).expect("JSON")
    };
    let link = "https://example.com/7";
    assert_eq!(
        json(BotPublishedResponse::approved().share_link(link)),
        r#"{"audit":{"audit_status":2},"share_link":"https://example.com/7"}"#
    );
    assert_eq!(json(BotPublishedResponse::reviewing()), r#"{"audit":{"audit_status":1}}"#);
    assert_eq!(
        json(BotPublishedResponse::rejected("no \"")),
        r#"{"audit":{"audit_status":3,"reason":"no \""}}"#
    );
}
