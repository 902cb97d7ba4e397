//! The spec as one document for tools that know OpenAPI and not its extensions.

use serde_json::{Map, Value, json};

use crate::document::{Document, SCHEMAS};

/// Returns the spec as one OpenAPI 3.0.3 document.
///
/// Events refer to the schema of their data (`schema`), and callbacks have an `operationId`, so
/// that other tools find them.
pub fn bundle(document: &Document) -> Value {
    let mut root = document.root.clone();
    let schemas = root.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(Map::values_mut) {
        refer_to_data(schema, "x-coze-stream");
    }
    for (_, channel) in members(&mut root, "x-coze-channels") {
        refer_to_data(channel, "client");
        refer_to_data(channel, "server");
    }
    for (name, callback) in members(&mut root, "x-webhooks") {
        if let Some(Value::Object(delivery)) = callback.get_mut("post") {
            delivery.insert("operationId".to_owned(), format!("webhooks.{name}").into());
        }
    }
    root
}

fn members<'a>(
    node: &'a mut Value,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a mut Value)> {
    node.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten()
}

/// Adds a reference to the schema of their data to the events in a list.
fn refer_to_data(node: &mut Value, list: &str) {
    let events = node.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
    for event in events.filter_map(Value::as_object_mut) {
        if let Some(name) = event.get("data").and_then(Value::as_str) {
            let reference = json!({ "$ref": format!("{SCHEMAS}{name}") });
            event.insert("schema".to_owned(), reference);
        }
    }
}
