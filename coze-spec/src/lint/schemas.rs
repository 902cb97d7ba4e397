//! Rules about schemas: each has a name, a type of a supported kind, and a description.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase as _;
use serde_json::Value;

use super::values;
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::model::Type;
use crate::read;

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    for (name, node) in document.schemas() {
        named(name, &node, findings);
        described(name, &node, findings);
        match node.text("type") {
            _ if node.value.get("x-coze-stream").is_some() => {
                union(name, &node, findings);
            }
            Some("string" | "integer") => enumeration(name, &node, findings),
            Some("object") => object(name, &node, findings),
            _ => {
                let message = format!("`{name}` is neither an object nor an enum");
                node.report(findings, message, "describe the value where it is used");
            }
        }
    }
    for operation in read::operations(document) {
        for parameter in operation.node.items_of("parameters") {
            if let Some(schema) = parameter.get("schema") {
                value(&schema, findings);
            }
        }
    }
    cycles(document, findings);
}

/// Checks that the name can be the name of the Rust type.
fn named(name: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric());
    if !plain || name.to_upper_camel_case() != name {
        let help = format!("call it `{}`", name.to_upper_camel_case());
        node.report(findings, format!("`{name}` is not a type name"), help);
    }
}

fn described(name: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    if node.text("description").is_none_or(|text| text.trim().is_empty()) {
        let message = format!("`{name}` has no description");
        node.report(findings, message, "say in a sentence what it is");
    }
}

fn object(name: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    let properties = node.entries_of("properties");
    if properties.is_empty() {
        let message = format!("`{name}` is an object without properties");
        node.report(findings, message, "list them, or use a map where it is used");
    }
    for (key, property) in &properties {
        value(property, findings);
        values::id(key, property, findings);
        if property.value.get("x-coze-const").is_some() && !name.ends_with("Request") {
            let message = format!("`{name}.{key}` is a constant inside an object");
            property.report(findings, message, "only parameters and body properties can be");
        }
        if read::description(property).is_empty() {
            described(&format!("{name}.{key}"), property, findings);
        }
    }
    for required in node.texts("required") {
        if !properties.iter().any(|(key, _)| *key == required) {
            let message = format!("`{name}` requires `{required}`, which it does not have");
            let location =
                node.get("required").map_or_else(|| node.location(), |list| list.location());
            findings.push(location, message, "add the property, or remove it from `required`");
        }
    }
    if node.value.get("enum").is_some() || node.value.get("items").is_some() {
        node.report(findings, format!("`{name}` mixes kinds"), "keep the keys of an object");
    }
}

/// Checks the union of the events of a stream.
fn union(name: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    let list = node.items_of("x-coze-stream");
    events(name, &list, findings);
    if !list.iter().any(|event| event.flag("ends")) {
        let message = format!("no event ends the stream `{name}`");
        node.report(findings, message, "mark the last event with `ends: true`");
    }
    if node.value.get("properties").is_some() || node.value.get("enum").is_some() {
        node.report(findings, format!("`{name}` mixes kinds"), "keep only the events");
    }
}

/// Checks the events of the union `name`.
pub(super) fn events(name: &str, events: &[Node<'_>], findings: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for event in events {
        let (wire, variant) = (event.text("event"), event.text("name").unwrap_or_default());
        if !is_variant(variant) {
            let message = format!("`{variant}` cannot name an event of `{name}`");
            event.report(findings, message, "write a word or two in CamelCase");
        }
        if !seen.insert(wire.map(str::to_owned)) || !seen.insert(Some(format!("name:{variant}"))) {
            let message = format!("`{}` is listed twice in `{name}`", wire.unwrap_or_default());
            event.report(findings, message, "list each event and each name once");
        }
    }
}

/// Returns `true` if a variant can have this name.
pub(super) fn is_variant(name: &str) -> bool {
    name.to_upper_camel_case() == name
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && !matches!(name, "Unknown" | "Self")
}

