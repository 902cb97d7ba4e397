//! Access control: the host, the origin of the page, and the user.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::reply::{Refusal, Reply};
use crate::state::State;
use crate::users::User;

/// The header that the script adds to each call. A page of another origin cannot send it without
/// asking first, and so cannot make a call with the cookies of a user.
const MARK: &str = "x-coze-widget";

/// The headers that pages of other origins may send.
const ALLOWED_HEADERS: &str =
    "accept-language, authorization, content-type, x-coze-visitor, x-coze-widget";

/// Refuses requests to foreign hosts and from foreign pages, and adds the headers of all responses.
pub(crate) async fn check(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_public = is_public(request.uri().path());
    let allowed = allow(&state, &request, is_public);
    let is_allowed = allowed.is_ok();
    let mut response = match allowed {
        Err(refusal) => refusal.into_response(),
        Ok(()) if request.method() == Method::OPTIONS && origin.is_some() => {
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(()) => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if is_public {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    } else {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
        if let Some(origin) = origin.filter(|_| is_allowed) {
            allow_origin(headers, origin);
        }
    }
    response
}

fn allow_origin(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The script is the same for everyone.
fn is_public(path: &str) -> bool {
    path == "/index.js" || path.starts_with("/modules/")
}

fn allow(state: &State, request: &Request, is_public: bool) -> Result<(), Refusal> {
    let host = host(request).ok_or_else(|| Refusal::forbidden("a request needs one host"))?;
    if !is_allowed_host(&state.options.hosts, &host) {
        let message =
            "this host name is not allowed; the server allows it with `WidgetOptions::allow_host`";
        return Err(Refusal::forbidden(message));
    }
    if is_public {
        return Ok(());
    }
    let mut origins = request.headers().get_all(header::ORIGIN).iter();
    let allowed = match (origins.next(), origins.next()) {
        (Some(origin), None) => is_allowed_origin(&state.options.origins, &host, origin),
        (Some(_), Some(_)) => false,
        // Browsers send no origin with a GET of the same origin.
        (None, _) => match request.headers().get("sec-fetch-site").map(HeaderValue::as_bytes) {
            None | Some(b"same-origin" | b"none") => true,
            Some(_) => false,
        },
    };
    let message = "pages of this origin are not allowed; the server allows them with `WidgetOptions::allow_origin`";
    allowed.then_some(()).ok_or_else(|| Refusal::forbidden(message))
}

/// Returns the host of a request, if it has exactly one.
fn host(request: &Request) -> Option<Authority> {
    let parse = |host: &[u8]| {
        let host = Authority::try_from(host).ok()?;
        // Otherwise it has the form `user@host`.
        (!host.as_str().contains('@')).then_some(host)
    };
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let of_uri = request.uri().authority().map(|host| parse(host.as_str().as_bytes()));
    match (hosts.next(), hosts.next(), of_uri) {
        (Some(host), None, None) => parse(host.as_bytes()),
        (Some(host), None, Some(of_uri)) => {
            parse(host.as_bytes()).filter(|host| Some(host) == of_uri.as_ref())
        }
        // HTTP/2 has no header.
        (None, _, Some(of_uri)) => of_uri,
        _ => None,
    }
}

fn is_allowed_host(allowed: &[String], host: &Authority) -> bool {
    let name = host.host().to_ascii_lowercase();
    let whole = host.as_str().to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost"
        || address.is_ok_and(|address| address.is_loopback())
        || allowed.iter().any(|known| *known == name || *known == whole)
}

fn is_allowed_origin(allowed: &[String], host: &Authority, origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else { return false };
    let origin = origin.to_ascii_lowercase();
    let page = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    page.is_some_and(|page| page == host.as_str().to_ascii_lowercase()) || allowed.contains(&origin)
}

/// Finds the user of a call, and counts the call.
pub(crate) async fn identify(
    Shared(state): Shared<Arc<State>>,
    request: Request,
    next: Next,
) -> Reply {
    if !request.headers().contains_key(MARK) {
        return Err(Refusal::forbidden("only the script of the widget may make calls"));
    }
    let (mut parts, body) = request.into_parts();
    let user = find_user(&state, &parts)
        .ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "log in to chat"))?;
    state.limiter.request(&user.tag)?;
    parts.extensions.insert(user);
    Ok(next.run(Request::from_parts(parts, body)).await)
}

fn find_user(state: &State, parts: &Parts) -> Option<User> {
    match &state.options.users {
        Some(find) => find(parts).filter(|id| !id.is_empty()).map(User::new),
        None => User::visitor(parts),
    }
}

pub(crate) async fn unknown() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "the widget does not make this call")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(host: &str) -> Authority {
        host.parse().unwrap()
    }

    #[test]
    fn hosts_of_this_machine_and_named_ones_are_allowed() {
        let allowed = ["chat.example.com".to_owned(), "other.example.com:8443".to_owned()];
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "127.0.0.1:80",
            "[::1]:3000",
            "chat.example.com:444",
            "Chat.Example.com",
            "other.example.com:8443",
        ] {
            assert!(is_allowed_host(&allowed, &authority(host)), "{host}");
        }
        for host in
            ["example.com", "localhost.example.com", "10.0.0.1", "other.example.com", "0.0.0.0"]
        {
            assert!(!is_allowed_host(&allowed, &authority(host)), "{host}");
        }
    }

    #[test]
    fn pages_of_this_host_and_of_named_origins_are_allowed() {
        let allowed = ["https://www.example.com".to_owned()];
        let is_allowed = |origin: &'static str| {
            let host = authority("chat.example.com:8080");
            is_allowed_origin(&allowed, &host, &HeaderValue::from_static(origin))
        };
        assert!(is_allowed("https://www.example.com"));
        assert!(is_allowed("http://chat.example.com:8080"));
        for origin in [
            "null",
            "",
            "https://chat.example.com",
            "http://www.example.com",
            "https://www.example.com.evil.example",
            "https://www.example.com@evil.example",
            "file://",
        ] {
            assert!(!is_allowed(origin), "{origin}");
        }
    }
}
