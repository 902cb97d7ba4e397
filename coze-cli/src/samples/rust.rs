//! A call as a program with this SDK.

use serde_json::{Map, Value};

use super::file_name;
use crate::engine::Mode;
use crate::operations::{Answer, Field, Kind, Operation};

/// The program, as rustfmt would print it.
pub(crate) fn rust(operation: &Operation, values: &Map<String, Value>, mode: Mode) -> String {
    let body = body(operation, &call(operation, values), mode);
    let deprecated = if operation.deprecated { "#[allow(deprecated)]\n" } else { "" };
    let source = format!(
        "use coze_api::Client;\n{}\n#[tokio::main]\n{deprecated}async fn main() -> \
         Result<(), Box<dyn std::error::Error>> {{\n\
         let coze = Client::from_env()?;\n{body}\nOk(())\n}}\n",
        if body.contains("try_next") { "use futures_util::TryStreamExt as _;\n" } else { "" },
    );
    let Ok(file) = syn::parse_file(&source) else { return source };
    // One blank line between the imports and the program.
    prettyplease::unparse(&file)
        .replacen("\n#[tokio::main]", "\n\n#[tokio::main]", 1)
        .replace("\n\n\n", "\n\n")
}

fn body(operation: &Operation, call: &str, mode: Mode) -> String {
    let each = "while let Some(event) = events.try_next().await? \
                { println!(\"{event:?}\"); }";
    match (operation.answer, mode) {
        (Answer::Events, _) | (_, Mode::Events) => {
            format!("let mut events = {call}.stream().await?;\n{each}")
        }
        (Answer::File, _) => format!("{call}.await?.save(\"reply.bin\").await?;"),
        (_, Mode::All) => format!(
            "let mut items = {call}.items();\n\
             while let Some(item) = items.try_next().await? {{ println!(\"{{item:?}}\"); }}"
        ),
        _ if operation.reply.is_empty() => format!("{call}.await?;"),
        _ => format!("let reply = {call}.await?;\nprintln!(\"{{reply:#?}}\");"),
    }
}

/// `coze.bots().create("…").description("…")`.
fn call(operation: &Operation, values: &Map<String, Value>) -> String {
    let words: Vec<&str> = operation.id.split('.').collect();
    let (method, groups) = words.split_last().map_or(("", &[][..]), |(last, rest)| (*last, rest));
    let groups = groups.iter().fold(String::new(), |text, group| text + "." + group + "()");
    let given = |field: &&Field| {
        values.get(&field.name).filter(|value| {
            // Any JSON may be null, and is sent as that.
            !value.is_null()
        })
    };
    let arguments: Vec<String> = operation
        .parameters
        .iter()
        .filter(|field| field.required)
        .map(|field| argument(field, given(&field).unwrap_or(&Value::Null)))
        .collect();
    let setters: String = operation
        .parameters
        .iter()
        .filter(|field| !field.required)
        .filter_map(|field| {
            let value = argument(field, given(&field)?);
            Some(format!(".{}({value})", escaped(field.rust_name())))
        })
        .collect();
    format!("coze{groups}.{}({}){setters}", escaped(method), arguments.join(", "))
}

/// A value as the argument of a method or setter, which converts it.
fn argument(field: &Field, value: &Value) -> String {
    if let (Some(path), false) = (&field.rust_type, field.variants.is_empty()) {
        return listed(field, path, value);
    }
    match (field.kind, value) {
        (Kind::File, value) => format!("coze_api::Upload::path({:?})", file_name(value)),
        (Kind::Object, Value::Object(entries)) => object(field, entries),
        (Kind::Array, Value::Array(items)) => match &field.items {
            // Nothing else says of what type the items of an empty list are.
            Some(item) if items.is_empty() => format!("Vec::<{}>::new()", owned(item)),
            Some(item) => {
                let items: Vec<String> = items.iter().map(|value| element(item, value)).collect();
                format!("[{}]", items.join(", "))
            }
            None => json(value),
        },
        (Kind::Map, Value::Object(entries)) => match &field.values {
            Some(inner) if !entries.is_empty() => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("({key:?}, {})", within(inner, value)))
                    .collect();
                format!("[{}]", entries.join(", "))
            }
            _ => "serde_json::Map::<String, serde_json::Value>::new()".to_owned(),
        },
        (Kind::Json | Kind::Map | Kind::Object | Kind::Array, value) => json(value),
        (Kind::Number, Value::Number(number)) => {
            format!("{:?}", number.as_f64().unwrap_or_default())
        }
        (_, Value::String(text)) => format!("{text:?}"),
        (_, value) => value.to_string(),
    }
}

