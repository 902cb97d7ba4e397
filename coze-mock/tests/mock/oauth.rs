//! OAuth apps, from their configuration to a call, through the SDK.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use coze_api::auth::{
    AuthErrorReason, Authorization, ChallengeMethod, Clock, DeviceOAuthApp, JwtOAuthApp, OAuthApp,
    OAuthCredentials, OAuthToken, PkceOAuthApp, Scope, WebOAuthApp,
};
use coze_api::{BoxFuture, Client, Error};
use coze_mock::state::{
    DEVICE_APP, Decision, ENTERPRISE, JWT_APP, OAuthApp as MockApp, PKCE_APP, USER, WEB_APP,
    WORKSPACE,
};
use coze_mock::{MockServer, MockServerBuilder};
use secrecy::ExposeSecret as _;

const BACK: &str = "http://127.0.0.1:9999/back?from=mock";

/// Starts a server that accepts only the tokens that it has issued.
async fn start(builder: MockServerBuilder) -> Arc<MockServer> {
    let server = builder.start().await.unwrap();
    server.state(|state| state.tokens.only_known = true);
    Arc::new(server)
}

/// The clock of a server. Sleeping advances it.
struct ServerClock(Arc<MockServer>);

impl Clock for ServerClock {
    fn now(&self) -> SystemTime {
        let milliseconds = self.0.state(|state| state.clock.now_ms());
        SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds.try_into().unwrap())
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.0.state(|state| state.clock.advance(duration));
        Box::pin(std::future::ready(()))
    }
}

fn config(server: &MockServer, client_id: &str) -> OAuthApp {
    let config = server.oauth_config(client_id).unwrap();
    OAuthApp::from_json(&config.to_string()).unwrap()
}

fn client(server: &MockServer, credentials: OAuthCredentials) -> Client {
    let builder = Client::builder().base_url(server.base_url()).credentials(credentials);
    builder.build().unwrap()
}

async fn me(client: &Client) -> coze_api::Result<String> {
    Ok(client.users().me().await?.user_id)
}

fn reason(error: &Error) -> &AuthErrorReason {
    error.auth_error().unwrap_or_else(|| panic!("{error:?}")).reason()
}

/// Opens a page and returns the URL of its redirect, or the error that it shows.
async fn open(url: &str) -> Result<String, String> {
    let browser = reqwest::Client::builder().no_proxy();
    let browser = browser.redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let response = browser.get(url).send().await.unwrap();
    match response.headers().get("location") {
        Some(location) => Ok(location.to_str().unwrap().to_owned()),
        None => Err(response.text().await.unwrap()),
    }
}

async fn log_in(authorization: &Authorization) -> coze_api::Result<OAuthToken> {
    let redirected = open(&authorization.url()).await.unwrap();
    assert!(redirected.starts_with("http://127.0.0.1:9999/back?from=mock&"), "{redirected}");
    authorization.finish(&redirected).await
}

#[tokio::test]
async fn a_web_app_from_config_to_call() {
    let server = start(MockServer::builder()).await;
    let OAuthApp::Web(app) = config(&server, WEB_APP) else { panic!("not a web app") };
    let login = app.authorize(BACK).unwrap().workspace_id(WORKSPACE);
    let token = log_in(&login).await.unwrap();
    let coze = client(&server, app.credentials().with_token(token.clone()));
    assert_eq!(me(&coze).await.unwrap(), USER);
    let issued = server.state(|state| state.oauth.issued[0].clone());
    assert_eq!(issued.workspace_id, WORKSPACE);
    assert_eq!(issued.expires_at, token.expires_at());

    // Rotation: the old refresh token can no longer be used.
    let old = token.refresh_token().unwrap();
    let new = app.refresh(old).await.unwrap();
    assert_eq!(*reason(&app.refresh(old).await.unwrap_err()), AuthErrorReason::InvalidRequest);
    assert!(server.state(|state| {
        state.oauth.is_refreshable(new.refresh_token().unwrap().expose_secret())
    }));
    // A code can be used only once.
    let login = app.authorize(BACK).unwrap();
    let redirected = open(&login.url()).await.unwrap();
    login.finish(&redirected).await.unwrap();
    let again = login.finish(&redirected).await.unwrap_err();
    assert_eq!(*reason(&again), AuthErrorReason::InvalidRequest);
}

