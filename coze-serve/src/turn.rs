//! One turn of a chat, or a run of a workflow: the answer in pieces, and its end. A chat whose turn
//! is dropped is canceled.

use std::collections::{BTreeMap, VecDeque};

use coze_api::workflows::{WorkflowEvent, WorkflowUsage};
use coze_api::{
    Chat, ChatEvent, ChatStatus, Client, Error, ErrorKind, EventStream, Message, MessageType,
    Result, ToolCall, ToolCallType, Usage,
};

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Reasoning(String),
}

/// The events of a turn.
pub(crate) enum Events {
    Chat(EventStream<ChatEvent>),
    /// A run cannot be canceled: the API has no operation for it.
    Workflow(EventStream<WorkflowEvent>),
}

/// A chat or a run whose answer arrives.
pub(crate) struct Turn {
    events: Events,
    running: RunningChat,
    /// Without IDs during a run.
    chat: Chat,
    run_usage: Option<WorkflowUsage>,
    pending: VecDeque<Piece>,
    /// The content and the reasoning that arrived of each message.
    received: BTreeMap<String, (String, String)>,
    /// The message of the last text.
    last_answer: Option<String>,
    follow_ups: Vec<String>,
    ended: bool,
}

impl Turn {
    /// Starts a chat, and waits until it exists. A chat that exists before has these IDs: of its
    /// conversation, and its own.
    ///
    /// If the future is dropped before, the chat is canceled as soon as its ID is known.
    pub(crate) async fn start(
        client: Client,
        known: Option<(String, String)>,
        open: impl Future<Output = Result<Events>> + Send + 'static,
    ) -> Result<Self> {
        let mut chat = Chat::default();
        if let Some((conversation_id, chat_id)) = known {
            (chat.conversation_id, chat.id) = (conversation_id, chat_id);
        }
        match tokio::spawn(Self::begin(client, chat, open)).await {
            Ok(turn) => turn,
            Err(error) => Err(Error::new(ErrorKind::Handler, error.to_string())),
        }
    }

    /// Starts a run of a workflow, and waits for its first output.
    ///
    /// If the future is dropped before, the stream is closed at once, because nothing can be
    /// canceled.
    pub(crate) async fn run(
        client: Client,
        open: impl Future<Output = Result<Events>>,
    ) -> Result<Self> {
        Self::begin(client, Chat::default(), open).await
    }

    async fn begin(
        client: Client,
        chat: Chat,
        open: impl Future<Output = Result<Events>>,
    ) -> Result<Self> {
        let mut turn = Self {
            events: open.await?,
            running: RunningChat { client, chat: None },
            chat,
            run_usage: None,
            pending: VecDeque::new(),
            received: BTreeMap::new(),
            last_answer: None,
            follow_ups: Vec::new(),
            ended: false,
        };
        while turn.chat.id.is_empty() && turn.pending.is_empty() && !turn.ended {
            turn.read().await?;
        }
        Ok(turn)
    }

    /// Returns the chat in the state that was received last.
    pub(crate) fn chat(&self) -> &Chat {
        &self.chat
    }

    /// Returns the ID for support requests.
    pub(crate) fn log_id(&self) -> Option<&str> {
        match &self.events {
            Events::Chat(events) => events.log_id(),
            Events::Workflow(events) => events.log_id(),
        }
    }

    /// Returns the next piece, or `None` at the end of the answer.
    pub(crate) async fn next(&mut self) -> Result<Option<Piece>> {
        loop {
            if let Some(piece) = self.pending.pop_front() {
                return Ok(Some(piece));
            }
            if self.ended {
                return Ok(None);
            }
            self.read().await?;
        }
    }

