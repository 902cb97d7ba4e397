//! Checks of requests, and their records.

use crate::support::{Mock, assert_error, data, json};
use coze_mock::state::{BOT, Clock, USER, WORKSPACE};
use coze_mock::{ApiError, End, Grant, MockServer, Reply};
use serde_json::json;

#[tokio::test]
async fn errors_name_the_invalid_field() {
    let mock = Mock::start().await;
    let cases = [
        (json!({"name": "x"}), "`space_id` is required"),
        (json!({"space_id": 7, "name": "x"}), "`space_id` is wrong"),
        (json!({"space_id": WORKSPACE, "name": ""}), "`name` is wrong"),
        (json!({"space_id": WORKSPACE, "name": "x".repeat(21)}), "`name` is wrong"),
        (
            json!({"space_id": WORKSPACE, "name": "x", "prompt_info": {"prompt_mode": "loud"}}),
            "`prompt_info.prompt_mode` is wrong",
        ),
        (
            json!({"space_id": WORKSPACE, "name": "x", "plugin_id_list": {"id_list": [{}, 1]}}),
            "`plugin_id_list.id_list.1` is wrong",
        ),
        (json!([]), "the body is wrong"),
    ];
    for (body, text) in cases {
        assert_error(&mock.post("/v1/bot/create", body).await, 4000, text);
    }
    let request = mock.request("POST", "/v1/bot/create");
    let reply = request.header("content-type", "application/json").body("{").send().await;
    assert_error(&json(reply.unwrap()).await, 4000, "the body is not JSON");
    let reply = mock.request("POST", "/v1/bot/create").body("{}").send().await;
    assert_error(&json(reply.unwrap()).await, 4000, "Content-Type");
    let form = reqwest::multipart::Form::new().text("space_id", "1").text("name", "x");
    let reply = mock.request("POST", "/v1/bot/create").multipart(form).send().await;
    assert_error(&json(reply.unwrap()).await, 4000, "Content-Type");
    let reply = mock.request("POST", "/v1/bot/create").send().await;
    assert_error(&json(reply.unwrap()).await, 4000, "the body is missing");
    let reply = mock.get(&format!("/v1/bots?workspace_id={WORKSPACE}&page_size=many")).await;
    assert_error(&reply, 4000, "the query parameter `page_size` is wrong");
    let reply = mock.post("/v1/files/upload", json!({})).await;
    assert_error(&reply, 4000, "multipart/form-data");
}

