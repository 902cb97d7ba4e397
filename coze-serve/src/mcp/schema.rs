//! JSON Schemas of the arguments of tools.

use coze_api::workflows::{WorkflowParameter, WorkflowParameterType};
use coze_spec::model::{Api, Field, Limits, Operation, Shape, Type, Variant};
use serde_json::{Map, Value, json};

/// Returns the schema of the values of an operation.
pub(super) fn of_operation(api: &Api, operation: &Operation) -> Map<String, Value> {
    let settable = operation.params.iter().filter(|param| param.constant.is_none());
    let is_switch = |name: &str| {
        name == "stream" && operation.stream.as_ref().is_some_and(|stream| stream.switch)
    };
    let fields = settable.map(|param| &param.field).filter(|field| !is_switch(&field.wire));
    Writer { api, open: Vec::new() }.object(fields)
}

/// Returns the schema of an object with these properties.
pub(super) fn object(properties: Map<String, Value>, required: Vec<Value>) -> Map<String, Value> {
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("additionalProperties".to_owned(), false.into());
    schema
}

struct Writer<'a> {
    api: &'a Api,
    /// The types that contain the current one, because a type may contain itself.
    open: Vec<&'a str>,
}

impl<'a> Writer<'a> {
    fn object(&mut self, fields: impl Iterator<Item = &'a Field>) -> Map<String, Value> {
        let (mut properties, mut required) = (Map::new(), Vec::new());
        for field in fields {
            if field.required {
                required.push(field.wire.as_str().into());
            }
            properties.insert(field.wire.clone(), self.field(field).into());
        }
        object(properties, required)
    }

    fn field(&mut self, field: &'a Field) -> Map<String, Value> {
        let mut schema = self.of_type(&field.kind);
        limit(&mut schema, &field.limits);
        let mut description = field.description.clone();
        if let Some(values) = schema.remove("description") {
            description = format!("{description}\n{}", values.as_str().unwrap_or_default());
        }
        if !description.is_empty() {
            schema.insert("description".to_owned(), description.into());
        }
        if let Some(default) = &field.default {
            schema.insert("default".to_owned(), default.clone());
        }
        schema
    }

    fn of_type(&mut self, kind: &'a Type) -> Map<String, Value> {
        let schema = match kind {
            Type::String | Type::Secret => json!({"type": "string"}),
            Type::Int32 | Type::Int64 => json!({"type": "integer"}),
            Type::Double => json!({"type": "number"}),
            Type::Boolean => json!({"type": "boolean"}),
            Type::Json => json!({}),
            Type::File => file(),
            Type::List(item) => json!({"type": "array", "items": self.of_type(item)}),
            Type::Map(item) => {
                json!({"type": "object", "additionalProperties": self.of_type(item)})
            }
            Type::Named(name) => return self.named(name),
        };
        match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }

    fn named(&mut self, name: &'a str) -> Map<String, Value> {
        match self.api.schema(name).map(|schema| &schema.shape) {
            Some(Shape::Struct(_)) if self.open.contains(&name) => {
                Map::from_iter([("type".to_owned(), "object".into())])
            }
            Some(Shape::Struct(fields)) => {
                self.open.push(name);
                let schema = self.object(fields.iter());
                self.open.pop();
                schema
            }
            Some(Shape::Strings(variants)) => enumeration("string", variants),
            Some(Shape::Integers(variants)) => enumeration("integer", variants),
            _ => Map::new(),
        }
    }
}

/// An enumeration with its values in the description. It is open, because the platform
/// adds values.
fn enumeration<T: serde::Serialize>(kind: &str, variants: &[Variant<T>]) -> Map<String, Value> {
    let values = variants.iter().map(|variant| {
        let value = json!(variant.value);
        format!("- `{value}`: {}", variant.description)
    });
    let values = values.collect::<Vec<_>>().join("\n");
    Map::from_iter([("type".to_owned(), kind.into()), ("description".to_owned(), values.into())])
}

/// A file, which a client sends as text or as Base64.
fn file() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "The name of the file, with its extension."},
            "text": {"type": "string", "description": "The content of a text file."},
            "base64": {"type": "string", "description": "The content of any other file, as Base64."},
        },
        "required": ["name"],
        "additionalProperties": false,
    })
}

fn limit(schema: &mut Map<String, Value>, limits: &Limits) {
    let number = |value: &Option<serde_json::Number>| value.clone().map(Value::Number);
    let count = |value: Option<u64>| value.map(Value::from);
    for (name, value) in [
        ("minimum", number(&limits.minimum)),
        ("maximum", number(&limits.maximum)),
        ("minLength", count(limits.min_length)),
        ("maxLength", count(limits.max_length)),
        ("minItems", count(limits.min_items)),
        ("maxItems", count(limits.max_items)),
    ] {
        if let Some(value) = value {
            schema.insert(name.to_owned(), value);
        }
    }
    for member in ["items", "additionalProperties"] {
        if let (Some(each), Some(Value::Object(inner))) = (&limits.each, schema.get_mut(member)) {
            limit(inner, each);
        }
    }
}

