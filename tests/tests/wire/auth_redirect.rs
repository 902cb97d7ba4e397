//! Logging in from a terminal: a server for the one request at the end.

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
    let server = OAuthServer::start(TestClock::still()).await;
    let app = pkce(&server);
    let catcher = RedirectCatcher::bind("http://127.0.0.1:0/callback").await.expect("a free port");
    let login = app.authorize(catcher.redirect_uri()).expect("random numbers");
    Fixture { server, app, login, catcher }
}

/// Sends a request as a browser does, and returns the answer.
async fn visit(url: &str, method: &str) -> String {
    let url = url::Url::parse(url).expect("a URL");
    let address = format!("127.0.0.1:{}", url.port().expect("a port"));
    let mut stream = TcpStream::connect(address).await.expect("somebody listens");
    let target = &url[url::Position::BeforePath..];
    let request = format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\ncookie: a=b\r\n\r\n");
    // In two pieces, as networks do.
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
async fn the_right_redirect_ends_the_login() {
    let Fixture { server, app, login, catcher } = fixture().await;
    let redirected = server.grant(&login.url());
    let finishing = finish(catcher, &login);
    let page = visit(&redirected, "GET").await;
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    assert!(page.contains("You are logged in"), "{page}");
    assert!(!page.contains(login.state()) && !page.contains("code_"), "{page}");
    let token = finishing.await.expect("no panic").expect("a token");
    call(&client(app.credentials().with_token(token))).await.expect("a reply");
    // Nobody listens any more.
    let url = url::Url::parse(&redirected).expect("a URL");
    let address = ("127.0.0.1", url.port().expect("a port"));
    TcpStream::connect(address).await.expect_err("closed");
}

#[tokio::test]
async fn everything_else_is_refused_and_not_believed() {
    let Fixture { server, login, catcher, .. } = fixture().await;
    let redirected = server.grant(&login.url());
    let base = catcher.redirect_uri().to_owned();
    let root = base.trim_end_matches("/callback").to_owned();
    let finishing = finish(catcher, &login);
    // A browser that connects and says nothing keeps nobody waiting.
    let address = root.trim_start_matches("http://").to_owned();
    let _idle = TcpStream::connect(address).await.expect("somebody listens");
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
async fn a_refusal_of_the_user_is_told() {
    let Fixture { login, catcher, .. } = fixture().await;
    let url = format!("{}?error=access_denied&state={}", catcher.redirect_uri(), login.state());
    let finishing = finish(catcher, &login);
    let page = visit(&url, "GET").await;
    assert!(page.contains("Access was not granted"), "{page}");
    let error = finishing.await.expect("no panic").expect_err("refused");
    assert_eq!(*error.auth_error().expect("one").reason(), AuthErrorReason::AccessDenied);
}

#[tokio::test]
async fn a_user_who_does_not_come_back_is_not_waited_for() {
    let Fixture { server, login, catcher, .. } = fixture().await;
    let catcher = catcher.timeout(Duration::from_secs(60));
    let finishing = finish(catcher, &login);
    while server.clock.naps().is_empty() {
        tokio::task::yield_now().await;
    }
    server.clock.advance(59);
    tokio::task::yield_now().await;
    assert!(!finishing.is_finished());
    server.clock.advance(1);
    let error = finishing.await.expect("no panic").expect_err("late");
    assert_eq!(*error.auth_error().expect("one").reason(), AuthErrorReason::ExpiredToken);
    assert_eq!(server.clock.naps(), [60]);
}

#[tokio::test]
async fn only_this_machine_is_listened_to() {
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
