//! Access to a server: API keys, or programs on the same machine.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use subtle::{Choice, ConstantTimeEq as _};

/// The requests that are accepted.
#[derive(Clone)]
pub(crate) enum Access {
    /// Those with a key, by the SHA-256 of each. Without keys, those from this machine.
    Keys(Vec<[u8; 32]>),
    /// All requests.
    All,
}

impl Default for Access {
    fn default() -> Self {
        Self::Keys(Vec::new())
    }
}

impl Access {
    pub(crate) fn add_key(&mut self, key: &str) {
        let key = key.trim();
        if key.is_empty() {
            return;
        }
        let hash = hmac_sha256::Hash::hash(key.as_bytes());
        match self {
            Self::Keys(keys) => keys.push(hash),
            Self::All => *self = Self::Keys(vec![hash]),
        }
    }

    /// Refuses a request without access.
    pub(crate) fn permits(&self, request: &Request) -> Result<(), Denied> {
        match self {
            Self::All => Ok(()),
            Self::Keys(keys) if keys.is_empty() => is_local(request),
            Self::Keys(keys) => has_key(request.headers(), keys),
        }
    }
}

/// The refusal of a request.
#[derive(Debug)]
pub(crate) enum Denied {
    /// The key is missing or wrong.
    Unauthorized(&'static str),
    /// The request does not come from this machine.
    Forbidden(&'static str),
}

fn has_key(headers: &HeaderMap, keys: &[[u8; 32]]) -> Result<(), Denied> {
    let credentials = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let key = credentials.and_then(|value| {
        let (scheme, key) = value.split_at_checked("bearer ".len())?;
        scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii())
    });
    let Some(key) = key else {
        return Err(Denied::Unauthorized(
            "the request has no API key: send `Authorization: Bearer KEY`",
        ));
    };
    let hash = hmac_sha256::Hash::hash(key);
    // All keys are compared, so that the time does not tell which one is similar.
    let found = keys.iter().fold(Choice::from(0), |found, key| found | key.ct_eq(&hash));
    if bool::from(found) {
        Ok(())
    } else {
        Err(Denied::Unauthorized("the API key is not one of this server"))
    }
}

/// Accepts requests from this machine that no web page of another site has caused.
fn is_local(request: &Request) -> Result<(), Denied> {
    let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else {
        return Err(Denied::Forbidden(
            "the server has neither an API key nor the address of the client: add a key, or serve \
             the router with `into_make_service_with_connect_info`",
        ));
    };
    if !address.ip().to_canonical().is_loopback() {
        return Err(Denied::Forbidden(
            "without an API key, only programs on the same machine may connect",
        ));
    }
    // In a DNS rebinding attack, the host is that of the attacker.
    let headers = request.headers();
    let is_own_origin = headers.get_all(header::ORIGIN).iter().all(|origin| {
        let origin = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
        origin.is_some_and(|origin| origin.host().is_some_and(is_loopback))
    });
    if names_this_machine(request) && is_own_origin {
        return Ok(());
    }
    Err(Denied::Forbidden("without an API key, the headers Host and Origin must name this machine"))
}

/// Returns `true` if a request has one host, in its header or its target, that is this machine.
fn names_this_machine(request: &Request) -> bool {
    let headers = request.headers().get_all(header::HOST).iter();
    let headers: Vec<_> = headers.map(|host| Authority::try_from(host.as_bytes()).ok()).collect();
    let of_target = request.uri().authority().cloned().map(Some);
    let is_own = |host: &Option<Authority>| {
        // Otherwise it has the form `user@host`.
        host.as_ref().is_some_and(|host| !host.as_str().contains('@') && is_loopback(host.host()))
    };
    let has_one = headers.len() == 1 || (headers.is_empty() && of_target.is_some());
    has_one && headers.iter().chain(&of_target).all(is_own)
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn request(peer: Option<&str>, headers: &[(&str, &str)]) -> Request {
        let mut request = axum::http::Request::builder().uri("/v1/models");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Body::empty()).unwrap();
        if let Some(peer) = peer {
            let peer: SocketAddr = peer.parse().unwrap();
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        request
    }

    #[test]
    fn without_keys_only_this_machine_is_accepted() {
        let access = Access::default();
        let local = Some("127.0.0.1:5000");
        for (peer, headers) in [
            (local, &[("host", "127.0.0.1:8080")][..]),
            (Some("[::1]:5000"), &[("host", "[::1]:8080")]),
            (Some("[::ffff:127.0.0.1]:5000"), &[("host", "LOCALHOST")]),
            (local, &[("host", "localhost:1"), ("origin", "http://localhost:3000")]),
        ] {
            assert!(access.permits(&request(peer, headers)).is_ok(), "{peer:?} {headers:?}");
        }
        for (peer, headers) in [
            (None, &[("host", "127.0.0.1")][..]),
            (Some("192.168.0.2:5000"), &[("host", "127.0.0.1")]),
            (local, &[]),
            (local, &[("host", "attacker.example")]),
            (local, &[("host", "127.0.0.1.attacker.example")]),
            (local, &[("host", "attacker.example@localhost")]),
            (local, &[("host", "localhost"), ("host", "attacker.example")]),
            (local, &[("host", "localhost"), ("host", "localhost")]),
            (local, &[("host", "localhost"), ("origin", "http://localhost"), ("origin", "null")]),
            (local, &[("host", "localhost"), ("origin", "https://attacker.example")]),
            (local, &[("host", "localhost"), ("origin", "null")]),
        ] {
            assert!(access.permits(&request(peer, headers)).is_err(), "{peer:?} {headers:?}");
        }
    }

    #[test]
    fn keys_are_compared_as_a_whole() {
        let mut access = Access::default();
        for key in ["", "  ", "first-key", "second-key\n"] {
            access.add_key(key);
        }
        for value in ["Bearer first-key", "bearer second-key", "Bearer  second-key "] {
            assert!(access.permits(&request(None, &[("authorization", value)])).is_ok(), "{value}");
        }
        for value in
            ["", "Bearer ", "Bearer first", "Bearer first-keys", "Basic first-key", "first-key"]
        {
            let request = request(Some("127.0.0.1:1"), &[("authorization", value)]);
            assert!(access.permits(&request).is_err(), "{value}");
        }
    }
}
