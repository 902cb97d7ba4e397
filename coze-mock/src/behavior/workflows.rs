//! Workflows: retrieved, and run synchronously, asynchronously or as a stream.

use serde_json::{Value, json};

pub(super) mod chatflow;
pub(super) mod stream;

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Run, RunMode, RunStatus, State, Workflow};
use crate::{script, workflow_run};

pub(super) fn register(all: &mut Behaviors) {
    all.on("workflows.list", list);
    all.on("workflows.retrieve", retrieve);
    all.on("workflows.versions.list", versions);
    all.on("workflows.runs.create", create);
    all.on("workflows.runs.stream", stream);
    all.on("workflows.runs.resume", resume);
    all.on("workflows.runs.resume_unstreamed", resume_unstreamed);
    all.on("workflows.runs.run_histories.retrieve", history);
    all.on("workflows.runs.run_histories.execute_nodes.retrieve", node);
    all.on("workflows.chat.stream", chatflow::run);
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let workspace_id = request.text("workspace_id");
    if context.state.workspaces.get(workspace_id).is_none() {
        return Err(ApiError::unknown("workspace_id", workspace_id));
    }
    let (mode, app_id) = (request.text("workflow_mode"), request.text("app_id"));
    let status = request.text("publish_status");
    let wanted = |workflow: &&Workflow| {
        workflow.workspace_id == workspace_id
            && (mode.is_empty() || (mode == "chatflow") == workflow.is_chatflow)
            && (app_id.is_empty() || workflow.app_id == app_id)
            && (status == "all" || (status == "published_online") != workflow.versions.is_empty())
    };
    let all = context.state.workflows.all.all().filter(wanted).map(Workflow::to_json).collect();
    context.page(request, all)
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("workflow_id");
    let workflow = context.state.workflows.all.require("workflow_id", id)?;
    let mut info = json!({"workflow_detail": workflow.to_json()});
    if request.flag("include_input_output") {
        (info["input"], info["output"]) = workflow.interface();
    }
    Ok(Reply::data(info))
}

/// Lists the versions, the newest first.
fn versions(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("workflow_id");
    let workflow = context.state.workflows.all.require("workflow_id", id)?;
    let status = request.text("publish_status");
    let shown = |(version, created_at): &(String, i64)| {
        let mut shown = json!({
            "workflow_id": id,
            "version": version,
            "description": workflow.description,
            "creator": {"id": crate::state::USER, "name": "mock"},
            // Strings, unlike all other times, because the platform sends them so.
            "created_at": created_at.to_string(),
            "updated_at": created_at.to_string(),
        });
        if request.flag("include_input_output") {
            (shown["input"], shown["output"]) = workflow.interface();
        }
        shown
    };
    let published = status != "unpublished_draft";
    let all = workflow.versions.iter().rev().filter(|_| published).map(shown).collect();
    context.page(request, all).map(Reply::unchecked)
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mode = if request.flag("is_async") { RunMode::Async } else { RunMode::Sync };
    let mut run = new_run(context, request, mode)?;
    if mode == RunMode::Sync {
        let now = context.now();
        workflow_run::advance(&mut run, &mut context.state.ids, now);
    }
    finish_run(context.state, run)
}

fn stream(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mut run = new_run(context, request, RunMode::Stream)?;
    let now = context.now();
    workflow_run::advance(&mut run, &mut context.state.ids, now);
    let events = stream::events(&run, 0);
    context.state.workflows.runs.insert(run.execute_id.clone(), run);
    Ok(Reply::events(events))
}

fn resume(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mut run = find_interrupted(context, request)?;
    if run.mode != RunMode::Stream {
        return Err(ApiError::field("event_id", "the run was not streamed"));
    }
    let (before, now) = (run.outputs.len(), context.now());
    workflow_run::answer(&mut run, &mut context.state.ids, request.text("resume_data"), now);
    let events = stream::events(&run, before);
    context.state.workflows.runs.insert(run.execute_id.clone(), run);
    Ok(Reply::events(events))
}

fn resume_unstreamed(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mut run = find_interrupted(context, request)?;
    if run.mode == RunMode::Stream {
        return Err(ApiError::field("event_id", "the run was streamed"));
    }
    run.polls = 0;
    let now = context.now();
    workflow_run::answer(&mut run, &mut context.state.ids, request.text("resume_data"), now);
    finish_run(context.state, run)
}

/// Stores a run and returns its outcome.
fn finish_run(state: &mut State, run: Run) -> Result<Reply, ApiError> {
    let error = workflow_run::error(&run);
    let mut shown = json!({"data": "", "debug_url": run.debug_url()});
    if run.mode == RunMode::Async {
        shown["execute_id"] = Value::from(run.execute_id.as_str());
    } else if let Some(interrupt) = &run.interrupt {
        shown["interrupt_data"] = interrupt.to_json();
    } else {
        shown["data"] = Value::from(run.result());
        shown["usage"] = run.usage_json();
    }
    let is_async = run.mode == RunMode::Async;
    state.workflows.runs.insert(run.execute_id.clone(), run);
    match error {
        Some(error) if !is_async => Err(error),
        _ => Ok(Reply::flat(shown)),
    }
}

