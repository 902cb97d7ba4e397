//! A bot's life: created, updated, published, listed, unpublished; its versions and its editors.

use serde_json::{Map, Value, json};

use super::{Behaviors, Context, api_apps};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::spec::pick;
use crate::state::{API_CONNECTOR, Bot, Release};

/// The channels, besides custom ones, to which the API can publish a bot.
const OFFICIAL: [&str; 2] = [API_CONNECTOR, "999"];

/// The default model of bots.
const MODEL: &str = "1706077826";

pub(super) fn register(all: &mut Behaviors) {
    all.on("bots.create", create);
    all.on("bots.update", update);
    all.on("bots.publish", publish);
    all.on("bots.unpublish", unpublish);
    all.on("bots.list", list);
    all.on("bots.list_published", list_published);
    all.on("bots.retrieve", retrieve);
    all.on("bots.retrieve_published", retrieve_published);
    all.on("bots.versions.list", list_versions);
    all.on("bots.collaboration_modes.update", update_collaboration);
    all.on("bots.collaborators.create", add_collaborators);
    all.on("bots.collaborators.delete", remove_collaborator);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("space_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("space_id", workspace));
    }
    let draft = configuration(request);
    let now = context.now();
    let bot = Bot {
        id: context.id(),
        workspace_id: workspace.to_owned(),
        owner_id: context.caller.user_id.clone(),
        created_at: now,
        updated_at: now,
        changed: true,
        draft,
        ..Bot::default()
    };
    let id = bot.id.clone();
    context.state.bots.insert(bot);
    Ok(Reply::data(json!({"bot_id": id})))
}

/// The configuration of a bot in a request.
fn configuration(request: &Request) -> Map<String, Value> {
    let mut all = request.body().as_object().cloned().unwrap_or_default();
    all.retain(|name, value| !value.is_null() && name != "bot_id" && name != "space_id");
    all
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let bot = find(context, request)?;
    bot.draft.extend(configuration(request));
    bot.updated_at = now;
    bot.changed = true;
    Ok(Reply::empty())
}

fn publish(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.state.clock.now_ms();
    let bot = find(context, request)?;
    let connectors = request.texts("connector_ids");
    if connectors.is_empty() {
        return Err(ApiError::field("connector_ids", "name at least one channel"));
    }
    let custom = connectors.iter().any(|id| !OFFICIAL.contains(id));
    if custom && !connectors.contains(&API_CONNECTOR) {
        let why = "to publish to a custom channel, also publish to the API channel";
        return Err(ApiError::field("connector_ids", why));
    }
    let version = bot.publish(now, &connectors).version.clone();
    let id = bot.id.clone();
    let mut event = event(bot);
    event["version"] = json!(version);
    api_apps::notify(context, "bot.published", &event);
    Ok(Reply::data(json!({"bot_id": id, "version": version})))
}

/// Returns the event about a bot that callback apps receive.
fn event(bot: &Bot) -> Value {
    json!({
        "bot_id": bot.id,
        "bot_id_str": bot.id,
        "bot_name": text(&bot.draft, "name"),
        "description": text(&bot.draft, "description"),
        "space_id": bot.workspace_id,
        "user_id_str": bot.owner_id,
    })
}

fn unpublish(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot = find(context, request)?;
    let connector = request.text("connector_id");
    let published = bot.connectors.len();
    bot.connectors.retain(|id| id != connector);
    if bot.connectors.len() == published {
        return Err(ApiError::field("connector_id", "the bot is not published there"));
    }
    let mut event = event(bot);
    event["connector_id"] = json!(connector);
    api_apps::notify(context, "bot.unpublished", &event);
    Ok(Reply::empty())
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("workspace_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("workspace_id", workspace));
    }
    let status = request.text("publish_status");
    let connector = request.text("connector_id");
    let on_channel = |bot: &Bot| bot.connectors.iter().any(|id| id == connector);
    let wanted = |bot: &&Bot| match status {
        "published_online" => on_channel(bot),
        "published_draft" => on_channel(bot) && bot.changed,
        "unpublished_draft" => !bot.is_published(),
        _ => true,
    };
    let all = context.state.bots.all().filter(|bot| bot.workspace_id == workspace);
    let all = all.filter(wanted).map(|bot| summary(bot, status == "published_online"));
    let all = all.collect();
    context.page(request, all)
}

fn summary(bot: &Bot, as_published: bool) -> Value {
    let release = bot.released();
    let configuration = match release {
        Some(release) if as_published => &release.configuration,
        _ => &bot.draft,
    };
    json!({
        "id": bot.id,
        "name": configuration.get("name"),
        "icon_url": icon(bot),
        "folder_id": "",
        "updated_at": bot.updated_at,
        "description": text(configuration, "description"),
        "is_published": bot.is_published(),
        "published_at": release.map(|release| release.created_at),
        "owner_user_id": bot.owner_id,
    })
}

fn list_published(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("space_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("space_id", workspace));
    }
    let all = context.state.bots.all().filter(|bot| bot.workspace_id == workspace);
    let all = all.filter_map(|bot| Some((bot, bot.released()?)));
    let all = all.map(|(bot, release)| {
        json!({
            "bot_id": bot.id,
            "bot_name": text(&release.configuration, "name"),
            "description": text(&release.configuration, "description"),
            "icon_url": icon(bot),
            "publish_time": release.created_at.to_string(),
        })
    });
    let all = all.collect();
    context.page(request, all)
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot = find(context, request)?;
    if request.flag("is_published") {
        return published(bot);
    }
    let version = (bot.updated_at * 1000).to_string();
    Ok(Reply::data(to_json(bot, &bot.draft, &version)))
}

