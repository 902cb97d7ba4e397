//! What a client and a server say to each other before they speak WebSocket.

use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::base::error::Result;
use crate::wire::envelope::Reply;

/// One handshake, which has a key of its own.
pub(crate) struct Handshake {
    accept: String,
}

impl Handshake {
    /// Adds to a request what asks for a WebSocket.
    pub(crate) fn begin(headers: &mut HeaderMap) -> Self {
        let key = generate_key();
        let accept = derive_accept_key(key.as_bytes());
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        if let Ok(key) = HeaderValue::try_from(key) {
            headers.insert(SEC_WEBSOCKET_KEY, key);
        }
        Self { accept }
    }

    /// Checks that a reply which switches protocols switches to ours.
    pub(crate) fn check(&self, reply: &Reply) -> Result<()> {
        let is = |name, expected: &str| {
            let value: Option<&HeaderValue> = reply.headers.get(name);
            value.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(expected.as_bytes()))
        };
        let accepted = reply
            .headers
            .get(SEC_WEBSOCKET_ACCEPT)
            .is_some_and(|value| value.as_bytes() == self.accept.as_bytes());
        // None was asked for, and what it does to frames is not known here.
        let extended = reply.headers.contains_key(SEC_WEBSOCKET_EXTENSIONS);
        let ours = is(UPGRADE, "websocket") && accepted && !extended;
        if reply.is_upgrade() && !ours { Err(reply.not_switched()) } else { Ok(()) }
    }
}
