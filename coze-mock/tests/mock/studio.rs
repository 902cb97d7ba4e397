//! Coze Studio: paths, errors and events that differ from the cloud's.

use crate::support::{Event, Mock, body, events, parsed};
use coze_mock::state::{BOT, Bot};
use coze_mock::{Fault, MockServer, Platform};
use coze_spec::model::Operation;
use serde_json::{Value, json};

pub(crate) async fn studio() -> Mock {
    Mock::on(Platform::Studio).await
}

fn served() -> impl Iterator<Item = &'static Operation> {
    coze_spec::api().operations().filter(|operation| operation.studio.is_some())
}

/// Asserts that a value is an object with exactly these members.
#[track_caller]
pub(crate) fn assert_members(value: &Value, names: &[&str]) {
    let mut found: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let mut names = names.to_vec();
    found.sort_unstable();
    names.sort_unstable();
    assert_eq!(found, names, "{value}");
}

const CHAT: [&str; 8] = [
    "id",
    "conversation_id",
    "bot_id",
    "created_at",
    "completed_at",
    "failed_at",
    "status",
    "section_id",
];

async fn chat(mock: &Mock, question: &str) -> Vec<Event> {
    let message = json!({"role": "user", "content": question, "content_type": "text"});
    let body = json!({"bot_id": BOT, "user_id": "u1", "additional_messages": [message]});
    events(mock.with_json("POST", "/v3/chat", &body)).await
}

pub(crate) fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

#[tokio::test]
async fn only_listed_paths_are_served() {
    let mock = studio().await;
    let absent = json!({"code": 401, "msg": "missing session_key in cookie"});
    let cases = [
        ("GET", "/v1/users/me"),
        ("GET", "/v1/workspaces"),
        ("POST", "/v3/chat/submit_tool_outputs?conversation_id=1&chat_id=2"),
        ("GET", "/v1/files/retrieve?file_id=1"),
        ("GET", "/v1/workflows/1/run_histories/2"),
        ("GET", "/v1/bots/abc"),
        ("POST", "/api/permission/oauth2/token"),
    ];
    for (method, path) in cases {
        let response = mock.request(method, path).send().await.unwrap();
        assert_eq!(response.status(), 401, "{path}");
        assert!(response.headers()["x-log-id"].len() == 36, "{path}");
        assert!(!response.headers().contains_key("x-tt-logid"), "{path}");
        assert_eq!(parsed(response).await, absent, "{path}");
    }
    let mut unserved = 0;
    for operation in coze_spec::api().operations().filter(|each| each.studio.is_none()) {
        let path = operation.path.replace(['{', '}'], "");
        let verb = operation.verb.name().to_uppercase();
        // Some of these paths are served with another method.
        if served().any(|other| other.path == operation.path) {
            continue;
        }
        let response = mock.request(&verb, &path).send().await.unwrap();
        assert_eq!(response.status(), 401, "{}", operation.id);
        unserved += 1;
    }
    assert!(unserved > 60, "{unserved}");
}

#[tokio::test]
async fn other_methods_and_tokens_are_refused() {
    let mock = studio().await;
    let response = mock.request("POST", "/v3/chat/retrieve").send().await.unwrap();
    assert_eq!(response.status(), 404);
    let expected = json!({"code": 404, "msg": "not found"});
    assert_eq!(parsed(response).await, expected);
    let response = mock.request("GET", "/open_api/knowledge/document/list").send().await.unwrap();
    assert!(response.text().await.unwrap().starts_with("<!DOCTYPE html>"));

    let url = format!("{}/v3/chat/retrieve", mock.server.base_url());
    mock.server.state(|state| state.tokens.only_known = true);
    for (token, text) in [
        (None, "missing authorization in header"),
        (Some("Basic x"), "missing api_key in request"),
        (Some("Bearer pat_unknown"), "api key invalid"),
    ] {
        let mut request = mock.client.get(&url);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let msg = format!("authentication failed: {text}");
        let expected = json!({"code": 700_012_006, "msg": msg});
        assert_eq!(parsed(response).await, expected);
    }
}

