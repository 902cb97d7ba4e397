//! Resources with little state: variables, apps, folders, plugins, copies, enterprises, benefits
//! and channels.

use crate::support::{Mock, assert_error, data, json};
use coze_mock::state::{
    APP, BOT, ENTERPRISE, FOLDER, ORGANIZATION, PLUGIN, TEMPLATE, USER, WORKSPACE,
};
use serde_json::{Value, json};

async fn delete(mock: &Mock, path: &str, body: Value) -> Value {
    json(mock.with_json("DELETE", path, &body).send().await.unwrap()).await
}

async fn team(mock: &Mock) -> String {
    let body = json!({"name": "Team", "description": "Together"});
    let id = data(mock.post("/v1/workspaces", body).await)["id"].clone();
    id.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn variables_belong_to_their_scope() {
    let mock = Mock::strict().await;
    let set = |scope: Value, name: &str, value: &str| {
        let mut body = scope;
        body["data"] = json!([{"keyword": name, "value": value}]);
        body
    };
    let ann = json!({"bot_id": BOT, "connector_uid": "ann"});
    let sdk = json!({"bot_id": BOT, "connector_uid": "ann", "connector_id": "999"});
    let app = json!({"app_id": APP, "connector_uid": "ann"});
    for (scope, name, value) in [
        (&ann, "city", "Kunming"),
        (&ann, "age", "7"),
        (&ann, "city", "Dali"),
        (&sdk, "city", "Rome"),
        (&app, "city", "Oslo"),
    ] {
        data(mock.put("/v1/variables", set(scope.clone(), name, value)).await);
    }
    let read = async |query: &str| {
        let items = data(mock.get(&format!("/v1/variables?{query}")).await)["items"].clone();
        let items = items.as_array().unwrap().iter();
        let pair = |item: &Value| {
            format!("{}={}", item["keyword"].as_str().unwrap(), item["value"].as_str().unwrap())
        };
        items.map(pair).collect::<Vec<_>>()
    };
    let bot = format!("bot_id={BOT}&connector_uid=ann");
    assert_eq!(read(&bot).await, ["age=7", "city=Dali"]);
    assert_eq!(read(&format!("{bot}&keywords=city,none")).await, ["city=Dali"]);
    assert_eq!(read(&format!("{bot}&connector_id=999")).await, ["city=Rome"]);
    assert_eq!(read(&format!("app_id={APP}&connector_uid=ann")).await, ["city=Oslo"]);
    assert_eq!(read(&format!("bot_id={BOT}&connector_uid=bob")).await, [""; 0]);
    let system = mock.put("/v1/variables", set(ann.clone(), "sys_uuid", "1")).await;
    assert_error(&system, 4000, "`data.0.keyword`");
    assert_error(&mock.get("/v1/variables?connector_uid=ann").await, 4000, "`bot_id`");
    assert_error(&mock.get("/v1/variables?connector_uid=ann&bot_id=1").await, 4200, "bot_id=1");
}

#[tokio::test]
async fn apps_and_folders_are_listed() {
    let mock = Mock::strict().await;
    let app = data(mock.get(&format!("/v1/apps/{APP}?connector_id=1024")).await);
    assert_eq!((&app["app_id"], &app["version"]), (&json!(APP), &json!("v0.0.1")));
    let elsewhere = mock.get(&format!("/v1/apps/{APP}?connector_id=10000010")).await;
    assert_error(&elsewhere, 4200, "app_id");
    let apps = data(mock.get(&format!("/v1/apps?workspace_id={WORKSPACE}")).await);
    assert_eq!((&apps["total"], &apps["items"][0]["id"]), (&json!(1), &json!(APP)));
    let drafts = format!("/v1/apps?workspace_id={WORKSPACE}&publish_status=unpublished_draft");
    assert_eq!(data(mock.get(&drafts).await)["total"], 0);
    let folders = format!("/v1/folders?workspace_id={WORKSPACE}&folder_type=development");
    let page = data(mock.get(&folders).await);
    assert_eq!(
        (&page["items"][0]["id"], &page["items"][0]["children_count"]),
        (&json!(FOLDER), &json!(1))
    );
    assert_eq!(data(mock.get(&format!("/v1/folders/{FOLDER}")).await)["parent_folder_id"], "0");
    let inner = data(mock.get(&format!("{folders}&parent_folder_id={FOLDER}")).await);
    assert_eq!(inner["total_count"], 0);
    assert_error(&mock.get("/v1/folders/1").await, 4200, "folder_id=1");
    assert_error(&mock.get("/v1/apps?workspace_id=1").await, 4200, "workspace_id=1");
}

#[tokio::test]
async fn an_app_has_collaborators() {
    let mock = Mock::strict().await;
    let team = team(&mock).await;
    mock.server.state(|state| state.apps.get_mut(APP).unwrap().workspace_id = team.clone());
    let path = format!("/v1/apps/{APP}/collaborators");
    let ann = json!({"collaborators": [{"user_id": "7"}]});
    assert_error(&mock.post(&path, ann.clone()).await, 4000, "not a member");
    let member = json!({"users": [{"user_id": "7", "role_type": "member"}]});
    data(mock.post(&format!("/v1/workspaces/{team}/members"), member).await);
    data(mock.post(&path, ann).await);
    assert_eq!(
        mock.server.state(|state| state.apps.get(APP).unwrap().collaborators.clone()),
        ["7"]
    );
    data(mock.delete(&format!("{path}/7")).await);
    assert_error(&mock.delete(&format!("{path}/7")).await, 4000, "`user_id`");
}

#[tokio::test]
async fn copies_complete_at_once_or_after_polls() {
    let mock = Mock::strict().await;
    let copy = |kind: &str, id: &str, to: &str| json!({"entity_id": id, "entity_type": kind, "to_workspace_id": to});
    let tasks = "/v1/entities/copy_tasks";
    let at_once = data(mock.post(tasks, copy("bot", BOT, "")).await);
    let draft = at_once["copied_entity_id"].as_str().unwrap();
    let shown = data(mock.get(&format!("/v1/bots/{draft}?is_published=false")).await);
    assert_eq!(shown["name"], "Mock");
    let task = data(mock.post(tasks, copy("app", APP, "")).await)["task_id"].clone();
    let task = format!("{tasks}/{}", task.as_str().unwrap());
    assert_eq!(data(mock.get(&task).await)["task_status"], "in_progress");
    let done = data(mock.get(&task).await);
    assert_eq!(
        (&done["task_status"], &done["source_entity_id"]),
        (&json!("successful"), &json!(APP))
    );
    let drafts = format!("/v1/apps?workspace_id={WORKSPACE}&publish_status=unpublished_draft");
    assert_eq!(data(mock.get(&drafts).await)["items"][0]["id"], done["target_entity_id"]);
    let other = team(&mock).await;
    assert_error(&mock.post(tasks, copy("bot", BOT, &other)).await, 4000, "personal workspace");
    assert_error(&mock.post(tasks, copy("workflow", "1", "")).await, 4200, "entity_id=1");
    assert_error(&mock.get(&format!("{tasks}/1")).await, 4200, "task_id=1");

    let path = format!("/v1/templates/{TEMPLATE}/duplicate");
    let bot = data(mock.post(&path, json!({"workspace_id": WORKSPACE, "name": "Guide"})).await);
    let bot = bot["entity_id"].as_str().unwrap();
    let shown = data(mock.get(&format!("/v1/bots/{bot}?is_published=false")).await);
    assert_eq!(
        (&shown["name"], &shown["prompt_info"]["prompt"]),
        (&json!("Guide"), &json!("You know every sight."))
    );
}

#[tokio::test]
async fn plugins_are_listed_and_called() {
    let mock = Mock::strict().await;
    let plugin = data(mock.get(&format!("/v1/plugins/{PLUGIN}")).await);
    assert_eq!(plugin["tools"][0]["name"], "echo");
    let mcp: Value = serde_json::from_str(plugin["mcp_json"].as_str().unwrap()).unwrap();
    assert!(mcp["mcpServers"]["coze_plugin_echo"]["url"].as_str().unwrap().contains(PLUGIN));
    let call = format!("/v1/plugins/{PLUGIN}/tools/call");
    let arguments = json!({"text": "hello", "times": [1, 2]});
    let reply = mock.post(&call, json!({"tool_name": "echo", "arguments": arguments})).await;
    assert_eq!(data(reply)["result"], arguments);
    let unknown = json!({"tool_name": "sing", "arguments": {}});
    assert_error(&mock.post(&call, unknown).await, 4000, "sing");
    assert_eq!(
        data(mock.get("/v1/stores/plugins?keyword=ECHO").await)["items"][0]["plugin_info"]["call_count"],
        1
    );
    assert_eq!(data(mock.get("/v1/stores/plugins?is_official=false").await)["items"], json!([]));
    let categories = data(mock.get("/v1/stores/categories?entity_type=plugin").await);
    assert_eq!(categories["items"][0]["name"], "Tools");
    let both = mock.get(&format!("/v1/plugins/mget?ids={PLUGIN}&ids=1")).await;
    assert_error(&both, 4200, "ids=1");
}

#[tokio::test]
async fn members_of_an_enterprise_are_added_and_removed() {
    let mock = Mock::strict().await;
    let members = format!("/v1/enterprises/{ENTERPRISE}/members");
    let organizations = format!("/v1/enterprises/{ENTERPRISE}/organizations");
    let ann = json!({"users": [{"user_id": "7", "role": "enterprise_member"}]});
    data(mock.post(&members, ann.clone()).await);
    assert_error(&mock.post(&members, ann).await, 4000, "already");
    data(mock.put(&format!("{members}/7"), json!({"role": "enterprise_admin"})).await);
    let create = json!({"name": "Research", "super_admin_user_id": "7"});
    let research = data(mock.post(&organizations, create).await)["organization_id"].clone();
    let research = research.as_str().unwrap();
    let listed = data(mock.get(&format!("{organizations}?page_size=1&page_num=1")).await);
    assert_eq!(listed["total_count"], 2);
    let outsider = json!({"name": "None", "super_admin_user_id": "8"});
    assert_error(&mock.post(&organizations, outsider).await, 4000, "super_admin_user_id");

    let people = format!("/v1/organizations/{research}/members");
    let guest = json!({"organization_people": [{"user_id": "9", "organization_role_type": "organization_guest"}]});
    data(mock.post(&people, guest).await);
    let shown = data(mock.get(&people).await);
    assert_eq!(
        (&shown["total_count"], &shown["items"][1]["people_type"]),
        (&json!(2), &json!("guest"))
    );
    let role = json!({"organization_role_type": "organization_admin"});
    data(mock.put(&format!("{people}/9"), role).await);
    data(mock.put(&format!("/v1/organizations/{research}"), json!({"name": "Labs"})).await);
    assert_eq!(
        mock.server.state(|state| state.organizations.get(research).unwrap().name.clone()),
        "Labs"
    );

    // A member must leave the organizations before the enterprise.
    let heir = json!({"receiver_user_id": USER});
    assert_error(
        &delete(&mock, &format!("{members}/7"), heir.clone()).await,
        4000,
        "organizations",
    );
    data(delete(&mock, &format!("{people}/7"), json!({"receiver_user_id": "9"})).await);
    let default = format!("/v1/organizations/{ORGANIZATION}/members/7");
    data(delete(&mock, &default, heir.clone()).await);
    data(delete(&mock, &format!("{members}/7"), heir.clone()).await);
    assert_error(&delete(&mock, &format!("{members}/7"), heir).await, 4200, "user_id=7");
}

#[tokio::test]
async fn an_enterprise_has_a_maximum_number_of_members() {
    let mock = Mock::strict().await;
    let members = format!("/v1/enterprises/{ENTERPRISE}/members");
    let add =
        |id: usize| json!({"users": [{"user_id": id.to_string(), "role": "enterprise_member"}]});
    for id in 1..100 {
        data(mock.post(&members, add(id)).await);
    }
    assert_error(&mock.post(&members, add(100)).await, 777_074_011, "");
}

#[tokio::test]
async fn limitations_are_created_listed_and_updated() {
    let mock = Mock::strict().await;
    let path = "/v1/commerce/benefit/limitations";
    let info = json!({"limit": 10, "benefit_type": "resource_point", "active_mode": "absolute_time",
        "started_at": 1, "ended_at": 2});
    let create = |scope: &str, entity: &str| json!({"entity_type": scope, "entity_id": entity, "benefit_info": info});
    let mut ids = Vec::new();
    for device in ["a", "b", "c"] {
        let made = data(mock.post(path, create("single_device", device)).await);
        assert_eq!(made["benefit_info"]["trigger_unit"], "never");
        ids.push(made["benefit_info"]["benefit_id"].as_str().unwrap().to_owned());
    }
    assert_error(&mock.post(path, create("single_device", "")).await, 4000, "entity_id");
    data(mock.post(path, create("enterprise_all_devices", "")).await);
    assert_error(&mock.post(path, create("enterprise_all_devices", "")).await, 4000, "entity_type");
    let list = format!("{path}?entity_type=single_device&benefit_type=resource_point");
    let mut seen = Vec::new();
    let mut token = String::new();
    for _ in 0..3 {
        let page = data(mock.get(&format!("{list}&page_size=1&page_token={token}")).await);
        seen.push(page["benefit_infos"][0]["entity_id"].as_str().unwrap().to_owned());
        page["page_token"].as_str().unwrap().clone_into(&mut token);
    }
    assert_eq!(seen, ["a", "b", "c"]);
    let update = format!("{path}/{}", ids[1]);
    assert_eq!(data(mock.put(&update, json!({"limit": 20})).await)["limit"], 20);
    assert_error(&mock.put(&update, json!({"ended_at": 0})).await, 4000, "ended_at");
    data(mock.put(&update, json!({"status": "frozen"})).await);
    assert_eq!(data(mock.get(&list).await)["benefit_infos"].as_array().unwrap().len(), 2);
    assert_eq!(
        data(mock.get(&format!("{list}&status=frozen")).await)["benefit_infos"][0]["limit"],
        20
    );
    assert_error(&mock.put(&format!("{path}/1"), json!({})).await, 4200, "benefit_id=1");
    let plan = data(mock.get("/v1/commerce/benefit/benefits/get?resource_id=chat").await);
    assert_eq!(plan["benefit_info"][0]["resource_id"], "chat");
}

#[tokio::test]
async fn a_bill_is_exported() {
    let mock = Mock::strict().await;
    let path = "/v1/commerce/benefit/bill_tasks";
    let task = data(mock.post(path, json!({"started_at": 86400, "ended_at": 172_799})).await);
    assert_eq!(task["status"], "init");
    let list = format!("{path}?task_ids={}", task["task_id"].as_str().unwrap());
    assert_eq!(data(mock.get(&list).await)["task_infos"][0]["status"], "running");
    let done = data(mock.get(&list).await)["task_infos"][0].clone();
    assert_eq!(done["status"], "succeed");
    let url = done["file_urls"][0].as_str().unwrap();
    let file = mock.client.get(url).send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "text/csv");
    assert!(file.text().await.unwrap().starts_with("consume_time,"));
    mock.server.state(|state| state.clock.advance(std::time::Duration::from_secs(8 * 86_400)));
    assert_error(
        &mock
            .get(url.split_once("/mock").map(|(_, rest)| format!("/mock{rest}")).unwrap().as_str())
            .await,
        4200,
        "task_id",
    );
    assert_error(&mock.get(&format!("{path}?task_ids=1")).await, 4200, "task_ids=1");
    let backwards = json!({"started_at": 5, "ended_at": 4});
    assert_error(&mock.post(path, backwards).await, 4000, "ended_at");
}

