//! Workspaces: created, listed, changed, and their members.

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Member, Workspace};

pub(super) fn register(all: &mut Behaviors) {
    all.on("workspaces.create", create);
    all.on("workspaces.list", list);
    all.on("workspaces.update", update);
    all.on("workspaces.members.list", list_members);
    all.on("workspaces.members.create", add_members);
    all.on("workspaces.members.delete", remove_members);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let owner = match request.text("owner_uid") {
        "" => &context.caller.user_id,
        owner => owner,
    };
    let account = context.state.organizations.get(request.text("coze_account_id"));
    let enterprise_id = account.map(|account| account.enterprise_id.clone()).unwrap_or_default();
    let workspace = Workspace {
        id: context.state.ids.next(),
        name: request.text("name").to_owned(),
        description: request.text("description").to_owned(),
        members: vec![Member::new(owner, "owner")],
        enterprise_id,
        ..Workspace::default()
    };
    let id = workspace.id.clone();
    context.state.workspaces.insert(workspace);
    Ok(Reply::data(json!({"id": id})))
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let enterprise = request.text("enterprise_id");
    let user = match request.text("user_id") {
        "" => &context.caller.user_id,
        user => user,
    };
    let all = context.state.workspaces.all();
    let all: Vec<_> = all
        .filter(|workspace| enterprise.is_empty() || workspace.enterprise_id == enterprise)
        .collect();
    let known = || context.state.enterprises.get(enterprise).is_some();
    if all.is_empty() && !enterprise.is_empty() && !known() {
        return Err(ApiError::unknown("enterprise_id", enterprise));
    }
    let members = all.into_iter().filter(|workspace| workspace.member(user).is_some());
    let shown = members.map(|workspace| to_json(workspace, user)).collect();
    context.page(request, shown)
}

fn to_json(workspace: &Workspace, user: &str) -> Value {
    let admins = workspace.members.iter().filter(|member| member.role == "admin");
    let admins: Vec<&str> = admins.map(|member| member.user_id.as_str()).collect();
    json!({
        "id": workspace.id,
        "name": workspace.name,
        "icon_url": format!("https://example.com/workspaces/{}.png", workspace.id),
        "owner_uid": workspace.owner(),
        "role_type": workspace.member(user).map_or("member", |member| &member.role),
        "admin_uids": admins,
        "description": workspace.description,
        "enterprise_id": workspace.enterprise_id,
        "joined_status": "joined",
        "workspace_type": if workspace.personal { "personal" } else { "team" },
    })
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = find(context, request)?;
    if request.has("name") {
        request.text("name").clone_into(&mut workspace.name);
    }
    if request.has("description") {
        request.text("description").clone_into(&mut workspace.description);
    }
    Ok(Reply::empty())
}

fn list_members(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let members = find(context, request)?.members.iter().map(|member| {
        let user = &member.user_id;
        json!({
            "user_id": user,
            "role_type": member.role,
            "user_nickname": format!("User {user}"),
            "user_unique_name": format!("user{user}"),
            "avatar_url": format!("https://example.com/users/{user}.png"),
        })
    });
    let members = members.collect();
    context.page(request, members)
}

fn add_members(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = find(context, request)?;
    if workspace.personal {
        return Err(ApiError::bad_request("a personal workspace has no other members"));
    }
    let (mut added, mut present) = (Vec::new(), Vec::new());
    for user in request.list("users") {
        let id = user["user_id"].as_str().unwrap_or_default();
        if workspace.member(id).is_some() {
            present.push(id);
            continue;
        }
        let role = user["role_type"].as_str().unwrap_or("member");
        workspace.members.push(Member::new(id, role));
        added.push(id);
    }
    Ok(Reply::data(json!({
        "added_success_user_ids": added,
        "already_joined_user_ids": present,
        "invited_success_user_ids": [],
        "already_invited_user_ids": [],
        "not_exist_user_ids": [],
    })))
}

fn remove_members(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = find(context, request)?;
    let (mut removed, mut absent, mut owner) = (Vec::new(), Vec::new(), Vec::new());
    for id in request.texts("user_ids") {
        match workspace.member(id) {
            None => absent.push(id),
            Some(member) if member.role == "owner" => owner.push(id),
            Some(_) => removed.push(id),
        }
    }
    workspace.members.retain(|member| !removed.contains(&member.user_id.as_str()));
    Ok(Reply::data(json!({
        "removed_success_user_ids": removed,
        "not_in_workspace_user_ids": absent,
        "owner_not_support_remove_user_ids": owner,
    })))
}

fn find<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Workspace, ApiError> {
    let id = request.text("workspace_id");
    let workspace = context.state.workspaces.get_mut(id);
    workspace.ok_or_else(|| ApiError::unknown("workspace_id", id))
}
