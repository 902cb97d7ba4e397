//! Rules about examples: they are valid and complete.

use serde_json::Value;

use super::values;
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::read::{self, Channel, Direction, Webhook};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    for operation in read::operations(document) {
        for parameter in operation.node.items_of("parameters") {
            pair(parameter.get("schema"), parameter.get("example"), Role::Request, findings);
        }
        if let Some((_, media)) = operation.body() {
            pair(media.get("schema"), media.get("example"), Role::Request, findings);
            documented(&media, findings);
        }
        if let Some(content) = operation.response() {
            pair(content.get("schema"), content.get("example"), Role::Response, findings);
        }
    }
    for channel in read::channels(document) {
        for parameter in channel.node.items_of("parameters") {
            let schema = parameter.get("schema");
            pair(schema, parameter.get("example"), Role::Request, findings);
        }
        for direction in [Direction::Client, Direction::Server] {
            for event in channel.events(direction) {
                frame(&channel, direction, &event, findings);
            }
        }
    }
    for webhook in read::webhooks(document) {
        callback(&webhook, findings);
    }
}

/// Checks the examples in the document about deployed projects. Those of events need not be
/// complete, because the fields for the kinds of events exclude each other.
pub(super) fn check_site(document: &Document, findings: &mut Diagnostics) {
    let site = document.node().get("x-coze-site");
    for operation in site.iter().flat_map(|site| site.items_of("operations")) {
        pair(operation.get("response"), operation.get("example"), Role::Response, findings);
    }
    let tag = site.as_ref().and_then(|site| site.text("tag")).unwrap_or_default();
    for event in read::events(document) {
        let (wire, example) = (event.text("event").unwrap_or_default(), event.get("example"));
        let Some(example) = example else {
            event.report(findings, "an event without an example", "add an `example` with its data");
            continue;
        };
        if example.get(tag).is_none() {
            let message = format!("the example lacks `{tag}`");
            example.report(findings, message, "show the data as they are on the wire");
        }
        of_event(&example, tag, wire, findings);
        if let Some(code) = event.text("code").filter(|code| example.value.pointer(code).is_none())
        {
            let message = format!("the example has nothing at `{code}`");
            example.report(findings, message, "show the code, or correct the pointer");
        }
        let schemas = document.node().at(&["components", "schemas"]);
        let Some(data) = event.text("data").and_then(|data| schemas?.get(data)) else { continue };
        let properties = data.entries_of("properties");
        let mut walk = Walk { findings, role: Role::Response, inside: Vec::new() };
        for (key, entry) in example.entries().iter().filter(|(key, _)| *key != tag) {
            match properties.iter().find(|(known, _)| known == key) {
                Some((_, property)) => walk.value(property, entry, false),
                None => {
                    let message = format!("`{key}` is not a property of the schema");
                    walk.report(entry, message, "describe it, or remove it from the example");
                }
            }
        }
    }
}

/// Checks the values in the example of the documentation, which need not be complete.
fn documented(media: &Node<'_>, findings: &mut Diagnostics) {
    let schema = media.get("schema").and_then(|schema| schema.resolve());
    for (_, property) in schema.iter().flat_map(|schema| schema.entries_of("properties")) {
        if let Some(example) = property.get("example") {
            let mut walk = Walk { findings, role: Role::Request, inside: Vec::new() };
            walk.value(&property, &example, false);
        }
    }
}

/// Checks an event of a channel, with the fields around its data.
fn frame(
    channel: &Channel<'_>,
    direction: Direction,
    event: &Node<'_>,
    findings: &mut Diagnostics,
) {
    let Some(example) = event.get("example") else { return };
    let data = event.text("data");
    let (mut expected, mut allowed) = (vec!["event_type"], vec!["event_type"]);
    expected.extend(data.map(|_| "data"));
    allowed.extend(data.map(|_| "data"));
    if direction == Direction::Server {
        expected.push("id");
        allowed.extend(["id", "detail"]);
        // Events over other connections may lack it.
        expected.extend(channel.node.get("path").map(|_| "detail"));
    }
    for (key, entry) in example.entries() {
        if !allowed.contains(&key) {
            let message = format!("`{key}` is not a field of this event");
            entry.report(findings, message, "remove it, or name the schema of its `data`");
        }
    }
    for key in expected.iter().filter(|key| example.get(key).is_none()) {
        let message = format!("the example lacks `{key}`");
        example.report(findings, message, "show the whole event");
    }
    of_event(&example, "event_type", event.text("event").unwrap_or_default(), findings);
    let text = |node: Option<Node<'_>>| node.is_none_or(|node| node.value.is_string());
    let detail = example.get("detail");
    let log_id = detail.as_ref().is_none_or(|detail| detail.text("logid").is_some());
    if !text(example.get("id")) || !log_id {
        let help = "write strings: `id`, and `logid` in `detail`";
        example.report(findings, "ids that are not strings", help);
    }
    let schemas = event.document.node().at(&["components", "schemas"]);
    let schema = data.and_then(|data| schemas?.get(data));
    let role = if direction == Direction::Client { Role::Sent } else { Role::Response };
    pair(schema, example.get("data"), role, findings);
}

/// Checks a delivery of a callback, and the response.
fn callback(webhook: &Webhook<'_>, findings: &mut Diagnostics) {
    if let Some(media) = webhook.delivery() {
        pair(media.get("schema"), media.get("example"), Role::Response, findings);
        if let Some(header) = media.at(&["example", "header"]) {
            of_event(&header, "event_type", webhook.wire, findings);
        }
    }
    if let Some(media) = webhook.response() {
        pair(media.get("schema"), media.get("example"), Role::Sent, findings);
    }
}

