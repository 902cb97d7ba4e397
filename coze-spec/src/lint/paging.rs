//! Paging declarations fit the parameters and the payload that they name.

use crate::diagnostic::Diagnostics;
use crate::load::Document;
use crate::model::Type;
use crate::node::Node;
use crate::read::{self, Found, Payload};

/// The keys of each style: those that name parameters, then those that name properties of the payload.
const STYLES: [(&str, &[&str], &[&str]); 3] = [
    ("page", &["page", "size"], &["items"]),
    ("token", &["token", "size"], &["items", "next", "more"]),
    ("cursor", &["before", "after", "size"], &["items", "first", "last", "more"]),
];

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    for found in read::operations(document) {
        if let Some(paging) = found.node.get("x-coze-paging") {
            declaration(&found, &paging, findings);
        }
    }
}

fn declaration(found: &Found<'_>, paging: &Node<'_>, findings: &mut Diagnostics) {
    let style = paging.text("style").unwrap_or_default();
    let Some((_, parameters, properties)) = STYLES.iter().find(|known| known.0 == style) else {
        let what = format!("`{style}` is not a style of paging");
        return findings.push(paging.place(), what, "write `page`, `token` or `cursor`");
    };
    for key in parameters.iter().chain(*properties) {
        if paging.text(key).is_none() {
            let what = format!("`{key}` is missing in x-coze-paging of style {style}");
            findings.push(paging.place(), what, "name the parameter or property that it is");
        }
    }
    let ends = ["total", "more"];
    if style == "page" && ends.iter().all(|key| paging.text(key).is_none()) {
        let what = "nothing tells where the pages end";
        findings.push(paging.place(), what, "name `total` or `more`");
    }
    for (key, entry) in paging.entries() {
        let allowed = parameters.contains(&key)
            || properties.contains(&key)
            || key == "style"
            || (style == "page" && ends.contains(&key));
        if !allowed {
            findings.push(
                entry.place(),
                format!("`{key}` means nothing in style {style}"),
                "remove it",
            );
        }
    }
    parameters_exist(found, paging, parameters, findings);
    payload_fits(found, paging, parameters, findings);
}

fn parameters_exist(
    found: &Found<'_>,
    paging: &Node<'_>,
    keys: &[&str],
    findings: &mut Diagnostics,
) {
    let params = found.params();
    for key in keys {
        let Some(name) = paging.text(key) else { continue };
        let Some(param) = params.iter().find(|param| param.wire == name) else {
            let what = format!("`{}` has no parameter `{name}`", found.id);
            findings.push(paging.place(), what, format!("name the parameter that is its `{key}`"));
            continue;
        };
        if param.required {
            let what = format!("the paging parameter `{name}` is required");
            findings.push(param.node.place(), what, "make it optional; the SDK sets it");
        }
        let schema = param.schema();
        let integer = matches!(read::type_of(&schema), Ok(Type::Int32 | Type::Int64));
        if matches!(*key, "page" | "size") && !integer {
            findings.push(
                schema.place(),
                format!("`{name}` is not an integer"),
                "give it the type integer",
            );
        }
        if *key == "size"
            && schema.value.get("default").and_then(serde_json::Value::as_i64).is_none()
        {
            let what = format!("the page size `{name}` has no default");
            findings.push(schema.place(), what, "add the documented `default`");
        }
    }
}

fn payload_fits(
    found: &Found<'_>,
    paging: &Node<'_>,
    parameters: &[&str],
    findings: &mut Diagnostics,
) {
    let Some(schema) = found.reply().and_then(|content| content.get("schema")) else {
        return;
    };
    let name = match read::payload(&schema) {
        Ok(Payload::Flat(name)) => Some(name),
        Ok(Payload::Data(data)) => data.reference(),
        _ => None,
    };
    let target =
        name.and_then(|name| found.node.document.node().at(&["components", "schemas", name]));
    let Some(target) = target else {
        let what = format!("the payload of `{}` is not an object", found.id);
        return findings.push(
            schema.place(),
            what,
            "pages need a named object that holds the items",
        );
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
            let what = format!("the payload of `{}` has no property `{name}`", found.id);
            findings.push(paging.place(), what, format!("name the property that is its `{key}`"));
            continue;
        };
        let fits = match (*key, read::type_of(property)) {
            ("items", Ok(Type::List(item))) => {
                matches!(*item, Type::Named(_) | Type::String)
            }
            ("total", kind) => matches!(kind, Ok(Type::Int32 | Type::Int64)),
            ("more", kind) => kind == Ok(Type::Boolean),
            ("next" | "first" | "last", kind) => kind == Ok(Type::String),
            _ => false,
        };
        if !fits {
            let what = format!("`{name}` cannot be the `{key}` of a page");
            findings.push(
                property.place(),
                what,
                "items are a list, total an integer, more a boolean, ids and tokens strings",
            );
        }
    }
    for (key, property) in &properties {
        if !named.iter().any(|(_, name)| name == key) {
            let what = format!("a page of `{}` would lose `{key}`", found.id);
            findings.push(
                property.place(),
                what,
                "name it in x-coze-paging, or return the payload without paging",
            );
        }
    }
}
