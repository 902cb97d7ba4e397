//! Work that the platform does after it has answered the request: its id is in the response, and
//! another operation returns its status.

use tokio::time::timeout_at;

use super::Schedule;
use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::base::runtime;
use crate::wire::call::Call;

/// A poll of a job whose result is a `T`.
#[derive(Debug)]
pub(super) struct Job<T> {
    call: Call,
    /// The ID of the owner of the job, which requests for its status contain.
    owner: String,
    start: Start<T>,
    status: Status<T>,
    pub(super) schedule: Schedule,
    /// The word for the job in messages.
    noun: &'static str,
}

/// Requests the status of a job: the options of the first call, the owner, and the id.
type Status<T> = fn(&Call, &str, &str) -> BoxFuture<'static, Result<Progress<T>>>;

/// Sends the request that starts a job.
type Send<T> = fn(Call) -> BoxFuture<'static, Result<Started<T>>>;

#[derive(Clone, Debug)]
enum Start<T> {
    Send(Send<T>),
    /// Waits for a job that exists.
    Known(String),
}

/// The answer to the request that starts a job.
pub(super) enum Started<T> {
    Job(String),
    /// The server did not make it asynchronous.
    Done(T),
}

/// The status of a job.
pub(super) enum Progress<T> {
    Working,
    Ended(T),
    Failed(Error),
}

/// The id of a job, which its error keeps.
struct JobId {
    noun: &'static str,
    id: String,
}

impl<T: std::marker::Send + 'static> Job<T> {
    /// A job that a request starts.
    pub(super) fn starting(
        noun: &'static str,
        call: Call,
        send: Send<T>,
        status: Status<T>,
    ) -> Self {
        Self::new(noun, call, Start::Send(send), status)
    }

    /// A job that exists. `call` has the options for the requests.
    pub(super) fn known(noun: &'static str, call: Call, id: String, status: Status<T>) -> Self {
        Self::new(noun, call, Start::Known(id), status)
    }

    fn new(noun: &'static str, mut call: Call, start: Start<T>, status: Status<T>) -> Self {
        let schedule = Schedule::of(&mut call);
        Self { call, owner: String::new(), start, status, schedule, noun }
    }

    pub(super) fn of(self, owner: String) -> Self {
        Self { owner, ..self }
    }

    pub(super) async fn send(self) -> Result<T> {
        let operation = self.call.operation().clone();
        let result = runtime::guard(self.run()).await;
        result.map_err(|error| error.with_operation(operation))
    }

    async fn run(self) -> Result<T> {
        let mut id = String::new();
        let end = self.schedule.end();
        let result = match timeout_at(end, self.wait(&mut id)).await {
            Ok(result) => result,
            Err(_) => Err(self.unfinished(&id)),
        };
        let noun = self.noun;
        result.map_err(|error| match id.as_str() {
            "" => error,
            _ => error.with_partial(JobId { noun, id }),
        })
    }

    async fn wait(&self, id: &mut String) -> Result<T> {
        let mut waits = self.schedule.waits();
        match &self.start {
            Start::Known(known) => id.clone_from(known),
            Start::Send(send) => match send(self.call.clone()).await? {
                Started::Done(result) => return Ok(result),
                Started::Job(started) => {
                    *id = started;
                    waits.wait().await;
                }
            },
        }
        loop {
            match (self.status)(&self.call, &self.owner, id).await? {
                Progress::Ended(result) => return Ok(result),
                Progress::Failed(error) => return Err(error),
                Progress::Working => waits.wait().await,
            }
        }
    }

    #[cold]
    fn unfinished(&self, id: &str) -> Error {
        let noun = self.noun;
        let job = match id {
            "" => format!("the {noun} may have been started, but its id did not arrive"),
            id => format!("the {noun} {id} goes on"),
        };
        let what = format!("no end within {:?}: {job}", self.schedule.deadline);
        Error::from_kind(Kind::Unfinished(what)).with_operation(self.call.operation().clone())
    }
}

/// A job is functions and text, whatever its result is.
impl<T> Clone for Job<T> {
    fn clone(&self) -> Self {
        let start = match &self.start {
            Start::Send(send) => Start::Send(*send),
            Start::Known(id) => Start::Known(id.clone()),
        };
        let (call, owner) = (self.call.clone(), self.owner.clone());
        Self { call, owner, start, ..*self }
    }
}

impl Error {
    /// Returns the id of the job that failed or whose outcome is unknown, if it is one of these.
    pub(super) fn job_id(&self, noun: &str) -> Option<&str> {
        let job = self.partial::<JobId>()?;
        (job.noun == noun).then_some(&*job.id)
    }
}