#[tokio::test]
async fn an_expired_token_is_refused_and_renewed() {
    let server = start(MockServer::builder()).await;
    let OAuthApp::Web(app) = config(&server, WEB_APP) else { panic!("not a web app") };
    let token = log_in(&app.authorize(BACK).unwrap()).await.unwrap();
    let plain = Client::builder().base_url(server.base_url());
    let plain = plain.token(token.access_token().expose_secret()).build().unwrap();
    let coze = client(&server, app.credentials().with_token(token));
    assert_eq!(me(&plain).await.unwrap(), USER);
    server.state(|state| state.clock.advance(Duration::from_secs(901)));
    let error = me(&plain).await.unwrap_err();
    assert_eq!(
        (error.code(), error.status().map(|status| status.as_u16())),
        (Some(4100), Some(401))
    );
    assert_eq!(me(&coze).await.unwrap(), USER);
    assert_eq!(server.state(|state| state.oauth.issued[1].grant_type.clone()), "refresh_token");

    server.state(|state| state.clock.advance(Duration::from_secs(31 * 86_400)));
    assert!(me(&coze).await.unwrap_err().is_auth());
}

#[tokio::test]
async fn a_public_client_logs_in_with_pkce() {
    let server = start(MockServer::builder()).await;
    let OAuthApp::Pkce(app) = config(&server, PKCE_APP) else { panic!("no PKCE app") };
    for method in [ChallengeMethod::S256, ChallengeMethod::Plain] {
        let login = app.authorize(BACK).unwrap().challenge_method(method);
        let token = log_in(&login).await.unwrap();
        let coze = client(&server, app.credentials().with_token(token));
        assert_eq!(me(&coze).await.unwrap(), USER);
    }
    // The verifier of another login does not match.
    let (login, other) = (app.authorize(BACK).unwrap(), app.authorize(BACK).unwrap());
    let redirected = open(&login.url()).await.unwrap();
    let verifier = other.verifier().unwrap().clone();
    let forged = app.resume(BACK, login.state().to_owned(), verifier);
    let error = forged.finish(&redirected).await.unwrap_err();
    assert_eq!(*reason(&error), AuthErrorReason::InvalidRequest);
    assert!(error.to_string().contains("code_verifier"), "{error}");
}

#[tokio::test]
async fn refusals_and_invalid_authorization_requests_are_errors() {
    let app = MockApp::web("42", "right-secret").redirect_uri(BACK);
    let server = start(MockServer::builder().oauth_app(app)).await;
    let web = |id: &str, secret: &str| {
        let builder = WebOAuthApp::builder(id, secret.to_owned());
        builder.base_url(server.base_url()).build().unwrap()
    };
    let login = web("42", "right-secret").authorize(BACK).unwrap();
    server.state(|state| state.oauth.consent = Decision::Refuse);
    let error = log_in(&login).await.unwrap_err();
    assert_eq!(*reason(&error), AuthErrorReason::AccessDenied);
    server.state(|state| state.oauth.consent = Decision::Grant);

    let error = log_in(&web("42", "wrong-secret").authorize(BACK).unwrap()).await.unwrap_err();
    assert_eq!(*reason(&error), AuthErrorReason::InvalidClient);
    let elsewhere = web("42", "s").authorize("http://evil.example/").unwrap();
    assert!(open(&elsewhere.url()).await.unwrap_err().contains("redirect_uri"));
    assert!(
        open(&web("43", "s").authorize(BACK).unwrap().url())
            .await
            .unwrap_err()
            .contains("client_id")
    );
    let unproved = web(PKCE_APP, "s").authorize(BACK).unwrap();
    assert!(open(&unproved.url()).await.unwrap_err().contains("code_challenge"));
    let nowhere = login.clone().workspace_id("1");
    assert!(open(&nowhere.url()).await.unwrap_err().contains("workspace_id"));

    server.state(|state| state.oauth.apps.get_mut("42").unwrap().active = false);
    let error = web("42", "right-secret").refresh(&"x".to_owned().into()).await.unwrap_err();
    assert_eq!(*reason(&error), AuthErrorReason::AccessDeny);
}

