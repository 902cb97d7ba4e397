//! `POST /v1/chat/completions`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use coze_api::Chat;
use futures_util::stream;
use serde_json::{Map, Value, json};
use tokio::sync::OwnedSemaphorePermit;

use super::App;
use super::chat::ChatRequest;
use super::error::{ApiError, REQUEST_ID};
use super::input::{CompletionRequest, parse, prompt, tool_call_id};
use crate::turn::{Piece, Turn};

/// The header with the ID of a conversation.
const CONVERSATION_ID: HeaderName = HeaderName::from_static("x-coze-conversation-id");
/// The header with the ID of a chat.
const CHAT_ID: HeaderName = HeaderName::from_static("x-coze-chat-id");
/// The time after which a stream without data gets a comment, so that proxies do not cut it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Creates a chat completion.
pub(super) async fn create(
    State(app): State<Arc<App>>,
    parts: Parts,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let request: CompletionRequest = parse(&body?)?;
    if request.n.is_some_and(|choices| choices != 1) {
        return Err(ApiError::invalid("n".to_owned(), "a response has exactly one choice"));
    }
    let model = app.find(&request.model).ok_or_else(|| ApiError::unknown_model(&request.model))?;
    let conversation_id = conversation_id(&parts.headers)?;
    let prompt = prompt(request.messages, conversation_id, model)?;
    let user_id = app.user_id(&parts, request.user.or(request.safety_identifier));
    let meta_data = request.metadata.unwrap_or_default();
    let chat = ChatRequest { model: model.clone(), prompt, user_id, meta_data };
    let permit = app.permits.clone().try_acquire_owned().map_err(|_| ApiError::busy())?;
    let client = app.endpoint.client.clone();
    let turn = Turn::start(client.clone(), chat.chat(), chat.send(client)).await?;
    let options = request.stream_options.and_then(|options| options.include_usage);
    let completion = Completion {
        id: format!("chatcmpl-{}", turn.chat().id),
        created: created(turn.chat()),
        model: request.model,
        with_usage: options.unwrap_or_default(),
        turn,
        _permit: permit,
    };
    let headers = completion.headers();
    let mut response = if request.stream.unwrap_or_default() {
        completion.stream()
    } else {
        Json(completion.collect().await?).into_response()
    };
    response.headers_mut().extend(headers);
    Ok(response)
}

/// Returns the conversation that a request continues.
fn conversation_id(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(id) = headers.get(CONVERSATION_ID) else { return Ok(None) };
    match id.to_str().map(str::trim) {
        Ok("") => Ok(None),
        Ok(id) => Ok(Some(id.to_owned())),
        Err(_) => Err(ApiError::invalid(None, "the header x-coze-conversation-id is not an ID")),
    }
}

/// Returns the time at which a chat began, in Unix seconds.
fn created(chat: &Chat) -> i64 {
    let now = || {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_secs()).unwrap_or_default()
    };
    Some(chat.created_at).filter(|time| *time > 0).unwrap_or_else(now)
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

/// A chat completion that arrives.
struct Completion {
    id: String,
    created: i64,
    model: String,
    with_usage: bool,
    turn: Turn,
    /// Counts as a chat until the completion is dropped.
    _permit: OwnedSemaphorePermit,
}

