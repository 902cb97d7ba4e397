//! Checks the headers `Host` and `Origin` of requests.
//!
//! A web page can make its own host name resolve to this machine (DNS rebinding) and so read the
//! responses of a local server. Such requests have that name in `Host`. Other requests of foreign
//! pages have the name in `Origin`.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::request::Parts;
use http::{StatusCode, header};

use crate::error::ApiError;

/// Refuses a request whose host is missing, repeated, or neither a loopback name nor in `allowed`,
/// and one of a page from another host.
pub(crate) fn check(parts: &Parts, allowed: &[String]) -> Result<(), ApiError> {
    let bad = |why: &str| ApiError::bad_request(why).with_status(StatusCode::BAD_REQUEST);
    let headers = parts.headers.get_all(header::HOST);
    if headers.iter().count() > 1 {
        return Err(bad("there is more than one header Host"));
    }
    let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
    let header = headers.iter().next().map(http::HeaderValue::as_bytes);
    if authority.or(header).is_none() {
        return Err(bad("the header Host is missing"));
    }
    for host in [authority, header].into_iter().flatten() {
        let name = std::str::from_utf8(host).ok().map(without_port);
        if !name.is_some_and(|name| is_loopback(name) || is_allowed(name, allowed)) {
            let why = "this server answers only to loopback names such as localhost and 127.0.0.1";
            return Err(ApiError::bad_request(why).with_status(StatusCode::FORBIDDEN));
        }
    }
    for origin in parts.headers.get_all(header::ORIGIN) {
        let page = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
        let name = page.map(|(_, host)| without_port(host));
        if !name.is_some_and(|name| is_loopback(name) || is_allowed(name, allowed)) {
            let why = "this server does not answer to web pages of other hosts";
            return Err(ApiError::bad_request(why).with_status(StatusCode::FORBIDDEN));
        }
    }
    Ok(())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_loopback(name: &str) -> bool {
    let bracketed = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    if let Some(address) = bracketed {
        return address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback());
    }
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(&name);
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

fn is_allowed(name: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(version: &str, hosts: &[&str], allowed: &[&str]) -> Option<u16> {
        let mut request = http::Request::get(version);
        for host in hosts {
            request = request.header("host", *host);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        check(&parts, &allowed).err().map(|error| error.status.as_u16())
    }

    #[test]
    fn only_loopback_names_are_served() {
        for host in
            ["127.0.0.1", "127.9.9.9:80", "localhost:1", "LocalHost.", "a.localhost", "[::1]:9"]
        {
            assert_eq!(status("/", &[host], &[]), None, "{host}");
        }
        for host in [
            "evil.example",
            "10.0.0.1:80",
            "localhost.evil.example",
            "[::2]",
            "",
            "127.0.0.1.evil.example",
        ] {
            assert_eq!(status("/", &[host], &[]), Some(403), "{host}");
        }
        assert_eq!(status("/", &["mock:8080"], &["mock"]), None);
    }

    #[test]
    fn pages_of_other_hosts_are_refused() {
        let status = |origin: &str| {
            let request = http::Request::get("/").header("host", "localhost");
            let (parts, ()) = request.header("origin", origin).body(()).unwrap().into_parts();
            check(&parts, &["mock".to_owned()]).err().map(|error| error.status.as_u16())
        };
        for origin in ["http://localhost:3000", "https://[::1]", "http://mock:8080"] {
            assert_eq!(status(origin), None, "{origin}");
        }
        for origin in
            ["null", "", "file://", "https://evil.example", "http://localhost.evil.example"]
        {
            assert_eq!(status(origin), Some(403), "{origin}");
        }
    }

    #[test]
    fn there_is_exactly_one_host() {
        assert_eq!(status("/", &[], &[]), Some(400));
        assert_eq!(status("/", &["localhost", "localhost"], &[]), Some(400));
        assert_eq!(status("http://localhost/", &[], &[]), None);
        assert_eq!(status("http://evil.example/", &["localhost"], &[]), Some(403));
    }
}
