//! Chats: runs of a bot inside a conversation.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use crate::script::Step;

/// Chats by id, the oldest first, because ids increase.
#[derive(Debug)]
pub struct Chats {
    all: BTreeMap<String, Chat>,
    /// The ids of the chats of each conversation.
    of: HashMap<String, Vec<String>>,
    /// The number of polls after which an unstreamed chat ends. Default: 2.
    pub polls: u32,
}

/// A chat.
#[derive(Clone, Debug, Default)]
pub struct Chat {
    /// Its id.
    pub id: String,
    /// The conversation that holds it.
    pub conversation_id: String,
    /// The bot that answers; empty for a chatflow of an app.
    pub bot_id: String,
    /// The section of the conversation.
    pub section_id: String,
    /// Its status.
    pub status: ChatStatus,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The completion time, in Unix seconds, or 0.
    pub completed_at: i64,
    /// The time of failure, in Unix seconds, or 0.
    pub failed_at: i64,
    /// Key-value pairs of the caller.
    pub meta_data: Map<String, Value>,
    /// Code and message of its failure.
    pub last_error: Option<(i64, String)>,
    /// The tool calls whose outputs it waits for.
    pub tool_calls: Vec<ToolCall>,
    /// Tokens of the input and of the output.
    pub usage: (i64, i64),
    /// The ids of the messages that came with it.
    pub inserted: Vec<String>,
    /// `true` if the conversation keeps its messages.
    pub saved: bool,
    /// `true` if a stream drives it instead of polls.
    pub streamed: bool,
    /// `true` if the input was spoken, so that the answer is spoken too.
    pub spoken: bool,
    /// The workflow that it runs, if it is a chatflow.
    pub workflow_id: Option<String>,
    /// The number of polls since it last began to run.
    pub(crate) polls: u32,
    /// The remaining steps.
    pub(crate) steps: VecDeque<Step>,
    /// The reasoning since the last answer.
    pub(crate) thoughts: String,
    /// The outputs of tools, by name.
    pub(crate) outputs: Vec<(String, String)>,
    /// Notified when it is canceled.
    pub(crate) canceled: Arc<Notify>,
}

/// The status of a chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChatStatus {
    /// It has been created.
    #[default]
    Created,
    /// The bot is working.
    InProgress,
    /// The bot is done.
    Completed,
    /// It has failed.
    Failed,
    /// It waits for the client.
    RequiresAction,
    /// It was canceled.
    Canceled,
}

/// A tool that a chat asks its client to run.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolCall {
    /// Its id.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// Its arguments.
    pub arguments: Value,
    /// `true` for a question of a chatflow instead of a function.
    pub is_question: bool,
}

impl ChatStatus {
    /// The status as the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::RequiresAction => "requires_action",
            Self::Canceled => "canceled",
        }
    }

    /// Returns `true` while the bot works or is about to.
    pub fn is_running(self) -> bool {
        matches!(self, Self::Created | Self::InProgress)
    }
}

impl Chat {
    /// The chat as the API shows it.
    pub fn to_json(&self) -> Value {
        let (code, msg) = self.last_error.clone().unwrap_or_default();
        let (input, output) = self.usage;
        let inserted: Vec<Value> = self.inserted.iter().map(|id| json!({"id": id})).collect();
        let mut shown = json!({
            "id": self.id,
            "conversation_id": self.conversation_id,
            "bot_id": self.bot_id,
            "section_id": self.section_id,
            "status": self.status.as_str(),
            "created_at": self.created_at,
            "completed_at": self.completed_at,
            "failed_at": self.failed_at,
            "meta_data": self.meta_data,
            "last_error": {"code": code, "msg": msg},
            "usage": {"token_count": input + output, "output_count": output, "input_count": input},
            "inserted_additional_messages": inserted,
        });
        if self.status == ChatStatus::RequiresAction {
            let calls: Vec<Value> = self.tool_calls.iter().map(ToolCall::to_json).collect();
            shown["required_action"] = json!({
                "type": "submit_tool_outputs",
                "submit_tool_outputs": {"tool_calls": calls},
            });
        }
        shown
    }
}

impl ToolCall {
    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "type": if self.is_question { "reply_message" } else { "function" },
            "function": {"name": self.name, "arguments": self.arguments.to_string()},
        })
    }
}

impl Default for Chats {
    fn default() -> Self {
        Self { all: BTreeMap::new(), of: HashMap::new(), polls: 2 }
    }
}

impl Chats {
    /// Adds a chat.
    pub fn insert(&mut self, chat: Chat) {
        let of = self.of.entry(chat.conversation_id.clone()).or_default();
        of.push(chat.id.clone());
        self.all.insert(chat.id.clone(), chat);
    }

    /// The chat of that id.
    pub fn get(&self, id: &str) -> Option<&Chat> {
        self.all.get(id)
    }

    /// The chat of that id, to change it.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Chat> {
        self.all.get_mut(id)
    }

    /// All chats, the oldest first.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Chat> {
        self.all.values()
    }

    /// The chats of a conversation, the oldest first.
    pub fn of(&self, conversation_id: &str) -> impl DoubleEndedIterator<Item = &Chat> {
        let ids = self.of.get(conversation_id).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.get(id))
    }
}
