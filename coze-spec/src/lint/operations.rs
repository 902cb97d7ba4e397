//! Rules about operations: ids are call paths, descriptions are complete, and requests and
//! responses have a known form.

use std::collections::{BTreeMap, HashSet};

use super::parameters;
use crate::diagnostic::Diagnostics;
use crate::document::{Document, FileKind};
use crate::location::Location;
use crate::model::{Type, Verb};
use crate::read::{self, OperationNode, Payload};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let mut ids = BTreeMap::new();
    let operations = read::operations(document);
    let known: HashSet<&str> = operations.iter().map(|operation| operation.id).collect();
    for operation in &operations {
        if let Some(first) = ids.insert(operation.id.to_owned(), operation.node.location()) {
            let message =
                format!("the operation `{}` is defined twice, first at {first}", operation.id);
            operation.node.report(findings, message, "give one of the two another operationId");
        }
        operation_id(operation, findings);
        sentences(operation, findings);
        page(operation, findings);
        deprecation(operation, &known, findings);
        retry(operation, findings);
        effects(operation, findings);
        changes(operation, findings);
        timeout(operation, findings);
        security(operation, findings);
        parameters::check(operation, findings);
        body(operation, findings);
        stream(operation, findings);
        response(operation, findings);
    }
    tags(document, findings);
}

/// Checks that the id is a call path that begins with the name of the file.
fn operation_id(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let id = operation.id;
    let node = operation.node.get("operationId").unwrap_or_else(|| operation.node.clone());
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if id.split('.').count() < 2 || !id.split('.').all(word) {
        let help = "write snake_case words joined by dots, as `bots.versions.list`";
        return node.report(findings, format!("`{id}` is not a call path"), help);
    }
    let FileKind::Resource(resource) = FileKind::of(&node.location().file) else {
        let message = format!("the operation `{id}` is outside spec/resources");
        return node.report(findings, message, "move it to the file of its resource");
    };
    if !id.strip_prefix(&*resource).is_some_and(|rest| rest.starts_with('.')) {
        let message = format!("`{id}` does not start with the name of its file");
        node.report(findings, message, format!("call it `{resource}.…`, or move it"));
    }
    if operation.node.texts("tags") != [resource.as_str()] {
        let message = format!("the tags of `{id}` are not its resource");
        operation.node.report(findings, message, format!("write `tags: [{resource}]`"));
    }
}

/// Checks that the summary is one sentence, because it is the first line of the documentation.
pub(super) fn sentences(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let Some(summary) = operation.node.text("summary") else { return };
    let sentence = summary.starts_with(char::is_uppercase)
        && summary.ends_with('.')
        && !summary.contains('\n');
    if !sentence {
        let message = format!("the summary of `{}` is not one sentence", operation.id);
        operation.node.report(
            findings,
            message,
            "begin with a capital letter, end with a period, keep one line",
        );
    }
}

pub(super) fn page(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let undocumented =
        operation.node.text("description").is_some_and(|text| text.starts_with("Undocumented"));
    match operation.node.at(&["externalDocs", "url"]) {
        None if undocumented => {}
        None => {
            let message =
                format!("`{}` does not refer to a page of the documentation", operation.id);
            let help = "add `externalDocs`, or begin the description with \"Undocumented\"";
            operation.node.report(findings, message, help);
        }
        Some(url) if url.value.as_str().is_some_and(|url| url.starts_with("https://")) => {}
        Some(url) => url.report(findings, "not an https address", "write the page's address"),
    }
}

/// Checks that a deprecated operation names its replacement, or says that it has none.
fn deprecation(operation: &OperationNode<'_>, known: &HashSet<&str>, findings: &mut Diagnostics) {
    if !operation.node.flag("deprecated") {
        return;
    }
    let description = operation.node.text("description").unwrap_or_default();
    let note = description.split("\n\n").next().unwrap_or_default();
    // Every second part stands in backticks.
    let names = note.split('`').skip(1).step_by(2);
    let replaced = names.into_iter().any(|name| name != operation.id && known.contains(name));
    if !replaced && !note.contains("no replacement") {
        let message = format!("`{}` is deprecated without a replacement", operation.id);
        let help = "name an operation, as `bots.list`, in the first paragraph of the description, \
            or write that there is no replacement";
        operation.node.report(findings, message, help);
    }
}

