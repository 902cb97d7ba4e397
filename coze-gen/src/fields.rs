//! Which fields an operation holds, for those who compare the spec with the documentation.

use crate::load::Document;
use crate::node::Node;
use crate::read::{self, Found};

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

/// The fields of one operation.
pub struct Fields<'a> {
    operation: Found<'a>,
}

/// A field: its name and what the document says of it.
type Field<'a> = (&'a str, Node<'a>);

impl Document {
    /// The fields of the operation with this id.
    pub fn fields(&self, id: &str) -> Option<Fields<'_>> {
        let operation =
            read::operations(self).into_iter().find(|found| found.id == id)?;
        Some(Fields { operation })
    }
}

impl<'a> Fields<'a> {
    /// Whether the operation holds the field at the end of a path of names.
    ///
    /// Lists and maps are no steps of a path: `data.items.id` is the `id` of each item.
    pub fn holds(&self, side: &Side, path: &str) -> bool {
        let mut level = self.roots(side);
        for name in path.split('.') {
            let Some((_, field)) = level.into_iter().find(|(known, _)| *known == name)
            else {
                return false;
            };
            level = properties(&field, 0);
        }
        true
    }

    fn roots(&self, side: &Side) -> Vec<Field<'a>> {
        match side {
            Side::Request => {
                let parameters = self.operation.node.items_of("parameters").into_iter();
                let named = parameters
                    .filter_map(|node| Some((node.text("name")?, node.get("schema")?)));
                named.chain(self.operation.body_properties().0).collect()
            }
            Side::Response => {
                let schema =
                    self.operation.reply().and_then(|media| media.get("schema"));
                schema.map(|schema| properties(&schema, 0)).unwrap_or_default()
            }
            Side::Event(name) => {
                self.event(name).map(|data| properties(&data, 0)).unwrap_or_default()
            }
        }
    }

    /// The schema of the data of an event.
    fn event(&self, name: &str) -> Option<Node<'a>> {
        let union = self.operation.events()?.get("schema")?.resolve()?;
        let events = union.items_of("x-coze-stream");
        let event = events.iter().find(|event| event.text("event") == Some(name))?;
        union.document.node().at(&["components", "schemas", event.text("data")?])
    }
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
components:
  schemas:
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

    fn holds(side: &Side, path: &str) -> bool {
        let document = load_texts(&[("spec/resources/bots.yaml", SPEC)]).unwrap();
        document.fields("bots.update").unwrap().holds(side, path)
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
        let paths =
            ["code", "data.name", "data.plugins.tools", "data.parent.parent.name"];
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
