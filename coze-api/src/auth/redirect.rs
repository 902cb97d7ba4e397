//! A web server that receives the redirect of the browser at the end of a login.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::authorization::Authorization;
use super::token::OAuthToken;
use super::{AuthError, AuthErrorReason};
use crate::base::error::{Error, Result};
use crate::base::runtime;

/// The maximum size of a request head. Browsers send less.
const MAX_HEAD: usize = 32 * 1024;
/// The time in which a request head must arrive. Browsers open connections ahead of need and
/// leave them idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The time in which a browser must take the page. The login does not depend on it.
const PAGE_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of open connections. Others wait in the backlog until one ends.
const MAX_CONNECTIONS: usize = 64;
/// The pause after a failure to accept a connection, such as a lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// The number of free ports that are tried until one is free for both address families.
const PORT_ATTEMPTS: usize = 16;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// Receives the redirect at the end of a login, so that programs without a web server can use a
/// browser to log in.
///
/// ```no_run
/// # async fn example(app: coze_api::auth::PkceOAuthApp) -> coze_api::Result<()> {
/// use coze_api::auth::RedirectCatcher;
///
/// let catcher = RedirectCatcher::bind("http://127.0.0.1:8080/").await?;
/// let login = app.authorize(catcher.redirect_uri())?;
/// println!("open {}", login.url());
/// let token = catcher.finish(&login).await?;
/// # Ok(())
/// # }
/// ```
///
/// It listens on this machine only. It responds to the login's redirect with a plain page and then
/// stops; any other request is refused, and so is one whose `Host` is not this machine. The head of
/// a request may have up to 32 KiB and must arrive within 10 seconds, and at most 64 connections
/// are open at a time.
#[doc(alias = "loopback")]
#[derive(Debug)]
pub struct RedirectCatcher {
    listeners: Listeners,
    redirect_uri: Url,
    timeout: Duration,
}

impl RedirectCatcher {
    /// Listens at a redirect URI of the app, such as `http://127.0.0.1:8080/`,
    /// `http://localhost:8080/callback` or `http://[::1]:8080/`. With port 0, it takes a
    /// free one.
    ///
    /// For `localhost` it listens at both `127.0.0.1` and `[::1]`, because browsers may try either
    /// first. If the machine supports only one address family, it listens on that one.
    ///
    /// # Errors
    ///
    /// [`is_config`](Error::is_config) if the address is not on this machine, or if its port is in
    /// use.
    pub async fn bind(redirect_uri: &str) -> Result<Self> {
        let invalid = || {
            Error::config(
                "the redirect URI must be an HTTP URL on this machine, such as \
                 `http://127.0.0.1:8080/`",
            )
        };
        runtime::check()?;
        let mut url = Url::parse(redirect_uri).map_err(|_| invalid())?;
        let addresses: &[IpAddr] = match url.host_str() {
            Some("127.0.0.1") => &[IPV4],
            Some("[::1]") => &[IPV6],
            Some("localhost") => &[IPV4, IPV6],
            _ => return Err(invalid()),
        };
        if url.scheme() != "http" || url.query().is_some() || url.fragment().is_some() {
            return Err(invalid());
        }
        let port = url.port_or_known_default().unwrap_or(80);
        let listeners = Listeners::bind(addresses, port).await?;
        url.set_port(Some(listeners.port)).map_err(|()| invalid())?;
        Ok(Self { listeners, redirect_uri: url, timeout: DEFAULT_TIMEOUT })
    }

    /// Sets the time to wait for the user. The default is 5 minutes.
    ///
    /// It includes everything between the call of [`finish`](Self::finish) and the redirect. The
    /// exchange of the code has its own limits.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Returns the URL to which the browser is redirected.
    ///
    /// It is the one that was given to [`bind`](Self::bind), with the port that was taken. It must
    /// be among the redirect URLs of the app.
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// Waits for the redirect of a login, and exchanges its code for tokens.
    ///
    /// # Errors
    ///
    /// In particular [`AuthErrorReason::ExpiredToken`] if the user does not decide in time, and
    /// [`AuthErrorReason::AccessDenied`] if the user refuses.
    pub async fn finish(self, login: &Authorization) -> Result<OAuthToken> {
        let code = self.code(login).await?;
        login.exchange(&code).await
    }

    /// Waits for the redirect of a login, and returns its code.
    ///
    /// # Errors
    ///
    /// Those of [`finish`](Self::finish).
    pub async fn code(self, login: &Authorization) -> Result<SecretString> {
        let mut deadline = login.clock().sleep(self.timeout);
        let login = Arc::new(login.clone());
        let path: Arc<str> = self.redirect_uri.path().into();
        // Dropped with all connections when the redirect has been received.
        let mut connections = JoinSet::new();
        loop {
            // The patterns accept every value: `select!` disables a branch whose pattern does
            // not match, and the loop would then wait for the other branches only.
            tokio::select! {
                () = &mut deadline => return Err(expired()),
                stream = self.listeners.accept(), if connections.len() < MAX_CONNECTIONS => {
                    connections.spawn(serve(stream, login.clone(), path.clone()));
                }
                ended = connections.join_next(), if !connections.is_empty() => {
                    // A connection that was about something else, or whose task failed, says
                    // nothing about the login.
                    if let Some(Ok(Some(result))) = ended {
                        return result;
                    }
                }
            }
        }
    }
}

const IPV4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const IPV6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

/// Sockets that listen at one port, one for each address.
#[derive(Debug)]
struct Listeners {
    sockets: Vec<TcpListener>,
    port: u16,
}

