//! The members of responses on Coze Studio.

use serde_json::{Map, Value, json};

use super::rename;
use crate::reply::{Content, Reply};
use crate::request::Request;
use crate::spec::{payload, pick};

/// The operations whose responses have neither `code` nor `msg`.
const WITHOUT_CODE: [&str; 1] = ["chat.cancel"];

/// The operations whose responses have no `BaseResp`.
const WITHOUT_BASE: [&str; 3] =
    ["bots.retrieve", "conversations.create", "conversations.messages.list"];

/// The operations whose `msg` is `success`.
const SUCCESS: [&str; 4] =
    ["datasets.create", "datasets.delete", "datasets.process", "datasets.update"];

/// The members of a chat.
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

/// The members of a message, apart from `meta_data`.
pub(crate) const MESSAGE: [&str; 11] = [
    "id",
    "conversation_id",
    "bot_id",
    "role",
    "type",
    "content",
    "content_type",
    "chat_id",
    "section_id",
    "created_at",
    "reasoning_content",
];

const CONVERSATION: [&str; 6] =
    ["id", "created_at", "meta_data", "connector_id", "last_section_id", "name"];

/// Translates the reply of a behavior. Unchecked replies already have the shape of the platform.
pub(crate) fn response(request: &Request, mut reply: Reply) -> Reply {
    let Some(operation) = request.endpoint.operation().filter(|_| reply.checked) else {
        return reply;
    };
    let (Content::Json(body), Some(studio)) = (&reply.content, &operation.studio) else {
        return reply;
    };
    let id = operation.id.as_str();
    let mut content = members_of(id, request, payload(operation, body).clone());
    if let Some(kind) = operation.payload() {
        content = rename(&kind, content);
    }
    if studio.bare {
        reply.content = Content::Json(content);
        return reply;
    }
    let mut root = Map::new();
    if !WITHOUT_CODE.contains(&id) {
        let msg = if SUCCESS.contains(&id) { "success" } else { "" };
        root.insert("code".to_owned(), json!(0));
        root.insert("msg".to_owned(), json!(msg));
    }
    if !WITHOUT_BASE.contains(&id) {
        root.insert("BaseResp".to_owned(), Value::Null);
    }
    match (operation.payload(), content) {
        // An empty list is omitted where the platform has its own name for it.
        (Some(_), Value::Array(items)) if items.is_empty() && studio.payload.is_some() => {}
        (Some(_), Value::Object(members)) if crate::spec::is_flat(operation) => {
            root.extend(members.into_iter().filter(|(name, _)| !is_envelope(name)));
        }
        (Some(_), content) => {
            root.insert(studio.payload.clone().unwrap_or_else(|| "data".to_owned()), content);
        }
        (None, _) => {}
    }
    reply.content = Content::Json(Value::Object(root));
    reply
}

fn is_envelope(name: &str) -> bool {
    matches!(name, "code" | "msg" | "detail")
}

/// Returns the payload with the members that the platform sends, under the names of the cloud.
fn members_of(id: &str, request: &Request, payload: Value) -> Value {
    match id {
        "chat.create" | "chat.cancel" => chat(&payload, false),
        "chat.retrieve" => chat(&payload, true),
        "chat.messages.list" => each(&payload, |message| {
            let mut shown = pick(message, &MESSAGE);
            if message["meta_data"].as_object().is_some_and(|data| !data.is_empty()) {
                shown["meta_data"] = message["meta_data"].clone();
            }
            shown
        }),
        "conversations.create" => {
            let mut shown = conversation(&payload, &CONVERSATION[..5]);
            if let Some(user) = request.body().get("user_id") {
                shown["user_id"] = user.clone();
            }
            shown
        }
        "conversations.retrieve" => {
            let mut shown = conversation(&payload, &CONVERSATION);
            shown["creator_id"] = payload["creator_id"].clone();
            shown
        }
        "conversations.update" => conversation(&payload, &CONVERSATION),
        "conversations.list" => {
            let mut shown = payload;
            let all = each(&shown["conversations"], |one| conversation(one, &CONVERSATION));
            let none = all.as_array().is_none_or(Vec::is_empty);
            shown["conversations"] = if none { Value::Null } else { all };
            shown
        }
        "bots.retrieve" | "bots.retrieve_published" => bot(&payload),
        "datasets.list" => {
            let mut shown = payload;
            shown["dataset_list"] = each(&shown["dataset_list"], dataset);
            shown
        }
        "datasets.documents.update" => json!({}),
        _ => payload,
    }
}

/// Returns a chat, with its usage once it is completed.
pub(crate) fn chat(chat: &Value, with_usage: bool) -> Value {
    let mut shown = pick(chat, &CHAT);
    if chat["status"] == "canceled" {
        // The platform writes the name of the event in place of the status.
        shown["status"] = json!("conversation.chat.cancelled");
    }
    if with_usage && chat["status"] == "completed" {
        shown["usage"] = chat["usage"].clone();
    }
    shown
}

fn conversation(conversation: &Value, names: &[&str]) -> Value {
    let mut shown = pick(conversation, names);
    if shown["meta_data"].as_object().is_some_and(Map::is_empty) {
        shown["meta_data"] = Value::Null;
    }
    shown
}

fn dataset(dataset: &Value) -> Value {
    let mut shown = dataset.clone();
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("creator_name");
        shown.remove("avatar_url");
        let size = dataset["all_file_size"].to_string();
        shown.insert("all_file_size".to_owned(), json!(size));
    }
    shown
}

/// Returns a bot with fewer members, the tools of its plugins in one list, and all times 0.
fn bot(bot: &Value) -> Value {
    let names =
        ["bot_id", "name", "description", "icon_url", "version", "prompt_info", "onboarding_info"];
    let mut shown = pick(bot, &names);
    let mut model = bot["model_info"].clone();
    let format = match model["response_format"].as_str() {
        Some("markdown") => 1,
        Some("json") => 2,
        _ => 0,
    };
    model["response_format"] = json!(format);
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let tools = list(&bot["plugin_info_list"]).into_iter().flat_map(|plugin| {
        let tools = list(&plugin["api_info_list"]).into_iter();
        let tool = |tool: Value| {
            json!({
                "plugin_id": plugin["plugin_id"],
                "api_id": tool["api_id"],
                "api_name": tool["name"],
            })
        };
        tools.map(tool).collect::<Vec<_>>()
    });
    let tools: Vec<Value> = tools.collect();
    let workflows = each(&bot["workflow_info_list"], |workflow| pick(workflow, &["id", "name"]));
    let null_if_empty = |list: Value| match list.as_array() {
        Some(items) if items.is_empty() => Value::Null,
        _ => list,
    };
    shown["create_time"] = json!(0);
    shown["update_time"] = json!(0);
    shown["bot_mode"] = json!(0);
    shown["default_user_input_type"] = json!("");
    shown["model_info"] = model;
    shown["plugin_info_list"] = null_if_empty(Value::Array(tools));
    shown["workflow_info_list"] = null_if_empty(workflows);
    for name in ["shortcut_commands", "suggest_reply_info", "background_image_info", "variables"] {
        shown[name] = Value::Null;
    }
    shown
}

fn each(list: &Value, change: impl Fn(&Value) -> Value) -> Value {
    list.as_array().into_iter().flatten().map(change).collect()
}
