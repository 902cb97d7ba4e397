//! Expectations about operations: the request that the spec's examples describe, and the value of
//! the example reply.
//!
//! They are read from the spec alone, not from the generator's model, so that a bug in the model
//! cannot hide itself.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::LazyLock;

use futures_util::StreamExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::calls::{Call, Outcome, ReplyKind};
use crate::server::{Reply, Request, Server, TOKEN};

pub(crate) static SPEC: LazyLock<Value> = LazyLock::new(|| {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec"));
    match coze_spec::load(folder) {
        Ok(document) => coze_spec::bundle(&document),
        Err(findings) => panic!("{findings}"),
    }
});

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An operation of the spec.
pub struct Operation {
    method: String,
    path: String,
    spec: &'static Value,
}

/// Every operation id of the spec.
pub fn operation_ids() -> Vec<String> {
    let operations = operations().into_iter();
    operations.filter_map(|op| op.spec["operationId"].as_str().map(str::to_owned)).collect()
}

fn operations() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in SPEC["paths"].as_object().expect("paths") {
        for (method, spec) in item.as_object().expect("a path") {
            let (method, path) = (method.to_uppercase(), path.clone());
            operations.push(Operation { method, path, spec });
        }
    }
    operations
}

/// Makes a call to a server that answers with the example of the spec. Panics unless the request is
/// the one of the spec and the reply is decoded completely.
pub async fn check_operation(call: Call) {
    let operation = operation(call.operation);
    let server = Server::replies(vec![operation.example_reply(call.reply)]).await;
    let outcome = call.send_with(&server.client()).await;
    match outcome.unwrap_or_else(|error| panic!("{error:?}")) {
        Outcome::Value(value) => assert_covers(&value, &operation.expected_reply(), "reply"),
        Outcome::File(file) => {
            let file = file.bytes().await.unwrap_or_else(|error| panic!("{error:?}"));
            let expected = operation.content("application/octet-stream");
            assert_eq!(String::from_utf8_lossy(&file), text(&expected["example"]));
        }
        Outcome::Events(events) => {
            let example = operation.content("text/event-stream")["example"].as_str();
            assert_all_known(&events.collect::<Vec<_>>().await, example.unwrap_or_default());
        }
    }
    operation.assert_sent(&server.request(), call.reply == ReplyKind::Events);
}

/// Asserts that all events of this text have been decoded, none of them as unknown.
pub fn assert_all_known(events: &[coze_api::Result<String>], text: &str) {
    let names = text.lines().filter_map(|line| line.strip_prefix("event:"));
    let names: Vec<_> = names.map(str::trim).filter(|name| *name != "PING").collect();
    assert_eq!(events.len(), names.len(), "{names:?}: {events:#?}");
    for (event, name) in events.iter().zip(names) {
        let event = event.as_ref().unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(!event.starts_with("Unknown"), "{name}: {event}");
    }
}

/// Returns `true` if an operation is idempotent according to the spec.
pub fn is_idempotent(id: &str) -> bool {
    let operation = operation(id);
    match operation.spec["x-coze-retry"].as_str() {
        Some(retry) => retry == "safe",
        None => matches!(operation.method.as_str(), "GET" | "PUT" | "DELETE"),
    }
}

fn operation(id: &str) -> Operation {
    let operation = operations().into_iter().find(|op| op.spec["operationId"] == id);
    operation.unwrap_or_else(|| panic!("{id} is not in the spec"))
}

/// Returns the expected value of an operation for a reply: the payload without the envelope.
pub fn payload(id: &str, reply: &Value) -> Value {
    operation(id).payload(reply)
}

