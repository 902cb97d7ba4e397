//! Workflows and their runs on Coze Studio.

use serde_json::{Value, json};

use crate::behavior::workflows::{self as cloud, stream::frames};
use crate::behavior::{Context, workflows};
use crate::error::ApiError;
use crate::event::Event;
use crate::reply::Reply;
use crate::request::Request;
use crate::spec::pick;
use crate::state::{Run, RunMode, RunStatus, WORKSPACE};
use crate::workflow_run;

/// The price of every run.
const COST: &str = "0.00000";

/// Returns the role of a chatflow. Other workflows are refused.
pub(super) fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = request.text("workflow_id");
    let workflow = context.state.workflows.all.require("workflow_id", id)?;
    if !workflow.is_chatflow {
        return Err(ApiError::new(777_777_780, "not a chatflow"));
    }
    let role = json!({
        "id": workflow.id,
        "workflow_id": workflow.id,
        "name": workflow.name,
        "description": workflow.description,
        "connectors": ["1024"],
        "avatar": {"image_uri": "", "image_url": ""},
        "background_image_info": null,
        "onboarding_info": {"prologue": "", "suggested_questions": []},
        "suggest_reply_info": {"suggest_reply_mode": 0, "customized_suggest_prompt": ""},
        "audio_config": null,
        "user_input_config": null,
        "project_version": "",
    });
    Ok(Reply::json(json!({"data": {"role": role}, "BaseResp": null})).unchecked())
}

/// Runs a workflow. A synchronous run cannot be interrupted.
pub(super) fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mode = if request.flag("is_async") { RunMode::Async } else { RunMode::Sync };
    let mut run = new_run(context, request, mode)?;
    if mode == RunMode::Sync {
        let now = context.now();
        workflow_run::advance(&mut run, &mut context.state.ids, now);
        if run.interrupt.is_some() {
            return Err(ApiError::new(
                6039,
                "Workflow interrupted. It cannot be run synchronously.",
            ));
        }
        if let Some(error) = workflow_run::error(&run) {
            return Err(error);
        }
    }
    let is_done = mode == RunMode::Sync;
    let body = json!({
        "code": 0,
        "msg": null,
        "data": is_done.then(|| run.result()),
        "token": is_done.then_some(run.usage.0 + run.usage.1),
        "cost": is_done.then_some(COST),
        "debug_url": debug_url(context, &run),
        "execute_id": run.execute_id,
        "BaseResp": null,
    });
    context.state.workflows.runs.insert(run.execute_id.clone(), run);
    Ok(Reply::json(body).unchecked())
}

pub(super) fn stream(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let mut run = new_run(context, request, RunMode::Stream)?;
    let now = context.now();
    workflow_run::advance(&mut run, &mut context.state.ids, now);
    Ok(events(context, run, 0))
}

pub(super) fn resume(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (id, event_id) = (request.text("workflow_id"), request.text("event_id"));
    let waiting = context.state.workflows.waiting(event_id);
    let waiting = waiting.filter(|run| {
        run.workflow_id == id
            && run.creator_id == context.caller.user_id
            && run.mode == RunMode::Stream
    });
    let mut run = waiting.ok_or_else(|| ApiError::unknown("event_id", event_id))?.clone();
    let (before, now) = (run.outputs.len(), context.now());
    workflow_run::answer(&mut run, &mut context.state.ids, request.text("resume_data"), now);
    Ok(events(context, run, before))
}

/// Returns the events of a run after its first `since` outputs.
fn events(context: &mut Context<'_>, run: Run, since: usize) -> Reply {
    let url = debug_url(context, &run);
    let frames = frames(&run, since).into_iter().filter(|(name, _)| *name != "PING");
    let events = frames.enumerate().map(|(number, (name, data))| {
        Event::json(name, &members(name, &data, &url)).id(number).spaced()
    });
    let reply = Reply::events(events);
    context.state.workflows.runs.insert(run.execute_id.clone(), run);
    reply
}

/// Returns the members of an event.
fn members(name: &str, data: &Value, url: &str) -> Value {
    if name == "Message" {
        let names =
            ["content", "content_type", "node_seq_id", "node_id", "node_is_finish", "node_title"];
        let mut shown = pick(data, &names);
        let is_end = data["node_title"] == "End";
        shown["node_type"] = json!(if is_end { "End" } else { "Message" });
        if is_end {
            shown["token"] = data["token"].clone();
        }
        return shown;
    }
    let mut shown = pick(data, &["error_code", "error_message"]);
    shown["debug_url"] = json!(url);
    if name == "Interrupt" {
        shown["interrupt_data"] = pick(&data["interrupt_data"], &["event_id", "type", "data"]);
    }
    shown
}

/// Returns the history of a run. Its ids are numbers.
pub(super) fn history(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let run = cloud::poll(context, request)?.clone();
    let number = |text: &str| text.parse::<i64>().ok();
    let status = match (&run.interrupt, run.status) {
        (Some(_), _) => "<UNSET>",
        (None, status) => status.as_str(),
    };
    let is_over = run.status != RunStatus::Running;
    let (code, msg) = run.error.clone().unzip();
    let shown = json!({
        "execute_id": number(&run.execute_id),
        "execute_status": status,
        "bot_id": number(&run.bot_id),
        "connector_id": number(&run.connector_id),
        "connector_uid": run.connector_uid,
        "run_mode": run.mode as i64,
        "log_id": run.log_id,
        "create_time": run.created_at,
        "update_time": run.updated_at,
        "debug_url": debug_url(context, &run),
        "input": Value::from(run.values.clone()).to_string(),
        "output": is_over.then(|| run.result()),
        "token": run.usage.0 + run.usage.1,
        "cost": COST,
        "cost_unit": null,
        "ext": null,
        "error_code": code.map(|code| code.to_string()),
        "error_msg": msg,
    });
    Ok(Reply::json(json!({"data": [shown], "BaseResp": null})).unchecked())
}

fn new_run(context: &mut Context<'_>, request: &Request, mode: RunMode) -> Result<Run, ApiError> {
    check_published(context, request)?;
    workflows::new_run(context, request, mode)
}

/// Refuses a workflow without a published version, with the platform's own code.
pub(super) fn check_published(context: &Context<'_>, request: &Request) -> Result<(), ApiError> {
    let id = request.text("workflow_id");
    let workflow = context.state.workflows.all.require("workflow_id", id)?;
    if workflow.versions.is_empty() {
        return Err(ApiError::new(6031, "Workflow not published. Publish it first."));
    }
    Ok(())
}

/// Returns the URL of the page that shows a run.
pub(super) fn debug_url(context: &Context<'_>, run: &Run) -> String {
    format!(
        "{}/work_flow?execute_id={}&space_id={WORKSPACE}&workflow_id={}&execute_mode=2",
        context.base_url(),
        run.execute_id,
        run.workflow_id
    )
}
