//! Tools that run in the caller's program during a chat (function calling).

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::chat_reply::tool_calls;
use crate::base::decode;
use crate::base::error::{BoxError, Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::base::redact;
use crate::generated::chat::{Chats, SubmitToolOutputs};
use crate::generated::{Chat, ChatEvent, ToolCall, ToolCallType, ToolOutput};
use crate::wire::call::Call;
use crate::wire::stream::{EventStream, NextStream};

/// The functions that run when a bot calls its local plugins (tools), by the name of the tool.
///
/// A chat that calls a tool waits for the result. [`with_tools`](EventStream::with_tools) runs the
/// function, submits its result, and goes on with the chat;
/// [`PollChat::with_tools`](crate::PollChat::with_tools) does the same without streaming.
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use coze_api::{Message, Tools};
/// use futures_util::TryStreamExt as _;
///
/// #[derive(serde::Deserialize)]
/// struct Place {
///     city: String,
/// }
///
/// let tools = Tools::new()
///     .function("get_weather", |place: Place| async move { format!("22 °C in {}", place.city) })
///     .function("read_uptime", |_: serde_json::Value| async {
///         tokio::fs::read_to_string("/proc/uptime").await
///     });
///
/// let question = Message::user("What is the weather in Kunming?");
/// let chat = coze.chat().create("7348293334459318316", "user-42").message(question);
/// let mut text = chat.stream().await?.with_tools(tools).text();
/// while let Some(piece) = text.try_next().await? {
///     print!("{piece}");
/// }
/// # Ok(()) }
/// ```
///
/// - Tools that are called together run concurrently, and their results are submitted together.
/// - Arguments that do not fit the function's type are reported to the model, which may call the
///   tool again with better ones.
/// - A function that returns an error ends the stream with an error for which
///   [`is_handler`](Error::is_handler) is true, and the chat goes on waiting. To let the model know
///   what went wrong, return a text instead.
/// - If a tool has no function here, or the chat asks for a reply from the user (`reply_message`),
///   no function runs: the stream ends with [`RequiresAction`](ChatEvent::RequiresAction), as it
///   does without tools.
/// - A chat can call tools up to 16 times in a row; see [`rounds`](Self::rounds).
#[doc(alias = "function calling")]
#[doc(alias = "function_call")]
#[doc(alias = "tool call")]
#[doc(alias = "tool_calls")]
#[doc(alias = "local plugin")]
#[doc(alias = "端插件")]
#[derive(Clone)]
pub struct Tools {
    functions: BTreeMap<String, Function>,
    fallback: Option<Function>,
    rounds: u32,
}

/// A function that takes the name and the arguments of a tool.
type Function =
    Arc<dyn Fn(String, String) -> BoxFuture<'static, Result<String, BoxError>> + Send + Sync>;

impl Default for Tools {
    fn default() -> Self {
        Self { functions: BTreeMap::new(), fallback: None, rounds: 16 }
    }
}

impl Tools {
    /// Creates an empty set of tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the function of a tool. It replaces an earlier function for the same name.
    ///
    /// The arguments of a tool are a JSON object. The function's parameter is any type that can be
    /// deserialized from it; `serde_json::Value` takes it unchanged. The function returns a text, a
    /// JSON value, any other type as [`Json`], or a `Result` of those: see [`ToolResult`].
    pub fn function<A, F, R>(
        mut self,
        name: impl Into<String>,
        function: impl Fn(A) -> F + Send + Sync + 'static,
    ) -> Self
    where
        A: DeserializeOwned,
        F: Future<Output = R> + Send + 'static,
        R: ToolResult,
    {
        let function: Function =
            Arc::new(move |_, arguments| match arguments_of::<A>(&arguments) {
                Ok(arguments) => {
                    let running = function(arguments);
                    Box::pin(async move { running.await.into_output() })
                }
                Err(report) => Box::pin(async move { Ok(report) }),
            });
        self.functions.insert(name.into(), function);
        self
    }

    /// Sets the function for all other tools. It takes the name of the tool, and the arguments as
    /// JSON text.
    ///
    /// ```
    /// use coze_api::Tools;
    ///
    /// let tools = Tools::new().fallback(|name, arguments| async move {
    ///     format!("There is no tool {name} that could take {arguments}.")
    /// });
    /// ```
    pub fn fallback<F, R>(
        mut self,
        function: impl Fn(String, String) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = R> + Send + 'static,
        R: ToolResult,
    {
        self.fallback = Some(Arc::new(move |name, arguments| {
            let running = function(name, arguments);
            Box::pin(async move { running.await.into_output() })
        }));
        self
    }

    /// Limits how often a chat may wait for tools. The default is 16.
    ///
    /// The next call is an error for which [`is_handler`](Error::is_handler) is true. This stops a
    /// model that never stops calling tools.
    pub fn rounds(mut self, rounds: u32) -> Self {
        self.rounds = rounds;
        self
    }

    /// Returns a future that runs the tools that a chat waits for. `None` if it waits for none, or
    /// if one of them has no function here.
    pub(super) fn run(
        &mut self,
        chat: &Chat,
    ) -> Option<BoxFuture<'static, Result<Vec<ToolOutput>>>> {
        let calls = tool_calls(chat);
        let runs: Vec<_> = calls.iter().map_while(|call| self.start(call)).collect();
        if calls.is_empty() || runs.len() < calls.len() {
            return None;
        }
        let Some(rounds) = self.rounds.checked_sub(1) else {
            let error = Error::from_kind(Kind::Handler(
                "the chat calls tools more often than Tools::rounds allows".to_owned(),
            ));
            return Some(Box::pin(async move { Err(error) }));
        };
        self.rounds = rounds;
        Some(Box::pin(join_all(runs)))
    }

    /// Returns a future that runs one tool. The function is not called before the future is polled.
    fn start(&self, call: &ToolCall) -> Option<BoxFuture<'static, Result<ToolOutput>>> {
        let called = call.function.as_ref().filter(|_| call.kind == ToolCallType::Function)?;
        let function = self.functions.get(&called.name).or(self.fallback.as_ref());
        if function.is_none() {
            let tool = redact::one_line(&redact::redact(&called.name, None), 64);
            let known = self.functions.len();
            tracing::warn!(tool, known, "the chat calls a tool that has no function");
        }
        let function = function?.clone();
        let (id, name) = (call.id.clone(), called.name.clone());
        let arguments = called.arguments.clone();
        Some(Box::pin(async move {
            match function(name.clone(), arguments).await {
                Ok(output) => Ok(ToolOutput::new(id, output)),
                Err(source) => {
                    let what = format!("the function of the tool {name} failed");
                    Err(Error::from_kind(Kind::Handler(what)).with_source(source))
                }
            }
        }))
    }

    /// Returns a future that runs the tools and makes the request that submits their results.
    pub(super) fn submit(
        &mut self,
        call: &Call,
        chat: &Chat,
    ) -> Option<BoxFuture<'static, Result<SubmitToolOutputs>>> {
        let running = self.run(chat)?;
        let chats = Chats::new(call.client().clone());
        let options = call.clone();
        let (conversation_id, chat_id) = (chat.conversation_id.clone(), chat.id.clone());
        Some(Box::pin(async move {
            let outputs =
                running.await.map_err(|error| error.with_operation(options.operation().clone()))?;
            let request = chats.submit_tool_outputs(conversation_id, chat_id, outputs);
            Ok(SubmitToolOutputs(request.0.with_options_of(&options)))
        }))
    }
}