impl Operation {
    fn content(&self, media: &str) -> &'static Value {
        &self.spec["responses"]["200"]["content"][media]
    }

    fn reply(&self) -> &'static Value {
        self.content("application/json")
    }

    /// Returns the scripted reply with the spec's example.
    fn example_reply(&self, reply: ReplyKind) -> Reply {
        let log_id = ("x-tt-logid", "log-header");
        let example = |media| self.content(media)["example"].as_str().expect("a text");
        match reply {
            ReplyKind::Value => Reply::json(&self.reply()["example"]),
            ReplyKind::File => {
                let headers = [("content-type", "audio/wav"), log_id];
                Reply::new(200, &headers, example("application/octet-stream"))
            }
            ReplyKind::Events => {
                let headers = [("content-type", "text/event-stream"), log_id];
                Reply::new(200, &headers, example("text/event-stream"))
            }
        }
    }

    /// Returns the expected value for the example reply.
    fn expected_reply(&self) -> Value {
        self.payload(&self.reply()["example"])
    }

    /// Returns the expected value: the payload without the envelope.
    fn payload(&self, example: &Value) -> Value {
        let schema = &self.reply()["schema"];
        let Some(parts) = schema["allOf"].as_array() else { return Value::Null };
        let payload = if parts[1].get("$ref").is_some() {
            let mut root = example.as_object().cloned().unwrap_or_default();
            root.retain(|key, _| !matches!(key.as_str(), "code" | "msg" | "detail"));
            Value::Object(root)
        } else {
            example["data"].clone()
        };
        let paging = &self.spec["x-coze-paging"];
        if paging.is_null() {
            return payload;
        }
        let mut page = Map::new();
        for (key, field) in [
            ("items", "items"),
            ("total", "total"),
            ("more", "has_more"),
            ("next", "next_page_token"),
            ("first", "first_id"),
            ("last", "last_id"),
        ] {
            // An empty id or token counts as absent.
            let value = paging[key].as_str().map(|name| &payload[name]);
            if let Some(value) = value.filter(|value| **value != "") {
                page.insert(field.to_owned(), value.clone());
            }
        }
        Value::Object(page)
    }

    fn assert_sent(&self, request: &Request, streams: bool) {
        assert_eq!(request.method, self.method);
        assert_eq!(request.target, self.target());
        let mut expected = vec![
            ("accept".to_owned(), if streams { "text/event-stream" } else { "*/*" }.to_owned()),
            ("authorization".to_owned(), format!("Bearer {TOKEN}")),
        ];
        for parameter in self.parameters("header") {
            let name = parameter["name"].as_str().unwrap_or_default().to_lowercase();
            expected.push((name, text(&parameter["example"])));
        }
        self.assert_body(request, streams, &mut expected);
        for (name, value) in &expected {
            assert_eq!(request.header(name), value, "the header {name}");
        }
        let known = ["host", "user-agent", "x-coze-client-user-agent", "content-length"];
        for name in request.headers.keys() {
            let expected = expected.iter().any(|(known, _)| known == name.as_str());
            // The HTTP client adds it.
            let is_compressed = cfg!(feature = "gzip") && name == "accept-encoding";
            let known = known.contains(&name.as_str()) || is_compressed;
            assert!(expected || known, "the header {name} is sent");
        }
        for name in &known[..3] {
            assert!(!request.header(name).is_empty(), "the header {name} is missing");
        }
    }

    fn assert_body(&self, request: &Request, streams: bool, headers: &mut Vec<(String, String)>) {
        let content = &self.spec["requestBody"]["content"];
        let sent = String::from_utf8_lossy(&request.body);
        if let Some(multipart) = content.get("multipart/form-data") {
            let sent_type = request.header("content-type");
            let boundary = sent_type.strip_prefix("multipart/form-data; boundary=");
            let boundary = boundary.unwrap_or_else(|| panic!("{sent_type} is not multipart"));
            assert_eq!(sent, Self::multipart(multipart, boundary));
            headers.push(("content-type".to_owned(), sent_type.to_owned()));
        } else if let Some(media) = content.get("application/json") {
            let mut expected = body(&media["schema"], &media["example"]);
            let switch = &resolve(&media["schema"])["properties"]["stream"];
            if !switch.is_null() {
                expected.replace_range(..1, &format!("{{\"stream\":{streams},"));
            }
            assert_eq!(sent, expected);
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        } else {
            assert_eq!(sent, "");
            if matches!(self.method.as_str(), "POST" | "PUT") {
                headers.push(("content-type".to_owned(), "application/json".to_owned()));
            }
        }
    }

    fn multipart(media: &Value, boundary: &str) -> String {
        let schema = resolve(&media["schema"]);
        let mut body = String::new();
        for (name, value) in in_order(schema, &media["example"]) {
            let _ = write!(body, "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
            if schema["properties"][&name]["format"] == "binary" {
                body.push_str("; filename=\"example.txt\"\r\nContent-Type: text/plain");
            } else if value.is_array() || value.is_object() {
                // The default of OpenAPI for such parts.
                body.push_str("\r\nContent-Type: application/json");
            }
            let _ = write!(body, "\r\n\r\n{}\r\n", text(&value));
        }
        let _ = write!(body, "--{boundary}--\r\n");
        body
    }

    fn parameters(&self, place: &str) -> Vec<&'static Value> {
        let all = self.spec["parameters"].as_array();
        let mut all: Vec<&Value> =
            all.into_iter().flatten().filter(|parameter| parameter["in"] == place).collect();
        all.sort_by_key(|parameter| parameter["required"] != true);
        all
    }

    fn target(&self) -> String {
        let encode = |value: &str| utf8_percent_encode(value, UNRESERVED).to_string();
        let mut target = self.path.clone();
        for parameter in self.parameters("path") {
            let place = format!("{{{}}}", parameter["name"].as_str().unwrap_or_default());
            target = target.replace(&place, &encode(&text(&parameter["example"])));
        }
        let mut pairs = Vec::new();
        for parameter in self.parameters("query") {
            let name = parameter["name"].as_str().unwrap_or_default();
            match parameter["example"].as_array() {
                Some(values) if parameter["explode"] == false => {
                    let values: Vec<String> = values.iter().map(text).collect();
                    pairs.push(format!("{name}={}", encode(&values.join(","))));
                }
                Some(values) => {
                    let each =
                        values.iter().map(|value| format!("{name}={}", encode(&text(value))));
                    pairs.extend(each);
                }
                None => pairs.push(format!("{name}={}", encode(&text(&parameter["example"])))),
            }
        }
        if !pairs.is_empty() {
            let _ = write!(target, "?{}", pairs.join("&"));
        }
        target
    }
}

