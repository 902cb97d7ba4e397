//! What the model says of a JSON value: which members it knows, which it does not, and which are missing.

use coze_spec::model::{Api, Field, Operation, Reply, Schema, Shape, Type};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::json;

/// A value beside what the model says of it.
#[derive(Debug, Serialize)]
pub(crate) struct Reading {
    /// A scalar, exactly as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<NamedReading>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<Reading>>,
    /// Fields of the model that the object does not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<KnownField>,
    /// Why the value is not of the type in the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    unexpected: Option<String>,
}

/// A member of an object.
#[derive(Debug, Serialize)]
struct NamedReading {
    name: String,
    /// What the model says; nothing if it does not know the member.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownField>,
    value: Reading,
}

/// What the model says of a field.
#[derive(Debug, Serialize)]
struct KnownField {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    required: bool,
    description: String,
}

/// What is expected of a value.
#[derive(Clone, Copy)]
enum Expected<'a> {
    /// An object with these fields.
    Object(&'a [Field], &'a [Field]),
    Value(&'a Type),
    /// Nothing is known.
    Unknown,
}

/// Reads the reply of an operation. `None` if it is not JSON.
pub(crate) fn reply(api: &Api, operation: &Operation, text: &str) -> Option<Reading> {
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    let expected = match &operation.reply {
        Reply::Data(data) => Expected::Object(&api.envelope, std::slice::from_ref(data)),
        Reply::Flat(schema) => Expected::Object(&api.envelope, fields(api, schema)),
        Reply::Empty | Reply::Binary | Reply::Events => Expected::Object(&api.envelope, &[]),
    };
    Some(read(api, whole, expected))
}

/// Reads the data of an event. `None` if it is not JSON.
pub(crate) fn event(api: &Api, operation: &Operation, name: &str, text: &str) -> Option<Reading> {
    let data: &RawValue = serde_json::from_str(text).ok()?;
    let union = api.schema(&operation.stream.as_ref()?.union)?;
    let known = union.events().iter().find(|event| event.wire == name);
    let schema = known.and_then(|event| event.data.as_deref());
    let expected = match schema {
        Some(schema) => Expected::Object(fields(api, schema), &[]),
        None => Expected::Unknown,
    };
    Some(read(api, data, expected))
}

fn fields<'a>(api: &'a Api, schema: &str) -> &'a [Field] {
    api.schema(schema).map_or(&[], Schema::fields)
}

fn read(api: &Api, value: &RawValue, expected: Expected<'_>) -> Reading {
    let text = value.get();
    if let Some(members) = json::members(text) {
        return object(api, members, expected);
    }
    let mut reading = Reading {
        text: None,
        members: None,
        items: None,
        missing: Vec::new(),
        unexpected: unexpected(api, text, expected),
    };
    match json::items(text) {
        Some(items) => {
            let inner = match expected {
                Expected::Value(Type::List(inner)) => Expected::Value(inner),
                _ => Expected::Unknown,
            };
            reading.items = Some(items.into_iter().map(|item| read(api, item, inner)).collect());
        }
        None => reading.text = Some(text.to_owned()),
    }
    reading
}

fn object(api: &Api, members: Vec<(String, &RawValue)>, expected: Expected<'_>) -> Reading {
    let (first, second): (&[Field], &[Field]) = match expected {
        Expected::Object(first, second) => (first, second),
        Expected::Value(Type::Named(schema)) => (fields(api, schema), &[]),
        _ => (&[], &[]),
    };
    let known = || first.iter().chain(second);
    let missing = known()
        .filter(|field| !members.iter().any(|(name, _)| *name == field.wire))
        .map(KnownField::of)
        .collect();
    let free = match expected {
        Expected::Value(Type::Map(inner)) => Some(Expected::Value(inner)),
        Expected::Value(Type::Json) => Some(Expected::Unknown),
        _ => None,
    };
    let unexpected = match expected {
        Expected::Value(kind) if free.is_none() && !is_struct(api, kind) => {
            Some(format!("an object in place of {}", crate::words::type_name(api, kind)))
        }
        _ => None,
    };
    let members = members.into_iter().map(|(name, value)| {
        let field = known().find(|field| field.wire == name);
        let inner = match (field, free) {
            (Some(field), _) => Expected::Value(&field.kind),
            (None, Some(inner)) => inner,
            (None, None) => Expected::Unknown,
        };
        let value = read(api, value, inner);
        NamedReading { name, known: field.map(KnownField::of), value }
    });
    let members = Some(members.collect());
    Reading { text: None, members, items: None, missing, unexpected }
}

