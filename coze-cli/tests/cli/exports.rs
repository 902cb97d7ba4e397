//! The tests that the playground exports: those in `exports/` are what it writes today, and they
//! pass.

use std::fs;
use std::path::Path;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::playground::Playground;

#[rustfmt::skip]
mod bots_list;
#[rustfmt::skip]
mod bots_retrieve;
#[rustfmt::skip]
mod chat_create;
#[rustfmt::skip]
mod users_me;

/// The calls, and the names of their files.
fn calls() -> [(&'static str, Value); 4] {
    let chat = json!({"bot_id": "7376476310010937396", "user_id": "u", "additional_messages": []});
    let events = [
        ["conversation.chat.created", r#"{"id": "1", "conversation_id": "2"}"#],
        ["done", "\"[DONE]\""],
    ];
    let bots = r##"{"code": 0, "msg": "", "data": {"items": [], "total": 0, "more": "\"#"}}"##;
    [
        ("users_me", json!({"id": "users.me", "values": {}})),
        (
            "bots_list",
            json!({
                "id": "bots.list",
                "values": {"workspace_id": "42", "page_size": 3},
                "recorded": {"body": bots},
            }),
        ),
        (
            "bots_retrieve",
            json!({
                "id": "bots.retrieve",
                "values": {"bot_id": "1"},
                "recorded": {"body": r#"{"code": 4200, "msg": "no bot \"1\""}"#},
            }),
        ),
        (
            "chat_create",
            json!({
                "id": "chat.create",
                "values": chat,
                "stream": true,
                "recorded": {"events": events},
            }),
        ),
    ]
}

/// Set `UPDATE_EXPORTS` to write the files.
#[tokio::test]
async fn exported_tests_are_those_that_pass() {
    let playground = Playground::start();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/exports");
    for (name, call) in calls() {
        let request = playground.request(Method::POST, "/api/exports").body(call.to_string());
        let exports = request.send().await.unwrap().bytes().await.unwrap();
        let exports: Value = serde_json::from_slice(&exports).unwrap();
        let test = exports["test"].as_str().unwrap_or_else(|| panic!("{exports}"));
        let path = folder.join(format!("{name}.rs"));
        if std::env::var_os("UPDATE_EXPORTS").is_some() {
            fs::write(&path, test).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), test, "{}", path.display());
    }
}

#[tokio::test]
async fn an_invalid_call_is_not_exported() {
    let playground = Playground::start();
    for (call, status) in [
        ("{}", StatusCode::BAD_REQUEST),
        (r#"{"id": "bots.none"}"#, StatusCode::NOT_FOUND),
        (r#"{"id": "bots.retrieve", "values": {"bot_id": ".."}}"#, StatusCode::BAD_REQUEST),
    ] {
        let response = playground.request(Method::POST, "/api/exports").body(call);
        assert_eq!(response.send().await.unwrap().status(), status, "{call}");
    }
}
