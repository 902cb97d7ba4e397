//! Document → model: the envelope stripped, names chosen, and each schema given its owner and its direction.

mod channels;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::load::{Document, Home};
use crate::model::{
    Api, Event, Field, Group, Operation, Paging, PagingStyle, Param, Place, Reply, Resource,
    Schema, Shape, Streaming, Type, Usage,
};
use crate::node::Node;
use crate::read::{self, Found, Payload, Unreadable, Where};

/// Lowers a document that the rules have found good.
///
/// # Errors
/// What has no meaning; there is nothing of the kind in a document without findings.
pub fn lower(document: &Document) -> Result<Api, Diagnostics> {
    let mut lowering = Lowering { document, usage: BTreeMap::new(), findings: Diagnostics::new() };
    let api = lowering.api();
    lowering.findings.or(api)
}

struct Lowering<'a> {
    document: &'a Document,
    usage: BTreeMap<String, Usage>,
    findings: Diagnostics,
}

impl<'a> Lowering<'a> {
    fn api(&mut self) -> Api {
        let mut groups: Vec<Group> = Vec::new();
        for (name, _) in self.resources() {
            let path = name.split('.').map(str::to_owned).collect();
            let accessor = read::accessor(self.document, &name, &name);
            groups.push(Group { path, accessor, ..Group::default() });
        }
        for found in read::operations(self.document) {
            if let Some(operation) = self.operation(&found) {
                let words: Vec<&str> = found.id.split('.').collect();
                let root = groups.iter_mut().find(|group| is_prefix(&group.path, &words));
                if let Some(root) = root {
                    insert(root, &words, operation);
                }
            }
        }
        let mut channels = self.channels();
        let mut webhooks = self.webhooks();
        let mut schemas = self.schemas();
        for channel in &mut channels {
            channel.schemas.extend(schemas.remove(&channel.source).unwrap_or_default());
        }
        if let Some(webhooks) = &mut webhooks {
            webhooks.schemas.extend(schemas.remove(&webhooks.source).unwrap_or_default());
        }
        let tags = self.document.node().items_of("tags");
        let resources = self.resources().into_iter().zip(groups).map(|((name, source), group)| {
            let tag = tags.iter().find(|tag| tag.text("name") == Some(&name));
            let description = tag.and_then(|tag| tag.text("description")).unwrap_or_default();
            let schemas = schemas.remove(&source).unwrap_or_default();
            Resource { name, source, description: description.trim().to_owned(), group, schemas }
        });
        let resources = resources.collect();
        let (channels_shared, shared): (Vec<_>, Vec<_>) =
            schemas.into_iter().partition(|(file, _)| Home::of(file) == Home::Channels);
        let all = |files: Vec<(_, Vec<Schema>)>| {
            files.into_iter().flat_map(|(_, schemas)| schemas).collect()
        };
        let mut api = Api {
            resources,
            shared: all(shared),
            channels,
            channels_shared: all(channels_shared),
            webhooks,
        };
        channels::size_up(&mut api);
        api
    }

    /// The resources in the reading order of the tags.
    fn resources(&self) -> Vec<(String, Arc<str>)> {
        let tags = self.document.node().items_of("tags");
        let position = |name: &str| tags.iter().position(|tag| tag.text("name") == Some(name));
        let mut resources = self.document.resources.clone();
        resources.sort_by_key(|(name, _)| position(name));
        resources
    }

    fn operation(&mut self, found: &Found<'a>) -> Option<Operation> {
        let node = &found.node;
        let description = node.text("description").unwrap_or_default().trim().to_owned();
        let (note, rest) = description.split_once('\n').unwrap_or((&description, ""));
        let deprecated = node.flag("deprecated").then(|| note.trim().to_owned());
        let paging = node.get("x-coze-paging");
        let reply = self.reply(found, paging.is_some())?;
        Some(Operation {
            id: found.id.to_owned(),
            method: found.id.rsplit('.').next().unwrap_or_default().to_owned(),
            builder: found.builder(),
            verb: found.verb,
            path: found.path.to_owned(),
            summary: node.text("summary").unwrap_or_default().to_owned(),
            description: if deprecated.is_some() { rest.trim().to_owned() } else { description },
            page: page(node),
            permission: permission(node),
            deprecated,
            params: self.params(found),
            paging: paging.and_then(|node| self.paging(found, &node, &reply)),
            reply,
            stream: self.stream(found),
            repeatable: node.text("x-coze-retry").map(|retry| retry == "safe"),
        })
    }

