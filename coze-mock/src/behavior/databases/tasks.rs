//! Asynchronous requests to databases.

use serde_json::{Value, json};

use crate::behavior::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{DatabaseTask, Progress, Reach, RecordRequest};

pub(super) fn register(all: &mut Behaviors) {
    all.on("databases.tasks.retrieve", retrieve);
    all.route("mock.database_items", http::Method::GET, "/mock/database_items/{task_id}", items);
}

/// Starts a task, which changes or reads the records when it ends.
pub(super) fn start(
    context: &mut Context<'_>,
    request: &Request,
    reach: Reach,
    records: RecordRequest,
) -> Reply {
    let (id, created_at) = (context.id(), context.now());
    let number = |name: &str| {
        let number = request.integer(name).and_then(|number| usize::try_from(number).ok());
        number.unwrap_or_default()
    };
    let (number, size) = (number("page_num").max(1), number("page_size"));
    let task = DatabaseTask {
        id: id.clone(),
        owner_id: context.caller.user_id.clone(),
        database_id: request.text("database_id").to_owned(),
        progress: Progress::default(),
        created_at,
        reach,
        request: records,
        page: ((number - 1).saturating_mul(size), size),
        items: None,
        count: 0,
    };
    context.state.database_tasks.insert(&id, task);
    Reply::data(json!({"task_id": id}))
}

/// A task is `running` at the first look, and with the second one it ends.
fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (id, now, base_url) = (request.text("task_id"), context.now(), context.base_url());
    let unknown = || ApiError::unknown("task_id", id);
    let task = context.state.database_tasks.require_mut("task_id", id)?;
    if task.owner_id != context.caller.user_id || task.expires_at() <= now {
        return Err(unknown());
    }
    let before = task.progress.status();
    task.progress.advance();
    if before == 0 && task.progress.status() == 1 {
        match context.state.databases.get_mut(&task.database_id) {
            Some(database) => match &task.request {
                RecordRequest::Select(query) => {
                    let all = database.select(&task.reach, query);
                    task.count = all.len();
                    let (start, size) = task.page;
                    task.items = Some(all.into_iter().skip(start).take(size).collect());
                }
                change => task.count = database.change(&task.reach, change, now),
            },
            None => task.progress.failure = Some("The database was deleted.".to_owned()),
        }
    }
    Ok(Reply::data(to_json(task, &base_url)))
}

fn to_json(task: &DatabaseTask, base_url: &str) -> Value {
    let failure = task.progress.failure.as_deref();
    let status = match task.progress.status() {
        0 => "running",
        1 => "succeed",
        _ => "failed",
    };
    let mut shown = json!({
        "status": status,
        "task_type": task.request.kind(),
        "error_msg": if status == "failed" { failure.unwrap_or_default() } else { "" },
    });
    if status == "succeed" {
        if let Some(items) = &task.items {
            shown["has_more"] = json!(task.page.0 + items.len() < task.count);
            shown["select_total_count"] = json!(task.count);
            let url = format!("{base_url}/mock/database_items/{}", task.id);
            shown["select_items_file_url"] = json!(url);
        } else {
            shown["affected_rows"] = json!(task.count);
        }
    }
    shown
}

/// The file with the records of a query.
fn items(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (id, now) = (request.text("task_id"), context.now());
    let task = context.state.database_tasks.require("task_id", id)?;
    match &task.items {
        Some(items) if task.expires_at() > now => {
            Ok(Reply::file("application/json", json!(items).to_string()))
        }
        _ => Err(ApiError::unknown("task_id", id)),
    }
}