#[tokio::test]
async fn a_device_waits_for_its_user() {
    let server =
        start(MockServer::builder().clock(coze_mock::state::Clock::stopped_at(1_700_000_000)))
            .await;
    let builder = DeviceOAuthApp::builder(DEVICE_APP).base_url(server.base_url());
    let app = builder.clock(ServerClock(server.clone())).build().unwrap();
    let mut login = app.device_code().workspace_id(WORKSPACE).await.unwrap();
    // The user opens the page, and grants access there.
    let page = open(&login.verification_url()).await.unwrap_err();
    assert!(page.contains("Grant access"), "{page}");
    let grant = format!("{}&decision=grant", login.verification_url());
    assert!(open(&grant).await.unwrap_err().contains("Access is granted"));
    let token = login.wait().await.unwrap();
    let credentials = app.credentials().with_token(token);
    assert_eq!(me(&client(&server, credentials)).await.unwrap(), USER);

    let mut refused = app.device_code().await.unwrap();
    assert!(server.state(|state| state.oauth.decide(refused.user_code(), Decision::Refuse)));
    assert_eq!(*reason(&refused.wait().await.unwrap_err()), AuthErrorReason::AccessDenied);
    let mut ignored = app.device_code().await.unwrap();
    assert_eq!(*reason(&ignored.wait().await.unwrap_err()), AuthErrorReason::ExpiredToken);
    server.state(|state| state.oauth.grant_after = Some(3));
    let mut late = app.device_code().await.unwrap();
    late.wait().await.unwrap();
    let polls = server.requests_to("oauth.token").len();
    assert!(polls >= 4, "{polls}");
}

#[tokio::test]
async fn a_device_that_polls_too_often_is_slowed_down() {
    let server =
        start(MockServer::builder().clock(coze_mock::state::Clock::stopped_at(1_700_000_000)))
            .await;
    let post = |path: &str, body: serde_json::Value| {
        let url = format!("{}/api/permission/oauth2/{path}", server.base_url());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        async move {
            let request = client.post(url).header("content-type", "application/json");
            let response = request.body(body.to_string()).send().await.unwrap();
            serde_json::from_slice::<serde_json::Value>(&response.bytes().await.unwrap()).unwrap()
        }
    };
    let codes = post("device/code", serde_json::json!({"client_id": DEVICE_APP})).await;
    assert_eq!((&codes["interval"], &codes["expires_in"]), (&5.into(), &300.into()));
    let poll = serde_json::json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "client_id": DEVICE_APP,
        "device_code": codes["device_code"],
    });
    // The interval grows by 5 seconds with every poll that is too early.
    for (pause, expected) in [
        (0, "authorization_pending"),
        (4, "slow_down"),
        (9, "slow_down"),
        (15, "authorization_pending"),
        (300, "expired_token"),
    ] {
        server.state(|state| state.clock.advance(Duration::from_secs(pause)));
        assert_eq!(post("token", poll.clone()).await["error"], expected, "{pause}");
    }
    let wrong = post("token", serde_json::json!({"grant_type": "password"})).await;
    assert_eq!(wrong["error_code"], "unsupported_grant_type");
    assert_eq!(wrong["error_message"], "not supported grant type: password");
}

#[tokio::test]
async fn a_service_authenticates_with_a_jwt() {
    let server = start(MockServer::builder()).await;
    let app = config(&server, JWT_APP);
    let coze = client(&server, app.credentials());
    assert_eq!(me(&coze).await.unwrap(), USER);
    // The server's clock is advanced: the next JWT follows it.
    server.state(|state| state.clock.advance(Duration::from_secs(3600)));
    assert_eq!(me(&coze).await.unwrap(), USER);

    let OAuthApp::Jwt(app) = app else { panic!("no JWT app") };
    let scope = Scope::bot_chat(["7342866812345000001"]);
    let limited = app.token().enterprise_id(ENTERPRISE).session_name("Ann").scope(scope);
    let token = limited.duration(Duration::from_secs(60)).send().await.unwrap();
    let issued = server.state(|state| state.oauth.issued.last().cloned()).unwrap();
    assert_eq!(issued.enterprise_id, ENTERPRISE);
    assert_eq!(issued.claims["session_name"], "Ann");
    let left = issued.expires_at - server.state(|state| state.now());
    assert!((1..=60).contains(&left), "{left}");
    let coze = client(&server, app.credentials().with_token(token));
    let error = coze.bots().list(WORKSPACE).await.unwrap_err();
    assert_eq!(error.code(), Some(4101));
    app.token().account_id("7").send().await.unwrap();
    assert_eq!(server.state(|state| state.oauth.issued.last().unwrap().account_id.clone()), "7");
}