fn history(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    Ok(Reply::data(vec![poll(context, request)?.to_json()]))
}

/// Advances a run that is polled: it is running at first, then over or interrupted.
pub(super) fn poll<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Run, ApiError> {
    let now = context.now();
    let State { workflows, ids, .. } = &mut *context.state;
    let polls = workflows.polls;
    let run = find_run(&mut workflows.runs, request, &context.caller.user_id)?;
    let working = run.status == RunStatus::Running && run.interrupt.is_none();
    if working && run.mode == RunMode::Async {
        run.polls += 1;
        if run.polls >= polls {
            workflow_run::advance(run, ids, now);
        }
    }
    Ok(run)
}

fn node(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let runs = &mut context.state.workflows.runs;
    let run = find_run(runs, request, &context.caller.user_id)?;
    let uuid = request.text("node_execute_uuid");
    let output = run.outputs.iter().find(|output| output.uuid == uuid);
    let output = output.ok_or_else(|| ApiError::unknown("node_execute_uuid", uuid))?;
    Ok(Reply::data(json!({"is_finish": true, "node_output": output.text})))
}

fn find_run<'a>(
    runs: &'a mut crate::state::Table<Run>,
    request: &Request,
    user_id: &str,
) -> Result<&'a mut Run, ApiError> {
    let (id, workflow_id) = (request.text("execute_id"), request.text("workflow_id"));
    let run = runs.get_mut(id);
    run.filter(|run| run.workflow_id == workflow_id && run.creator_id == user_id)
        .ok_or_else(|| ApiError::unknown("execute_id", id))
}

/// Returns a run that has not begun yet.
pub(super) fn new_run(
    context: &mut Context<'_>,
    request: &Request,
    mode: RunMode,
) -> Result<Run, ApiError> {
    let workflow = find_published(context.state, request)?.clone();
    let (bot_id, app_id) = (request.text("bot_id"), request.text("app_id"));
    if !bot_id.is_empty() && !app_id.is_empty() && !shows_every_field(context, app_id) {
        return Err(ApiError::field("app_id", "it cannot be combined with `bot_id`"));
    }
    if !bot_id.is_empty() {
        context.state.bots.require(bot_id)?;
    }
    let now = context.now();
    let mut run = Run::new(context.id(), &workflow, now);
    run.values = request.value("parameters").as_object().cloned().unwrap_or_default();
    run.usage.0 = script::tokens(&request.value("parameters").to_string());
    let on_demand = workflow_run::directives(&mut run.values);
    run.nodes.extend(on_demand);
    run.mode = mode;
    bot_id.clone_into(&mut run.bot_id);
    request.text("connector_id").clone_into(&mut run.connector_id);
    let user = request.value("ext")["user_id"].as_str();
    user.unwrap_or(&context.caller.user_id).clone_into(&mut run.connector_uid);
    run.creator_id.clone_from(&context.caller.user_id);
    run.log_id = context.state.log_id();
    Ok(run)
}

/// Returns `true` if this is the app of the spec's example. An example shows every field, even
/// `app_id` beside `bot_id`, which the platform rejects.
fn shows_every_field(context: &Context<'_>, app_id: &str) -> bool {
    context.is_example(app_id)
}

/// Returns the workflow that a request asks to run, if it is published in that version.
fn find_published<'a>(state: &'a State, request: &Request) -> Result<&'a Workflow, ApiError> {
    let id = request.text("workflow_id");
    let workflow = state.workflows.all.require("workflow_id", id)?;
    if workflow.versions.is_empty() {
        return Err(ApiError::new(4200, format!("The workflow {id} is not published.")));
    }
    let version = request.text("workflow_version");
    let mut versions = workflow.versions.iter();
    if !version.is_empty() && !versions.any(|(known, _)| known == version) {
        return Err(ApiError::unknown("workflow_version", version));
    }
    Ok(workflow)
}

/// Returns the run that a request asks to resume.
fn find_interrupted(context: &Context<'_>, request: &Request) -> Result<Run, ApiError> {
    let id = request.text("workflow_id");
    context.state.workflows.all.require("workflow_id", id)?;
    let event_id = request.text("event_id");
    let run = context
        .state
        .workflows
        .waiting(event_id)
        .filter(|run| run.workflow_id == id && run.creator_id == context.caller.user_id);
    let run = run.ok_or_else(|| ApiError::unknown("event_id", event_id))?;
    let kind = run.interrupt.as_ref().map(crate::state::Interrupt::kind);
    if request.value("interrupt_type").as_i64() != kind {
        return Err(ApiError::field("interrupt_type", "something else interrupted the run"));
    }
    Ok(run.clone())
}
