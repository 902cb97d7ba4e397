//! Attacks on the server of the widget, and what it passes on.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "helpers of tests")]

use std::sync::Arc;
use std::time::Duration;

use coze_api::Client;
use coze_mock::state::{APP, BOT, CHATFLOW, VOICE};
use coze_mock::{ApiError, MockServer};
use coze_widget::{Limits, WidgetOptions, router};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const TOKEN: &str = "pat_the_secret_of_the_program";

/// A server of the widget in front of a mock, which runs until it is dropped.
struct Server {
    mock: MockServer,
    base: String,
    http: reqwest::Client,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts a server whose users are named by a header.
    async fn start(configure: impl FnOnce(WidgetOptions) -> WidgetOptions) -> Self {
        let by_header = |options: WidgetOptions| {
            options.users(|request| Some(request.headers.get("x-user")?.to_str().ok()?.to_owned()))
        };
        Self::start_with(configure(by_header(options()))).await
    }

    async fn start_with(options: WidgetOptions) -> Self {
        Self::before(MockServer::start().await.unwrap(), options).await
    }

    async fn before(mock: MockServer, options: WidgetOptions) -> Self {
        let client = Client::builder().token(TOKEN).base_url(mock.base_url()).build().unwrap();
        let app = axum::Router::new().nest("/widget", router(client, options));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/widget", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { mock, base, http: reqwest::Client::new(), task }
    }

    fn request(&self, method: Method, path: &str, user: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.header("x-coze-widget", "1").header("x-user", user)
    }

    async fn post(&self, path: &str, user: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path, user).body(body.to_string())).await
    }

    async fn get(&self, path: &str, user: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path, user)).await
    }

    async fn conversation(&self, user: &str) -> String {
        let (status, created) =
            self.post("/v1/conversation/create", user, json!({"bot_id": BOT})).await;
        assert_eq!(status, 200, "{created}");
        created["data"]["id"].as_str().unwrap().to_owned()
    }

    async fn chat(&self, user: &str, conversation: &str, text: &str) -> (StatusCode, String) {
        let path = format!("/v3/chat?conversation_id={conversation}");
        let response = self
            .request(Method::POST, &path, user)
            .body(question(text).to_string())
            .send()
            .await
            .unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// The number of requests that have reached the platform.
    fn forwarded(&self) -> usize {
        self.mock.requests().len()
    }
}

fn options() -> WidgetOptions {
    WidgetOptions::new().bot(BOT).app(APP, CHATFLOW).voice(VOICE)
}