#[tokio::test]
async fn parameters_that_do_not_bind_are_refused() {
    let mock = studio().await;
    let refused = async |path: &str, value: Value| {
        let response = mock.with_json("POST", path, &value).send().await.unwrap();
        let is_json = response.headers()["content-type"].to_str().unwrap().contains("json");
        (response.status().as_u16(), is_json, response.text().await.unwrap())
    };
    for id in [json!(""), json!(7), json!("abc")] {
        let (status, is_json, text) =
            refused("/v3/chat", json!({"bot_id": id, "user_id": "u1"})).await;
        assert_eq!((status, is_json), (400, true), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["code"], 400);
    }
    let body = json!({"bot_id": BOT, "user_id": "u1", "parameters": "{}"});
    assert_eq!(refused("/v3/chat", body).await.0, 400);
    let (status, is_json, text) =
        refused("/open_api/knowledge/document/list", json!({"dataset_id": 7})).await;
    assert_eq!((status, is_json), (400, false), "{text}");
}

/// Every operation answers its example in the shape of the platform.
#[tokio::test]
async fn every_operation_answers() {
    let mock = Mock::with(MockServer::builder().platform(Platform::Studio)).await;
    let mut answered = 0;
    for operation in served().filter(|each| each.stream.is_none() && each.id != "files.upload") {
        let id = &operation.id;
        let response = crate::every_operation::example_request(&mock, operation, Platform::Studio);
        let response = response.send().await.unwrap();
        assert!(response.headers().contains_key("x-log-id"), "{id}");
        let status = response.status();
        let text = response.text().await.unwrap();
        // Coze Studio requires a connector, which the cloud does not have.
        if id == "bots.retrieve_published" {
            assert_eq!(status, 500, "{id}: {text}");
            continue;
        }
        // The examples of these operations refer to things that only the cloud has.
        if id == "workflows.retrieve" || id == "workflows.runs.create" {
            continue;
        }
        assert_eq!(status, 200, "{id}: {text}");
        let body: Value = serde_json::from_str(&text).unwrap();
        assert!(body.get("detail").is_none(), "{id}: {body}");
        assert!(body.get("code").is_none_or(|code| code == 0), "{id}: {body}");
        if let Some(payload) = operation.studio.as_ref().and_then(|studio| studio.payload.as_ref())
        {
            assert!(body.get(payload).is_some(), "{id}: {body}");
            assert!(body.get("data").is_none(), "{id}: {body}");
        }
        answered += 1;
    }
    assert!(answered >= 20, "{answered}");
}

#[tokio::test]
async fn a_chat_is_streamed_unless_it_is_refused() {
    let mock = studio().await;
    let all = chat(&mock, "[think Hm.] Hello").await;
    let first = ["conversation.chat.created", "conversation.chat.in_progress"];
    assert_eq!(names(&all)[..2], first);
    assert_eq!(names(&all).last(), Some(&"conversation.stream.done"));
    assert_eq!(all.last().unwrap().data, "");
    assert!(all.iter().all(|event| event.id.is_none() && !event.spaced));
    assert_members(&all[0].json(), &CHAT);
    let completed = &all[all.len() - 2];
    assert_eq!(completed.name, "conversation.chat.completed");
    // The usage is missing here.
    assert_members(&completed.json(), &CHAT);
    let messages: Vec<Value> = all
        .iter()
        .filter(|event| event.name == "conversation.message.completed")
        .map(Event::json)
        .collect();
    let kinds: Vec<&Value> = messages.iter().map(|message| &message["type"]).collect();
    assert_eq!(kinds, ["answer", "verbose", "follow_up", "follow_up"]);
    assert_eq!(messages[0]["content"], "You said: Hello.");
    assert!(messages[0]["meta_data"]["token"].is_string(), "{}", messages[0]);
    let notice: Value = serde_json::from_str(messages[1]["content"].as_str().unwrap()).unwrap();
    assert_members(&notice, &["msg_type", "data", "from_unit"]);
}

#[tokio::test]
async fn tools_run_on_the_server() {
    let mock = studio().await;
    let all = chat(&mock, "What is the weather in Kunming?").await;
    let kinds: Vec<Value> = all
        .iter()
        .filter(|event| event.name == "conversation.message.completed")
        .map(|event| event.json()["type"].clone())
        .collect();
    assert_eq!(kinds[..3], ["function_call", "tool_response", "answer"]);
    assert!(!names(&all).contains(&"conversation.chat.requires_action"));
    let call = all.iter().find(|event| event.data.contains("function_call")).unwrap().json();
    assert_eq!(call["meta_data"]["tool_name"], "get_weather");
}

