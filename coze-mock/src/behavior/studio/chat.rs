//! Chats on Coze Studio.

use serde_json::{Value, json};

use crate::assistant::{self, ChatEvent};
use crate::behavior::chat::{Framing, chat_events, find_chat, new_chat, new_conversation};
use crate::behavior::{Context, conversations, messages};
use crate::error::{ApiError, ErrorKind};
use crate::event::Event;
use crate::reply::Reply;
use crate::request::Request;
use crate::spec::pick;
use crate::state::{API_CONNECTOR, Conversation, Message};
use crate::studio;

/// Starts a chat. Without `"stream": false` it is streamed, and then errors are events, too.
pub(super) fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let streamed = request.body()["stream"] != false;
    match open(context, request, streamed) {
        Err(error) if streamed && error.kind != ErrorKind::Request => {
            Ok(Reply::events([studio::error_event("chat.create", &error)]))
        }
        result => result,
    }
}

fn open(context: &mut Context<'_>, request: &Request, streamed: bool) -> Result<Reply, ApiError> {
    let bot_id = request.text("bot_id");
    let bot = context.state.bots.require(bot_id)?;
    let published = bot.connectors.iter().any(|connector| connector == API_CONNECTOR);
    // Only streamed chats check the owner.
    if !published || (streamed && bot.owner_id != context.caller.user_id) {
        return Err(ApiError::new(103_100_002, "agent not exists"));
    }
    let conversation = conversation(context, request, bot_id);
    let input = input(context, &conversation, request)?;
    let earlier = input.len().saturating_sub(1);
    let new = new_chat::build(context, request, &conversation, input, (true, streamed))?;
    let conversation_id = new.conversation_id.clone();
    let chat_id = assistant::open(context.state, new)?;
    separate(context, &conversation_id, &chat_id, earlier);
    if streamed {
        let events = chat_events(context.shared(), chat_id, Vec::new(), Framing::Studio);
        return Ok(Reply::event_stream(events).with_header("x-accel-buffering", "no"));
    }
    let chat = context.state.chats.get(&chat_id);
    Ok(Reply::data(chat.map(crate::state::Chat::to_json)))
}

/// Returns the conversation that the request names, or a new one if it does not exist.
fn conversation(context: &mut Context<'_>, request: &Request, bot_id: &str) -> Conversation {
    if let Ok(conversation) = conversations::find(context, request) {
        return conversation.clone();
    }
    let creator = context.caller.user_id.clone();
    new_conversation(context.state, &creator, bot_id)
}

/// Returns the messages of the request. A message without a content type loses its content.
fn input(
    context: &mut Context<'_>,
    conversation: &Conversation,
    request: &Request,
) -> Result<Vec<Message>, ApiError> {
    let mut all = Vec::new();
    for message in request.list("additional_messages") {
        let text = |name: &str| message[name].as_str().unwrap_or_default();
        let fits = matches!(
            (text("role"), text("type")),
            ("user", "" | "question") | ("assistant", "" | "answer")
        );
        if !fits {
            return Err(ApiError::field("additional_messages", "role or type is not supported"));
        }
        let mut message = message.clone();
        match (text("content_type").to_owned().as_str(), message["role"].as_str()) {
            ("object_string", Some("assistant")) => {
                return Err(ApiError::field("additional_messages", "an answer is text"));
            }
            ("object_string", _) => check_parts(&message["content"])?,
            ("", _) => message["content"] = json!(""),
            _ => {}
        }
        all.push(messages::new_message(context, conversation, &message)?);
    }
    Ok(all)
}

fn check_parts(content: &Value) -> Result<(), ApiError> {
    let parts = content.as_str().and_then(|text| serde_json::from_str::<Vec<Value>>(text).ok());
    let supported =
        |part: &Value| ["text", "image", "file"].iter().any(|kind| part["type"] == *kind);
    if parts.is_some_and(|parts| parts.iter().all(supported)) {
        return Ok(());
    }
    Err(ApiError::field("additional_messages", "the content is not supported"))
}

/// Moves the messages before the last one to a run of their own.
fn separate(context: &mut Context<'_>, conversation_id: &str, chat_id: &str, earlier: usize) {
    let run = context.id();
    let Some(conversation) = context.state.conversations.get_mut(conversation_id) else { return };
    let input = conversation.messages.iter_mut().filter(|message| message.chat_id == chat_id);
    for message in input.take(earlier) {
        message.chat_id.clone_from(&run);
    }
}

/// Marks a chat as canceled. Its run continues and later marks it as completed.
pub(super) fn cancel(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let chat = find_chat(context, request)?;
    if !chat.status.is_running() {
        return Err(ApiError::new(103_200_005, "in progress can not be cancelled"));
    }
    assistant::cancel(chat)?;
    Ok(Reply::data(chat.to_json()))
}

/// Returns an event of a chat in the platform's form, or `None` if the platform does not send it.
pub(in crate::behavior) fn chat_event(event: &ChatEvent, usage: (i64, i64)) -> Option<Event> {
    let data = match event.event {
        "conversation.chat.requires_action" | "conversation.audio.delta" => return None,
        "error" => event.data.clone(),
        "conversation.message.delta" | "conversation.message.completed" => {
            let mut shown = pick(&event.data, &studio::MESSAGE);
            let completed = event.event == "conversation.message.completed";
            shown["meta_data"] = meta_data(&event.data, completed.then_some(usage));
            shown
        }
        _ => studio::chat(&event.data, false),
    };
    Some(Event::json(event.event, &data))
}

/// Returns the metadata of a message. A complete answer also has its tokens.
fn meta_data(message: &Value, usage: Option<(i64, i64)>) -> Value {
    let bot = &message["bot_id"];
    let state = json!({"bot_id": bot, "agent_name": "", "agent_id": bot, "awaiting": bot});
    let mut data = json!({"bot_state": state.to_string()});
    match (message["type"].as_str(), usage) {
        (Some("answer"), Some((input, output))) => {
            data["input_tokens"] = json!(input.to_string());
            data["output_tokens"] = json!(output.to_string());
            data["token"] = json!((input + output).to_string());
            data["time_cost"] = json!("0.1");
        }
        (Some("function_call"), _) => {
            let content = message["content"].as_str().unwrap_or_default();
            let call: Value = serde_json::from_str(content).unwrap_or_default();
            data["plugin"] = call["function"]["name"].clone();
            data["tool_name"] = call["function"]["name"].clone();
            data["time_cost"] = json!("0.1");
        }
        _ => {}
    }
    data
}
