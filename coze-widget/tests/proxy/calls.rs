//! Calls that are passed on, and what does not reach the browser.

use super::*;

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
async fn a_call_that_coze_studio_lacks_is_not_taken_for_a_refused_token() {
    let mock = MockServer::builder().platform(Platform::Studio).start().await.unwrap();
    let server = Server::before(mock, options().users(|_| Some("ling".to_owned()))).await;
    let conversation = server.conversation("ling").await;
    let path = format!("/v1/conversations/{conversation}/messages/1/feedback");
    let (status, reply) = server.post(&path, "ling", json!({"feedback_type": "like"})).await;
    assert_eq!((status.as_u16(), &reply["code"]), (501, &json!(501)), "{reply}");
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
        "suggest_reply_info": {"suggest_reply_mode": "1"},
    });
    let request = server.request(Method::POST, "/v1/workflows/chat", "ling").body(run.to_string());
    let events = request.send().await.unwrap().text().await.unwrap();
    assert!(events.contains("conversation.message.delta"), "{events}");
    let sent = server.mock.requests_to("workflows.chat.stream")[0].json();
    assert_eq!(sent["ext"], json!({"user_id": "ling"}));
    assert_eq!(sent["suggest_reply_info"], json!({"suggest_reply_mode": "1"}));
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
