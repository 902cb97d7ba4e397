//! How channels and callbacks are read.

use heck::ToUpperCamelCase as _;

use super::{OperationNode, ReadError};
use crate::load::Document;
use crate::location::Location;
use crate::model::Verb;
use crate::node::Node;

/// A channel as it stands in the document.
pub(crate) struct Channel<'a> {
    /// The name of its file.
    pub(crate) name: &'a str,
    pub(crate) node: Node<'a>,
}

/// Who sends an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Client,
    Server,
}

/// Every channel, in the order of the files.
pub(crate) fn channels(document: &Document) -> Vec<Channel<'_>> {
    let entries = document.node().entries_of("x-coze-channels").into_iter();
    entries.map(|(name, node)| Channel { name, node }).collect()
}

/// A channel or a callback to those who compare the spec with the documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventsInfo {
    /// The id: `realtime.chat`, `webhooks.bot.published`.
    pub id: String,
    /// What the events come by: the path of a channel, or its name if it has none, or the type of a callback.
    pub route: String,
    /// The last segment of the address of its page, if it has one.
    pub slug: Option<String>,
    /// Where it stands.
    pub location: Location,
}

impl Document {
    /// Every channel and every callback, in the order of the files.
    pub fn events(&self) -> Vec<EventsInfo> {
        let channels = channels(self).into_iter().map(|channel| EventsInfo {
            id: channel.id(),
            route: channel.node.text("path").unwrap_or(channel.name).to_owned(),
            slug: channel.as_operation().slug(),
            location: channel.node.location(),
        });
        let webhooks = webhooks(self).into_iter().map(|webhook| EventsInfo {
            id: webhook.id(),
            route: webhook.wire.to_owned(),
            slug: webhook.as_operation().slug(),
            location: webhook.node.location(),
        });
        channels.chain(webhooks).collect()
    }
}

impl<'a> Channel<'a> {
    /// The id: `realtime.chat`.
    pub(crate) fn id(&self) -> String {
        format!("realtime.{}", self.name)
    }

    /// The events that one side sends.
    pub(crate) fn events(&self, direction: Direction) -> Vec<Node<'a>> {
        self.node.items_of(match direction {
            Direction::Client => "client",
            Direction::Server => "server",
        })
    }

    /// The channel as if it were an operation, which has the same kind of parameters.
    pub(crate) fn as_operation(&self) -> OperationNode<'a> {
        let path = self.node.text("path").unwrap_or_default();
        let (verb, node, id) = (Verb::Get, self.node.clone(), self.name);
        OperationNode { path, verb, node, id }
    }
}

/// The name of the union of the events that one side of a channel sends: `ChatServerEvent`.
pub(crate) fn union_of(channel: &str, direction: Direction) -> String {
    format!("{}{direction:?}Event", channel.to_upper_camel_case())
}

/// The name of the builder of a connection: `ConnectChat`.
pub(crate) fn connection_of(channel: &str) -> String {
    format!("Connect{}", channel.to_upper_camel_case())
}

/// A callback as it stands in the document.
pub(crate) struct Webhook<'a> {
    /// The event on the wire.
    pub(crate) wire: &'a str,
    /// Its `post`.
    pub(crate) node: Node<'a>,
}

/// Every callback, in the order of the spec.
pub(crate) fn webhooks(document: &Document) -> Vec<Webhook<'_>> {
    let entries = document.node().entries_of("x-webhooks").into_iter();
    let posts = entries.filter_map(|(wire, item)| Some((wire, item.get("post")?)));
    posts.map(|(wire, node)| Webhook { wire, node }).collect()
}

impl<'a> Webhook<'a> {
    /// The id: `webhooks.bot.published`.
    pub(crate) fn id(&self) -> String {
        format!("webhooks.{}", self.wire)
    }

    /// The callback as if it were an operation, which is described in the same way.
    pub(crate) fn as_operation(&self) -> OperationNode<'a> {
        let (verb, node, id) = (Verb::Post, self.node.clone(), self.wire);
        OperationNode { path: "", verb, node, id }
    }

    /// The name of its variant: `bot.published` → `BotPublished`.
    pub(crate) fn variant(&self) -> String {
        let given = self.node.text("x-coze-name");
        given.map_or_else(|| self.wire.to_upper_camel_case(), str::to_owned)
    }

    /// The content of a delivery.
    pub(crate) fn delivery(&self) -> Option<Node<'a>> {
        self.node.at(&["requestBody", "content", "application/json"])
    }

    /// The content of the answer, where the platform reads one.
    pub(crate) fn answer(&self) -> Option<Node<'a>> {
        self.node.at(&["responses", "200", "content", "application/json"])
    }

    /// The names of the schemas of the header and of the event.
    pub(crate) fn parts(&self) -> Result<(&'a str, &'a str), ReadError> {
        const HELP: &str = "write the delivery in the form of spec/README.md";
        let schema = self.delivery().and_then(|media| media.get("schema"));
        let all = schema.map(|schema| schema.items_of("allOf")).unwrap_or_default();
        let [delivery, payload] = &all[..] else {
            return Err(ReadError::new("a delivery that is not a header and its event", HELP));
        };
        let only = |node: Option<Node<'a>>, name: &str| match &node?.entries_of("properties")[..] {
            [(key, property)] if *key == name => property.reference(),
            _ => None,
        };
        let header = delivery.reference().and_then(|_| only(delivery.resolve(), "header"));
        let event = only(Some(payload.clone()), "event");
        header.zip(event).ok_or_else(|| {
            ReadError::new("a delivery with other properties than `header` and `event`", HELP)
        })
    }
}
