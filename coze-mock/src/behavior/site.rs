//! A deployed project at `/site`: an agent that repeats what it is asked, and a workflow whose
//! outputs are its inputs.
//!
//! A real project is a server of its own. This one is below the address of the mock, and accepts
//! any token.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::event::Event;
use crate::reply::Reply;
use crate::request::Request;

pub(super) fn register(all: &mut Behaviors) {
    all.route("site.health", Method::GET, "/site/health", health);
    all.route("site.graph_parameter", Method::GET, "/site/graph_parameter", graph_parameter);
    all.route("site.run", Method::POST, "/site/run", run);
    all.route("site.run_node", Method::POST, "/site/node_run/{node_id}", run);
    all.route("site.stream", Method::POST, "/site/stream_run", stream);
    all.route("site.start_task", Method::POST, "/site/async_run", start_task);
    all.route("site.task", Method::GET, "/site/task/{task_id}", task);
    all.route("site.cancel", Method::POST, "/site/cancel/{run_id}", cancel);
}

fn health(_: &mut Context<'_>, _: &Request) -> Result<Reply, ApiError> {
    Ok(json(json!({"status": "ok", "message": "Service is running"})))
}

fn graph_parameter(_: &mut Context<'_>, _: &Request) -> Result<Reply, ApiError> {
    let any = json!({"type": "object", "properties": {}});
    Ok(json(json!({"input_schema": any, "output_schema": any, "code": 0, "msg": ""})))
}

fn run(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let run_id = run_id(context, request);
    let Some(mut outputs) = request.body().as_object().cloned() else {
        return Ok(refusal(StatusCode::BAD_REQUEST, "Invalid JSON format"));
    };
    outputs.insert("run_id".to_owned(), run_id.into());
    Ok(json(Value::Object(outputs)))
}

/// Streams the reply of the agent to a query, and the run of the workflow for anything else.
fn stream(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let run_id = run_id(context, request);
    if !request.body().is_object() {
        return Ok(refusal(StatusCode::BAD_REQUEST, "Invalid JSON format"));
    }
    let prompt = request.body().pointer("/content/query/prompt").and_then(Value::as_array);
    let events = match prompt {
        Some(parts) => agent(request, parts, &run_id),
        None => workflow(context.now(), request, &run_id),
    };
    Ok(Reply::events(events))
}

fn agent(request: &Request, parts: &[Value], run_id: &str) -> Vec<Event> {
    let texts = parts.iter().filter_map(|part| part.pointer("/content/text/text")?.as_str());
    let question: Vec<&str> = texts.collect();
    let answer_id = format!("{run_id}-answer");
    let end = json!({
        "code": "0",
        "message": "",
        "token_cost": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0},
        "time_cost_ms": 5,
    });
    let start = json!({"local_msg_id": "", "msg_id": run_id, "execute_id": run_id});
    let said = format!("You said: {}", question.join(" "));
    let steps = [
        ("message_start", run_id, true, "message_start", start),
        ("answer", &*answer_id, false, "answer", said.into()),
        ("answer", &*answer_id, true, "answer", "".into()),
        ("message_end", run_id, true, "message_end", end),
    ];
    let steps = steps.into_iter().enumerate();
    let events = steps.map(|(index, (kind, msg_id, finish, member, value))| {
        // All members are present, unused ones as null.
        let mut content = json!({
            "answer": null, "thinking": null, "tool_request": null, "tool_response": null,
            "error": null, "message_start": null, "message_end": null,
        });
        content[member] = value;
        let data = json!({
            "type": kind,
            "session_id": request.body()["session_id"],
            "query_msg_id": "",
            "reply_id": format!("{run_id}-reply"),
            "msg_id": msg_id,
            "sequence_id": index + 1,
            "finish": finish,
            "content": content,
            "log_id": "",
        });
        Event::json("message", &data).spaced()
    });
    events.collect()
}

fn workflow(now: i64, request: &Request, run_id: &str) -> Vec<Event> {
    let data = request.body();
    let mut steps = vec![json!({"type": "workflow_start"})];
    if request.header("x-workflow-stream-mode") == "debug" {
        steps.push(json!({"type": "node_start", "node_name": "echo", "input": data}));
        let end =
            json!({"type": "node_end", "node_name": "echo", "output": data, "time_cost_ms": 1});
        steps.push(end);
    }
    steps.push(json!({"type": "workflow_end", "output": data, "time_cost_ms": 2}));
    let steps = steps.into_iter().enumerate();
    let events = steps.map(|(index, mut step)| {
        step["timestamp"] = (now * 1000).into();
        step["log_id"] = "".into();
        step["run_id"] = run_id.into();
        Event::json("message", &step).id(index + 1).spaced()
    });
    events.collect()
}

/// Starts a task, which ends when it is looked at for the first time.
fn start_task(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let deadline = request.header("x-task-deadline-sec");
    if !deadline.is_empty() && !deadline.parse().is_ok_and(|seconds: i64| seconds > 0) {
        return Ok(refusal(StatusCode::BAD_REQUEST, "x-task-deadline-sec must be positive"));
    }
    let task_id = run_id(context, request);
    context.state.site_tasks.insert(task_id.clone(), request.body().clone());
    Ok(json(json!({"task_id": task_id, "status": "pending"})))
}

fn task(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let task_id = request.text("task_id");
    let Some(inputs) = context.state.site_tasks.get(task_id) else {
        return Ok(refusal(StatusCode::NOT_FOUND, "Task not found"));
    };
    let mut task = json!({"task_id": task_id, "status": "completed", "claim_count": 1});
    (task["result"], task["error"]) = (inputs.clone(), Value::Null);
    Ok(json(task))
}

/// Runs of this project end at once, so that there is never one to cancel.
fn cancel(_: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let run_id = request.text("run_id");
    let message = "No active run was found";
    Ok(json(json!({"status": "not_found", "run_id": run_id, "message": message})))
}

/// Returns the id that the caller has chosen, or a new one.
fn run_id(context: &mut Context<'_>, request: &Request) -> String {
    match request.header("x-run-id") {
        "" => context.id(),
        id => id.to_owned(),
    }
}

fn json(body: Value) -> Reply {
    Reply::json(body).unchecked()
}

/// An error in the form of the server of real projects.
fn refusal(status: StatusCode, detail: &str) -> Reply {
    json(json!({"detail": detail})).with_status(status)
}
