//! Rules about parameters and body properties: constants, their place in the request, and
//! placeholders of the path.

use std::collections::BTreeSet;

use super::values;
use crate::diagnostic::Diagnostics;
use crate::document::Node;
use crate::model::{Place, Type};
use crate::read::{self, OperationNode};

/// Checks the parameters of an operation or a channel.
pub(super) fn check(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    constants(operation, findings);
    parameters(operation, findings);
    // The events of some channels use other connections, so that they have no path.
    if !operation.path.is_empty() {
        path(operation, findings);
    }
}

/// Checks that a constant is declared. Otherwise, a second value of an enum would change the
/// arguments of a method.
fn constants(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let examples = operation.body().and_then(|(_, media)| media.get("example"));
    for param in operation.params() {
        let wire = param.wire;
        let schema = param.schema();
        let named = schema.reference().and_then(|_| schema.resolve());
        let listed = named.map(|schema| schema.items_of("enum")).unwrap_or_default();
        let Some(constant) = read::constant(&param.node) else {
            if let ([only], true) = (&listed[..], param.required) {
                let message = format!("`{wire}` has one value and is not declared a constant");
                let help = format!("add `x-coze-const: {}`, or list another value", only.value);
                param.node.report(findings, message, help);
            }
            continue;
        };
        if !param.required {
            let message = format!("the constant `{wire}` is optional");
            param.node.report(findings, message, "make it required: it is always sent");
        }
        let text = schema.resolve().is_some_and(|schema| schema.text("type") == Some("string"));
        let known = listed.is_empty() || listed.iter().any(|value| value.value == constant);
        if !text || !known {
            let message = format!("`{constant}` is not a value of `{wire}`");
            param.node.report(findings, message, "write a string that the schema allows");
        }
        let example = if param.place.is_body() {
            examples.as_ref().and_then(|examples| examples.get(wire))
        } else {
            param.node.get("example")
        };
        if let Some(example) = example.filter(|example| example.value != constant) {
            let message = format!("the example of the constant `{wire}` is another value");
            example.report(findings, message, format!("write `{constant}`"));
        }
    }
}

fn parameters(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    for node in operation.node.items_of("parameters") {
        let name = node.text("name").unwrap_or_default();
        let place = node.text("in");
        match place {
            Some("path" | "query") => {}
            Some("header") if !name.is_empty() && name.bytes().all(is_token) => {}
            Some("header") => {
                let help = "use letters, digits and hyphens";
                node.report(findings, format!("`{name}` cannot name a header"), help);
            }
            _ => {
                let help = "write `in: path`, `query` or `header`";
                node.report(findings, format!("`{name}` travels nowhere"), help);
            }
        }
        if let Some(schema) = node.get("schema") {
            values::id(name, &schema, findings);
            if let Ok(kind) = read::type_of(&schema) {
                parameter_type(&node, &kind, findings);
                explode(&node, &kind, findings);
            }
        }
        if let Some(style) = node.get("style").filter(|style| style.value != "form") {
            style.report(findings, "the style of a parameter", "write `style: form`, or nothing");
        }
    }
}

fn parameter_type(node: &Node<'_>, kind: &Type, findings: &mut Diagnostics) {
    let name = node.text("name").unwrap_or_default();
    let scalar =
        |kind: &Type| !matches!(kind, Type::List(_) | Type::Map(_) | Type::Json | Type::File);
    let fits = match kind {
        Type::List(item) => node.text("in") == Some("query") && scalar(item),
        kind => scalar(kind),
    };
    if !fits {
        let message = format!("the parameter `{name}` has a type that cannot travel there");
        node.report(findings, message, "use a scalar, or in a query a list of scalars");
    }
    if *kind == Type::Secret && node.text("in") != Some("header") {
        let message = format!("the secret `{name}` would be part of the URL");
        node.report(findings, message, "send it in a header or in the body");
    }
}

/// Checks that a list in the query declares its encoding, because servers rarely accept both.
fn explode(node: &Node<'_>, kind: &Type, findings: &mut Diagnostics) {
    let name = node.text("name").unwrap_or_default();
    let list = matches!(kind, Type::List(_)) && node.text("in") == Some("query");
    match node.get("explode") {
        None if list => {
            let message = format!("the list `{name}` does not declare its encoding");
            let help =
                "add `explode: true` if it repeats the key, `false` if commas join its items";
            node.report(findings, message, help);
        }
        Some(explode) if !list => {
            explode.report(
                findings,
                format!("`{name}` is not a list in a query"),
                "remove `explode`",
            );
        }
        _ => {}
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// Checks that the placeholders of the path are the path parameters.
fn path(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let mut placeholders = BTreeSet::new();
    for part in operation.path.split('/').skip(1) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                placeholders.insert(name);
            }
            None if part.contains(['{', '}', '?', '#', '%', ' ']) => {
                let message = format!("the path of `{}` contains `{part}`", operation.id);
                operation.node.report(
                    findings,
                    message,
                    "use whole segments as placeholders, and plain characters otherwise",
                );
            }
            None => {}
        }
    }
    if !operation.path.starts_with('/') {
        operation.node.report(
            findings,
            format!("the path `{}` does not begin with a slash", operation.path),
            "begin it with a slash",
        );
    }
    for read::Param { place, wire: name, node, required } in operation.params() {
        if place != Place::Path {
            continue;
        }
        if !placeholders.remove(name) {
            let message = format!("`{name}` is not a placeholder of the path {}", operation.path);
            node.report(
                findings,
                message,
                format!("write `{{{name}}}` in the path, or `in: query`"),
            );
        }
        if !required {
            let message = format!("the path parameter `{name}` is not required");
            node.report(findings, message, "add `required: true`");
        }
    }
    for name in placeholders {
        let message = format!("`{{{name}}}` in the path of `{}` is not a parameter", operation.id);
        operation.node.report(findings, message, "describe it under `parameters` with `in: path`");
    }
}
