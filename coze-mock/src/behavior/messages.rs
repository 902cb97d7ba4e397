//! Messages: created, listed, changed and deleted; and the feedback on them.

use serde_json::{Value, json};

use super::conversations::find;
use super::{Behaviors, Context};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::{Conversation, Message};

pub(super) fn register(all: &mut Behaviors) {
    all.on("conversations.messages.create", create);
    all.on("conversations.messages.list", list);
    all.on("conversations.messages.retrieve", retrieve);
    all.on("conversations.messages.update", update);
    all.on("conversations.messages.delete", delete);
    all.on("conversations.messages.feedback.create", create_feedback);
    all.on("conversations.messages.feedback.delete", delete_feedback);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation = find(context, request)?.clone();
    let message = new_message(context, &conversation, request.body())?;
    let conversation = find(context, request)?;
    let reply = message.to_json(&conversation.id);
    conversation.updated_at = message.created_at;
    conversation.messages.push(message);
    Ok(Reply::data(reply))
}

/// Returns a message that the caller adds to a conversation.
pub(super) fn new_message(
    context: &mut Context<'_>,
    conversation: &Conversation,
    input: &Value,
) -> Result<Message, ApiError> {
    let text = |name: &str| input[name].as_str().unwrap_or_default().to_owned();
    let role = text("role");
    let kind = match text("type") {
        kind if kind.is_empty() && role == "assistant" => "answer".to_owned(),
        kind if kind.is_empty() => "question".to_owned(),
        kind => kind,
    };
    let (content, content_type) = (text("content"), text("content_type"));
    check_content(context, &content, &content_type)?;
    let now = context.now();
    Ok(Message {
        id: context.id(),
        section_id: conversation.section_id.clone(),
        role,
        kind,
        content,
        content_type,
        meta_data: input["meta_data"].as_object().cloned().unwrap_or_default(),
        created_at: now,
        updated_at: now,
        ..Message::default()
    })
}

/// Checks multimodal content: a JSON array of parts. At most one is text, beside quotes; the others
/// name a file.
fn check_content(context: &Context<'_>, content: &str, content_type: &str) -> Result<(), ApiError> {
    if content_type != "object_string" {
        return Ok(());
    }
    let wrong = |why: &str| ApiError::field("content", why);
    let parts: Vec<Value> = serde_json::from_str(content)
        .map_err(|_| wrong("an object_string is a JSON array of parts, written as text"))?;
    let (texts, files): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part["type"] == "text");
    if texts.iter().filter(|text| text["is_refer"] != true).count() > 1 {
        return Err(wrong("an object_string holds at most one text"));
    }
    for file in files {
        if !["file", "image", "audio"].iter().any(|kind| file["type"] == *kind) {
            return Err(wrong("a part is a text, a file, an image or an audio"));
        }
        match (file["file_id"].as_str(), file["file_url"].as_str()) {
            (Some(id), _) if !id.is_empty() => {
                if context.state.files.get(id).is_none() && !context.is_example(id) {
                    return Err(ApiError::unknown("file_id", id));
                }
            }
            (_, Some(url)) if !url.is_empty() => {}
            _ => return Err(wrong("a file has a file_id or a file_url")),
        }
    }
    Ok(())
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation = find(context, request)?;
    let chat_id = request.text("chat_id");
    let with_intermediate = request.flag("include_middle_message");
    let all = conversation.messages.iter().filter(|message| {
        (chat_id.is_empty() || message.chat_id == chat_id)
            && (with_intermediate || !message.is_intermediate())
    });
    let mut all: Vec<Value> = all.map(|message| message.to_json(&conversation.id)).collect();
    if request.text("order") != "asc" {
        all.reverse();
    }
    context.page(request, all)
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation = find(context, request)?;
    let message = message(conversation, request)?;
    let reply = message.to_json(request.text("conversation_id"));
    Ok(Reply::data(reply))
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let conversation = find(context, request)?;
    let content_type = match request.text("content_type") {
        "" => message(conversation, request)?.content_type.clone(),
        content_type => content_type.to_owned(),
    };
    check_content(context, request.text("content"), &content_type)?;
    let conversation = find(context, request)?;
    let message = message(conversation, request)?;
    if request.has("content") {
        request.text("content").clone_into(&mut message.content);
    }
    message.content_type = content_type;
    if let Some(meta_data) = request.value("meta_data").as_object() {
        message.meta_data.clone_from(meta_data);
    }
    message.updated_at = now;
    let message = message.to_json(request.text("conversation_id"));
    Ok(Reply::flat(json!({"message": message})))
}

/// Deletes a message. Deleting an answer also deletes its intermediate messages.
fn delete(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation = find(context, request)?;
    let message = message(conversation, request)?.clone();
    if message.is_intermediate() {
        let why = "an intermediate message is deleted only with its answer";
        return Err(ApiError::field("message_id", why));
    }
    conversation.messages.retain(|other| {
        let of_the_answer = message.kind == "answer"
            && !message.chat_id.is_empty()
            && other.chat_id == message.chat_id
            && other.is_intermediate();
        other.id != message.id && !of_the_answer
    });
    Ok(Reply::data(message.to_json(&conversation.id)))
}

fn create_feedback(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation = find(context, request)?;
    let message = message(conversation, request)?;
    if message.kind != "answer" {
        return Err(ApiError::field("message_id", "only answers can have feedback"));
    }
    message.feedback = Some(request.body().clone());
    Ok(Reply::empty())
}

fn delete_feedback(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation = find(context, request)?;
    message(conversation, request)?.feedback = None;
    Ok(Reply::empty())
}

fn message<'a>(
    conversation: &'a mut Conversation,
    request: &Request,
) -> Result<&'a mut Message, ApiError> {
    let id = request.text("message_id");
    conversation.message_mut(id).ok_or_else(|| ApiError::unknown("message_id", id))
}
