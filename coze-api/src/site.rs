//! Deployed projects of 扣子编程 (feature `site`): agents and workflows that run at an address of
//! their own, such as `https://my-project.coze.site`.
//!
//! ```no_run
//! # async fn example() -> coze_api::Result<()> {
//! use coze_api::site::Project;
//! use serde_json::json;
//!
//! let project = Project::new("https://my-project.coze.site", "eyJ…")?;
//! let weather = project.run(&json!({"city": "Kunming"})).await?;
//! println!("{:?}", weather.outputs);
//! # Ok(()) }
//! ```
//!
//! A project has API tokens of its own, which are made on its page. They are not valid for the API
//! of the platform, and the tokens of the platform are not valid for a project. A [`Project`] has
//! its own token and address, so that neither is sent to the other.
//!
//! | to | use |
//! |---|---|
//! | talk to an agent | [`Project::ask`] |
//! | run a workflow | [`Project::run`], [`Project::stream`], [`Project::run_node`] |
//! | run a workflow in the background | [`Project::start`], [`Project::task`] |
//! | cancel a run | [`Project::cancel`] |
//! | read the schemas of inputs and outputs | [`Project::graph_parameter`] |
//! | send anything else | [`Project::client`] and its [`request`](crate::Client::request) |
//!
//! Requests, retries, deadlines, streams and errors are those of the other operations of this
//! crate. Error codes of projects have six digits; `TIMEOUT` and `CANCELED` are
//! [names](crate::Error::error_name).

mod agent;
mod task;
mod workflow;

use secrecy::SecretString;
use serde::Serialize;

use crate::base::convert;
use crate::base::error::Result;
use crate::client::ClientBuilder;
use crate::generated::site as calls;
pub use crate::generated::site::*;
use crate::wire::call::Call;
use crate::wire::client::Client;
use crate::wire::envelope;
use crate::wire::request::sendable;
pub use agent::{AgentReply, AskAgent};
pub use task::{PollTask, RetrieveTask, StartTask};
pub use workflow::{RunNode, RunOutputs, RunWorkflow, StreamWorkflow};

/// A deployed project: an agent or a workflow at an address of its own.
///
/// See the [module](self) for an example.
#[doc(alias = "coze.site")]
#[doc(alias = "扣子编程")]
#[derive(Clone, Debug)]
pub struct Project(Client);

impl Project {
    /// Connects to the project at this address, with an API token of the project.
    ///
    /// # Errors
    ///
    /// An error for which [`is_config`](crate::Error::is_config) is true if the address or the
    /// token is invalid.
    pub fn new(base_url: impl Into<String>, token: impl Into<SecretString>) -> Result<Self> {
        Self::from_builder(Client::builder().base_url(base_url).token(token))
    }

    /// Connects to the project that is configured as a client: with its address as
    /// [`base_url`](ClientBuilder::base_url), its token, timeouts and retries.
    ///
    /// # Errors
    ///
    /// The errors of [`ClientBuilder::build`].
    pub fn from_builder(builder: ClientBuilder) -> Result<Self> {
        builder.build().map(Self)
    }

    /// Returns the client of the project, for requests that this type does not have.
    ///
    /// ```no_run
    /// # async fn example(project: coze_api::site::Project) -> coze_api::Result<()> {
    /// use coze_api::Method;
    /// use serde_json::{Value, json};
    ///
    /// let completion: Value = project
    ///     .client()
    ///     .request(Method::POST, "/v1/chat/completions")
    ///     .json(&json!({
    ///         "session_id": "session-1",
    ///         "messages": [{"role": "user", "content": "What is tea?"}],
    ///     }))
    ///     .flat()
    ///     .await?;
    /// // Every message of the reply, also that of a tool, is a choice; the last is the answer.
    /// let answer = completion["choices"].as_array().and_then(|choices| choices.last());
    /// println!("{}", answer.map_or(&Value::Null, |answer| &answer["message"]["content"]));
    /// # Ok(()) }
    /// ```
    #[doc(alias = "chat/completions")]
    #[doc(alias = "OpenAI")]
    pub fn client(&self) -> &Client {
        &self.0
    }

    /// Sends a message to an agent. Awaiting the request returns the stream of its reply.
    ///
    /// ```no_run
    /// # async fn example(project: coze_api::site::Project) -> coze_api::Result<()> {
    /// use coze_api::site::{AgentEvent, PromptPart};
    ///
    /// let page = PromptPart::file("tea.pdf", "https://example.com/tea.pdf");
    /// let ask = project.ask("session-1", ["What is on this page?".into(), page]);
    /// let mut events = ask.await?;
    /// while let Some(event) = events.next().await {
    ///     if let AgentEvent::Answer(message) = event? {
    ///         print!("{}", message.content.unwrap_or_default().answer);
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// Messages with the same session ID continue a conversation; all messages without one are in
    /// the same conversation. See [`AskAgent::reply`] for the whole reply.
    #[doc(alias = "stream_run")]
    pub fn ask(
        &self,
        session_id: impl Into<String>,
        parts: impl IntoIterator<Item = impl Into<PromptPart>>,
    ) -> AskAgent {
        AskAgent::new(calls::ask(&self.0), session_id.into(), convert::list(parts))
    }

