//! Rules about the document as a whole: version, paths and permissions.

use std::collections::HashMap;

use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::read;

/// The OpenAPI version of the bundle.
const VERSION: &str = "3.0.3";

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    if let Some(version) = document.node().get("openapi")
        && version.value.as_str().is_some_and(|version| version != VERSION)
    {
        version.report(
            findings,
            "another version of OpenAPI",
            format!("write `openapi: {VERSION}`"),
        );
    }
    paths(document, findings);
    for operation in read::operations(document) {
        permissions(&operation.node, findings);
    }
    for channel in read::channels(document) {
        permissions(&channel.node, findings);
    }
}

/// Checks that paths differ in more than the names of their placeholders.
fn paths(document: &Document, findings: &mut Diagnostics) {
    let mut known: HashMap<String, &str> = HashMap::new();
    for (path, node) in document.node().entries_of("paths") {
        let segments = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        let shape = segments.collect::<Vec<_>>().join("/");
        if let Some(first) = known.insert(shape, path) {
            let message = format!("`{path}` is the same path as `{first}`");
            node.report(findings, message, "name the placeholders of both alike");
        }
    }
}

fn permissions(node: &Node<'_>, findings: &mut Diagnostics) {
    for permission in node.items_of("x-coze-permission") {
        let name = permission.value.as_str().unwrap_or_default();
        if permission.value.is_string() && (name.is_empty() || name.contains(char::is_whitespace)) {
            let help = "write its name, or an empty list if nothing is needed";
            permission.report(findings, format!("`{name}` is not a permission"), help);
        }
    }
}
