//! The events of a response, of which the last one has the whole response.

use serde_json::{Value, json};

use super::super::answer::{Answer, ToolCall};
use super::super::error::ApiError;
use super::super::ids::response_id;
use super::Echo;
use crate::turn::Piece;

/// Writes the events of a response as its answer arrives.
pub(super) struct Writer {
    id: String,
    answer: Answer,
    echo: Echo,
    progress: Progress,
    /// The number of the next event.
    sequence: u64,
    /// The items that are complete.
    output: Vec<Value>,
    open: Option<OpenItem>,
    batch: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq)]
enum Progress {
    Begin,
    Answer,
    End,
}

/// An item whose text arrives.
struct OpenItem {
    kind: Kind,
    id: String,
    text: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Message,
    Reasoning,
}

impl Kind {
    /// Returns the type of the content, which is also in the names of the events of its text.
    fn content(self) -> &'static str {
        match self {
            Self::Message => "output_text",
            Self::Reasoning => "reasoning_text",
        }
    }

    fn part(self, text: &str) -> Value {
        match self {
            Self::Message => {
                json!({"type": self.content(), "text": text, "annotations": [], "logprobs": []})
            }
            Self::Reasoning => json!({"type": self.content(), "text": text}),
        }
    }

    fn item(self, id: &str, status: &str, content: &[Value]) -> Value {
        match self {
            Self::Message => json!({
                "id": id,
                "type": "message",
                "status": status,
                "role": "assistant",
                "content": content,
            }),
            Self::Reasoning => json!({
                "id": id,
                "type": "reasoning",
                "status": status,
                "summary": [],
                "content": content,
            }),
        }
    }
}

impl Writer {
    pub(super) fn new(answer: Answer, echo: Echo) -> Self {
        Self {
            id: response_id(&answer.turn.chat().conversation_id, &answer.id),
            answer,
            echo,
            progress: Progress::Begin,
            sequence: 0,
            output: Vec::new(),
            open: None,
            batch: Vec::new(),
        }
    }

    /// Returns the next events; none at the end.
    pub(super) async fn next(&mut self) -> coze_api::Result<Vec<Value>> {
        match self.progress {
            Progress::Begin => {
                self.progress = Progress::Answer;
                for kind in ["response.created", "response.in_progress"] {
                    let response = self.response("in_progress");
                    self.add(kind, json!({"response": response}));
                }
            }
            Progress::Answer => match self.answer.turn.next().await? {
                Some(Piece::Text(text)) => self.add_text(Kind::Message, &text),
                Some(Piece::Reasoning(text)) => self.add_text(Kind::Reasoning, &text),
                None => self.complete(),
            },
            Progress::End => {}
        }
        Ok(std::mem::take(&mut self.batch))
    }

    /// Returns the last event of an answer that failed.
    pub(super) fn fail(&mut self, error: &ApiError) -> Vec<Value> {
        self.progress = Progress::End;
        let mut response = self.response("failed");
        response["error"] = error.to_response_error();
        self.add("response.failed", json!({"response": response}));
        std::mem::take(&mut self.batch)
    }

    fn add(&mut self, kind: &str, mut event: Value) {
        event["type"] = kind.into();
        event["sequence_number"] = self.sequence.into();
        self.sequence += 1;
        self.batch.push(event);
    }

    fn add_text(&mut self, kind: Kind, text: &str) {
        if self.open.as_ref().is_none_or(|open| open.kind != kind) {
            self.close();
            self.open(kind);
        }
        let Some(open) = &mut self.open else { return };
        open.text.push_str(text);
        let mut delta = json!({
            "item_id": open.id,
            "output_index": self.output.len(),
            "content_index": 0,
            "delta": text,
        });
        if kind == Kind::Message {
            delta["logprobs"] = json!([]);
        }
        self.add(&format!("response.{}.delta", kind.content()), delta);
    }

    fn open(&mut self, kind: Kind) {
        let index = self.output.len();
        let prefix = if kind == Kind::Message { "msg" } else { "rs" };
        let id = format!("{prefix}_{}_{index}", self.answer.id);
        let item = kind.item(&id, "in_progress", &[]);
        self.add("response.output_item.added", json!({"output_index": index, "item": item}));
        let part = json!({
            "item_id": id,
            "output_index": index,
            "content_index": 0,
            "part": kind.part(""),
        });
        self.add("response.content_part.added", part);
        self.open = Some(OpenItem { kind, id, text: String::new() });
    }

    /// Completes the open item, if there is one.
    fn close(&mut self) {
        let Some(OpenItem { kind, id, text }) = self.open.take() else { return };
        let index = self.output.len();
        let place = json!({"item_id": id, "output_index": index, "content_index": 0});
        let mut done = place.clone();
        done["text"] = text.as_str().into();
        if kind == Kind::Message {
            done["logprobs"] = json!([]);
        }
        self.add(&format!("response.{}.done", kind.content()), done);
        let part = kind.part(&text);
        let mut done = place;
        done["part"] = part.clone();
        self.add("response.content_part.done", done);
        self.add_item(kind.item(&id, "completed", &[part]));
    }

    /// Adds an item that is complete.
    fn add_item(&mut self, item: Value) {
        let event = json!({"output_index": self.output.len(), "item": item.clone()});
        self.output.push(item);
        self.add("response.output_item.done", event);
    }

    fn add_call(&mut self, call: ToolCall) {
        let ToolCall { id: call_id, name, arguments } = call;
        let index = self.output.len();
        let id = format!("fc_{}_{index}", self.answer.id);
        let mut item = json!({
            "id": id,
            "type": "function_call",
            "status": "in_progress",
            "call_id": call_id,
            "name": name,
            "arguments": "",
        });
        let event = json!({"output_index": index, "item": item.clone()});
        self.add("response.output_item.added", event);
        let event = json!({"item_id": id, "output_index": index, "delta": arguments});
        self.add("response.function_call_arguments.delta", event);
        let event =
            json!({"item_id": id, "output_index": index, "name": name, "arguments": arguments});
        self.add("response.function_call_arguments.done", event);
        item["status"] = "completed".into();
        item["arguments"] = arguments.into();
        self.add_item(item);
    }

    fn complete(&mut self) {
        self.progress = Progress::End;
        self.close();
        for call in self.answer.tool_calls() {
            self.add_call(call);
        }
        let mut response = self.response("completed");
        response["usage"] = self.usage();
        response["coze"] = self.answer.extension();
        self.add("response.completed", json!({"response": response}));
    }

    /// Returns the response in this status, without the items that are not complete.
    fn response(&self, status: &str) -> Value {
        let Echo { instructions, previous_response_id, metadata, user } = &self.echo;
        let conversation = match &*self.answer.turn.chat().conversation_id {
            "" => Value::Null,
            id => json!({"id": id}),
        };
        json!({
            "id": self.id,
            "object": "response",
            "created_at": self.answer.created,
            "status": status,
            "error": null,
            "incomplete_details": null,
            "instructions": instructions,
            "metadata": metadata,
            "model": self.answer.model,
            "output": self.output,
            "parallel_tool_calls": true,
            "previous_response_id": previous_response_id,
            "conversation": conversation,
            "temperature": null,
            "tool_choice": "auto",
            "tools": [],
            "top_p": null,
            "usage": null,
            "user": user,
        })
    }

    fn usage(&self) -> Value {
        let Some((input, output, total)) = self.answer.turn.usage() else { return Value::Null };
        // Clients require the details, which Coze does not report.
        json!({
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": total,
        })
    }
}
