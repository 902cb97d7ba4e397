//! Custom channels: added to workspaces, bound to users' devices; and the outcomes of their
//! reviews.
//!
//! The API cannot create a channel, so any id counts as one.

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::Connector;

pub(super) fn register(all: &mut Behaviors) {
    all.on("connectors.install", install);
    all.on("connectors.bind", bind);
    all.on("connectors.bots.update", review);
}

fn install(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace = request.text("workspace_id");
    if context.state.workspaces.get(workspace).is_none() {
        return Err(ApiError::unknown("workspace_id", workspace));
    }
    connector(context, request).workspaces.insert(workspace.to_owned());
    Ok(Reply::empty())
}

fn bind(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let user = match request.text("user_id") {
        "" => context.caller.user_id.clone(),
        user => user.to_owned(),
    };
    let configs = request.list("configs").to_vec();
    connector(context, request).user_configs.insert(user, configs);
    Ok(Reply::empty())
}

fn review(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot = context.state.bots.require(request.text("bot_id"))?.id.clone();
    let status = request.integer("audit_status").unwrap_or_default();
    let audit = (status, request.text("reason").to_owned());
    connector(context, request).audits.insert(bot, audit);
    Ok(Reply::empty())
}

fn connector<'a>(context: &'a mut Context<'_>, request: &Request) -> &'a mut Connector {
    context.state.connectors.entry(request.text("connector_id").to_owned()).or_default()
}
