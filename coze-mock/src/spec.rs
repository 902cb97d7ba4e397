//! Lookups in the model of the API.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use coze_spec::model::{Api, Operation, Reply, Schema, Shape, Type};
use serde_json::{Map, Value};

static SCHEMAS: LazyLock<HashMap<&str, &Schema>> =
    LazyLock::new(|| api().schemas().map(|schema| (schema.name.as_str(), schema)).collect());

static EXAMPLE_IDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut ids = HashSet::new();
    for operation in api().operations() {
        for param in &operation.params {
            if let Some(example) = &param.example {
                collect_ids(&param.field.wire, example, &mut ids);
            }
        }
        if let Some(body) = &operation.body {
            collect_ids("", &body.example, &mut ids);
        }
        if let Some(example) = &operation.example {
            collect_ids("", example, &mut ids);
        }
    }
    ids
});

/// The model of the API.
pub(crate) fn api() -> &'static Api {
    coze_spec::api()
}

/// Returns the schema of that name.
pub(crate) fn schema(name: &str) -> Option<&'static Schema> {
    SCHEMAS.get(name).copied()
}

/// Returns `true` if the examples of the spec use this id.
pub(crate) fn is_example_id(id: &str) -> bool {
    EXAMPLE_IDS.contains(id)
}

/// Returns `true` if the payload of the JSON response is beside `code` and `msg`.
pub(crate) fn is_flat(operation: &Operation) -> bool {
    matches!(operation.reply, Reply::Flat(_))
}

/// The payload of a JSON response.
pub(crate) fn payload<'a>(operation: &Operation, body: &'a Value) -> &'a Value {
    match &operation.reply {
        Reply::Data(field) => &body[&field.wire],
        _ => body,
    }
}

/// Converts a text to a value of a type. Returns the text itself if that is impossible.
pub(crate) fn typed(kind: &Type, text: String) -> Value {
    let parsed = match kind {
        Type::Int32 | Type::Int64 => text.parse::<i64>().ok().map(Value::from),
        Type::Double => text.parse::<f64>().ok().map(Value::from),
        Type::Boolean => text.parse::<bool>().ok().map(Value::from),
        Type::List(_) | Type::Map(_) => serde_json::from_str(&text).ok(),
        Type::Named(name) => match schema(name).map(|schema| &schema.shape) {
            Some(Shape::Integers(_)) => return typed(&Type::Int64, text),
            Some(Shape::Struct(_)) => serde_json::from_str(&text).ok(),
            _ => None,
        },
        Type::String | Type::Secret | Type::Json | Type::File => None,
    };
    parsed.unwrap_or(Value::String(text))
}

/// The members of an object; none for other values.
pub(crate) fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The members of an object that have these names.
pub(crate) fn pick(value: &Value, names: &[&str]) -> Value {
    let members = names.iter().filter_map(|name| Some(((*name).to_owned(), value.get(*name)?)));
    Value::Object(members.map(|(name, value)| (name, value.clone())).collect())
}

fn collect_ids(name: &str, example: &Value, ids: &mut HashSet<String>) {
    match example {
        Value::String(text) if is_id_name(name) && !text.is_empty() => {
            ids.insert(text.clone());
        }
        // The content of a message with files is JSON in a string.
        Value::String(text) if text.starts_with(['[', '{']) => {
            if let Ok(value) = serde_json::from_str(text) {
                collect_ids("", &value, ids);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_ids(name, item, ids)),
        Value::Object(_) => {
            members(example).for_each(|(name, value)| collect_ids(name, value, ids));
        }
        _ => {}
    }
}

/// Returns `true` for names such as `bot_id`, `id`, `user_ids`, `owner_uid`, `node_execute_uuid`
/// and `bot_version`.
fn is_id_name(name: &str) -> bool {
    name.strip_suffix('s').unwrap_or(name).ends_with("id") || name.ends_with("_version")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_converted_to_the_wanted_type() {
        let typed = |kind: Type, text: &str| typed(&kind, text.to_owned());
        assert_eq!(typed(Type::Int32, "12"), json!(12));
        assert_eq!(typed(Type::Int64, "twelve"), json!("twelve"));
        assert_eq!(typed(Type::Boolean, "true"), json!(true));
        assert_eq!(typed(Type::Double, "0.5"), json!(0.5));
        assert_eq!(typed(Type::String, "12"), json!("12"));
        assert_eq!(typed(Type::Named("BotMode".to_owned()), "1"), json!(1));
    }
}
