//! IDs for clients. They name the chat, so that the server need not remember it.

/// The separator in IDs.
const SEPARATOR: char = '_';

/// Returns the ID of a tool call for the client.
pub(super) fn tool_call_id(conversation_id: &str, chat_id: &str, id: &str) -> String {
    format!("call{SEPARATOR}{conversation_id}{SEPARATOR}{chat_id}{SEPARATOR}{id}")
}

/// Returns the conversation, the chat and the ID of a tool call.
pub(super) fn read_tool_call_id(id: &str) -> Option<(&str, &str, &str)> {
    let mut parts = id.strip_prefix("call")?.strip_prefix(SEPARATOR)?.splitn(3, SEPARATOR);
    let (conversation_id, chat_id, id) = (parts.next()?, parts.next()?, parts.next()?);
    (is_id(conversation_id) && is_id(chat_id)).then_some((conversation_id, chat_id, id))
}

/// Returns the ID of a response for the client: of a chat, or of a run without a conversation.
pub(super) fn response_id(conversation_id: &str, id: &str) -> String {
    match conversation_id {
        "" => format!("resp{SEPARATOR}{id}"),
        _ => format!("resp{SEPARATOR}{conversation_id}{SEPARATOR}{id}"),
    }
}

/// Returns the conversation of a response.
pub(super) fn read_response_id(id: &str) -> Option<&str> {
    let id = id.strip_prefix("resp")?.strip_prefix(SEPARATOR)?;
    let (conversation_id, chat_id) = id.split_once(SEPARATOR)?;
    (is_id(conversation_id) && is_id(chat_id)).then_some(conversation_id)
}

fn is_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_their_chat() {
        assert_eq!(read_tool_call_id(&tool_call_id("1", "2", "a_b")), Some(("1", "2", "a_b")));
        assert_eq!(read_response_id(&response_id("1", "2")), Some("1"));
    }

    #[test]
    fn other_ids_are_refused() {
        for id in ["", "call_1_2", "call__2_x", "call_1/2_3_x", "resp_1_2_x"] {
            assert_eq!(read_tool_call_id(id), None, "{id}");
        }
        for id in ["", "resp_", "resp_1", "resp__2", "resp_1_2_3", "resp_../1_2", "chatcmpl-1"] {
            assert_eq!(read_response_id(id), None, "{id}");
        }
        assert_eq!(read_response_id(&response_id("", "20261127")), None);
    }
}
