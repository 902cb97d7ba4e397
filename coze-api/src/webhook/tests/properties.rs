use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::{BODY, sign, verifier};
use crate::webhook::VerifyError;
use crate::webhook::signature::{NONCE, SIGNATURE, TIMESTAMP};

proptest! {
    #[test]
    fn any_change_is_refused(
        part in 0..4_usize,
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
        id in "\\PC{0,40}",
    ) {
        let mut body = serde_json::to_vec(&serde_json::json!({
            "header": {"event_type": "bot.deleted", "event_id": id}, "event": {}
        })).expect("JSON");
        let mut headers = sign(&body);
        let flip = |bytes: &mut [u8]| bytes[at.index(bytes.len())] ^= 1 << bit;
        match [TIMESTAMP, NONCE, SIGNATURE].get(part) {
            None => flip(&mut body),
            Some(name) => {
                let mut value = headers[*name].as_bytes().to_vec();
                flip(&mut value);
                // An HTTP server refuses such a header before the verifier sees it.
                let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
                headers.insert(*name, value);
            }
        }
        let error = verifier().tolerance(Duration::MAX).verify(&headers, &body);
        prop_assert!(
            matches!(error, Err(VerifyError::BadSignature | VerifyError::MalformedTimestamp)),
            "{error:?}"
        );
    }

    #[test]
    fn truncated_and_extended_bodies_are_refused(
        cut in any::<prop::sample::Index>(),
        more in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let headers = sign(BODY);
        let shorter = &BODY[..cut.index(BODY.len())];
        prop_assert_eq!(verifier().verify(&headers, shorter), Err(VerifyError::BadSignature));
        let longer = [BODY, &more].concat();
        prop_assert_eq!(verifier().verify(&headers, &longer), Err(VerifyError::BadSignature));
    }

    #[test]
    fn names_and_order_of_headers_do_not_matter(
        order in Just(vec![0, 1, 2, 3, 4]).prop_shuffle(),
        upper in prop::collection::vec(any::<bool>(), 20),
    ) {
        let mut lines: Vec<(String, HeaderValue)> = sign(BODY)
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect();
        lines.push(("x-other".into(), HeaderValue::from_static("1")));
        let mut headers = HeaderMap::new();
        for index in order {
            let (name, value) = &lines[index];
            let name: String = name
                .chars()
                .zip(upper.iter().cycle())
                .map(|(c, upper)| if *upper { c.to_ascii_uppercase() } else { c })
                .collect();
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.insert(name, value.clone());
        }
        prop_assert!(verifier().verify(&headers, BODY).is_ok());
    }

    #[test]
    fn any_signed_body_is_handled(body in prop::collection::vec(any::<u8>(), 0..300)) {
        let result = verifier().verify(&sign(&body), &body);
        prop_assert!(matches!(result, Ok(_) | Err(VerifyError::MalformedBody { .. })), "{result:?}");
    }

    #[test]
    fn any_headers_are_handled(
        timestamp in prop::collection::vec(any::<u8>(), 0..20),
        nonce in prop::collection::vec(any::<u8>(), 0..20),
        signature in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in [(TIMESTAMP, timestamp), (NONCE, nonce), (SIGNATURE, signature)] {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(name, value);
            }
        }
        let open = verifier().tolerance(Duration::MAX);
        prop_assert!(open.verify(&headers, BODY).is_err());
    }
}
