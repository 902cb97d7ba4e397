//! Chats without streaming: started, asked for until they are over, and their messages fetched.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use super::chat_reply::ChatReply;
use super::tools::Tools;
use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::generated::chat::{
    CancelChat, Chats, CreateChat, ListMessages, RetrieveChat, SubmitToolOutputs,
};
use crate::generated::{Chat, ChatStatus};
use crate::wire::call::Call;

/// The documentation asks for no more than one request a second.
const INTERVAL: Duration = Duration::from_secs(1);
const MAX_INTERVAL: Duration = Duration::from_secs(5);
const DEADLINE: Duration = Duration::from_secs(600);

/// Waits for the end of a chat by asking for it again and again, then fetches its messages.
///
/// Returned by [`CreateChat::and_poll`], [`SubmitToolOutputs::and_poll`] and [`Chats::poll`]; await it for the
/// [`ChatReply`].
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
/// It ends when the chat's status is
///
/// - `completed`, `canceled`, or `requires_action` (unless [`with_tools`](Self::with_tools) can do what is required):
///   the status is in the reply's [`chat`](ChatReply::chat);
/// - `failed`: an error that [`is_api`](Error::is_api), with the code and message of the chat.
///
/// Requests for the status are repeated as the client's retry policy says. A chat that streams is told of sooner, and
/// costs one request.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until it is awaited"]
pub struct PollChat {
    start: Call,
    interval: Duration,
    max_interval: Duration,
    deadline: Duration,
    cancel: bool,
    tools: Option<Tools>,
}

impl PollChat {
    fn new(start: Call) -> Self {
        Self {
            start,
            interval: INTERVAL,
            max_interval: MAX_INTERVAL,
            deadline: DEADLINE,
            cancel: false,
            tools: None,
        }
    }

    /// How long to wait before the status is asked for the first time: 1 second by default, which is what the
    /// documentation asks for at least. Each further wait is half as long again.
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self.max_interval = self.max_interval.max(interval);
        self
    }

    /// The longest wait between two requests. 5 seconds by default.
    pub fn with_max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self.interval = self.interval.min(interval);
        self
    }

    /// How long all of it may take. 10 minutes by default.
    ///
    /// After that it ends with an error that [`is_timeout`](Error::is_timeout) and names the chat, which can be waited for
    /// again with [`Chats::poll`].
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Cancels the chat when the deadline has passed. Otherwise it goes on, and holds its conversation.
    ///
    /// The token needs the permission `cancelChat`.
    pub fn with_cancel_on_timeout(mut self) -> Self {
        self.cancel = true;
        self
    }

    /// Runs the tools that the bot calls, submits their results and goes on waiting.
    ///
    /// The chat needs `auto_save_history`, which is the default, and the token the permission `submitToolChat`.
    pub fn with_tools(mut self, tools: Tools) -> Self {
        self.tools = Some(tools);
        self
    }

    /// Sends the requests. Awaiting the value does the same.
    pub async fn send(mut self) -> Result<ChatReply> {
        let mut seen = Chat::default();
        // A deadline that the clock cannot hold is as good as none.
        let never = Duration::from_secs(60 * 60 * 24 * 365);
        let now = Instant::now();
        let deadline = now.checked_add(self.deadline).unwrap_or(now + never);
        match timeout_at(deadline, self.wait(&mut seen)).await {
            Ok(reply) => reply,
            Err(_) => Err(self.give_up(&seen).await),
        }
    }

    async fn wait(&mut self, seen: &mut Chat) -> Result<ChatReply> {
        let mut next = CreateChat(self.start.clone()).send().await?;
        let mut interval = self.interval;
        loop {
            keep_ids(&mut next, seen);
            *seen = next;
            next = match seen.status {
                ChatStatus::Failed => return Err(failure(seen, &self.start)),
                ChatStatus::Completed | ChatStatus::Canceled => break,
                ChatStatus::RequiresAction => match self.submit(seen) {
                    Some(submitting) => {
                        interval = self.interval;
                        submitting.await?.send().await?
                    }
                    None => break,
                },
                ChatStatus::Created | ChatStatus::InProgress | ChatStatus::Unknown(_) => {
                    sleep(interval).await;
                    interval = longer(interval, self.max_interval);
                    RetrieveChat(self.about(seen, Chats::retrieve_call)).send().await?
                }
            };
        }
        let messages = ListMessages(self.about(seen, Chats::messages_call)).send().await?;
        Ok(ChatReply::new(std::mem::take(seen), messages))
    }

    fn submit(&mut self, chat: &Chat) -> Option<BoxFuture<'static, Result<SubmitToolOutputs>>> {
        self.tools.as_mut()?.submit(&self.start, chat)
    }

    /// A request about the chat, made as the first one was.
    fn about(&self, chat: &Chat, call: fn(&Chats, &Chat) -> Call) -> Call {
        let chats = Chats::new(self.start.client().clone());
        call(&chats, chat).with_options_of(&self.start)
    }

    /// The error that the time is up.
    #[cold]
    async fn give_up(&self, chat: &Chat) -> Error {
        let Chat { id, conversation_id, status, .. } = chat;
        let mut what = format!("the chat {id} in conversation {conversation_id} is {status}");
        let mut source = None;
        if id.is_empty() {
            "the chat was not created".clone_into(&mut what);
        } else if self.cancel {
            match CancelChat(self.about(chat, Chats::cancel_call)).send().await {
                Ok(_) => what.push_str(", and was canceled"),
                Err(error) => {
                    what.push_str(", and could not be canceled");
                    source = Some(error);
                }
            }
        }
        let what = format!("no end within {:?}: {what}", self.deadline);
        let error =
            Error::new(Kind::Unfinished(what)).with_operation(self.start.operation().clone());
        match source {
            Some(source) => error.with_source(source),
            None => error,
        }
    }
}

