//! Chats: one message after the other.

use crate::base::convert::into;
use crate::generated::EnterMessage;
use crate::generated::chat::CreateChat;

impl CreateChat {
    /// Adds a message to the end of [`additional_messages`](Self::additional_messages).
    pub fn message(self, message: impl Into<EnterMessage>) -> Self {
        Self(self.0.push("additional_messages", into::<EnterMessage>(message)))
    }
}
