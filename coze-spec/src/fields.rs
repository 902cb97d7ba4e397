//! Which fields an operation, a channel or a callback holds, for those who compare the spec with the documentation.

use crate::load::Document;
use crate::node::Node;
use crate::read::{self, Channel, Direction, OperationNode, Webhook};

/// Where a field travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// In the path, query, headers or body of the request.
    Request,
    /// In the JSON reply, of which the envelope is a part.
    Response,
    /// In the data of the event of this name.
    Event(String),
}

/// The fields of one operation, channel or callback.
pub struct Fields<'a>(Holder<'a>);

enum Holder<'a> {
    Operation(OperationNode<'a>),
    Channel(Channel<'a>),
    Webhook(Webhook<'a>),
}

/// A field: its name and what the document says of it.
type Field<'a> = (&'a str, Node<'a>);

impl Document {
    /// The fields of the operation, channel or callback with this id.
    pub fn fields(&self, id: &str) -> Option<Fields<'_>> {
        let operation = read::operations(self).into_iter().find(|found| found.id == id);
        let channel = || read::channels(self).into_iter().find(|found| found.id() == id);
        let webhook = || read::webhooks(self).into_iter().find(|found| found.id() == id);
        let holder = operation
            .map(Holder::Operation)
            .or_else(|| channel().map(Holder::Channel))
            .or_else(|| webhook().map(Holder::Webhook));
        holder.map(Fields)
    }
}

impl<'a> Fields<'a> {
    /// Whether it holds the field at the end of a path of names.
    ///
    /// Lists and maps are no steps of a path: `data.items.id` is the `id` of each item.
    pub fn holds(&self, side: &Side, path: &str) -> bool {
        let mut level = self.roots(side);
        for name in path.split('.') {
            let Some((_, field)) = level.into_iter().find(|(known, _)| *known == name) else {
                return false;
            };
            level = properties(&field, 0);
        }
        true
    }

    fn roots(&self, side: &Side) -> Vec<Field<'a>> {
        match &self.0 {
            Holder::Operation(operation) => of_operation(operation, side),
            Holder::Channel(channel) => of_channel(channel, side),
            Holder::Webhook(webhook) => of_webhook(webhook, side),
        }
    }
}

fn of_operation<'a>(operation: &OperationNode<'a>, side: &Side) -> Vec<Field<'a>> {
    match side {
        Side::Request => parameters(operation).chain(operation.body_properties().0).collect(),
        Side::Response => schema_of(operation.reply()),
        Side::Event(name) => {
            let union = operation.events().and_then(|media| media.get("schema")?.resolve());
            let events = union.map(|union| union.items_of("x-coze-stream"));
            data(&events.unwrap_or_default(), name)
        }
    }
}

/// Of a channel, the request is the handshake.
fn of_channel<'a>(channel: &Channel<'a>, side: &Side) -> Vec<Field<'a>> {
    match side {
        Side::Request => parameters(&channel.as_operation()).collect(),
        Side::Response => Vec::new(),
        Side::Event(name) => {
            let sides = [Direction::Client, Direction::Server];
            sides.iter().flat_map(|side| data(&channel.events(*side), name)).collect()
        }
    }
}

/// Of a callback, the request is the delivery, and the event that is delivered.
fn of_webhook<'a>(webhook: &Webhook<'a>, side: &Side) -> Vec<Field<'a>> {
    match side {
        Side::Request => schema_of(webhook.delivery()),
        Side::Response => schema_of(webhook.answer()),
        Side::Event(name) if name == webhook.wire => {
            let delivery = schema_of(webhook.delivery());
            let event = delivery.into_iter().find(|(name, _)| *name == "event");
            event.map(|(_, event)| properties(&event, 0)).unwrap_or_default()
        }
        Side::Event(_) => Vec::new(),
    }
}

fn parameters<'a>(operation: &OperationNode<'a>) -> impl Iterator<Item = Field<'a>> {
    let parameters = operation.node.items_of("parameters").into_iter();
    parameters.filter_map(|node| Some((node.text("name")?, node.get("schema")?)))
}

/// The properties of the schema of a content.
fn schema_of(media: Option<Node<'_>>) -> Vec<Field<'_>> {
    let schema = media.and_then(|media| media.get("schema"));
    schema.map(|schema| properties(&schema, 0)).unwrap_or_default()
}

/// The properties of the data of an event.
fn data<'a>(events: &[Node<'a>], name: &str) -> Vec<Field<'a>> {
    let event = events.iter().find(|event| event.text("event") == Some(name));
    let schema = event.and_then(|event| {
        event.document.node().at(&["components", "schemas", event.text("data")?])
    });
    schema.map(|schema| properties(&schema, 0)).unwrap_or_default()
}

/// Lists and maps within each other that are looked through: more than any reply has, and an end to those that
/// contain nothing but themselves.
const DEPTH: usize = 8;

