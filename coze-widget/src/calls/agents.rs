//! Names and greetings of bots and apps. Their prompts and other settings stay on the server.

use std::sync::Arc;

use axum::extract::{Path, Query, State as Shared};
use axum::response::Response;
use coze_api::{Method, RawCall};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Call;
use crate::owners::{check_id, is_id};
use crate::reply::{Refusal, Reply, data};
use crate::state::State;

/// The members of a bot that the widget shows.
const BOT: &[&str] = &[
    "bot_id",
    "name",
    "description",
    "icon_url",
    "version",
    "onboarding_info",
    "background_image_info",
    "shortcut_commands",
];

/// The members of an app that the widget shows.
const APP: &[&str] = &["app_id", "id", "name", "description", "icon_url", "version"];

/// The members of the role of a chatflow that the widget shows.
const ROLE: &[&str] = &[
    "name",
    "description",
    "avatar",
    "onboarding_info",
    "suggest_reply_info",
    "background_image_info",
];

/// Describes this server to the script.
pub(crate) async fn config(Shared(state): Shared<Arc<State>>) -> Response {
    data(&json!({
        "speech": state.options.voice.is_some(),
        "upload_bytes": state.limiter.limits().upload_bytes,
    }))
}

pub(crate) async fn bot(call: Call, Path(bot): Path<String>) -> Reply {
    check_id("bot_id", &bot)?;
    call.state.options.agents.check_bot(&bot)?;
    let mut bot = get(&call, format!("/v1/bots/{bot}"), &[]).await?;
    pick(&mut bot, BOT);
    Ok(data(&bot))
}

#[derive(Deserialize)]
pub(crate) struct AppQuery {
    connector_id: Option<String>,
    version: Option<String>,
}

impl AppQuery {
    fn values(self) -> Vec<(&'static str, String)> {
        let values = [("connector_id", self.connector_id), ("version", self.version)];
        values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

pub(crate) async fn app(
    call: Call,
    Path(app): Path<String>,
    Query(query): Query<AppQuery>,
) -> Reply {
    check_id("app_id", &app)?;
    call.state.options.agents.check_app(&app)?;
    let mut app = get(&call, format!("/v1/apps/{app}"), &query.values()).await?;
    pick(&mut app, APP);
    Ok(data(&app))
}

pub(crate) async fn workflow(
    call: Call,
    Path(workflow): Path<String>,
    Query(query): Query<AppQuery>,
) -> Reply {
    check_id("workflow_id", &workflow)?;
    call.state.options.agents.check_workflow(&workflow)?;
    let mut found = get(&call, format!("/v1/workflows/{workflow}"), &query.values()).await?;
    let mut role = found["role"].take();
    pick(&mut role, ROLE);
    Ok(data(&json!({"role": role})))
}

async fn get(call: &Call, path: String, query: &[(&str, String)]) -> Result<Value, Refusal> {
    let mut request: RawCall = call.client.request(Method::GET, path);
    for (name, value) in query.iter().filter(|(_, value)| is_id(value) || value.starts_with('v')) {
        request = request.query(*name, value);
    }
    if let Some(language) = call.language {
        request = request.with_header("accept-language", language);
    }
    Ok(request.data().await?)
}

/// Removes all members but these. Anything but an object becomes an empty one.
fn pick(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(members) => members.retain(|name, _| names.contains(&&**name)),
        _ => *value = Value::Object(Map::new()),
    }
}