/// Reads the arguments of a tool. The error is a report for the model.
fn arguments_of<A: DeserializeOwned>(json: &str) -> Result<A, String> {
    let json = if json.trim().is_empty() { "{}" } else { json };
    decode::from_slice(json.as_bytes()).map_err(|error| {
        let why = format!("the arguments do not fit: {error}");
        serde_json::json!({ "error": why }).to_string()
    })
}

/// A type that the function of a tool can return.
///
/// Strings are submitted unchanged, and `serde_json::Value` and [`Json`] as JSON text. A `Result`
/// may hold any of them; its error ends the chat's stream and becomes the
/// [`source`](std::error::Error::source) of the stream's error.
pub trait ToolResult {
    /// Returns the text to submit.
    ///
    /// # Errors
    ///
    /// Any error of the tool. It is not shown to the model.
    fn into_output(self) -> Result<String, BoxError>;
}

impl ToolResult for String {
    fn into_output(self) -> Result<String, BoxError> {
        Ok(self)
    }
}

impl ToolResult for &'static str {
    fn into_output(self) -> Result<String, BoxError> {
        Ok(self.to_owned())
    }
}

impl ToolResult for serde_json::Value {
    fn into_output(self) -> Result<String, BoxError> {
        Ok(self.to_string())
    }
}

