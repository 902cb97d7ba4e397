//! Annotates JSON values with the model: known, unknown and missing members, and unexpected types.

use coze_spec::model::{Api, Event, Field, Operation, Reply, Schema, Shape, Type};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::language::{self, say};
use crate::{catalog, json};

/// A JSON value with annotations from the model.
#[derive(Debug, Serialize)]
pub(crate) struct AnnotatedValue {
    /// The unchanged text of a scalar.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    members: Option<Vec<AnnotatedMember>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<AnnotatedValue>>,
    /// Fields of the model that the object lacks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<FieldDoc>,
    /// The mismatch between the value and its type in the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    unexpected: Option<String>,
}

/// A member of an object.
#[derive(Debug, Serialize)]
struct AnnotatedMember {
    name: String,
    /// The field of the model, or `None` if the member is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<FieldDoc>,
    value: AnnotatedValue,
}

/// The documentation of a field in the model.
#[derive(Debug, Serialize)]
struct FieldDoc {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    required: bool,
    description: String,
}

/// The expected type of a value.
#[derive(Clone, Copy)]
enum Expected<'a> {
    /// An object with the fields of both slices.
    Object(&'a [Field], &'a [Field]),
    Value(&'a Type),
    /// Any value.
    Unknown,
}

/// Annotates the response of an operation. Returns `None` if it is not JSON.
pub(crate) fn reply(api: &Api, operation: &Operation, text: &str) -> Option<AnnotatedValue> {
    let root: &RawValue = serde_json::from_str(text).ok()?;
    let expected = match &operation.reply {
        Reply::Data(data) => Expected::Object(&api.envelope, std::slice::from_ref(data)),
        Reply::Flat(schema) => Expected::Object(&api.envelope, fields(api, schema)),
        Reply::Empty | Reply::Binary | Reply::Events => Expected::Object(&api.envelope, &[]),
    };
    Some(annotate(api, root, expected))
}

/// Returns the description of an event of a stream by its name.
fn events_of<'a>(api: &'a Api, operation: &Operation) -> &'a [Event] {
    let union = operation.stream.as_ref().and_then(|stream| api.schema(&stream.union));
    union.map_or(&[], Schema::events)
}

fn event_of<'a>(api: &'a Api, operation: &Operation, name: &str) -> Option<&'a Event> {
    events_of(api, operation)
        .iter()
        .find(|event| event.wire == name || event.aliases.iter().any(|alias| alias == name))
}

/// Returns `true` if the model knows with which events a stream of the operation ends.
pub(crate) fn has_last_event(api: &Api, operation: &Operation) -> bool {
    events_of(api, operation).iter().any(|event| event.ends)
}

/// Returns `true` if a stream may end with an event. The case of names differs between servers.
pub(crate) fn is_last_event(api: &Api, operation: &Operation, name: &str) -> bool {
    events_of(api, operation).iter().filter(|event| event.ends).any(|event| {
        let mut names = std::iter::once(&event.wire).chain(&event.aliases);
        names.any(|each| each.eq_ignore_ascii_case(name))
    })
}

/// Returns `true` if the model describes an event of a stream.
pub(crate) fn is_known_event(api: &Api, operation: &Operation, name: &str) -> bool {
    event_of(api, operation, name).is_some()
}

/// The data that ends a stream instead of an object, if it is quoted; otherwise, it is not JSON.
const END: &str = "\"[DONE]\"";

/// Annotates the data of an event. Returns `None` if it is not JSON, or only marks the end.
pub(crate) fn event(
    api: &Api,
    operation: &Operation,
    name: &str,
    text: &str,
) -> Option<AnnotatedValue> {
    let data: &RawValue = serde_json::from_str(text).ok()?;
    if data.get() == END {
        return None;
    }
    let expected = match event_of(api, operation, name).and_then(|event| event.data.as_deref()) {
        Some(schema) => Expected::Object(fields(api, schema), &[]),
        None => Expected::Unknown,
    };
    Some(annotate(api, data, expected))
}

