//! Each request sample of the documentation as a call of the SDK, by page and index.

mod apps;
mod audio;
mod billing;
mod bots;
mod chat;
mod conversations;
mod databases;
mod datasets;
mod plugins;
mod workflows;
mod workspaces;

use std::pin::Pin;

use coze_api::stream::StreamEvent;
use coze_api::workflows::WorkflowEvent;
use coze_api::{ChatEvent, Client, Download, Error, EventStream};
use serde::Serialize;
use serde_json::{Value, json};

/// The decoded reply of a call, as JSON.
pub(crate) type Outcome = Pin<Box<dyn Future<Output = coze_api::Result<Value>>>>;

/// The page, the index of the request, and the call.
type Sample = (&'static str, usize, fn(&Client) -> Outcome);

const ALL: &[&[Sample]] = &[
    apps::SAMPLES,
    audio::SAMPLES,
    billing::SAMPLES,
    bots::SAMPLES,
    chat::SAMPLES,
    conversations::SAMPLES,
    databases::SAMPLES,
    datasets::SAMPLES,
    plugins::SAMPLES,
    workflows::SAMPLES,
    workspaces::SAMPLES,
];

/// Returns the call of a sample.
pub(crate) fn call(page: &str, index: usize, coze: &Client) -> Outcome {
    let mut samples = ALL.iter().copied().flatten();
    let sample = samples.find(|sample| (sample.0, sample.1) == (page, index));
    let (.., call) = sample.unwrap_or_else(|| panic!("{page}[{index}] has no call"));
    call(coze)
}

/// Makes a call whose reply is a value.
fn value<R>(request: R) -> Outcome
where
    R: IntoFuture<IntoFuture: 'static>,
    R::Output: Reply,
{
    let reply = request.into_future();
    Box::pin(async { reply.await.into_json() })
}

trait Reply {
    fn into_json(self) -> coze_api::Result<Value>;
}

impl<T: Serialize> Reply for coze_api::Result<T> {
    fn into_json(self) -> coze_api::Result<Value> {
        self.map(|reply| serde_json::to_value(reply).expect("replies can be serialized"))
    }
}

/// Makes a call whose reply is a file.
fn file(
    request: impl IntoFuture<Output = coze_api::Result<Download>, IntoFuture: 'static>,
) -> Outcome {
    let reply = request.into_future();
    Box::pin(async { Ok(json!(String::from_utf8_lossy(&reply.await?.bytes().await?))) })
}

/// Makes a call whose reply is an event stream. Returns the list of events, each with its name and
/// data; an error is the last element.
fn events<E: Event>(
    request: impl Future<Output = coze_api::Result<EventStream<E>>> + 'static,
) -> Outcome {
    Box::pin(async {
        let mut stream = request.await?;
        let mut events = Vec::new();
        while let Some(event) = stream.next().await {
            events.push(event.map_or_else(|error| failure(&error), Event::into_json));
        }
        Ok(Value::Array(events))
    })
}

fn failure(error: &Error) -> Value {
    assert!(error.is_api(), "{error:?}");
    json!({"code": error.code(), "msg": error.msg()})
}

trait Event: StreamEvent + 'static {
    fn into_json(self) -> Value;
}

impl Event for ChatEvent {
    fn into_json(self) -> Value {
        match self {
            Self::Created(chat) => event("conversation.chat.created", chat),
            Self::InProgress(chat) => event("conversation.chat.in_progress", chat),
            Self::MessageDelta(message) => event("conversation.message.delta", message),
            Self::AudioDelta(message) => event("conversation.audio.delta", message),
            Self::MessageCompleted(message) => event("conversation.message.completed", message),
            Self::Completed(chat) => event("conversation.chat.completed", chat),
            Self::RequiresAction(chat) => event("conversation.chat.requires_action", chat),
            Self::Done(done) => event("done", done),
            other => panic!("{other:?}"),
        }
    }
}

impl Event for WorkflowEvent {
    fn into_json(self) -> Value {
        match self {
            Self::Message(message) => event("Message", message),
            Self::Interrupt(interrupted) => event("Interrupt", interrupted),
            Self::Done(done) => event("Done", done),
            other => panic!("{other:?}"),
        }
    }
}

fn event(name: &str, data: impl Serialize) -> Value {
    json!({"event": name, "data": data})
}

/// Returns every call, for the test that each belongs to a sample.
pub(crate) fn all() -> impl Iterator<Item = (&'static str, usize)> {
    ALL.iter().copied().flatten().map(|sample| (sample.0, sample.1))
}
