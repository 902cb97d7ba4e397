//! Typed access to channels and callbacks.

use heck::ToUpperCamelCase as _;

use super::OperationNode;
use crate::diagnostic::ReadError;
use crate::document::{Document, Node};
use crate::model::Verb;

/// A channel in the document.
pub(crate) struct Channel<'a> {
    /// The name of its file.
    pub(crate) name: &'a str,
    pub(crate) node: Node<'a>,
}

/// The side that sends an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Client,
    Server,
}

/// Returns every channel, in the order of the files.
pub(crate) fn channels(document: &Document) -> Vec<Channel<'_>> {
    let entries = document.node().entries_of("x-coze-channels").into_iter();
    entries.map(|(name, node)| Channel { name, node }).collect()
}

impl<'a> Channel<'a> {
    /// Returns the id, such as `realtime.chat`.
    pub(crate) fn id(&self) -> String {
        format!("realtime.{}", self.name)
    }

    /// Returns the events that one side sends.
    pub(crate) fn events(&self, direction: Direction) -> Vec<Node<'a>> {
        self.node.items_of(match direction {
            Direction::Client => "client",
            Direction::Server => "server",
        })
    }

    /// Returns the channel as an operation, because both have the same kind of parameters.
    pub(crate) fn as_operation(&self) -> OperationNode<'a> {
        let path = self.node.text("path").unwrap_or_default();
        let (verb, node, id) = (Verb::Get, self.node.clone(), self.name);
        OperationNode { path, verb, node, id }
    }
}

/// Returns the name of the union of one side's events, such as `ChatServerEvent`.
pub(crate) fn union_of(channel: &str, direction: Direction) -> String {
    format!("{}{direction:?}Event", channel.to_upper_camel_case())
}

/// Returns the name of the builder of a connection, such as `ConnectChat`.
pub(crate) fn connection_of(channel: &str) -> String {
    format!("Connect{}", channel.to_upper_camel_case())
}

/// A callback in the document.
pub(crate) struct Webhook<'a> {
    /// The type of the event on the wire.
    pub(crate) wire: &'a str,
    /// The operation `post` of the callback.
    pub(crate) node: Node<'a>,
}

/// Returns every callback, in the order of the spec.
pub(crate) fn webhooks(document: &Document) -> Vec<Webhook<'_>> {
    let entries = document.node().entries_of("x-webhooks").into_iter();
    let posts = entries.filter_map(|(wire, item)| Some((wire, item.get("post")?)));
    posts.map(|(wire, node)| Webhook { wire, node }).collect()
}

impl<'a> Webhook<'a> {
    /// Returns the id, such as `webhooks.bot.published`.
    pub(crate) fn id(&self) -> String {
        format!("webhooks.{}", self.wire)
    }

    /// Returns the callback as an operation, because both have the same keys.
    pub(crate) fn as_operation(&self) -> OperationNode<'a> {
        let (verb, node, id) = (Verb::Post, self.node.clone(), self.wire);
        OperationNode { path: "", verb, node, id }
    }

    /// Returns the name of the variant, such as `BotPublished` for `bot.published`.
    pub(crate) fn variant(&self) -> String {
        let explicit = self.node.text("x-coze-name");
        explicit.map_or_else(|| self.wire.to_upper_camel_case(), str::to_owned)
    }

    /// Returns the content of a delivery.
    pub(crate) fn delivery(&self) -> Option<Node<'a>> {
        self.node.at(&["requestBody", "content", "application/json"])
    }

    /// Returns the content of the response, if the platform reads one.
    pub(crate) fn response(&self) -> Option<Node<'a>> {
        self.node.at(&["responses", "200", "content", "application/json"])
    }

    /// Returns the names of the schemas of the header and of the event.
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
