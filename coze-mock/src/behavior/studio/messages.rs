//! Messages of conversations on Coze Studio.

use serde_json::{Map, Value, json};

use crate::behavior::{Context, conversations};
use crate::error::ApiError;
use crate::reply::Reply;
use crate::request::Request;
use crate::spec::pick;
use crate::state::Message;
use crate::studio::MESSAGE;

const DEFAULT_LIMIT: usize = 50;

/// Lists questions and answers, newest first. The parameter `order` has no effect, and the cursors
/// are reversed: `after_id` leads to older messages, and `before_id` to newer ones, oldest first.
pub(super) fn list(context: &mut Context<'_>, request: &Request) -> Result<Reply, ApiError> {
    let conversation = conversations::find(context, request)?;
    let chat_id = request.text("chat_id");
    let wanted = |message: &&Message| {
        matches!(message.kind.as_str(), "question" | "answer")
            && (chat_id.is_empty() || message.chat_id == chat_id)
    };
    let all: Vec<&Message> = conversation.messages.iter().filter(wanted).collect();
    let position = |name: &str| match request.text(name) {
        "" | "0" => Ok(None),
        id => match all.iter().position(|message| message.id == id) {
            None => Err(ApiError::unknown(name, id)),
            position => Ok(position),
        },
    };
    let limit = request.integer("limit").and_then(|limit| usize::try_from(limit).ok());
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    let candidates: Vec<&Message> = match (position("before_id")?, position("after_id")?) {
        (Some(position), _) => all[position + 1..].to_vec(),
        (None, Some(position)) => all[..position].iter().rev().copied().collect(),
        (None, None) => all.iter().rev().copied().collect(),
    };
    let page: Vec<Value> = candidates
        .iter()
        .take(limit)
        .map(|message| {
            let message = message.to_json(&conversation.id);
            let mut shown = pick(&message, &MESSAGE);
            for name in ["meta_data", "updated_at"] {
                shown[name] = message[name].clone();
            }
            shown
        })
        .collect();
    let id = |message: Option<&Value>| message.map_or_else(|| json!("0"), |one| one["id"].clone());
    let mut root = Map::new();
    root.insert("code".to_owned(), json!(0));
    root.insert("msg".to_owned(), json!(""));
    root.insert("has_more".to_owned(), json!(candidates.len() > page.len()));
    root.insert("first_id".to_owned(), id(page.first()));
    root.insert("last_id".to_owned(), id(page.last()));
    if !page.is_empty() {
        root.insert("data".to_owned(), Value::Array(page));
    }
    Ok(Reply::json(Value::Object(root)).unchecked())
}
