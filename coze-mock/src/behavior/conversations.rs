//! Conversations: created, listed, renamed, cleared and deleted. Each is visible only to the user
//! who created it.

use serde_json::{Value, json};

use super::{Behaviors, Context, messages};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::state::Conversation;

pub(super) fn register(all: &mut Behaviors) {
    all.on("conversations.create", create);
    all.on("conversations.retrieve", retrieve);
    all.on("conversations.list", list);
    all.on("conversations.update", update);
    all.on("conversations.delete", delete);
    all.on("conversations.clear", clear);
}

fn create(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let bot_id = request.text("bot_id");
    if !bot_id.is_empty() {
        context.state.bots.require(bot_id)?;
    }
    let connector_id = match request.text("connector_id") {
        "" => "1024",
        connector_id => connector_id,
    };
    let now = context.now();
    let mut conversation = Conversation {
        id: context.id(),
        name: request.text("name").to_owned(),
        bot_id: bot_id.to_owned(),
        meta_data: request.value("meta_data").as_object().cloned().unwrap_or_default(),
        creator_id: context.caller.user_id.clone(),
        connector_id: connector_id.to_owned(),
        created_at: now,
        updated_at: now,
        section_id: context.id(),
        messages: Vec::new(),
    };
    for message in request.list("messages") {
        let message = messages::new_message(context, &conversation, message)?;
        conversation.messages.push(message);
    }
    let reply = conversation.to_json();
    context.state.conversations.insert(conversation.id.clone(), conversation);
    Ok(Reply::data(reply))
}

fn retrieve(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    Ok(Reply::data(find(context, request)?.to_json()))
}

fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (bot_id, connector) = (request.text("bot_id"), request.text("connector_id"));
    context.state.bots.require(bot_id)?;
    let all = context.state.conversations.all().filter(|conversation| {
        conversation.bot_id == bot_id
            && conversation.connector_id == connector
            && conversation.creator_id == context.caller.user_id
    });
    let mut all: Vec<Value> = all.map(Conversation::to_json).collect();
    if request.text("sort_order") != "ASC" {
        all.reverse();
    }
    context.page(request, all)
}

fn update(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let now = context.now();
    let conversation = find(context, request)?;
    request.text("name").clone_into(&mut conversation.name);
    conversation.updated_at = now;
    Ok(Reply::data(conversation.to_json()))
}

fn delete(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let id = find(context, request)?.id.clone();
    context.state.conversations.remove(&id);
    Ok(Reply::empty())
}

fn clear(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let section = context.id();
    let conversation = find(context, request)?;
    conversation.section_id.clone_from(&section);
    Ok(Reply::data(json!({"id": section, "conversation_id": conversation.id})))
}

/// Returns the conversation that a request names, if it is one of the caller's.
pub(super) fn find<'a>(
    context: &'a mut Context<'_>,
    request: &Request,
) -> Result<&'a mut Conversation, ApiError> {
    let id = request.text("conversation_id");
    let conversation = context.state.conversations.get_mut(id);
    conversation
        .filter(|conversation| conversation.creator_id == context.caller.user_id)
        .ok_or_else(|| ApiError::unknown("conversation_id", id))
}
