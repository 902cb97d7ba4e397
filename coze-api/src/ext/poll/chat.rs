//! Chats without streaming: create one, poll its status until it ends, and list its messages.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{Schedule, polls};
use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::base::runtime;
use crate::ext::chat::Phase;
use crate::ext::chat_reply::{ChatReply, keep_ids};
use crate::ext::tools::Tools;
use crate::generated::Chat;
use crate::generated::chat::{
    CancelChat, Chats, CreateChat, ListChatMessages, RetrieveChat, SubmitToolOutputs,
};
use crate::wire::call::Call;

/// The most time that a cancellation is given at the end of the deadline.
const MAX_CANCEL_TIME: Duration = Duration::from_secs(5);

/// Polls a chat until it ends, then lists its messages.
///
/// Returned by [`CreateChat::and_poll`], [`SubmitToolOutputs::and_poll`] and [`Chats::poll`]. Await
/// it for the [`ChatReply`].
///
/// ```no_run
/// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
/// use std::time::Duration;
///
/// use coze_api::Message;
///
/// let question = Message::user("What is the weather in Kunming?");
/// let chat = coze.chat().create("7348293334459318316", "user-42").message(question);
/// let reply = chat
///     .and_poll()
///     .with_deadline(Duration::from_secs(60))
///     .with_cancel_on_timeout()
///     .await?;
/// println!("{}", reply.text());
/// # Ok(()) }
/// ```
///
/// Polling ends when the status of the chat is
///
/// - `completed`, `canceled`, or another [final](crate::ChatStatus::is_final) status, including
///   those that this version does not know but recognizes by their names: the status is in the
///   reply's [`chat`](ChatReply::chat);
/// - `requires_action`, unless [`with_tools`](Self::with_tools) can run the tools: the calls are in
///   [`tool_calls`](ChatReply::tool_calls);
/// - `failed`: an error for which [`is_api`](Error::is_api) is true, with the code and message of
///   the chat.
///
/// Requests are retried by the client's retry policy. A stream reports the end of a chat sooner and
/// takes a single request, so prefer [`CreateChat::stream`] where it is possible.
///
/// # Errors
///
/// Every error has the [`chat_id`](Error::chat_id) and the
/// [`conversation_id`](Error::conversation_id) as far as they are known, and the chat as it was
/// last seen in [`partial_chat_reply`](Error::partial_chat_reply). The chat may go on; wait for it
/// again with [`Chats::poll`].
#[doc(alias = "polling")]
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct PollChat {
    start: Call,
    schedule: Schedule,
    cancel: bool,
    tools: Option<Tools>,
}

/// The outcome of an attempt to cancel a chat.
enum Cancellation {
    Canceled,
    /// The chat had ended before, with this reply.
    Ended(Box<ChatReply>),
}

impl PollChat {
    fn new(mut start: Call) -> Self {
        let schedule = Schedule::of(&mut start);
        Self { start, schedule, cancel: false, tools: None }
    }

    /// Cancels the chat if it does not end in time. Without this, such a chat goes on and blocks
    /// its conversation for other chats.
    ///
    /// The last quarter of the deadline, at most 5 seconds, is kept for the cancellation. If the
    /// chat has ended just then, its reply is returned. A chat whose creation was not confirmed in
    /// time has no ID yet and cannot be canceled.
    ///
    /// The token needs the permission `cancelChat`.
    pub fn with_cancel_on_timeout(mut self) -> Self {
        self.cancel = true;
        self
    }

    /// Runs the tools that the bot calls, submits their results, and goes on polling.
    ///
    /// The chat must not turn off `auto_save_history`, which is on by default, and the token needs
    /// the permission `submitToolChat`. See [`Tools`] for an example.
    pub fn with_tools(mut self, tools: Tools) -> Self {
        self.tools = Some(tools);
        self
    }

    /// Sends the requests. Awaiting the value does the same.
    pub async fn send(self) -> Result<ChatReply> {
        let operation = self.start.operation().clone();
        let reply = runtime::guard(self.run()).await;
        reply.map_err(|error| error.with_operation(operation))
    }

    async fn run(mut self) -> Result<ChatReply> {
        // The IDs are known beforehand unless the chat is created.
        let id = |name| self.start.param::<String>(name).unwrap_or_default();
        let mut seen =
            Chat { id: id("chat_id"), conversation_id: id("conversation_id"), ..Chat::default() };
        let deadline = self.schedule.end();
        let cancel_time = (self.schedule.deadline / 4).min(MAX_CANCEL_TIME);
        let stop = if self.cancel { deadline - cancel_time } else { deadline };
        let result = match timeout_at(stop, self.wait(&mut seen)).await {
            Ok(result) => result,
            Err(_) => self.stop_waiting(&mut seen, deadline).await,
        };
        result.map_err(|error| error.with_partial(ChatReply::new(seen, Vec::new())))
    }

    async fn wait(&mut self, seen: &mut Chat) -> Result<ChatReply> {
        let mut next = CreateChat(self.start.clone()).send().await?;
        let mut waits = self.schedule.waits();
        loop {
            keep_ids(&mut next, seen);
            *seen = next;
            next = match Phase::of(&seen.status) {
                Phase::Ended | Phase::Failed => return self.finish(seen).await,
                Phase::RequiresAction => match self.submit(seen) {
                    Some(submitting) => {
                        waits.restart();
                        submitting.await?.send().await?
                    }
                    None => return self.finish(seen).await,
                },
                Phase::Working => {
                    waits.wait().await;
                    RetrieveChat(self.about(seen, Chats::retrieve_call)).send().await?
                }
            };
        }
    }

