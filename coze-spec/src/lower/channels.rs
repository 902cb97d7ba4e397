//! Lowers channels and callbacks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Lowering, page, permissions};
use crate::document::Node;
use crate::location::Location;
use crate::model::{Answer, Api, Channel, Event, Schema, Shape, Type, Usage, Webhook, Webhooks};
use crate::read::{self, Direction};

const RECEIVED: Usage = Usage { request: false, reply: true, page: false };
const SENT: Usage = Usage { request: true, reply: false, page: false };

impl<'a> Lowering<'a> {
    /// Lowers the channels. Their only types so far are the unions of their events.
    pub(super) fn channels(&mut self) -> Vec<Channel> {
        let channels = read::channels(self.document).into_iter();
        let mut channels: Vec<Channel> = channels.map(|found| self.channel(&found)).collect();
        channels.sort_by(|a, b| a.name.cmp(&b.name));
        channels
    }

    fn channel(&mut self, found: &read::Channel<'a>) -> Channel {
        let source = found.node.location().file;
        let (client, server) = (found.events(Direction::Client), found.events(Direction::Server));
        let schemas = vec![
            self.union(found, Direction::Client, &client, &source),
            self.union(found, Direction::Server, &server, &source),
        ];
        Channel {
            name: found.name.to_owned(),
            description: description(&found.node),
            page: page(&found.node),
            permissions: permissions(&found.node),
            path: found.node.text("path").map(str::to_owned),
            builder: read::connection_of(found.name),
            client_event: read::union_of(found.name, Direction::Client),
            server_event: read::union_of(found.name, Direction::Server),
            params: self.params(&found.as_operation()),
            source,
            schemas,
        }
    }

    fn union(
        &mut self,
        found: &read::Channel<'a>,
        direction: Direction,
        events: &[Node<'a>],
        file: &Arc<str>,
    ) -> Schema {
        let name = read::union_of(found.name, direction);
        let events = events.iter().map(|event| {
            if let Some(data) = event.text("data") {
                self.mark(
                    &Type::Named(data.to_owned()),
                    match direction {
                        Direction::Client => |usage| usage.request = true,
                        Direction::Server => |usage| usage.reply = true,
                    },
                );
            }
            let message = event.get("example").map(|example| example.value.clone());
            let example = message.as_ref().and_then(|message| message.get("data")).cloned();
            Event { example, message, ..super::event(event) }
        });
        let events = events.collect();
        let (usage, shape) = match direction {
            Direction::Client => (SENT, Shape::Commands(events)),
            Direction::Server => (RECEIVED, Shape::Events(events)),
        };
        let own = description(&found.node);
        let channel = found.node.text("path").map(|_| found.name).ok_or(own.as_str());
        let description = self.document.language.events_of(direction, channel);
        let location = Location { file: file.clone(), ..found.node.location() };
        Schema { rust: name.clone(), name, location, description, usage, shape }
    }

    /// Lowers the callbacks. Their only type so far is the union of their events.
    pub(super) fn webhooks(&mut self) -> Option<Webhooks> {
        let found = read::webhooks(self.document);
        let source = found.first()?.node.location().file;
        let items: Vec<Webhook> = found.iter().filter_map(|found| self.webhook(found)).collect();
        let name = "WebhookEvent".to_owned();
        let union = Schema {
            rust: name.clone(),
            name,
            location: Location::line(source.clone(), 1),
            description: self.document.language.callback().to_owned(),
            usage: RECEIVED,
            shape: Shape::Events(items.iter().map(|item| item.event.clone()).collect()),
        };
        let schemas = vec![union];
        Some(Webhooks { source, items, schemas })
    }

    fn webhook(&mut self, found: &read::Webhook<'a>) -> Option<Webhook> {
        let (header, data) = self.known(&found.node, found.parts())?;
        for name in [header, data] {
            self.mark(&Type::Named(name.to_owned()), |usage| usage.reply = true);
        }
        let answer = found.response().and_then(|media| {
            let schema = media.get("schema")?.reference()?.to_owned();
            Some(Answer { schema, example: media.get("example")?.value.clone() })
        });
        if let Some(answer) = &answer {
            self.mark(&Type::Named(answer.schema.clone()), |usage| usage.request = true);
        }
        let message = found.delivery().and_then(|media| media.get("example"));
        let message = message.map(|example| example.value.clone());
        let event = Event {
            wire: found.wire.to_owned(),
            aliases: Vec::new(),
            rust: found.variant(),
            data: Some(data.to_owned()),
            ends: false,
            code: None,
            boxed: false,
            description: documentation(&found.node),
            example: message.as_ref().and_then(|message| message.get("event")).cloned(),
            message,
        };
        Some(Webhook { event, location: found.node.location(), header: header.to_owned(), answer })
    }
}

/// Returns summary, description and page as documentation.
fn documentation(node: &Node<'_>) -> String {
    let page = page(node).map(|page| node.document.language.documentation(&page));
    let parts = [node.text("summary"), node.text("description"), page.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().map(str::trim).collect();
    parts.join("\n\n")
}

fn description(node: &Node<'_>) -> String {
    node.text("description").unwrap_or_default().trim().to_owned()
}

/// The size in bytes above which the data of an event are boxed. A union is as large as the largest
/// of its events, but most events are small.
const LARGE: usize = 200;

/// Chooses the events whose data are boxed. All types must be known.
pub(super) fn choose_boxing(api: &mut Api) {
    let mut sizes = Sizes {
        schemas: api.schemas().map(|schema| (schema.name.clone(), schema.shape.clone())).collect(),
        known: BTreeMap::new(),
    };
    let channels = api.channels.iter_mut().flat_map(|channel| &mut channel.schemas);
    let webhooks = api.webhooks.iter_mut().flat_map(|webhooks| &mut webhooks.schemas);
    for schema in channels.chain(webhooks) {
        let (Shape::Events(events) | Shape::Commands(events)) = &mut schema.shape else {
            continue;
        };
        for event in events {
            event.boxed = event.data.as_ref().is_some_and(|data| sizes.of(data) > LARGE);
        }
    }
}

/// An estimate of the size of values in memory, in bytes, on a 64-bit machine.
struct Sizes {
    schemas: BTreeMap<String, Shape>,
    known: BTreeMap<String, usize>,
}

impl Sizes {
    fn of(&mut self, name: &str) -> usize {
        if let Some(size) = self.known.get(name) {
            return *size;
        }
        // A type that contains itself does so behind a pointer.
        self.known.insert(name.to_owned(), 8);
        let size = match self.schemas.get(name).cloned() {
            Some(Shape::Struct(fields)) => fields.iter().map(|field| self.value(&field.kind)).sum(),
            Some(Shape::Integers(_)) => 16,
            _ => 24,
        };
        self.known.insert(name.to_owned(), size);
        size
    }

    fn value(&mut self, kind: &Type) -> usize {
        match kind {
            Type::Boolean => 1,
            Type::Int32 => 8,
            Type::Int64 | Type::Double => 16,
            Type::Json => 32,
            Type::Named(name) => self.of(name),
            Type::String | Type::Secret | Type::File | Type::List(_) | Type::Map(_) => 24,
        }
    }
}
