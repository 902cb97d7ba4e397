//! Asynchronous requests to databases, awaited.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::base::runtime;
use crate::ext::poll::longer;
use crate::generated::databases::{
    CreateRecords, DatabaseChange, DatabaseTask, DatabaseTaskStatus, DatabaseTasks, DeleteRecords,
    QueryRecords, RetrieveTask, UpdateRecords,
};
use crate::wire::call::Call;

const INTERVAL: Duration = Duration::from_secs(1);
const MAX_INTERVAL: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_secs(600);

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
pub struct PollDatabaseTask {
    call: Call,
    start: Start,
    interval: Duration,
    max_interval: Duration,
    deadline: Duration,
}

#[derive(Clone, Debug)]
enum Start {
    /// Sends a request.
    Send(fn(Call) -> BoxFuture<'static, Result<Started>>),
    /// Waits for a task that exists.
    Task(String),
}

/// The answer to an asynchronous request.
enum Started {
    Task(String),
    /// The server did not make it asynchronous.
    Done(DatabaseTask),
}

/// The ID of a task, which its error keeps.
struct TaskId(String);

impl PollDatabaseTask {
    fn new(mut call: Call, start: Start) -> Self {
        let deadline = call.take_deadline().unwrap_or(DEADLINE);
        Self { call, start, interval: INTERVAL, max_interval: MAX_INTERVAL, deadline }
    }

    fn starting(call: Call, send: fn(Call) -> BoxFuture<'static, Result<Started>>) -> Self {
        Self::new(call.field("is_async", true), Start::Send(send))
    }

    /// Sets the wait before the first status request. The default is 1 second.
    ///
    /// Each further wait is 1.5 times as long as the previous one, up to
    /// [`with_max_interval`](Self::with_max_interval).
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self.max_interval = self.max_interval.max(interval);
        self
    }

    /// Sets the longest wait between two status requests. The default is 5 seconds.
    pub fn with_max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self.interval = self.interval.min(interval);
        self
    }

    /// Sets the time in which the task has to end, from the first request to the last. The default
    /// is 10 minutes.
    ///
    /// After that, polling ends with an error for which [`is_timeout`](Error::is_timeout) is true.
    /// A deadline set on the request before `and_poll` has the same effect.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sends the requests. Awaiting the value does the same.
    pub async fn send(self) -> Result<DatabaseTask> {
        let operation = self.call.operation().clone();
        let task = runtime::guard(self.run()).await;
        task.map_err(|error| error.with_operation(operation))
    }

    async fn run(self) -> Result<DatabaseTask> {
        let now = Instant::now();
        // A deadline that the clock cannot hold is as good as none.
        let never = Duration::from_secs(60 * 60 * 24 * 365);
        let deadline = now.checked_add(self.deadline).unwrap_or(now + never);
        let mut task_id = String::new();
        let result = match timeout_at(deadline, self.wait(&mut task_id)).await {
            Ok(result) => result,
            Err(_) => Err(self.unfinished(&task_id)),
        };
        result.map_err(
            |error| {
                if task_id.is_empty() { error } else { error.with_partial(TaskId(task_id)) }
            },
        )
    }

    async fn wait(&self, task_id: &mut String) -> Result<DatabaseTask> {
        let mut interval = self.interval;
        match &self.start {
            Start::Task(id) => task_id.clone_from(id),
            Start::Send(send) => match send(self.call.clone()).await? {
                Started::Done(task) => return Ok(task),
                Started::Task(id) => {
                    *task_id = id;
                    sleep(interval).await;
                    interval = longer(interval, self.max_interval);
                }
            },
        }
        loop {
            let call = DatabaseTasks::new(self.call.client().clone()).retrieve(&**task_id).0;
            let task = RetrieveTask(call.with_options_of(&self.call)).send().await?;
            match task.status.as_str().to_ascii_lowercase().as_str() {
                // The platform spells this one differently elsewhere.
                "succeed" | "succeeded" | "success" => return Ok(task),
                "failed" => return Err(self.failure(&task)),
                // A status that is not known may not be the last one.
                _ => {}
            }
            sleep(interval).await;
            interval = longer(interval, self.max_interval);
        }
    }

    #[cold]
    fn failure(&self, task: &DatabaseTask) -> Error {
        let msg = match task.error_msg.as_str() {
            "" => "the task has failed".to_owned(),
            msg => msg.to_owned(),
        };
        Error::new(Kind::Api { code: None, name: None, msg })
            .with_operation(self.call.operation().clone())
            .with_body(serde_json::to_string(task).unwrap_or_default())
    }

    #[cold]
    fn unfinished(&self, task_id: &str) -> Error {
        let task = match task_id {
            "" => "the task may have been started, but its id did not arrive".to_owned(),
            id => format!("the task {id} goes on"),
        };
        let what = format!("no end within {:?}: {task}", self.deadline);
        Error::new(Kind::Unfinished(what)).with_operation(self.call.operation().clone())
    }
}

impl IntoFuture for PollDatabaseTask {
    type Output = Result<DatabaseTask>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// Returns the task that a change started, or its result.
fn started(change: DatabaseChange) -> Started {
    match change.task_id.filter(|id| !id.is_empty()) {
        Some(id) => Started::Task(id),
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
                    Some(id) => Ok(Started::Task(id)),
                    // Its records would be lost in a task.
                    None => Err(Error::new(Kind::Decode(
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
        PollDatabaseTask::new(self.retrieve(&*task_id).0, Start::Task(task_id))
    }
}

impl Error {
    /// Returns the ID of the task of a [`PollDatabaseTask`] that failed or whose outcome is
    /// unknown, if it is known.
    pub fn database_task_id(&self) -> Option<&str> {
        self.partial::<TaskId>().map(|id| &*id.0)
    }
}