/// Returns the schema of the parameters of a workflow.
pub(super) fn of_workflow<'a>(
    parameters: impl IntoIterator<Item = (&'a String, &'a WorkflowParameter)>,
) -> Map<String, Value> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for (name, parameter) in parameters {
        if parameter.required {
            required.push(name.as_str().into());
        }
        properties.insert(name.clone(), of_parameter(parameter).into());
    }
    object(properties, required)
}

fn of_parameter(parameter: &WorkflowParameter) -> Map<String, Value> {
    let WorkflowParameter { kind, items, properties, description, default_value, .. } = parameter;
    let mut schema = match kind {
        WorkflowParameterType::Integer => Map::from_iter([("type".to_owned(), "integer".into())]),
        WorkflowParameterType::Number => Map::from_iter([("type".to_owned(), "number".into())]),
        WorkflowParameterType::Boolean => Map::from_iter([("type".to_owned(), "boolean".into())]),
        WorkflowParameterType::Array => {
            let items = items.as_deref().map(of_parameter).unwrap_or_default();
            Map::from_iter([
                ("type".to_owned(), "array".into()),
                ("items".to_owned(), items.into()),
            ])
        }
        WorkflowParameterType::Object if properties.is_empty() => {
            Map::from_iter([("type".to_owned(), "object".into())])
        }
        WorkflowParameterType::Object => of_workflow(properties),
        // Times and files are texts too: a file is a URL, or its ID as JSON.
        _ => Map::from_iter([("type".to_owned(), "string".into())]),
    };
    if !description.is_empty() {
        schema.insert("description".to_owned(), description.as_str().into());
    }
    if !default_value.is_empty() {
        let default = match kind {
            WorkflowParameterType::String => default_value.as_str().into(),
            _ => serde_json::from_str(default_value)
                .unwrap_or_else(|_| default_value.as_str().into()),
        };
        schema.insert("default".to_owned(), default);
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(id: &str) -> Value {
        let api = coze_spec::api();
        of_operation(api, api.operation(id).unwrap()).into()
    }

    #[test]
    fn parameters_have_types_limits_and_prose() {
        let schema = schema("bots.list");
        assert_eq!(schema["type"], "object");
        assert_eq!(schema["required"], json!(["workspace_id"]));
        let properties = &schema["properties"];
        assert_eq!(properties["workspace_id"]["type"], "string");
        assert!(properties["workspace_id"]["description"].as_str().unwrap().len() > 10);
        let page_size = &self::schema("workflows.list")["properties"]["page_size"];
        assert_eq!(page_size["type"], "integer");
        assert_eq!(page_size["default"], 10);
        assert_eq!((&page_size["minimum"], &page_size["maximum"]), (&json!(1), &json!(30)));
    }

    #[test]
    fn every_operation_has_a_schema_whose_ids_are_strings() {
        for operation in coze_spec::api().operations() {
            let schema = schema(&operation.id);
            for (name, property) in schema["properties"].as_object().unwrap() {
                if name.ends_with("_id") || name == "id" {
                    assert_eq!(property["type"], "string", "{}: {name}", operation.id);
                }
            }
        }
        assert_eq!(schema("chat.create")["properties"].get("stream"), None);
        let file = &schema("files.upload")["properties"]["file"];
        assert_eq!(file["required"], json!(["name"]));
    }

    #[test]
    fn parameters_of_workflows_are_nested() {
        let parameters = json!({
            "city": {"type": "string", "required": true, "description": "The city."},
            "days": {"type": "integer", "default_value": "3"},
            "places": {"type": "array", "items": {"type": "object", "properties": {
                "name": {"type": "string", "required": true},
            }}},
            "photo": {"type": "image"},
        });
        let parameters: std::collections::BTreeMap<String, WorkflowParameter> =
            serde_json::from_value(parameters).unwrap();
        let schema: Value = of_workflow(&parameters).into();
        let place = json!({
            "type": "object",
            "properties": {"name": {"type": "string"}},
            "required": ["name"],
            "additionalProperties": false,
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "The city."},
                "days": {"type": "integer", "default": 3},
                "places": {"type": "array", "items": place},
                "photo": {"type": "string"},
            },
            "required": ["city"],
            "additionalProperties": false,
        });
        assert_eq!(schema, expected);
    }
}
