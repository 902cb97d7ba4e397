//! Who may talk to the playground: the browser that was given the secret, and only the page itself.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::Response;
use subtle::ConstantTimeEq as _;

use super::{Shared, refusal};
use crate::failure::Failure;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data: blob: https:; media-src 'self' blob:; \
                      connect-src 'self'; font-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The secret of one start.
pub(super) struct Guard {
    port: u16,
    /// The page gets it in the fragment of the address that is printed, which no request contains, and sends it with its
    /// requests. A cookie would also be sent to the other ports of this machine.
    key: String,
}

impl Guard {
    pub(super) fn new(port: u16) -> Result<Self, Failure> {
        Ok(Self { port, key: secret()? })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/#key={}", self.port, self.key)
    }

    /// A page of somebody else may resolve its own name to this machine: then `Host` is that name.
    fn is_own_host(&self, request: &Request) -> bool {
        let mut hosts = request.headers().get_all(header::HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
        let is_own = |host: &[u8]| self.hosts().iter().any(|known| host == known.as_bytes());
        let authority = request.uri().authority();
        is_own(host.as_bytes()) && authority.is_none_or(|host| is_own(host.as_str().as_bytes()))
    }

    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|host| format!("{host}:{}", self.port))
    }

    /// A browser says where a request comes from: only from the page itself will do.
    fn is_own_origin(&self, headers: &HeaderMap, method: &Method) -> bool {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        // What a user opens by hand or by a link comes from nowhere, and only reads.
        let from_outside = method == Method::GET
            && headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
        let site_is_fine = match site {
            None | Some(b"same-origin" | b"none") => true,
            Some(_) => from_outside,
        };
        let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
        let origin_is_fine = origin.is_none_or(|origin| {
            let hosts = self.hosts();
            hosts.iter().any(|host| origin == format!("http://{host}").as_bytes())
        });
        site_is_fine && origin_is_fine
    }

    fn has_key(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        given
            .and_then(|given| given.strip_prefix("Bearer "))
            .is_some_and(|key| same(key, &self.key))
    }
}

/// Returns `true` for what holds nothing private: the page itself, and files whose address nobody can guess. Neither the
/// address bar nor a player can send a header.
fn needs_no_key(uri: &Uri) -> bool {
    let path = uri.path();
    path == "/" || path.starts_with("/assets/") || path.starts_with("/api/files/")
}

fn same(given: &str, secret: &str) -> bool {
    given.as_bytes().ct_eq(secret.as_bytes()).into()
}

/// 256 bits of chance.
pub(super) fn secret() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Failure::local)?;
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Ok(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
}

/// Lets nobody through but the page, and says to the browser what the page may do.
pub(super) async fn check(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let guard = &shared.guard;
    let mut response = if !guard.is_own_host(&request) {
        refusal(StatusCode::FORBIDDEN, "this server is called by another name")
    } else if !guard.is_own_origin(request.headers(), request.method()) {
        refusal(StatusCode::FORBIDDEN, "only the playground's own page may ask")
    } else if !needs_no_key(request.uri()) && !guard.has_key(request.headers()) {
        let message = "open the address that `coze playground` has printed, with its key";
        refusal(StatusCode::UNAUTHORIZED, message)
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}
