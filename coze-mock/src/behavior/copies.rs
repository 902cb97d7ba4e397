//! Copies of bots and apps, and bots created from templates.

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{App, Bot, CopyTask};

pub(super) fn register(all: &mut Behaviors) {
    all.on("entities.copy_tasks.create", create);
    all.on("entities.copy_tasks.retrieve", retrieve);
    all.on("templates.duplicate", duplicate);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (kind, source) = (request.text("entity_type"), request.text("entity_id"));
    let home = match kind {
        "bot" => context.state.bots.get(source).map(|bot| bot.workspace_id.clone()),
        "app" => context.state.apps.get(source).map(|app| app.workspace_id.clone()),
        _ => None,
    };
    let home = home.ok_or_else(|| ApiError::unknown("entity_id", source))?;
    let target = match request.text("to_workspace_id") {
        "" => home.as_str(),
        target => target,
    };
    for (name, id) in [("entity_id", home.as_str()), ("to_workspace_id", target)] {
        let workspace = context.state.workspaces.get(id);
        let workspace = workspace.ok_or_else(|| ApiError::unknown(name, id))?;
        if workspace.member(&context.caller.user_id).is_none() {
            return Err(ApiError::field(name, "the caller is not a member of the workspace"));
        }
        if workspace.personal && home != target {
            let why = "entities in a personal workspace can be copied only within it";
            return Err(ApiError::field("to_workspace_id", why));
        }
    }
    let copy = copy(context, kind, source, target)?;
    if kind == "bot" && home == target {
        return Ok(Reply::data(json!({"copied_entity_id": copy})));
    }
    let id = context.id();
    let task = CopyTask {
        id: id.clone(),
        kind: kind.to_owned(),
        source_id: source.to_owned(),
        target_id: copy,
        workspace_id: target.to_owned(),
        ..CopyTask::default()
    };
    context.state.copy_tasks.insert(&id, task);
    Ok(Reply::data(json!({"task_id": id})))
}

/// Copies a bot or an app as a draft and returns the id of the copy.
fn copy(
    context: &mut Context<'_>,
    kind: &str,
    source: &str,
    workspace: &str,
) -> Result<String, ApiError> {
    let (id, now) = (context.id(), context.now());
    let owner = &context.caller.user_id;
    if kind == "app" {
        let app = App {
            id: id.clone(),
            workspace_id: workspace.to_owned(),
            folder_id: String::new(),
            owner_id: owner.clone(),
            updated_at: now,
            published_at: None,
            connectors: Vec::new(),
            collaborators: Vec::new(),
            ..context.state.apps.require("entity_id", source)?.clone()
        };
        context.state.apps.insert(&id, app);
    } else {
        let bot = Bot {
            id: id.clone(),
            workspace_id: workspace.to_owned(),
            owner_id: owner.clone(),
            created_at: now,
            updated_at: now,
            changed: true,
            draft: context.state.bots.require(source)?.draft.clone(),
            ..Bot::default()
        };
        context.state.bots.insert(bot);
    }
    Ok(id)
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let task = context.state.copy_tasks.require_mut("task_id", request.text("task_id"))?;
    task.progress.advance();
    let status = if task.progress.status() == 0 { "in_progress" } else { "successful" };
    Ok(Reply::data(json!({
        "task_id": task.id,
        "entity_type": task.kind,
        "task_status": status,
        "failed_reasons": [],
        "source_entity_id": task.source_id,
        "target_entity_id": task.target_id,
        "target_workspace_id": task.workspace_id,
    })))
}

fn duplicate(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let template = request.text("template_id");
    let template = context.state.templates.require("template_id", template)?.clone();
    let workspace = request.text("workspace_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("workspace_id", workspace));
    }
    let name = match request.text("name") {
        "" => &template.name,
        name => name,
    };
    let (id, now) = (context.id(), context.now());
    let mut bot = Bot::new(&id, name);
    workspace.clone_into(&mut bot.workspace_id);
    bot.owner_id.clone_from(&context.caller.user_id);
    (bot.created_at, bot.updated_at) = (now, now);
    let prompt: Value = json!({"prompt": template.prompt});
    bot.draft.insert("prompt_info".to_owned(), prompt);
    context.state.bots.insert(bot);
    Ok(Reply::data(json!({"entity_id": id, "entity_type": "agent"})))
}
