//! Access control: only the page itself may call the server, and only with the key.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use subtle::ConstantTimeEq as _;

use super::{AppState, error_response, preview, realtime};
use crate::failure::Failure;
use crate::language::{say, text};
use crate::program::PROGRAM;

const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data: blob: https:; media-src 'self' blob:; \
                      connect-src 'self'; font-src 'self'; frame-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Checks the requests of one run of the playground.
pub(super) struct Guard {
    port: u16,
    /// The key that the page sends with its requests. The page gets it in the fragment of the
    /// printed URL, which browsers do not send. A cookie would also be sent to other ports of this
    /// machine.
    key: String,
    /// A secret that is valid once. The browser is started with it, and exchanges it for the key,
    /// because every user of the machine can see the arguments of a running program.
    ticket: String,
    redeemed: AtomicBool,
}

/// The path where a ticket is exchanged for the key.
pub(super) const KEY_PATH: &str = "/api/key";

impl Guard {
    pub(super) fn new(port: u16) -> Result<Self, Failure> {
        let (key, ticket) = (random_key()?, random_key()?);
        Ok(Self { port, key, ticket, redeemed: AtomicBool::new(false) })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/#key={}", self.port, self.key)
    }

    /// Returns the URL for the browser, which can be opened once.
    pub(super) fn one_time_url(&self) -> String {
        format!("http://127.0.0.1:{}/#ticket={}", self.port, self.ticket)
    }

    /// Returns the key if the request has the ticket, which is then used up.
    fn redeem(&self, headers: &HeaderMap) -> Option<&str> {
        let valid = constant_time_eq(bearer(headers)?, &self.ticket);
        (valid && !self.redeemed.swap(true, Ordering::Relaxed)).then_some(&self.key)
    }

    /// Returns `true` if `Host` names this server. In a DNS rebinding attack, it names the server
    /// of the attacker.
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

    /// Returns `true` unless a browser reports that the request comes from another page.
    fn is_own_origin(&self, headers: &HeaderMap, method: &Method) -> bool {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        // Links from other pages may open the page, which only reads.
        let is_navigation = method == Method::GET
            && headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
        let own_site = match site {
            None | Some(b"same-origin" | b"none") => true,
            Some(_) => is_navigation,
        };
        let origin = headers.get(header::ORIGIN).map(HeaderValue::as_bytes);
        let own_origin = origin.is_none_or(|origin| {
            let hosts = self.hosts();
            hosts.iter().any(|host| origin == format!("http://{host}").as_bytes())
        });
        own_site && own_origin
    }

    fn has_key(&self, request: &Request) -> bool {
        let key = if request.uri().path() == realtime::PATH {
            // A page cannot add headers to a WebSocket, but it can name protocols.
            let protocols = request.headers().get(header::SEC_WEBSOCKET_PROTOCOL);
            let protocols = protocols.and_then(|value| value.to_str().ok()).unwrap_or_default();
            protocols.split(',').map(str::trim).find_map(|protocol| protocol.strip_prefix("key."))
        } else {
            bearer(request.headers())
        };
        key.is_some_and(|key| constant_time_eq(key, &self.key))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Exchanges the ticket of the browser for the key.
pub(super) async fn redeem(State(app): State<Arc<AppState>>, headers: HeaderMap) -> Response {
    match app.guard.redeem(&headers) {
        Some(key) => Json(serde_json::json!({"key": key})).into_response(),
        None => needs_key(),
    }
}

fn needs_key() -> Response {
    let message = say!(
        "open the URL that `{PROGRAM} playground` printed, including its key",
        "请打开 `{PROGRAM} playground` 打印的完整地址（包含密钥）",
    );
    error_response(StatusCode::UNAUTHORIZED, &message)
}

/// Returns `true` for the page itself, and for files and previews, whose URLs cannot be guessed.
///
/// They need no key, because neither the address bar nor a media player nor a frame can send a
/// header. Nor does the exchange of the ticket for the key.
fn is_public(uri: &Uri) -> bool {
    let path = uri.path();
    path == "/"
        || path == KEY_PATH
        || path.starts_with("/assets/")
        || path.starts_with("/api/files/")
        || path.starts_with(preview::PREFIX)
}

fn constant_time_eq(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// Returns 256 random bits as hexadecimal digits.
pub(super) fn random_key() -> Result<String, Failure> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(Failure::local)?;
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    Ok(digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect())
}

/// Rejects requests that do not come from the page, and adds security headers to all responses.
pub(super) async fn check(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Response {
    let guard = &app.guard;
    // Only the page may show a preview in a frame.
    let (policy, frames) = if request.uri().path().starts_with(preview::PREFIX) {
        (preview::CSP, "SAMEORIGIN")
    } else {
        (CSP, "DENY")
    };
    let mut response = if !guard.is_own_host(&request) {
        let message =
            text("the Host header does not name this server", "请求头 Host 不是此服务的地址");
        error_response(StatusCode::FORBIDDEN, message)
    } else if !guard.is_own_origin(request.headers(), request.method()) {
        let message = text(
            "only the playground page may call this server",
            "仅允许 Playground 页面调用此服务",
        );
        error_response(StatusCode::FORBIDDEN, message)
    } else if !is_public(request.uri()) && !guard.has_key(&request) {
        needs_key()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, frames),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    response
}