async fn read(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn question(text: &str) -> Value {
    json!({
        "bot_id": BOT,
        "additional_messages": [{"role": "user", "content_type": "text", "content": text}],
    })
}

#[tokio::test]
async fn a_chat_is_streamed_with_the_credentials_of_the_program() {
    let server = Server::start(|options| options).await;
    let conversation = server.conversation("ling").await;
    let (status, events) = server.chat("ling", &conversation, "Hi [answer Hello.]").await;
    assert_eq!(status, 200);
    assert!(events.contains("event: conversation.message.delta\ndata: {"), "{events}");
    assert!(events.contains("event: done"), "{events}");
    let request = server.mock.requests_to("chat.create").pop().unwrap();
    assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
    let body = request.json();
    assert_eq!((&body["user_id"], &body["stream"]), (&json!("ling"), &json!(true)));
}

#[tokio::test]
async fn events_arrive_while_the_answer_is_running() {
    let server = Server::start(|options| options).await;
    let conversation = server.conversation("ling").await;
    let path = format!("/v3/chat?conversation_id={conversation}");
    let request = server.request(Method::POST, &path, "ling");
    let mut response = request.body(question("[hold]").to_string()).send().await.unwrap();
    let first = response.chunk().await.unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    assert!(first.starts_with("event: conversation.chat.created\n"), "{first}");
    let chat: Value =
        serde_json::from_str(first.lines().nth(1).unwrap().strip_prefix("data: ").unwrap())
            .unwrap();
    // The answer is canceled only by its user.
    let ids = json!({"conversation_id": conversation, "chat_id": chat["id"]});
    assert_eq!(server.post("/v3/chat/cancel", "mallory", ids.clone()).await.0, 404);
    assert_eq!(server.post("/v3/chat/cancel", "ling", ids).await.0, 200);
    let rest = response.text().await.unwrap();
    assert!(!rest.contains("conversation.chat.failed"), "{rest}");
}

#[tokio::test]
async fn conversations_of_other_users_are_refused() {
    let server = Server::start(|options| options).await;
    let conversation = server.conversation("ling").await;
    server.chat("ling", &conversation, "A secret").await;
    let before = server.forwarded();
    let calls = [
        (Method::POST, format!("/v3/chat?conversation_id={conversation}"), question("Hi")),
        (
            Method::POST,
            format!("/v1/conversation/message/list?conversation_id={conversation}"),
            json!({}),
        ),
        (Method::POST, format!("/v1/conversations/{conversation}/clear"), json!({})),
        (Method::PUT, format!("/v1/conversations/{conversation}"), json!({"name": "Mine"})),
        (Method::DELETE, format!("/v1/conversations/{conversation}"), json!({})),
        (
            Method::POST,
            "/v1/conversation/message/delete".into(),
            json!({"conversation_id": conversation, "message_id": "1"}),
        ),
        (
            Method::POST,
            format!("/v1/conversations/{conversation}/messages/1/feedback"),
            json!({"feedback_type": "like"}),
        ),
        (
            Method::DELETE,
            format!("/v1/conversations/{conversation}/messages/1/feedback"),
            json!({}),
        ),
        (
            Method::POST,
            "/v3/chat/cancel".into(),
            json!({"conversation_id": conversation, "chat_id": "1"}),
        ),
        (
            Method::POST,
            "/v1/workflows/chat".into(),
            json!({"app_id": APP, "workflow_id": CHATFLOW, "conversation_id": conversation, "additional_messages": []}),
        ),
    ];
    for (method, path, body) in calls {
        let (status, reply) =
            read(server.request(method, &path, "mallory").body(body.to_string())).await;
        assert_eq!(status, 404, "{path}: {reply}");
        assert!(!reply.to_string().contains("secret"), "{reply}");
    }
    assert_eq!(server.forwarded(), before);
    let (_, mine) = server.get(&format!("/v1/conversations?bot_id={BOT}"), "mallory").await;
    assert_eq!(mine["data"]["conversations"], json!([]));
    let (_, own) = server.get(&format!("/v1/conversations?bot_id={BOT}"), "ling").await;
    assert_eq!(own["data"]["conversations"][0]["id"], *conversation);
}

#[tokio::test]
async fn the_owner_of_a_conversation_is_known_after_a_restart() {
    let server = Server::start(|options| options).await;
    let conversation = server.conversation("ling").await;
    // A second server in front of the same platform has seen nothing.
    let client = Client::builder().token(TOKEN).base_url(server.mock.base_url()).build().unwrap();
    let options =
        options().users(|request| Some(request.headers.get("x-user")?.to_str().ok()?.to_owned()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task =
        tokio::spawn(async move { axum::serve(listener, router(client, options)).await.unwrap() });
    let ask = |user: &'static str| {
        let url = format!("{base}/v1/conversation/message/list?conversation_id={conversation}");
        let request = server.http.post(url).header("x-coze-widget", "1").header("x-user", user);
        read(request.body(json!({}).to_string()))
    };
    assert_eq!(ask("mallory").await.0, 404);
    assert_eq!(ask("ling").await.0, 200);
    assert_eq!(ask("mallory").await.0, 404);
    task.abort();
}

#[tokio::test]
async fn other_calls_do_not_exist() {
    let server = Server::start(|options| options).await;
    for (method, path) in [
        (Method::GET, "/v1/workspaces"),
        (Method::GET, "/v1/bots"),
        (Method::GET, "/v1/users/me"),
        (Method::POST, "/v1/bot/create"),
        (Method::GET, "/v1/conversation/retrieve?conversation_id=1"),
        (Method::POST, "/v1/workflow/run"),
        (Method::DELETE, "/v3/chat"),
        (Method::PUT, "/v1/files/upload"),
        (Method::GET, "/v1/files/retrieve?file_id=1"),
        (Method::POST, "/v1/audio/voices/clone"),
        (Method::GET, "/v1/audio/voices"),
        (Method::POST, "/v3/chat/submit_tool_outputs"),
        (Method::GET, "/v1/bots/..%2fworkspaces"),
        (Method::GET, "/v1/bots/%2e%2e"),
        (Method::GET, "/modules/..%2fsrc%2flib.rs"),
        (Method::GET, "/"),
    ] {
        let (status, reply) = read(server.request(method.clone(), path, "ling")).await;
        assert!(status == 404 || status == 400, "{method} {path}: {status} {reply}");
    }
    assert_eq!(server.forwarded(), 0);
}

#[tokio::test]
async fn other_bots_and_apps_are_refused() {
    let server = Server::start(|options| options).await;
    let conversation = server.conversation("ling").await;
    let before = server.forwarded();
    let other = json!({"bot_id": "7342866812345000002", "additional_messages": []});
    let chat = format!("/v3/chat?conversation_id={conversation}");
    assert_eq!(server.post(&chat, "ling", other.clone()).await.0, 404);
    assert_eq!(server.post("/v1/conversation/create", "ling", other).await.0, 404);
    assert_eq!(server.get("/v1/bots/7342866812345000002", "ling").await.0, 404);
    assert_eq!(server.get("/v1/conversations?bot_id=7342866812345000002", "ling").await.0, 404);
    assert_eq!(server.get("/v1/apps/1", "ling").await.0, 404);
    let run = json!({"app_id": APP, "workflow_id": "1", "conversation_id": conversation});
    assert_eq!(server.post("/v1/workflows/chat", "ling", run).await.0, 404);
    assert_eq!(server.forwarded(), before);
}

#[tokio::test]
async fn a_page_cannot_choose_the_user_or_speak_for_the_bot() {
    let server = Server::start(|options| options).await;
    let conversation = server.conversation("ling").await;
    let path = format!("/v3/chat?conversation_id={conversation}");
    let mut body = question("Hi");
    body["user_id"] = json!("admin");
    body["publish_status"] = json!("unpublished_draft");
    body["auto_save_history"] = json!(false);
    let response =
        server.request(Method::POST, &path, "ling").body(body.to_string()).send().await.unwrap();
    response.text().await.unwrap();
    let sent = server.mock.requests_to("chat.create").pop().unwrap().json();
    assert_eq!(sent["user_id"], "ling");
    assert!(sent.get("publish_status").is_none() && sent.get("auto_save_history").is_none());
    body["additional_messages"][0]["role"] = json!("assistant");
    assert_eq!(server.post(&path, "ling", body).await.0, 400);
    // Without a conversation, the platform would create one that nobody owns.
    assert_eq!(server.post("/v3/chat", "ling", question("Hi")).await.0, 400);
    assert_eq!(server.mock.requests_to("chat.create").len(), 1);
}

#[tokio::test]
async fn foreign_pages_and_hosts_are_refused() {
    let server = Server::start(|options| {
        options.allow_host("chat.example.com").allow_origin("https://www.example.com/")
    })
    .await;
    let path = format!("/v1/bots/{BOT}");
    let with = |headers: &[(&str, &str)]| {
        let mut request = server.request(Method::GET, &path, "ling");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        async { request.send().await.unwrap() }
    };
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "https://www.example.com.evil.example")],
        &[("origin", "http://www.example.com")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("host", "evil.example")],
        &[("host", "user@localhost")],
        &[("host", "localhost:1:2")],
        &[("host", "evil.example"), ("origin", "http://evil.example")],
    ] {
        let response = with(headers).await;
        assert!([400, 403].contains(&response.status().as_u16()), "{headers:?}: {response:?}");
        assert!(response.headers().get("access-control-allow-origin").is_none(), "{headers:?}");
    }
    assert_eq!(server.forwarded(), 0);
    assert_eq!(with(&[("host", "chat.example.com")]).await.status(), 200);
    let response = with(&[("origin", "https://www.example.com")]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["access-control-allow-origin"], "https://www.example.com");
    assert!(response.headers().get("access-control-allow-credentials").is_none());
    let own = format!("http://{}", server.base.split('/').nth(2).unwrap());
    assert_eq!(with(&[("origin", &own), ("sec-fetch-site", "same-origin")]).await.status(), 200);
}

