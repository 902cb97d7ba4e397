//! The output of the assistant: answers, tool calls, questions, notices.

use std::collections::VecDeque;

use coze_spec::model::Platform;
use serde_json::{Value, json};

use super::ChatEvent;
use crate::script::{self, Step};
use crate::state::{Chat, ChatStatus, Message, State, ToolCall};
use crate::voice;

/// Answers: the reasoning and the text piece by piece, then the complete message. If the question
/// was spoken, the text is spoken too.
pub(super) fn answer(state: &mut State, chat_id: &str, template: &str) -> Vec<ChatEvent> {
    let Some(chat) = state.chats.get_mut(chat_id) else { return Vec::new() };
    let mut text = template.to_owned();
    for (name, output) in &chat.outputs {
        text = text.replace(&format!("{{{name}}}"), output);
    }
    let thoughts = std::mem::take(&mut chat.thoughts);
    chat.usage.1 += script::tokens(&thoughts);
    let spoken = chat.spoken;
    let mut whole = new_message(state, chat_id, "answer", &text);
    whole.reasoning_content.clone_from(&thoughts);
    let conversation_id = conversation_of(state, chat_id);
    // Copied for every piece, hence without the text, which may be long.
    let blank =
        Message { content: String::new(), reasoning_content: String::new(), ..whole.clone() };
    let piece = |content: &str, thought: &str, content_type: &str| {
        let piece = Message {
            content: content.to_owned(),
            reasoning_content: thought.to_owned(),
            content_type: content_type.to_owned(),
            ..blank.clone()
        };
        piece.to_json(&conversation_id)
    };
    let chunk = |event, data| ChatEvent { event, data };
    let delta = "conversation.message.delta";
    let mut all: Vec<ChatEvent> = Vec::new();
    all.extend(
        script::pieces(&thoughts).iter().map(|thought| chunk(delta, piece("", thought, "text"))),
    );
    all.extend(script::pieces(&text).iter().map(|text| chunk(delta, piece(text, "", "text"))));
    if spoken {
        all.extend(
            audio(&text)
                .iter()
                .map(|audio| chunk("conversation.audio.delta", piece(audio, "", "audio"))),
        );
    }
    all.push(keep(state, chat_id, whole));
    all
}

/// The speech of a text in Base64, in pieces of a tenth of a second.
fn audio(text: &str) -> Vec<String> {
    use base64::Engine as _;

    let pcm = voice::speak(text, voice::SAMPLE_RATE);
    let tenth = voice::SAMPLE_RATE as usize / 10 * 2;
    let encode = |piece: &[u8]| base64::engine::general_purpose::STANDARD.encode(piece);
    pcm.chunks(tenth).map(encode).collect()
}

/// Calls a tool and the tools that follow directly. Then the chat waits for the client.
pub(super) fn call(
    state: &mut State,
    chat_id: &str,
    name: String,
    arguments: Value,
) -> Vec<ChatEvent> {
    let mut calls = vec![(name, arguments)];
    let Some(chat) = state.chats.get_mut(chat_id) else { return Vec::new() };
    while let Some(Step::Call { .. }) = chat.steps.front() {
        if let Some(Step::Call { name, arguments }) = chat.steps.pop_front() {
            calls.push((name, arguments));
        }
    }
    let mut events = Vec::new();
    for (name, arguments) in &calls {
        let content = json!({"name": name, "arguments": arguments}).to_string();
        events.extend(message(state, chat_id, "function_call", &content));
    }
    let calls: Vec<ToolCall> = calls
        .into_iter()
        .map(|(name, arguments)| ToolCall {
            id: format!("call_{}", state.ids.next()),
            name,
            arguments,
            is_question: false,
        })
        .collect();
    events.extend(wait(state, chat_id, calls));
    events
}

/// Runs a tool of the platform. The client sees only its output.
pub(super) fn run_tool(
    state: &mut State,
    chat_id: &str,
    name: &str,
    arguments: &Value,
) -> Vec<ChatEvent> {
    let output = json!({"tool": name, "arguments": arguments}).to_string();
    let content = json!({
        "index": 0,
        "id": format!("call_{}", state.ids.next()),
        "type": "function",
        "function": {"name": name, "arguments": arguments.to_string()},
    });
    let mut events = message(state, chat_id, "function_call", &content.to_string());
    events.extend(message(state, chat_id, "tool_response", &output));
    if let Some(chat) = state.chats.get_mut(chat_id) {
        chat.outputs.push((name.to_owned(), output));
    }
    events
}

