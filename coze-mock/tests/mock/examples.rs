//! The examples of the spec describe one world: they name the objects that the mock has, and one
//! object of each other kind.

use std::collections::BTreeMap;

use coze_mock::state::{
    API_CONNECTOR, APP, BOT, CHATFLOW, ENTERPRISE, FOLDER, ORGANIZATION, PLUGIN, TEMPLATE, USER,
    VOICE, WORKFLOW, WORKSPACE,
};
use coze_spec::model::Platform;
use serde_json::{Value, json};

use crate::every_operation::example_request;
use crate::support::{Mock, data, json};

/// The channel that is not that of the API.
const CHANNEL: &str = "7420279712345678901";

/// The names of fields with ids of one kind, and the ids that examples may use.
const WORLD: &[(&[&str], &[&str])] = &[
    // A personal workspace has no other members, so those are in one of a team.
    (
        &["workspace_id", "space_id", "to_workspace_id", "target_workspace_id"],
        &[WORKSPACE, "7498204883280412345"],
    ),
    (&["bot_id", "bot_id_str"], &[BOT]),
    (&["workflow_id"], &[WORKFLOW, CHATFLOW]),
    // The projects of an RTC service are apps, too.
    (&["app_id"], &[APP, "6705332c79516e0123456789"]),
    (&["conversation_id"], &["7381473525342978089"]),
    (&["section_id", "last_section_id"], &["7381473525342994473"]),
    (&["chat_id"], &["7382159487131697202"]),
    (&["message_id"], &["7381311405951151234"]),
    (&["execute_id"], &["7431040978805851234"]),
    (&["dataset_id", "dataset_ids"], &["7446689358658301234"]),
    // Some operations take several documents.
    (&["document_id", "document_ids"], &["7386942056030101234", "7446670805219095678"]),
    (&["database_id"], &["7612903262538280018"]),
    (&["file_id", "icon_file_id"], &["7369495981102022700"]),
    (&["folder_id"], &[FOLDER]),
    (&["template_id"], &[TEMPLATE]),
    // Some operations show several plugins with their tools.
    (&["plugin_id"], &[PLUGIN, "7426655854067351562"]),
    (&["tool_id", "api_id"], &["7506818401994752000", "7426655854067367946"]),
    // A voice of the system, and one that the user has cloned.
    (&["voice_id"], &[VOICE, "7348293334459318316"]),
    (&["group_id"], &["7513864977188931234"]),
    (&["feature_id", "voice_print_feature_id"], &["7513865283312831234"]),
    (&["enterprise_id"], &[ENTERPRISE]),
    // A list shows two organizations.
    (&["organization_id"], &[ORGANIZATION, "7490888144457212345"]),
    (&["api_app_id"], &["7512045450401153075"]),
    // Databases and benefits count the channels of the platform with other numbers.
    (&["connector_id", "connector_ids"], &[API_CONNECTOR, CHANNEL, "10000010", "10000011"]),
    (&["creator_id", "creator_user_id", "owner_user_id", "owner_uid"], &[USER]),
    (&["receiver_user_id", "super_admin_user_id"], &[USER]),
    (&["coze_account_id"], &[ORGANIZATION]),
];

/// Collects the ids of a value by the names of their fields.
fn collect(name: &str, value: &Value, ids: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => members.iter().for_each(|(name, v)| collect(name, v, ids)),
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, ids)),
        // JSON in a string.
        Value::String(text) if text.starts_with(['{', '[']) => {
            let inner = serde_json::from_str(text).unwrap_or_default();
            collect(name, &inner, ids);
        }
        // A stream of events.
        Value::String(text) if text.contains("data:") => {
            let frames = text.lines().filter_map(|line| line.strip_prefix("data:"));
            frames.for_each(|frame| {
                collect(name, &serde_json::from_str(frame).unwrap_or_default(), ids);
            });
        }
        Value::String(text) => ids.push((name.to_owned(), text.clone())),
        Value::Number(number) => ids.push((name.to_owned(), number.to_string())),
        Value::Bool(_) | Value::Null => {}
    }
}

/// Finds all examples in the model, and returns their ids.
fn examples(value: &Value, ids: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| examples(item, ids)),
        Value::Object(members) => {
            for (name, member) in members {
                if name == "example" {
                    collect(value["wire"].as_str().unwrap_or_default(), member, ids);
                } else {
                    examples(member, ids);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn examples_name_one_object_of_each_kind() {
    let mut ids = Vec::new();
    examples(&serde_json::to_value(coze_spec::api()).unwrap(), &mut ids);
    let mut unseen: BTreeMap<&str, &str> = BTreeMap::new();
    for (names, known) in WORLD {
        unseen.extend(known.iter().map(|id| (*id, names[0])));
    }
    let mut wrong = Vec::new();
    for (name, id) in ids {
        let kind = WORLD.iter().find(|(names, _)| names.contains(&name.as_str()));
        match kind {
            // An absent object.
            Some(_) if matches!(id.as_str(), "" | "0") => {}
            Some((_, known)) if known.contains(&id.as_str()) => drop(unseen.remove(id.as_str())),
            Some(_) => wrong.push(format!("{name}: {id}")),
            None => {}
        }
    }
    assert!(wrong.is_empty(), "objects of another world:\n{}", wrong.join("\n"));
    assert!(unseen.is_empty(), "no example names {unseen:?}");
}

/// The operations that create an object, those that list such objects, and the path of the id in
/// the response of the first.
const CREATED: &[(&str, &str, &str)] = &[
    ("workspaces.create", "workspaces.list", "id"),
    ("bots.create", "bots.list", "bot_id"),
    ("entities.copy_tasks.create", "bots.list", "copied_entity_id"),
    ("templates.duplicate", "bots.list", "entity_id"),
    ("conversations.create", "conversations.list", "id"),
    ("datasets.create", "datasets.list", "dataset_id"),
    ("databases.create", "databases.list", "database_id"),
    ("audio.voiceprint_groups.create", "audio.voiceprint_groups.list", "id"),
    ("benefit_limitations.create", "benefit_limitations.list", "benefit_info/benefit_id"),
    ("api_apps.create", "api_apps.list", "id"),
    ("enterprises.organizations.create", "enterprises.organizations.list", "organization_id"),
];

#[tokio::test]
async fn a_list_shows_what_the_example_before_it_has_created() {
    let mut wrong = Vec::new();
    for (create, list, path) in CREATED {
        let mock = Mock::with(coze_mock::MockServer::builder()).await;
        let send = async |id: &str| {
            let operation = coze_spec::api().operation(id).unwrap();
            let response = example_request(&mock, operation, Platform::Cloud).send().await.unwrap();
            let mark = response.headers().get("x-coze-mock-example").cloned();
            (json(response).await, mark)
        };
        let (created, mark) = send(create).await;
        if created["code"] != json!(0) || mark.is_some() {
            wrong.push(format!("{create}: {mark:?} {created}"));
            continue;
        }
        let created = data(created);
        let id = created.pointer(&format!("/{path}")).and_then(Value::as_str);
        let id = id.unwrap_or_else(|| panic!("{create}: {created}"));
        let (listed, mark) = send(list).await;
        if mark.is_some() || !listed.to_string().contains(&format!("\"{id}\"")) {
            wrong.push(format!("{create} made {id}, {list}: {mark:?} {listed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
