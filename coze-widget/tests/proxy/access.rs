//! Users, origins and objects: what a page may not do.

use super::*;

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
    body["parameters"] = json!({"city": "Kunming"});
    body["user_id"] = json!("admin");
    body["publish_status"] = json!("unpublished_draft");
    body["auto_save_history"] = json!(false);
    // The platform would store these with the conversation, or hand them to plugins.
    for member in ["custom_variables", "extra_params", "meta_data"] {
        body[member] = json!({"a": "b"});
    }
    let response =
        server.request(Method::POST, &path, "ling").body(body.to_string()).send().await.unwrap();
    response.text().await.unwrap();
    let sent = server.mock.requests_to("chat.create").pop().unwrap().json();
    assert_eq!(sent["user_id"], "ling");
    let mut members: Vec<_> = sent.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["additional_messages", "bot_id", "parameters", "stream", "user_id"]);
    assert_eq!(sent["parameters"], json!({"city": "Kunming"}));
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
