//! Messages: made from text, and sent again as history.

use crate::generated::{EnterMessage, Message, MessageContentType, MessageRole, MessageType};

impl Message {
    /// A question of the user, as text.
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

    /// An answer of the bot, as text: a turn of the history that is sent with a question.
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

/// What a request takes of a message: who says what. Ids and times belong to the conversation that it came from.
impl From<Message> for EnterMessage {
    fn from(message: Message) -> Self {
        let Message { role, content, content_type, kind, meta_data, .. } = message;
        let meta_data = Some(meta_data).filter(|entries| !entries.is_empty());
        Self { role, content, content_type, kind, meta_data }
    }
}
