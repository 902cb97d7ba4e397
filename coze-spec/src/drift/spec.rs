//! Compares each row of the pages with the field of the spec.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::{Facts, Path, Row};
use super::{describe, page};
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::documented::Lookup;
use crate::location::Location;

const HELP: &str = "correct the spec, or leave it: samples and SDKs may say otherwise";

/// Compares each row of the tables of pages with the field of the spec: its type, its obligation,
/// its values and its limits.
///
/// Fields that the spec lacks are not reported, because [`crate::documented::compare`] reports
/// them.
///
/// # Errors
/// Findings about a table of contents that cannot be read.
pub fn compare_with_spec(
    document: &Document,
    contents: &str,
    pages: &BTreeMap<String, String>,
) -> Result<Diagnostics, Diagnostics> {
    let lookup = Lookup::new(document, contents)?;
    let mut findings = Diagnostics::new();
    for (slug, text) in pages {
        let facts = page::read(text);
        for row in &facts.rows {
            let here = || Location::line(format!("{slug}.md"), row.line.max(1));
            if row.table == page::EVENTS {
                if let Some((id, false)) = lookup.event(slug, &row.field) {
                    let message = format!("`{id}` lacks the event `{}`", row.field);
                    findings.push(here(), message, HELP);
                }
                continue;
            }
            for (message, node) in of_row(&lookup, slug, &facts, row) {
                let message = format!("{message}; the spec has {}", describe(&node));
                findings.push(here(), message, HELP);
            }
        }
    }
    Ok(findings)
}

/// Returns the differences between a row and the fields of the spec that it documents.
fn of_row<'a>(
    lookup: &Lookup<'a>,
    slug: &str,
    facts: &Facts,
    row: &Row,
) -> Vec<(String, Node<'a>)> {
    let mut differences: Vec<(String, Node<'a>)> = Vec::new();
    if row.table.ends_with(" sample") {
        return differences;
    }
    for Path { side, path } in facts.paths(row) {
        let Some((id, Some((node, required)))) = lookup.field(slug, &side, &path) else { continue };
        let schema = node.resolve().unwrap_or_else(|| node.clone());
        let name = format!("`{path}` of `{id}` in the {side}");
        let mut add = |message: String| differences.push((message, node.clone()));
        if let Some(kind) = json_type(&row.kind)
            && kind != schema.text("type").unwrap_or("object")
        {
            add(format!("the type of {name} is documented as `{}`", row.kind));
        }
        let documented = row.required == "required";
        if side == "request" && !row.required.is_empty() && documented != required {
            add(format!("{name} is documented as {}", row.required));
        }
        let listed = values(&schema);
        if !row.values.is_empty() && !listed.is_empty() {
            let missing: Vec<&str> = row
                .values
                .split(',')
                .filter(|value| !listed.iter().any(|known| known == value))
                .collect();
            if !missing.is_empty() {
                add(format!("{name} has the documented values `{}`", missing.join(",")));
            }
        }
        for limit in row.limits.split(", ").filter(|limit| !limit.is_empty()) {
            if !has_limit(&node, limit) && !has_limit(&schema, limit) {
                add(format!("{name} has the documented limit `{limit}`"));
            }
        }
    }
    differences
}

/// Returns the type in JSON of a type as pages write it; none if it is not known.
fn json_type(kind: &str) -> Option<&'static str> {
    let word = kind.split([' ', '<', '[']).next().unwrap_or_default().to_lowercase();
    Some(match word.as_str() {
        "string" | "file" => "string",
        "integer" | "int" | "long" => "integer",
        "boolean" | "bool" => "boolean",
        "double" | "float" | "number" => "number",
        "array" | "list" => "array",
        "object" | "map" | "json" => "object",
        _ => return None,
    })
}

fn values(schema: &Node<'_>) -> Vec<String> {
    let items = schema.get("items").and_then(|items| items.resolve());
    let nodes = [Some(schema.clone()), items];
    let values = nodes.iter().flatten().flat_map(|node| node.items_of("enum"));
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values.map(|node| text(node.value)).collect()
}

/// Returns `true` if a schema has a limit or a default as the prose of a page names it.
fn has_limit(schema: &Node<'_>, limit: &str) -> bool {
    let has = |names: &[&str], text: &str| {
        names.iter().filter_map(|name| schema.value.get(*name)).any(|value| match value {
            Value::String(known) => known == text,
            value => serde_json::from_str::<Value>(text).is_ok_and(|limit| limit == *value),
        })
    };
    let upper = ["maximum", "maxLength", "maxItems"];
    let lower = ["minimum", "minLength", "minItems"];
    match limit.split_once(' ').unwrap_or((limit, "")) {
        ("default", value) => has(&["default"], value),
        ("maximum", number) => has(&upper, number),
        ("minimum", number) => has(&lower, number),
        ("at", rest) => match rest.split_once(' ') {
            Some(("least", number)) => has(&lower, number),
            Some((_, number)) => has(&upper, number),
            None => true,
        },
        (_, range) => match range.split_once(" to ") {
            Some((from, to)) => has(&lower, from) && has(&upper, to),
            None => has(&upper, range),
        },
    }
}
