//! Turns the document into the model: removes the envelope, chooses names, and determines the
//! module and the direction of each schema.

mod channels;
mod phrases;
mod site;
mod studio;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Deserialize as _;
use serde_json::Value;

use crate::diagnostic::{Diagnostics, ReadError};
use crate::document::{Document, FileKind, Node};
use crate::model::{
    Api, Body, ErrorCode, Event, Field, Group, Media, Name, Operation, Page, Paging, PagingStyle,
    Param, Reply, Resource, Schema, Server, Shape, Streaming, Type, Usage, Variant, Verb,
};
use crate::read::{self, MULTIPART, OperationNode, Payload};

/// Lowers a document without findings.
///
/// # Errors
/// Parts that cannot be read. A document without findings has none.
pub fn lower(document: &Document) -> Result<Api, Diagnostics> {
    let mut lowering = Lowering { document, usage: BTreeMap::new(), findings: Diagnostics::new() };
    let api = lowering.api();
    lowering.findings.or(api)
}

pub use site::lower_site;

struct Lowering<'a> {
    document: &'a Document,
    usage: BTreeMap<String, Usage>,
    findings: Diagnostics,
}

impl<'a> Lowering<'a> {
    fn api(&mut self) -> Api {
        let names = read::accessor_names(self.document);
        let mut groups: Vec<Group> = Vec::new();
        let mut positions = HashMap::new();
        for (position, (name, file)) in self.resources().into_iter().enumerate() {
            let path = name.split('.').map(str::to_owned).collect();
            let accessor = read::accessor(&names, &name);
            groups.push(Group { path, accessor, ..Group::default() });
            positions.insert(file, position);
        }
        for found in read::operations(self.document) {
            if let Some(operation) = self.operation(&found) {
                let words: Vec<&str> = found.id.split('.').collect();
                let root = positions.get(&found.node.location().file).copied();
                let root = root.and_then(|position| groups.get_mut(position));
                if let Some(root) = root.filter(|root| is_prefix(&root.path, &words)) {
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
        let tags: HashMap<_, _> = tags.iter().map(|tag| (tag.text("name"), tag)).collect();
        let resources = self.resources().into_iter().zip(groups).map(|((name, source), group)| {
            let tag = tags.get(&Some(name.as_str()));
            let description = tag.and_then(|tag| tag.text("description")).unwrap_or_default();
            let aliases = tag.map(|tag| tag.texts("x-coze-aliases")).unwrap_or_default();
            Resource {
                description: description.trim().to_owned(),
                aliases: aliases.into_iter().map(str::to_owned).collect(),
                schemas: schemas.remove(&source).unwrap_or_default(),
                name,
                source,
                group,
            }
        });
        let resources = resources.collect();
        let (channels_shared, shared): (Vec<_>, Vec<_>) =
            schemas.into_iter().partition(|(file, _)| FileKind::of(file) == FileKind::Channels);
        let all = |files: Vec<(_, Vec<Schema>)>| {
            files.into_iter().flat_map(|(_, schemas)| schemas).collect()
        };
        let root = self.document.node();
        let info = root.get("info");
        let mut api = Api {
            version: info.map(|info| text(&info, "version")).unwrap_or_default(),
            servers: root.items_of("servers").iter().map(server).collect(),
            envelope: self.envelope(),
            resources,
            shared: all(shared),
            channels,
            channels_shared: all(channels_shared),
            webhooks,
            studio: studio::server(&root),
            errors: errors(&root),
        };
        channels::choose_boxing(&mut api);
        api
    }

    /// Lowers the resources in the order of the tags.
    fn resources(&self) -> Vec<(String, Arc<str>)> {
        let tags = self.document.node().items_of("tags");
        let positions: HashMap<_, _> =
            tags.iter().enumerate().map(|(position, tag)| (tag.text("name"), position)).collect();
        let mut resources = self.document.resources.clone();
        resources.sort_by_key(|(name, _)| positions.get(&Some(name.as_str())).copied());
        resources
    }

    /// Returns the fields of the envelope. Its objects are JSON, because its schemas do not become
    /// types.
    fn envelope(&mut self) -> Vec<Field> {
        let envelope = self.document.node().at(&["components", "schemas", "Envelope"]);
        let mut fields = envelope.map(|envelope| self.fields(&envelope)).unwrap_or_default();
        for field in &mut fields {
            if matches!(field.kind, Type::Named(_)) {
                field.kind = Type::Json;
            }
        }
        fields
    }

    fn operation(&mut self, found: &OperationNode<'a>) -> Option<Operation> {
        let node = &found.node;
        let (deprecated, description) = split_deprecation(node);
        let paging = node.get("x-coze-paging");
        let reply = self.reply(found, paging.is_some())?;
        Some(Operation {
            id: found.id.to_owned(),
            method: found.id.rsplit('.').next().unwrap_or_default().to_owned(),
            builder: found.builder(),
            verb: found.verb,
            also: node.texts("x-coze-also").into_iter().filter_map(verb).collect(),
            path: found.path.to_owned(),
            location: node.location(),
            summary: text(node, "summary"),
            description,
            page: page(node),
            permissions: permissions(node),
            deprecated,
            authenticated: node.get("security").is_none(),
            changes: node.flag("x-coze-changes"),
            idempotent: node
                .text("x-coze-retry")
                .map_or(found.verb.is_idempotent(), |retry| retry == "safe"),
            timeout: node.value.get("x-coze-timeout").and_then(Value::as_u64),
            params: self.params(found),
            body: body(found),
            example: found
                .response()
                .or_else(|| found.binary())
                .and_then(|media| Some(media.get("example")?.value.clone())),
            paging: paging.and_then(|node| self.paging(found, &node, &reply)),
            reply,
            stream: self.stream(found),
            studio: studio::operation(node),
        })
    }

    fn params(&mut self, found: &OperationNode<'a>) -> Vec<Param> {
        let media = found.body();
        let examples = media.and_then(|(_, media)| media.get("example"));
        let mut params = Vec::new();
        for param in found.params() {
            let schema = param.schema();
            let constant = read::constant(&param.node).map(str::to_owned);
            let Some(mut kind) = self.known(&schema, read::type_of(&schema)) else {
                continue;
            };
            if constant.is_some() {
                // Users do not see it, so it needs no type of its own.
                kind = Type::String;
            }
            self.mark(&kind, |usage| usage.request = true);
            let example = if param.place.is_body() {
                examples.as_ref().and_then(|examples| examples.get(param.wire))
            } else {
                param.node.get("example")
            };
            let documented = param.node.get("example").filter(|_| param.place.is_body());
            let field = Field {
                rust: read::field_name(&param.node, param.wire),
                description: read::description(&param.node),
                ..Self::field(param.wire, &schema, kind, param.required)
            };
            let [example, documented] =
                [example, documented].map(|value| value.map(|value| value.value.clone()));
            let place = param.place;
            params.push(Param { place, field, constant, example, documented });
        }
        params
    }

    fn stream(&mut self, found: &OperationNode<'a>) -> Option<Streaming> {
        let content = found.events()?;
        let schema = content.get("schema")?;
        let union = schema.reference()?.to_owned();
        self.mark(&Type::Named(union.clone()), |usage| usage.reply = true);
        for event in schema.resolve()?.items_of("x-coze-stream") {
            if let Some(data) = event.text("data") {
                self.mark(&Type::Named(data.to_owned()), |usage| usage.reply = true);
            }
        }
        let switch = found.body_properties().0.iter().any(|(name, _)| *name == "stream");
        Some(Streaming { union, switch, example: text(&content, "example") })
    }

    fn reply(&mut self, found: &OperationNode<'a>, paged: bool) -> Option<Reply> {
        if found.binary().is_some() {
            return Some(Reply::Binary);
        }
        if found.response().is_none() && found.events().is_some() {
            return Some(Reply::Events);
        }
        let schema = found.response().and_then(|content| content.get("schema"))?;
        let payload = self.known(&schema, read::payload(&schema))?;
        let (reply, kind) = match payload {
            Payload::Empty => return Some(Reply::Empty),
            Payload::Data { data, required } => {
                let kind = self.known(&data, read::type_of(&data))?;
                (Reply::Data(Box::new(Self::field("data", &data, kind.clone(), required))), kind)
            }
            Payload::Flat(name) => (Reply::Flat(name.to_owned()), Type::Named(name.to_owned())),
        };
        self.mark(&kind, |usage| usage.reply = true);
        if let (Type::Named(name), true) = (kind, paged) {
            self.usage.entry(name).or_default().page = true;
        }
        Some(reply)
    }

    fn paging(
        &mut self,
        found: &OperationNode<'a>,
        node: &Node<'a>,
        reply: &Reply,
    ) -> Option<Paging> {
        let payload = match reply {
            Reply::Flat(name) => name.clone(),
            Reply::Data(data) => match &data.kind {
                Type::Named(name) => name.clone(),
                _ => return None,
            },
            _ => return None,
        };
        let schema = self.document.node().at(&["components", "schemas", &payload])?;
        let property = |key: &str| {
            let wire = node.text(key)?;
            Some(name(&schema.at(&["properties", wire])?, wire))
        };
        let params = found.params();
        let param = |key: &str| {
            let wire = node.text(key)?;
            params.iter().find(|param| param.wire == wire)
        };
        let moved = |key: &str| param(key).map(|param| name(&param.node, param.wire));
        let style = match (node.text("style")?, property("total"), property("more")) {
            ("page", Some(total), more) => {
                PagingStyle::Counted { page: moved("page")?, total, more }
            }
            ("page", None, Some(more)) => PagingStyle::Flagged { page: moved("page")?, more },
            ("token", _, Some(more)) => {
                PagingStyle::Token { token: moved("token")?, next: property("next")?, more }
            }
            ("cursor", _, Some(more)) => PagingStyle::Cursor {
                before: moved("before")?,
                after: moved("after")?,
                first: property("first")?,
                last: property("last")?,
                more,
            },
            _ => return None,
        };
        let default_size = param("size")?.schema().value.get("default").and_then(Value::as_i64)?;
        let items = schema.at(&["properties", node.text("items")?])?;
        let Type::List(item) = self.known(&items, read::type_of(&items))? else {
            return None;
        };
        let (size, items, task) = (moved("size")?, property("items")?, property("task"));
        Some(Paging { style, size, default_size, payload, items, item: *item, task })
    }

    /// Returns the schemas that become types, by file.
    fn schemas(&mut self) -> BTreeMap<Arc<str>, Vec<Schema>> {
        let mut owned: BTreeMap<Arc<str>, Vec<Schema>> = BTreeMap::new();
        for (name, node) in self.document.schemas() {
            let Some(mut usage) = self.usage.get(name).copied() else { continue };
            if read::goes_both_ways(&node) {
                (usage.request, usage.reply) = (true, true);
            }
            let description = node.text("description").unwrap_or_default();
            let (shape, description) = match node.text("type") {
                _ if node.value.get("x-coze-stream").is_some() => {
                    (Shape::Events(events(&node)), description.trim().to_owned())
                }
                Some("string") => (
                    Shape::Strings(variants(&node, |value| Some(value.to_owned()))),
                    read::without_value_lines(description),
                ),
                Some("integer") => (
                    Shape::Integers(variants(&node, |value| value.parse().ok())),
                    read::without_value_lines(description),
                ),
                _ => (Shape::Struct(self.fields(&node)), description.trim().to_owned()),
            };
            let rust = read::schema_name(&node, name);
            let location = node.location();
            let (name, file) = (name.to_owned(), location.file.clone());
            let schema = Schema { name, location, rust, description, usage, shape };
            owned.entry(file).or_default().push(schema);
        }
        owned
    }

    fn fields(&mut self, node: &Node<'a>) -> Vec<Field> {
        let required = node.texts("required");
        let mut fields = Vec::new();
        let properties = read::in_declared_order(&node.entries_of("properties"), &required);
        for (wire, property) in properties {
            if let Some(kind) = self.known(&property, read::type_of(&property)) {
                fields.push(Self::field(wire, &property, kind, required.contains(&wire)));
            }
        }
        fields
    }

    fn field(wire: &str, node: &Node<'a>, kind: Type, required: bool) -> Field {
        Field {
            wire: wire.to_owned(),
            aliases: studio::aliases(node),
            rust: read::field_name(node, wire),
            kind,
            required,
            nullable: node.flag("nullable"),
            description: read::description(node),
            limits: read::limits(node),
            default: node.value.get("default").cloned(),
        }
    }

    /// Marks every schema that a value of this type contains.
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

    fn known<T>(&mut self, node: &Node<'_>, read: Result<T, ReadError>) -> Option<T> {
        read.map_err(|error| node.report_error(&mut self.findings, error)).ok()
    }
}

/// The error codes; the rules have found entries that are none.
fn errors(root: &Node<'_>) -> Vec<ErrorCode> {
    let errors = root.items_of("x-coze-errors").into_iter();
    errors.filter_map(|node| ErrorCode::deserialize(node.value).ok()).collect()
}

fn is_prefix(path: &[String], words: &[&str]) -> bool {
    path.len() < words.len() && path.iter().zip(words).all(|(a, b)| a == b)
}

fn verb(name: &str) -> Option<Verb> {
    let verbs = [Verb::Get, Verb::Post, Verb::Put, Verb::Delete];
    verbs.into_iter().find(|verb| verb.name() == name)
}

/// Adds an operation to the group of its call path, and creates the group if necessary.
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

/// Lowers an event of a stream or a channel.
fn event(node: &Node<'_>) -> Event {
    let text = |key: &str| node.text(key).map(|text| text.trim().to_owned());
    Event {
        wire: text("event").unwrap_or_default(),
        aliases: studio::aliases(node),
        rust: text("name").unwrap_or_default(),
        data: text("data"),
        ends: node.flag("ends"),
        code: text("code"),
        boxed: false,
        description: text("description").unwrap_or_default(),
        example: None,
        message: None,
    }
}

fn page(node: &Node<'_>) -> Option<Page> {
    let page = node.get("externalDocs")?;
    let (url, title) = (page.text("url")?.to_owned(), page.text("description")?.to_owned());
    Some(Page { url, title })
}

fn permissions(node: &Node<'_>) -> Vec<String> {
    node.texts("x-coze-permission").into_iter().map(str::to_owned).collect()
}

fn server(node: &Node<'_>) -> Server {
    Server { url: text(node, "url"), description: text(node, "description") }
}

/// Splits the description of a deprecated operation: the first paragraph is the note, then follows
/// the rest.
fn split_deprecation(node: &Node<'_>) -> (Option<String>, String) {
    let description = text(node, "description");
    let description = description.trim();
    if !node.flag("deprecated") {
        return (None, description.to_owned());
    }
    let (note, rest) = description.split_once("\n\n").unwrap_or((description, ""));
    let note: Vec<&str> = note.lines().map(str::trim).collect();
    (Some(note.join(" ")), rest.trim().to_owned())
}

fn body(found: &OperationNode<'_>) -> Option<Body> {
    let (media, content) = found.body()?;
    Some(Body {
        media: if media == MULTIPART { Media::Multipart } else { Media::Json },
        required: found.node.get("requestBody").is_some_and(|body| body.flag("required")),
        example: content.get("example").map(|example| example.value.clone()).unwrap_or_default(),
    })
}

/// Returns the listed values of an enum as variants.
fn variants<T>(node: &Node<'_>, read: impl Fn(&str) -> Option<T>) -> Vec<Variant<T>> {
    let variants = read::variants(node).into_iter().filter_map(|listed| {
        let description = listed.description.unwrap_or_default();
        let aliases = studio::value_aliases(node, &listed.value);
        Some(Variant { value: read(&listed.value)?, aliases, rust: listed.rust, description })
    });
    variants.collect()
}

fn name(node: &Node<'_>, wire: &str) -> Name {
    Name { wire: wire.to_owned(), rust: read::field_name(node, wire) }
}

fn text(node: &Node<'_>, key: &str) -> String {
    node.text(key).unwrap_or_default().to_owned()
}
