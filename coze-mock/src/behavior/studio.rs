//! The behaviors of Coze Studio that differ from the cloud's in more than names.

use http::Method;
use serde_json::{Value, json};

mod chat;
mod chatflow;
mod documents;
mod messages;
mod workflows;

pub(super) use chat::chat_event;
pub(super) use chatflow::ChatflowRun;

use super::{Behaviors, Context, bots, chat as cloud_chat, files};
use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Conversation, State};

/// Replaces behaviors of the cloud, and removes its other routes.
pub(super) fn register(all: &mut Behaviors) {
    all.extra.retain(|endpoint| endpoint.path.starts_with("/mock/"));
    all.on("chat.create", chat::create);
    all.on("chat.cancel", chat::cancel);
    all.on("chat.messages.list", cloud_chat::list_all);
    all.on("conversations.messages.list", messages::list);
    all.on("bots.retrieve", retrieve_bot);
    all.on("bots.retrieve_published", retrieve_published_bot);
    all.on("files.upload", upload);
    all.on("datasets.documents.create", documents::create);
    all.on("workflows.retrieve", workflows::retrieve);
    all.on("workflows.runs.create", workflows::create);
    all.on("workflows.runs.stream", workflows::stream);
    all.on("workflows.runs.resume", workflows::resume);
    all.on("workflows.runs.run_histories.retrieve", workflows::history);
    all.on("workflows.chat.stream", chatflow::run);
    all.on("apps.retrieve", retrieve_app);
    let path = "/v1/workflow/conversation/create";
    all.studio("workflows.conversations.create", Method::POST, path, create_conversation);
}

impl Behaviors {
    /// Adds a route of Coze Studio that the cloud does not document.
    fn studio(
        &mut self,
        id: &str,
        method: Method,
        path: &str,
        behavior: impl Fn(&mut Context<'_>, &Request) -> Result<Reply, ApiError> + Send + Sync + 'static,
    ) {
        self.extra.push(Endpoint::studio(id, method, path));
        self.on(id, behavior);
    }
}

/// Returns the published version of a bot to its creator.
fn retrieve_bot(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let caller = context.caller;
    let bot = bots::find(context, request)?;
    if bot.owner_id != caller.user_id {
        return Err(ApiError::new(100_000_003, "permission denied"));
    }
    if bot.released().is_none() {
        return Err(ApiError::new(100_000_002, "resource not found"));
    }
    bots::retrieve_published(context, request)
}

fn retrieve_published_bot(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mut query = request.query().iter();
    let connector = query.find(|(name, _)| name == "connector_id");
    if connector.is_none_or(|(_, id)| id.parse::<i64>().is_err()) {
        return Err(ApiError::internal("the connector is not a number"));
    }
    bots::retrieve_published(context, request)
}

/// Returns an app for a channel on which it is published; otherwise `null`, because the platform
/// loses the error.
fn retrieve_app(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let app = context.state.apps.require("app_id", request.text("app_id"))?;
    let mut query = request.query().iter();
    let connector = query.find(|(name, _)| name == "connector_id").map_or("0", |(_, id)| id);
    if app.published_at.is_none() || !app.connectors.iter().any(|known| known == connector) {
        return Ok(Reply::json(Value::Null).unchecked());
    }
    let data = json!({
        "app_id": app.id,
        "version": "v0.0.1",
        "name": app.name,
        "description": app.description,
        "icon_url": format!("{}/icons/{}.png", context.base_url(), app.id),
        "variables": [],
    });
    Ok(Reply::json(json!({"data": data, "BaseResp": null})).unchecked())
}

/// Uploads a file. The response also names the places where it is stored.
fn upload(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    match request.files("file").count() {
        0 => return Err(ApiError::new(104_000_006, "file is required")),
        1 => {}
        _ => return Err(ApiError::new(104_000_007, "only one file is allowed")),
    }
    let (mut shown, uri) = files::store(context, request)?;
    shown["url"] = json!(format!("{}/local_storage/{uri}", context.base_url()));
    shown["uri"] = json!(uri);
    Ok(Reply::data(shown))
}

/// Creates a named conversation of an app. With `get_or_create` it must exist: the flag means the
/// opposite of its name.
fn create_conversation(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let text = |name: &str| request.body()[name].as_str().unwrap_or_default().to_owned();
    let (app, name) = (text("app_id"), text("conversation_name"));
    let existing = named_conversation(context.state, &app, &name).cloned();
    let conversation = match existing {
        Some(known) => known,
        None if request.body()["get_or_create"] == true => {
            return Err(ApiError::new(777_777_762, "conversation not found"));
        }
        None => {
            let creator = context.caller.user_id.clone();
            let mut new = cloud_chat::new_conversation(context.state, &creator, &app);
            new.name = name;
            context.state.conversations.insert(new.id.clone(), new.clone());
            new
        }
    };
    let data = json!({
        "id": conversation.id,
        "created_at": 0,
        "meta_data": null,
        "last_section_id": conversation.section_id,
    });
    Ok(Reply::json(json!({"code": 0, "msg": "", "data": data})).unchecked())
}

/// Returns the conversation of that name in an app or with a bot.
fn named_conversation<'a>(state: &'a State, owner: &str, name: &str) -> Option<&'a Conversation> {
    let mut all = state.conversations.all();
    all.find(|conversation| conversation.bot_id == owner && conversation.name == name)
}