impl Completion {
    fn headers(&self) -> HeaderMap {
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

    /// Waits for the whole completion.
    async fn collect(mut self) -> Result<Value, ApiError> {
        let (mut content, mut reasoning) = (String::new(), String::new());
        while let Some(piece) = self.turn.next().await? {
            match piece {
                Piece::Text(text) => content.push_str(&text),
                Piece::Reasoning(text) => reasoning.push_str(&text),
            }
        }
        let tool_calls = self.tool_calls();
        // With a call of a tool, the content is often missing.
        let content = (tool_calls.is_empty() || !content.is_empty()).then_some(content);
        let mut message = json!({"role": "assistant", "content": content, "refusal": null});
        if !reasoning.is_empty() {
            message["reasoning_content"] = reasoning.into();
        }
        let finish_reason = finish_reason(&tool_calls);
        if !tool_calls.is_empty() {
            message["tool_calls"] = tool_calls.into();
        }
        let mut response = json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": [
                {"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason},
            ],
            "coze": self.extension(),
        });
        if let Some(usage) = self.usage() {
            response["usage"] = usage;
        }
        Ok(response)
    }

    /// Returns the completion as a stream of chunks.
    fn stream(self) -> Response {
        let chunks = stream::unfold(Progress::Begin(Box::new(self)), async |progress| {
            let (data, progress) = progress.next().await?;
            Some((Ok::<_, Infallible>(Event::default().data(data)), progress))
        });
        Sse::new(chunks).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response()
    }

    fn chunk(&self, delta: &Value, finish_reason: Option<&str>) -> Value {
        let choice =
            json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish_reason});
        self.chunk_of(&json!([choice]))
    }

    fn chunk_of(&self, choices: &Value) -> Value {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": choices,
        });
        if self.with_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    /// Returns the calls of tools in OpenAI's form.
    fn tool_calls(&self) -> Vec<Value> {
        let Chat { id: chat_id, conversation_id, .. } = self.turn.chat();
        let calls = self.turn.tool_calls().map(|call| {
            let function = call.function.clone().unwrap_or_default();
            json!({
                "id": tool_call_id(conversation_id, chat_id, &call.id),
                "type": "function",
                "function": {"name": function.name, "arguments": function.arguments},
            })
        });
        calls.collect()
    }

    fn usage(&self) -> Option<Value> {
        let (input, output, total) = self.turn.usage()?;
        Some(json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": total,
        }))
    }

    /// Returns what OpenAI's protocol has no member for.
    fn extension(&self) -> Value {
        let Chat { id, conversation_id, .. } = self.turn.chat();
        json!({
            "conversation_id": conversation_id,
            "chat_id": id,
            "follow_ups": self.turn.follow_ups(),
        })
    }
}

fn finish_reason(tool_calls: &[Value]) -> &'static str {
    if tool_calls.is_empty() { "stop" } else { "tool_calls" }
}

/// The progress of a stream: what its next chunk is.
enum Progress {
    Begin(Box<Completion>),
    Answer(Box<Completion>),
    Usage(Box<Completion>),
    Done,
    End,
}

impl Progress {
    /// Returns the data of the next chunk, and the progress after it.
    async fn next(self) -> Option<(String, Self)> {
        match self {
            Self::Begin(completion) => {
                let delta = json!({"role": "assistant", "content": "", "refusal": null});
                let chunk = completion.chunk(&delta, None);
                Some((chunk.to_string(), Self::Answer(completion)))
            }
            Self::Answer(mut completion) => {
                let delta = match completion.turn.next().await {
                    Ok(Some(Piece::Text(text))) => json!({"content": text}),
                    Ok(Some(Piece::Reasoning(text))) => json!({"reasoning_content": text}),
                    Ok(None) => return Some(Self::last(completion)),
                    // The status is sent already. A stream without `[DONE]` is incomplete.
                    Err(error) => {
                        return Some((ApiError::from(error).to_json().to_string(), Self::End));
                    }
                };
                let chunk = completion.chunk(&delta, None);
                Some((chunk.to_string(), Self::Answer(completion)))
            }
            Self::Usage(completion) => {
                let mut chunk = completion.chunk_of(&json!([]));
                chunk["usage"] = completion.usage().unwrap_or_default();
                Some((chunk.to_string(), Self::Done))
            }
            Self::Done => Some(("[DONE]".to_owned(), Self::End)),
            Self::End => None,
        }
    }

    /// Returns the last chunk of the answer, with the calls of tools.
    fn last(completion: Box<Completion>) -> (String, Self) {
        let mut calls = completion.tool_calls();
        for (index, call) in calls.iter_mut().enumerate() {
            call["index"] = index.into();
        }
        let finish_reason = finish_reason(&calls);
        let mut delta = Map::new();
        if !calls.is_empty() {
            delta.insert("tool_calls".to_owned(), calls.into());
        }
        let mut chunk = completion.chunk(&delta.into(), Some(finish_reason));
        chunk["coze"] = completion.extension();
        let with_usage = completion.with_usage && completion.usage().is_some();
        let next = if with_usage { Self::Usage(completion) } else { Self::Done };
        (chunk.to_string(), next)
    }
}