    /// Lists the messages of a chat that has ended.
    async fn finish(&self, chat: &Chat) -> Result<ChatReply> {
        if Phase::of(&chat.status) == Phase::Failed {
            return Err(failure(chat, &self.start));
        }
        let messages = ListChatMessages(self.about(chat, Chats::messages_call)).send().await?;
        Ok(ChatReply::new(chat.clone(), messages))
    }

    fn submit(&mut self, chat: &Chat) -> Option<BoxFuture<'static, Result<SubmitToolOutputs>>> {
        self.tools.as_mut()?.submit(&self.start, chat)
    }

    /// Makes a request about the chat with the options of the first request.
    fn about(&self, chat: &Chat, call: fn(&Chats, &Chat) -> Call) -> Call {
        let chats = Chats::new(self.start.client().clone());
        call(&chats, chat).with_options_of(&self.start)
    }

    /// Returns the error of a chat that did not end in time, after canceling it if that is wanted.
    #[cold]
    async fn stop_waiting(&self, chat: &mut Chat, deadline: Instant) -> Result<ChatReply> {
        let mut what = format!("no end within {:?}: {}", self.schedule.deadline, describe(chat));
        let mut source = None;
        if self.cancel && !chat.id.is_empty() {
            match timeout_at(deadline, self.cancel(chat)).await {
                Ok(Ok(Cancellation::Canceled)) => what.push_str(", and was canceled"),
                Ok(Ok(Cancellation::Ended(reply))) => return Ok(*reply),
                Ok(Err(error)) if Phase::of(&chat.status) == Phase::Failed => return Err(error),
                Ok(Err(error)) => {
                    what.push_str(", and could not be canceled");
                    source = Some(error);
                }
                Err(_) => what.push_str(", and its cancellation was not confirmed"),
            }
        }
        let error =
            Error::from_kind(Kind::Unfinished(what)).with_operation(self.start.operation().clone());
        Err(match source {
            Some(source) => error.with_source(source),
            None => error,
        })
    }

    async fn cancel(&self, chat: &mut Chat) -> Result<Cancellation> {
        let refusal = match CancelChat(self.about(chat, Chats::cancel_call)).send().await {
            Ok(_) => return Ok(Cancellation::Canceled),
            Err(error) if error.is_api() => error,
            Err(error) => return Err(error),
        };
        // A chat that has just ended cannot be canceled.
        let last = RetrieveChat(self.about(chat, Chats::retrieve_call)).send().await;
        let Ok(mut last) = last else { return Err(refusal) };
        keep_ids(&mut last, chat);
        *chat = last;
        if !chat.status.is_final() {
            return Err(refusal);
        }
        self.finish(chat).await.map(|reply| Cancellation::Ended(Box::new(reply)))
    }
}

/// Describes a chat that did not end in time.
fn describe(chat: &Chat) -> String {
    let Chat { id, conversation_id, status, .. } = chat;
    if id.is_empty() {
        return "the chat may have been created, but its id did not arrive".to_owned();
    }
    let status = match status.as_str() {
        "" => "of unknown status",
        status => status,
    };
    format!("the chat {id} in conversation {conversation_id} is {status}")
}

/// Returns the error of a chat that failed.
#[cold]
fn failure(chat: &Chat, call: &Call) -> Error {
    let error = chat.last_error.clone().unwrap_or_default();
    Error::from_kind(Kind::Api {
        code: Some(error.code).filter(|code| *code != 0),
        name: None,
        msg: if error.msg.is_empty() { "the chat has failed".to_owned() } else { error.msg },
    })
    .with_operation(call.operation().clone())
    .with_body(serde_json::to_string(chat).unwrap_or_default())
}

polls!(PollChat, ChatReply, schedule);

impl CreateChat {
    /// Creates the chat without streaming, polls it until it ends, and lists its messages.
    ///
    /// The chat must not turn off `auto_save_history`, which is on by default. Other SDKs call this
    /// `create_and_poll`. See [`PollChat`] for deadlines, tools and an example.
    #[doc(alias = "create_and_poll")]
    #[doc(alias = "createAndPoll")]
    pub fn and_poll(self) -> PollChat {
        PollChat::new(self.0)
    }
}

impl SubmitToolOutputs {
    /// Submits the results without streaming, polls the chat until it ends, and lists its messages.
    ///
    /// See [`PollChat`].
    #[doc(alias = "submit_tool_outputs_and_poll")]
    pub fn and_poll(self) -> PollChat {
        PollChat::new(self.0)
    }
}

impl Chats {
    /// Polls a chat that was created before until it ends, and lists its messages.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let reply = coze.chat().poll("7381473525342978089", "7382159487131697202").await?;
    /// println!("{}: {}", reply.chat.status, reply.text());
    /// # Ok(()) }
    /// ```
    ///
    /// See [`PollChat`].
    pub fn poll(&self, conversation_id: impl Into<String>, chat_id: impl Into<String>) -> PollChat {
        PollChat::new(self.retrieve(conversation_id, chat_id).0)
    }

    fn retrieve_call(&self, chat: &Chat) -> Call {
        self.retrieve(&chat.conversation_id, &chat.id).0
    }

    fn messages_call(&self, chat: &Chat) -> Call {
        self.messages().list(&chat.conversation_id, &chat.id).0
    }

    fn cancel_call(&self, chat: &Chat) -> Call {
        self.cancel(&chat.conversation_id, &chat.id).0
    }
}