/// The wait after one of `interval`.
fn longer(interval: Duration, limit: Duration) -> Duration {
    interval.saturating_mul(3).min(limit.saturating_mul(2)) / 2
}

/// Some replies leave out ids that they were asked by.
fn keep_ids(chat: &mut Chat, before: &Chat) {
    if chat.id.is_empty() {
        chat.id.clone_from(&before.id);
    }
    if chat.conversation_id.is_empty() {
        chat.conversation_id.clone_from(&before.conversation_id);
    }
}

/// The error of a chat that has failed.
#[cold]
fn failure(chat: &Chat, call: &Call) -> Error {
    let error = chat.last_error.clone().unwrap_or_default();
    Error::new(Kind::Api {
        code: Some(error.code).filter(|code| *code != 0),
        name: None,
        msg: if error.msg.is_empty() { "the chat has failed".to_owned() } else { error.msg },
    })
    .with_operation(call.operation().clone())
    .with_body(serde_json::to_string(chat).unwrap_or_default())
}

impl IntoFuture for PollChat {
    type Output = Result<ChatReply>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl CreateChat {
    /// Starts the chat without streaming, waits for its end, and fetches its messages.
    ///
    /// Other SDKs call this `create_and_poll`. See [`PollChat`] for deadlines, tools and an example.
    #[doc(alias = "create_and_poll")]
    pub fn and_poll(self) -> PollChat {
        PollChat::new(self.0)
    }
}

impl SubmitToolOutputs {
    /// Submits the results without streaming, waits for the end of the chat, and fetches its messages.
    ///
    /// See [`PollChat`].
    #[doc(alias = "submit_tool_outputs_and_poll")]
    pub fn and_poll(self) -> PollChat {
        PollChat::new(self.0)
    }
}

impl Chats {
    /// Waits for the end of a chat that was started before, and fetches its messages.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// let reply = coze.chat().poll("7397787494399012345", "7398048669188012345").await?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit() {
        let mut interval = INTERVAL;
        let waits: [u128; 6] = std::array::from_fn(|_| {
            let wait = interval;
            interval = longer(wait, MAX_INTERVAL);
            wait.as_millis()
        });
        assert_eq!(waits, [1000, 1500, 2250, 3375, 5000, 5000]);
        assert_eq!(longer(Duration::ZERO, MAX_INTERVAL), Duration::ZERO);
        assert!(longer(Duration::MAX, Duration::MAX) > Duration::from_secs(u64::MAX / 4));
    }

    #[test]
    fn the_longest_wait_is_no_shorter_than_the_first() {
        let client = crate::Client::builder().token("pat_x").build().expect("a client");
        let poll = client.chat().poll("1", "2").with_interval(Duration::from_secs(9));
        assert_eq!(poll.max_interval, Duration::from_secs(9));
        let poll = poll.with_max_interval(Duration::from_millis(1));
        assert_eq!(poll.interval, Duration::from_millis(1));
    }
}
