//! The lifecycle of bots, and their workspaces.

use crate::support::{Mock, assert_error, data};
use coze_mock::state::{BOT, USER, WORKSPACE};
use serde_json::{Value, json};

fn names(page: &Value, items: &str, name: &str) -> Vec<String> {
    let items = page[items].as_array().unwrap().iter();
    items.map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

async fn listed(mock: &Mock, status: &str) -> Vec<String> {
    let path = format!("/v1/bots?workspace_id={WORKSPACE}&publish_status={status}");
    names(&data(mock.get(&path).await), "items", "name")
}

#[tokio::test]
async fn a_bot_is_created_updated_published_and_unpublished() {
    let mock = Mock::strict().await;
    let create = json!({
        "space_id": WORKSPACE,
        "name": "Chef",
        "onboarding_info": {"prologue": "Hello!", "suggested_questions": ["Hot?"]},
        "prompt_info": {"prompt": "Cook."},
        "plugin_id_list": {"id_list": [
            {"plugin_id": "1", "api_id": "11"},
            {"plugin_id": "2", "api_id": "21"},
            {"plugin_id": "1", "api_id": "12"},
        ]},
        "workflow_id_list": {"ids": [{"id": "3"}]},
        "model_info_config": {"model_id": "4", "temperature": 0.8, "sp_anti_leak": true},
    });
    let bot = data(mock.post("/v1/bot/create", create).await)["bot_id"].clone();
    let bot = bot.as_str().unwrap();
    let (draft, published) =
        (format!("/v1/bots/{bot}?is_published=false"), format!("/v1/bots/{bot}"));
    assert_error(&mock.get(&published).await, 4015, "not published");
    let shown = data(mock.get(&draft).await);
    assert_eq!(shown["name"], "Chef");
    assert_eq!(shown["owner_user_id"], USER);
    assert_eq!(shown["onboarding_info"]["prologue"], "Hello!");
    assert_eq!(shown["model_info"], json!({"model_id": "4", "temperature": 0.8}));
    assert_eq!(shown["plugin_info_list"][0]["api_info_list"][1]["api_id"], "12");
    assert_eq!(shown["workflow_info_list"][0]["id"], "3");
    assert_eq!(listed(&mock, "unpublished_draft").await, ["Chef"]);

    let publish = json!({"bot_id": bot, "connector_ids": ["1024"]});
    let first = data(mock.post("/v1/bot/publish", publish.clone()).await)["version"].clone();
    let update = json!({"bot_id": bot, "name": "Baker", "knowledge": {"dataset_ids": ["5"]}});
    data(mock.post("/v1/bot/update", update).await);
    assert_eq!(data(mock.get(&published).await)["name"], "Chef");
    assert_eq!(data(mock.get(&published).await)["version"], first);
    let changed = data(mock.get(&draft).await);
    assert_eq!(changed["name"], "Baker");
    assert_eq!(changed["prompt_info"]["prompt"], "Cook.");
    assert_eq!(changed["knowledge"]["knowledge_infos"][0]["id"], "5");
    assert_eq!(listed(&mock, "published_online").await, ["Mock", "Chef"]);
    assert_eq!(listed(&mock, "published_draft").await, ["Baker"]);
    assert_eq!(listed(&mock, "all").await, ["Mock", "Baker"]);

    let second = data(mock.post("/v1/bot/publish", publish).await)["version"].clone();
    assert_ne!(first, second);
    let versions = data(mock.get(&format!("/v1/bots/{bot}/versions")).await);
    let numbers = names(&versions, "items", "version");
    assert_eq!(numbers, [second.as_str().unwrap(), first.as_str().unwrap()]);

    let unpublish = format!("/v1/bots/{bot}/unpublish");
    data(mock.post(&unpublish, json!({"connector_id": "1024"})).await);
    let again = mock.post(&unpublish, json!({"connector_id": "1024"})).await;
    assert_error(&again, 4000, "`connector_id`");
    assert_error(&mock.get(&published).await, 4015, "not published");
    assert_eq!(listed(&mock, "unpublished_draft").await, ["Baker"]);
}

#[tokio::test]
async fn publishing_checks_the_channels() {
    let mock = Mock::strict().await;
    let publish = async |connectors: Value| {
        let body = json!({"bot_id": BOT, "connector_ids": connectors});
        mock.post("/v1/bot/publish", body).await
    };
    assert_error(&publish(json!([])).await, 4000, "`connector_ids`");
    assert_error(&publish(json!(["777"])).await, 4000, "API channel");
    data(publish(json!(["1024", "777"])).await);
    let listed = mock.get(&format!("/v1/bots?workspace_id={WORKSPACE}&connector_id=777")).await;
    assert_eq!(data(listed)["total"], 1);
}

#[tokio::test]
async fn deprecated_operations_return_the_same_bots() {
    let mock = Mock::strict().await;
    let path = format!("/v1/space/published_bots_list?space_id={WORKSPACE}");
    let page = data(mock.get(&path).await);
    assert_eq!(names(&page, "space_bots", "bot_id"), [BOT]);
    let shown = data(mock.get(&format!("/v1/bot/get_online_info?bot_id={BOT}")).await);
    assert_eq!(shown, data(mock.get(&format!("/v1/bots/{BOT}")).await));
}

#[tokio::test]
async fn unknown_ids_are_named_in_the_error() {
    let mock = Mock::strict().await;
    for path in ["/v1/bots/1", "/v1/bots/1/versions", "/v1/bots?workspace_id=1"] {
        assert_error(&mock.get(path).await, 4200, "=1 does not exist");
    }
    let create = json!({"space_id": "1", "name": "x"});
    assert_error(&mock.post("/v1/bot/create", create).await, 4200, "space_id=1");
}

#[tokio::test]
async fn collaborators_are_added_and_removed() {
    let mock = Mock::strict().await;
    let path = format!("/v1/bots/{BOT}/collaborators");
    for user in ["5", "6"] {
        data(mock.post(&path, json!({"collaborators": [{"user_id": user}]})).await);
    }
    data(mock.delete(&format!("{path}/5")).await);
    assert_error(&mock.delete(&format!("{path}/5")).await, 4200, "user_id=5");
    let left = mock.server.state(|state| state.bots.get(BOT).unwrap().collaborators.clone());
    assert_eq!(left, ["6"]);
}

#[tokio::test]
async fn bots_are_listed_in_pages() {
    let mock = Mock::strict().await;
    for number in 1..=4 {
        let body = json!({"space_id": WORKSPACE, "name": format!("Bot {number}")});
        data(mock.post("/v1/bot/create", body).await);
    }
    let mut seen = Vec::new();
    for page in 1..=4 {
        let path = format!(
            "/v1/bots?workspace_id={WORKSPACE}&publish_status=all&page_size=2&page_num={page}"
        );
        let page = data(mock.get(&path).await);
        assert_eq!(page["total"], 5);
        seen.push(names(&page, "items", "name"));
    }
    assert_eq!(seen, [vec!["Mock", "Bot 1"], vec!["Bot 2", "Bot 3"], vec!["Bot 4"], vec![]]);
    for wrong in ["page_num=0", "page_size=0"] {
        let path = format!("/v1/bots?workspace_id={WORKSPACE}&{wrong}");
        assert_error(&mock.get(&path).await, 4000, wrong.split('=').next().unwrap());
    }
}

#[tokio::test]
async fn workspaces_and_members_are_created_listed_and_removed() {
    let mock = Mock::strict().await;
    let body = json!({"name": "Team", "description": "Ours."});
    let id = data(mock.post("/v1/workspaces", body).await)["id"].clone();
    let path = format!("/v1/workspaces/{}", id.as_str().unwrap());
    data(mock.put(&path, json!({"name": "Crew"})).await);
    let page = data(mock.get("/v1/workspaces").await);
    assert_eq!(page["total_count"], 2);
    assert_eq!(names(&page, "workspaces", "name"), ["Personal", "Crew"]);
    assert_eq!(names(&page, "workspaces", "workspace_type"), ["personal", "team"]);

    let members = format!("{path}/members");
    let body = json!({"users": [
        {"user_id": "5", "role_type": "admin"},
        {"user_id": "6", "role_type": "member"},
        {"user_id": USER, "role_type": "member"},
    ]});
    let added = data(mock.post(&members, body.clone()).await);
    assert_eq!(added["added_success_user_ids"], json!(["5", "6"]));
    assert_eq!(added["already_joined_user_ids"], json!([USER]));
    let page = data(mock.get(&format!("{members}?page_size=1&page_num=2")).await);
    assert_eq!(page["total_count"], 3);
    assert_eq!(page["items"][0]["role_type"], "admin");
    let body = json!({"user_ids": ["5", "7", USER]});
    let removed = data(mock.call("DELETE", &members, body).await);
    assert_eq!(removed["removed_success_user_ids"], json!(["5"]));
    assert_eq!(removed["not_in_workspace_user_ids"], json!(["7"]));
    assert_eq!(removed["owner_not_support_remove_user_ids"], json!([USER]));
    let personal = format!("/v1/workspaces/{WORKSPACE}/members");
    let body = json!({"users": [{"user_id": "5", "role_type": "member"}]});
    assert_error(&mock.post(&personal, body).await, 4000, "personal");
    assert_error(&mock.get("/v1/workspaces/1/members").await, 4200, "workspace_id=1");
}
