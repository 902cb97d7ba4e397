//! Chatflows: the assistant answers in a conversation, and may ask a question first.

use super::super::Context;
use super::super::chat::{Framing, chat_events, conversation, input_messages, prompt};
use crate::assistant::{self, NewChat};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::script;
use crate::state::{Chat, ChatStatus, Conversation, Run, RunMode, RunStatus, State};

pub(super) fn run(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let (chat_id, run) = start(context, request, conversation)?;
    let framing = Framing::Chatflow(run.debug_url());
    context.state.workflows.runs.insert(run.execute_id.clone(), run);
    Ok(Reply::event_stream(chat_events(context.shared(), chat_id, Vec::new(), framing)))
}

/// Finds or creates the conversation of a request, with the bot of that id.
type FindConversation = fn(&mut Context<'_>, &Request, &str) -> Result<Conversation, ApiError>;

/// Starts a run and its chat.
pub(in crate::behavior) fn start(
    context: &mut Context<'_>,
    request: &Request,
    conversation: FindConversation,
) -> Result<(String, Run), ApiError> {
    let workflow = super::find_published(context.state, request)?.clone();
    let (bot_id, app_id) = (request.text("bot_id"), request.text("app_id"));
    let both = !bot_id.is_empty() && super::shows_every_field(context, app_id);
    if bot_id.is_empty() == app_id.is_empty() && !both {
        let why = "exactly one of `bot_id` and `app_id` must be given";
        return Err(ApiError::field("bot_id", why));
    }
    if !bot_id.is_empty() {
        context.state.bots.require(bot_id)?;
    }
    if request.list("additional_messages").is_empty() {
        return Err(ApiError::field("additional_messages", "the user's input is missing"));
    }
    let conversation = conversation(context, request, bot_id)?;
    let messages = input_messages(context, &conversation, request)?;
    let mut prompt = prompt(context.state, &conversation, &messages)?;
    prompt.asked = answered(context.state, &conversation.id, &workflow.id);
    let new = NewChat {
        conversation_id: conversation.id,
        section_id: conversation.section_id,
        bot_id: bot_id.to_owned(),
        meta_data: serde_json::Map::default(),
        saved: true,
        streamed: true,
        spoken: false,
        workflow_id: Some(workflow.id.clone()),
        messages,
        prompt,
    };
    let chat_id = assistant::open(context.state, new)?;
    let run = Run {
        mode: RunMode::Stream,
        status: RunStatus::Success,
        creator_id: context.caller.user_id.clone(),
        connector_id: request.text("connector_id").to_owned(),
        connector_uid: context.caller.user_id.clone(),
        log_id: context.state.log_id(),
        usage: (script::tokens(&request.value("parameters").to_string()), 0),
        ..Run::new(context.id(), &workflow, context.now())
    };
    Ok((chat_id, run))
}

/// Returns the question that the last run of the chatflow has asked in the conversation. The next
/// message answers it.
fn answered(state: &mut State, conversation_id: &str, workflow_id: &str) -> Option<String> {
    let last = state.chats.of(conversation_id).next_back()?;
    let waits = |chat: &&Chat| {
        chat.status == ChatStatus::RequiresAction
            && chat.workflow_id.as_deref() == Some(workflow_id)
    };
    let id = Some(last).filter(waits)?.id.clone();
    let now = state.now();
    let chat = state.chats.get_mut(&id)?;
    chat.status = ChatStatus::Completed;
    chat.completed_at = now;
    let question = chat.tool_calls.pop()?.arguments;
    question["question"].as_str().map(str::to_owned)
}
