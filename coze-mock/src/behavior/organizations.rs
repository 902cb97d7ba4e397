//! Organizations of enterprises, and their members.

use serde_json::json;

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Organization, OrganizationMember};

pub(super) fn register(all: &mut Behaviors) {
    all.on("organizations.update", update);
    all.on("organizations.members.create", add_member);
    all.on("organizations.members.list", list_members);
    all.on("organizations.members.update", update_member);
    all.on("organizations.members.delete", remove_member);
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let organization = find(context, request)?;
    if request.has("name") {
        request.text("name").clone_into(&mut organization.name);
    }
    if request.has("description") {
        request.text("description").clone_into(&mut organization.description);
    }
    Ok(Reply::empty())
}

fn add_member(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let organization = find(context, request)?;
    for person in request.list("organization_people") {
        let user = person["user_id"].as_str().unwrap_or_default();
        if organization.members.contains_key(user) {
            let why = "the user is already a member of the organization";
            return Err(ApiError::field("organization_people.0.user_id", why));
        }
        let role = person["organization_role_type"].as_str().unwrap_or_default();
        let member = OrganizationMember { role: role.to_owned(), joined_at: now };
        organization.members.insert(user.to_owned(), member);
    }
    Ok(Reply::empty())
}

fn list_members(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let members = find(context, request)?.members.iter().map(|(user, member)| {
        let guest = member.role == "organization_guest";
        json!({
            "user_id": user,
            "is_valid": true,
            "avatar_url": format!("https://example.com/users/{user}.png"),
            "created_at": member.joined_at,
            "people_type": if guest { "guest" } else { "employee" },
            "user_nickname": format!("User {user}"),
            "user_unique_name": format!("user{user}"),
            "organization_role_type": member.role,
        })
    });
    let members = members.collect();
    context.page(request, members)
}

fn update_member(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let user = request.text("user_id");
    let member = find(context, request)?.members.get_mut(user);
    let member = member.ok_or_else(|| ApiError::unknown("user_id", user))?;
    request.text("organization_role_type").clone_into(&mut member.role);
    Ok(Reply::empty())
}

fn remove_member(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (user, receiver) = (request.text("user_id"), request.text("receiver_user_id"));
    let organization = find(context, request)?;
    if !organization.members.contains_key(user) {
        return Err(ApiError::unknown("user_id", user));
    }
    if user == receiver || !organization.members.contains_key(receiver) {
        let why = "it must be another member of the organization";
        return Err(ApiError::field("receiver_user_id", why));
    }
    organization.members.remove(user);
    Ok(Reply::empty())
}

fn find<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Organization, ApiError> {
    let id = request.text("organization_id");
    context.state.organizations.require_mut("organization_id", id)
}