#[tokio::test]
async fn channels_store_their_configurations() {
    let mock = Mock::strict().await;
    data(mock.post("/v1/connectors/5/install", json!({"workspace_id": WORKSPACE})).await);
    let config = json!({"key": "device_id", "enums": [{"label": "Lamp", "value": "1"}]});
    data(mock.post("/v1/connectors/5/user_configs", json!({"configs": [config]})).await);
    let review = json!({"audit_status": 3, "reason": "No."});
    data(mock.put(&format!("/v1/connectors/5/bots/{BOT}"), review).await);
    mock.server.state(|state| {
        let connector = &state.connectors["5"];
        assert!(connector.workspaces.contains(WORKSPACE));
        assert_eq!(connector.user_configs[USER], vec![config.clone()]);
        assert_eq!(connector.audits[BOT], (3, "No.".to_owned()));
    });
    let nowhere = json!({"workspace_id": "1"});
    assert_error(&mock.post("/v1/connectors/5/install", nowhere).await, 4200, "workspace_id=1");
    assert_error(&mock.put("/v1/connectors/5/bots/1", json!({})).await, 4200, "bot_id=1");
    assert_eq!(data(mock.get("/v1/users/me").await)["user_id"], USER);
}

#[tokio::test]
async fn responses_that_are_only_examples_are_marked() {
    let mock = Mock::start().await;
    let mark = async |entity: &str| {
        let body = json!({"entity_id": entity, "entity_type": "bot"});
        let request = mock.with_json("POST", "/v1/entities/copy_tasks", &body);
        let response = request.send().await.unwrap();
        let mark = response.headers().get("x-coze-mock-example");
        mark.map(|id| id.to_str().unwrap().to_owned())
    };
    assert_eq!(mark("7446689358658301234").await.as_deref(), Some("7446689358658301234"));
    assert_eq!(mark(BOT).await, None);
    assert_eq!(mark("4711").await, None, "an error is not an example");
}