pub(super) fn retrieve_published(
    context: &mut Context<'_>,
    request: &Request,
) -> Result<Reply, ApiError> {
    published(find(context, request)?)
}

fn published(bot: &Bot) -> Result<Reply, ApiError> {
    let Some(Release { configuration, version, .. }) = bot.released() else {
        return Err(ApiError::new(4015, format!("The bot {} is not published.", bot.id)));
    };
    Ok(Reply::data(to_json(bot, configuration, version)))
}

/// A bot as the API shows it.
fn to_json(bot: &Bot, configuration: &Map<String, Value>, version: &str) -> Value {
    let part = |name: &str| configuration.get(name).cloned().unwrap_or_default();
    let (onboarding, model) = (part("onboarding_info"), part("model_info_config"));
    let mut shown = json!({
        "bot_id": bot.id,
        "name": part("name"),
        "description": text(configuration, "description"),
        "icon_url": icon(bot),
        "create_time": bot.created_at,
        "update_time": bot.updated_at,
        "version": version,
        "bot_mode": 0,
        "folder_id": "",
        "owner_user_id": bot.owner_id,
        "default_user_input_type": "text",
        "onboarding_info": {
            "prologue": text_of(&onboarding["prologue"]),
            "suggested_questions": list_of(&onboarding["suggested_questions"]),
        },
        "model_info": model_info(&model),
        "plugin_info_list": plugins(&part("plugin_id_list")),
        "workflow_info_list": list_of(&part("workflow_id_list")["ids"])
            .iter()
            .map(|workflow| json!({"id": text_of(&workflow["id"]), "name": "", "icon_url": "", "description": ""}))
            .collect::<Vec<_>>(),
        "knowledge": {
            "knowledge_infos": list_of(&part("knowledge")["dataset_ids"])
                .iter()
                .map(|id| json!({"id": id, "name": ""}))
                .collect::<Vec<_>>(),
        },
    });
    for name in ["prompt_info", "suggest_reply_info"] {
        let value = part(name);
        if !value.is_null() {
            shown[name] = value;
        }
    }
    shown
}

/// The plugins of a bot, each with its tools.
fn plugins(bound: &Value) -> Vec<Value> {
    let mut all: Vec<(String, Vec<Value>)> = Vec::new();
    for tool in list_of(&bound["id_list"]) {
        let plugin = text_of(&tool["plugin_id"]);
        let tool = json!({"api_id": text_of(&tool["api_id"]), "name": "", "description": ""});
        match all.iter_mut().find(|(id, _)| id == plugin) {
            Some((_, tools)) => tools.push(tool),
            None => all.push((plugin.to_owned(), vec![tool])),
        }
    }
    let shown = all.into_iter().map(|(plugin, tools)| {
        json!({
            "plugin_id": plugin,
            "name": "",
            "icon_url": "",
            "description": "",
            "api_info_list": tools,
        })
    });
    shown.collect()
}

fn list_versions(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot = find(context, request)?;
    let creator = json!({"id": bot.owner_id, "name": "Mock"});
    let version = |version: &str, created_at: i64, status: &str| {
        json!({
            "creator": creator,
            "version": version,
            "changelog": "",
            "created_at": created_at,
            "publish_status": status,
        })
    };
    let connector = request.text("connector_id");
    let all = if request.text("publish_status") == "unpublished_draft" {
        let drafts = Some(bot).filter(|bot| bot.changed).into_iter();
        let shown = drafts.map(|bot| {
            let number = (bot.updated_at * 1000).to_string();
            version(&number, bot.updated_at, "unpublished_draft")
        });
        shown.collect()
    } else {
        let all = bot.releases.iter().rev().filter(|release| {
            connector.is_empty() || release.connectors.iter().any(|id| id == connector)
        });
        let shown =
            all.map(|release| version(&release.version, release.created_at, "published_online"));
        shown.collect()
    };
    context.page(request, all)
}

fn update_collaboration(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot = find(context, request)?;
    bot.collaboration = request.text("collaboration_mode") == "collaboration";
    Ok(Reply::empty())
}

fn add_collaborators(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot = find(context, request)?;
    for collaborator in request.list("collaborators") {
        let id = text_of(&collaborator["user_id"]);
        if !bot.collaborators.iter().any(|known| known == id) {
            bot.collaborators.push(id.to_owned());
        }
    }
    Ok(Reply::empty())
}

fn remove_collaborator(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let user = request.text("user_id");
    let bot = find(context, request)?;
    let count = bot.collaborators.len();
    bot.collaborators.retain(|id| id != user);
    if bot.collaborators.len() == count {
        return Err(ApiError::unknown("user_id", user));
    }
    Ok(Reply::empty())
}

pub(super) fn find<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Bot, ApiError> {
    let id = request.text("bot_id");
    context.state.bots.get_mut(id).ok_or_else(|| ApiError::unknown("bot_id", id))
}

fn icon(bot: &Bot) -> String {
    format!("https://example.com/bots/{}.png", bot.id)
}

fn text<'a>(configuration: &'a Map<String, Value>, name: &str) -> &'a str {
    configuration.get(name).map_or("", text_of)
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The model of a bot. Every bot has one, chosen or not.
fn model_info(chosen: &Value) -> Value {
    let mut shown = pick(
        chosen,
        &[
            "model_id",
            "top_k",
            "top_p",
            "max_tokens",
            "parameters",
            "temperature",
            "context_round",
            "response_format",
            "presence_penalty",
            "frequency_penalty",
            "api_mode",
        ],
    );
    if shown["model_id"].is_null() {
        shown["model_id"] = json!(MODEL);
    }
    shown
}
