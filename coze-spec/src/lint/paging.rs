//! Rules about paging: the declared parameters and properties exist and have the right types.

use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::model::Type;
use crate::read::{self, OperationNode, Payload};

/// The keys of each style: keys for parameters, then keys for properties of the payload.
const STYLES: [(&str, &[&str], &[&str]); 3] = [
    ("page", &["page", "size"], &["items"]),
    ("token", &["token", "size"], &["items", "next", "more"]),
    ("cursor", &["before", "after", "size"], &["items", "first", "last", "more"]),
];

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    for operation in read::operations(document) {
        if let Some(paging) = operation.node.get("x-coze-paging") {
            declaration(&operation, &paging, findings);
        }
    }
}

fn declaration(operation: &OperationNode<'_>, paging: &Node<'_>, findings: &mut Diagnostics) {
    let style = paging.text("style").unwrap_or_default();
    let Some((_, parameters, properties)) = STYLES.iter().find(|known| known.0 == style) else {
        let message = format!("`{style}` is not a style of paging");
        return paging.report(findings, message, "write `page`, `token` or `cursor`");
    };
    for key in parameters.iter().chain(*properties) {
        if paging.text(key).is_none() {
            let message = format!("`{key}` is missing in x-coze-paging of style {style}");
            paging.report(findings, message, "write the name of the parameter or property");
        }
    }
    let ends = ["total", "more"];
    let optional = ["total", "more", "task"];
    if style == "page" && ends.iter().all(|key| paging.text(key).is_none()) {
        let message = "the end of the pages is unknown";
        paging.report(findings, message, "name `total` or `more`");
    }
    for (key, entry) in paging.entries() {
        let allowed = parameters.contains(&key)
            || properties.contains(&key)
            || key == "style"
            || (style == "page" && optional.contains(&key));
        if !allowed {
            entry.report(findings, format!("`{key}` is not a key of style {style}"), "remove it");
        }
    }
    if let Some(task) = paging.get("task")
        && !operation.params().iter().any(|param| param.wire == "is_async")
    {
        let message = format!("`{}` never starts a task", operation.id);
        task.report(findings, message, "describe its parameter `is_async`, or remove `task`");
    }
    parameters_exist(operation, paging, parameters, findings);
    payload_fits(operation, paging, parameters, findings);
}

fn parameters_exist(
    operation: &OperationNode<'_>,
    paging: &Node<'_>,
    keys: &[&str],
    findings: &mut Diagnostics,
) {
    let params = operation.params();
    for key in keys {
        let Some(name) = paging.text(key) else { continue };
        let Some(param) = params.iter().find(|param| param.wire == name) else {
            let message = format!("`{}` has no parameter `{name}`", operation.id);
            paging.report(
                findings,
                message,
                format!("write the name of the parameter with its `{key}`"),
            );
            continue;
        };
        if param.required {
            let message = format!("the paging parameter `{name}` is required");
            param.node.report(findings, message, "make it optional; the SDK sets it");
        }
        let schema = param.schema();
        let integer = matches!(read::type_of(&schema), Ok(Type::Int32 | Type::Int64));
        if matches!(*key, "page" | "size") && !integer {
            schema.report(
                findings,
                format!("`{name}` is not an integer"),
                "give it the type integer",
            );
        }
        if *key == "size"
            && schema.value.get("default").and_then(serde_json::Value::as_i64).is_none()
        {
            let message = format!("the page size `{name}` has no default");
            schema.report(findings, message, "add the documented `default`");
        }
    }
}

fn payload_fits(
    operation: &OperationNode<'_>,
    paging: &Node<'_>,
    parameters: &[&str],
    findings: &mut Diagnostics,
) {
    let Some(schema) = operation.response().and_then(|content| content.get("schema")) else {
        return;
    };
    let name = match read::payload(&schema) {
        Ok(Payload::Flat(name)) => Some(name),
        Ok(Payload::Data { data, .. }) => data.reference(),
        _ => None,
    };
    let target =
        name.and_then(|name| operation.node.document.node().at(&["components", "schemas", name]));
    let Some(target) = target else {
        let message = format!("the payload of `{}` is not an object", operation.id);
        return schema.report(findings, message, "pages need a named object with the items");
    };
    let properties = target.entries_of("properties");
    let named: Vec<(&str, &str)> = paging
        .entries()
        .into_iter()
        .filter(|(key, _)| *key != "style" && !parameters.contains(key))
        .filter_map(|(key, node)| Some((key, node.value.as_str()?)))
        .collect();
    for (key, name) in &named {
        let Some((_, property)) = properties.iter().find(|(property, _)| property == name) else {
            let message = format!("the payload of `{}` has no property `{name}`", operation.id);
            paging.report(
                findings,
                message,
                format!("write the name of the property with its `{key}`"),
            );
            continue;
        };
        let fits = match (*key, read::type_of(property)) {
            ("items", Ok(Type::List(item))) => {
                matches!(*item, Type::Named(_) | Type::String | Type::Map(_))
            }
            ("total", kind) => matches!(kind, Ok(Type::Int32 | Type::Int64)),
            ("more", kind) => kind == Ok(Type::Boolean),
            ("next" | "first" | "last" | "task", kind) => kind == Ok(Type::String),
            _ => false,
        };
        if !fits {
            let message = format!("`{name}` cannot be the `{key}` of a page");
            property.report(
                findings,
                message,
                "items are a list, total an integer, more a boolean, ids and tokens strings",
            );
        }
    }
    for (key, property) in &properties {
        if !named.iter().any(|(_, name)| name == key) {
            let message = format!("a page of `{}` would lose `{key}`", operation.id);
            property.report(
                findings,
                message,
                "name it in x-coze-paging, or return the payload without paging",
            );
        }
    }
}
