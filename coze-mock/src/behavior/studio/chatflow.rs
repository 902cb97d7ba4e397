//! Chatflows on Coze Studio.

use serde_json::{Value, json};

use super::named_conversation;
use super::workflows::{check_published, debug_url};
use crate::assistant::ChatEvent;
use crate::behavior::chat::{Framing, chat_events};
use crate::behavior::workflows::chatflow;
use crate::behavior::{Context, conversations};
use crate::error::ApiError;
use crate::event::Event;
use crate::reply::Reply;
use crate::request::Request;
use crate::spec::pick;
use crate::state::Conversation;

/// The run behind a stream, and the number of its next event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::behavior) struct ChatflowRun {
    execute_id: String,
    debug_url: String,
    bot_id: String,
    next: u64,
}

/// Runs a chatflow in the conversation of the request, or in the one that its parameters name.
pub(super) fn run(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    check_published(context, request)?;
    let (bot_id, app_id) = (request.text("bot_id"), request.text("app_id"));
    let owner = if bot_id.is_empty() { app_id } else { bot_id };
    let (chat_id, run) = chatflow::start(context, request, conversation)?;
    let framing = Framing::StudioChatflow(ChatflowRun {
        debug_url: debug_url(context, &run),
        execute_id: run.execute_id.clone(),
        bot_id: owner.to_owned(),
        next: 1,
    });
    context.state.workflows.runs.insert(run.execute_id.clone(), run);
    Ok(Reply::event_stream(chat_events(context.shared(), chat_id, Vec::new(), framing)))
}

fn conversation(
    context: &mut Context<'_>,
    request: &Request,
    bot_id: &str,
) -> Result<Conversation, ApiError> {
    if request.has("conversation_id") {
        return Ok(conversations::find(context, request)?.clone());
    }
    let name = request.value("parameters")["CONVERSATION_NAME"].as_str().unwrap_or_default();
    let owner = if bot_id.is_empty() { request.text("app_id") } else { bot_id };
    let known = named_conversation(context.state, owner, name).filter(|_| !name.is_empty());
    known.cloned().ok_or_else(|| ApiError::new(720_702_204, "conversation not found"))
}

impl ChatflowRun {
    /// Returns an event in the platform's form, or `None` if the platform does not send it.
    pub(in crate::behavior) fn event(&mut self, event: &ChatEvent) -> Option<Event> {
        let data = &event.data;
        let data = match event.event {
            "conversation.audio.delta" => return None,
            "error" => json!({
                "code": data["code"].to_string(),
                "msg": data["msg"],
                "debug_url": self.debug_url,
            }),
            "conversation.message.delta" | "conversation.message.completed" => {
                if data["type"] == "verbose" {
                    return None;
                }
                let names = ["id", "chat_id", "conversation_id", "role", "type", "content"];
                let mut shown = pick(data, &names);
                shown["content_type"] = data["content_type"].clone();
                shown["section_id"] = data["section_id"].clone();
                shown["bot_id"] = json!(self.bot_id);
                shown
            }
            name => self.chat(data, name == "conversation.chat.completed"),
        };
        Some(self.number(Event::json(event.event, &data)))
    }

    /// Returns the event that ends the stream.
    pub(in crate::behavior) fn done(&mut self) -> Event {
        let data = json!({"debug_url": self.debug_url});
        self.number(Event::json("done", &data))
    }

    fn chat(&self, chat: &Value, completed: bool) -> Value {
        let mut shown = pick(chat, &["id", "conversation_id", "status", "section_id"]);
        shown["execute_id"] = json!(self.execute_id);
        if completed {
            shown["bot_id"] = json!(self.bot_id);
            shown["usage"] = chat["usage"].clone();
            // The platform counts the output twice, and the input not at all.
            let output = chat["usage"]["output_count"].as_i64().unwrap_or_default();
            shown["usage"]["token_count"] = json!(2 * output);
        }
        shown
    }

    fn number(&mut self, event: Event) -> Event {
        let number = self.next;
        self.next += 1;
        event.id(number).spaced()
    }
}
