//! Plugins: retrieved, called, and listed in the store.

use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::Plugin;

pub(super) fn register(all: &mut Behaviors) {
    all.on("plugins.retrieve", retrieve);
    all.on("plugins.mget", mget);
    all.on("plugins.tools.call", call);
    all.on("stores.plugins.list", list_store);
    all.on("stores.categories.list", list_categories);
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let plugin = context.state.plugins.require("plugin_id", request.text("plugin_id"))?;
    Ok(Reply::data(to_json(plugin, &context.base_url())))
}

fn mget(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let base_url = context.base_url();
    let all = request.texts("ids").into_iter().map(|id| {
        let plugin = context.state.plugins.require("ids", id)?;
        Ok(to_json(plugin, &base_url))
    });
    let all: Result<Vec<Value>, ApiError> = all.collect();
    Ok(Reply::data(json!({"items": all?})))
}

fn to_json(plugin: &Plugin, base_url: &str) -> Value {
    let server = json!({
        "url": format!("{base_url}/v1/plugins/{}", plugin.id),
        "headers": {"Authorization": "Bearer ${COZE_API_TOKEN}"},
    });
    let name = format!("coze_plugin_{}", plugin.name_for_model);
    let mcp = json!({"mcpServers": {name: server}});
    let tools = plugin.tools.iter().map(|tool| {
        json!({
            "tool_id": tool.id,
            "name": tool.name,
            "description": tool.description,
            "inputSchema": tool.input,
            "outputSchema": {"type": "object"},
        })
    });
    json!({
        "plugin_id": plugin.id,
        "name": plugin.name,
        "name_for_model": plugin.name_for_model,
        "description": plugin.description,
        "icon_url": icon(plugin),
        "is_call_available": true,
        "created_at": plugin.listed_at,
        "updated_at": plugin.listed_at,
        "mcp_json": mcp.to_string(),
        "tools": tools.collect::<Vec<_>>(),
    })
}

fn icon(plugin: &Plugin) -> String {
    format!("https://example.com/plugins/{}.png", plugin.id)
}

fn call(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("plugin_id");
    let plugin = context.state.plugins.require_mut("plugin_id", id)?;
    let name = request.text("tool_name");
    let tool = plugin.tools.iter().find(|tool| tool.name == name);
    let tool = tool.ok_or_else(|| {
        ApiError::field("tool_name", format_args!("the plugin has no tool {name}"))
    })?;
    let result = tool.result.clone();
    plugin.calls += 1;
    let result = result.unwrap_or_else(|| request.value("arguments").clone());
    Ok(Reply::data(json!({"result": result})))
}

fn list_store(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let keyword = request.text("keyword").to_lowercase();
    let official = request.value("is_official").as_bool();
    let categories = request.texts("category_ids");
    let mut all: Vec<&Plugin> = context.state.plugins.all().collect();
    all.retain(|plugin| {
        let text = format!("{} {}", plugin.name, plugin.description).to_lowercase();
        text.contains(&keyword)
            && official.is_none_or(|official| official == plugin.official)
            && (categories.is_empty() || categories.contains(&plugin.category.0.as_str()))
    });
    match request.text("sort_type") {
        "newest" => all.sort_by_key(|plugin| std::cmp::Reverse(plugin.listed_at)),
        _ => all.sort_by_key(|plugin| std::cmp::Reverse(plugin.calls)),
    }
    let all = all.into_iter().map(product).collect();
    context.page(request, all)
}

/// A plugin as the store shows it.
fn product(plugin: &Plugin) -> Value {
    json!({
        "metainfo": {
            "name": plugin.name,
            "category": {"id": plugin.category.0, "name": plugin.category.1},
            "icon_url": icon(plugin),
            "entity_id": plugin.id,
            "listed_at": plugin.listed_at,
            "paid_type": "paid",
            "user_info": {
                "user_id": "0",
                "nick_name": "Mock",
                "user_name": "mock",
                "avatar_url": "https://example.com/users/0.png",
            },
            "product_id": plugin.id,
            "description": plugin.description,
            "entity_type": "plugin",
            "is_official": plugin.official,
            "entity_version": "0",
        },
        "plugin_info": {
            "heat": plugin.calls,
            "call_count": plugin.calls,
            "description": plugin.description,
            "success_rate": 1.0,
            "bots_use_count": 0,
            "favorite_count": 0,
            "is_call_available": true,
            "total_tools_count": plugin.tools.len(),
            "avg_exec_duration_ms": 1.0,
            "associated_bots_use_count": 0,
        },
    })
}

fn list_categories(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mut all: Vec<_> = context.state.plugins.all().map(|plugin| &plugin.category).collect();
    all.sort();
    all.dedup();
    let all = all.into_iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
    context.page(request, all)
}
