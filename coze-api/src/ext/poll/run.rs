//! Asynchronous runs of workflows, awaited.

use super::job::{Job, Progress, Started};
use super::polls;
use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::generated::workflows::{
    CreateRun, RetrieveRunHistory, RunRunHistories, WorkflowRun, WorkflowRunHistory,
    WorkflowRunStatus, WorkflowRuns,
};
use crate::wire::call::Call;

const NOUN: &str = "run";

/// Runs a workflow asynchronously, and polls the run until it ends.
///
/// Returned by [`CreateRun::and_poll`] and [`WorkflowRuns::poll`]. Await it for the
/// [`WorkflowRunHistory`], which has the output.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use std::time::Duration;
///
/// let run = coze.workflows().runs().create("7366468917055000001");
/// let run = run.and_poll().with_deadline(Duration::from_secs(3600)).await?;
/// println!("{}", run.output);
/// # Ok(()) }
/// ```
///
/// A run that is canceled is returned, with its status. So is a run that waits for an answer: it
/// has [`interrupt_data`](WorkflowRunHistory::interrupt_data).
///
/// # Errors
///
/// A run that fails is an error for which [`is_api`](Error::is_api) is true, with the code and the
/// message of the run. Once the run is known, every error has its id in
/// [`execute_id`](Error::execute_id). The run may go on, for up to 24 hours; wait for it again with
/// [`WorkflowRuns::poll`].
#[doc(alias = "and_wait")]
#[doc(alias = "polling")]
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct PollWorkflowRun(Job<WorkflowRunHistory>);

polls!(PollWorkflowRun, WorkflowRunHistory, 0.schedule);

impl PollWorkflowRun {
    /// Sends the requests. Awaiting the value does the same.
    pub async fn send(self) -> Result<WorkflowRunHistory> {
        self.0.send().await
    }
}

/// Starts a run.
fn start(call: Call) -> BoxFuture<'static, Result<Started<WorkflowRunHistory>>> {
    Box::pin(async move {
        let run = CreateRun(call).send().await?;
        Ok(match run.execute_id.as_str() {
            "" => Started::Done(ended(run)),
            id => Started::Job(id.to_owned()),
        })
    })
}

/// Returns the result of a run that was not made asynchronous.
fn ended(run: WorkflowRun) -> WorkflowRunHistory {
    WorkflowRunHistory {
        execute_status: WorkflowRunStatus::Success,
        output: run.data,
        debug_url: run.debug_url,
        usage: run.usage,
        interrupt_data: run.interrupt_data,
        ..WorkflowRunHistory::default()
    }
}

fn status(
    call: &Call,
    workflow_id: &str,
    execute_id: &str,
) -> BoxFuture<'static, Result<Progress<WorkflowRunHistory>>> {
    let histories = RunRunHistories::new(call.client().clone());
    let request = histories.retrieve(workflow_id, execute_id).0.with_options_of(call);
    let operation = call.operation().clone();
    Box::pin(async move {
        let runs = RetrieveRunHistory(request).send().await?;
        // A run that has just been started may be missing.
        let Some(run) = runs.into_iter().next() else { return Ok(Progress::Working) };
        Ok(match run.execute_status.as_str().to_ascii_lowercase().as_str() {
            "success" | "cancel" | "canceled" => Progress::Ended(run),
            "fail" | "failed" => Progress::Failed(failure(&run).with_operation(operation)),
            // A run that waits for an answer does not end by itself. A status that is not known
            // may not be the last one.
            _ if run.interrupt_data.is_some() => Progress::Ended(run),
            _ => Progress::Working,
        })
    })
}

#[cold]
fn failure(run: &WorkflowRunHistory) -> Error {
    let msg = match run.error_message.as_str() {
        "" => "the run has failed".to_owned(),
        msg => msg.to_owned(),
    };
    let code = run.error_code.parse().ok().filter(|code| *code != 0);
    Error::from_kind(Kind::Api { code, name: None, msg })
        .with_body(serde_json::to_string(run).unwrap_or_default())
}

impl CreateRun {
    /// Runs the workflow with `is_async`, and polls the run until it ends.
    ///
    /// Requires a paid plan, as `is_async` does. See [`PollWorkflowRun`] for deadlines and an
    /// example.
    #[doc(alias = "and_wait")]
    pub fn and_poll(self) -> PollWorkflowRun {
        let workflow_id = self.0.param("workflow_id").unwrap_or_default();
        let call = self.0.field("is_async", true);
        PollWorkflowRun(Job::starting(NOUN, call, start, status).of(workflow_id))
    }
}

impl WorkflowRuns {
    /// Polls an asynchronous run that was started before until it ends.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let runs = coze.workflows().runs();
    /// let run = runs.poll("7366468917055000001", "7514230512345678428").await?;
    /// println!("{}: {}", run.execute_status, run.output);
    /// # Ok(()) }
    /// ```
    ///
    /// See [`PollWorkflowRun`].
    #[doc(alias = "wait")]
    pub fn poll(
        &self,
        workflow_id: impl Into<String>,
        execute_id: impl Into<String>,
    ) -> PollWorkflowRun {
        let (workflow_id, execute_id) = (workflow_id.into(), execute_id.into());
        let call = self.run_histories().retrieve(&*workflow_id, &*execute_id).0;
        PollWorkflowRun(Job::known(NOUN, call, execute_id, status).of(workflow_id))
    }
}

impl Error {
    /// Returns the id of the run of a [`PollWorkflowRun`] that failed or whose outcome is unknown,
    /// if it is known.
    pub fn execute_id(&self) -> Option<&str> {
        self.job_id(NOUN)
    }
}
