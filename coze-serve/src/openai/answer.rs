//! The answer to a request of either API.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use coze_api::Chat;
use serde_json::{Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::chat::ChatRequest;
use super::error::{ApiError, REQUEST_ID};
use super::ids::tool_call_id;
use super::input::Prompt;
use super::{App, Model};
use crate::turn::Turn;

/// The header with the ID of a conversation.
const CONVERSATION_ID: HeaderName = HeaderName::from_static("x-coze-conversation-id");
/// The header with the ID of a chat.
const CHAT_ID: HeaderName = HeaderName::from_static("x-coze-chat-id");
/// The time after which a stream without data gets a comment, so that proxies do not cut it.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The members that the requests of both APIs have.
pub(super) struct Common {
    pub(super) model: String,
    pub(super) user: Option<String>,
    pub(super) meta_data: Option<BTreeMap<String, String>>,
}

/// An answer that arrives.
pub(super) struct Answer {
    /// The ID of the chat, or of the request that started the run.
    pub(super) id: String,
    /// The time at which it began, in Unix seconds.
    pub(super) created: i64,
    pub(super) model: String,
    pub(super) turn: Turn,
    /// Counts as a chat until the answer is dropped.
    _permit: OwnedSemaphorePermit,
}

impl Answer {
    /// Starts or continues a chat, or starts a run.
    pub(super) async fn start(
        app: &App,
        parts: &Parts,
        common: Common,
        prompt: impl FnOnce(&Model) -> Result<Prompt, ApiError>,
    ) -> Result<Self, ApiError> {
        let Common { model: name, user, meta_data } = common;
        let model = app.find(&name).ok_or_else(|| ApiError::unknown_model(&name))?;
        let prompt = prompt(model)?;
        let user_id = app.user_id(parts, user);
        let meta_data = meta_data.unwrap_or_default();
        let chat = ChatRequest { model: model.clone(), prompt, user_id, meta_data };
        let permit = app.permits.clone().try_acquire_owned().map_err(|_| ApiError::busy())?;
        let client = app.endpoint.client.clone();
        let turn = if chat.is_run() {
            Turn::run(client.clone(), chat.send(client)).await?
        } else {
            Turn::start(client.clone(), chat.chat(), chat.send(client)).await?
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let created = match turn.chat().created_at {
            time if time > 0 => time,
            _ => i64::try_from(now.as_secs()).unwrap_or_default(),
        };
        let id = match (&*turn.chat().id, turn.log_id()) {
            ("", Some(log_id)) => log_id.to_owned(),
            ("", None) => now.as_nanos().to_string(),
            (id, _) => id.to_owned(),
        };
        Ok(Self { id, created, model: name, turn, _permit: permit })
    }

    pub(super) fn headers(&self) -> HeaderMap {
        let Chat { id, conversation_id, .. } = self.turn.chat();
        let values = [
            (CONVERSATION_ID, conversation_id.as_str()),
            (CHAT_ID, id),
            (REQUEST_ID, self.turn.log_id().unwrap_or_default()),
        ];
        let values = values.into_iter().filter(|(_, value)| !value.is_empty());
        values
            .filter_map(|(name, value)| Some((name, HeaderValue::try_from(value).ok()?)))
            .collect()
    }

    /// Returns the calls of tools that the client must run.
    pub(super) fn tool_calls(&self) -> Vec<ToolCall> {
        let Chat { id: chat_id, conversation_id, .. } = self.turn.chat();
        let calls = self.turn.tool_calls().map(|call| {
            let function = call.function.clone().unwrap_or_default();
            let id = tool_call_id(conversation_id, chat_id, &call.id);
            ToolCall { id, name: function.name, arguments: function.arguments }
        });
        calls.collect()
    }

    /// Returns what OpenAI's protocol has no member for.
    pub(super) fn extension(&self) -> Value {
        let Chat { id, conversation_id, .. } = self.turn.chat();
        if id.is_empty() {
            return Value::Null;
        }
        json!({
            "conversation_id": conversation_id,
            "chat_id": id,
            "follow_ups": self.turn.follow_ups(),
        })
    }
}

/// A call of a tool, with its ID for the client.
pub(super) struct ToolCall {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) arguments: String,
}

/// Returns the conversation that the headers of a request name.
pub(super) fn conversation_id(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(id) = headers.get(CONVERSATION_ID) else { return Ok(None) };
    match id.to_str().map(str::trim) {
        Ok("") => Ok(None),
        Ok(id) => Ok(Some(id.to_owned())),
        Err(_) => Err(ApiError::invalid(None, "the header x-coze-conversation-id is not an ID")),
    }
}

impl App {
    /// Returns the ID of the user of a request.
    fn user_id(&self, parts: &Parts, user: Option<String>) -> String {
        let user = match &self.endpoint.user_of {
            Some(find) => find(parts),
            None => user,
        };
        let user = user.filter(|user| !user.is_empty());
        user.unwrap_or_else(|| self.endpoint.user_id.clone())
    }
}