#[tokio::test]
async fn failures_are_errors_and_then_completed() {
    let mock = studio().await;
    let all = chat(&mock, "[fail 103200002 Out of order]").await;
    let error = all.iter().position(|event| event.name == "error").unwrap();
    assert_eq!(all[error].json(), json!({"code": 103_200_002, "msg": "Out of order"}));
    let rest = ["conversation.chat.completed", "conversation.stream.done"];
    assert_eq!(names(&all[error + 1..]), rest);
    assert_eq!(all[error + 1].json()["status"], "completed");

    // Before the chat is recorded, the error is the only event.
    let body = json!({"bot_id": "7", "user_id": "u1"});
    let all = events(mock.with_json("POST", "/v3/chat", &body)).await;
    assert_eq!(names(&all), ["error"]);
    let error = all[0].json();
    assert_eq!(error["code"], 103_100_001);
    let msg = error["msg"].as_str().unwrap();
    assert!(msg.starts_with("code=103100002 message=agent not exists\nstack="), "{msg}");

    // A draft is not published, and another user's bot may not be streamed.
    mock.server.state(|state| {
        state.bots.insert(Bot::new("8", "Draft"));
        let mut other = Bot::new("9", "Other");
        other.owner_id = "42".to_owned();
        other.publish(1000, &["1024"]);
        state.bots.insert(other);
    });
    for (bot, streamed) in [("8", true), ("9", true), ("8", false), ("9", false)] {
        let message = json!({"role": "user", "content": "Hi", "content_type": "text"});
        let body = json!({
            "bot_id": bot, "user_id": "u1", "stream": streamed, "additional_messages": [message],
        });
        let response = mock.with_json("POST", "/v3/chat", &body).send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        match (bot, streamed) {
            (_, true) => assert!(text.starts_with("event:error\n"), "{text}"),
            ("8", false) => {
                assert_eq!(status, 400);
                let error: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(error["code"], 400);
                assert!(error["msg"].as_str().unwrap().starts_with("code=103100002 message="));
            }
            _ => assert_eq!(status, 200, "{text}"),
        }
    }
}

#[tokio::test]
async fn faults_break_streams() {
    let mock = studio().await;
    let faulty = async |fault: Fault| {
        mock.server.clear_faults();
        mock.server.fault(fault);
        chat(&mock, "Hello").await
    };
    let first = ["conversation.chat.created", "conversation.chat.in_progress", "error"];
    assert_eq!(names(&faulty(Fault::error_event()).await), first);
    let all = faulty(Fault::error_event_then_completed()).await;
    assert_eq!(names(&all)[..3], first);
    let rest = ["conversation.chat.completed", "conversation.stream.done"];
    assert_eq!(names(&all)[3..], rest);
    assert!(faulty(Fault::no_events()).await.is_empty());
    assert!(faulty("empty".parse().unwrap()).await.is_empty());
    mock.server.clear_faults();
    mock.server.fault(Fault::empty());
    let response = mock.request("GET", &format!("/v1/bots/{BOT}")).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), "");
}

#[tokio::test]
async fn canceling_a_polled_chat_uses_other_names_and_errors() {
    let mock = studio().await;
    let message = json!({"role": "user", "content": "Hello", "content_type": "text"});
    let start = json!({
        "bot_id": BOT, "user_id": "u1", "stream": false, "additional_messages": [message],
    });
    let started = body(mock.with_json("POST", "/v3/chat", &start)).await;
    assert_members(&started, &["data", "code", "msg", "BaseResp"]);
    let chat = &started["data"];
    assert_members(chat, &CHAT);
    assert_eq!(chat["status"], "created");
    let ids = json!({"chat_id": chat["id"], "conversation_id": chat["conversation_id"]});
    let canceled = body(mock.with_json("POST", "/v3/chat/cancel", &ids)).await;
    assert_members(&canceled, &["ChatV3ChatDetail", "BaseResp"]);
    assert_eq!(canceled["ChatV3ChatDetail"]["status"], "conversation.chat.cancelled");
    let response = mock.with_json("POST", "/v3/chat/cancel", &ids).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let error = parsed(response).await;
    let msg = error["msg"].as_str().unwrap();
    assert!(msg.starts_with("code=103200005 message=in progress can not be cancelled\n"), "{msg}");

    let response = mock.request("GET", "/v3/chat/retrieve?conversation_id=1&chat_id=2");
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert!(response.text().await.unwrap().starts_with("code=103000002 message="));
}

/// A server without a platform setting behaves as the cloud.
#[tokio::test]
async fn the_cloud_is_the_default() {
    let mock = Mock::with(MockServer::builder().platform(Platform::Cloud)).await;
    let reply = mock.get("/v1/users/me").await;
    assert_eq!(reply["code"], 0);
}
