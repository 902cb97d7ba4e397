//! Whatever is posted: no panic, nothing unsigned is believed, and what is signed is judged by its body alone.

use coze_api::HeaderMap;
use coze_api::webhook::{Delivery, Signer, Verifier, VerifyError};

const TOKEN: &str = "token of the callback app";

/// Three headers in front of the body, each after a byte that tells its length.
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

/// Headers, and behind them the body.
pub fn run(input: &[u8]) {
    let verifier = Verifier::new(TOKEN).expect("a token").allow_unsigned_challenges();
    let (unsigned, body) = headers(input);
    match verifier.verify(&unsigned, body) {
        Err(error) => assert!(!error.to_string().contains(TOKEN)),
        Ok(Delivery::Challenge(_)) => assert!(unsigned.is_empty(), "nobody signed it"),
        Ok(delivery) => panic!("nobody signed {delivery:?}"),
    }

    let signed = Signer::new(TOKEN).expect("a token").headers(body);
    match verifier.verify(&signed, body) {
        Ok(Delivery::Challenge(challenge)) => {
            let answer: serde_json::Value =
                serde_json::from_slice(challenge.response().body()).expect("JSON");
            assert_eq!(answer["challenge"], challenge.value());
        }
        Ok(_) | Err(VerifyError::MalformedBody { .. }) => {}
        Err(error) => panic!("{error} though it was signed"),
    }

    // One byte more or less is another body.
    let longer = [body, b" "].concat();
    assert_eq!(verifier.verify(&signed, &longer), Err(VerifyError::BadSignature));
    if let Some((_, shorter)) = body.split_last() {
        assert_eq!(verifier.verify(&signed, shorter), Err(VerifyError::BadSignature));
    }
}