    fn params(&mut self, found: &Found<'a>) -> Vec<Param> {
        let media = found.body();
        let multipart = media.as_ref().is_some_and(|(media, _)| *media == "multipart/form-data");
        let examples = media.and_then(|(_, media)| media.get("example"));
        let mut params = Vec::new();
        for (place, wire, node, required) in found.params() {
            let schema = node.get("schema").filter(|_| place != Where::Body);
            let schema = schema.unwrap_or_else(|| node.clone());
            let Some(kind) = self.known(&schema, read::type_of(&schema)) else {
                continue;
            };
            let constant = constant(&schema).filter(|_| required);
            if constant.is_none() {
                self.mark(&kind, |usage| usage.request = true);
            }
            let mut field = Self::field(wire, &node, kind, required);
            if place != Where::Body {
                // The limits stand in the schema, the description beside it.
                field.description = parameter_documentation(&node, &schema);
            }
            let example = match place {
                Where::Body => examples.as_ref().and_then(|examples| examples.get(wire)),
                _ => node.get("example"),
            };
            let place = match place {
                Where::Path => Place::Path,
                // OpenAPI's default for the style `form`.
                Where::Query => Place::Query {
                    explode: node.value.get("explode").and_then(Value::as_bool).unwrap_or(true),
                },
                Where::Header => Place::Header,
                Where::Body if multipart => Place::Part,
                Where::Body => Place::Body,
            };
            let example = example.map(|example| example.value.clone());
            params.push(Param { place, field, constant, example });
        }
        params
    }

    fn stream(&mut self, found: &Found<'a>) -> Option<Streaming> {
        let schema = found.events().and_then(|content| content.get("schema"))?;
        let union = schema.reference()?.to_owned();
        self.mark(&Type::Named(union.clone()), |usage| usage.reply = true);
        for event in schema.resolve()?.items_of("x-coze-stream") {
            if let Some(data) = event.text("data") {
                self.mark(&Type::Named(data.to_owned()), |usage| usage.reply = true);
            }
        }
        let switch = found.body_properties().0.iter().any(|(name, _)| *name == "stream");
        Some(Streaming { union, switch })
    }

    fn reply(&mut self, found: &Found<'a>, paged: bool) -> Option<Reply> {
        if found.binary().is_some() {
            return Some(Reply::Binary);
        }
        if found.reply().is_none() && found.events().is_some() {
            return Some(Reply::Events);
        }
        let schema = found.reply().and_then(|content| content.get("schema"))?;
        let payload = self.known(&schema, read::payload(&schema))?;
        let (reply, kind) = match payload {
            Payload::Empty => return Some(Reply::Empty),
            Payload::Data(data) => {
                let kind = self.known(&data, read::type_of(&data))?;
                (Reply::Data(kind.clone()), kind)
            }
            Payload::Flat(name) => (Reply::Flat(name.to_owned()), Type::Named(name.to_owned())),
        };
        self.mark(&kind, |usage| usage.reply = true);
        if let (Type::Named(name), true) = (kind, paged) {
            self.usage.entry(name).or_default().page = true;
        }
        Some(reply)
    }

    fn paging(&mut self, found: &Found<'a>, node: &Node<'a>, reply: &Reply) -> Option<Paging> {
        let payload = match reply {
            Reply::Data(Type::Named(name)) | Reply::Flat(name) => name.clone(),
            _ => return None,
        };
        let schema = self.document.node().at(&["components", "schemas", &payload])?;
        let property = |key: &str| {
            let wire = node.text(key)?;
            Some(read::field_name(&schema.at(&["properties", wire])?, wire))
        };
        let param = |key: &str| node.text(key).map(str::to_owned);
        let style = match (node.text("style")?, property("total"), property("more")) {
            ("page", Some(total), more) => {
                PagingStyle::Counted { page: param("page")?, total, more }
            }
            ("page", None, Some(more)) => PagingStyle::Flagged { page: param("page")?, more },
            ("token", _, Some(more)) => {
                PagingStyle::Token { token: param("token")?, next: property("next")?, more }
            }
            ("cursor", _, Some(more)) => PagingStyle::Cursor {
                before: param("before")?,
                after: param("after")?,
                first: property("first")?,
                last: property("last")?,
                more,
            },
            _ => return None,
        };
        let size = node.text("size")?;
        let (_, _, size_node, _) = found.params().into_iter().find(|param| param.1 == size)?;
        let schema_of_size = size_node.get("schema").unwrap_or(size_node);
        let default = schema_of_size.value.get("default").and_then(Value::as_i64)?;
        let items = schema.at(&["properties", node.text("items")?])?;
        let Type::List(item) = self.known(&items, read::type_of(&items))? else {
            return None;
        };
        let item = match *item {
            Type::Named(name) => name,
            _ => "String".to_owned(),
        };
        let items = (property("items")?, item);
        Some(Paging { style, size: (size.to_owned(), default), payload, items })
    }

