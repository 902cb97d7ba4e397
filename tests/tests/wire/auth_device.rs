//! The OAuth device flow.

use coze_api::auth::{AuthErrorReason, DeviceOAuthApp};
use coze_tests::oauth::{
    CLIENT_ID, Decision, Fault, OAuthServer, TestClock, call, client, error, poll_once, reason,
};
use serde_json::json;

async fn start() -> (OAuthServer, DeviceOAuthApp) {
    let server = OAuthServer::start(TestClock::auto_advancing()).await;
    let builder = DeviceOAuthApp::builder(CLIENT_ID).base_url(server.url());
    let app = builder.clock(server.clock.clone()).build().expect("an app");
    (server, app)
}

fn pending() -> Fault {
    Fault::Refuse(400, error("error", "authorization_pending", ""))
}

#[tokio::test]
async fn the_token_is_issued_once_the_user_grants_access() {
    let (server, app) = start().await;
    server.state().faults.extend([pending(), pending()]);
    server.state().decision = Decision::Grant;
    let mut shown = String::new();
    let login = app.login(|code| {
        assert_eq!(code.verification_uri(), "https://www.coze.cn/device");
        assert_eq!(code.verification_url(), "https://www.coze.cn/device?user_code=WDJB-MJHT");
        code.user_code().clone_into(&mut shown);
    });
    let token = login.await.expect("a token");
    assert_eq!(shown, "WDJB-MJHT");
    assert_eq!(server.clock.sleeps(), [5, 5, 5]);
    let sent = server.token_requests();
    assert_eq!(sent[0].header("authorization"), "");
    assert_eq!(
        sent[0].json(),
        json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "client_id": CLIENT_ID,
            "device_code": "device-code-secret",
        })
    );
    let coze = client(app.credentials().with_token(token));
    call(&coze).await.expect("a reply");
    server.clock.advance(900);
    call(&coze).await.expect("renewed without a secret");
}

#[tokio::test]
async fn slow_down_increases_the_interval_permanently() {
    let (server, app) = start().await;
    server.state().device = json!({"expires_in": 300, "interval": 7});
    server.state().slow_downs = 2;
    let mut login = app.device_code().await.expect("a code");
    let waiting = login.wait();
    server.state().faults.extend([pending()]);
    server.state().decision = Decision::Grant;
    waiting.await.expect("a token");
    assert_eq!(server.clock.sleeps(), [7, 7, 12, 17]);
}

#[tokio::test]
async fn missing_device_settings_have_defaults() {
    let (server, app) = start().await;
    server.state().device = json!({});
    let error = app.login(|_| ()).await.expect_err("no decision");
    assert_eq!(*reason(&error), AuthErrorReason::ExpiredToken);
    assert_eq!(server.clock.sleeps(), [5; 60]);
    // There was no poll after the expiry.
    assert_eq!(server.token_requests().len(), 59);
}

#[tokio::test]
async fn the_code_can_expire_between_two_polls() {
    let (server, app) = start().await;
    server.state().device = json!({"expires_in": 12, "interval": 5});
    let error = app.login(|_| ()).await.expect_err("no decision");
    assert_eq!(*reason(&error), AuthErrorReason::ExpiredToken);
    assert_eq!(server.clock.sleeps(), [5, 5, 2]);
}

#[tokio::test]
async fn a_refusal_is_final() {
    let (server, app) = start().await;
    server.state().decision = Decision::Refuse;
    let error = app.login(|_| ()).await.expect_err("refused");
    assert_eq!(*reason(&error), AuthErrorReason::AccessDenied);
    assert_eq!(error.auth_error().expect("one").message(), "the user refused");
    let expired = coze_tests::oauth::error("error_code", "expired_token", "");
    server.state().faults.push_back(Fault::Refuse(200, expired));
    let error = app.login(|_| ()).await.expect_err("expired");
    assert_eq!(*reason(&error), AuthErrorReason::ExpiredToken);
}

#[tokio::test]
async fn temporary_failures_do_not_end_the_polling() {
    let (server, app) = start().await;
    let failing = error("error_code", "internal_error", "");
    server.state().faults.extend([
        Fault::Page(502),
        Fault::Reset,
        Fault::Refuse(500, failing),
        pending(),
    ]);
    server.state().decision = Decision::Grant;
    app.login(|_| ()).await.expect("a token");
    assert_eq!(server.clock.sleeps(), [5, 10, 20, 40, 5]);
    assert_eq!(server.token_requests().len(), 5);
    server.state().faults.push_back(Fault::Page(404));
    let error = app.login(|_| ()).await.expect_err("no such page");
    assert!(error.is_status(), "{error:?}");
}

#[tokio::test]
async fn polling_can_be_dropped_and_resumed() {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let builder = DeviceOAuthApp::builder(CLIENT_ID).base_url(server.url());
    let app = builder.clock(server.clock.clone()).build().expect("an app");
    let mut login = app.device_code().await.expect("a code");
    let mut waiting = Box::pin(login.wait());
    poll_once(&mut waiting).await;
    drop(waiting);
    server.clock.advance(60);
    tokio::task::yield_now().await;
    assert_eq!(server.token_requests().len(), 0, "no request was sent");
    server.state().decision = Decision::Grant;
    let resumed = tokio::spawn(async move { login.wait().await });
    while server.clock.sleeps().len() < 2 {
        tokio::task::yield_now().await;
    }
    server.clock.advance(5);
    resumed.await.expect("no panic").expect("a token");
    assert_eq!(server.token_requests().len(), 1);
}

#[tokio::test]
async fn a_workspace_is_part_of_the_path() {
    let (server, app) = start().await;
    let _ = app.device_code().workspace_id("7493066").await.expect("a code");
    let _ = app.device_code().await.expect("a code");
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.target).collect();
    let begin = "/api/permission/oauth2";
    assert_eq!(
        paths,
        [format!("{begin}/workspace_id/7493066/device/code"), format!("{begin}/device/code")]
    );
    let error = app.device_code().workspace_id("..").await.expect_err("another resource");
    assert!(error.is_request(), "{error:?}");
}

#[tokio::test]
async fn an_unknown_app_is_an_error() {
    let (server, _) = start().await;
    let app = DeviceOAuthApp::builder("another").base_url(server.url()).build().expect("an app");
    let error = app.login(|_| panic!("there is no code")).await.expect_err("refused");
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
    assert_eq!(error.operation(), "auth.device_code");
    assert!(DeviceOAuthApp::builder(" ").build().expect_err("no id").is_config());
}

#[tokio::test]
async fn a_poll_is_not_retried() {
    // Not even where a retry would be allowed: the device polls again after the interval.
    let (server, app) = start().await;
    server.state().faults.extend([Fault::Page(503), Fault::Page(503)]);
    server.state().decision = Decision::Grant;
    app.login(|_| {}).await.expect("a token");
    assert_eq!(server.clock.sleeps(), [5, 10, 20]);
    assert_eq!(server.token_requests().len(), 3);
}
