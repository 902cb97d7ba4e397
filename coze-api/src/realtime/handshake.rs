//! The handshake that opens a WebSocket.
//!
//! It is an HTTP/1.1 request like any other, so it is sent by the transport: with the credentials,
//! the proxies, the TLS settings and the retries of the client. What comes after the response is
//! the connection. A response that does not accept exactly the handshake that was sent is refused,
//! since a proxy in between may have answered in place of the server.

use http::header::{
    CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::base::error::Result;
use crate::wire::envelope::Reply;
use crate::wire::transport::UpgradeCheck;

/// Adds the headers of a handshake with a new key to a request.
pub(super) fn begin(headers: &mut HeaderMap) -> UpgradeCheck {
    let key = generate_key();
    let accept = derive_accept_key(key.as_bytes());
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    if let Ok(key) = HeaderValue::try_from(key) {
        headers.insert(SEC_WEBSOCKET_KEY, key);
    }
    Box::new(move |reply| check(reply, &accept))
}

/// Checks that a response switches to WebSocket, as RFC 6455 requires.
fn check(reply: &Reply, accept: &str) -> Result<()> {
    let switched = reply.status == StatusCode::SWITCHING_PROTOCOLS;
    if switched && is_valid(&reply.headers, accept) {
        return Ok(());
    }
    let refused = if switched { None } else { reply.refused() };
    Err(refused.unwrap_or_else(|| reply.unexpected("no switch to WebSocket")))
}

/// Returns `true` if the headers accept the handshake with this key, and nothing else.
fn is_valid(headers: &HeaderMap, accept: &str) -> bool {
    // Neither extensions nor subprotocols are requested, and both change the meaning of frames.
    let unrequested = [SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL];
    has_token(headers, &UPGRADE, "websocket")
        && has_token(headers, &CONNECTION, "upgrade")
        && headers
            .get(SEC_WEBSOCKET_ACCEPT)
            .is_some_and(|value| value.as_bytes() == accept.as_bytes())
        && !unrequested.iter().any(|name| headers.contains_key(name))
}

/// Returns `true` if a header, which is a comma-separated list, contains a token in any case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    fn valid(change: impl FnOnce(&mut HeaderMap)) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, HeaderValue::from_static(ACCEPT));
        change(&mut headers);
        is_valid(&headers, ACCEPT)
    }

    fn with(name: HeaderName, value: &'static str) -> bool {
        valid(|headers| drop(headers.insert(name, HeaderValue::from_static(value))))
    }

    #[test]
    fn a_handshake_must_be_accepted_as_requested() {
        assert!(valid(|_| {}));
        assert!(with(CONNECTION, "keep-alive, UPGRADE") && with(UPGRADE, "WebSocket"));
        assert!(valid(|headers| {
            headers.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
            headers.append(CONNECTION, HeaderValue::from_static("upgrade"));
        }));
        for missing in [CONNECTION, UPGRADE, SEC_WEBSOCKET_ACCEPT] {
            assert!(!valid(|headers| drop(headers.remove(&missing))), "{missing}");
            assert!(!with(missing.clone(), ""), "{missing}");
            assert!(!with(missing.clone(), "other"), "{missing}");
        }
        for unrequested in [SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_EXTENSIONS] {
            assert!(!with(unrequested.clone(), "other"), "{unrequested}");
        }
    }
}
