//! Asynchronous requests to databases, awaited.

use super::job::{Job, Progress, Started};
use super::polls;
use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::generated::databases::{
    CreateRecords, DatabaseChange, DatabaseTask, DatabaseTaskStatus, DatabaseTasks, DeleteRecords,
    QueryRecords, RetrieveDatabaseTask, UpdateRecords,
};
use crate::wire::call::Call;

const NOUN: &str = "task";

/// Sends an asynchronous request to a database, and polls its task until it ends.
///
/// Returned by `and_poll` of [`CreateRecords`], [`UpdateRecords`], [`DeleteRecords`] and
/// [`QueryRecords`], and by [`DatabaseTasks::poll`]. Await it for the [`DatabaseTask`], whose
/// status is `succeed`.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::databases::Filter;
///
/// let canceled = Filter::field("state").equal("canceled");
/// let deletion = coze.databases().records().delete("7612903262538280018", canceled);
/// let task = deletion.and_poll().await?;
/// println!("{} records were deleted", task.affected_rows.unwrap_or_default());
/// # Ok(()) }
/// ```
///
/// The result of a query is a file, whose address is in
/// [`select_items_file_url`](DatabaseTask::select_items_file_url).
///
/// If the server answers with the result instead of a task, that result is returned.
///
/// # Errors
///
/// A task that fails is an error for which [`is_api`](Error::is_api) is true. Once the task is
/// known, every error has its ID in [`database_task_id`](Error::database_task_id). The task may go
/// on; wait for it again with [`DatabaseTasks::poll`].
#[doc(alias = "and_wait")]
#[doc(alias = "polling")]
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct PollDatabaseTask(Job<DatabaseTask>);

polls!(PollDatabaseTask, DatabaseTask, 0.schedule);

impl PollDatabaseTask {
    fn starting(
        call: Call,
        send: fn(Call) -> BoxFuture<'static, Result<Started<DatabaseTask>>>,
    ) -> Self {
        Self(Job::starting(NOUN, call.field("is_async", true), send, status))
    }

    /// Sends the requests. Awaiting the value does the same.
    pub async fn send(self) -> Result<DatabaseTask> {
        self.0.send().await
    }
}

fn status(
    call: &Call,
    _: &str,
    task_id: &str,
) -> BoxFuture<'static, Result<Progress<DatabaseTask>>> {
    let tasks = DatabaseTasks::new(call.client().clone());
    let request = tasks.retrieve(task_id).0.with_options_of(call);
    let operation = call.operation().clone();
    Box::pin(async move {
        let task = RetrieveDatabaseTask(request).send().await?;
        Ok(match task.status.as_str().to_ascii_lowercase().as_str() {
            // The platform spells this one differently elsewhere.
            "succeed" | "succeeded" | "success" => Progress::Ended(task),
            "failed" => Progress::Failed(failure(&task).with_operation(operation)),
            // A status that is not known may not be the last one.
            _ => Progress::Working,
        })
    })
}

#[cold]
fn failure(task: &DatabaseTask) -> Error {
    let msg = match task.error_msg.as_str() {
        "" => "the task has failed".to_owned(),
        msg => msg.to_owned(),
    };
    Error::from_kind(Kind::Api { code: None, name: None, msg })
        .with_body(serde_json::to_string(task).unwrap_or_default())
}

/// Returns the task that a change started, or its result.
fn started(change: DatabaseChange) -> Started<DatabaseTask> {
    match change.task_id.filter(|id| !id.is_empty()) {
        Some(id) => Started::Job(id),
        None => Started::Done(done(|task| task.affected_rows = change.affected_rows)),
    }
}

fn done(result: impl FnOnce(&mut DatabaseTask)) -> DatabaseTask {
    let mut task = DatabaseTask { status: DatabaseTaskStatus::Succeed, ..DatabaseTask::default() };
    result(&mut task);
    task
}

/// Adds `and_poll` to a request that changes records.
macro_rules! and_poll {
    ($($builder:ident)*) => {$(
        impl $builder {
            /// Sends the request asynchronously, and polls its task until it ends.
            ///
            /// See [`PollDatabaseTask`](crate::PollDatabaseTask) for deadlines and an example.
            #[doc(alias = "and_wait")]
            #[inline]
            pub fn and_poll(self) -> PollDatabaseTask {
                PollDatabaseTask::starting(self.0, |call| {
                    Box::pin(async move { $builder(call).send().await.map(started) })
                })
            }
        }
    )*};
}

and_poll!(CreateRecords UpdateRecords DeleteRecords);

impl QueryRecords {
    /// Sends the query asynchronously, and polls its task until it ends.
    ///
    /// The records are in a file, whose address the task has. For a list of records, await the
    /// request itself or walk through its [`items`](Self::items). See [`PollDatabaseTask`].
    #[doc(alias = "and_wait")]
    pub fn and_poll(self) -> PollDatabaseTask {
        PollDatabaseTask::starting(self.0, |call| {
            Box::pin(async move {
                let page = QueryRecords(call).send().await?;
                match page.task_id {
                    Some(id) => Ok(Started::Job(id)),
                    // Its records would be lost in a task.
                    None => Err(Error::from_kind(Kind::Decode(
                        "the response of an asynchronous query has no task_id".to_owned(),
                    ))),
                }
            })
        })
    }
}

impl DatabaseTasks {
    /// Polls a task that was started before until it ends.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let task = coze.databases().tasks().poll("7525340985000017").await?;
    /// println!("{:?} records", task.select_total_count.or(task.affected_rows));
    /// # Ok(()) }
    /// ```
    ///
    /// See [`PollDatabaseTask`].
    #[doc(alias = "wait")]
    pub fn poll(&self, task_id: impl Into<String>) -> PollDatabaseTask {
        let task_id = task_id.into();
        PollDatabaseTask(Job::known(NOUN, self.retrieve(&*task_id).0, task_id, status))
    }
}

impl Error {
    /// Returns the ID of the task of a [`PollDatabaseTask`] that failed or whose outcome is
    /// unknown, if it is known.
    pub fn database_task_id(&self) -> Option<&str> {
        self.job_id(NOUN)
    }
}
