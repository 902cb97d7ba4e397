//! Conversations and their messages.

use serde_json::{Map, Value, json};

use super::Table;

/// Conversations.
pub type Conversations = Table<Conversation>;

/// A conversation.
#[derive(Clone, Debug, Default)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The bot that answers; empty if none was named.
    pub bot_id: String,
    /// Key-value pairs of the caller.
    pub meta_data: Map<String, Value>,
    /// The user who created it.
    pub creator_id: String,
    /// The channel on which it was created.
    pub connector_id: String,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
    /// The section to which new messages belong.
    pub section_id: String,
    /// Its messages, the oldest first.
    pub messages: Vec<Message>,
}

/// A message of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The bot that wrote it, or empty.
    pub bot_id: String,
    /// The chat that produced it, or empty.
    pub chat_id: String,
    /// The section that holds it.
    pub section_id: String,
    /// `user` or `assistant`.
    pub role: String,
    /// `question`, `answer` and so on.
    pub kind: String,
    /// Its content.
    pub content: String,
    /// `text`, `object_string`, `card` or `audio`.
    pub content_type: String,
    /// Key-value pairs of the caller.
    pub meta_data: Map<String, Value>,
    /// The model's chain of thought.
    pub reasoning_content: String,
    /// The creation time, in Unix seconds.
    pub created_at: i64,
    /// The time of the last change, in Unix seconds.
    pub updated_at: i64,
    /// The feedback of the user, as submitted.
    pub feedback: Option<Value>,
}

impl Message {
    /// The message as the API shows it.
    pub fn to_json(&self, conversation_id: &str) -> Value {
        json!({
            "id": self.id,
            "conversation_id": conversation_id,
            "bot_id": self.bot_id,
            "chat_id": self.chat_id,
            "section_id": self.section_id,
            "role": self.role,
            "type": self.kind,
            "content": self.content,
            "content_type": self.content_type,
            "meta_data": self.meta_data,
            "reasoning_content": self.reasoning_content,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }

    /// Returns `true` for intermediate messages, which lead to an answer.
    pub fn is_intermediate(&self) -> bool {
        !matches!(self.kind.as_str(), "" | "question" | "answer")
    }
}

impl Conversation {
    /// The conversation as the API shows it.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "meta_data": self.meta_data,
            "creator_id": self.creator_id,
            "connector_id": self.connector_id,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "last_section_id": self.section_id,
        })
    }

    /// The message of that id.
    pub fn message(&self, id: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.id == id)
    }

    /// The message of that id, to change it.
    pub fn message_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.id == id)
    }
}