impl Listeners {
    async fn bind(addresses: &[IpAddr], port: u16) -> Result<Self> {
        let mut attempts = if port == 0 { PORT_ATTEMPTS } else { 1 };
        loop {
            attempts -= 1;
            match Self::try_bind(addresses, port).await {
                // A port that is free for the first address may be in use for the second.
                Err((_, error)) if attempts > 0 && error.kind() == io::ErrorKind::AddrInUse => {}
                Err((address, error)) => {
                    let message = format!("cannot listen at {address}");
                    return Err(Error::config(message).with_source(error));
                }
                Ok(listeners) => return Ok(listeners),
            }
        }
    }

    async fn try_bind(
        addresses: &[IpAddr],
        mut port: u16,
    ) -> Result<Self, (SocketAddr, io::Error)> {
        let mut sockets = Vec::with_capacity(addresses.len());
        let mut missing = None;
        for address in addresses {
            let address = SocketAddr::new(*address, port);
            match TcpListener::bind(address).await {
                Ok(socket) => {
                    port = socket.local_addr().map_err(|error| (address, error))?.port();
                    sockets.push(socket);
                }
                Err(error) if addresses.len() > 1 && is_missing_family(&error) => {
                    tracing::debug!(%address, %error, "this machine lacks an address family");
                    missing = Some((address, error));
                }
                Err(error) => return Err((address, error)),
            }
        }
        match missing {
            Some(failure) if sockets.is_empty() => Err(failure),
            _ => Ok(Self { sockets, port }),
        }
    }

    /// Accepts the next connection. A failure to accept one passes, for example when another
    /// file is closed, so it is tried again.
    async fn accept(&self) -> TcpStream {
        loop {
            let accepted = std::future::poll_fn(|context| {
                let mut ready = self.sockets.iter().map(|socket| socket.poll_accept(context));
                ready.find(Poll::is_ready).unwrap_or(Poll::Pending)
            });
            match accepted.await {
                Ok((stream, _)) => return stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection; trying again");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Returns `true` if a machine has no addresses of a family, such as one without IPv6.
fn is_missing_family(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrNotAvailable, Unsupported};
    // `EAFNOSUPPORT` has no kind of its own in stable Rust.
    const EAFNOSUPPORT: [i32; 3] = [97, 47, 10047];
    matches!(error.kind(), AddrNotAvailable | Unsupported)
        || error.raw_os_error().is_some_and(|code| EAFNOSUPPORT.contains(&code))
}

/// Serves one connection. Returns the outcome of the login if the request was its redirect.
async fn serve(
    mut stream: TcpStream,
    login: Arc<Authorization>,
    path: Arc<str>,
) -> Option<Result<SecretString>> {
    let head = tokio::time::timeout(HEAD_TIMEOUT, read_head(&mut stream)).await.ok()??;
    let (status, text, result) = respond(&head, &login, &path);
    let page = page(status, text);
    // The login has succeeded even if the browser does not take the page.
    let _ = tokio::time::timeout(PAGE_TIMEOUT, async {
        stream.write_all(page.as_bytes()).await?;
        stream.shutdown().await
    })
    .await;
    result
}

/// The head of a request.
struct Head {
    target: SecretString,
    /// The request names this machine as its only host. A page whose own name leads to this machine
    /// sends that name.
    has_own_host: bool,
}

/// Reads the head of a GET.
async fn read_head(stream: &mut TcpStream) -> Option<Head> {
    let mut head = Vec::with_capacity(1024);
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) if request.method == Some("GET") => {
                let target = request.path.map(SecretString::from)?;
                return Some(Head { target, has_own_host: has_own_host(request.headers) });
            }
            Ok(httparse::Status::Partial) if head.len() < MAX_HEAD => {}
            _ => return None,
        }
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
}

fn has_own_host(headers: &[httparse::Header<'_>]) -> bool {
    let mut hosts = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let host = std::str::from_utf8(host.value).unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// The status and the text of a response, and the outcome of the login.
type Response = (&'static str, &'static str, Option<Result<SecretString>>);

fn respond(head: &Head, login: &Authorization, path: &str) -> Response {
    if !head.has_own_host {
        return ("400 Bad Request", "The request does not name this machine.", None);
    }
    let target = head.target.expose_secret();
    if target.split('?').next() != Some(path) {
        return ("404 Not Found", "This page does not exist.", None);
    }
    match login.code(target) {
        Ok(code) => {
            let text = "You are logged in. You can close this window and go back to the program.";
            ("200 OK", text, Some(Ok(code)))
        }
        Err(error) => match error.auth_error().map(AuthError::reason) {
            // Any program or web page can send these, so the login waits for its own redirect.
            Some(AuthErrorReason::StateMismatch) | None => (
                "400 Bad Request",
                "This redirect does not belong to the login that the program waits for.",
                None,
            ),
            Some(_) => {
                let text = "Access was not granted. You can close this window.";
                ("200 OK", text, Some(Err(error)))
            }
        },
    }
}

/// Returns a response that repeats nothing of the request, and that keeps the browser from storing
/// the URL or passing it on.
fn page(status: &str, text: &str) -> String {
    let body = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Coze</title><p>{text}</p></html>\n"
    );
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\n\
         cache-control: no-store\r\nreferrer-policy: no-referrer\r\n\
         content-security-policy: default-src 'none'\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn expired() -> Error {
    let message = "the browser was not redirected in time";
    Error::auth(AuthError::new(AuthErrorReason::ExpiredToken, message))
}