/// A value of any type that can be serialized, as the result of a tool.
///
/// ```
/// use coze_api::{Json, Tools};
///
/// #[derive(serde::Serialize)]
/// struct Weather {
///     temperature: f64,
/// }
///
/// let tools = Tools::new().function("get_weather", |_: serde_json::Value| async {
///     Json(Weather { temperature: 22.5 })
/// });
/// ```
///
/// It is submitted as JSON text. A value that cannot be serialized is an error of the tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Json<T>(pub T);

impl<T: Serialize> ToolResult for Json<T> {
    fn into_output(self) -> Result<String, BoxError> {
        Ok(serde_json::to_string(&self.0)?)
    }
}

impl<T: ToolResult, E: Into<BoxError>> ToolResult for Result<T, E> {
    fn into_output(self) -> Result<String, BoxError> {
        self.map_err(Into::into)?.into_output()
    }
}

/// Runs futures concurrently, and returns their values in the order of the futures. The first error
/// drops the others.
async fn join_all<T>(mut running: Vec<BoxFuture<'static, Result<T>>>) -> Result<Vec<T>> {
    let mut values: Vec<Option<T>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        let mut pending = false;
        for (future, value) in running.iter_mut().zip(&mut values) {
            if value.is_none() {
                match Pin::new(future).poll(cx) {
                    Poll::Ready(Ok(done)) => *value = Some(done),
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(Ok(())) }
    })
    .await?;
    Ok(values.into_iter().flatten().collect())
}

/// Chats and chatflows.
impl EventStream<ChatEvent> {
    /// Runs the tools that the bot calls, submits their results, and goes on with the events of the
    /// same chat.
    ///
    /// See [`Tools`] for an example. The stream still returns each
    /// [`RequiresAction`](ChatEvent::RequiresAction), so that a program can show the calls, and
    /// [`Done`](ChatEvent::Done) once, at the end of the chat. Results are submitted with the
    /// token, headers and timeouts of the original request.
    ///
    /// The chat must not turn off `auto_save_history`, which is on by default, and the token needs
    /// the permission `submitToolChat`.
    #[doc(alias = "submit_tool_outputs")]
    pub fn with_tools(self, mut tools: Tools) -> Self {
        self.continued_by(Box::new(move |call, event| {
            let ChatEvent::RequiresAction(chat) = event else { return None };
            let submitting = tools.submit(call, chat)?;
            let next: NextStream<ChatEvent> =
                Box::pin(async move { submitting.await?.stream().await });
            Some(next)
        }))
    }
}

impl fmt::Debug for Tools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tools")
            .field("functions", &self.functions.keys())
            .field("fallback", &self.fallback.is_some())
            .field("rounds", &self.rounds)
            .finish()
    }
}

#[cfg(test)]
mod tests;
