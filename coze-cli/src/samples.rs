//! Sample code for a call: Rust with this SDK, curl, and Python with the official SDK.

mod curl;
mod python;
mod rust;

use std::collections::BTreeMap;

use coze_api::{Client, Upload};
use serde_json::{Map, Value};

pub(crate) use curl::curl;
pub(crate) use rust::rust;

use crate::engine::{Call, DryRunError, Mode, Unfit};
use crate::operations::{Field, Kind, Operation};

/// The samples of one call.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Samples {
    pub(crate) rust: String,
    pub(crate) curl: String,
    /// None where the official SDK does not have the call, or not with these values.
    pub(crate) python: Option<String>,
}

/// The samples of a call with these values. What is required and not given has its example.
pub(crate) async fn samples(
    client: &Client,
    operation: &Operation,
    values: &Map<String, Value>,
    stream: bool,
) -> Result<Samples, Unfit> {
    let values = completed(operation, values);
    let mode = if stream && operation.streams() { Mode::Events } else { Mode::Whole };
    let request = call(operation, &values, mode).request(client).await;
    let request = request.map_err(|error| match error {
        DryRunError::Unfit(unfit) => unfit,
        DryRunError::Sdk(error) => Unfit::general(error.to_string()),
    })?;
    Ok(Samples {
        rust: rust(operation, &values, mode),
        curl: curl(&request, &BTreeMap::new()),
        python: python::python(operation, &values, mode, client.base_url()),
    })
}

/// The call, with empty files under the names that the values give them.
fn call(operation: &Operation, values: &Map<String, Value>, mode: Mode) -> Call {
    let mut values = values.clone();
    let mut uploads = BTreeMap::new();
    let files = operation.parameters.iter().filter(|field| field.kind == Kind::File);
    for field in files {
        if let Some(name) = values.remove(&field.name) {
            let name = file_name(&name);
            uploads.insert(field.name.clone(), Upload::bytes(name, ""));
        }
    }
    Call { id: operation.id.clone(), values, uploads, mode }
}

/// The values, and examples of what is required and absent.
pub(crate) fn completed(operation: &Operation, values: &Map<String, Value>) -> Map<String, Value> {
    let mut completed = Map::new();
    for field in &operation.parameters {
        match values.get(&field.name).filter(|value| !value.is_null()) {
            Some(value) => completed.insert(field.name.clone(), value.clone()),
            None if field.required => completed.insert(field.name.clone(), example(field)),
            None => None,
        };
    }
    // What the operation does not have is kept, so that it is reported.
    for (name, value) in values.iter().filter(|(_, value)| !value.is_null()) {
        completed.entry(name.clone()).or_insert_with(|| value.clone());
    }
    completed
}

fn example(field: &Field) -> Value {
    if field.kind == Kind::File {
        return Value::String("example.txt".to_owned());
    }
    field.example.clone().unwrap_or_else(|| match field.kind {
        Kind::Integer | Kind::Number => Value::from(0),
        Kind::Boolean => Value::Bool(false),
        Kind::Array => Value::Array(Vec::new()),
        Kind::Object | Kind::Map | Kind::Json => Value::Object(Map::new()),
        Kind::String | Kind::File => Value::String(String::new()),
    })
}

/// A file is known by its name only; what else stands there is no name.
fn file_name(value: &Value) -> &str {
    value.as_str().filter(|name| !name.is_empty()).unwrap_or("example.txt")
}
