//! Apps and their collaborators; folders.

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{API_CONNECTOR, App, Folder, State};

pub(super) fn register(all: &mut Behaviors) {
    all.on("apps.list", list);
    all.on("apps.retrieve", retrieve);
    all.on("apps.collaborators.create", add_collaborators);
    all.on("apps.collaborators.delete", remove_collaborator);
    all.on("folders.list", list_folders);
    all.on("folders.retrieve", retrieve_folder);
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = workspace(context, request)?;
    let connector = request.text("connector_id");
    let on_channel = |app: &App| app.connectors.iter().any(|id| id == connector);
    let changed = |app: &App| app.published_at.is_some_and(|time| time < app.updated_at);
    let wanted = |app: &&App| match request.text("publish_status") {
        "published_online" => on_channel(app),
        "published_draft" => on_channel(app) && changed(app),
        "unpublished_draft" => app.published_at.is_none(),
        _ => true,
    };
    let all = context.state.apps.all().filter(|app| app.workspace_id == workspace);
    let all = all.filter(wanted).map(to_json).collect();
    context.page(request, all)
}

/// An app as its chat page reads it: it must be published on the channel.
fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let app = context.state.apps.require("app_id", request.text("app_id"))?;
    let connector = match request.text("connector_id") {
        "" => API_CONNECTOR,
        connector => connector,
    };
    if !app.connectors.iter().any(|id| id == connector) {
        return Err(ApiError::unknown("app_id", &app.id));
    }
    Ok(Reply::data(json!({
        "app_id": app.id,
        "version": "v0.0.1",
        "name": app.name,
        "description": app.description,
        "icon_url": format!("https://example.com/apps/{}.png", app.id),
        "variables": [],
    })))
}

fn to_json(app: &App) -> Value {
    let mut shown = json!({
        "id": app.id,
        "name": app.name,
        "icon_url": format!("https://example.com/apps/{}.png", app.id),
        "folder_id": app.folder_id,
        "updated_at": app.updated_at,
        "description": app.description,
        "is_published": app.published_at.is_some(),
        "owner_user_id": app.owner_id,
    });
    if let Some(time) = app.published_at {
        shown["published_at"] = time.into();
    }
    shown
}

fn add_collaborators(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let app = find(context, request)?.clone();
    let members = context.state.workspaces.get(&app.workspace_id);
    for user in request.list("collaborators") {
        let user = user["user_id"].as_str().unwrap_or_default();
        let missing = members.is_none_or(|workspace| workspace.member(user).is_none());
        if missing && !context.is_example(user) {
            let why = "the user is not a member of the app's workspace";
            return Err(ApiError::field("collaborators.0.user_id", why));
        }
        let app = context.state.apps.require_mut("app_id", &app.id)?;
        if app.owner_id != user && !app.collaborators.iter().any(|known| known == user) {
            app.collaborators.push(user.to_owned());
        }
    }
    Ok(Reply::empty())
}

fn remove_collaborator(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let user = request.text("user_id");
    let example = context.is_example(user);
    let app = find(context, request)?;
    let before = app.collaborators.len();
    app.collaborators.retain(|known| known != user);
    if app.collaborators.len() == before && !example {
        return Err(ApiError::field("user_id", "the user is not a collaborator of the app"));
    }
    Ok(Reply::empty())
}

fn find<'a>(context: &'a mut Context<'_>, request: &Request) -> Result<&'a mut App, ApiError> {
    context.state.apps.require_mut("app_id", request.text("app_id"))
}

fn workspace<'a>(context: &Context<'_>, request: &'a Request) -> Result<&'a str, ApiError> {
    let id = request.text("workspace_id");
    match context.state.workspaces.get(id) {
        Some(_) => Ok(id),
        None => Err(ApiError::unknown("workspace_id", id)),
    }
}

fn list_folders(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = workspace(context, request)?;
    let parent = match request.text("parent_folder_id") {
        "0" => "",
        parent => &context.state.folders.require("parent_folder_id", parent)?.id,
    };
    let all = context.state.folders.all();
    let all = all.filter(|folder| folder.workspace_id == workspace && folder.parent_id == parent);
    let all = all.map(|folder| {
        let mut shown = folder_to_json(folder);
        shown["children_count"] = children(context.state, folder).into();
        shown
    });
    let all = all.collect();
    context.page(request, all)
}

fn retrieve_folder(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let folder = context.state.folders.require("folder_id", request.text("folder_id"))?;
    Ok(Reply::data(folder_to_json(folder)))
}

/// The number of folders and apps in a folder.
fn children(state: &State, folder: &Folder) -> usize {
    let folders = state.folders.all().filter(|child| child.parent_id == folder.id).count();
    folders + state.apps.all().filter(|app| app.folder_id == folder.id).count()
}

fn folder_to_json(folder: &Folder) -> Value {
    let parent = match folder.parent_id.as_str() {
        "" => "0",
        parent => parent,
    };
    json!({
        "id": folder.id,
        "name": folder.name,
        "description": folder.description,
        "folder_type": "development",
        "workspace_id": folder.workspace_id,
        "creator_user_id": folder.creator_id,
        "parent_folder_id": parent,
    })
}
