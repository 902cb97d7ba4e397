//! Reads a chat request: the bot, the conversation, and the question.

use serde_json::{Map, Value};

use super::super::conversations::find;
use super::super::{Context, messages};
use crate::assistant::NewChat;
use crate::error::ApiError;
use crate::request::Request;
use crate::script::Prompt;
use crate::state::{API_CONNECTOR, BOT, Conversation, Message, State};
use crate::voice;

/// Returns the chat that a request asks to start.
pub(super) fn read(context: &mut Context<'_>, request: &Request) -> Result<NewChat, ApiError> {
    let bot_id = request.text("bot_id");
    check_bot(context, request, bot_id)?;
    let (saved, streamed) = (request.flag("auto_save_history"), request.wants_events());
    if !saved && !streamed {
        let why = "it must be true if the chat is not streamed";
        return Err(ApiError::field("auto_save_history", why));
    }
    let conversation = conversation(context, request, bot_id)?;
    let messages = input_messages(context, &conversation, request)?;
    build(context, request, &conversation, messages, (saved, streamed))
}

/// Returns a chat with this input.
pub(in crate::behavior) fn build(
    context: &mut Context<'_>,
    request: &Request,
    conversation: &Conversation,
    mut messages: Vec<Message>,
    (saved, streamed): (bool, bool),
) -> Result<NewChat, ApiError> {
    let bot_id = request.text("bot_id");
    if let Some(command) = shortcut(request) {
        messages.push(messages::new_message(context, conversation, &command)?);
    }
    let mut prompt = prompt(context.state, conversation, &messages)?;
    prompt.has_tools = bot_id == BOT;
    prompt.suggests = context
        .state
        .bots
        .require(bot_id)?
        .draft
        .get("suggest_reply_info")
        .is_none_or(|info| info["reply_mode"] != "disable");
    let opening = NewChat {
        conversation_id: conversation.id.clone(),
        section_id: conversation.section_id.clone(),
        bot_id: bot_id.to_owned(),
        meta_data: request.value("meta_data").as_object().cloned().unwrap_or_default(),
        saved,
        streamed,
        spoken: messages.last().is_some_and(is_spoken),
        workflow_id: None,
        messages,
        prompt,
    };
    Ok(opening)
}

fn check_bot(context: &Context<'_>, request: &Request, bot_id: &str) -> Result<(), ApiError> {
    let bot = context.state.bots.require(bot_id)?;
    let version = request.text("bot_version");
    if request.text("publish_status") == "unpublished_draft" {
        if version.is_empty() {
            return Ok(());
        }
        return Err(ApiError::field("bot_version", "a draft has no version"));
    }
    if !bot.connectors.iter().any(|connector| connector == API_CONNECTOR) {
        let msg = format!("The bot {bot_id} is not published to the API channel.");
        return Err(ApiError::new(4015, msg));
    }
    let mut versions = bot.releases.iter().map(|release| release.version.as_str());
    if !version.is_empty() && !versions.any(|known| known == version) {
        return Err(ApiError::unknown("bot_version", version));
    }
    Ok(())
}

/// Returns the conversation that the request names, or a new one.
pub(in crate::behavior) fn conversation(
    context: &mut Context<'_>,
    request: &Request,
    bot_id: &str,
) -> Result<Conversation, ApiError> {
    if request.has("conversation_id") {
        return Ok(find(context, request)?.clone());
    }
    let creator = context.caller.user_id.clone();
    Ok(new_conversation(context.state, &creator, bot_id))
}

/// Creates a conversation with a bot.
pub(in crate::behavior) fn new_conversation(
    state: &mut State,
    creator_id: &str,
    bot_id: &str,
) -> Conversation {
    let now = state.now();
    let conversation = Conversation {
        id: state.ids.next(),
        bot_id: bot_id.to_owned(),
        creator_id: creator_id.to_owned(),
        connector_id: API_CONNECTOR.to_owned(),
        created_at: now,
        updated_at: now,
        section_id: state.ids.next(),
        ..Conversation::default()
    };
    state.conversations.insert(&conversation.id, conversation.clone());
    conversation
}