/// Checks that the example of an event has the event's type.
fn of_event(example: &Node<'_>, key: &str, wire: &str, findings: &mut Diagnostics) {
    if let Some(name) = example.get(key).filter(|name| name.value != wire) {
        let help = format!("write `{key}: {wire}`");
        name.report(findings, "the example of another event", help);
    }
}

/// The message with an example. Limits apply to requests only. A request shows all properties of
/// its body, but not of the objects in it, because these often exclude each other.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Request,
    Response,
    /// An event or a response that a client sends. It shows every property.
    Sent,
}

fn pair(
    schema: Option<Node<'_>>,
    example: Option<Node<'_>>,
    role: Role,
    findings: &mut Diagnostics,
) {
    if let (Some(schema), Some(example)) = (schema, example) {
        Walk { findings, role, inside: Vec::new() }.value(&schema, &example, true);
    }
}

struct Walk<'a> {
    findings: &'a mut Diagnostics,
    role: Role,
    /// The named schemas around the value. A schema inside itself need not be complete.
    inside: Vec<String>,
}

impl Walk<'_> {
    /// Checks a value. If `complete` is `true`, it must show every property.
    fn value(&mut self, schema: &Node<'_>, example: &Node<'_>, complete: bool) {
        if let Some(name) = schema.reference() {
            let recursive = self.inside.iter().any(|known| known == name);
            self.inside.push(name.to_owned());
            if example.value.is_null() && schema.flag("nullable") {
            } else if let Some(target) = schema.resolve() {
                self.value(&target, example, complete && !recursive);
            }
            self.inside.pop();
            return;
        }
        if example.value.is_null() && schema.flag("nullable") {
            return;
        }
        if schema.value.get("allOf").is_some() {
            return self.response(schema, example);
        }
        let listed = schema.items_of("enum");
        if !listed.is_empty() && !listed.iter().any(|value| value.value == example.value) {
            let help = "use a listed value, or list this one";
            self.report(example, values::not_listed(schema, example.value), help);
        }
        match (schema.text("type"), example.value) {
            (None, _)
            | (Some("string"), Value::String(_))
            | (Some("boolean"), Value::Bool(_))
            | (Some("number"), Value::Number(_)) => {}
            (Some("integer"), Value::Number(number)) if number.is_i64() => {
                let int32 = schema.text("format") == Some("int32");
                if int32 && !number.as_i64().is_some_and(values::is_int32) {
                    let help = "write a smaller number, or `format: int64` in the schema";
                    self.report(example, "the example exceeds 32 bits", help);
                }
            }
            (Some("array"), Value::Array(_)) => self.list(schema, example, complete),
            (Some("object"), Value::Object(_)) => self.object(schema, example, complete),
            (Some(kind), _) => {
                let message = format!("the example is not of type {kind}");
                self.report(
                    example,
                    message,
                    "write a value of the schema's type, ids and digits quoted",
                );
            }
        }
        self.limits(schema, example);
    }

    /// Checks an envelope and its payload, which share one object.
    fn response(&mut self, schema: &Node<'_>, example: &Node<'_>) {
        let parts: Vec<Node<'_>> =
            schema.items_of("allOf").iter().filter_map(Node::resolve).collect();
        let properties: Vec<_> =
            parts.iter().flat_map(|part| part.entries_of("properties")).collect();
        self.properties(&properties, &[], example, true);
    }

    fn object(&mut self, schema: &Node<'_>, example: &Node<'_>, complete: bool) {
        if let Some(values) = schema.get("additionalProperties") {
            for (_, entry) in example.entries() {
                self.value(&values, &entry, complete);
            }
            return;
        }
        let properties = schema.entries_of("properties");
        let body = self.inside.len() <= 1;
        let complete = complete && (body || self.role != Role::Request);
        self.properties(&properties, &schema.texts("required"), example, complete);
    }

    fn properties(
        &mut self,
        properties: &[(&str, Node<'_>)],
        required: &[&str],
        example: &Node<'_>,
        complete: bool,
    ) {
        for (key, entry) in example.entries() {
            match properties.iter().find(|(known, _)| *known == key) {
                Some((_, property)) => self.value(property, &entry, complete),
                None => {
                    let message = format!("`{key}` is not a property of the schema");
                    self.report(&entry, message, "describe it, or remove it from the example");
                }
            }
        }
        for (key, _) in properties {
            let missing = example.value.get(key).is_none() && *key != "stream";
            if missing && (complete || required.contains(key)) {
                let message = format!("the example lacks `{key}`");
                self.report(example, message, "show every property once, so that tests cover it");
            }
        }
    }

    fn list(&mut self, schema: &Node<'_>, example: &Node<'_>, complete: bool) {
        let Some(schema) = schema.get("items") else { return };
        let items = example.items();
        if items.is_empty() && complete {
            self.report(example, "the example shows an empty list", "show an item");
        }
        for (index, item) in items.iter().enumerate() {
            // Only the first item must be complete.
            self.value(&schema, item, complete && index == 0);
        }
    }

    fn limits(&mut self, schema: &Node<'_>, example: &Node<'_>) {
        if self.role != Role::Response && values::exceeds(schema, example.value) {
            self.report(
                example,
                "the example exceeds the limits",
                "correct the example or the limits",
            );
        }
    }

    fn report(&mut self, example: &Node<'_>, message: impl Into<String>, help: &str) {
        example.report(self.findings, message, help);
    }
}
