//! The redirect catcher: logging in from a terminal with a local server for the redirect.

use std::time::Duration;

use coze_api::auth::{AuthErrorReason, Authorization, OAuthToken, PkceOAuthApp, RedirectCatcher};
use coze_tests::oauth::{OAuthServer, TestClock, call, client, pkce};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

struct Fixture {
    server: OAuthServer,
    app: PkceOAuthApp,
    login: Authorization,
    catcher: RedirectCatcher,
}

async fn fixture() -> Fixture {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let app = pkce(&server);
    let catcher = RedirectCatcher::bind("http://127.0.0.1:0/callback").await.expect("a free port");
    let login = app.authorize(catcher.redirect_uri()).expect("random numbers");
    Fixture { server, app, login, catcher }
}

/// Sends a request as a browser does, and returns the response.
async fn visit(url: &str, method: &str) -> String {
    let url = url::Url::parse(url).expect("a URL");
    let address = format!("127.0.0.1:{}", url.port().expect("a port"));
    let mut stream = TcpStream::connect(address).await.expect("a listener");
    let target = &url[url::Position::BeforePath..];
    let request = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\ncookie: a=b\r\n\r\n");
    // In two pieces, as may happen on a network.
    let (begin, end) = request.split_at(request.len() / 2);
    stream.write_all(begin.as_bytes()).await.expect("sent");
    stream.flush().await.expect("sent");
    tokio::task::yield_now().await;
    stream.write_all(end.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

fn finish(
    catcher: RedirectCatcher,
    login: &Authorization,
) -> JoinHandle<coze_api::Result<OAuthToken>> {
    let login = login.clone();
    tokio::spawn(async move { catcher.finish(&login).await })
}

#[tokio::test]
async fn the_expected_redirect_ends_the_login() {
    let Fixture { server, app, login, catcher } = fixture().await;
    let redirected = server.grant(&login.url());
    let finishing = finish(catcher, &login);
    let page = visit(&redirected, "GET").await;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("You are logged in"), "{page}");
    assert!(!page.contains(login.state()) && !page.contains("code_"), "{page}");
    let token = finishing.await.expect("no panic").expect("a token");
    call(&client(app.credentials().with_token(token))).await.expect("a reply");
    // The catcher no longer listens.
    let url = url::Url::parse(&redirected).expect("a URL");
    let address = ("127.0.0.1", url.port().expect("a port"));
    TcpStream::connect(address).await.expect_err("closed");
}

#[tokio::test]
async fn all_other_requests_are_refused() {
    let Fixture { server, login, catcher, .. } = fixture().await;
    let redirected = server.grant(&login.url());
    let base = catcher.redirect_uri().to_owned();
    let root = base.trim_end_matches("/callback").to_owned();
    let finishing = finish(catcher, &login);
    // A browser that connects without sending a request does not block others.
    let address = root.trim_start_matches("http://").to_owned();
    let _idle = TcpStream::connect(address).await.expect("a listener");
    let cases = [
        (format!("{root}/favicon.ico"), "GET", "HTTP/1.1 404 "),
        (format!("{root}/callback/x?code=evil&state={}", login.state()), "GET", "HTTP/1.1 404 "),
        (format!("{base}?code=evil&state=guessed"), "GET", "HTTP/1.1 400 "),
        (format!("{base}?error=access_denied&state=guessed"), "GET", "HTTP/1.1 400 "),
        (format!("{base}?error=access_denied"), "GET", "HTTP/1.1 400 "),
        (base.clone(), "GET", "HTTP/1.1 400 "),
        (format!("{base}?state={}", login.state()), "GET", "HTTP/1.1 400 "),
        (format!("{base}?code=a&code=b&state={}", login.state()), "GET", "HTTP/1.1 400 "),
        (redirected.clone(), "POST", ""),
    ];
    for (url, method, expected) in cases {
        let page = visit(&url, method).await;
        assert!(
            page.starts_with(expected) && page.is_empty() == expected.is_empty(),
            "{url}: {page}"
        );
        assert!(!page.contains("evil") && !page.contains("guessed"), "{page}");
    }
    assert!(!finishing.is_finished());
    visit(&redirected, "GET").await;
    finishing.await.expect("no panic").expect("a token");
}

#[tokio::test]
async fn a_refusal_of_the_user_is_an_error() {
    let Fixture { login, catcher, .. } = fixture().await;
    let url = format!("{}?error=access_denied&state={}", catcher.redirect_uri(), login.state());
    let finishing = finish(catcher, &login);
    let page = visit(&url, "GET").await;
    assert!(page.contains("Access was not granted"), "{page}");
    let error = finishing.await.expect("no panic").expect_err("refused");
    assert_eq!(*error.auth_error().expect("one").reason(), AuthErrorReason::AccessDenied);
}

#[tokio::test]
async fn waiting_for_a_redirect_times_out() {
    let Fixture { server, login, catcher, .. } = fixture().await;
    let catcher = catcher.timeout(Duration::from_secs(60));
    let finishing = finish(catcher, &login);
    while server.clock.sleeps().is_empty() {
        tokio::task::yield_now().await;
    }
    server.clock.advance(59);
    tokio::task::yield_now().await;
    assert!(!finishing.is_finished());
    server.clock.advance(1);
    let error = finishing.await.expect("no panic").expect_err("late");
    assert_eq!(*error.auth_error().expect("one").reason(), AuthErrorReason::ExpiredToken);
    assert_eq!(server.clock.sleeps(), [60]);
}

#[tokio::test]
async fn only_loopback_addresses_are_accepted() {
    for uri in [
        "http://0.0.0.0:0/",
        "http://192.0.2.1:0/",
        "http://example.com/",
        "https://127.0.0.1:0/",
        "http://127.0.0.1:0/?a=b",
        "nonsense",
        "http://localhost.evil.example:0/",
    ] {
        let error = RedirectCatcher::bind(uri).await.expect_err(uri);
        assert!(error.is_config(), "{uri}: {error:?}");
    }
    let catcher = RedirectCatcher::bind("http://localhost:0").await.expect("a free port");
    let uri = catcher.redirect_uri().to_owned();
    assert!(uri.starts_with("http://localhost:") && !uri.contains(":0/"), "{uri}");
    let error = RedirectCatcher::bind(&uri).await.expect_err("in use");
    assert!(error.to_string().contains("cannot listen at 127.0.0.1:"), "{error}");
}

/// Waits for a login that must end soon in real time.
async fn soon<T>(finishing: JoinHandle<coze_api::Result<T>>) -> coze_api::Result<T> {
    let ended = tokio::time::timeout(Duration::from_secs(5), finishing).await;
    ended.expect("the redirect was not received").expect("no panic")
}

fn address(catcher: &RedirectCatcher) -> String {
    let url = url::Url::parse(catcher.redirect_uri()).expect("a URL");
    format!("127.0.0.1:{}", url.port().expect("a port"))
}

#[tokio::test]
async fn a_connection_that_ends_first_does_not_hide_the_redirect_on_another() {
    let Fixture { server, login, catcher, .. } = fixture().await;
    let redirected = url::Url::parse(&server.grant(&login.url())).expect("a URL");
    let address = address(&catcher);
    let finishing = finish(catcher, &login);
    let mut browser = TcpStream::connect(&address).await.expect("a listener");
    browser.write_all(b"GET ").await.expect("sent");
    // Another connection opens, sends nothing about the login, and ends.
    let favicon = format!("http://{address}/favicon.ico");
    assert!(visit(&favicon, "GET").await.starts_with("HTTP/1.1 404 "));
    // No connection is opened after this point.
    let target = &redirected[url::Position::BeforePath..];
    let rest = format!("{target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    browser.write_all(rest.as_bytes()).await.expect("sent");
    soon(finishing).await.expect("a token");
}

#[tokio::test]
async fn an_empty_state_matches_no_redirect() {
    let Fixture { app, .. } = fixture().await;
    // A web server that has lost the state of the session.
    let login = app.resume("http://127.0.0.1:8080/callback", "", "verifier".repeat(6));
    for redirected in ["/callback?code=evil", "/callback?code=evil&state="] {
        let error = login.code(redirected).expect_err("not believed");
        assert_eq!(*error.auth_error().expect("one").reason(), AuthErrorReason::StateMismatch);
    }
}

#[tokio::test]
async fn an_endless_head_is_cut_off() {
    let Fixture { server, login, catcher, .. } = fixture().await;
    let redirected = server.grant(&login.url());
    let address = address(&catcher);
    let finishing = finish(catcher, &login);
    let mut endless = TcpStream::connect(&address).await.expect("a listener");
    let _ = endless.write_all(b"GET / HTTP/1.1\r\n").await;
    let header = format!("x: {}\r\n", "y".repeat(1020));
    for _ in 0..40 {
        if endless.write_all(header.as_bytes()).await.is_err() {
            break;
        }
    }
    // Earlier than an idle connection is closed.
    let read = tokio::time::timeout(Duration::from_secs(5), endless.read(&mut [0; 64])).await;
    assert!(matches!(read.expect("the connection is still open"), Ok(0) | Err(_)));
    visit(&redirected, "GET").await;
    soon(finishing).await.expect("a token");
}

/// More idle connections than the catcher keeps open.
const IDLE_CONNECTIONS: usize = 80;

#[tokio::test(start_paused = true)]
async fn idle_connections_are_closed_for_new_ones() {
    let Fixture { server, login, catcher, .. } = fixture().await;
    let redirected = server.grant(&login.url());
    let address = address(&catcher);
    let finishing = tokio::spawn({
        let login = login.clone();
        async move { catcher.code(&login).await }
    });
    let mut idle = Vec::new();
    for _ in 0..IDLE_CONNECTIONS {
        idle.push(TcpStream::connect(&address).await.expect("a listener"));
    }
    let browser = tokio::spawn(async move { visit(&redirected, "GET").await });
    // The paused clock advances only when every task is idle: by then, the maximum number of
    // connections has been accepted.
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert!(!browser.is_finished(), "the number of connections has no limit");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(browser.await.expect("no panic").contains("You are logged in"));
    finishing.await.expect("no panic").expect("a code");
}

#[tokio::test]
async fn localhost_listens_on_both_address_families() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let app = pkce(&server);
    if tokio::net::TcpListener::bind("[::1]:0").await.is_err() {
        // On a machine without IPv6 only the other family is used.
        RedirectCatcher::bind("http://localhost:0/").await.expect("IPv4");
        return;
    }
    for host in ["127.0.0.1", "[::1]"] {
        let catcher = RedirectCatcher::bind("http://localhost:0/").await.expect("a free port");
        let port = url::Url::parse(catcher.redirect_uri()).expect("a URL").port().expect("one");
        let login = app.authorize(catcher.redirect_uri()).expect("random numbers");
        let redirected = server.grant(&login.url());
        let target = redirected.split_once(&format!(":{port}")).expect("the port").1.to_owned();
        let finishing = finish(catcher, &login);
        let mut browser = TcpStream::connect(format!("{host}:{port}")).await.expect(host);
        let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        browser.write_all(request.as_bytes()).await.expect("sent");
        soon(finishing).await.expect(host);
    }
    // Another program on an address that the browser may try first is an error.
    let other = tokio::net::TcpListener::bind("[::1]:0").await.expect("a free port");
    let port = other.local_addr().expect("an address").port();
    let error = RedirectCatcher::bind(&format!("http://localhost:{port}/")).await;
    let error = error.expect_err("in use").to_string();
    assert!(error.contains(&format!("cannot listen at [::1]:{port}")), "{error}");
}

#[cfg(unix)]
const FEW_FILES: &str = "COZE_TESTS_FEW_FILES";

/// Runs in a separate process with a low limit on open files.
#[cfg(unix)]
#[tokio::test]
async fn a_failure_to_accept_does_not_end_the_login() {
    if std::env::var_os(FEW_FILES).is_none() {
        let program = std::env::current_exe().expect("this program");
        let script = format!(
            "ulimit -n 64 && exec '{}' --exact {}",
            program.display(),
            concat!(module_path!(), "::a_failure_to_accept_does_not_end_the_login")
                .split_once("::")
                .expect("the first argument is the name of the program")
                .1
        );
        let mut child = tokio::process::Command::new("sh");
        child.args(["-c", &script]).env(FEW_FILES, "1").kill_on_drop(true);
        let output = tokio::time::timeout(Duration::from_secs(60), child.output()).await;
        let output = output.expect("in time").expect("started");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let Fixture { server, login, catcher, .. } = fixture().await;
    let redirected = url::Url::parse(&server.grant(&login.url())).expect("a URL");
    let target = &redirected[url::Position::BeforePath..];
    let mut browser = TcpStream::connect(address(&catcher)).await.expect("a listener");
    let request = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    browser.write_all(request.as_bytes()).await.expect("sent");
    // The connection is in the backlog, and no file descriptor is left to accept it.
    let files: Vec<_> = std::iter::from_fn(|| std::fs::File::open("/dev/null").ok()).collect();
    assert!(!files.is_empty() && files.len() < 64, "{}", files.len());
    let waiting = tokio::spawn({
        let login = login.clone();
        async move { catcher.code(&login).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished());
    drop(files);
    soon(waiting).await.expect("a code");
}
