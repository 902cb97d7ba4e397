//! Any callback is handled without a panic. Unsigned callbacks are refused, and signed ones are
//! accepted or refused by their body alone.

use coze_api::HeaderMap;
use coze_api::webhook::{Delivery, Signer, Verifier, VerifyError};

const TOKEN: &str = "token of the callback app";

/// Splits three headers from the body, each preceded by a byte with its length.
fn headers(mut input: &[u8]) -> (HeaderMap, &[u8]) {
    let mut headers = HeaderMap::new();
    for name in ["x-coze-timestamp", "x-coze-nonce", "x-coze-signature"] {
        let Some((&length, rest)) = input.split_first() else { break };
        let (value, rest) = rest.split_at(rest.len().min(usize::from(length)));
        input = rest;
        if let Ok(value) = value.try_into() {
            headers.insert(name, value);
        }
    }
    (headers, input)
}

/// Runs one input: headers, then the body.
pub fn run(input: &[u8]) {
    let verifier = Verifier::new(TOKEN).expect("a token").allow_unsigned_challenges();
    let (unsigned, body) = headers(input);
    match verifier.verify(&unsigned, body) {
        Err(error) => assert!(!error.to_string().contains(TOKEN)),
        Ok(Delivery::Challenge(_)) => assert!(unsigned.is_empty(), "it was not signed"),
        Ok(delivery) => panic!("accepted without a signature: {delivery:?}"),
    }

    let signed = Signer::new(TOKEN).expect("a token").headers(body);
    match verifier.verify(&signed, body) {
        Ok(Delivery::Challenge(challenge)) => {
            let answer: serde_json::Value =
                serde_json::from_slice(challenge.response().body()).expect("JSON");
            assert_eq!(answer["challenge"], challenge.value());
        }
        Ok(_) | Err(VerifyError::MalformedBody { .. }) => {}
        Err(error) => panic!("{error} although it was signed"),
    }

    // A signature does not cover a body that is longer or shorter by a byte.
    let longer = [body, b" "].concat();
    assert_eq!(verifier.verify(&signed, &longer), Err(VerifyError::BadSignature));
    if let Some((_, shorter)) = body.split_last() {
        assert_eq!(verifier.verify(&signed, shorter), Err(VerifyError::BadSignature));
    }
}
