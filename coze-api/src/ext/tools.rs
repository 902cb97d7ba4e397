//! Tools that run in the caller's program while a chat goes on.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use serde::de::DeserializeOwned;

use super::chat_reply::tool_calls;
use crate::base::decode;
use crate::base::error::{BoxError, Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::generated::chat::{Chats, SubmitToolOutputs};
use crate::generated::{Chat, ChatEvent, ToolCall, ToolCallType, ToolOutput};
use crate::wire::call::Call;
use crate::wire::stream::{EventStream, NextStream};

/// Functions for the tools that a bot calls, by name: the local plugins of the bot.
///
/// A chat that calls one waits for its result. [`with_tools`](EventStream::with_tools) runs the function, submits what it
/// returns, and goes on with the chat.
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
///         std::fs::read_to_string("/proc/uptime")
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
/// - Calls that come together run at the same time, and their results are submitted together.
/// - Arguments that do not fit the function's type are told to the model, which may call again with better ones.
/// - A function that returns an error ends the stream with one that [`is_handler`](Error::is_handler), and the chat goes on
///   waiting. To tell the model what went wrong, return that as text.
/// - If no function has the name of a tool, or the chat asks for a reply of the user (`reply_message`), nothing is run:
///   the stream ends with [`RequiresAction`](ChatEvent::RequiresAction), as it does without tools.
/// - Tools are run for 16 times in a row at most, unless [`rounds`](Self::rounds) says otherwise.
#[derive(Clone)]
pub struct Tools {
    functions: BTreeMap<String, Function>,
    fallback: Option<Function>,
    rounds: u32,
}

/// Takes the name and the arguments of a tool.
type Function =
    Arc<dyn Fn(String, String) -> BoxFuture<'static, Result<String, BoxError>> + Send + Sync>;

impl Default for Tools {
    fn default() -> Self {
        Self { functions: BTreeMap::new(), fallback: None, rounds: 16 }
    }
}

impl Tools {
    /// No tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the function of a tool, in place of another one of the same name.
    ///
    /// Its argument is any type that can be deserialised: the arguments of the tool are a JSON object, which
    /// `serde_json::Value` takes as it is. What it returns is a text, a JSON value, or a `Result` of either.
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
                Err(told) => Box::pin(async move { Ok(told) }),
            });
        self.functions.insert(name.into(), function);
        self
    }

    /// The function for all other tools. It takes the name of the tool and the arguments as JSON text.
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

    /// How often tools may be run in one chat. After that, the chat's next call is an error. 16 by default.
    pub fn rounds(mut self, rounds: u32) -> Self {
        self.rounds = rounds;
        self
    }

    /// What runs the tools that a chat waits for. `None` if it waits for none, or for some that are not here.
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
            let error =
                Error::new(Kind::Handler("the chat calls tools more often than it may".to_owned()));
            return Some(Box::pin(async move { Err(error) }));
        };
        self.rounds = rounds;
        Some(Box::pin(all(runs)))
    }

    /// What runs one tool. The function itself is not called before that is polled.
    fn start(&self, call: &ToolCall) -> Option<BoxFuture<'static, Result<ToolOutput>>> {
        let wanted = call.function.as_ref().filter(|_| call.kind == ToolCallType::Function)?;
        let function = self.functions.get(&wanted.name).or(self.fallback.as_ref());
        if function.is_none() {
            let (tool, known) = (&wanted.name, self.functions.len());
            tracing::warn!(tool, known, "the chat calls a tool that has no function");
        }
        let function = function?.clone();
        let (id, name) = (call.id.clone(), wanted.name.clone());
        let arguments = wanted.arguments.clone();
        Some(Box::pin(async move {
            match function(name.clone(), arguments).await {
                Ok(output) => Ok(ToolOutput::new(id, output)),
                Err(source) => {
                    let what = format!("the function of the tool {name} failed");
                    Err(Error::new(Kind::Handler(what)).with_source(source))
                }
            }
        }))
    }

    /// Runs the tools and submits their results; what is left to do is to send the request.
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

/// The arguments, or what the model is told about them.
fn arguments_of<A: DeserializeOwned>(json: &str) -> Result<A, String> {
    let json = if json.trim().is_empty() { "{}" } else { json };
    decode::from_str(json).map_err(|error| {
        let why = format!("the arguments do not fit: {error}");
        serde_json::json!({ "error": why }).to_string()
    })
}

/// What the function of a tool may return.
///
/// Text is sent as it is, JSON as text. An error stops the chat's stream and is the source of its error.
pub trait ToolResult {
    /// The text to submit.
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

impl<T: ToolResult, E: Into<BoxError>> ToolResult for Result<T, E> {
    fn into_output(self) -> Result<String, BoxError> {
        self.map_err(Into::into)?.into_output()
    }
}

/// Runs futures at the same time, and gives their values in the order of the futures. The first error ends it.
async fn all<T>(mut running: Vec<BoxFuture<'static, Result<T>>>) -> Result<Vec<T>> {
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
    /// Runs the tools that the bot calls, submits their results, and goes on with the events of the same chat.
    ///
    /// See [`Tools`]. The event [`RequiresAction`](ChatEvent::RequiresAction) still comes, so that a program can show what is
    /// going on; [`Done`](ChatEvent::Done) comes once, at the end of all. Results are submitted with the same token, headers
    /// and time limits as the request that the stream answers.
    ///
    /// The chat needs `auto_save_history`, which is the default, and the token the permission `submitToolChat`.
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
