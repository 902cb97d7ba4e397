//! The fields of one operation, channel or callback.

use crate::document::Node;
use crate::read::{Channel, Direction, OperationNode, Webhook};

/// The message that a field belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The path, query, headers and body of the request.
    Request,
    /// The JSON of the response, with the envelope.
    Response,
    /// The data of the event with this name.
    Event(String),
}

impl Side {
    /// Returns the side with a name of the list.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "request" => Self::Request,
            "response" => Self::Response,
            event => Self::Event(event.to_owned()),
        }
    }
}

/// The fields of one operation, channel or callback.
pub(super) enum FieldSet<'a> {
    Operation(OperationNode<'a>),
    Channel(Channel<'a>),
    Webhook(Webhook<'a>),
}

/// The name of a field, its schema, and `true` if it is required.
type Field<'a> = (&'a str, Node<'a>, bool);

impl<'a> FieldSet<'a> {
    /// Returns `true` if the entry has an event with this name.
    pub(super) fn has_event(&self, name: &str) -> bool {
        let named = |events: Vec<Node<'_>>| events.iter().any(|event| is_named(event, name));
        match self {
            Self::Operation(operation) => named(stream(operation)),
            Self::Channel(channel) => {
                let sides = [Direction::Client, Direction::Server];
                sides.into_iter().any(|side| named(channel.events(side)))
            }
            Self::Webhook(webhook) => webhook.wire == name,
        }
    }

    /// Returns `true` if a path leads to a field, see [`Self::find`].
    pub(super) fn contains(&self, side: &Side, path: &str) -> bool {
        self.find(side, path).is_some()
    }

    /// Returns the schema of the field that a path of names, joined by dots, leads to, and `true`
    /// if the field is required.
    ///
    /// Lists and maps are not steps of a path: `data.items.id` is the `id` of each item.
    pub(super) fn find(&self, side: &Side, path: &str) -> Option<(Node<'a>, bool)> {
        let (mut level, mut found) = (self.roots(side), None);
        for name in path.split('.') {
            let (_, field, required) = level.into_iter().find(|(known, ..)| *known == name)?;
            level = properties(&field, 0);
            found = Some((field, required));
        }
        found
    }

    fn roots(&self, side: &Side) -> Vec<Field<'a>> {
        match self {
            Self::Operation(operation) => of_operation(operation, side),
            Self::Channel(channel) => of_channel(channel, side),
            Self::Webhook(webhook) => of_webhook(webhook, side),
        }
    }
}

fn of_operation<'a>(operation: &OperationNode<'a>, side: &Side) -> Vec<Field<'a>> {
    match side {
        Side::Request => {
            let (body, required) = operation.body_properties();
            let body = body.into_iter().map(|(name, node)| (name, node, required.contains(&name)));
            parameters(operation).chain(body).collect()
        }
        Side::Response => schema_of(operation.response()),
        Side::Event(name) => data(&stream(operation), name),
    }
}

/// Returns the events that an operation streams.
fn stream<'a>(operation: &OperationNode<'a>) -> Vec<Node<'a>> {
    let union = operation.events().and_then(|media| media.get("schema")?.resolve());
    union.map(|union| union.items_of("x-coze-stream")).unwrap_or_default()
}

fn is_named(event: &Node<'_>, name: &str) -> bool {
    event.text("event") == Some(name)
}

/// Returns the fields of a channel, whose request is the handshake.
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

/// Returns the fields of a callback, whose request is the delivery and whose event is a part of the
/// delivery.
fn of_webhook<'a>(webhook: &Webhook<'a>, side: &Side) -> Vec<Field<'a>> {
    match side {
        Side::Request => schema_of(webhook.delivery()),
        Side::Response => schema_of(webhook.response()),
        Side::Event(name) if name == webhook.wire => {
            let delivery = schema_of(webhook.delivery());
            let event = delivery.into_iter().find(|(name, ..)| *name == "event");
            event.map(|(_, event, _)| properties(&event, 0)).unwrap_or_default()
        }
        Side::Event(_) => Vec::new(),
    }
}

fn parameters<'a>(operation: &OperationNode<'a>) -> impl Iterator<Item = Field<'a>> {
    let parameters = operation.node.items_of("parameters").into_iter();
    parameters
        .filter_map(|node| Some((node.text("name")?, node.get("schema")?, node.flag("required"))))
}

