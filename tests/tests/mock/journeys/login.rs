//! An OAuth app, from its configuration file to a chat after its first token has expired.

use coze_api::auth::OAuthApp;
use coze_api::{Client, Message};
use coze_mock::state::{BOT, DEVICE_APP, Decision, JWT_APP, PKCE_APP, WEB_APP};
use coze_mock::{MockServer, RecordedRequest};
use coze_tests::mock;

/// Returns the app of a configuration file, and makes the server accept only its own tokens.
async fn app(client_id: &str) -> (MockServer, OAuthApp) {
    let builder = MockServer::builder().refuse_unknown_fields(true);
    let server = builder.token("pat_nobody", coze_mock::Grant::default());
    let server = server.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coze_oauth_config.json");
    let config = server.oauth_config(client_id).unwrap();
    std::fs::write(&path, config.to_string()).unwrap();
    (server, OAuthApp::from_file(path).unwrap())
}

/// Returns the URL to which the page redirects a user who grants access.
async fn browse(url: &str) -> String {
    let page = mock::http().get(url).send().await.unwrap();
    let (status, location) = (page.status(), page.headers().get("location").cloned());
    let Some(location) = location else { panic!("{status}: {}", page.text().await.unwrap()) };
    location.to_str().unwrap().to_owned()
}

async fn ask(coze: &Client) {
    let chat = coze.chat().create(BOT, "me").message(Message::user("Hello"));
    let reply = chat.stream().await.unwrap().collect_reply().await.unwrap();
    assert!(reply.text().contains("Hello"));
}

fn token(request: &RecordedRequest) -> String {
    request.header("authorization").to_owned()
}

/// Makes calls before and after the token has expired.
async fn use_it(server: &MockServer, coze: &Client) {
    ask(coze).await;
    ask(coze).await;
    let seen = server.requests_to("chat.create");
    assert_eq!(token(&seen[0]), token(&seen[1]), "one token serves many calls");
    assert_ne!(token(&seen[0]), format!("Bearer pat_nobody"));
    // The SDK considers its token valid until the API refuses it.
    server.state(|state| {
        let issued = state.oauth.issued.last().unwrap().access_token.clone();
        state.tokens.expire(&issued);
    });
    ask(coze).await;
    let seen = server.requests_to("chat.create");
    assert_eq!(seen.len(), 4);
    assert_eq!(seen[2].code, Some(4100));
    assert_ne!(token(&seen[2]), token(&seen[3]), "a fresh token");
}

#[tokio::test]
async fn a_service_logs_in_with_a_jwt() {
    let (server, app) = app(JWT_APP).await;
    let coze = Client::builder().credentials(app.credentials()).build().unwrap();
    use_it(&server, &coze).await;
}

#[tokio::test]
async fn a_user_logs_in_to_a_web_application() {
    let (server, app) = app(WEB_APP).await;
    let OAuthApp::Web(app) = app else { panic!("{app:?}") };
    let login = app.authorize("https://my-app.example.com/callback").unwrap();
    let redirected = browse(&login.url()).await;
    assert!(redirected.starts_with("https://my-app.example.com/callback?"), "{redirected}");
    let token = login.finish(&redirected).await.unwrap();
    let credentials = app.credentials().with_token(token);
    let coze = Client::builder().credentials(credentials).build().unwrap();
    use_it(&server, &coze).await;
}

#[tokio::test]
async fn a_user_logs_in_to_a_public_client() {
    let (server, app) = app(PKCE_APP).await;
    let OAuthApp::Pkce(app) = app else { panic!("{app:?}") };
    let login = app.authorize("http://127.0.0.1:9/callback").unwrap();
    let token = login.finish(&browse(&login.url()).await).await.unwrap();
    let credentials = app.credentials().with_token(token);
    let coze = Client::builder().credentials(credentials).build().unwrap();
    use_it(&server, &coze).await;
}

#[tokio::test]
async fn a_user_logs_in_on_a_device() {
    let (server, app) = app(DEVICE_APP).await;
    let OAuthApp::Device(app) = app else { panic!("{app:?}") };
    server.state(|state| state.oauth.device_interval = 0);
    let mut login = app.device_code().await.unwrap();
    let code = login.user_code().to_owned();
    server.state(|state| assert!(state.oauth.decide(&code, Decision::Grant)));
    let token = login.wait().await.unwrap();
    let credentials = app.credentials().with_token(token);
    let coze = Client::builder().credentials(credentials).build().unwrap();
    use_it(&server, &coze).await;
}