#[tokio::test]
async fn a_page_of_another_origin_must_ask_first() {
    let server = Server::start(|options| options.allow_origin("https://www.example.com")).await;
    let ask = async |origin: &str| {
        let url = format!("{}/v3/chat", server.base);
        let request = server.http.request(Method::OPTIONS, url).header("origin", origin);
        request.header("access-control-request-method", "POST").send().await.unwrap()
    };
    let allowed = ask("https://www.example.com").await;
    assert_eq!(allowed.status(), 204);
    let headers = allowed.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(headers.contains("x-coze-widget") && headers.contains("authorization"), "{headers}");
    assert_eq!(ask("https://evil.example").await.status(), 403);
    // A form of a foreign page cannot send the header of the script.
    let url = format!("{}/v1/bots/{BOT}", server.base);
    let response = server.http.get(url).header("x-user", "ling").send().await.unwrap();
    assert_eq!(response.status(), 403);
}

#[tokio::test]
async fn visitors_need_a_key_and_users_a_login() {
    let server = Server::start_with(options()).await;
    let path = format!("{}/v1/bots/{BOT}", server.base);
    let visit = async |key: &str| {
        let request = server.http.get(&path).header("x-coze-widget", "1");
        request.header("x-coze-visitor", key).send().await.unwrap().status()
    };
    assert_eq!(visit("short").await, 401);
    assert_eq!(visit("q7Jx1mY2w9_zAbCdEfGhIj").await, 200);
    let server = Server::start(|options| options).await;
    let request = server.http.get(format!("{}/v1/bots/{BOT}", server.base));
    let (status, reply) = read(request.header("x-coze-widget", "1")).await;
    assert_eq!((status.as_u16(), &reply["code"]), (401, &json!(401)));
}

