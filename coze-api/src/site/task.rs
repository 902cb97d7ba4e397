//! Runs in the background.

use std::time::Duration;

use tokio::time::timeout_at;

use super::{Task, TaskStatus, run_id};
use crate::base::error::{Error, Kind, Result};
use crate::base::runtime;
use crate::ext::poll::{Schedule, polls};
use crate::generated::site as calls;
use crate::wire::call::Call;
use crate::wire::envelope::{self, Reply};
use crate::wire::request::sendable;

/// The start of a run in the background, from [`Project::start`](super::Project::start).
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct StartTask(pub(super) Call);
sendable!(StartTask, Task, task);
run_id!(StartTask);

impl StartTask {
    /// Sets the time in which the run has to end, in whole seconds. The default is a day.
    pub fn task_deadline(self, deadline: Duration) -> Self {
        let seconds = deadline.as_secs().max(1).to_string();
        Self(self.0.with_header("x-task-deadline-sec", &seconds))
    }

    /// Starts the run, and polls it until it ends.
    ///
    /// See [`PollTask`].
    #[doc(alias = "and_wait")]
    pub fn and_poll(self) -> PollTask {
        PollTask::new(self.0, None)
    }
}

/// The status of a run in the background, from [`Project::task`](super::Project::task).
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct RetrieveTask(pub(super) Call);
sendable!(RetrieveTask, Task, task);

/// Decodes a task. One that failed has an `error`, which does not make the response a refusal.
fn task(call: &Call, reply: &Reply) -> Result<Task> {
    match envelope::bare::<Task>(reply) {
        Ok(task) if !task.task_id.is_empty() => Ok(task),
        _ => envelope::flat(call, reply),
    }
}

/// Polls a run in the background until it ends.
///
/// Returned by [`StartTask::and_poll`] and [`Project::poll`](super::Project::poll). Await it for
/// the [`Task`], whose status is `completed`.
///
/// # Errors
///
/// A task that fails or times out is an error for which [`is_api`](Error::is_api) is true, with the
/// name of the reason. Once the task is known, every error has it in
/// [`partial_site_task`](Error::partial_site_task). The task may go on; wait for it again with
/// [`Project::poll`](super::Project::poll).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct PollTask {
    call: Call,
    /// The task, unless the call starts it.
    task_id: Option<String>,
    schedule: Schedule,
}

polls!(PollTask, Task, schedule);

impl PollTask {
    fn new(mut call: Call, task_id: Option<String>) -> Self {
        let schedule = Schedule::of(&mut call);
        Self { call, task_id, schedule }
    }

    pub(super) fn of(call: Call, task_id: String) -> Self {
        Self::new(call, Some(task_id))
    }

    /// Sends the requests. Awaiting the value does the same.
    pub async fn send(self) -> Result<Task> {
        let operation = self.call.operation().clone();
        let task = runtime::guard(self.run()).await;
        task.map_err(|error| error.with_operation(operation))
    }

    async fn run(self) -> Result<Task> {
        let mut seen = Task::default();
        let result = match timeout_at(self.schedule.end(), self.wait(&mut seen)).await {
            Ok(result) => result,
            Err(_) => Err(self.unfinished(&seen)),
        };
        match result {
            Ok(()) => Ok(seen),
            Err(error) if seen.task_id.is_empty() => Err(error),
            Err(error) => Err(error.with_partial(seen)),
        }
    }

    async fn wait(&self, seen: &mut Task) -> Result<()> {
        let mut waits = self.schedule.waits();
        match &self.task_id {
            Some(id) => seen.task_id.clone_from(id),
            None => {
                *seen = StartTask(self.call.clone()).send().await?;
                waits.wait().await;
            }
        }
        loop {
            let call = calls::task(self.call.client(), &seen.task_id);
            *seen = RetrieveTask(call.with_options_of(&self.call)).send().await?;
            match &seen.status {
                Some(TaskStatus::Completed) => return Ok(()),
                Some(TaskStatus::Failed | TaskStatus::Timeout) => return Err(failure(seen)),
                // A status that is not known may not be the last one.
                _ => waits.wait().await,
            }
        }
    }

    #[cold]
    fn unfinished(&self, task: &Task) -> Error {
        let task = match &*task.task_id {
            "" => "the task may have been started, but its id did not arrive".to_owned(),
            id => format!("the task {id} goes on"),
        };
        Error::from_kind(Kind::Unfinished(format!(
            "no end within {:?}: {task}",
            self.schedule.deadline
        )))
    }
}

#[cold]
fn failure(task: &Task) -> Error {
    let error = task.error.clone().unwrap_or_default();
    let status = task.status.as_ref().map(TaskStatus::as_str).unwrap_or_default();
    let name = if error.code.is_empty() { status.to_owned() } else { error.code };
    let msg =
        if error.message.is_empty() { "the task has failed".to_owned() } else { error.message };
    Error::from_kind(Kind::Api { code: name.parse().ok(), name: Some(name), msg })
        .with_body(serde_json::to_string(task).unwrap_or_default())
}

impl Error {
    /// Returns the task of a [`PollTask`] that failed or whose outcome is unknown, as it was last
    /// seen.
    pub fn partial_site_task(&self) -> Option<&Task> {
        self.partial()
    }
}
