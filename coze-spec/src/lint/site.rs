//! Rules about deployed projects: the document has its own keys, and rules of other documents hold.

use super::{examples, grammar, names, prose, references, schemas};
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};

/// Checks the document about deployed projects against every rule.
pub fn lint_site(document: &Document) -> Diagnostics {
    let mut findings = Diagnostics::new();
    grammar::check_site(document, &mut findings);
    references::check(document, &mut findings);
    schemas::check(document, &mut findings);
    names::check_site(document, &mut findings);
    prose::check(document, &mut findings);
    let operations = document.node().at(&["x-coze-site", "operations"]);
    for operation in operations.iter().flat_map(Node::items) {
        route(&operation, &mut findings);
        response(&operation, &mut findings);
    }
    if findings.is_empty() {
        examples::check_site(document, &mut findings);
    }
    findings
}

fn route(operation: &Node<'_>, findings: &mut Diagnostics) {
    if !matches!(operation.text("method"), Some("get" | "post" | "put" | "delete")) {
        operation.report(findings, "an unknown method", "write get, post, put or delete");
    }
    let path = operation.text("path").unwrap_or_default();
    let balanced = path.matches('{').count() == path.matches('}').count();
    if !path.starts_with('/') || path.contains(['?', '#', ' ']) || !balanced {
        let message = format!("`{path}` is not a path");
        operation.report(findings, message, "begin it with a slash, parameters in braces");
    }
}

/// Checks that an operation has at most one kind of response, and an example of it.
fn response(operation: &Node<'_>, findings: &mut Diagnostics) {
    let (response, events) = (operation.get("response"), operation.get("events"));
    if response.is_some() && events.is_some() {
        operation.report(findings, "two kinds of responses", "keep `response` or `events`");
    }
    if response.is_some() && operation.get("example").is_none() {
        operation.report(findings, "a response without an example", "add an `example`");
    }
    let union = |node: &Node<'_>| {
        let target = node.resolve();
        target.is_some_and(|target| target.value.get("x-coze-stream").is_some())
    };
    if let Some(events) = events.filter(|events| !union(events)) {
        let help = "refer to a schema with `x-coze-stream`";
        events.report(findings, "events that are not a union", help);
    }
    for key in ["request", "response"] {
        let node = operation.get(key);
        if let Some(node) = node.filter(|node| node.reference().is_none() || union(node)) {
            let message = format!("`{key}` is not a named object");
            node.report(findings, message, "refer to one under components.schemas");
        }
    }
}
