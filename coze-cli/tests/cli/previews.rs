//! Tests of the playground's previews of the chat widget: who may use them, and for what.

use coze_mock::MockServer;
use coze_mock::state::{APP, CHATFLOW};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::common::BOT;
use crate::playground::Playground;

/// Starts a preview, and returns its path.
async fn start(playground: &Playground, request: &Value) -> String {
    let response = create(playground, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    json_of(response).await["url"].as_str().unwrap().to_owned()
}

async fn create(playground: &Playground, request: &Value) -> Response {
    let create = playground.request(Method::POST, "/api/previews");
    create.body(request.to_string()).send().await.unwrap()
}

async fn json_of(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

fn of_bot() -> Value {
    json!({"agent": {"bot_id": BOT}, "options": {"config": {"botId": BOT}}})
}

/// Returns a call of the widget's script, which has no key.
fn call(playground: &Playground, method: Method, path: &str) -> RequestBuilder {
    playground
        .request_without_key(method, path)
        .header("x-coze-widget", "1")
        .header("x-coze-visitor", "q7Jx1mY2w9_zAbCdEfGhIj")
}

#[tokio::test]
async fn a_preview_has_a_page_a_script_and_the_calls_of_one_bot() {
    let playground = Playground::start();
    let hostile = json!({"config": {"botId": BOT}, "ui": {"base": {"icon": "\"><script>"}}});
    let request = json!({"agent": {"bot_id": BOT}, "options": hostile});
    let url = start(&playground, &request).await;
    let page = playground.request_without_key(Method::GET, &url).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("frame-ancestors 'self'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers()["x-frame-options"], "SAMEORIGIN");
    let html = page.text().await.unwrap();
    assert!(html.contains(BOT) && !html.contains("\"><script>"), "{html}");
    let script = format!("{url}index.js");
    let script = playground.request_without_key(Method::GET, &script).send().await.unwrap();
    assert!(script.text().await.unwrap().contains("CozeWebSDK"));
    let bot = call(&playground, Method::GET, &format!("{url}v1/bots/{BOT}")).send().await.unwrap();
    assert_eq!(json_of(bot).await["data"]["bot_id"], BOT);
    let other = call(&playground, Method::GET, &format!("{url}v1/bots/7")).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
    let path = format!("{url}v1/workspaces");
    let unknown = call(&playground, Method::GET, &path).send().await.unwrap();
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_preview_chats_with_a_chatflow_of_an_app() {
    let playground = Playground::start();
    let agent = json!({"app_id": APP, "workflow_id": CHATFLOW});
    let url = start(&playground, &json!({"agent": agent, "options": {}})).await;
    let body = json!({"app_id": APP, "workflow_id": CHATFLOW, "conversation_name": "Default"});
    let create = call(&playground, Method::POST, &format!("{url}v1/conversation/create"));
    let conversation = json_of(create.body(body.to_string()).send().await.unwrap()).await;
    let body = json!({
        "app_id": APP,
        "workflow_id": CHATFLOW,
        "conversation_id": conversation["data"]["id"],
        "additional_messages": [{"role": "user", "content_type": "text", "content": "Hello"}],
    });
    let chat = call(&playground, Method::POST, &format!("{url}v1/workflows/chat"));
    let events = chat.body(body.to_string()).send().await.unwrap().text().await.unwrap();
    assert!(events.contains("event: conversation.message.delta"), "{events}");
}

#[tokio::test]
async fn other_pages_cannot_use_a_preview() {
    let playground = Playground::start();
    let url = start(&playground, &of_bot()).await;
    let path = format!("{url}v1/bots/{BOT}");
    let get = || call(&playground, Method::GET, &path);
    for request in [
        get().header("origin", "https://evil.example"),
        get().header("origin", "null"),
        get().header("sec-fetch-site", "cross-site"),
        get().header("host", "evil.example"),
        playground.request_without_key(Method::GET, &path),
    ] {
        assert_eq!(request.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    }
    // Previews are started with the key, and cannot be guessed.
    let body = of_bot().to_string();
    let create = playground.request_without_key(Method::POST, "/api/previews").body(body);
    assert_eq!(create.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let guess = format!("/preview/{}/", "0".repeat(64));
    let guess = playground.request_without_key(Method::GET, &guess).send().await.unwrap();
    assert_eq!(guess.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_preview_ends_when_it_is_stopped_or_its_api_is_replaced() {
    let playground = Playground::start();
    let gone = async |url: &str| {
        let response = playground.request_without_key(Method::GET, url).send().await.unwrap();
        response.status() == StatusCode::NOT_FOUND
    };
    let stopped = start(&playground, &of_bot()).await;
    let id = stopped.split('/').nth(2).unwrap();
    let stop = playground.request(Method::DELETE, &format!("/api/previews/{id}"));
    assert_eq!(stop.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(gone(&stopped).await);
    let replaced = start(&playground, &of_bot()).await;
    assert!(!gone(&replaced).await);
    playground.request(Method::PUT, "/api/mock").send().await.unwrap();
    assert!(gone(&replaced).await);
    // Only the newest are kept.
    let oldest = start(&playground, &of_bot()).await;
    for _ in 0..8 {
        start(&playground, &of_bot()).await;
    }
    assert!(gone(&oldest).await);
}

#[tokio::test]
async fn invalid_previews_are_refused() {
    let playground = Playground::start();
    for request in [
        json!(null),
        json!({}),
        json!({"options": {}}),
        json!({"agent": {"bot_id": ""}, "options": {}}),
        json!({"agent": {"app_id": "1"}, "options": {}}),
        json!({"agent": {"bot_id": BOT}, "options": "{}"}),
        json!({"card": "text"}),
    ] {
        assert_eq!(
            create(&playground, &request).await.status(),
            StatusCode::BAD_REQUEST,
            "{request}"
        );
    }
    // A card makes no calls.
    let url = start(&playground, &json!({"card": {"json": "{}"}})).await;
    let bot = call(&playground, Method::GET, &format!("{url}v1/bots/{BOT}")).send().await.unwrap();
    assert_eq!(bot.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_preview_with_a_real_account_is_confirmed_first() {
    let mock = MockServer::start().await.unwrap();
    let playground = Playground::at(&mock.base_url());
    let refused = create(&playground, &of_bot()).await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert_eq!(json_of(refused).await["needs_confirmation"], true);
    let mut request = of_bot();
    request["confirmed"] = true.into();
    let url = start(&playground, &request).await;
    call(&playground, Method::GET, &format!("{url}v1/bots/{BOT}")).send().await.unwrap();
    let requests = mock.requests_to("bots.retrieve");
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("authorization"), "Bearer pat_of_the_user");
}
