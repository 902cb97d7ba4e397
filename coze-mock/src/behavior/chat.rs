//! Chats: started, polled or streamed, continued with the outputs of tools, canceled.

use serde_json::Value;

pub(super) mod new_chat;
mod stream;

pub(super) use new_chat::{conversation, input_messages, new_conversation, prompt};
pub(super) use stream::{Framing, chat_events};

use super::conversations::find;
use super::{Behaviors, Context};
use crate::assistant;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Chat, ChatStatus};

pub(super) fn register(all: &mut Behaviors) {
    all.on("chat.create", create);
    all.on("chat.retrieve", retrieve);
    all.on("chat.cancel", cancel);
    all.on("chat.messages.list", list);
    all.on("chat.submit_tool_outputs", submit);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let opening = new_chat::read(context, request)?;
    let chat_id = assistant::open(context.state, opening)?;
    if request.wants_events() {
        let events = chat_events(context.shared(), chat_id, Vec::new(), Framing::Tight);
        return Ok(Reply::event_stream(events));
    }
    let chat = chat_mut(context, &chat_id)?;
    // Official SDKs poll only while the status is exactly `in_progress`.
    chat.status = ChatStatus::InProgress;
    Ok(Reply::data(chat.to_json()))
}

/// Advances a chat that is not streamed: it is in progress at first, then over.
fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let chat_id = find_chat(context, request)?.id.clone();
    let polls = context.state.chats.polls;
    let chat = chat_mut(context, &chat_id)?;
    if chat.status.is_running() && !chat.streamed {
        chat.polls += 1;
        if chat.polls >= polls {
            assistant::finish(context.state, &chat_id);
        }
    }
    Ok(Reply::data(chat_mut(context, &chat_id)?.to_json()))
}

fn cancel(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let chat = find_chat(context, request)?;
    assistant::cancel(chat)?;
    Ok(Reply::data(chat.to_json()))
}

/// Lists the messages that the chat has produced so far, without its input.
fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    messages(context, request, false)
}

/// Lists all messages of the chat, with its input.
pub(super) fn list_all(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    messages(context, request, true)
}

fn messages(
    context: &mut Context<'_>,
    request: &Request,
    with_input: bool,
) -> Result<Reply, ApiError> {
    let chat = find_chat(context, request)?.clone();
    let conversation = find(context, request)?;
    let produced = conversation.messages.iter().filter(|message| {
        message.chat_id == chat.id && (with_input || !chat.inserted.contains(&message.id))
    });
    let produced: Vec<Value> = produced.map(|message| message.to_json(&conversation.id)).collect();
    Ok(Reply::data(produced))
}

fn submit(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation_id = find(context, request)?.id.clone();
    let chat_id = request.text("chat_id");
    let known = context.state.chats.get(chat_id);
    // A chat that is not saved cannot be retrieved, but `submit` tells that it was not saved.
    if known.is_none_or(|chat| chat.conversation_id != conversation_id) {
        return Err(ApiError::unknown("chat_id", chat_id));
    }
    let events = assistant::submit(context.state, chat_id, request.list("tool_outputs"))?;
    let chat = chat_mut(context, chat_id)?;
    chat.streamed = request.wants_events();
    if chat.streamed {
        let events = chat_events(context.shared(), chat_id.to_owned(), events, Framing::Spaced);
        return Ok(Reply::event_stream(events));
    }
    Ok(Reply::data(chat.to_json()))
}

/// Returns the chat that a request names, if the caller may see it.
pub(super) fn find_chat<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Chat, ApiError> {
    let conversation_id = find(context, request)?.id.clone();
    let id = request.text("chat_id");
    let chat = context.state.chats.get_mut(id);
    chat.filter(|chat| chat.saved && chat.conversation_id == conversation_id)
        .ok_or_else(|| ApiError::unknown("chat_id", id))
}

fn chat_mut<'a>(context: &'a mut Context<'_>, id: &str) -> Result<&'a mut Chat, ApiError> {
    context.state.chats.get_mut(id).ok_or_else(|| ApiError::unknown("chat_id", id))
}
