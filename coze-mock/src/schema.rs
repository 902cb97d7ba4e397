//! Schemas of OpenAPI 3.0 as schemas of JSON Schema 2020-12.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::spec::{Spec, members};

/// The keywords of OpenAPI 3.0 that mean the same in JSON Schema.
const SAME: [&str; 11] = [
    "type",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "required",
    "pattern",
    "uniqueItems",
];

const COMPONENTS: &str = "#/components/schemas/";

/// A schema of the spec, converted, with everything to which it refers.
pub(crate) fn standalone(schema: &Value) -> Value {
    let mut wanted = BTreeSet::new();
    let mut root = convert(schema, &mut wanted);
    let mut definitions = Map::new();
    while let Some(name) = wanted.pop_first() {
        if definitions.contains_key(&name) {
            continue;
        }
        let schema = &Spec::get().bundle()["components"]["schemas"][&name];
        let converted = convert(schema, &mut wanted);
        definitions.insert(name, converted);
    }
    if let Some(root) = root.as_object_mut() {
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    root
}

/// Converts a schema, and notes the names of the components to which it refers.
fn convert(schema: &Value, wanted: &mut BTreeSet<String>) -> Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|text| text.strip_prefix(COMPONENTS)) {
        wanted.insert(name.to_owned());
        return json!({"$ref": format!("#/$defs/{name}")});
    }
    // What a file part holds is not looked at.
    if schema["format"] == "binary" {
        return json!({});
    }
    let mut converted = Map::new();
    for (keyword, value) in members(schema) {
        let value = match keyword.as_str() {
            "properties" => {
                let each = members(value);
                let each = each.map(|(name, schema)| (name.clone(), convert(schema, wanted)));
                Value::Object(each.collect())
            }
            "items" | "additionalProperties" => convert(value, wanted),
            "allOf" => {
                let all = value.as_array().into_iter().flatten();
                all.map(|schema| convert(schema, wanted)).collect()
            }
            _ if SAME.contains(&keyword.as_str()) => value.clone(),
            _ => continue,
        };
        converted.insert(keyword.clone(), value);
    }
    if schema["format"] == "int32" {
        converted.entry("minimum").or_insert(json!(i32::MIN));
        converted.entry("maximum").or_insert(json!(i32::MAX));
    }
    if schema["nullable"] == true {
        return json!({"anyOf": [converted, {"type": "null"}]});
    }
    Value::Object(converted)
}

/// The path of a member that a schema does not have; nothing if it has all.
pub(crate) fn unknown_member(schema: &Value, value: &Value) -> Option<String> {
    let schema = Spec::get().resolve(schema);
    let inside = |schema: &Value, name: &str, value: &Value| {
        unknown_member(schema, value).map(|path| format!("{name}.{path}"))
    };
    match value {
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.find_map(|(index, item)| inside(&schema["items"], &index.to_string(), item))
        }
        Value::Object(_) => members(value).find_map(|(name, value)| {
            let properties = &schema["properties"];
            match (properties.get(name), schema.get("additionalProperties")) {
                (Some(property), _) => inside(property, name, value),
                (None, Some(schema)) => inside(schema, name, value),
                (None, None) => properties.is_object().then(|| name.clone()),
            }
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_members_are_found_at_any_depth() {
        let schema = json!({"$ref": "#/components/schemas/PublishBotRequest"});
        let body = json!({"bot_id": "1", "connectors": {"1024": {"anything": "x"}}});
        assert_eq!(unknown_member(&schema, &body), None);
        assert_eq!(unknown_member(&schema, &json!({"bot": 1})), Some("bot".to_owned()));
        let schema = json!({"$ref": "#/components/schemas/CreateBotRequest"});
        let body = json!({"plugin_id_list": {"id_list": [{}, {"plugin_name": "x"}]}});
        let path = "plugin_id_list.id_list.1.plugin_name";
        assert_eq!(unknown_member(&schema, &body), Some(path.to_owned()));
    }

    #[test]
    fn nullable_and_integers_are_translated() {
        let schema =
            json!({"type": "integer", "format": "int32", "nullable": true, "description": "x"});
        let expected = json!({
            "anyOf": [
                {"type": "integer", "minimum": i32::MIN, "maximum": i32::MAX},
                {"type": "null"},
            ],
            "$defs": {},
        });
        assert_eq!(standalone(&schema), expected);
    }

    #[test]
    fn references_bring_what_they_name() {
        let schema = standalone(&json!({"$ref": "#/components/schemas/Chat"}));
        assert_eq!(schema["$ref"], "#/$defs/Chat");
        for name in ["Chat", "Usage", "RequiredAction", "ToolCallFunction"] {
            assert!(schema["$defs"][name].is_object(), "{name}");
        }
    }
}