    /// The schemas that become types, by the file that owns them.
    fn schemas(&mut self) -> BTreeMap<Arc<str>, Vec<Schema>> {
        let mut owned: BTreeMap<Arc<str>, Vec<Schema>> = BTreeMap::new();
        for (name, node) in self.document.schemas() {
            let Some(usage) = self.usage.get(name).copied() else { continue };
            let description = node.text("description").unwrap_or_default();
            let variants =
                || read::variants(&node).into_iter().map(|(variant, _)| variant).collect();
            let (shape, description) = match node.text("type") {
                _ if node.value.get("x-coze-stream").is_some() => {
                    (Shape::Events(events(&node)), description.trim().to_owned())
                }
                Some("string") => {
                    (Shape::Strings(variants()), read::without_value_lines(description))
                }
                Some("integer") => {
                    (Shape::Integers(variants()), read::without_value_lines(description))
                }
                _ => (Shape::Struct(self.fields(&node)), description.trim().to_owned()),
            };
            let rust = read::schema_name(&node, name);
            let file = node.place().file;
            let name = name.to_owned();
            let schema = Schema { name, file: file.clone(), rust, description, usage, shape };
            owned.entry(file).or_default().push(schema);
        }
        owned
    }

    fn fields(&mut self, node: &Node<'a>) -> Vec<Field> {
        let required = node.texts("required");
        let mut fields = Vec::new();
        for (wire, property) in node.entries_of("properties") {
            if let Some(kind) = self.known(&property, read::type_of(&property)) {
                fields.push(Self::field(wire, &property, kind, required.contains(&wire)));
            }
        }
        fields
    }

    fn field(wire: &str, node: &Node<'a>, kind: Type, required: bool) -> Field {
        Field {
            wire: wire.to_owned(),
            rust: read::field_name(node, wire),
            kind,
            required,
            nullable: node.flag("nullable"),
            description: read::documentation(node),
        }
    }

    /// Marks every schema that a value of this type holds.
    fn mark(&mut self, kind: &Type, set: fn(&mut Usage)) {
        let name = match kind {
            Type::List(inner) | Type::Map(inner) => return self.mark(inner, set),
            Type::Named(name) => name,
            _ => return,
        };
        let usage = self.usage.entry(name.clone()).or_default();
        let before = *usage;
        set(usage);
        if before == *usage {
            return;
        }
        let Some(schema) = self.document.node().at(&["components", "schemas", name]) else {
            return;
        };
        for (_, property) in schema.entries_of("properties") {
            if let Ok(kind) = read::type_of(&property) {
                self.mark(&kind, set);
            }
        }
    }

    fn known<T>(&mut self, node: &Node<'_>, read: Result<T, Unreadable>) -> Option<T> {
        read.map_err(|(what, cure)| self.findings.push(node.place(), what, cure)).ok()
    }
}

fn is_prefix(path: &[String], words: &[&str]) -> bool {
    path.len() < words.len() && path.iter().zip(words).all(|(a, b)| a == b)
}

/// Puts an operation into the group of its call path, made if it is not there.
fn insert(group: &mut Group, words: &[&str], operation: Operation) {
    let depth = group.path.len();
    if words.len() == depth + 1 {
        return group.operations.push(operation);
    }
    let next = words[depth];
    let position =
        group.children.iter().position(|child| child.path.last().is_some_and(|last| last == next));
    let position = position.unwrap_or_else(|| {
        let path = words[..=depth].iter().map(|word| (*word).to_owned()).collect();
        let accessor = read::accessor_of(&words[..=depth].join("."));
        group.children.push(Group { path, accessor, ..Group::default() });
        group.children.len() - 1
    });
    insert(&mut group.children[position], words, operation);
}

fn events(node: &Node<'_>) -> Vec<Event> {
    node.items_of("x-coze-stream").iter().map(event).collect()
}

/// An event of a stream or a channel.
fn event(node: &Node<'_>) -> Event {
    let text = |key: &str| node.text(key).map(|text| text.trim().to_owned());
    Event {
        wire: text("event").unwrap_or_default(),
        rust: text("name").unwrap_or_default(),
        data: text("data"),
        ends: node.flag("ends"),
        boxed: false,
        description: text("description").unwrap_or_default(),
        example: None,
    }
}

fn page(node: &Node<'_>) -> Option<(String, String)> {
    let page = node.get("externalDocs")?;
    Some((page.text("url")?.to_owned(), page.text("description")?.to_owned()))
}

fn permission(node: &Node<'_>) -> Vec<String> {
    node.texts("x-coze-permission").into_iter().map(str::to_owned).collect()
}

/// The only value of an enum with one value.
fn constant(schema: &Node<'_>) -> Option<String> {
    let target = schema.resolve()?;
    match &target.items_of("enum")[..] {
        [only] => only.value.as_str().map(str::to_owned),
        _ => None,
    }
}

fn parameter_documentation(node: &Node<'_>, schema: &Node<'_>) -> String {
    let limits = if schema.reference().is_some() { String::new() } else { read::limits(schema) };
    let text = node.text("description").unwrap_or_default().trim_end().to_owned();
    read::join(&text, &limits)
}
