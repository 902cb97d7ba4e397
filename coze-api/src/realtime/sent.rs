//! Client events with an ID.

use serde::{Deserialize, Serialize};

/// A client event with its ID, for programs that send events by other means than a
/// [`Session`](super::Session), such as the data channel of an RTC room.
///
/// ```
/// use coze_api::realtime::{RtcClientEvent, Sent};
///
/// # fn example() -> serde_json::Result<()> {
/// let event = Sent::new("event-1", RtcClientEvent::ConversationChatCancel);
/// let text = serde_json::to_string(&event)?;
/// assert_eq!(text, r#"{"id":"event-1","event_type":"conversation.chat.cancel"}"#);
/// # Ok(()) }
/// # example().expect("plain data");
/// ```
///
/// [`Received::from_json`](super::Received::from_json) decodes the events of the server.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Sent<C> {
    /// The ID, of your choice.
    pub id: String,
    /// The event.
    #[serde(flatten)]
    pub event: C,
}

impl<C> Sent<C> {
    /// Creates an event with an ID.
    pub fn new(id: impl Into<String>, event: C) -> Self {
        Self { id: id.into(), event }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::ToolOutput;
    use crate::realtime::{ChatClientEvent, RtcClientEvent, SubmittedToolOutputs};

    #[test]
    fn data_and_id_are_siblings() {
        let outputs = SubmittedToolOutputs::new("7", [ToolOutput::new("8", "sunny")]);
        let event = ChatClientEvent::ConversationChatSubmitToolOutputs(outputs);
        let sent = serde_json::to_value(Sent::new("1", event)).unwrap();
        let expected: Value = json!({
            "id": "1",
            "event_type": "conversation.chat.submit_tool_outputs",
            "data": {"chat_id": "7", "tool_outputs": [{"tool_call_id": "8", "output": "sunny"}]},
        });
        assert_eq!(sent, expected);
    }

    #[test]
    fn events_without_data_have_none() {
        let event = Sent::new("1", RtcClientEvent::ConversationChatCancel);
        let expected = json!({"id": "1", "event_type": "conversation.chat.cancel"});
        assert_eq!(serde_json::to_value(event).unwrap(), expected);
    }
}