fn retry(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    if let Some(node) = operation.node.get("x-coze-retry")
        && !matches!(node.value.as_str(), Some("safe" | "unsafe"))
    {
        node.report(findings, "not a value of `x-coze-retry`", "write `safe` or `unsafe`");
    }
}

/// Checks for values that change nothing, which look as if they did.
fn effects(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let verb = operation.verb;
    let default = if verb.is_idempotent() { "safe" } else { "unsafe" };
    if let Some(node) = operation.node.get("x-coze-retry").filter(|node| node.value == default) {
        let message = format!("`{default}` is what a {} is anyway", verb.name().to_uppercase());
        node.report(findings, message, "remove `x-coze-retry`");
    }
    for also in operation.node.items_of("x-coze-also") {
        let name = also.value.as_str().unwrap_or_default();
        if name == verb.name() {
            let message = format!("`{name}` is the method of `{}`", operation.id);
            also.report(findings, message, "list only the other methods");
        } else if !matches!(name, "get" | "post" | "put" | "delete") {
            let message = format!("`{name}` is not a method that the model knows");
            also.report(findings, message, "write `get`, `post`, `put` or `delete`");
        }
    }
    if let Some(node) = operation.node.get("x-coze-name") {
        let plain = operation.default_builder();
        if node.value == plain.as_str() {
            let message = format!("`{plain}` is the name of `{}` anyway", operation.id);
            node.report(findings, message, "remove `x-coze-name`");
        }
    }
}

/// Checks that an operation declares if it changes something, because that protects live accounts.
fn changes(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    match (operation.verb, operation.node.get("x-coze-changes")) {
        (Verb::Get, Some(node)) => {
            node.report(findings, "`x-coze-changes` on a GET", "remove `x-coze-changes`");
        }
        (Verb::Get, None) | (_, Some(_)) => {}
        (_, None) => {
            let message =
                format!("`{}` does not declare if it changes or costs something", operation.id);
            operation.node.report(findings, message, "add `x-coze-changes: true`, or `false`");
        }
    }
}

/// The longest time that an operation may declare, in seconds.
const LONGEST: u64 = 3600;

fn timeout(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let Some(node) = operation.node.get("x-coze-timeout") else { return };
    if !node.value.as_u64().is_some_and(|seconds| (1..=LONGEST).contains(&seconds)) {
        let help = format!("write the documented number of seconds, at most {LONGEST}");
        node.report(findings, "not a value of `x-coze-timeout`", help);
    }
    if operation.response().is_none() && operation.binary().is_none() {
        node.report(findings, "a stream has no overall timeout", "remove `x-coze-timeout`");
    }
}

/// Checks that an operation only declares `security: []`. The root declares the token.
fn security(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    if let Some(node) = operation.node.get("security").filter(|node| !node.items().is_empty()) {
        let help = "write `security: []` if it takes no token, and nothing otherwise";
        node.report(findings, "a security requirement of a single operation", help);
    }
}

fn body(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    if let Some(body) = operation.node.get("requestBody").filter(|body| !body.flag("required")) {
        let help = "write `required: true`; a body of optional properties may be empty";
        body.report(findings, "a request body that may be missing", help);
    }
    let Some(content) = operation.node.at(&["requestBody", "content"]) else { return };
    if operation.verb == Verb::Get {
        let message = format!("`{}` is a GET with a body", operation.id);
        return content.report(findings, message, "describe query parameters instead");
    }
    let entries = content.entries();
    let [(media, node)] = &entries[..] else {
        return content.report(findings, "a body of several kinds", "describe one kind of content");
    };
    let Some(schema) = node.get("schema") else { return };
    if !schema.reference().is_some_and(|name| name.ends_with("Request")) {
        let message = format!("the body of `{}` is not a named `…Request`", operation.id);
        schema.report(findings, message, "name its schema, with a name that ends in `Request`");
    }
    let properties = operation.body_properties().0;
    let files = properties.iter().filter(|(_, property)| read::type_of(property) == Ok(Type::File));
    match (*media, files.count()) {
        ("multipart/form-data", 0) => {
            node.report(
                findings,
                "a multipart body without a file",
                "mark the file part with `format: binary`",
            );
        }
        ("application/json", files) if files > 0 => {
            node.report(
                findings,
                "a file in a JSON body",
                "describe the body as multipart/form-data",
            );
        }
        _ => {}
    }
}