#[tokio::test]
async fn a_jwt_must_be_signed_by_the_key_of_the_app() {
    let other = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let server = start(MockServer::builder()).await;
    let own = server.oauth_config(JWT_APP).unwrap();
    let pem = |der: &[u8]| {
        use base64::Engine as _;
        let text = base64::prelude::BASE64_STANDARD.encode(der);
        format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
    };
    let other: aws_lc_rs::encoding::Pkcs8V1Der<'_> =
        aws_lc_rs::encoding::AsDer::as_der(&other).unwrap();
    let other = pem(other.as_ref());
    let signer = |server: &MockServer, id: &str, key_id: &str, key: &str| {
        let builder = JwtOAuthApp::builder(id, key_id).private_key_pem(key.to_owned());
        builder.base_url(server.base_url()).build().unwrap()
    };
    let key_id = own["public_key_id"].as_str().unwrap();
    let key = own["private_key"].as_str().unwrap();
    for (id, key_id, key, audience) in [
        (JWT_APP, key_id, other.as_str(), None),
        (JWT_APP, "another key", key, None),
        (WEB_APP, key_id, key, None),
        (JWT_APP, key_id, key, Some("api.coze.cn")),
    ] {
        let builder = JwtOAuthApp::builder(id, key_id).private_key_pem(key.to_owned());
        let builder = builder.base_url(server.base_url());
        let builder = match audience {
            Some(audience) => builder.audience(audience),
            None => builder,
        };
        let error = builder.build().unwrap().token().send().await.unwrap_err();
        assert_eq!(*reason(&error), AuthErrorReason::InvalidClient, "{id} {key_id} {audience:?}");
    }
    signer(&server, JWT_APP, key_id, key).token().send().await.unwrap();

    // An app of the test, registered with its private key.
    let app = MockApp::jwt("77", "their key", &other).unwrap();
    let server = start(MockServer::builder().oauth_app(app)).await;
    signer(&server, "77", "their key", &other).token().send().await.unwrap();
    assert!(MockApp::jwt("77", "k", "no PEM").is_err());
    assert!(MockApp::jwt("77", "k", &other.replace("PRIVATE", "PUBLIC")).is_err());
}

#[tokio::test]
async fn a_jwt_can_be_used_only_once() {
    let server = start(MockServer::builder()).await;
    let OAuthApp::Jwt(app) = config(&server, JWT_APP) else { panic!("no JWT app") };
    app.token().send().await.unwrap();
    let first = server.requests_to("oauth.token").pop().unwrap();
    let url = format!("{}/api/permission/oauth2/token", server.base_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut headers = first.headers.clone();
    headers.remove("content-length");
    let again = client.post(url).headers(headers).body(first.body.clone()).send().await.unwrap();
    assert_eq!(again.status(), 400);
    let body: serde_json::Value = serde_json::from_slice(&again.bytes().await.unwrap()).unwrap();
    assert_eq!(body["error_code"], "invalid_client");
    assert!(body["error_message"].as_str().unwrap().contains("jti"), "{body}");
    let too_long = app.token().duration(Duration::from_secs(86_400)).send().await;
    assert!(too_long.unwrap_err().to_string().contains("duration_seconds"));
}

#[tokio::test]
async fn a_registered_app_is_found_by_its_client_id() {
    let server = start(MockServer::builder().oauth_app(MockApp::pkce("5"))).await;
    let app = PkceOAuthApp::builder("5").base_url(server.base_url()).build().unwrap();
    let token = log_in(&app.authorize(BACK).unwrap()).await.unwrap();
    let coze = client(&server, app.credentials().with_token(token));
    assert_eq!(me(&coze).await.unwrap(), USER);
    assert_eq!(server.oauth_config("6"), None);
}