#[tokio::test]
async fn unknown_fields_are_refused_only_on_request() {
    let body = json!({"bot_id": BOT, "description": null, "nickname": "x"});
    let list = format!("/v1/bots?workspace_id={WORKSPACE}&sort=up");
    let mock = Mock::start().await;
    data(mock.post("/v1/bot/update", body.clone()).await);
    data(mock.get(&list).await);
    let mock = Mock::with(MockServer::builder().refuse_unknown_fields(true)).await;
    assert_error(&mock.post("/v1/bot/update", body).await, 4000, "no field `nickname`");
    assert_error(&mock.get(&list).await, 4000, "no query parameter `sort`");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_refused() {
    let mock = Mock::start().await;
    let response = mock.request("GET", "/v1/nothing").send().await.unwrap();
    assert_eq!(response.status(), 404);
    assert_error(&json(response).await, 4200, "GET /v1/nothing");
    let response = mock.request("PUT", "/v1/bots").send().await.unwrap();
    assert_eq!(response.status(), 405);
    assert_error(&json(response).await, 4000, "/v1/bots takes only GET");
}

#[tokio::test]
async fn tokens_and_permissions_are_checked() {
    let reader = Grant::limited(["listBot"]).with_user("42").with_expiry(1000);
    let builder = MockServer::builder().token("pat_reader", reader);
    let mock = Mock::with(builder.clock(Clock::stopped_at(999))).await;
    let list = format!("{}/v1/bots?workspace_id={WORKSPACE}", mock.server.base_url());
    let create = format!("{}/v1/workspaces", mock.server.base_url());
    let get = async |url: &str, token: &str| {
        let request = mock.client.get(url).header("authorization", token);
        json(request.send().await.unwrap()).await
    };
    data(get(&list, "Bearer pat_reader").await);
    assert_error(&get(&create, "Bearer pat_reader").await, 4101, "listWorkspace");
    assert_error(&get(&list, "Bearer pat_other").await, 4100, "not known");
    assert_error(&get(&list, "Bearer ").await, 4100, "Authorization");
    assert_error(&get(&list, "Basic abc").await, 4100, "Authorization");
    mock.server.state(|state| state.clock.advance(std::time::Duration::from_secs(1)));
    assert_error(&get(&list, "Bearer pat_reader").await, 4100, "expired");
    mock.server.state(|state| state.tokens.register("pat_new", Grant::default()));
    data(get(&list, "Bearer pat_new").await);
    mock.server.state(|state| state.tokens.expire("pat_new"));
    assert_error(&get(&list, "Bearer pat_new").await, 4100, "expired");
}

#[tokio::test]
async fn requests_are_recorded() {
    let mock = Mock::with(MockServer::builder().keep_bodies(16)).await;
    let body = json!({"bot_id": BOT, "name": "a long enough name"});
    mock.post("/v1/bot/update?x=1", body.clone()).await;
    mock.get("/v1/nothing").await;
    let all = mock.server.requests();
    let update = &all[0];
    assert_eq!(update.line(), "POST /v1/bot/update");
    assert_eq!(update.query.as_deref(), Some("x=1"));
    assert_eq!(update.body, body.to_string().as_bytes()[..16]);
    assert_eq!(update.body_length, body.to_string().len() as u64);
    assert_eq!(update.header("authorization"), "Bearer pat_test");
    assert!(!format!("{update:?}").contains("pat_test"), "the token is not shown");
    assert_eq!((update.status, update.code), (Some(200), Some(0)));
    assert_eq!(update.end, Some(End::Whole));
    assert_eq!(update.operation.as_deref(), Some("bots.update"));
    assert_eq!((all[1].operation.as_deref(), all[1].status), (None, Some(404)));
    assert_eq!(mock.server.requests_to("bots.update").len(), 1);
    mock.server.clear_requests();
    assert_eq!((mock.server.requests().len(), mock.server.count()), (0, 2));
}

#[tokio::test]
async fn behaviors_can_be_replaced() {
    let builder = MockServer::builder().on("users.me", |context, request| {
        assert_eq!(request.operation(), "users.me");
        Ok(Reply::data(json!({"user_id": context.caller.user_id, "user_name": "Me"})))
    });
    let mock = Mock::with(builder).await;
    assert_eq!(data(mock.get("/v1/users/me").await)["user_id"], USER);
    mock.server.on("users.me", |_, _| Err(ApiError::too_frequent())).unwrap();
    assert_error(&mock.get("/v1/users/me").await, 4013, "too frequent");
    mock.server.on("users.me", |_, _| Ok(Reply::data(json!({"user_id": [1]})))).unwrap();
    assert_error(&mock.get("/v1/users/me").await, 5000, "`data.user_id`");
    let odd = |_: &mut coze_mock::Context<'_>, _: &coze_mock::Request| {
        Ok(Reply::data(json!({"user_id": [1]})).unchecked())
    };
    mock.server.on("users.me", odd).unwrap();
    assert_eq!(data(mock.get("/v1/users/me").await)["user_id"], json!([1]));
    let error = mock.server.on("users.you", |_, _| Ok(Reply::empty())).unwrap_err();
    assert_eq!(error.to_string(), "there is no operation `users.you`");
    let builder = MockServer::builder().on("nothing", |_, _| Ok(Reply::empty()));
    assert!(builder.start().await.is_err());
}

#[tokio::test]
async fn a_reply_can_wait() {
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    let opened = gate.clone();
    let builder = MockServer::builder().on("users.me", move |_, _| {
        let gate = opened.clone();
        Ok(Reply::data(json!({"user_id": "1"})).after(async move { gate.notified().await }))
    });
    let mock = Mock::with(builder).await;
    let call = mock.get("/v1/users/me");
    let open = async {
        mock.server.wait_until(|all| all.len() == 1).await;
        assert_eq!(mock.server.requests()[0].status, None);
        gate.notify_one();
    };
    let (reply, ()) = tokio::join!(call, open);
    data(reply);
}

#[tokio::test]
async fn a_client_that_disconnects_is_recorded() {
    let builder = MockServer::builder();
    let mock = Mock::with(
        builder.on("users.me", |_, _| Ok(Reply::empty().unchecked().after(std::future::pending()))),
    )
    .await;
    let call = mock.get("/v1/users/me");
    tokio::select! {
        _ = call => panic!("there is no reply"),
        () = mock.server.wait_until(|all| all.len() == 1) => {}
    }
    mock.server.wait_until(|all| all[0].end == Some(End::Dropped)).await;
}

#[tokio::test]
async fn a_dropped_server_stops_listening() {
    let mock = Mock::start().await;
    data(mock.get("/v1/users/me").await);
    let Mock { server, client } = mock;
    let url = format!("{}/v1/users/me", server.base_url());
    drop(server);
    let mut result = client.get(&url).send().await;
    // The listening task ends when the runtime next polls it.
    while result.is_ok() {
        result = client.get(&url).send().await;
    }
}

#[tokio::test]
async fn servers_with_the_same_seed_generate_the_same_ids() {
    let mut ids = Vec::new();
    for seed in [1, 1, 2] {
        let mock = Mock::with(MockServer::builder().seed(seed)).await;
        let reply = mock.post("/v1/workspaces", json!({"name": "x", "description": "y"})).await;
        let id = data(reply)["id"].as_str().unwrap().to_owned();
        assert!(id.len() == 19 && id.bytes().all(|byte| byte.is_ascii_digit()), "{id}");
        ids.push(id);
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}