/// Asks the user a question, which interrupts a chatflow.
pub(super) fn ask(state: &mut State, chat_id: &str, question: &str) -> Vec<ChatEvent> {
    let platform = state.platform;
    let mut events = answer(state, chat_id, question);
    let finished = r#"{"finish_reason":1,"FinData":""}"#;
    events.extend(message(state, chat_id, "verbose", &notice(platform, "interrupt", "")));
    events.extend(message(
        state,
        chat_id,
        "verbose",
        &notice(platform, "generate_answer_finish", finished),
    ));
    let call = ToolCall {
        id: format!("call_{}", state.ids.next()),
        name: "question".to_owned(),
        arguments: json!({"question": question}),
        is_question: true,
    };
    events.extend(wait(state, chat_id, vec![call]));
    if let Some(chat) = state.chats.get_mut(chat_id) {
        chat.steps = VecDeque::new();
    }
    events
}

fn wait(state: &mut State, chat_id: &str, calls: Vec<ToolCall>) -> Option<ChatEvent> {
    let chat = state.chats.get_mut(chat_id)?;
    if chat.status == ChatStatus::Canceled {
        return None;
    }
    chat.tool_calls = calls;
    chat.status = ChatStatus::RequiresAction;
    Some(chat_event("conversation.chat.requires_action", chat))
}

/// Adds a message that is not streamed in pieces.
pub(super) fn message(
    state: &mut State,
    chat_id: &str,
    kind: &str,
    content: &str,
) -> Vec<ChatEvent> {
    let message = new_message(state, chat_id, kind, content);
    vec![keep(state, chat_id, message)]
}

fn new_message(state: &mut State, chat_id: &str, kind: &str, content: &str) -> Message {
    let now = state.now();
    let id = state.ids.next();
    let chat = state.chats.get_mut(chat_id);
    let (bot_id, section_id) = chat.map_or_else(Default::default, |chat| {
        if matches!(kind, "answer" | "function_call" | "follow_up") {
            chat.usage.1 += script::tokens(content);
        }
        (chat.bot_id.clone(), chat.section_id.clone())
    });
    Message {
        id,
        bot_id,
        chat_id: chat_id.to_owned(),
        section_id,
        role: "assistant".to_owned(),
        kind: kind.to_owned(),
        content: content.to_owned(),
        content_type: "text".to_owned(),
        created_at: now,
        updated_at: now,
        ..Message::default()
    }
}

/// Adds a message to the conversation, unless the chat is not saved or was canceled, and returns
/// its event.
fn keep(state: &mut State, chat_id: &str, message: Message) -> ChatEvent {
    let conversation_id = conversation_of(state, chat_id);
    let data = message.to_json(&conversation_id);
    let chat = state.chats.get(chat_id);
    let goes_on = state.platform == Platform::Studio;
    let kept =
        chat.is_some_and(|chat| chat.saved && (goes_on || chat.status != ChatStatus::Canceled));
    if let Some(conversation) = state.conversations.get_mut(&conversation_id)
        && kept
    {
        conversation.updated_at = message.updated_at;
        conversation.messages.push(message);
    }
    ChatEvent { event: "conversation.message.completed", data }
}

fn conversation_of(state: &State, chat_id: &str) -> String {
    state.chats.get(chat_id).map_or_else(String::new, |chat| chat.conversation_id.clone())
}

pub(super) fn chat_event(event: &'static str, chat: &Chat) -> ChatEvent {
    ChatEvent { event, data: chat.to_json() }
}

/// The content of a `verbose` message.
pub(super) fn notice(platform: Platform, kind: &str, data: &str) -> String {
    let content = match platform {
        Platform::Cloud => {
            json!({"msg_type": kind, "data": data, "from_module": null, "from_unit": null})
        }
        Platform::Studio => json!({"msg_type": kind, "data": data, "from_unit": ""}),
    };
    content.to_string()
}
