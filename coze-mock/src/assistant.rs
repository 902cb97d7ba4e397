//! The assistant: it performs the steps of a chat one at a time and returns the resulting events.
//!
//! Streams, WebSockets and polls ask for the next step until none is left.

use std::sync::Arc;

use coze_spec::model::Platform;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;

use crate::error::ApiError;
use crate::script::{self, Prompt, Step};
use crate::state::{Chat, ChatStatus, Message, State, ToolCall};

mod output;

use output::{answer, ask, call, chat_event, message, notice, run_tool};

/// A new chat.
pub(crate) struct NewChat {
    pub(crate) conversation_id: String,
    pub(crate) section_id: String,
    pub(crate) bot_id: String,
    pub(crate) meta_data: Map<String, Value>,
    pub(crate) saved: bool,
    pub(crate) streamed: bool,
    pub(crate) spoken: bool,
    pub(crate) workflow_id: Option<String>,
    /// The user's input and the context messages before it.
    pub(crate) messages: Vec<Message>,
    pub(crate) prompt: Prompt,
}

/// An event of a chat, as a stream reports it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChatEvent {
    pub(crate) event: &'static str,
    pub(crate) data: Value,
}

/// The next step of a chat.
pub(crate) enum Next {
    /// These events have happened.
    Events(Vec<ChatEvent>),
    /// Nothing happens until this is notified.
    Hold(Arc<Notify>),
    /// The chat is over.
    Over,
}

/// Opens a chat. A conversation has at most one running chat.
pub(crate) fn open(state: &mut State, opening: NewChat) -> Result<String, ApiError> {
    let NewChat { conversation_id, prompt, mut messages, .. } = opening;
    let mut others = state.chats.of(&conversation_id);
    let busy = others.any(|chat| chat.status.is_running());
    drop(others);
    if busy {
        let msg = format!("A chat is in progress in the conversation {conversation_id}.");
        return Err(ApiError::new(4016, msg));
    }
    let now = state.now();
    let id = state.ids.next();
    let known = state.conversations.get(&conversation_id);
    let context = known.map_or(&[][..], |conversation| &conversation.messages);
    let input = context.iter().chain(&messages).map(|message| script::tokens(&message.content));
    let chat = Chat {
        id: id.clone(),
        bot_id: opening.bot_id,
        section_id: opening.section_id,
        created_at: now,
        meta_data: opening.meta_data,
        usage: (input.sum(), 0),
        inserted: messages.iter().map(|message| message.id.clone()).collect(),
        saved: opening.saved,
        streamed: opening.streamed,
        spoken: opening.spoken,
        workflow_id: opening.workflow_id,
        steps: script::plan(&prompt, &state.scripts),
        conversation_id: conversation_id.clone(),
        ..Chat::default()
    };
    if let Some(conversation) = state.conversations.get_mut(&conversation_id)
        && opening.saved
    {
        for message in &mut messages {
            message.chat_id.clone_from(&id);
        }
        conversation.updated_at = now;
        conversation.messages.append(&mut messages);
    }
    state.chats.insert(chat);
    Ok(id)
}

/// Advances a chat by one step.
pub(crate) fn advance(state: &mut State, chat_id: &str) -> Next {
    let Some(chat) = state.chats.get_mut(chat_id) else { return Next::Over };
    match chat.status {
        ChatStatus::Created => {
            let created = chat_event("conversation.chat.created", chat);
            chat.status = ChatStatus::InProgress;
            Next::Events(vec![created, chat_event("conversation.chat.in_progress", chat)])
        }
        ChatStatus::InProgress | ChatStatus::Canceled => step(state, chat_id),
        ChatStatus::Completed | ChatStatus::Failed | ChatStatus::RequiresAction => Next::Over,
    }
}

/// Advances a chat until it is over, waits for the client, or holds.
pub(crate) fn finish(state: &mut State, chat_id: &str) {
    while let Next::Events(_) = advance(state, chat_id) {}
}

/// Cancels a chat that is running.
pub(crate) fn cancel(chat: &mut Chat) -> Result<(), ApiError> {
    if !chat.status.is_running() {
        let why = format!("a chat that is {} cannot be canceled", chat.status.as_str());
        return Err(ApiError::field("chat_id", why));
    }
    chat.status = ChatStatus::Canceled;
    chat.steps.retain(|step| *step != Step::Hold);
    // A permit is stored, so that a stream that starts to wait later is woken too.
    chat.canceled.notify_one();
    Ok(())
}

/// Ends a chat that is not over yet and discards its remaining steps. It produces no more events.
pub(crate) fn abandon(chat: &mut Chat) {
    if chat.status.is_running() || chat.status == ChatStatus::RequiresAction {
        chat.status = ChatStatus::Canceled;
    }
    chat.steps.clear();
    chat.completed_at = chat.created_at.max(1);
}

