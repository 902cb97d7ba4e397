//! Tokens are sent to the API and appear nowhere else: not in errors, traces or `Debug` output.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex};

use coze_api::auth::WebOAuthApp;
use coze_api::{Client, Error, Method, Upload};
use coze_tests::server::{Reply, Server, Step, TOKEN};
use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

/// A token of a single call, without the usual form of tokens.
const OTHER: &str = "opaque.7f3Kq+2/xYz==TESTTOKEN";

fn assert_hidden(what: &str, text: &str) {
    for secret in [TOKEN, OTHER, "8fL2pQ6vXc0", "7f3Kq+2", "xYz=="] {
        assert!(!text.contains(secret), "{what} shows {secret}: {text}");
    }
}

/// Returns every text that a program can print about an error.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.extend([" ".to_owned(), cause.to_string(), format!("{cause:?}")]);
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn no_printable_value_shows_a_token() {
    let builder = Client::builder().token(TOKEN).header("X-Api-Key", OTHER);
    assert_hidden("the builder", &format!("{builder:?} {builder:#?}"));
    let coze = builder.build().expect("a client");
    let raw = coze.request(Method::POST, "/v1/x").with_token(OTHER).query("token", TOKEN);
    let raw = raw.json(&json!({"access_token": TOKEN})).with_header("Authorization", OTHER);
    let messages = coze.conversations().messages();
    let all: [&dyn Debug; 8] = [
        &coze,
        &coze.bots(),
        &coze.bots().retrieve("7").with_token(OTHER),
        &coze.bots().retrieve("7").with_token(OTHER).with_response(),
        &coze.bots().list("7").with_token(OTHER).pages(),
        &messages.list("7").with_header("Cookie", TOKEN).items(),
        &coze.files().upload(Upload::bytes("a", TOKEN)).with_token(OTHER),
        &raw,
    ];
    for value in all {
        assert_hidden("Debug", &format!("{value:?} {value:#?}"));
    }
}

/// Responses of a server that quotes the token, in every place that errors read.
fn quotes(token: &str) -> Vec<Reply> {
    let quote =
        |status, kind: &str, body: String| Reply::new(status, &[("content-type", kind)], body);
    let long = format!("{}{token}", "x ".repeat(440));
    let mut replies = vec![
        Reply::code(4000, &format!("token {token} is wrong")),
        Reply::code(4000, &format!("got 'Bearer {token}'")),
        Reply::json_with(401, &[], &json!({"code": 4100, "msg": token})),
        Reply::json_with(400, &[], &json!({"error": token, "error_description": token})),
        Reply::json_with(400, &[], &json!({"error": {"code": token, "message": token}})),
        Reply::json_with(500, &[], &json!({"detail": format!("Authorization: {token}")})),
        Reply::json_with(500, &[], &json!([token, {"deep": [token]}])),
        quote(502, "text/html", format!("<title>No {token} here</title>")),
        quote(502, "text/html", format!("<title>No {token}")),
        quote(403, "text/plain", format!("denied: {token}")),
        quote(403, "text/plain", long.clone()),
        quote(200, "text/plain", format!("{token}\n{token}")),
        quote(200, "application/json", format!("\"{token}\"")),
        quote(200, "application/json", format!("{{\"code\":0,\"data\":\"{token}\"}}")),
        quote(
            200,
            "application/json",
            format!("{{\"code\":0,\"data\":{{\"create_time\":\"{token}\"}}}}"),
        ),
        quote(
            200,
            "application/json",
            format!("{{\"code\":0,\"data\":{{\"create_time\":[\"{long}\"]}}}}"),
        ),
        quote(
            200,
            "application/json",
            format!("{{\"code\":0,\"data\":{{\"{token}\":1,\"create_time\":{{}}}}}}"),
        ),
        quote(200, "application/json", format!("{{\"code\":0,\"data\":{{\"name\":\"{token}")),
        Reply::json_with(400, &[("x-tt-logid", token)], &json!({"code": 4000, "msg": "no"})),
        quote(400, "application/json", json!({"code": 1, "detail": {"logid": token}}).to_string()),
        Reply::new(302, &[("location", &format!("http://{token}@host.example/?t={token}"))], ""),
        Reply::new(302, &[("location", &format!("http://{token}.example/"))], ""),
        quote(200, "application/json", "x".repeat(64)).cut(80, Step::Reset),
    ];
    // JSON may escape slashes, and gateways escape HTML.
    let escaped = token.replace('/', "\\/");
    replies.push(quote(200, "application/json", format!("{{\"code\":0,\"data\":\"{escaped}\"}}")));
    replies.push(quote(500, "application/json", format!("[\"{escaped}\"]")));
    replies
}