fn is_struct(api: &Api, kind: &Type) -> bool {
    matches!(kind, Type::Named(name) if api.schema(name).is_some_and(Schema::is_struct))
}

/// Why a value that is not an object is not of its type. Nothing is unexpected about null, nor about numbers as text and the
/// reverse: servers write both.
fn unexpected(api: &Api, text: &str, expected: Expected<'_>) -> Option<String> {
    let found = match text.bytes().next()? {
        b'"' => "a string",
        b'[' => "a list",
        b't' | b'f' => "a boolean",
        b'n' => return None,
        _ => "a number",
    };
    let kind = match expected {
        Expected::Value(kind) => kind,
        Expected::Object(..) => return Some(format!("{found} in place of object")),
        Expected::Unknown => return None,
    };
    let fits = match kind {
        Type::String | Type::Secret | Type::Int32 | Type::Int64 | Type::Double | Type::File => {
            matches!(found, "a string" | "a number")
        }
        Type::Boolean => found == "a boolean",
        Type::Json => true,
        Type::List(_) => found == "a list",
        Type::Map(_) => false,
        Type::Named(name) => match api.schema(name).map(|schema| &schema.shape) {
            Some(Shape::Strings(_) | Shape::Integers(_)) => {
                matches!(found, "a string" | "a number")
            }
            Some(_) => false,
            None => true,
        },
    };
    (!fits).then(|| format!("{found} in place of {}", crate::words::type_name(api, kind)))
}

impl KnownField {
    fn of(field: &Field) -> Self {
        Self {
            name: field.wire.clone(),
            kind: crate::words::type_name(coze_spec::api(), &field.kind),
            required: field.required,
            description: field.description.clone(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "tests fail so")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn of(id: &str, text: &str) -> Value {
        let operation = coze_spec::api().operation(id).expect("an operation");
        let reading = reply(coze_spec::api(), operation, text).expect("JSON");
        serde_json::to_value(reading).expect("a value")
    }

    fn member<'a>(reading: &'a Value, name: &str) -> &'a Value {
        let members = reading["members"].as_array().expect("an object");
        members.iter().find(|member| member["name"] == name).expect(name)
    }

    #[test]
    fn members_are_known_unknown_or_missing() {
        let text =
            r#"{"code": 0, "data": {"bot_id": 12345678901234567890123, "brand_new": [1.50]}}"#;
        let reading = of("bots.create", text);
        let data = member(&reading, "data");
        assert!(data["known"]["description"].is_string());
        let bot_id = member(&data["value"], "bot_id");
        assert_eq!(bot_id["known"]["type"], "string");
        assert_eq!(bot_id["value"], json!({"text": "12345678901234567890123"}));
        let new = member(&data["value"], "brand_new");
        assert_eq!(new.get("known"), None);
        assert_eq!(new["value"]["items"][0]["text"], "1.50");
        let missing = reading["missing"].as_array().expect("a list");
        assert!(missing.iter().any(|missing| missing["name"] == "msg"), "{missing:?}");
    }

    #[test]
    fn values_of_another_type_are_marked() {
        let reading = of("bots.create", r#"{"code": 0, "data": "none"}"#);
        let data = member(&reading, "data");
        assert_eq!(data["value"]["unexpected"], "a string in place of object");
        let reading = of("bots.create", "[1]");
        assert_eq!(reading["unexpected"], "a list in place of object");
        assert!(
            reply(
                coze_spec::api(),
                coze_spec::api().operation("bots.create").expect("one"),
                "<html>"
            )
            .is_none()
        );
    }

    #[test]
    fn every_example_is_known_as_a_whole() {
        fn unknown(reading: &Value, path: &str, found: &mut Vec<String>) {
            if let Some(why) = reading.get("unexpected") {
                found.push(format!("{path}: {why}"));
            }
            for member in reading["members"].as_array().into_iter().flatten() {
                let path = format!("{path}.{}", member["name"]);
                unknown(&member["value"], &path, found);
            }
            for item in reading["items"].as_array().into_iter().flatten() {
                unknown(item, &format!("{path}[]"), found);
            }
        }
        let mut read = 0;
        for operation in coze_spec::api().operations() {
            let Some(example) = operation.example.as_ref().filter(|it| it.is_object()) else {
                continue;
            };
            let mut found = Vec::new();
            unknown(&of(&operation.id, &example.to_string()), &operation.id, &mut found);
            assert_eq!(found, Vec::<String>::new());
            read += 1;
        }
        assert!(read > 100, "{read}");
    }
}
