//! A web server for one request: the browser's, when a login ends.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
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

/// The head of a request is not longer, unless it is no browser's.
const MAX_HEAD: usize = 32 * 1024;
/// Browsers open connections ahead and leave them idle.
const IDLE: Duration = Duration::from_secs(30);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(300);

/// Receives the redirect at the end of a login, so that programs without a web server
/// can log in by a browser.
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
/// It listens on this machine only, answers the login's own redirect by a plain page,
/// refuses everything else, and stops.
#[derive(Debug)]
pub struct RedirectCatcher {
    listener: TcpListener,
    redirect_uri: Url,
    timeout: Duration,
}

impl RedirectCatcher {
    /// Listens at a redirect URI of the app, such as `http://127.0.0.1:8080/`,
    /// `http://localhost:8080/callback` or `http://[::1]:8080/`. At port 0 it takes one
    /// that is free.
    ///
    /// # Errors
    ///
    /// If the address is not on this machine, or its port is in use.
    pub async fn bind(redirect_uri: &str) -> Result<Self> {
        let invalid = || {
            Error::config(
                "the redirect URI to catch must be like `http://127.0.0.1:8080/`, on this machine",
            )
        };
        let mut url = Url::parse(redirect_uri).map_err(|_| invalid())?;
        let ip = match url.host_str() {
            Some("127.0.0.1" | "localhost") => Ipv4Addr::LOCALHOST.into(),
            Some("[::1]") => Ipv6Addr::LOCALHOST.into(),
            _ => return Err(invalid()),
        };
        if url.scheme() != "http" || url.query().is_some() || url.fragment().is_some() {
            return Err(invalid());
        }
        let address = SocketAddr::new(ip, url.port_or_known_default().unwrap_or(80));
        let bound = async {
            let listener = TcpListener::bind(address).await?;
            let port = listener.local_addr()?.port();
            io::Result::Ok((listener, port))
        };
        let (listener, port) = bound
            .await
            .map_err(|e| Error::config(format!("cannot listen at {address}")).with_source(e))?;
        url.set_port(Some(port)).map_err(|()| invalid())?;
        Ok(Self { listener, redirect_uri: url, timeout: DEFAULT_TIMEOUT })
    }

    /// How long to wait for the user. 5 minutes by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The address to which the browser is to be sent.
    pub fn redirect_uri(&self) -> &str {
        self.redirect_uri.as_str()
    }

    /// Waits for the redirect of a login, and exchanges its code for tokens.
    ///
    /// # Errors
    ///
    /// With [`AuthErrorReason::ExpiredToken`] if the user did not decide in time.
    pub async fn finish(self, login: &Authorization) -> Result<OAuthToken> {
        let code = self.code(login).await?;
        login.exchange(&code).await
    }

    /// Waits for the redirect of a login, and returns its code.
    pub async fn code(self, login: &Authorization) -> Result<SecretString> {
        let mut late = login.clock().sleep(self.timeout);
        let login = Arc::new(login.clone());
        let path: Arc<str> = self.redirect_uri.path().into();
        // Dropped with everything in it when the redirect has come.
        let mut visits = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut late => return Err(expired()),
                Ok((stream, _)) = self.listener.accept() => {
                    visits.spawn(visit(stream, login.clone(), path.clone()));
                }
                Some(Ok(Some(result))) = visits.join_next() => return result,
            }
        }
    }
}

/// Serves one connection. Returns what the login comes to, if the connection was about
/// that.
async fn visit(
    mut stream: TcpStream,
    login: Arc<Authorization>,
    path: Arc<str>,
) -> Option<Result<SecretString>> {
    let target = tokio::time::timeout(IDLE, read_target(&mut stream)).await.ok()??;
    let (status, text, result) = answer(&target, &login, &path);
    let page = page(status, text);
    // The login has succeeded even if the browser does not wait for the page.
    let _ = tokio::time::timeout(IDLE, async {
        stream.write_all(page.as_bytes()).await?;
        stream.shutdown().await
    })
    .await;
    result
}

/// Reads the head of a request, and returns the target of a GET.
async fn read_target(stream: &mut TcpStream) -> Option<SecretString> {
    let mut head = Vec::with_capacity(1024);
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&head) {
            Ok(httparse::Status::Complete(_)) if request.method == Some("GET") => {
                return request.path.map(SecretString::from);
            }
            Ok(httparse::Status::Partial) if head.len() < MAX_HEAD => {}
            _ => return None,
        }
        if stream.read_buf(&mut head).await.ok()? == 0 {
            return None;
        }
    }
}

type Answer = (&'static str, &'static str, Option<Result<SecretString>>);

fn answer(target: &SecretString, login: &Authorization, path: &str) -> Answer {
    let target = target.expose_secret();
    if target.split('?').next() != Some(path) {
        return ("404 Not Found", "There is nothing here.", None);
    }
    match login.code(target) {
        Ok(code) => {
            let text = "You are logged in. You can close this window and go back to the program.";
            ("200 OK", text, Some(Ok(code)))
        }
        Err(error) => match error.auth_error().map(AuthError::reason) {
            // Anybody can send those, so the login goes on waiting for its own.
            Some(AuthErrorReason::StateMismatch) | None => (
                "400 Bad Request",
                "This does not belong to the login that the program waits for.",
                None,
            ),
            Some(_) => {
                let text = "Access was not granted. You can close this window.";
                ("200 OK", text, Some(Err(error)))
            }
        },
    }
}

/// A reply without anything of the request in it, and after which the browser neither
/// keeps nor passes on the address.
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
    let message = "the browser did not come back in time";
    Error::auth(AuthError::new(AuthErrorReason::ExpiredToken, message))
}
