//! Examples are valid, and show everything that there is.

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::load::Document;
use crate::node::Node;
use crate::read::{self, Channel, Direction, Webhook};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    for found in read::operations(document) {
        for parameter in found.node.items_of("parameters") {
            pair(parameter.get("schema"), parameter.get("example"), Side::Request, findings);
        }
        if let Some((_, media)) = found.body() {
            pair(media.get("schema"), media.get("example"), Side::Request, findings);
            documented(&media, findings);
        }
        if let Some(content) = found.reply() {
            pair(content.get("schema"), content.get("example"), Side::Reply, findings);
        }
    }
    for channel in read::channels(document) {
        for parameter in channel.node.items_of("parameters") {
            let schema = parameter.get("schema");
            pair(schema, parameter.get("example"), Side::Request, findings);
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

/// The values that the documentation shows need not be complete.
fn documented(media: &Node<'_>, findings: &mut Diagnostics) {
    let schema = media.get("schema").and_then(|schema| schema.resolve());
    for (_, property) in schema.iter().flat_map(|schema| schema.entries_of("properties")) {
        if let Some(example) = property.get("example") {
            let mut walk = Walk { findings, side: Side::Request, inside: Vec::new() };
            walk.value(&property, &example, false);
        }
    }
}

/// An event of a channel as it travels.
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
        // Over the connection of somebody else it may be missing.
        expected.extend(channel.node.get("path").map(|_| "detail"));
    }
    for (key, entry) in example.entries() {
        if !allowed.contains(&key) {
            let what = format!("`{key}` is no member of this event");
            findings.push(entry.place(), what, "remove it, or name the schema of its `data`");
        }
    }
    for key in expected.iter().filter(|key| example.get(key).is_none()) {
        let what = format!("the example leaves `{key}` out");
        findings.push(example.place(), what, "show the whole event");
    }
    of_event(&example, "event_type", event.text("event").unwrap_or_default(), findings);
    let text = |node: Option<Node<'_>>| node.is_none_or(|node| node.value.is_string());
    let detail = example.get("detail");
    let log_id = detail.as_ref().is_none_or(|detail| detail.text("logid").is_some());
    if !text(example.get("id")) || !log_id {
        let cure = "write strings: `id`, and `logid` in `detail`";
        findings.push(example.place(), "ids that are no strings", cure);
    }
    let schemas = event.document.node().at(&["components", "schemas"]);
    let schema = data.and_then(|data| schemas?.get(data));
    let side = if direction == Direction::Client { Side::Sent } else { Side::Reply };
    pair(schema, example.get("data"), side, findings);
}

/// A delivery of a callback, and its answer.
fn callback(webhook: &Webhook<'_>, findings: &mut Diagnostics) {
    if let Some(media) = webhook.delivery() {
        pair(media.get("schema"), media.get("example"), Side::Reply, findings);
        if let Some(header) = media.at(&["example", "header"]) {
            of_event(&header, "event_type", webhook.wire, findings);
        }
    }
    if let Some(media) = webhook.answer() {
        pair(media.get("schema"), media.get("example"), Side::Sent, findings);
    }
}

/// The example of an event is of this event, and of no other.
fn of_event(example: &Node<'_>, key: &str, wire: &str, findings: &mut Diagnostics) {
    if let Some(name) = example.get(key).filter(|name| name.value != wire) {
        let cure = format!("write `{key}: {wire}`");
        findings.push(name.place(), "the example of another event", cure);
    }
}

/// Limits bind what is sent, not what the server answers. And a request shows all properties of its body,
/// but not of the objects in it, where one often excludes the other.
#[derive(Clone, Copy, PartialEq)]
enum Side {
    Request,
    Reply,
    /// An event or an answer that is sent: it shows everything.
    Sent,
}

fn pair(
    schema: Option<Node<'_>>,
    example: Option<Node<'_>>,
    side: Side,
    findings: &mut Diagnostics,
) {
    if let (Some(schema), Some(example)) = (schema, example) {
        Walk { findings, side, inside: Vec::new() }.value(&schema, &example, true);
    }
}

struct Walk<'a> {
    findings: &'a mut Diagnostics,
    side: Side,
    /// The named schemas around the value: a schema inside itself need not be shown again.
    inside: Vec<String>,
}

impl Walk<'_> {
    /// `complete` says whether the value must show every property.
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
            return self.reply(schema, example);
        }
        let values = schema.items_of("enum");
        if !values.is_empty() && !values.iter().any(|value| value.value == example.value) {
            let cure = "use a listed value, or list this one";
            self.report(example, format!("{} is not a listed value", example.value), cure);
        }
        match (schema.text("type"), example.value) {
            (None, _)
            | (Some("string"), Value::String(_))
            | (Some("boolean"), Value::Bool(_))
            | (Some("number"), Value::Number(_)) => {}
            (Some("integer"), Value::Number(number)) if number.is_i64() => {}
            (Some("array"), Value::Array(_)) => self.list(schema, example, complete),
            (Some("object"), Value::Object(_)) => self.object(schema, example, complete),
            (Some(kind), _) => {
                let what = format!("the example is not of type {kind}");
                self.report(
                    example,
                    what,
                    "write a value of the schema's type, ids and digits quoted",
                );
            }
        }
        self.limits(schema, example);
    }

    /// An envelope and its payload: the keys of both together.
    fn reply(&mut self, schema: &Node<'_>, example: &Node<'_>) {
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
        let complete = complete && (body || self.side != Side::Request);
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
                    let what = format!("`{key}` is not a property of the schema");
                    self.report(&entry, what, "describe it, or remove it from the example");
                }
            }
        }
        for (key, _) in properties {
            let missing = example.value.get(key).is_none() && *key != "stream";
            if missing && (complete || required.contains(key)) {
                let what = format!("the example leaves `{key}` out");
                self.report(example, what, "show every property once, so that tests cover it");
            }
        }
    }

    fn list(&mut self, schema: &Node<'_>, example: &Node<'_>, complete: bool) {
        let Some(schema) = schema.get("items") else { return };
        let items = example.items();
        if items.is_empty() && complete {
            self.report(example, "the example shows an empty list".into(), "show an item");
        }
        for (index, item) in items.iter().enumerate() {
            // The first item shows everything, the others may be short.
            self.value(&schema, item, complete && index == 0);
        }
    }

    fn limits(&mut self, schema: &Node<'_>, example: &Node<'_>) {
        let limit = |key: &str| schema.value.get(key).and_then(Value::as_f64);
        let measure = |size: usize| Some(u32::try_from(size).unwrap_or(u32::MAX).into());
        let (value, low, high): (Option<f64>, _, _) = match example.value {
            Value::Number(number) => (number.as_f64(), limit("minimum"), limit("maximum")),
            Value::String(text) => {
                (measure(text.chars().count()), limit("minLength"), limit("maxLength"))
            }
            Value::Array(items) => (measure(items.len()), limit("minItems"), limit("maxItems")),
            _ => return,
        };
        let Some(value) = value.filter(|_| self.side != Side::Reply) else { return };
        if low.is_some_and(|low| value < low) || high.is_some_and(|high| value > high) {
            self.report(
                example,
                "the example exceeds the limits".into(),
                "mend the example or the limits",
            );
        }
    }

    fn report(&mut self, example: &Node<'_>, what: String, cure: &str) {
        self.findings.push(example.place(), what, cure);
    }
}