fn fields<'a>(api: &'a Api, schema: &str) -> &'a [Field] {
    api.schema(schema).map_or(&[], Schema::fields)
}

fn annotate(api: &Api, value: &RawValue, expected: Expected<'_>) -> AnnotatedValue {
    let text = value.get();
    if let Some(members) = json::members(text) {
        return object(api, members, expected);
    }
    let mut annotated = AnnotatedValue {
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
            annotated.items =
                Some(items.into_iter().map(|item| annotate(api, item, inner)).collect());
        }
        None => annotated.text = Some(text.to_owned()),
    }
    annotated
}

fn object(api: &Api, members: Vec<(String, &RawValue)>, expected: Expected<'_>) -> AnnotatedValue {
    let (first, second): (&[Field], &[Field]) = match expected {
        Expected::Object(first, second) => (first, second),
        Expected::Value(Type::Named(schema)) => (fields(api, schema), &[]),
        _ => (&[], &[]),
    };
    let known = || first.iter().chain(second);
    let missing = known()
        .filter(|field| !members.iter().any(|(name, _)| *name == field.wire))
        .map(FieldDoc::of)
        .collect();
    let any_member = match expected {
        Expected::Value(Type::Map(inner)) => Some(Expected::Value(inner)),
        Expected::Value(Type::Json) => Some(Expected::Unknown),
        _ => None,
    };
    let unexpected = match expected {
        Expected::Value(kind) if any_member.is_none() && !is_struct(api, kind) => {
            Some(mismatch(&catalog::type_name(api, kind), "object"))
        }
        _ => None,
    };
    let members = members.into_iter().map(|(name, value)| {
        let field = known().find(|field| field.wire == name);
        let inner = match (field, any_member) {
            (Some(field), _) => Expected::Value(&field.kind),
            (None, Some(inner)) => inner,
            (None, None) => Expected::Unknown,
        };
        let value = annotate(api, value, inner);
        AnnotatedMember { name, known: field.map(FieldDoc::of), value }
    });
    let members = Some(members.collect());
    AnnotatedValue { text: None, members, items: None, missing, unexpected }
}

fn is_struct(api: &Api, kind: &Type) -> bool {
    matches!(kind, Type::Named(name) if api.schema(name).is_some_and(Schema::is_struct))
}

/// Describes the mismatch between a value other than an object and its type.
///
/// `null` matches every type, and numbers and strings match each other, because servers write both.
fn unexpected(api: &Api, text: &str, expected: Expected<'_>) -> Option<String> {
    let found = match text.bytes().next()? {
        b'"' => "string",
        b'[' => "list",
        b't' | b'f' => "boolean",
        b'n' => return None,
        _ => "number",
    };
    let kind = match expected {
        Expected::Value(kind) => kind,
        Expected::Object(..) => return Some(mismatch("object", found)),
        Expected::Unknown => return None,
    };
    let matches = match kind {
        Type::String | Type::Secret | Type::Int32 | Type::Int64 | Type::Double | Type::File => {
            matches!(found, "string" | "number")
        }
        Type::Boolean => found == "boolean",
        Type::Json => true,
        Type::List(_) => found == "list",
        Type::Map(_) => false,
        Type::Named(name) => match api.schema(name).map(|schema| &schema.shape) {
            Some(Shape::Strings(_) | Shape::Integers(_)) => {
                matches!(found, "string" | "number")
            }
            Some(_) => false,
            None => true,
        },
    };
    (!matches).then(|| mismatch(&catalog::type_name(api, kind), found))
}

fn mismatch(expected: &str, found: &str) -> String {
    say!("expected {expected}, found {found}", "应为 {expected}，实际为 {found}")
}