/// Checks that an operation with a body property `stream` has an event stream, and the reverse.
fn stream(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    let properties = operation.body_properties().0;
    let property = properties.iter().find(|(name, _)| *name == "stream");
    let events = operation.events();
    if let (Some((_, property)), None) = (property, &events) {
        let message = format!("`{}` has a body property `stream` and no events", operation.id);
        property.report(
            findings,
            message,
            "describe the content `text/event-stream` of its response",
        );
    }
    let Some(schema) = events.as_ref().and_then(|content| content.get("schema")) else {
        return;
    };
    let is_union = schema.resolve().is_some_and(|union| union.value.get("x-coze-stream").is_some());
    if schema.reference().is_none() || !is_union {
        let message = format!("the events of `{}` are not a union", operation.id);
        schema.report(findings, message, "refer to a named schema with `x-coze-stream`");
    }
    if operation.response().is_some() && property.is_none() {
        let message = format!("a request cannot ask `{}` for events", operation.id);
        schema.report(findings, message, "describe the body property `stream`");
    }
}

fn response(operation: &OperationNode<'_>, findings: &mut Diagnostics) {
    if let Some(schema) = operation.binary().and_then(|content| content.get("schema")) {
        if read::type_of(&schema) != Ok(Type::File) {
            schema.report(
                findings,
                "a binary response of another type",
                "write `{type: string, format: binary}`",
            );
        }
        return;
    }
    let Some(schema) = operation.response().and_then(|content| content.get("schema")) else {
        if operation.events().is_none() {
            let message = format!("`{}` has no response", operation.id);
            let help = "describe the content of the response: JSON, event stream or octet stream";
            operation.node.report(findings, message, help);
        }
        return;
    };
    match read::payload(&schema) {
        Err(error) => schema.report_error(findings, error),
        Ok(Payload::Data { data, .. }) => {
            if let Err(error) = read::type_of(&data) {
                data.report_error(findings, error);
            }
        }
        Ok(Payload::Flat(name)) => {
            let target = schema.document.node().at(&["components", "schemas", name]);
            for (key, property) in target.iter().flat_map(|target| target.entries_of("properties"))
            {
                if matches!(key, "code" | "msg" | "detail") {
                    let message = format!("`{name}` repeats `{key}` of the envelope");
                    property.report(findings, message, "remove it; `Envelope` has it");
                }
            }
        }
        Ok(Payload::Empty) => {}
    }
}

/// Checks that every resource has a tag, because the tags set the reading order.
fn tags(document: &Document, findings: &mut Diagnostics) {
    let tags = document.node().items_of("tags");
    let named: HashSet<&str> = tags.iter().filter_map(|tag| tag.text("name")).collect();
    for (resource, file) in &document.resources {
        if !named.contains(resource.as_str()) {
            let message = format!("the resource `{resource}` has no tag");
            let help = "describe it under `tags`, and list it in openapi.yaml";
            findings.push(Location::line(file.clone(), 1), message, help);
        }
    }
    let resources: HashSet<&str> = document.resources.iter().map(|file| file.0.as_str()).collect();
    for tag in tags {
        let name = tag.text("name").unwrap_or_default();
        if !resources.contains(name) {
            let help = format!("add spec/resources/{name}.yaml, or remove the tag");
            tag.report(findings, format!("the tag `{name}` is not a resource"), help);
        }
    }
}
