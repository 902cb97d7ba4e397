//! `POST /v1/chat/completions`.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Map, Value, json};

use super::App;
use super::answer::{Answer, Common, KEEP_ALIVE, ToolCall, conversation_id};
use super::error::ApiError;
use super::input::{CompletionRequest, Transcript, parse, prompt};
use crate::turn::Piece;

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
    let common = Common {
        model: request.model,
        user: request.user.or(request.safety_identifier),
        meta_data: request.metadata,
    };
    let transcript = Transcript {
        messages: request.messages,
        member: "messages",
        instructions: None,
        conversation_id: conversation_id(&parts.headers)?,
        repeats: true,
    };
    let answer = Answer::start(&app, &parts, common, |model| prompt(transcript, model)).await?;
    let options = request.stream_options.and_then(|options| options.include_usage);
    let headers = answer.headers();
    let completion = Completion {
        id: format!("chatcmpl-{}", answer.id),
        with_usage: options.unwrap_or_default(),
        answer,
    };
    let mut response = if request.stream.unwrap_or_default() {
        completion.stream()
    } else {
        Json(completion.collect().await?).into_response()
    };
    response.headers_mut().extend(headers);
    Ok(response)
}

/// A chat completion that arrives.
struct Completion {
    id: String,
    with_usage: bool,
    answer: Answer,
}

impl Completion {
    /// Waits for the whole completion.
    async fn collect(mut self) -> Result<Value, ApiError> {
        let (mut content, mut reasoning) = (String::new(), String::new());
        while let Some(piece) = self.answer.turn.next().await? {
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
            "created": self.answer.created,
            "model": self.answer.model,
            "choices": [
                {"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason},
            ],
            "coze": self.answer.extension(),
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
            "created": self.answer.created,
            "model": self.answer.model,
            "choices": choices,
        });
        if self.with_usage {
            chunk["usage"] = Value::Null;
        }
        chunk
    }

    /// Returns the calls of tools in OpenAI's form.
    fn tool_calls(&self) -> Vec<Value> {
        let calls = self.answer.tool_calls().into_iter().map(|call| {
            let ToolCall { id, name, arguments } = call;
            let function = json!({"name": name, "arguments": arguments});
            json!({"id": id, "type": "function", "function": function})
        });
        calls.collect()
    }

    fn usage(&self) -> Option<Value> {
        let (input, output, total) = self.answer.turn.usage()?;
        Some(json!({
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": total,
        }))
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
                let delta = match completion.answer.turn.next().await {
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
        chunk["coze"] = completion.answer.extension();
        let with_usage = completion.with_usage && completion.usage().is_some();
        let next = if with_usage { Self::Usage(completion) } else { Self::Done };
        (chunk.to_string(), next)
    }
}