/// The properties of an object, or of the objects that a list or map holds.
fn properties<'a>(node: &Node<'a>, depth: usize) -> Vec<Field<'a>> {
    let Some(node) = node.resolve().filter(|_| depth < DEPTH) else { return Vec::new() };
    let inner = node.get("items").or_else(|| node.get("additionalProperties"));
    let parts = node.items_of("allOf").into_iter().chain(inner);
    let inherited = parts.flat_map(|part| properties(&part, depth + 1));
    inherited.chain(node.entries_of("properties")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::load_texts;

    const SPEC: &str = "
paths:
  /v1/bots/{bot_id}:
    post:
      operationId: bots.update
      parameters:
        - {name: bot_id, in: path, schema: {type: string}}
        - {name: X-Mode, in: header, schema: {type: string}}
      requestBody:
        content:
          application/json:
            schema: {$ref: '#/components/schemas/UpdateBotRequest'}
      responses:
        '200':
          content:
            application/json:
              schema:
                allOf:
                  - $ref: '#/components/schemas/Envelope'
                  - type: object
                    properties:
                      data: {type: array, items: {$ref: '#/components/schemas/Bot'}}
            text/event-stream:
              schema: {$ref: '#/components/schemas/BotEvent'}
x-webhooks:
  bot.changed:
    post:
      requestBody:
        content:
          application/json:
            schema:
              allOf:
                - $ref: '#/components/schemas/Delivery'
                - {type: object, properties: {event: {$ref: '#/components/schemas/Bot'}}}
      responses:
        '200': {content: {application/json: {schema: {$ref: '#/components/schemas/Plugin'}}}}
components:
  schemas:
    Delivery: {type: object, properties: {header: {$ref: '#/components/schemas/Envelope'}}}
    Envelope: {type: object, properties: {code: {type: integer, format: int64}}}
    UpdateBotRequest:
      type: object
      properties:
        stream: {type: boolean}
        bot: {$ref: '#/components/schemas/Bot'}
    Bot:
      type: object
      properties:
        name: {type: string}
        parent: {allOf: [{$ref: '#/components/schemas/Bot'}], description: Above.}
        plugins: {type: object, additionalProperties: {$ref: '#/components/schemas/Plugin'}}
    Plugin: {type: object, properties: {tools: {type: array, items: {type: string}}}}
    BotEvent:
      type: object
      x-coze-stream:
        - {event: changed, name: Changed, data: Bot}
        - {event: done, name: Done}
    Loop: {type: array, items: {$ref: '#/components/schemas/Loop'}}
    Alias: {$ref: '#/components/schemas/Alias'}
";

    const CHANNEL: &str = "
x-coze-channel:
  parameters:
    - {name: bot_id, in: query, schema: {type: string}}
  client:
    - {event: change, name: Change, data: Bot}
  server:
    - {event: changed, name: Changed, data: Plugin}
";

    fn held(id: &str, side: &Side, path: &str) -> bool {
        let files = [("spec/resources/bots.yaml", SPEC), ("spec/realtime/bots.yaml", CHANNEL)];
        let document = load_texts(&files).unwrap();
        document.fields(id).unwrap().holds(side, path)
    }

    fn holds(side: &Side, path: &str) -> bool {
        held("bots.update", side, path)
    }

    #[test]
    fn a_channel_holds_its_parameters_and_the_events_of_both_sides() {
        let holds = |side, path| held("realtime.bots", &side, path);
        let event = |name: &str| Side::Event(name.to_owned());
        assert!(holds(Side::Request, "bot_id"));
        assert!(holds(event("change"), "plugins.tools"));
        assert!(holds(event("changed"), "tools"));
        assert!(!holds(event("changed"), "name"));
        assert!(!holds(Side::Request, "name"));
        assert!(!holds(Side::Response, "tools"));
    }

    #[test]
    fn a_callback_holds_its_delivery_its_event_and_its_answer() {
        let holds = |side, path| held("webhooks.bot.changed", &side, path);
        assert!(holds(Side::Request, "header.code"));
        assert!(holds(Side::Request, "event.plugins.tools"));
        assert!(holds(Side::Event("bot.changed".to_owned()), "name"));
        assert!(holds(Side::Response, "tools"));
        assert!(!holds(Side::Event("bot.lost".to_owned()), "name"));
        assert!(!holds(Side::Response, "event"));
    }

    #[test]
    fn a_request_holds_its_parameters_and_all_of_its_body() {
        for path in ["bot_id", "X-Mode", "stream", "bot", "bot.name"] {
            assert!(holds(&Side::Request, path), "{path}");
        }
        for path in ["name", "code", "bot_id.name", "bot.", "", "bot.name.parent"] {
            assert!(!holds(&Side::Request, path), "{path}");
        }
    }

    #[test]
    fn lists_maps_and_references_are_no_steps_of_a_path() {
        let paths = ["code", "data.name", "data.plugins.tools", "data.parent.parent.name"];
        for path in paths {
            assert!(holds(&Side::Response, path), "{path}");
        }
        for path in ["bot_id", "data.items", "data.tools", "data.plugins.name"] {
            assert!(!holds(&Side::Response, path), "{path}");
        }
    }

    #[test]
    fn an_event_holds_what_its_own_data_holds() {
        let changed = Side::Event("changed".to_owned());
        assert!(holds(&changed, "plugins.tools"));
        assert!(!holds(&changed, "data.name"));
        assert!(!holds(&Side::Event("done".to_owned()), "name"));
        assert!(!holds(&Side::Event("unheard".to_owned()), "name"));
    }

    #[test]
    fn what_contains_only_itself_has_no_properties() {
        let document = load_texts(&[("spec/resources/bots.yaml", SPEC)]).unwrap();
        assert!(document.fields("bots.delete").is_none());
        for name in ["Loop", "Alias"] {
            let schema = document.node().at(&["components", "schemas", name]).unwrap();
            assert!(properties(&schema, 0).is_empty(), "{name}");
        }
    }
}
