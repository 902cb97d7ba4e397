//! Service apps: the server checks every signature and claim, and accepts a JWT only once.

use std::collections::HashSet;
use std::time::Duration;

use coze_api::auth::{
    AuthErrorReason, Clock as _, JwtOAuthApp, JwtOAuthAppBuilder, OAuthApp, Scope, SessionContext,
};
use coze_api::{Client, Retry};
use coze_tests::oauth::{
    CLIENT_ID, Fault, KEY_ID, OAuthServer, TOKEN, TestClock, TestKey, call, client, key, reason,
    seconds,
};
use coze_tests::server::Reply;
use serde_json::json;

async fn server() -> OAuthServer {
    OAuthServer::start(TestClock::stopped()).await
}

fn builder(server: &OAuthServer) -> JwtOAuthAppBuilder {
    let builder = JwtOAuthApp::builder(CLIENT_ID, KEY_ID).private_key_pem(key().pkcs8());
    builder.base_url(server.url()).clock(server.clock.clone())
}

fn app(server: &OAuthServer) -> JwtOAuthApp {
    builder(server).build().expect("an app")
}

#[tokio::test]
async fn a_service_calls_without_a_user() {
    let server = server().await;
    let coze = client(app(&server).credentials());
    for _ in 0..3 {
        call(&coze).await.expect("a reply");
    }
    server.clock.advance(900);
    call(&coze).await.expect("renewed");
    let sent = server.token_requests();
    assert_eq!(sent.len(), 2);
    for request in &sent {
        assert_eq!(request.target, TOKEN);
        assert_eq!(
            request.json(),
            json!({
                "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
                "duration_seconds": 900,
            })
        );
    }
    let state = server.state();
    let claims = &state.claims[0];
    assert_eq!(claims["iss"], CLIENT_ID);
    assert_eq!(claims["aud"], server.url().strip_prefix("http://").expect("a URL"));
    assert!(!claims.contains_key("session_name") && !claims.contains_key("session_context"));
}

#[tokio::test]
async fn every_request_has_a_jti_of_its_own() {
    let server = server().await;
    let app = app(&server);
    for _ in 0..20 {
        app.token().await.expect("a token");
    }
    let state = server.state();
    let jtis: HashSet<&str> =
        state.claims.iter().filter_map(|claims| claims["jti"].as_str()).collect();
    assert_eq!(jtis.len(), 20);
}

#[tokio::test]
async fn every_attempt_has_a_jti_of_its_own() {
    let server = server().await;
    // The server has accepted the JWT before the response is lost.
    server.state().faults.extend([Fault::Lose, Fault::Page(503)]);
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = Client::builder().credentials(app(&server).credentials()).retry(retry).build();
    call(&coze.expect("a client")).await.expect("at the third attempt");
    let jwts = server.token_requests().into_iter();
    let jwts: HashSet<String> =
        jwts.map(|request| request.header("authorization").to_owned()).collect();
    assert_eq!(jwts.len(), 3);
}

#[tokio::test]
async fn keys_can_be_pkcs8_or_pkcs1_and_come_from_three_sources() {
    let server = server().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("private_key.pem");
    std::fs::write(&path, key().pkcs8()).expect("written");
    let builders = [
        builder(&server),
        builder(&server).private_key_pem(key().pkcs1()),
        builder(&server).private_key_pem(key().pkcs8().replace('\n', "\\n")),
        builder(&server)
            .private_key_pem(format!("\n  {}\r\n", key().pkcs1().replace('\n', "\r\n"))),
        builder(&server).private_key_file(&path),
    ];
    for builder in builders {
        builder.build().expect("an app").token().await.expect("a token");
    }
    let missing = builder(&server).private_key_env("COZE_TESTS_NO_SUCH_KEY").build();
    let missing = missing.expect_err("not set").to_string();
    assert!(missing.contains("COZE_TESTS_NO_SUCH_KEY"), "{missing}");
    let missing = builder(&server).private_key_file("no/such.pem").build();
    let missing = missing.expect_err("no file").to_string();
    assert!(missing.contains("no/such.pem"), "{missing}");
    let none = JwtOAuthApp::builder(CLIENT_ID, KEY_ID).build().expect_err("no key").to_string();
    assert!(none.contains("private_key_pem"), "{none}");
    let none = JwtOAuthApp::builder(CLIENT_ID, "").private_key_pem(key().pkcs8()).build();
    assert!(none.expect_err("no id").to_string().contains("public key ID"));
}

