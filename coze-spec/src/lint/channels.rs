//! Rules about channels and callbacks: names match files, descriptions are complete, and events
//! have a known form.

use std::collections::BTreeSet;

use super::{operations, parameters, schemas};
use crate::diagnostic::Diagnostics;
use crate::document::{Document, FileKind, Node};
use crate::location::Location;
use crate::model::Type;
use crate::read::{self, Channel, Direction, Webhook};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    files(document, findings);
    for channel in read::channels(document) {
        let operation = channel.as_operation();
        operations::page(&operation, findings);
        name(&channel, findings);
        connection(&channel, findings);
        for direction in [Direction::Client, Direction::Server] {
            events(&channel, direction, findings);
        }
    }
    let mut variants = BTreeSet::new();
    let mut header = None;
    for webhook in read::webhooks(document) {
        let operation = webhook.as_operation();
        operations::sentences(&operation, findings);
        operations::page(&operation, findings);
        event_type(&webhook, &mut variants, findings);
        delivery(&webhook, &mut header, findings);
        response(&webhook, findings);
    }
}

/// Checks that each file in `realtime` describes a channel, and that callbacks are in
/// `webhooks.yaml`.
fn files(document: &Document, findings: &mut Diagnostics) {
    let channels = read::channels(document);
    for (name, file) in &document.channels {
        if !channels.iter().any(|channel| channel.name == name) {
            let location = Location::line(file.clone(), 1);
            let message = format!("`{name}` does not describe a channel");
            let help =
                "describe it under `x-coze-channel`, or move the schemas to realtime/shared.yaml";
            findings.push(location, message, help);
        }
    }
    if let Some(webhooks) = document.node().get("x-webhooks") {
        let location = webhooks.location();
        if FileKind::of(&location.file) != FileKind::Webhooks {
            findings.push(
                location,
                "callbacks outside spec/webhooks.yaml",
                "move them to that file",
            );
        }
    }
}

fn name(channel: &Channel<'_>, findings: &mut Diagnostics) {
    let Some(name) = channel.node.get("name") else { return };
    if name.value != channel.name {
        let message = format!("the channel {} does not have the name of its file", name.value);
        name.report(findings, message, format!("write `name: {}`", channel.name));
    }
}

/// Checks that the parameters of a connection are scalars in the query.
fn connection(channel: &Channel<'_>, findings: &mut Diagnostics) {
    let parameters = channel.node.items_of("parameters");
    if let (None, Some(first)) = (channel.node.get("path"), parameters.first()) {
        let message = format!("`{}` has parameters but no path", channel.name);
        first.report(findings, message, "add the path to connect to, or remove them");
    }
    parameters::check(&channel.as_operation(), findings);
    for parameter in parameters {
        let schema = parameter.get("schema");
        let kind = schema.as_ref().and_then(|schema| read::type_of(schema).ok());
        if parameter.text("in") != Some("query") || matches!(kind, Some(Type::List(_))) {
            let name = parameter.text("name").unwrap_or_default();
            let message = format!("a channel cannot have the parameter `{name}`");
            parameter.report(findings, message, "use a scalar in the query");
        }
        if let Some(schema) = &schema {
            schemas::value(schema, findings);
        }
    }
}

fn events(channel: &Channel<'_>, direction: Direction, findings: &mut Diagnostics) {
    let events = channel.events(direction);
    schemas::events(&read::union_of(channel.name, direction), &events, findings);
    if events.is_empty() {
        let side = if direction == Direction::Client { "client" } else { "server" };
        let message = format!("the {side} of `{}` does not send events", channel.name);
        channel.node.report(findings, message, "list its events");
    }
    for event in events {
        if let Some(data) = event.text("data") {
            object(&event, data, findings);
        }
    }
}

/// Checks that data are an object, so that fields can be added.
fn object(node: &Node<'_>, name: &str, findings: &mut Diagnostics) {
    let schema = node.document.node().at(&["components", "schemas", name]);
    if schema.is_some_and(|schema| schema.text("type") != Some("object")) {
        let message = format!("`{name}` is not an object");
        node.report(findings, message, "make it an object with properties");
    }
}

fn event_type(webhook: &Webhook<'_>, variants: &mut BTreeSet<String>, findings: &mut Diagnostics) {
    let (wire, variant) = (webhook.wire, webhook.variant());
    let location = webhook.node.location();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
    if wire.is_empty() || !wire.chars().all(plain) {
        let message = format!("`{wire}` is not the name of an event");
        findings.push(
            location.clone(),
            message,
            "write words joined by dots, such as `bot.published`",
        );
    }
    if !schemas::is_variant(&variant) {
        let message = format!("`{variant}` cannot name a callback");
        findings.push(location, message, "write a word or two in CamelCase in `x-coze-name`");
    } else if !variants.insert(variant.clone()) {
        let message = format!("two callbacks would be called `{variant}`");
        findings.push(location, message, "choose names in `x-coze-name`");
    }
}

/// Checks that a delivery is the common header and an event.
fn delivery(webhook: &Webhook<'_>, known: &mut Option<String>, findings: &mut Diagnostics) {
    let location = webhook.delivery().and_then(|media| media.get("schema"));
    let node = location.unwrap_or_else(|| webhook.node.clone());
    let (header, event) = match webhook.parts() {
        Ok(parts) => parts,
        Err(error) => return node.report_error(findings, error),
    };
    object(&node, header, findings);
    object(&node, event, findings);
    let first = known.get_or_insert_with(|| header.to_owned());
    if first != header {
        let message = format!("the header is `{header}`, but others have `{first}`");
        node.report(findings, message, "use the same for all callbacks");
    }
}

fn response(webhook: &Webhook<'_>, findings: &mut Diagnostics) {
    let Some(schema) = webhook.response().and_then(|media| media.get("schema")) else {
        return;
    };
    match schema.reference() {
        Some(name) => object(&schema, name, findings),
        None => schema.report(
            findings,
            "a response without a named schema",
            "refer to a named schema under components.schemas",
        ),
    }
}