#[tokio::test]
async fn no_credential_and_no_prompt_reaches_the_browser() {
    let server = Server::start(|options| options).await;
    let (status, bot) = server.get(&format!("/v1/bots/{BOT}"), "ling").await;
    assert_eq!((status.as_u16(), &bot["data"]["bot_id"]), (200, &json!(BOT)));
    for member in
        ["prompt_info", "model_info", "plugin_info_list", "workflow_info_list", "owner_user_id"]
    {
        assert!(bot["data"].get(member).is_none(), "{member}: {bot}");
    }
}

#[tokio::test]
async fn an_error_that_quotes_the_token_does_not_reach_the_browser() {
    let mock = MockServer::builder()
        .on("bots.retrieve", |_, _| {
            Err(ApiError::new(4100, format!("the token {TOKEN} is not valid"))
                .with_status(http::StatusCode::UNAUTHORIZED))
        })
        .start()
        .await
        .unwrap();
    let server = Server::before(mock, options().users(|_| Some("ling".to_owned()))).await;
    let (status, reply) = server.get(&format!("/v1/bots/{BOT}"), "ling").await;
    // Another token of the page would not help, so that the page is not asked for one.
    assert_eq!((status.as_u16(), &reply["code"]), (502, &json!(4100)), "{reply}");
    assert!(!reply.to_string().contains(TOKEN), "{reply}");
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let limits = Limits::new().json_bytes(2_000).upload_bytes(200_000);
    let server = Server::start(|options| options.limits(limits)).await;
    let conversation = server.conversation("ling").await;
    let before = server.forwarded();
    let (status, _) = server.chat("ling", &conversation, &"x".repeat(3_000)).await;
    assert_eq!(status, 413);
    let upload = async |bytes: usize| {
        let part = reqwest::multipart::Part::bytes(vec![1; bytes]).file_name("a.txt");
        let form = reqwest::multipart::Form::new().part("file", part);
        let request = server.request(Method::POST, "/v1/files/upload", "ling");
        read(request.multipart(form)).await
    };
    assert_eq!(upload(250_000).await.0, 413);
    assert_eq!(upload(1_000_000).await.0, 413);
    assert_eq!(server.forwarded(), before);
    let (status, file) = upload(150_000).await;
    assert_eq!(status, 200, "{file}");
    assert_eq!(file["data"]["bytes"], 150_000);
}

#[tokio::test]
async fn users_who_call_too_often_wait() {
    let limits = Limits::new().chats_per_minute(3).running_chats(1);
    let server = Server::start(|options| options.limits(limits)).await;
    let conversation = server.conversation("ling").await;
    let path = format!("/v3/chat?conversation_id={conversation}");
    let held = server.request(Method::POST, &path, "ling").body(question("[hold]").to_string());
    let mut held = held.send().await.unwrap();
    held.chunk().await.unwrap();
    let (status, reply) = server.chat("ling", &conversation, "Hi").await;
    assert_eq!(status, 429, "{reply}");
    drop(held);
    // The server notices that the browser has left.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let other = loop {
        let (status, created) =
            server.post("/v1/conversation/create", "ling", json!({"bot_id": BOT})).await;
        if status == 200 {
            break created["data"]["id"].as_str().unwrap().to_owned();
        }
        assert!(tokio::time::Instant::now() < deadline, "{created}");
        tokio::task::yield_now().await;
    };
    let request =
        server.request(Method::POST, &format!("/v3/chat?conversation_id={other}"), "ling");
    let response = request.body(question("Hi").to_string()).send().await.unwrap();
    assert_eq!(response.status(), 429);
    assert!(response.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
    // Others are not affected.
    server.conversation("mei").await;
}

