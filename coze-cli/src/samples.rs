//! Sample code for calls: Rust with this SDK, curl, and Python with the official SDK.

mod curl;
mod python;

use std::collections::BTreeMap;

use coze_api::{Client, Upload};
use coze_gen::expression::Expressions;
use coze_spec::model::{Operation, Param, Reply, Type};
use serde_json::{Map, Value};

use crate::cli::settable;
use crate::output::single_line;

pub(crate) use curl::curl;

use crate::engine::{Call, DryRunError, InvalidInput, Mode};

/// The samples of one call.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Samples {
    pub(crate) rust: String,
    pub(crate) curl: String,
    /// `None` if the official SDK does not support the call or its values.
    pub(crate) python: Option<String>,
}

/// Returns the samples of a call. Missing required values are filled with examples.
pub(crate) async fn samples(
    client: &Client,
    operation: &'static Operation,
    values: &Map<String, Value>,
    stream: bool,
) -> Result<Samples, InvalidInput> {
    let values = with_required_examples(operation, values);
    let mode = if stream && operation.stream.is_some() { Mode::Events } else { Mode::Reply };
    let request = call(operation, &values, mode).request(client).await;
    let request = request.map_err(|error| match error {
        DryRunError::Input(invalid) => invalid,
        DryRunError::Sdk(error) => InvalidInput::general(error.to_string()),
    })?;
    Ok(Samples {
        rust: rust(operation, &values, mode),
        curl: curl(&request, &BTreeMap::new()),
        python: python::python(operation, &values, mode, client.base_url()),
    })
}

/// Returns the call, with empty files whose names are taken from the values.
pub(crate) fn call(operation: &'static Operation, values: &Map<String, Value>, mode: Mode) -> Call {
    let mut values = values.clone();
    let mut uploads = BTreeMap::new();
    let files = operation.params.iter().filter(|param| param.field.kind == Type::File);
    for Param { field, .. } in files {
        if let Some(name) = values.remove(&field.wire) {
            let name = file_name(&name);
            uploads.insert(field.wire.clone(), Upload::bytes(name, ""));
        }
    }
    Call { operation, values, uploads, mode }
}

/// Returns the example values of an operation.
pub(crate) fn example(operation: &Operation) -> Map<String, Value> {
    let example =
        |param: &Param| Some((param.field.wire.clone(), param_example(operation, param)?.clone()));
    settable(operation).filter_map(example).collect()
}

fn param_example<'a>(operation: &'a Operation, param: &'a Param) -> Option<&'a Value> {
    let body_example = || operation.body.as_ref()?.example.get(&param.field.wire);
    param.example.as_ref().or_else(body_example)
}

/// Adds examples for missing required values, in the order of the parameters.
pub(crate) fn with_required_examples(
    operation: &Operation,
    values: &Map<String, Value>,
) -> Map<String, Value> {
    let mut completed = Map::new();
    for param in settable(operation) {
        let name = &param.field.wire;
        let value = match values.get(name).filter(|value| !value.is_null()) {
            Some(value) => Some(value.clone()),
            None if param.field.required => Some(required_example(operation, param)),
            None => None,
        };
        completed.extend(value.map(|value| (name.clone(), value)));
    }
    for (name, value) in values.iter().filter(|(_, value)| !value.is_null()) {
        completed.entry(name.clone()).or_insert_with(|| value.clone());
    }
    completed
}

fn required_example(operation: &Operation, param: &Param) -> Value {
    let example = || param_example(operation, param).cloned();
    match &param.field.kind {
        Type::File => Value::from("example.txt"),
        Type::String | Type::Secret => example().unwrap_or_else(|| "".into()),
        Type::Int32 | Type::Int64 | Type::Double => example().unwrap_or_else(|| 0.into()),
        Type::Boolean => example().unwrap_or(Value::Bool(false)),
        Type::List(_) => example().unwrap_or_else(|| Value::Array(Vec::new())),
        Type::Map(_) | Type::Json | Type::Named(_) => {
            example().unwrap_or_else(|| Value::Object(Map::new()))
        }
    }
}

/// Returns a program that makes the call with this SDK.
fn rust(operation: &Operation, values: &Map<String, Value>, mode: Mode) -> String {
    let call = Expressions::new(coze_spec::api()).call("coze", operation, values).to_string();
    let body = statements(operation, &call, mode);
    let deprecated = if operation.deprecated.is_some() { "#[allow(deprecated)]\n" } else { "" };
    let source = format!(
        "use coze_api::Client;\n{}\n#[tokio::main]\n{deprecated}async fn main() -> \
         Result<(), Box<dyn std::error::Error>> {{\n\
         let coze = Client::from_env()?;\n{body}\nOk(())\n}}\n",
        if body.contains("try_next") { "use futures_util::TryStreamExt as _;\n" } else { "" },
    );
    let Ok(file) = syn::parse_file(&source) else { return source };
    let unknown = values.keys().filter(|name| operation.param(name).is_none());
    let notes: Vec<String> = unknown
        .map(|name| format!("// The SDK has no setter for {}.\n", single_line(name)))
        .collect();
    // Separate the imports and the program by one blank line.
    let program = prettyplease::unparse(&file)
        .replacen("\n#[tokio::main]", "\n\n#[tokio::main]", 1)
        .replace("\n\n\n", "\n\n");
    notes.concat() + &program
}

fn statements(operation: &Operation, call: &str, mode: Mode) -> String {
    let each = "while let Some(event) = events.try_next().await? \
                { println!(\"{event:?}\"); }";
    match (&operation.reply, mode) {
        (Reply::Events, _) | (_, Mode::Events) => {
            format!("let mut events = {call}.stream().await?;\n{each}")
        }
        (Reply::Binary, _) => format!("{call}.await?.save(\"reply.bin\").await?;"),
        (_, Mode::AllPages) => format!(
            "let mut items = {call}.items();\n\
             while let Some(item) = items.try_next().await? {{ println!(\"{{item:?}}\"); }}"
        ),
        (Reply::Empty, _) => format!("{call}.await?;"),
        _ => format!("let reply = {call}.await?;\nprintln!(\"{{reply:#?}}\");"),
    }
}

/// Returns the name of a file value, or a default for other values.
pub(crate) fn file_name(value: &Value) -> &str {
    value.as_str().filter(|name| !name.is_empty()).unwrap_or("example.txt")
}