#[tokio::test]
async fn no_error_shows_a_token_that_the_server_quotes() {
    for reply in quotes(TOKEN) {
        let server = Server::replies(vec![reply]).await;
        let error = server.once().bots().retrieve("7").await.expect_err("a fault");
        assert_eq!(server.request().header("authorization"), format!("Bearer {TOKEN}"));
        assert_hidden("an error", &shown(&error));
    }
    for reply in quotes(OTHER) {
        let server = Server::replies(vec![reply]).await;
        let coze = server.once();
        let error = coze.bots().retrieve("7").with_token(OTHER).await.expect_err("a fault");
        assert_eq!(server.request().header("authorization"), format!("Bearer {OTHER}"));
        assert_hidden("an error", &shown(&error));
    }
}

#[tokio::test]
async fn no_path_in_an_error_contains_a_token() {
    for token in [TOKEN, OTHER] {
        let data = json!({"first": 1, (token): {"not": "a number"}});
        let server = Server::replies(vec![Reply::data(&data)]).await;
        let call = server.once().request(Method::GET, "/v1/x").with_token(token);
        let error = call.data::<BTreeMap<String, i64>>().await.expect_err("not a number");
        assert!(error.to_string().contains("$.data.***"), "{error}");
        assert_hidden("an error", &shown(&error));
    }
}

#[tokio::test]
async fn no_error_shows_the_request() {
    let coze =
        Client::builder().token(TOKEN).base_url("http://127.0.0.1:1").build().expect("a client");
    let once = coze_api::Retry::none();
    let errors = [
        coze.request(Method::GET, "/v1/x")
            .query("token", TOKEN)
            .with_retry(once.clone())
            .bytes()
            .await,
        coze.request(Method::GET, format!("/v1/x?token={TOKEN}")).bytes().await,
        coze.request(Method::GET, "/v1/x").with_header("X-Key", format!("{TOKEN}\n")).bytes().await,
        coze.request(Method::GET, "/v1/x").with_token(format!("{TOKEN}\n")).bytes().await,
    ];
    for error in errors {
        assert_hidden("an error", &shown(&error.expect_err("a fault")));
    }
    for builder in [
        Client::builder().token(format!("{TOKEN}\n{OTHER}")),
        Client::builder().token(TOKEN).header("Authorization", format!("{OTHER}\0")),
        Client::builder().token("t").base_url(format!("https://{TOKEN}@example.com")),
        Client::builder().token("t").base_url(format!("https://example.com?token={TOKEN}")),
    ] {
        assert_hidden("an error", &shown(&builder.build().expect_err("no settings")));
    }
}

/// The output of the subscriber.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_trace_shows_a_token() {
    let log = Log::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    let subscriber = subscriber.with_ansi(false).with_writer(log.clone()).finish();
    // A global subscriber, because a thread's subscriber misses callsites that other threads
    // register.
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber");
    tracing::callsite::rebuild_interest_cache();

    for reply in quotes(TOKEN).into_iter().chain(quotes(OTHER)) {
        let server = Server::replies(vec![reply, Reply::code(4013, TOKEN)]).await;
        let coze = server.client_without_delay();
        let _ = coze.bots().list("7").with_token(OTHER).await;
        let _ = coze.request(Method::GET, "/v1/x").query("token", OTHER).data::<Value>().await;
        let _ = coze.files().upload(Upload::bytes("a.txt", OTHER)).await;
    }
    // A response with a token whose rest cannot be read.
    let partial = format!(r#"{{"access_token":"issued","note":["{OTHER}" and more]}}"#);
    let server = Server::replies(vec![Reply::new(200, &[], partial)]).await;
    let app = WebOAuthApp::builder("1", "of the web app").base_url(server.base_url());
    let app = app.build().expect("an app");
    app.refresh(&OTHER.to_owned().into()).await.expect("a token");
    let text = String::from_utf8(log.0.lock().expect("a log").clone()).expect("UTF-8");
    let lines: Vec<_> = text.lines().filter(|line| line.contains(" coze_api")).collect();
    for expected in
        ["bots.list", "files.upload", "GET /v1/x", "retry", "attempt=3", "cannot read a part"]
    {
        assert!(
            lines.iter().any(|line| line.contains(expected)),
            "the traces do not contain {expected}: {text}"
        );
    }
    for line in lines {
        assert_hidden("a trace", line);
    }
}