#[tokio::test]
async fn each_user_has_a_client_of_their_own() {
    let server = Server::start(|options| {
        options.client_for(|client, user| client.with_token(format!("pat_{user}")).unwrap())
    })
    .await;
    server.conversation("ling").await;
    server.conversation("mei").await;
    let tokens: Vec<_> = server
        .mock
        .requests_to("conversations.create")
        .iter()
        .map(|request| request.header("authorization").to_owned())
        .collect();
    assert_eq!(tokens, ["Bearer pat_ling", "Bearer pat_mei"]);
}

#[cfg(feature = "jwt")]
#[tokio::test]
async fn service_apps_get_tokens_with_the_name_of_the_session() {
    use coze_api::auth::JwtOAuthApp;

    let mock = MockServer::start().await.unwrap();
    let config = mock.oauth_config(coze_mock::state::JWT_APP).unwrap();
    let text = |name: &str| config[name].as_str().unwrap().to_owned();
    let app = JwtOAuthApp::builder(text("client_id"), text("public_key_id"))
        .private_key_pem(text("private_key"))
        .base_url(mock.base_url())
        .build()
        .unwrap();
    let client = Client::builder().credentials(app.credentials()).base_url(mock.base_url()).build();
    let options = options().session_tokens(app).users(|_| Some("ling".to_owned()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/bots/{BOT}", listener.local_addr().unwrap());
    let app = router(client.unwrap(), options);
    let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let request = reqwest::Client::new().get(url).header("x-coze-widget", "1");
    assert_eq!(read(request).await.0, 200);
    let claims = mock.state(|state| state.oauth.issued.last().unwrap().claims.clone());
    assert_eq!(claims["session_name"], "ling");
    task.abort();
}

#[tokio::test]
async fn speech_and_files_are_passed_on() {
    let server = Server::start(|options| options).await;
    let body = json!({"input": "Hello", "voice_id": "another", "response_format": "wav"});
    let request = server.request(Method::POST, "/v1/audio/speech", "ling").body(body.to_string());
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "audio/wav");
    let speech = response.bytes().await.unwrap();
    assert!(speech.starts_with(b"RIFF"));
    assert_eq!(server.mock.requests_to("audio.speech.create")[0].json()["voice_id"], VOICE);
    let part = reqwest::multipart::Part::bytes(speech.to_vec()).file_name("speech.wav");
    let form = reqwest::multipart::Form::new().part("file", part);
    let request = server.request(Method::POST, "/v1/audio/transcriptions", "ling").multipart(form);
    assert_eq!(read(request).await.1["data"]["text"], "Hello");
}

#[tokio::test]
async fn an_app_has_conversations_for_each_user() {
    let server = Server::start(|options| options).await;
    let create = json!({
        "app_id": APP, "workflow_id": CHATFLOW, "conversation_name": "Default", "get_or_create": true,
    });
    let (status, created) = server.post("/v1/conversation/create", "ling", create.clone()).await;
    assert_eq!(status, 200, "{created}");
    server.post("/v1/conversation/create", "mei", create).await;
    let names: Vec<_> = server
        .mock
        .requests_to("conversations.create")
        .iter()
        .map(|request| request.json()["conversation_name"].clone())
        .collect();
    assert_ne!(names[0], names[1]);
    let run = json!({
        "app_id": APP, "workflow_id": CHATFLOW, "conversation_id": created["data"]["id"],
        "additional_messages": [{"role": "user", "content_type": "text", "content": "Hi [answer Yes.]"}],
        "parameters": {}, "ext": {"user_id": "admin"},
    });
    let request = server.request(Method::POST, "/v1/workflows/chat", "ling").body(run.to_string());
    let events = request.send().await.unwrap().text().await.unwrap();
    assert!(events.contains("conversation.message.delta"), "{events}");
    assert_eq!(
        server.mock.requests_to("workflows.chat.stream")[0].json()["ext"],
        json!({"user_id": "ling"})
    );
}

#[tokio::test]
async fn the_script_is_the_same_for_everyone() {
    let server = Server::start(|options| options).await;
    for path in ["/index.js", "/modules/client.js"] {
        let request = server.http.get(format!("{}{path}", server.base));
        let response = request.header("origin", "https://any.example").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["access-control-allow-origin"], "*");
        assert!(
            response.headers()["content-type"].to_str().unwrap().starts_with("text/javascript")
        );
        assert!(response.text().await.unwrap().contains("WebChatClient"));
    }
}

#[test]
fn debug_shows_no_functions() {
    let options = options().users(|_| None);
    let _: Arc<str> = format!("{options:?}").into();
    assert!(format!("{options:?}").contains(BOT));
}
