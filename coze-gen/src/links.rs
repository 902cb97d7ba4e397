//! Turns operation ids in descriptions into links to the methods of the SDK.

use std::collections::BTreeMap;

use coze_spec::model::{Api, Param, Resource, Schema, Shape, Variant};
use coze_spec::prose::{Piece, pieces};

/// Turns every operation id in the descriptions into a link: `` `bots.list` `` becomes
/// `` [`bots.list`](crate::bots::Bots::list) ``.
pub(crate) fn link_operations(mut api: Api) -> Api {
    let links = Links::of(&api);
    for resource in &mut api.resources {
        links.resource(resource);
    }
    for channel in &mut api.channels {
        links.text(&mut channel.description);
        links.params(&mut channel.params);
        links.schemas(&mut channel.schemas);
    }
    if let Some(webhooks) = &mut api.webhooks {
        links.schemas(&mut webhooks.schemas);
    }
    links.schemas(&mut api.shared);
    links.schemas(&mut api.channels_shared);
    api
}

/// The path of the method of each operation, by operation id.
struct Links(BTreeMap<String, String>);

impl Links {
    fn of(api: &Api) -> Self {
        let mut links = BTreeMap::new();
        for resource in &api.resources {
            for group in resource.group.walk() {
                for operation in &group.operations {
                    let (module, method) = (&resource.name, &operation.method);
                    let path = format!("crate::{module}::{}::{method}", group.accessor);
                    links.insert(operation.id.clone(), path);
                }
            }
        }
        Self(links)
    }

    fn resource(&self, resource: &mut Resource) {
        self.text(&mut resource.description);
        self.schemas(&mut resource.schemas);
        let mut groups = vec![&mut resource.group];
        while let Some(group) = groups.pop() {
            for operation in &mut group.operations {
                self.text(&mut operation.summary);
                self.text(&mut operation.description);
                self.params(&mut operation.params);
            }
            groups.extend(&mut group.children);
        }
    }

    fn params(&self, params: &mut [Param]) {
        for param in params {
            self.text(&mut param.field.description);
        }
    }

    fn schemas(&self, schemas: &mut [Schema]) {
        for schema in schemas {
            self.text(&mut schema.description);
            match &mut schema.shape {
                Shape::Struct(fields) => {
                    for field in fields {
                        self.text(&mut field.description);
                    }
                }
                Shape::Strings(variants) => self.variants(variants),
                Shape::Integers(variants) => self.variants(variants),
                Shape::Events(events) | Shape::Commands(events) => {
                    for event in events {
                        self.text(&mut event.description);
                    }
                }
            }
        }
    }

    fn variants<T>(&self, variants: &mut [Variant<T>]) {
        for variant in variants {
            self.text(&mut variant.description);
        }
    }

    fn text(&self, text: &mut String) {
        let mut linked = String::new();
        for piece in pieces(text, |id| self.0.contains_key(id)) {
            match piece {
                Piece::Text(text) => linked.push_str(text),
                Piece::Operation(id) => {
                    let path = self.0.get(id).map(String::as_str).unwrap_or_default();
                    linked.extend(["[`", id, "`](", path, ")"]);
                }
            }
        }
        *text = linked;
    }
}

#[cfg(test)]
mod tests {
    use super::Links;

    fn linked(text: &str) -> String {
        let path = "crate::bots::Bots::list".to_owned();
        let mut text = text.to_owned();
        Links([("bots.list".to_owned(), path)].into()).text(&mut text);
        text
    }

    #[test]
    fn operations_become_links() {
        for (text, expected) in [
            ("See `bots.list`.", "See [`bots.list`](crate::bots::Bots::list)."),
            (
                "`bots.list` and\n`bots.other`",
                "[`bots.list`](crate::bots::Bots::list) and\n`bots.other`",
            ),
            ("`a\nb` `bots.list`", "`a\nb` [`bots.list`](crate::bots::Bots::list)"),
        ] {
            assert_eq!(linked(text), expected);
        }
    }

    #[test]
    fn other_text_is_unchanged() {
        for text in [
            "",
            "bots.list",
            "[`bots.list`](https://example.com)",
            "```\n`bots.list`\n```\n",
            "an unclosed `backtick",
            "an unclosed `bots.list",
            "at the end `",
            "`` ` `` and ```",
        ] {
            assert_eq!(linked(text), text);
        }
    }
}