/// Continues a chat that waits for the outputs of tools, and returns the events about them.
pub(crate) fn submit(
    state: &mut State,
    chat_id: &str,
    outputs: &[Value],
) -> Result<Vec<ChatEvent>, ApiError> {
    let chat = state.chats.get_mut(chat_id);
    let chat = chat.ok_or_else(|| ApiError::unknown("chat_id", chat_id))?;
    if !chat.saved {
        let msg = "internal error: the chat was started without auto_save_history";
        return Err(ApiError::new(5000, msg));
    }
    if chat.status != ChatStatus::RequiresAction || chat.workflow_id.is_some() {
        let why = format!("the chat does not wait for outputs, it is {}", chat.status.as_str());
        return Err(ApiError::field("chat_id", why));
    }
    let output_of = |call: &ToolCall| {
        let mut outputs = outputs.iter();
        let output = outputs.find(|output| output["tool_call_id"] == call.id.as_str())?;
        Some((call.name.clone(), output["output"].as_str()?.to_owned()))
    };
    let given: Option<Vec<_>> = chat.tool_calls.iter().map(output_of).collect();
    let strange = |output: &Value| {
        let mut calls = chat.tool_calls.iter();
        calls.all(|call| output["tool_call_id"] != call.id.as_str())
    };
    if let Some(output) = outputs.iter().find(|output| strange(output)) {
        let why = format!("the chat has not made a call {}", output["tool_call_id"]);
        return Err(ApiError::field("tool_outputs.tool_call_id", why));
    }
    let Some(given) = given else {
        return Err(ApiError::field("tool_outputs", "the output of a call is missing"));
    };
    chat.outputs.extend(given.iter().cloned());
    chat.tool_calls.clear();
    chat.polls = 0;
    chat.status = ChatStatus::InProgress;
    let mut events = vec![chat_event("conversation.chat.in_progress", chat)];
    for (_, output) in given {
        events.extend(message(state, chat_id, "tool_response", &output));
    }
    Ok(events)
}

fn step(state: &mut State, chat_id: &str) -> Next {
    let (now, platform) = (state.now(), state.platform);
    let Some(chat) = state.chats.get_mut(chat_id) else { return Next::Over };
    let Some(step) = chat.steps.pop_front() else { return end(chat, platform, now) };
    Next::Events(match step {
        Step::Think(thought) => {
            chat.thoughts.push_str(&thought);
            Vec::new()
        }
        Step::Hold => {
            let canceled = chat.canceled.clone();
            chat.steps.push_front(Step::Hold);
            return Next::Hold(canceled);
        }
        Step::Fail { code, msg } if platform == Platform::Studio => {
            chat.steps.clear();
            // A chat still ends as completed, unlike a chatflow.
            if chat.workflow_id.is_some() {
                chat.failed_at = now;
                chat.status = ChatStatus::Failed;
            }
            vec![ChatEvent { event: "error", data: json!({"code": code, "msg": msg}) }]
        }
        Step::Fail { code, msg } => {
            chat.steps.clear();
            chat.last_error = Some((code, msg));
            chat.failed_at = now;
            if chat.status != ChatStatus::Canceled {
                chat.status = ChatStatus::Failed;
            }
            vec![chat_event("conversation.chat.failed", chat)]
        }
        Step::Knowledge(slice) => {
            let content = match platform {
                Platform::Cloud => slice,
                Platform::Studio => notice(platform, "knowledge_recall", &slice),
            };
            message(state, chat_id, "knowledge", &content)
        }
        Step::FollowUp(question) => message(state, chat_id, "follow_up", &question),
        Step::Answer(template) => answer(state, chat_id, &template),
        Step::Finish => {
            let data = match (platform, chat.workflow_id.is_some()) {
                (Platform::Studio, _) => r#"{"finish_reason":0,"fin_data":""}"#,
                (Platform::Cloud, true) => r#"{"finish_reason":0,"FinData":""}"#,
                (Platform::Cloud, false) => "",
            };
            let content = notice(platform, "generate_answer_finish", data);
            message(state, chat_id, "verbose", &content)
        }
        Step::Call { name, arguments } if platform == Platform::Studio => {
            run_tool(state, chat_id, &name, &arguments)
        }
        Step::Call { name, arguments } => call(state, chat_id, name, arguments),
        Step::Ask(question) if chat.workflow_id.is_some() => ask(state, chat_id, &question),
        Step::Ask(question) if platform == Platform::Studio => {
            chat.steps.clear();
            let mut events = answer(state, chat_id, &question);
            events.extend(message(state, chat_id, "verbose", &notice(platform, "interrupt", "")));
            events
        }
        Step::Ask(question) => answer(state, chat_id, &question),
    })
}

/// No step is left. A canceled chat stays canceled, and its stream ends like any other.
fn end(chat: &mut Chat, platform: Platform, now: i64) -> Next {
    if chat.completed_at > 0 || chat.failed_at > 0 {
        return Next::Over;
    }
    chat.completed_at = now.max(1);
    // On Coze Studio the run of a canceled chat continues and overwrites its status.
    if chat.status != ChatStatus::Canceled || platform == Platform::Studio {
        chat.status = ChatStatus::Completed;
    }
    Next::Events(vec![chat_event("conversation.chat.completed", chat)])
}

#[cfg(test)]
mod tests;