    /// Runs a workflow with these inputs, and returns its outputs.
    ///
    /// ```no_run
    /// # async fn example(project: coze_api::site::Project) -> coze_api::Result<()> {
    /// #[derive(serde::Deserialize)]
    /// struct Weather {
    ///     weather: String,
    /// }
    ///
    /// let outputs = project.run(&serde_json::json!({"city": "Kunming"})).await?;
    /// println!("{}", outputs.decode::<Weather>()?.weather);
    /// # Ok(()) }
    /// ```
    ///
    /// A run may take 300 seconds, the limit of the platform; for longer runs use
    /// [`start`](Self::start). A run that timed out or was canceled is an error.
    pub fn run(&self, inputs: &impl Serialize) -> RunWorkflow {
        RunWorkflow(calls::run(&self.0).json(inputs))
    }

    /// Runs a workflow with these inputs. Awaiting the request returns the stream of its events.
    ///
    /// ```no_run
    /// # async fn example(project: coze_api::site::Project) -> coze_api::Result<()> {
    /// use coze_api::site::RunEvent;
    ///
    /// let inputs = serde_json::json!({"city": "Kunming"});
    /// let mut events = project.stream(&inputs).node_events().await?;
    /// while let Some(event) = events.next().await {
    ///     match event? {
    ///         RunEvent::NodeEnd(node) => println!("{}: {}", node.node_name, node.output),
    ///         RunEvent::WorkflowEnd(end) => println!("{}", end.output),
    ///         _ => {}
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// The stream may take 900 seconds. [`StreamWorkflow::node_events`] adds the events of nodes.
    pub fn stream(&self, inputs: &impl Serialize) -> StreamWorkflow {
        StreamWorkflow::new(calls::stream_workflow(&self.0).json(inputs))
    }

    /// Runs one node of a workflow with these inputs, and returns its outputs.
    pub fn run_node(&self, node_id: impl AsRef<str>, inputs: &impl Serialize) -> RunNode {
        RunNode(calls::run_node(&self.0, node_id.as_ref()).json(inputs))
    }

    /// Starts a run in the background.
    ///
    /// ```no_run
    /// # async fn example(project: coze_api::site::Project) -> coze_api::Result<()> {
    /// let task = project.start(&serde_json::json!({"city": "Kunming"})).and_poll().await?;
    /// println!("{}", task.result);
    /// # Ok(()) }
    /// ```
    ///
    /// The project needs a database; without one the request fails with status 503 or 500.
    #[doc(alias = "async_run")]
    #[doc(alias = "background")]
    pub fn start(&self, inputs: &impl Serialize) -> StartTask {
        StartTask(calls::start_task(&self.0).json(inputs))
    }

    /// Retrieves a run in the background. The platform keeps it for 7 days.
    pub fn task(&self, task_id: impl AsRef<str>) -> RetrieveTask {
        RetrieveTask(calls::task(&self.0, task_id.as_ref()))
    }

    /// Polls a run in the background until it ends.
    pub fn poll(&self, task_id: impl Into<String>) -> PollTask {
        let task_id = task_id.into();
        PollTask::of(calls::task(&self.0, &task_id), task_id)
    }

    /// Cancels a run of [`run`](Self::run), [`stream`](Self::stream) or [`ask`](Self::ask), by its
    /// run ID. Runs in the background cannot be canceled.
    ///
    /// ```no_run
    /// # async fn example(project: coze_api::site::Project) -> coze_api::Result<()> {
    /// use coze_api::site::CancellationStatus;
    ///
    /// let canceled = project.cancel("run-1").await?;
    /// if canceled.status == Some(CancellationStatus::NotFound) {
    ///     println!("it has ended, or another server runs it");
    /// }
    /// # Ok(()) }
    /// ```
    pub fn cancel(&self, run_id: impl AsRef<str>) -> CancelRun {
        CancelRun(calls::cancel(&self.0, run_id.as_ref()))
    }

    /// Retrieves the JSON Schemas of the inputs and outputs of a workflow.
    pub fn graph_parameter(&self) -> RetrieveGraphParameter {
        RetrieveGraphParameter(calls::graph_parameter(&self.0))
    }

    /// Checks whether the server of the project is running.
    pub fn health(&self) -> CheckHealth {
        CheckHealth(calls::health(&self.0))
    }
}

/// Adds the setter of a run's ID to a builder.
macro_rules! run_id {
    ($builder:ident) => {
        impl $builder {
            /// Sets an ID of your choice for the run, by which it can be canceled.
            pub fn run_id(mut self, id: impl AsRef<str>) -> Self {
                self.0 = self.0.with_header("x-run-id", id.as_ref());
                self
            }
        }
    };
}

pub(crate) use run_id;

/// A request of [`Project::cancel`].
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct CancelRun(Call);
sendable!(CancelRun, Cancellation, envelope::optional_flat);

/// A request of [`Project::graph_parameter`].
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct RetrieveGraphParameter(Call);
sendable!(RetrieveGraphParameter, GraphParameter, envelope::optional_flat);

/// A request of [`Project::health`].
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct CheckHealth(Call);
sendable!(CheckHealth, Health, envelope::optional_flat);