    /// Returns the calls of tools that the client must run.
    pub(crate) fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        let action = self.chat.required_action.as_ref();
        let action = action.filter(|_| self.chat.status == ChatStatus::RequiresAction);
        let outputs = action.and_then(|action| action.submit_tool_outputs.as_ref());
        // A question of a chatflow is a call too, but its text is an answer.
        let calls = outputs.into_iter().flat_map(|outputs| &outputs.tool_calls);
        calls.filter(|call| call.kind != ToolCallType::ReplyMessage)
    }

    /// Returns the questions that the bot suggests.
    pub(crate) fn follow_ups(&self) -> &[String] {
        &self.follow_ups
    }

    /// Returns the numbers of tokens: of the input, of the output, and of both.
    pub(crate) fn usage(&self) -> Option<(i64, i64, i64)> {
        if let Some(usage) = &self.run_usage {
            let (input, output) = (usage.input_count, usage.output_count);
            return Some((input, output, usage.token_count.max(input + output)));
        }
        let Usage { token_count, output_count, input_count, output_tokens, input_tokens, .. } =
            *self.chat.usage.as_ref()?;
        let (input, output) = (input_count.max(input_tokens), output_count.max(output_tokens));
        Some((input, output, token_count.max(input + output)))
    }

    /// Reads an event.
    async fn read(&mut self) -> Result<()> {
        let end = match &mut self.events {
            Events::Chat(events) => match events.next().await.transpose() {
                Ok(Some(event)) => {
                    self.add(event);
                    return Ok(());
                }
                end => end.map(drop),
            },
            Events::Workflow(events) => match events.next().await.transpose() {
                Ok(Some(event)) => return self.add_output(event),
                end => end.map(drop),
            },
        };
        self.ended = true;
        // If the API reports a failure, the chat is over. Otherwise it may go on.
        if end.as_ref().err().is_none_or(Error::is_api) {
            self.running.chat = None;
        }
        end
    }

    fn add(&mut self, event: ChatEvent) {
        match event {
            ChatEvent::Created(chat) | ChatEvent::InProgress(chat) => {
                self.set_chat(chat);
                let Chat { id, conversation_id, .. } = &self.chat;
                if !id.is_empty() && !conversation_id.is_empty() {
                    self.running.chat = Some((conversation_id.clone(), id.clone()));
                }
            }
            ChatEvent::Completed(chat) | ChatEvent::RequiresAction(chat) => {
                self.set_chat(chat);
                self.running.chat = None;
            }
            ChatEvent::MessageDelta(piece) if is_answer(&piece) => {
                self.add_piece(&piece.id, &piece.content, &piece.reasoning_content);
            }
            ChatEvent::MessageCompleted(message) if is_answer(&message) => self.complete(&message),
            ChatEvent::MessageCompleted(message) if message.kind == Some(MessageType::FollowUp) => {
                self.follow_ups.push(message.content);
            }
            _ => {}
        }
    }

    fn add_output(&mut self, event: WorkflowEvent) -> Result<()> {
        match event {
            WorkflowEvent::Message(message) => {
                let id = match &*message.node_execute_uuid {
                    "" => &message.node_id,
                    id => id,
                };
                self.add_piece(id, &message.content, "");
                self.run_usage = message.usage.or(self.run_usage.take());
                Ok(())
            }
            WorkflowEvent::Interrupt(interrupt) => {
                self.ended = true;
                let question = interrupt.interrupt_data.data;
                let message = format!("the workflow asks, and cannot be answered here: {question}");
                Err(Error::new(ErrorKind::Request, message))
            }
            _ => Ok(()),
        }
    }

    /// Keeps the IDs, which some events leave out.
    fn set_chat(&mut self, mut chat: Chat) {
        let before = std::mem::take(&mut self.chat);
        if chat.id.is_empty() {
            chat.id = before.id;
        }
        if chat.conversation_id.is_empty() {
            chat.conversation_id = before.conversation_id;
        }
        self.chat = chat;
    }

    fn add_piece(&mut self, id: &str, content: &str, reasoning: &str) {
        if !reasoning.is_empty() {
            self.pending.push_back(Piece::Reasoning(reasoning.to_owned()));
        }
        if !content.is_empty() {
            // Several answers follow each other, as lines.
            let is_other = self.last_answer.as_ref().is_some_and(|last| last != id);
            let separator = if is_other { "\n" } else { "" };
            self.pending.push_back(Piece::Text(format!("{separator}{content}")));
            self.last_answer = Some(id.to_owned());
        }
        let (known_content, known_reasoning) = self.received.entry(id.to_owned()).or_default();
        known_content.push_str(content);
        known_reasoning.push_str(reasoning);
    }

    /// Adds what the pieces of a message lack. An answer may arrive without pieces.
    fn complete(&mut self, message: &Message) {
        let (content, reasoning) = self.received.remove(&message.id).unwrap_or_default();
        let content = message.content.strip_prefix(&*content).unwrap_or_default();
        let reasoning = message.reasoning_content.strip_prefix(&*reasoning).unwrap_or_default();
        self.add_piece(&message.id, content, reasoning);
    }
}

fn is_answer(message: &Message) -> bool {
    message.kind == Some(MessageType::Answer)
}

/// Cancels its chat when it is dropped.
struct RunningChat {
    client: Client,
    /// The conversation and the chat, while it runs.
    chat: Option<(String, String)>,
}

impl Drop for RunningChat {
    fn drop(&mut self) {
        let (Some((conversation_id, chat_id)), Ok(runtime)) =
            (self.chat.take(), tokio::runtime::Handle::try_current())
        else {
            return;
        };
        let cancel = self.client.chat().cancel(conversation_id, chat_id);
        // Nothing waits for the result. A chat that has ended meanwhile cannot be canceled.
        runtime.spawn(async move { cancel.await.ok() });
    }
}
