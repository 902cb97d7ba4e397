//! Enterprises: their members and their organizations.

use serde_json::json;

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Enterprise, Organization, OrganizationMember};

/// The maximum number of members of the standard edition.
const MEMBERS: usize = 100;

/// The error code of an enterprise that is full.
const FULL: i64 = 777_074_011;

/// The maximum number of organizations of an enterprise.
const ORGANIZATIONS: usize = 20;

pub(super) fn register(all: &mut Behaviors) {
    all.on("enterprises.members.create", add_member);
    all.on("enterprises.members.update", update_member);
    all.on("enterprises.members.delete", remove_member);
    all.on("enterprises.organizations.create", create_organization);
    all.on("enterprises.organizations.list", list_organizations);
}

fn add_member(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let enterprise = find(context, request)?;
    // The spec allows at most one.
    let Some(user) = request.list("users").first() else {
        return Err(ApiError::field("users", "name the employee to add"));
    };
    let text = |name: &str| user[name].as_str().unwrap_or_default().to_owned();
    let (user, role) = (text("user_id"), text("role"));
    if enterprise.members.contains_key(&user) {
        let why = "the user is already a member of the enterprise";
        return Err(ApiError::field("users.0.user_id", why));
    }
    if enterprise.members.len() >= MEMBERS {
        let why = "The enterprise has reached the maximum number of members.";
        return Err(ApiError::new(FULL, why));
    }
    enterprise.members.insert(user.clone(), role);
    let id = enterprise.id.clone();
    let mut all = context.state.organizations.all_mut();
    if let Some(default) = all.find(|each| each.default && each.enterprise_id == id) {
        let role = "organization_member".to_owned();
        default.members.insert(user, OrganizationMember { role, joined_at: now });
    }
    Ok(Reply::empty())
}

fn update_member(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let user = request.text("user_id");
    let member = find(context, request)?.members.get_mut(user);
    let role = member.ok_or_else(|| ApiError::unknown("user_id", user))?;
    request.text("role").clone_into(role);
    Ok(Reply::empty())
}

fn remove_member(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (user, receiver) = (request.text("user_id"), request.text("receiver_user_id"));
    let enterprise = find(context, request)?;
    if !enterprise.members.contains_key(user) {
        return Err(ApiError::unknown("user_id", user));
    }
    let role = enterprise.members.get(receiver);
    if user == receiver || role.is_none_or(|role| role != "enterprise_admin") {
        let why = "it must be an administrator of the enterprise";
        return Err(ApiError::field("receiver_user_id", why));
    }
    let id = enterprise.id.clone();
    let mut organizations = context.state.organizations.all();
    if organizations.any(|each| each.enterprise_id == id && each.members.contains_key(user)) {
        let why = "remove the member from all organizations first";
        return Err(ApiError::field("user_id", why));
    }
    find(context, request)?.members.remove(user);
    Ok(Reply::empty())
}

fn create_organization(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let admin = request.text("super_admin_user_id");
    let enterprise = find(context, request)?;
    if !enterprise.members.contains_key(admin) {
        let why = "the user is not a member of the enterprise";
        return Err(ApiError::field("super_admin_user_id", why));
    }
    let enterprise_id = enterprise.id.clone();
    let all = context.state.organizations.all();
    if all.filter(|each| each.enterprise_id == enterprise_id).count() >= ORGANIZATIONS {
        return Err(ApiError::bad_request("an enterprise has at most 20 organizations"));
    }
    let (id, now) = (context.id(), context.now());
    let member = OrganizationMember { role: "organization_super_admin".to_owned(), joined_at: now };
    let organization = Organization {
        id: id.clone(),
        enterprise_id,
        name: request.text("name").to_owned(),
        description: request.text("description").to_owned(),
        default: false,
        members: [(admin.to_owned(), member)].into(),
    };
    context.state.organizations.insert(&id, organization);
    Ok(Reply::data(json!({"organization_id": id})))
}

fn list_organizations(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let enterprise = find(context, request)?.id.clone();
    let all = context.state.organizations.all();
    let all = all.filter(|each| each.enterprise_id == enterprise).map(|each| {
        json!({
            "organization_id": each.id,
            "organization_name": each.name,
            "organization_icon_url": format!("https://example.com/organizations/{}.png", each.id),
            "is_default_organization": each.default,
        })
    });
    let all = all.collect();
    context.page(request, all)
}

fn find<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Enterprise, ApiError> {
    context.state.enterprises.require_mut("enterprise_id", request.text("enterprise_id"))
}