/// Tests must not change the environment of their own process, so another process is started.
#[test]
fn a_key_can_come_from_the_environment() {
    const VARIABLE: &str = "COZE_TESTS_PRIVATE_KEY";
    if std::env::var_os(VARIABLE).is_some() {
        let app = JwtOAuthApp::builder(CLIENT_ID, KEY_ID).private_key_env(VARIABLE);
        app.build().expect("an app");
        return;
    }
    let program = std::env::current_exe().expect("this program");
    let mut child = std::process::Command::new(program);
    child.args(["--exact", "auth_jwt::a_key_can_come_from_the_environment"]);
    let output = child.env(VARIABLE, key().pkcs8()).output().expect("started");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && printed.contains("1 passed"), "{printed}");
}

#[tokio::test]
async fn a_token_can_be_limited_to_a_scope_account_or_session() {
    let server = server().await;
    let app = app(&server);
    let context = SessionContext::new().device_id("device-1").custom_consumer("customer-1");
    let token = app
        .token()
        .duration(Duration::from_secs(86_399))
        .session_name("user-42")
        .session_context(context)
        .scope(Scope::bot_chat(["bot-1", "bot-2"]))
        .await
        .expect("a token");
    assert_eq!(token.expires_at(), seconds(&server.clock) + 86_399);
    app.token().account_id("292298289606").await.expect("a token");
    app.token().enterprise_id("volcano_210195").await.expect("a token");
    let narrow = Scope::permissions(["Connector.botChat", "Bot.read"]);
    let credentials = app.token().scope(narrow).credentials();
    call(&client(credentials)).await.expect("a reply");

    let state = server.state();
    let claims = &state.claims;
    assert_eq!(claims[0]["session_name"], "user-42");
    assert_eq!(
        claims[0]["session_context"],
        json!({
            "device_info": {"device_id": "device-1", "custom_consumer": "customer-1"},
        })
    );
    assert_eq!(
        claims[0]["scope"],
        json!({
            "account_permission": {"permission_list": ["Connector.botChat"]},
            "attribute_constraint": {"connector_bot_chat_attribute": {"bot_id_list": ["bot-1", "bot-2"]}},
        })
    );
    let begin = "/api/permission/oauth2";
    assert_eq!(claims[1]["path"], format!("{begin}/account/292298289606/token"));
    assert_eq!(claims[2]["path"], format!("{begin}/enterprise_id/volcano_210195/token"));
    assert_eq!(
        claims[3]["scope"],
        json!({
            "account_permission": {"permission_list": ["Connector.botChat", "Bot.read"]},
        })
    );
}

#[tokio::test]
async fn long_lived_tokens_are_renewed_five_minutes_early() {
    let server = server().await;
    let app = app(&server);
    let credentials = app.token().duration(Duration::from_secs(86_399)).credentials();
    let first = credentials.current().await.expect("a token");
    server.clock.advance(86_399 - 301);
    assert_eq!(credentials.current().await.expect("a token"), first);
    assert_eq!(server.token_requests().len(), 1);
    server.clock.advance(1);
    while credentials.current().await.expect("a token") == first {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.token_requests().len(), 2);
}

#[tokio::test]
async fn a_wrong_key_or_key_id_is_an_error() {
    let server = server().await;
    let other = TestKey::generate();
    let builders = [
        builder(&server).private_key_pem(other.pkcs8()),
        builder(&server).audience("api.elsewhere.example"),
        JwtOAuthApp::builder("another", KEY_ID).private_key_pem(key().pkcs8()),
        JwtOAuthApp::builder(CLIENT_ID, "another").private_key_pem(key().pkcs8()),
    ];
    for builder in builders {
        let app =
            builder.base_url(server.url()).clock(server.clock.clone()).build().expect("an app");
        let error = app.token().await.expect_err("refused");
        assert_eq!(*reason(&error), AuthErrorReason::InvalidClient);
        assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    }
    assert_eq!(server.state().issued(), 0);
}

