//! Logging in with a browser: web apps with a secret, public clients with PKCE, and their errors.

use coze_api::Region;
use coze_api::auth::{
    AuthErrorReason, Authorization, ChallengeMethod, OAuthApp, OAuthToken, PkceOAuthApp,
    WebOAuthApp,
};
use coze_tests::oauth::{
    CLIENT_ID, CLIENT_SECRET, Fault, OAuthServer, REDIRECT_URI, TestClock, call, client, error,
    pkce, reason, seconds,
};
use secrecy::ExposeSecret as _;
use serde_json::json;
use url::Url;

async fn server() -> OAuthServer {
    OAuthServer::start(TestClock::stopped()).await
}

fn web(server: &OAuthServer) -> WebOAuthApp {
    let builder = WebOAuthApp::builder(CLIENT_ID, CLIENT_SECRET).base_url(server.url());
    builder.clock(server.clock.clone()).build().expect("an app")
}

fn query(login: &Authorization, name: &str) -> Option<String> {
    let url = Url::parse(&login.url()).expect("a URL");
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn a_web_app_logs_in_and_refreshes() {
    let server = server().await;
    let app = web(&server);
    let login = app.authorize(REDIRECT_URI).expect("random numbers");
    assert_eq!(login.redirect_uri(), REDIRECT_URI);
    let begin = format!("{}/api/permission/oauth2/authorize?response_type=code&", server.url());
    assert!(login.url().starts_with(&begin), "{}", login.url());
    assert!(login.state().len() >= 43);
    assert_ne!(login.state(), app.authorize(REDIRECT_URI).expect("random numbers").state());
    assert_eq!(query(&login, "code_challenge"), None);

    let redirected = server.grant(&login.url());
    let token = login.finish(&redirected).await.expect("a token");
    assert_eq!(token.expires_at(), seconds(&server.clock) + 900);
    let sent = &server.token_requests()[0];
    assert_eq!(sent.header("authorization"), format!("Bearer {CLIENT_SECRET}"));
    assert_eq!(sent.json()["grant_type"], "authorization_code");
    assert_eq!(sent.json()["redirect_uri"], REDIRECT_URI);

    let coze = client(app.credentials().with_token(token.clone()));
    call(&coze).await.expect("a reply");
    server.clock.advance(900);
    call(&coze).await.expect("renewed");
    let sent = &server.token_requests()[1];
    assert_eq!(sent.header("authorization"), format!("Bearer {CLIENT_SECRET}"));
    assert_eq!(sent.json()["grant_type"], "refresh_token");

    let old = token.refresh_token().expect("a refresh token");
    let error = app.refresh(old).await.expect_err("void");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
    let error = login.finish(&redirected).await.expect_err("a code can be used only once");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
}

#[tokio::test]
async fn a_public_client_logs_in_with_pkce() {
    let server = server().await;
    let app = pkce(&server);
    for method in [ChallengeMethod::S256, ChallengeMethod::Plain] {
        let login = app.authorize(REDIRECT_URI).expect("random numbers").challenge_method(method);
        let verifier = login.verifier().expect("a verifier").expose_secret().to_owned();
        let plain = method == ChallengeMethod::Plain;
        let name = if plain { "plain" } else { "S256" };
        assert_eq!(query(&login, "code_challenge_method").as_deref(), Some(name));
        assert_eq!(query(&login, "code_challenge") == Some(verifier.clone()), plain);
        let token = login.finish(&server.grant(&login.url())).await.expect("a token");
        let sent = server.token_requests().pop().expect("a request");
        assert_eq!(sent.header("authorization"), "");
        assert_eq!(sent.json()["code_verifier"], verifier);
        let token = app.refresh(token.refresh_token().expect("one")).await.expect("refreshed");
        let sent = server.token_requests().pop().expect("a request");
        assert_eq!(sent.header("authorization"), "");
        call(&client(app.credentials().with_token(token))).await.expect("a reply");
    }
}

#[tokio::test]
async fn the_verifier_of_another_login_is_refused() {
    let server = server().await;
    let app = pkce(&server);
    let login = app.authorize(REDIRECT_URI).expect("random numbers");
    let redirected = server.grant(&login.url());
    let thief = app.resume(REDIRECT_URI, login.state(), "a".repeat(43));
    let error = thief.finish(&redirected).await.expect_err("refused");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
}

#[tokio::test]
async fn a_login_can_be_continued_in_another_process() {
    let server = server().await;
    let web = web(&server);
    let login = web.authorize(REDIRECT_URI).expect("random numbers");
    let redirected = server.grant(&login.url());
    let resumed = web.resume(REDIRECT_URI, login.state().to_owned());
    // A web server sees only the path and the query.
    let path = redirected.strip_prefix("http://127.0.0.1:8080").expect("the redirect URI");
    resumed.finish(path).await.expect("a token");

    let pkce = pkce(&server);
    let login = pkce.authorize(REDIRECT_URI).expect("random numbers");
    let redirected = server.grant(&login.url());
    let verifier = login.verifier().expect("a verifier").clone();
    pkce.resume(REDIRECT_URI, login.state(), verifier).finish(&redirected).await.expect("a token");
}

#[test]
fn a_workspace_is_part_of_the_path() {
    let app = PkceOAuthApp::builder("id").region(Region::Com).build().expect("an app");
    let login = app.authorize(REDIRECT_URI).expect("random numbers").workspace_id("74/93 0");
    let begin = "https://www.coze.com/api/permission/oauth2/workspace_id/74%2F93%200/authorize?";
    assert!(login.url().starts_with(begin), "{}", login.url());
    assert_eq!(query(&login, "redirect_uri").as_deref(), Some(REDIRECT_URI));
    let app = WebOAuthApp::builder("id", "secret").www_url("https://login.example.com/").build();
    let login = app.expect("an app").authorize(REDIRECT_URI).expect("random numbers");
    assert!(login.url().starts_with("https://login.example.com/api/permission/oauth2/authorize?"));
}

#[test]
fn a_redirect_must_have_the_state_of_the_login() {
    let app = WebOAuthApp::builder("id", "secret").build().expect("an app");
    let login = app.resume(REDIRECT_URI, "the-state");
    let code = |query: &str| login.code(&format!("{REDIRECT_URI}&{query}"));
    let good = code("code=the%2Bcode&state=the-state").expect("ours");
    assert_eq!(good.expose_secret(), "the+code");
    for query in [
        "code=c&state=another",
        "code=c&state=",
        "code=c",
        "code=c&state=the-state2",
        "code=c&state=the-stat3",
        "error=access_denied",
    ] {
        let error = code(query).expect_err(query);
        assert_eq!(*reason(&error), AuthErrorReason::StateMismatch, "{query}");
    }
    let error = code("error=access_denied&error_description=no%20way&state=the-state")
        .expect_err("refused");
    assert_eq!(*reason(&error), AuthErrorReason::AccessDenied);
    assert_eq!(error.to_string(), "no token: access_denied: no way");
    for query in [
        "state=the-state",
        "code=&state=the-state",
        "code=a&code=b&state=the-state",
        "code=a&state=the-state&state=the-state",
    ] {
        assert!(code(query).expect_err(query).is_request(), "{query}");
    }
}

#[tokio::test]
async fn both_shapes_of_errors_are_decoded_at_any_status() {
    let names = [
        ("invalid_request", AuthErrorReason::InvalidRequest),
        ("invalid_client", AuthErrorReason::InvalidClient),
        ("unsupported_grant_type", AuthErrorReason::UnsupportedGrantType),
        ("access_deny", AuthErrorReason::AccessDeny),
        ("internal_error", AuthErrorReason::InternalError),
        ("authorization_pending", AuthErrorReason::AuthorizationPending),
        ("slow_down", AuthErrorReason::SlowDown),
        ("access_denied", AuthErrorReason::AccessDenied),
        ("expired_token", AuthErrorReason::ExpiredToken),
        ("something_new", AuthErrorReason::Unknown("something_new".into())),
    ];
    let server = server().await;
    let expired = OAuthToken::new("czu_old", 0).with_refresh_token("refresh");
    let coze = client(web(&server).credentials().with_token(expired));
    for (name, expected) in names {
        for status in [200, 400, 401, 403, 500] {
            for shape in ["error_code", "error"] {
                let body = error(shape, name, "why, in words");
                server.state().faults.push_back(Fault::Refuse(status, body));
                let error = call(&coze).await.expect_err(name);
                assert_eq!(*reason(&error), expected, "{status} {shape}");
                assert_eq!(error.auth_error().expect("one").message(), "why, in words");
                assert_eq!(error.error_name(), Some(name));
                assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
                assert_eq!(error.operation(), "auth.token");
            }
        }
    }
}

#[tokio::test]
async fn other_failures_keep_their_kind() {
    let server = server().await;
    let app = web(&server);
    server.state().faults.push_back(Fault::Page(404));
    let error = app.refresh(&"refresh".into()).await.expect_err("a page");
    assert!(error.is_status() && !error.is_auth(), "{error:?}");
    server.state().faults.push_back(Fault::Refuse(200, json!({})));
    let error = app.refresh(&"refresh".into()).await.expect_err("no token");
    assert!(error.is_decode(), "{error:?}");
    server
        .state()
        .faults
        .push_back(Fault::Refuse(401, json!({"code": 4100, "msg": "token invalid"})));
    let error = app.refresh(&"refresh".into()).await.expect_err("the shape of API errors");
    assert!(error.is_auth() && error.code() == Some(4100), "{error:?}");
}

#[tokio::test]
async fn a_code_is_not_sent_twice() {
    let server = server().await;
    let login = web(&server).authorize(REDIRECT_URI).expect("random numbers");
    let redirected = server.grant(&login.url());
    server.state().faults.push_back(Fault::Lose);
    let error = login.finish(&redirected).await.expect_err("lost");
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(server.token_requests().len(), 1);
}

#[tokio::test]
async fn no_secret_is_in_debug_output_or_errors() {
    let server = server().await;
    let app = web(&server);
    let login = app.authorize(REDIRECT_URI).expect("random numbers");
    let token = login.finish(&server.grant(&login.url())).await.expect("a token");
    let credentials = app.credentials().with_token(token.clone());
    let quoting = error("error", "invalid_client", &format!("the secret {CLIENT_SECRET} is wrong"));
    server.state().faults.push_back(Fault::Refuse(401, quoting));
    let error = app.refresh(token.refresh_token().expect("one")).await.expect_err("refused");
    let coze = client(credentials.clone());
    let shown = format!("{app:?} {login:?} {token:?} {credentials:?} {coze:?} {error:?} {error}");
    let mut secrets = vec![CLIENT_SECRET.to_owned(), login.state().to_owned()];
    secrets.push(token.access_token().expose_secret().to_owned());
    secrets.push(token.refresh_token().expect("one").expose_secret().to_owned());
    for secret in secrets {
        assert!(!shown.contains(&secret), "{secret} in {shown}");
    }
}

#[tokio::test]
async fn wrong_clocks_do_not_prevent_calls() {
    for off in [-7200, -60, 60, 7200] {
        for dates in [true, false] {
            let server = server().await;
            server.state().dates = dates;
            let clock = server.clock.ahead(off);
            let builder = WebOAuthApp::builder(CLIENT_ID, CLIENT_SECRET).base_url(server.url());
            let app = builder.clock(clock.clone()).build().expect("an app");
            let login = app.authorize(REDIRECT_URI).expect("random numbers");
            let token = login.finish(&server.grant(&login.url())).await.expect("a token");
            if dates {
                assert_eq!(token.expires_at(), seconds(&server.clock) + 900);
            }
            let coze = client(app.credentials().with_token(token));
            call(&coze).await.expect("the token is valid");
            // Without `Date` headers a fast clock renews too early, but a new token counts as
            // valid.
            assert!(server.token_requests().len() <= 2, "{off}");
            let before = server.token_requests().len();
            call(&coze).await.expect("the token is valid");
            assert_eq!(server.token_requests().len(), before, "{off} {dates}");
            // Long after its expiry, whatever the local clock says.
            server.clock.advance(1000);
            clock.advance(1000);
            call(&coze).await.expect("renewed, by the clock or after a refusal");
            assert_eq!(server.token_requests().len(), before + 1, "{off} {dates}");
        }
    }
}

#[test]
fn a_configuration_file_describes_an_app() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("coze_oauth_config.json");
    let missing = OAuthApp::from_file(&path).expect_err("no file").to_string();
    assert!(missing.contains("coze_oauth_config.json"), "{missing}");
    let config = json!({
        "client_type": "pkce", "client_id": CLIENT_ID,
        "coze_www_base": "https://www.example.com", "coze_api_base": "https://api.example.com",
    });
    std::fs::write(&path, config.to_string()).expect("written");
    let OAuthApp::Pkce(app) = OAuthApp::from_file(&path).expect("an app") else {
        panic!("another kind")
    };
    let login = app.authorize(REDIRECT_URI).expect("random numbers");
    assert!(login.url().starts_with("https://www.example.com/api/"), "{}", login.url());
    assert_eq!(client(app.credentials()).base_url(), "https://api.example.com");
    std::fs::write(&path, r#"{"client_type":"web","client_id":"1"}"#).expect("written");
    let error = OAuthApp::from_file(&path).expect_err("no secret").to_string();
    assert!(error.contains("client_secret") && error.contains("coze_oauth_config.json"), "{error}");
}