/// Creates objects from the examples of the spec, unchanged.
#[tokio::test]
async fn examples_create_objects_where_their_parents_exist() {
    let mock = Mock::with(coze_mock::MockServer::builder()).await;
    let create = async |operation: &str, path: &str| {
        let operation = coze_spec::api().operation(operation).unwrap();
        let body = &operation.body.as_ref().unwrap().example;
        let method = operation.verb.name().to_uppercase();
        let response = mock.with_json(&method, path, body).send().await.unwrap();
        let mark = response.headers().get("x-coze-mock-example").cloned();
        let reply = json(response).await;
        assert_eq!((&reply["code"], mark), (&json!(0), None), "{}: {reply}", operation.id);
        data(reply)
    };
    create("workspaces.create", "/v1/workspaces").await;
    create("bots.create", "/v1/bot/create").await;
    let base = create("datasets.create", "/v1/datasets").await;
    create("databases.create", "/v1/databases").await;
    let conversation = create("conversations.create", "/v1/conversation/create").await;
    let id = conversation["id"].as_str().unwrap();
    let messages = format!("/v1/conversation/message/create?conversation_id={id}");
    create("conversations.messages.create", &messages).await;
    create("templates.duplicate", &format!("/v1/templates/{TEMPLATE}/duplicate")).await;
    create("variables.update", "/v1/variables").await;
    let app = create("api_apps.create", "/v1/api_apps").await;
    let events = format!("/v1/api_apps/{}/events", app["id"].as_str().unwrap());
    create("api_apps.events.create", &events).await;
    create("audio.voiceprint_groups.create", "/v1/audio/voiceprint_groups").await;
    create("benefit_limitations.create", "/v1/commerce/benefit/limitations").await;
    create("bill_tasks.create", "/v1/commerce/benefit/bill_tasks").await;
    let organizations = format!("/v1/enterprises/{ENTERPRISE}/organizations");
    create("enterprises.organizations.create", &organizations).await;
    let members = format!("/v1/organizations/{ORGANIZATION}/members");
    create("organizations.members.create", &members).await;
    let members = format!("/v1/enterprises/{ENTERPRISE}/members");
    create("enterprises.members.create", &members).await;
    let id = base["dataset_id"].as_str().unwrap();
    let listed = data(mock.get(&format!("/v1/datasets?space_id={WORKSPACE}")).await);
    assert_eq!(listed["dataset_list"][0]["dataset_id"], id, "{listed}");
}