impl FieldDoc {
    fn of(field: &Field) -> Self {
        Self {
            name: field.wire.clone(),
            kind: catalog::type_name(language::api(), &field.kind),
            required: field.required,
            description: field.description.clone(),
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a panic fails the test")]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn annotated_reply(id: &str, text: &str) -> Value {
        let operation = coze_spec::api().operation(id).expect("an operation");
        let annotated = reply(coze_spec::api(), operation, text).expect("JSON");
        serde_json::to_value(annotated).expect("a value")
    }

    fn member<'a>(annotated: &'a Value, name: &str) -> &'a Value {
        let members = annotated["members"].as_array().expect("an object");
        members.iter().find(|member| member["name"] == name).expect(name)
    }

    #[test]
    fn members_are_known_unknown_or_missing() {
        let text =
            r#"{"code": 0, "data": {"bot_id": 12345678901234567890123, "brand_new": [1.50]}}"#;
        let annotated = annotated_reply("bots.create", text);
        let data = member(&annotated, "data");
        assert!(data["known"]["description"].is_string());
        let bot_id = member(&data["value"], "bot_id");
        assert_eq!(bot_id["known"]["type"], "string");
        assert_eq!(bot_id["value"], json!({"text": "12345678901234567890123"}));
        let new = member(&data["value"], "brand_new");
        assert_eq!(new.get("known"), None);
        assert_eq!(new["value"]["items"][0]["text"], "1.50");
        let missing = annotated["missing"].as_array().expect("a list");
        assert!(missing.iter().any(|missing| missing["name"] == "msg"), "{missing:?}");
    }

    #[test]
    fn values_of_another_type_are_marked() {
        let annotated = annotated_reply("bots.create", r#"{"code": 0, "data": "none"}"#);
        let data = member(&annotated, "data");
        assert_eq!(data["value"]["unexpected"], "expected object, found string");
        let annotated = annotated_reply("bots.create", "[1]");
        assert_eq!(annotated["unexpected"], "expected object, found list");
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
    fn events_are_known_or_new() {
        let api = coze_spec::api();
        let operation = api.operation("chat.create").expect("an operation");
        assert!(is_known_event(api, operation, "conversation.message.delta"));
        assert!(!is_known_event(api, operation, "conversation.message.brand_new"));
        assert!(!is_known_event(api, api.operation("bots.list").expect("one"), "done"));
        assert!(is_last_event(api, operation, "Done"));
        assert!(!is_last_event(api, operation, "conversation.message.delta"));
        // The data of a new event is read, but nothing is known about it.
        let data = event(api, operation, "brand_new", r#"{"id": 1}"#).expect("JSON");
        let data = serde_json::to_value(data).expect("a value");
        assert_eq!((data.get("missing"), member(&data, "id").get("known")), (None, None));
        // The end of a stream has data that differ from the description in no interesting way.
        assert!(event(api, operation, "done", "\"[DONE]\"").is_none());
        assert!(event(api, operation, "done", "\"[STOP]\"").is_some());
    }

    #[test]
    fn every_member_of_the_examples_is_known() {
        fn unknown(annotated: &Value, path: &str, found: &mut Vec<String>) {
            if let Some(mismatch) = annotated.get("unexpected") {
                found.push(format!("{path}: {mismatch}"));
            }
            for member in annotated["members"].as_array().into_iter().flatten() {
                let path = format!("{path}.{}", member["name"]);
                unknown(&member["value"], &path, found);
            }
            for item in annotated["items"].as_array().into_iter().flatten() {
                unknown(item, &format!("{path}[]"), found);
            }
        }
        let mut checked = 0;
        for operation in coze_spec::api().operations() {
            let Some(example) = operation.example.as_ref().filter(|it| it.is_object()) else {
                continue;
            };
            let mut found = Vec::new();
            let annotated = annotated_reply(&operation.id, &example.to_string());
            unknown(&annotated, &operation.id, &mut found);
            assert_eq!(found, Vec::<String>::new());
            checked += 1;
        }
        assert!(checked > 100, "{checked}");
    }
}
