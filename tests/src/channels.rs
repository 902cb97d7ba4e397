//! The events of channels and callbacks in the spec: examples that the SDK's types must encode and
//! decode.
//!
//! They are read from the spec alone, as for [operations](crate::expectation).

use std::fmt::Debug;

use coze_api::stream::{Frame, StreamEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::expectation::{SPEC, assert_covers};

/// Returns every event of every channel, as (channel, `client` or `server`, event).
pub fn channel_events() -> Vec<(String, &'static str, String)> {
    let mut events = Vec::new();
    for (channel, spec) in SPEC["x-coze-channels"].as_object().into_iter().flatten() {
        for side in ["client", "server"] {
            for event in spec[side].as_array().into_iter().flatten() {
                let event = event["event"].as_str().expect("a name");
                events.push((channel.clone(), side, event.to_owned()));
            }
        }
    }
    events
}

/// Returns every event that is posted to callback apps.
pub fn webhook_events() -> Vec<String> {
    let webhooks = SPEC["x-webhooks"].as_object().into_iter().flatten();
    webhooks.map(|(event, _)| event.clone()).collect()
}

/// Returns the example of an event of a channel.
fn example(channel: &str, side: &str, event: &str) -> &'static Value {
    let events = SPEC["x-coze-channels"][channel][side].as_array().into_iter().flatten();
    let found = events.into_iter().find(|known| known["event"] == event);
    let found = found.unwrap_or_else(|| panic!("{channel} has no event {event}"));
    &found["example"]
}

/// Asserts that the encoded event equals the spec's example.
pub fn sent<E: Serialize>(channel: &str, event: &str, made: &E) {
    let made = serde_json::to_value(made).expect("events can be serialized");
    same(&made, example(channel, "client", event), event);
}

/// Asserts that the spec's example of an event is decoded into the variant that `data` matches,
/// without loss.
pub fn received<E: StreamEvent + Debug>(
    channel: &str,
    event: &str,
    data: impl Fn(&E) -> Option<Value>,
) {
    let example = example(channel, "server", event);
    assert_eq!(example["event_type"], event);
    understood(event, example.get("data"), data);
}

/// Asserts the same for an event that is posted to a callback app, with its header.
pub fn delivered<H, E>(event: &str, data: impl Fn(&E) -> Option<Value>)
where
    H: Serialize + DeserializeOwned,
    E: StreamEvent + Debug,
{
    let post = &SPEC["x-webhooks"][event]["post"];
    let example = &post["requestBody"]["content"]["application/json"]["example"];
    let header = &example["header"];
    let read: H = Frame::new("header", header.to_string()).json().expect("a header");
    assert_covers(&serde_json::to_value(&read).expect("a header"), header, "header");
    assert_eq!(header["event_type"], event);
    understood(event, example.get("event"), data);
}

/// Asserts that the encoded response equals the spec's example.
pub fn answered<A: Serialize>(event: &str, answer: &A) {
    let ok = &SPEC["x-webhooks"][event]["post"]["responses"]["200"];
    let answer = serde_json::to_value(answer).expect("responses can be serialized");
    same(&answer, &ok["content"]["application/json"]["example"], event);
}

fn understood<E: StreamEvent + Debug>(
    name: &str,
    example: Option<&Value>,
    data: impl Fn(&E) -> Option<Value>,
) {
    let text = example.map(ToString::to_string).unwrap_or_default();
    let event = E::decode(&Frame::new(name, text));
    let event = event.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let actual = data(&event);
    let actual = actual.unwrap_or_else(|| panic!("{name} was decoded as {event:?}"));
    assert_covers(&actual, example.unwrap_or(&Value::Null), name);
}

/// Serializes an event or its data.
pub fn data(value: impl Serialize) -> Option<Value> {
    Some(serde_json::to_value(value).expect("data can be serialized"))
}

fn same(actual: &Value, expected: &Value, path: &str) {
    assert_covers(actual, expected, path);
    assert_covers(expected, actual, path);
}