/// Returns the properties of the schema of a media type.
fn schema_of(media: Option<Node<'_>>) -> Vec<Field<'_>> {
    let schema = media.and_then(|media| media.get("schema"));
    schema.map(|schema| properties(&schema, 0)).unwrap_or_default()
}

/// Returns the properties of the data of an event.
fn data<'a>(events: &[Node<'a>], name: &str) -> Vec<Field<'a>> {
    let event = events.iter().find(|event| is_named(event, name));
    let schema = event.and_then(|event| {
        event.document.node().at(&["components", "schemas", event.text("data")?])
    });
    schema.map(|schema| properties(&schema, 0)).unwrap_or_default()
}

/// The limit on nested lists and maps. No response reaches it; it ends schemas that contain only
/// themselves.
const DEPTH: usize = 8;

/// Returns the properties of an object, or of the objects in a list or map.
fn properties<'a>(node: &Node<'a>, depth: usize) -> Vec<Field<'a>> {
    let Some(node) = node.resolve().filter(|_| depth < DEPTH) else { return Vec::new() };
    let inner = node.get("items").or_else(|| node.get("additionalProperties"));
    let parts = node.items_of("allOf").into_iter().chain(inner);
    let inherited = parts.flat_map(|part| properties(&part, depth + 1));
    let required = node.texts("required");
    let own = node.entries_of("properties").into_iter();
    inherited.chain(own.map(|(name, node)| (name, node, required.contains(&name)))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Entries;
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

    fn has_field(id: &str, side: &Side, path: &str) -> bool {
        let files = [("spec/resources/bots.yaml", SPEC), ("spec/realtime/bots.yaml", CHANNEL)];
        let document = load_texts(&files).unwrap();
        let entries = Entries::of(&document);
        let mut entries = entries.operations.iter().chain(&entries.events);
        entries.find(|entry| entry.id == id).unwrap().fields.contains(side, path)
    }

    fn bot_has(side: &Side, path: &str) -> bool {
        has_field("bots.update", side, path)
    }

    #[test]
    fn channels_contain_parameters_and_the_events_of_both_sides() {
        let has = |side, path| has_field("realtime.bots", &side, path);
        let event = |name: &str| Side::Event(name.to_owned());
        assert!(has(Side::Request, "bot_id"));
        assert!(has(event("change"), "plugins.tools"));
        assert!(has(event("changed"), "tools"));
        assert!(!has(event("changed"), "name"));
        assert!(!has(Side::Request, "name"));
        assert!(!has(Side::Response, "tools"));
    }

    #[test]
    fn callbacks_contain_delivery_event_and_response() {
        let has = |side, path| has_field("webhooks.bot.changed", &side, path);
        assert!(has(Side::Request, "header.code"));
        assert!(has(Side::Request, "event.plugins.tools"));
        assert!(has(Side::Event("bot.changed".to_owned()), "name"));
        assert!(has(Side::Response, "tools"));
        assert!(!has(Side::Event("bot.lost".to_owned()), "name"));
        assert!(!has(Side::Response, "event"));
    }

    #[test]
    fn requests_contain_parameters_and_the_whole_body() {
        for path in ["bot_id", "X-Mode", "stream", "bot", "bot.name"] {
            assert!(bot_has(&Side::Request, path), "{path}");
        }
        for path in ["name", "code", "bot_id.name", "bot.", "", "bot.name.parent"] {
            assert!(!bot_has(&Side::Request, path), "{path}");
        }
    }

    #[test]
    fn lists_maps_and_references_are_not_steps_of_a_path() {
        let paths = ["code", "data.name", "data.plugins.tools", "data.parent.parent.name"];
        for path in paths {
            assert!(bot_has(&Side::Response, path), "{path}");
        }
        for path in ["bot_id", "data.items", "data.tools", "data.plugins.name"] {
            assert!(!bot_has(&Side::Response, path), "{path}");
        }
    }

    #[test]
    fn events_contain_the_fields_of_their_data() {
        let changed = Side::Event("changed".to_owned());
        assert!(bot_has(&changed, "plugins.tools"));
        assert!(!bot_has(&changed, "data.name"));
        assert!(!bot_has(&Side::Event("done".to_owned()), "name"));
        assert!(!bot_has(&Side::Event("unheard".to_owned()), "name"));
    }

    #[test]
    fn schemas_that_contain_only_themselves_have_no_properties() {
        let document = load_texts(&[("spec/resources/bots.yaml", SPEC)]).unwrap();
        for name in ["Loop", "Alias"] {
            let schema = document.node().at(&["components", "schemas", name]).unwrap();
            assert!(properties(&schema, 0).is_empty(), "{name}");
        }
    }
}
