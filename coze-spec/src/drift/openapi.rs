//! The facts of the vendor's OpenAPI file, by operation.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::facts::{Facts, Row};
use crate::diagnostic::Diagnostics;
use crate::documented::OPENAPI;
use crate::yaml::{self, child};

/// The name of the file in locations.
pub(super) const FILE: &str = "openapi.yaml";

/// The limit on nested objects; it ends schemas that contain themselves.
const DEPTH: usize = 6;

/// Reads the file: the facts of each operation, with [`OPENAPI`] and its route as the slug.
///
/// # Errors
/// Syntax that cannot be parsed.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Facts>, Diagnostics> {
    let mut findings = Diagnostics::new();
    let parsed = yaml::parse(&Arc::from(FILE), text, &mut findings);
    let mut operations = BTreeMap::new();
    let Some(parsed) = parsed.filter(|_| findings.is_empty()) else { return Err(findings) };
    for (path, methods) in entries(&parsed.value, "paths") {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            if !["get", "post", "put", "delete", "patch"].contains(&method.as_str()) {
                continue;
            }
            let pointer = child(&child("/paths", path), method);
            let line = parsed.lines.get(&pointer).copied().unwrap_or(1);
            let reader = Reader { root: &parsed.value, line };
            let routes = format!("{} {path}", method.to_uppercase());
            let facts = Facts { rows: reader.operation(operation), routes, ..Facts::default() };
            operations.insert(format!("{OPENAPI}{}", facts.routes), facts);
        }
    }
    Ok(operations)
}

fn entries<'a>(node: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    node.get(key).and_then(Value::as_object).into_iter().flatten()
}

struct Reader<'a> {
    root: &'a Value,
    line: usize,
}

impl<'a> Reader<'a> {
    fn operation(&self, operation: &'a Value) -> Vec<Row> {
        let mut rows = Vec::new();
        let parameters = operation.get("parameters").and_then(Value::as_array);
        for parameter in parameters.into_iter().flatten().map(|node| self.resolve(node)) {
            let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
            let table = match text("in") {
                "query" => "request Query",
                "path" => "request Path",
                _ => continue,
            };
            let required = parameter.get("required").and_then(Value::as_bool).unwrap_or(false);
            let schema = parameter.get("schema").unwrap_or(&Value::Null);
            rows.push(self.row(table, text("name").to_owned(), schema, required));
        }
        let body = operation.get("requestBody").map(|body| self.resolve(body));
        let response = operation.pointer("/responses/200").map(|node| self.resolve(node));
        for (table, message) in [("request Body", body), ("response", response)] {
            let media = message.and_then(|message| entries(message, "content").next());
            if let Some(schema) = media.and_then(|(_, media)| media.get("schema")) {
                self.properties(table, "", schema, DEPTH, &mut rows);
            }
        }
        rows
    }

    /// Returns the node that a reference leads to, or the node itself.
    fn resolve(&self, node: &'a Value) -> &'a Value {
        let reference = node.get("$ref").and_then(Value::as_str);
        let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(node)
    }

    /// Adds the properties of an object, or of the objects in a list or map.
    fn properties(
        &self,
        table: &str,
        path: &str,
        schema: &'a Value,
        depth: usize,
        rows: &mut Vec<Row>,
    ) {
        let schema = self.resolve(schema);
        if depth == 0 {
            return;
        }
        let parts = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        let inner = ["items", "additionalProperties"].iter().filter_map(|key| schema.get(*key));
        for part in parts.chain(inner) {
            self.properties(table, path, part, depth - 1, rows);
        }
        let required = schema.get("required").and_then(Value::as_array);
        for (name, property) in entries(schema, "properties") {
            let field = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let is_required = required.is_some_and(|names| names.iter().any(|other| other == name));
            rows.push(self.row(table, field.clone(), property, is_required));
            self.properties(table, &field, property, depth - 1, rows);
        }
    }

    fn row(&self, table: &str, field: String, schema: &'a Value, required: bool) -> Row {
        let schema = self.resolve(schema);
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or("object");
        let values = schema.get("enum").and_then(Value::as_array);
        let values = values.into_iter().flatten().map(|value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        });
        let limits = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];
        let limits = limits.iter().chain(&["default"]).filter_map(|name| {
            let value = schema.get(*name)?.to_string();
            // A list is separated by lines and tabs.
            Some(format!("{name} {}", value.split_whitespace().collect::<Vec<_>>().join(" ")))
        });
        Row {
            line: self.line,
            table: table.to_owned(),
            field,
            kind: kind.to_owned(),
            required: if required { "required" } else { "optional" }.to_owned(),
            values: values.collect::<Vec<_>>().join(","),
            limits: limits.collect::<Vec<_>>().join(", "),
        }
    }
}