/// Returns the messages of the request.
pub(in crate::behavior) fn input_messages(
    context: &mut Context<'_>,
    conversation: &Conversation,
    request: &Request,
) -> Result<Vec<Message>, ApiError> {
    let all = request.list("additional_messages");
    let messages: Result<Vec<Message>, ApiError> =
        all.iter().map(|each| messages::new_message(context, conversation, each)).collect();
    let messages = messages?;
    for (index, message) in messages.iter().enumerate() {
        if (message.role == "user") != (message.kind == "question") {
            let name = format!("additional_messages.{index}.type");
            return Err(ApiError::field(&name, "a user sends `question`, and only a user does"));
        }
        let has_text =
            |index: usize| messages.get(index).is_some_and(|one| !text_of(one).is_empty());
        if !has_text(index) && !is_spoken(message) {
            let beside = has_text(index + 1) || index.checked_sub(1).is_some_and(has_text);
            if message.content_type == "object_string" && !beside {
                let name = format!("additional_messages.{index}.content");
                return Err(ApiError::field(&name, "files need a text beside them"));
            }
        }
    }
    Ok(messages)
}

/// Returns the message that a shortcut command makes of the user's input.
fn shortcut(request: &Request) -> Option<Value> {
    let command = request.value("shortcut_command").as_object()?;
    let parts = |value: &Value| -> Vec<Value> {
        value.as_str().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let parameters = command.get("parameters").and_then(Value::as_object);
    let parts = parameters.into_iter().flat_map(Map::values).flat_map(parts);
    let texts: Vec<String> =
        parts.filter_map(|part| part["text"].as_str().map(str::to_owned)).collect();
    let content = match texts.join(" ") {
        text if text.is_empty() => command.get("command_id")?.as_str()?.to_owned(),
        text => text,
    };
    Some(serde_json::json!({"role": "user", "content": content, "content_type": "text"}))
}

/// Returns the prompt for the assistant: the last message.
pub(in crate::behavior) fn prompt(
    state: &mut State,
    conversation: &Conversation,
    messages: &[Message],
) -> Result<Prompt, ApiError> {
    let all: Vec<&Message> = conversation.messages.iter().chain(messages).collect();
    let questions = all.iter().filter(|message| message.role == "user").count();
    let Some(question) = all.last().filter(|message| message.role == "user") else {
        let why = "the last message must be one of the user";
        return Err(ApiError::field("additional_messages", why));
    };
    let mut text = text_of(question);
    if text.is_empty() && is_spoken(question) {
        text = transcribe(state, question);
    }
    let before = all.len().checked_sub(2).and_then(|index| all.get(index));
    if text.is_empty()
        && let Some(before) = before
    {
        text = text_of(before);
    }
    Ok(Prompt {
        text,
        attachments: attachments(state, question),
        turn: questions,
        ..Prompt::default()
    })
}

/// Transcribes the audio of a message.
fn transcribe(state: &mut State, message: &Message) -> String {
    let parts = parts(message);
    let audio = parts.iter().find(|part| part["type"] == "audio");
    let id = audio.and_then(|part| part["file_id"].as_str()).unwrap_or_default();
    let content = state.files.get(id).and_then(|file| file.content.clone());
    voice::recognize(state, &content.unwrap_or_default())
}

/// Describes the attachments of a message.
fn attachments(state: &State, message: &Message) -> Vec<String> {
    let describe = |part: &Value| {
        let kind = part["type"].as_str().filter(|kind| *kind != "text")?;
        let id = part["file_id"].as_str().unwrap_or_default();
        Some(match state.files.get(id) {
            Some(file) => {
                format!("the {kind} {} ({} bytes)", file.file_name, file.bytes)
            }
            None => {
                format!("the {kind} {}", part["file_url"].as_str().unwrap_or_default())
            }
        })
    };
    parts(message).iter().filter_map(describe).collect()
}

fn is_spoken(message: &Message) -> bool {
    parts(message).iter().any(|part| part["type"] == "audio")
}

fn text_of(message: &Message) -> String {
    if message.content_type != "object_string" {
        return message.content.clone();
    }
    let parts = parts(message);
    // The text that is not a quote.
    let text = parts.iter().find(|part| part["type"] == "text" && part["is_refer"] != true);
    text.and_then(|part| part["text"].as_str()).unwrap_or_default().to_owned()
}

fn parts(message: &Message) -> Vec<Value> {
    if message.content_type != "object_string" {
        return Vec::new();
    }
    serde_json::from_str(&message.content).unwrap_or_default()
}