/// A value of an enumeration: text converts by itself, a number has a variant.
fn listed(field: &Field, path: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        value => {
            let variant = field.variants.iter().find(|variant| variant.value == *value);
            match variant.and_then(|variant| variant.rust.as_ref()) {
                Some(variant) => format!("{path}::{variant}"),
                None => format!("{path}::from({value})"),
            }
        }
    }
}

/// Inside a list: inner lists may differ in length, and nothing converts what they hold.
fn element(field: &Field, value: &Value) -> String {
    match (field.kind, &field.items, value) {
        (Kind::Array, Some(item), Value::Array(items)) => {
            let items: Vec<String> = items
                .iter()
                .map(|value| match (item.kind, value) {
                    (Kind::String, Value::String(text)) => {
                        format!("{text:?}.to_owned()")
                    }
                    _ => element(item, value),
                })
                .collect();
            format!("vec![{}]", items.join(", "))
        }
        _ => argument(field, value),
    }
}

/// Inside a map, where nothing converts maps and lists.
fn within(field: &Field, value: &Value) -> String {
    match (field.kind, &field.items, &field.values, value) {
        (Kind::Map, _, Some(inner), Value::Object(entries)) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| format!("({key:?}.into(), {}.into())", argument(inner, value)))
                .collect();
            format!("std::collections::BTreeMap::from([{}])", entries.join(", "))
        }
        (Kind::Array, Some(inner), _, Value::Array(items)) => {
            let items: Vec<String> =
                items.iter().map(|value| format!("{}.into()", argument(inner, value))).collect();
            format!("vec![{}]", items.join(", "))
        }
        _ => argument(field, value),
    }
}

fn object(field: &Field, entries: &Map<String, Value>) -> String {
    let Some(path) = &field.rust_type else {
        return json(&Value::Object(entries.clone()));
    };
    let is_argument = |property: &&Field| property.required && !property.nullable;
    let arguments: Vec<String> = field
        .properties
        .iter()
        .filter(is_argument)
        .map(|property| argument(property, entries.get(&property.name).unwrap_or(&Value::Null)))
        .collect();
    let setters: String = field
        .properties
        .iter()
        .filter(|property| !is_argument(property))
        .filter_map(|property| {
            let value = entries.get(&property.name).filter(|value| !value.is_null())?;
            let value = argument(property, value);
            Some(format!(".{}({value})", escaped(property.rust_name())))
        })
        .collect();
    format!("{path}::new({}){setters}", arguments.join(", "))
}

/// `serde_json::json!(…)`, whose strings are those of Rust.
fn json(value: &Value) -> String {
    format!("serde_json::json!({})", tokens(value))
}

fn tokens(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(tokens).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> =
                entries.iter().map(|(key, value)| format!("{key:?}: {}", tokens(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        value => value.to_string(),
    }
}

/// Words of the language cannot be names.
fn escaped(name: &str) -> String {
    if syn::parse_str::<syn::Ident>(name).is_ok() { name.to_owned() } else { format!("r#{name}") }
}

/// A type whose values convert into the items of a list.
fn owned(field: &Field) -> &str {
    match (&field.rust_type, field.kind) {
        (Some(path), _) => path,
        (None, Kind::String | Kind::File) => "String",
        (None, Kind::Integer) => "i32",
        (None, Kind::Number) => "f64",
        (None, Kind::Boolean) => "bool",
        (None, _) => "serde_json::Value",
    }
}
