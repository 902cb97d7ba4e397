//! How a connection comes to speak WebSocket.

use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::base::error::Result;
use crate::wire::envelope::Reply;
use crate::wire::transport::UpgradeCheck;

/// Adds to a request what asks for a WebSocket, with a key of its own.
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

/// Checks that a response switches to WebSocket, in answer to this key.
fn check(reply: &Reply, accept: &str) -> Result<()> {
    let is = |name, expected: &str| {
        let value: Option<&HeaderValue> = reply.headers.get(name);
        value.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(expected.as_bytes()))
    };
    let accepted = reply
        .headers
        .get(SEC_WEBSOCKET_ACCEPT)
        .is_some_and(|value| value.as_bytes() == accept.as_bytes());
    // None was asked for, and what it does to frames is not known here.
    let extended = reply.headers.contains_key(SEC_WEBSOCKET_EXTENSIONS);
    let switched = reply.status == StatusCode::SWITCHING_PROTOCOLS;
    if switched && is(UPGRADE, "websocket") && accepted && !extended {
        return Ok(());
    }
    let refused = if switched { None } else { reply.refused() };
    Err(refused.unwrap_or_else(|| reply.unexpected("no switch to WebSocket")))
}
