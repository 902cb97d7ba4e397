//! Messages made from text, or sent again as history.

use crate::generated::{EnterMessage, Message, MessageContentType, MessageRole, MessageType};

impl Message {
    /// Creates a message of the user from text.
    ///
    /// ```no_run
    /// # async fn example(coze: coze_api::Client) -> coze_api::Result<()> {
    /// use coze_api::Message;
    ///
    /// let chat = coze
    ///     .chat()
    ///     .create("7348293334459318316", "user-42")
    ///     .message(Message::user("What is the weather in Kunming?"))
    ///     .await?;
    /// # Ok(()) }
    /// ```
    pub fn user(content: impl Into<String>) -> Self {
        Self::text(MessageRole::User, MessageType::Question, content.into())
    }

    /// Creates a message of the bot from text, to send it as history before a question.
    ///
    /// ```
    /// use coze_api::Message;
    ///
    /// let history = [
    ///     Message::user("My name is Lin."),
    ///     Message::assistant("Nice to meet you, Lin."),
    ///     Message::user("What is my name?"),
    /// ];
    /// ```
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::text(MessageRole::Assistant, MessageType::Answer, content.into())
    }

    fn text(role: MessageRole, kind: MessageType, content: String) -> Self {
        Self {
            role,
            kind: Some(kind),
            content,
            content_type: MessageContentType::Text,
            ..Self::default()
        }
    }
}

/// Keeps the sender, the content and `meta_data`. The IDs and times belong to the conversation that
/// the message came from, so they are not sent.
impl From<Message> for EnterMessage {
    fn from(message: Message) -> Self {
        let Message { role, content, content_type, kind, meta_data, .. } = message;
        let meta_data = Some(meta_data).filter(|entries| !entries.is_empty());
        Self { role, content, content_type, kind, meta_data }
    }
}

/// A message of the user.
impl From<&str> for EnterMessage {
    fn from(content: &str) -> Self {
        Message::user(content).into()
    }
}

/// A message of the user.
impl From<String> for EnterMessage {
    fn from(content: String) -> Self {
        Message::user(content).into()
    }
}
