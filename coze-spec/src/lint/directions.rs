//! A rule about directions: an object that goes both ways says so.
//!
//! A field of a request may be left out and a field of a response has a zero value, so in a type
//! for both every optional field is an `Option`. If that followed from the use of the type, its
//! first use in a request would break every program that reads it.

use std::collections::HashMap;

use crate::diagnostic::Diagnostics;
use crate::document::Document;
use crate::model::Type;
use crate::read::{self, Direction, Payload};

/// Where objects are first used, by direction.
#[derive(Default)]
struct Uses {
    sent: HashMap<String, String>,
    received: HashMap<String, String>,
}

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let uses = uses(document);
    for (name, node) in document.schemas() {
        match node.get("x-coze-direction") {
            Some(direction) if direction.value != "both" => {
                let help = "write `both`, or remove it";
                direction.report(findings, "not a value of `x-coze-direction`", help);
            }
            Some(direction) if node.text("type") != Some("object") => {
                let message = format!("`{name}` is not an object");
                direction.report(findings, message, "remove `x-coze-direction`");
            }
            None if node.text("type") == Some("object") => {
                let (Some(sent), Some(received)) = (uses.sent.get(name), uses.received.get(name))
                else {
                    continue;
                };
                let message = format!(
                    "`{name}` is sent by `{sent}` and received by `{received}`, so its optional \
                     fields are options"
                );
                let help = "describe what is sent as a schema of its own, or add \
                            `x-coze-direction: both` if the type is new";
                node.report(findings, message, help);
            }
            _ => {}
        }
    }
}

fn uses(document: &Document) -> Uses {
    let mut uses = Uses::default();
    for operation in read::operations(document) {
        for param in operation.params() {
            if let Ok(kind) = read::type_of(&param.schema()) {
                mark(document, &kind, operation.id, &mut uses.sent);
            }
        }
        let schema = operation.response().and_then(|content| content.get("schema"));
        let kind = match schema.map(|schema| read::payload(&schema)) {
            Some(Ok(Payload::Data { data, .. })) => read::type_of(&data).ok(),
            Some(Ok(Payload::Flat(name))) => Some(Type::Named(name.to_owned())),
            _ => None,
        };
        if let Some(kind) = kind {
            mark(document, &kind, operation.id, &mut uses.received);
        }
        let union = operation.events().and_then(|content| content.get("schema")?.resolve());
        for event in union.iter().flat_map(|union| union.items_of("x-coze-stream")) {
            data(document, event.text("data"), operation.id, &mut uses.received);
        }
    }
    for channel in read::channels(document) {
        for event in channel.events(Direction::Client) {
            data(document, event.text("data"), &channel.id(), &mut uses.sent);
        }
        for event in channel.events(Direction::Server) {
            data(document, event.text("data"), &channel.id(), &mut uses.received);
        }
    }
    for webhook in read::webhooks(document) {
        let (header, event) = webhook.parts().ok().unzip();
        for name in [header, event] {
            data(document, name, &webhook.id(), &mut uses.received);
        }
        let response = webhook.response().and_then(|media| media.get("schema")?.reference());
        data(document, response, &webhook.id(), &mut uses.sent);
    }
    uses
}

fn data(document: &Document, name: Option<&str>, user: &str, found: &mut HashMap<String, String>) {
    if let Some(name) = name {
        mark(document, &Type::Named(name.to_owned()), user, found);
    }
}

/// Notes the first user of every schema that a value of this type contains.
fn mark(document: &Document, kind: &Type, user: &str, found: &mut HashMap<String, String>) {
    let name = match kind {
        Type::List(inner) | Type::Map(inner) => return mark(document, inner, user, found),
        Type::Named(name) => name,
        _ => return,
    };
    if found.contains_key(name) {
        return;
    }
    found.insert(name.clone(), user.to_owned());
    let schema = document.node().at(&["components", "schemas", name]);
    for (_, property) in schema.iter().flat_map(|schema| schema.entries_of("properties")) {
        if let Ok(kind) = read::type_of(&property) {
            mark(document, &kind, user, found);
        }
    }
}
