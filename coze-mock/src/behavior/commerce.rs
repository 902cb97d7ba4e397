//! Benefits of the plan, limitations of use, and exports of bills.

use serde_json::{Map, Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::BillTask;

const DAY: i64 = 86_400;

pub(super) fn register(all: &mut Behaviors) {
    all.on("benefits.retrieve", benefits);
    all.on("benefit_limitations.create", create_limitation);
    all.on("benefit_limitations.list", list_limitations);
    all.on("benefit_limitations.update", update_limitation);
    all.on("bill_tasks.create", create_bill);
    all.on("bill_tasks.list", list_bills);
    all.route("mock.bill", http::Method::GET, "/mock/bills/{task_id}", bill);
}

/// The benefits of an enterprise that has used nothing.
fn benefits(_: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let types = match request.texts("benefit_type_list") {
        types if types.is_empty() => vec!["api_run_qps", "call_tool_limit"],
        types => types,
    };
    let resource = match request.text("resource_id") {
        "" => "plugin",
        resource => resource,
    };
    let item = json!({
        "status": "valid",
        "item_info": {"used": 0, "total": 100, "end_at": 0, "start_at": 0, "strategy": "by_quota"},
    });
    let benefit = |kind: &&str| {
        json!({
            "basic": item,
            "extra": [],
            "effective": item,
            "resource_id": resource,
            "benefit_type": kind,
        })
    };
    let all: Vec<_> = types.iter().map(benefit).collect();
    let plan = json!({"user_level": "enterprise"});
    Ok(Reply::data(json!({"basic_info": plan, "benefit_info": all})))
}

fn create_limitation(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let scope = request.text("entity_type");
    let everybody = scope.starts_with("enterprise_all_");
    let entity = request.text("entity_id");
    if entity.is_empty() && !everybody {
        return Err(ApiError::field("entity_id", "this scope needs one"));
    }
    let sent = request.value("benefit_info");
    check_span(sent)?;
    let periodic = sent["trigger_unit"].as_str().is_some_and(|unit| unit != "never");
    let mut others = context.state.limitations.all();
    let taken = others.any(|other| {
        let other_periodic = other["trigger_unit"] != "never";
        other["entity_type"] == scope && other_periodic == periodic && other["status"] != "cancel"
    });
    if everybody && taken {
        let why = "there is one such limitation already";
        return Err(ApiError::field("entity_type", why));
    }
    let id = context.id();
    let mut limitation: Map<String, Value> = sent.as_object().cloned().unwrap_or_default();
    limitation.retain(|_, value| !value.is_null());
    for (name, default) in
        [("status", json!("valid")), ("trigger_unit", json!("never")), ("trigger_time", json!(1))]
    {
        limitation.entry(name).or_insert(default);
    }
    limitation.insert("benefit_id".to_owned(), json!(id));
    limitation.insert("entity_id".to_owned(), json!(entity));
    limitation.insert("entity_type".to_owned(), json!(scope));
    let shown = Value::Object(limitation.clone());
    context.state.limitations.insert(&id, Value::Object(limitation));
    Ok(Reply::data(json!({"benefit_info": shown})))
}

/// Checks that a limitation ends after it begins.
fn check_span(limitation: &Value) -> Result<(), ApiError> {
    let (start, end) = (limitation["started_at"].as_i64(), limitation["ended_at"].as_i64());
    if start.zip(end).is_some_and(|(start, end)| end <= start) {
        return Err(ApiError::field("ended_at", "it must be after `started_at`"));
    }
    Ok(())
}

fn list_limitations(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let entity = request.text("entity_id");
    let fits = |limitation: &&Value, name: &str| limitation[name] == request.text(name);
    let all = context.state.limitations.all().filter(|limitation| {
        ["entity_type", "benefit_type", "status"].iter().all(|name| fits(limitation, name))
            && (entity.is_empty() || limitation["entity_id"] == entity)
    });
    let all: Vec<Value> = all.cloned().collect();
    if all.is_empty() && context.is_example(entity) {
        return Err(ApiError::unknown("entity_id", entity));
    }
    context.page(request, all)
}

fn update_limitation(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("benefit_id");
    let limitation = context.state.limitations.require_mut("benefit_id", id)?;
    let mut changed = limitation.clone();
    for (name, value) in crate::spec::members(request.body()) {
        if !value.is_null() {
            changed[name] = value.clone();
        }
    }
    check_span(&changed)?;
    limitation.clone_from(&changed);
    Ok(Reply::data(changed))
}

fn create_bill(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let today = now - now.rem_euclid(DAY);
    let started_at = request.integer("started_at").unwrap_or(today);
    let ended_at = request.integer("ended_at").unwrap_or(started_at + DAY - 1);
    if ended_at <= started_at {
        return Err(ApiError::field("ended_at", "it must be after `started_at`"));
    }
    let id = context.id();
    let task =
        BillTask { id: id.clone(), started_at, ended_at, created_at: now, ..BillTask::default() };
    let shown = to_json(&task, &context.base_url());
    context.state.bill_tasks.insert(&id, task);
    Ok(Reply::data(shown))
}

/// A task is `init` at first, `running` when it is next retrieved, and then done.
fn to_json(task: &BillTask, base_url: &str) -> Value {
    let status = match task.progress.percent() {
        0 => "init",
        100 => "succeed",
        _ => "running",
    };
    let url = format!("{base_url}/mock/bills/{}", task.id);
    let urls = if status == "succeed" { vec![url] } else { Vec::new() };
    json!({
        "status": status,
        "task_id": task.id,
        "ended_at": task.ended_at,
        "file_urls": urls,
        "created_at": task.created_at,
        "expires_at": task.expires_at(),
        "started_at": task.started_at,
    })
}

fn list_bills(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let base_url = context.base_url();
    let wanted = request.texts("task_ids");
    for id in &wanted {
        context.state.bill_tasks.require("task_ids", id)?;
    }
    let mut all = Vec::new();
    for task in context.state.bill_tasks.all_mut() {
        if wanted.is_empty() || wanted.contains(&task.id.as_str()) {
            task.progress.advance();
            all.push(to_json(task, &base_url));
        }
    }
    context.page(request, all)
}

/// Returns the file of a bill: a header without lines, because nothing was used.
fn bill(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let task = context.state.bill_tasks.require("task_id", request.text("task_id"))?;
    if task.expires_at() <= now {
        return Err(ApiError::unknown("task_id", &task.id));
    }
    Ok(Reply::file("text/csv", "consume_time,resource_type,resource_id,change_balance\n"))
}
