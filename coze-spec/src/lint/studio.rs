//! Rules about `x-coze-studio`: it names parameters, values and events that exist.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::read::{self, OperationNode};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    if let Some(format) = document.node().at(&["x-coze-studio", "wrapped", "format"]) {
        let text = format.value.as_str().unwrap_or_default();
        let after_code = text.split_once("{code}").map(|(_, rest)| rest);
        if !after_code.is_some_and(|rest| rest.contains("{message}")) {
            let message = "the format lacks `{code}` or, after it, `{message}`";
            format.report(findings, message, "write both where they stand in the text");
        }
    }
    for operation in read::operations(document) {
        if let Some(node) = operation.node.get("x-coze-studio") {
            declaration(&operation, &node, findings);
        }
    }
    for (name, schema) in document.schemas() {
        if let Some(node) = schema.get("x-coze-studio") {
            values(name, &schema, &node, findings);
        }
        fields(name, &schema, findings);
        events(name, &schema, findings);
    }
}

fn declaration(operation: &OperationNode<'_>, node: &Node<'_>, findings: &mut Diagnostics) {
    let params = operation.params();
    let mut names = node.texts("ignores");
    let path = node.text("path").unwrap_or_default();
    names.extend(path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)));
    for name in names {
        if !params.iter().any(|param| param.wire == name) {
            let message = format!("`{}` has no parameter `{name}`", operation.id);
            node.report(findings, message, "name a parameter of the operation");
        }
    }
    if node.get("first_page").is_some() && operation.node.get("x-coze-paging").is_none() {
        let message = format!("`{}` does not have pages", operation.id);
        node.report(findings, message, "remove `first_page`, or add `x-coze-paging`");
    }
    if node.get("payload").is_some() && node.flag("bare") {
        let message = "a bare response has no field for its payload";
        node.report(findings, message, "keep `payload` or `bare`, not both");
    }
}

/// Checks that other spellings of an enumeration stand for listed values.
fn values(name: &str, schema: &Node<'_>, node: &Node<'_>, findings: &mut Diagnostics) {
    let listed = read::variants(schema);
    if listed.is_empty() {
        let message = format!("`{name}` is not an enumeration");
        return node.report(findings, message, "put `x-coze-studio` on a property or an event");
    }
    for (spelling, value) in node.entries() {
        let target = value.value.as_str().unwrap_or_default();
        if !listed.iter().any(|known| known.value == target) {
            let message = format!("`{target}` is not a value of `{name}`");
            value.report(findings, message, "name a listed value, in quotes");
        }
        if listed.iter().any(|known| known.value == spelling) {
            let message = format!("`{spelling}` is a value of `{name}` itself");
            value.report(findings, message, "remove it");
        }
    }
}

/// Checks that other names of a property are not properties of the schema.
fn fields(name: &str, schema: &Node<'_>, findings: &mut Diagnostics) {
    let properties = schema.entries_of("properties");
    let mut taken: BTreeSet<&str> = properties.iter().map(|(wire, _)| *wire).collect();
    for (_, property) in &properties {
        for alias in property.texts("x-coze-studio") {
            if !taken.insert(alias) {
                let message = format!("`{alias}` is already a property of `{name}`");
                property.report(findings, message, "remove it");
            }
        }
    }
}

/// Checks that other names of an event are not events of the union.
fn events(name: &str, schema: &Node<'_>, findings: &mut Diagnostics) {
    let events = schema.items_of("x-coze-stream");
    let mut taken: BTreeSet<&str> = events.iter().filter_map(|event| event.text("event")).collect();
    for event in &events {
        for alias in event.texts("x-coze-studio") {
            if !taken.insert(alias) {
                let message = format!("`{alias}` is already an event of `{name}`");
                event.report(findings, message, "remove it");
            }
        }
    }
}