/// Formats a scalar as in a query or a header.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Returns a JSON body with required properties first, then the others, each in the order of the
/// schema.
fn body(schema: &Value, example: &Value) -> String {
    let schema = resolve(schema);
    let members = in_order(schema, example).into_iter();
    let members = members.map(|(name, value)| {
        format!("{}:{}", json!(name), canonical(&schema["properties"][&name], &value))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Returns the names of properties in their order, but the required ones in that of `required`.
fn names(schema: &Value) -> Vec<&str> {
    let properties = &schema["properties"];
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let required: Vec<&str> = required.filter(|name| properties.get(*name).is_some()).collect();
    let mut declared = required.iter();
    let names = properties.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
    names
        .map(
            |name| {
                if required.contains(&name) {
                    declared.next().copied().unwrap_or(name)
                } else {
                    name
                }
            },
        )
        .collect()
}

fn in_order(schema: &Value, example: &Value) -> Vec<(String, Value)> {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let is_required = |name: &String| required.iter().any(|required| required == name);
    let names = names(schema).into_iter();
    let mut members: Vec<(String, Value)> =
        names.filter_map(|name| Some((name.to_owned(), example.get(name)?.clone()))).collect();
    members.sort_by_key(|(name, _)| !is_required(name));
    members
}

fn resolve(schema: &Value) -> &Value {
    let reference = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    reference.map_or(schema, |reference| {
        SPEC.pointer(reference.trim_start_matches('#')).expect("no dangling reference")
    })
}

/// Formats a value as JSON: properties in the order of the schema, maps sorted by key, doubles as
/// doubles.
fn canonical(schema: &Value, value: &Value) -> String {
    let schema = resolve(schema);
    let member = |name: &str, text: String| format!("{}:{text}", json!(name));
    match value {
        Value::Object(entries) if schema.get("properties").is_some() => {
            let properties = &schema["properties"];
            let members = names(schema).into_iter().filter_map(|name| {
                Some(member(name, canonical(&properties[name], entries.get(name)?)))
            });
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Object(entries) if schema["additionalProperties"]["type"].is_string() => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(name, _)| *name);
            let values = &schema["additionalProperties"];
            let members =
                entries.iter().map(|(name, value)| member(name, canonical(values, value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| canonical(&schema["items"], item));
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
        Value::Number(number) if schema["type"] == "number" => json!(number.as_f64()).to_string(),
        value => value.to_string(),
    }
}

/// Asserts that `actual` contains everything in `expected`.
pub fn assert_covers(actual: &Value, expected: &Value, path: &str) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            for (key, expected) in expected {
                let actual = actual.get(key).unwrap_or(&Value::Null);
                assert_covers(actual, expected, &format!("{path}.{key}"));
            }
        }
        (Value::Array(actual), Value::Array(expected)) => {
            assert_eq!(actual.len(), expected.len(), "{path}: {actual:?}");
            for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
                assert_covers(actual, expected, &format!("{path}[{index}]"));
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            assert_eq!(a.as_f64(), b.as_f64(), "{path}");
        }
        // Some numbers come as text.
        (Value::Number(actual), Value::String(expected)) => {
            assert_eq!(&actual.to_string(), expected, "{path}");
        }
        _ => assert_eq!(actual, expected, "{path}"),
    }
}
