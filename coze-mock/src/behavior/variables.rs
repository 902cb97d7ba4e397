//! User variables: set and read, each in its own scope.

use serde_json::json;

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{API_CONNECTOR, Scope};

pub(super) fn register(all: &mut Behaviors) {
    all.on("variables.retrieve", retrieve);
    all.on("variables.update", update);
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let scope = scope(context, request)?;
    let wanted = request.texts("keywords");
    let wanted: Vec<&str> = wanted.into_iter().filter(|name| !name.is_empty()).collect();
    let all = context.state.variables.of(&scope);
    let all = all.filter(|(name, _)| wanted.is_empty() || wanted.contains(name));
    let items: Vec<_> = all
        .map(|(name, variable)| {
            json!({
                "keyword": name,
                "value": variable.value,
                "create_time": variable.created_at,
                "update_time": variable.updated_at,
            })
        })
        .collect();
    Ok(Reply::data(json!({"items": items})))
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let scope = scope(context, request)?;
    let now = context.now();
    let data = request.list("data");
    let name = |index: usize| data[index]["keyword"].as_str().unwrap_or_default();
    if let Some(index) = (0..data.len()).find(|index| name(*index).starts_with("sys_")) {
        let field = format!("data.{index}.keyword");
        return Err(ApiError::field(&field, "system variables cannot be set"));
    }
    for (index, item) in data.iter().enumerate() {
        let value = item["value"].as_str().unwrap_or_default();
        context.state.variables.set(scope.clone(), name(index), value, now);
    }
    Ok(Reply::empty())
}

/// Returns the scope of the variables that the request is about. If both an app and a bot are
/// named, the app is used.
fn scope(context: &Context<'_>, request: &Request) -> Result<Scope, ApiError> {
    let (app, bot) = (request.text("app_id"), request.text("bot_id"));
    let entity = match (app, bot) {
        ("", "") => {
            return Err(ApiError::bad_request("one of `app_id` and `bot_id` is required"));
        }
        ("", bot) => {
            context.state.bots.require(bot)?;
            bot
        }
        (app, _) => {
            context.state.apps.require("app_id", app)?;
            app
        }
    };
    let connector = match request.text("connector_id") {
        "" => API_CONNECTOR,
        connector => connector,
    };
    Ok(Scope {
        creator_id: context.caller.user_id.clone(),
        entity_id: entity.to_owned(),
        connector_id: connector.to_owned(),
        connector_uid: request.text("connector_uid").to_owned(),
    })
}