#[tokio::test]
async fn jwts_follow_the_clock_of_the_server() {
    for off in [-7200, 7200] {
        let server = server().await;
        server.state().dates = true;
        let clock = server.clock.ahead(off);
        let app = builder(&server).clock(clock.clone()).build().expect("an app");
        // A JWT that is not valid yet or has expired, then one with the right time.
        let token = app.token().await.expect("a token");
        assert_eq!(server.token_requests().len(), 2, "{off}");
        assert_eq!(token.expires_at(), seconds(&server.clock) + 900);
        app.token().await.expect("a token");
        assert_eq!(server.token_requests().len(), 3, "{off}");
        // After a refusal for another reason, no new JWT is signed.
        server.state().faults.push_back(Fault::Refuse(400, json!({"error_code": "access_deny"})));
        app.token().await.expect_err("refused");
        assert_eq!(server.token_requests().len(), 4, "{off}");
    }
}

#[tokio::test]
async fn an_implausible_date_does_not_change_the_clock() {
    let server = server().await;
    let app = builder(&server).build().expect("an app");
    let issued = seconds(&server.clock) + 900;
    // A gateway with a plausible clock, and servers with implausible ones.
    let page = |date: &str| {
        let headers = [("content-type", "text/html"), ("date", date)];
        Fault::Answer(Reply::new(404, &headers, "<html><title>Not Found</title></html>"))
    };
    let refusal = |date: &str| {
        let headers = [("content-type", "application/json"), ("date", date)];
        Fault::Answer(Reply::new(400, &headers, r#"{"error_code":"access_deny"}"#))
    };
    let hour_later = httpdate::fmt_http_date(server.clock.now() + Duration::from_secs(3600));
    let hour_ago = httpdate::fmt_http_date(server.clock.now() - Duration::from_secs(3600));
    app.token().await.expect("a token");
    for fault in [
        page(&hour_later),
        refusal("Thu, 01 Jan 1970 00:00:00 GMT"),
        refusal("Fri, 01 Jan 2100 00:00:00 GMT"),
        // The server has issued a token in the meantime.
        refusal(&hour_ago),
    ] {
        server.state().faults.push_back(fault);
        app.token().await.expect_err("refused");
        let requests = server.token_requests().len();
        let token = app.token().await.expect("signed with the right time");
        assert_eq!(server.token_requests().len(), requests + 1);
        assert_eq!(token.expires_at(), issued);
    }
}

#[tokio::test]
async fn the_app_uses_the_base_url_of_its_client() {
    let server = server().await;
    let builder = JwtOAuthApp::builder(CLIENT_ID, KEY_ID).private_key_pem(key().pkcs8());
    let app = builder.clock(server.clock.clone()).build().expect("an app");
    let coze = Client::builder().credentials(app.credentials()).base_url(server.url()).build();
    call(&coze.expect("a client")).await.expect("a reply");
    assert_eq!(server.token_requests().len(), 1);
    assert_eq!(client(app.credentials()).base_url(), "https://api.coze.cn");
}

#[tokio::test]
async fn a_configuration_file_describes_an_app() {
    // The app uses the clock of the machine, which is two hours behind the server's.
    let machine = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("now");
    let clock = TestClock::stopped();
    let behind = machine.as_secs() - clock.seconds() + 7200;
    let server = OAuthServer::start(clock.ahead(i64::try_from(behind).expect("small"))).await;
    let config = json!({
        "client_type": "jwt", "client_id": CLIENT_ID, "coze_www_base": server.url(),
        "coze_api_base": server.url(), "private_key": key().pkcs8(), "public_key_id": KEY_ID,
    });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("coze_oauth_config.json");
    std::fs::write(&path, config.to_string()).expect("written");
    let app = OAuthApp::from_file(&path).expect("an app");
    assert!(!format!("{app:?}").contains("PRIVATE"), "{app:?}");
    server.state().dates = true;
    call(&client(app.credentials())).await.expect("a reply");
}