/// Checks the schema of a value in an object, a list, a map or a parameter.
pub(super) fn value(node: &Node<'_>, findings: &mut Diagnostics) {
    let target = node.reference().and_then(|_| node.resolve());
    if target.is_some_and(|target| target.value.get("x-coze-stream").is_some()) {
        node.report(findings, "events as a value", "refer to events in a `text/event-stream` only");
    }
    if node.value.get("enum").is_some() {
        let help = "name it under components.schemas and refer to it";
        node.report(findings, "an anonymous enum", help);
    }
    if node.value.get("properties").is_some() {
        let help = "name it under components.schemas and refer to it";
        node.report(findings, "an anonymous object", help);
    } else if let Err(error) = read::type_of(node) {
        node.report_error(findings, error);
    }
    values::check(node, findings);
    if let Some(name) = node.get("x-coze-name").filter(|name| name.value.is_object()) {
        name.report(findings, "several names of one value", "write one name");
    }
}

fn enumeration(name: &str, node: &Node<'_>, findings: &mut Diagnostics) {
    let values = node.items_of("enum");
    if values.is_empty() {
        let message = format!("`{name}` is neither an object nor an enum");
        return node.report(findings, message, "list its values, or describe it where it is used");
    }
    let integer = node.text("type") == Some("integer");
    for value in &values {
        let fits = match value.value {
            Value::String(text) => !integer && !text.is_empty(),
            Value::Number(number) => integer && number.is_i64(),
            _ => false,
        };
        if !fits {
            let message = format!("`{}` is not a value of `{name}`", value.value);
            value.report(findings, message, "list values of the enum's type, quoted if strings");
        }
    }
    if let Err(error) = read::type_of(node) {
        node.report_error(findings, error);
    }
    variants(name, node, integer, findings);
}

fn variants(name: &str, node: &Node<'_>, integer: bool, findings: &mut Diagnostics) {
    let mut names = BTreeSet::new();
    let names_node = node.get("x-coze-name");
    let variants = read::variants(node);
    for variant in &variants {
        let wire = &variant.value;
        let named = names_node.as_ref().and_then(|names_node| names_node.get(wire));
        if variant.description.is_none() {
            let message = format!("the value `{wire}` of `{name}` is not documented");
            let help = format!("add a line \"- `{wire}`: …\" to the description");
            variant.node.report(findings, message, help);
        }
        if integer && named.is_none() {
            let message = format!("the value {wire} of `{name}` has no name");
            variant.node.report(findings, message, "name it in `x-coze-name`");
            continue;
        }
        let node = named.as_ref().unwrap_or(&variant.node);
        let legal = variant.rust.starts_with(|c: char| c.is_ascii_uppercase())
            && variant.rust.chars().all(|c| c.is_ascii_alphanumeric());
        if !legal || matches!(variant.rust.as_str(), "Unknown" | "Self") {
            let message = format!("`{}` cannot name the value `{wire}` of `{name}`", variant.rust);
            node.report(findings, message, "choose a name in `x-coze-name`");
        }
        if !names.insert(variant.rust.as_str()) {
            let message = format!("two values of `{name}` would be called `{}`", variant.rust);
            node.report(findings, message, "choose names in `x-coze-name`");
        }
    }
    let known: BTreeSet<&str> = variants.iter().map(|variant| variant.value.as_str()).collect();
    for (key, entry) in names_node.map(|names_node| names_node.entries()).unwrap_or_default() {
        if !known.contains(key) {
            let message = format!("`x-coze-name` names `{key}`, which is not a value of `{name}`");
            entry.report(findings, message, "remove it, or add the value");
        }
    }
}

/// Checks that objects do not require themselves, because such a value would be infinite.
fn cycles(document: &Document, findings: &mut Diagnostics) {
    for (name, node) in document.schemas() {
        let mut seen = BTreeSet::new();
        let mut next: Vec<String> = required_objects(&node);
        while let Some(required) = next.pop() {
            if required == name {
                let message = format!("`{name}` requires itself");
                node.report(findings, message, "make one property on the way optional");
                break;
            }
            if seen.insert(required.clone()) {
                let schema = document.node().at(&["components", "schemas", &required]);
                next.extend(schema.iter().flat_map(required_objects));
            }
        }
    }
}

fn required_objects(node: &Node<'_>) -> Vec<String> {
    let required = node.texts("required");
    let properties = node.entries_of("properties").into_iter();
    let types = properties
        .filter(|(key, _)| required.contains(key))
        .filter_map(|(_, property)| read::type_of(&property).ok());
    types.filter_map(|kind| if let Type::Named(name) = kind { Some(name) } else { None }).collect()
}
