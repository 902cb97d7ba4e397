//! What is known of every operation, as one JSON table for programs that call operations by their id.
//!
//! The document has the limits, examples and enums; the model has the names of the SDK.

use serde_json::{Map, Value, json};

use crate::load::Document;
use crate::model::{Api, Operation, Param, Place, Reply, Shape, Type, Verb};
use crate::node::Node;
use crate::read::{self, Found};

/// Where it lies, relative to the workspace.
pub const TABLE: &str = "coze-cli/src/generated/operations.json";

/// How deep nested objects are described; some contain themselves.
const DEPTH: usize = 6;

/// The table: an array, one operation a line, in reading order.
pub fn table(document: &Document, api: &Api) -> String {
    let found = read::operations(document);
    let table = Table { api };
    let mut lines = Vec::new();
    for resource in &api.resources {
        for operation in resource.operations() {
            let Some(found) = found.iter().find(|found| found.id == operation.id) else {
                continue;
            };
            lines.push(table.operation(&resource.name, operation, found).to_string());
        }
    }
    format!("[\n{}\n]\n", lines.join(",\n"))
}

struct Table<'a> {
    api: &'a Api,
}

impl Table<'_> {
    fn operation(&self, group: &str, operation: &Operation, found: &Found<'_>) -> Value {
        let nodes = found.params();
        let multipart = found.body().is_some_and(|(kind, _)| kind.contains("multipart"));
        let shown = operation.params.iter().filter(|param| param.constant.is_none());
        let parameters: Vec<Value> = shown
            .clone()
            .filter_map(|param| {
                let (_, _, node, _) =
                    nodes.iter().find(|(_, name, ..)| *name == param.field.wire)?;
                Some(self.parameter(param, node, multipart))
            })
            .collect();
        let examples = shown.filter_map(|param| {
            let example = param.example.clone().filter(|example| !example.is_null())?;
            Some((param.field.wire.clone(), example))
        });
        let title_zh = operation.page.as_ref().map(|(_, title)| title.as_str());
        let docs = operation.page.as_ref().map(|(url, _)| url.as_str());
        let mut entry = Entry::new();
        entry.put("id", operation.id.as_str());
        entry.put("group", group);
        entry.put("title", operation.summary.as_str());
        entry.some("title_zh", title_zh);
        entry.text("description", &operation.description);
        entry.put("method", operation.verb.name().to_uppercase());
        entry.put("path", operation.path.as_str());
        entry.put("permissions", operation.permission.clone());
        entry.some("docs", docs);
        entry.put("deprecated", operation.deprecated.is_some());
        entry.put("documented", operation.page.is_some());
        entry.put("answer", answer(operation));
        entry.put("paged", operation.paging.is_some());
        entry.put("changes", changes(operation));
        entry.put("parameters", parameters);
        entry.put("reply", self.reply(found));
        entry.put("events", self.events(found));
        entry.put("example", Value::Object(examples.collect()));
        entry.value()
    }

    fn parameter(&self, param: &Param, node: &Node<'_>, multipart: bool) -> Value {
        let schema =
            node.get("schema").filter(|_| !matches!(param.place, Place::Body | Place::Part));
        let mut entry = Entry::new();
        entry.put("name", param.field.wire.as_str());
        if param.field.rust != param.field.wire {
            entry.put("rust", param.field.rust.as_str());
        }
        entry.put("in", place(param.place, multipart));
        entry.put("required", param.field.required);
        entry.text("description", &description(node));
        self.describe(&mut entry, schema.as_ref().unwrap_or(node), DEPTH);
        let example = param.example.clone().filter(|example| !example.is_null());
        entry.some("example", example);
        entry.value()
    }

    /// Type, limits and what is inside.
    fn describe(&self, entry: &mut Entry, node: &Node<'_>, depth: usize) {
        let Ok(kind) = read::type_of(node) else { return entry.put("type", "json") };
        for (key, name) in LIMITS {
            entry.some(name, node.value.get(key).cloned());
        }
        match kind {
            Type::String => entry.put("type", "string"),
            Type::Secret => {
                entry.put("type", "string");
                entry.put("secret", true);
            }
            Type::Int32 | Type::Int64 => entry.put("type", "integer"),
            Type::Double => entry.put("type", "number"),
            Type::Boolean => entry.put("type", "boolean"),
            Type::Json => entry.put("type", "json"),
            Type::File => entry.put("type", "file"),
            Type::Named(name) => self.named(entry, &name, node, depth),
            Type::List(_) => {
                self.within(entry, "array", "items", node.get("items"), depth);
            }
            Type::Map(_) => {
                let values = node.get("additionalProperties");
                self.within(entry, "map", "values", values, depth);
            }
        }
    }

    /// A list or a map, and what it holds.
    fn within(
        &self,
        entry: &mut Entry,
        kind: &str,
        key: &str,
        inner: Option<Node<'_>>,
        depth: usize,
    ) {
        entry.put("type", kind);
        let mut held = Entry::new();
        if let Some(inner) = inner {
            self.describe(&mut held, &inner, depth);
        }
        entry.put(key, held.value());
    }

    fn named(&self, entry: &mut Entry, name: &str, node: &Node<'_>, depth: usize) {
        let (Some(target), Some(depth)) = (node.resolve(), depth.checked_sub(1)) else {
            return entry.put("type", "json");
        };
        let schema = self.api.schema(name);
        let rust = schema.map(|schema| self.api.rust_path(schema));
        let variants = read::variants(&target);
        if variants.is_empty() {
            entry.put("type", "object");
            entry.some("rust_type", rust);
            return entry.put("properties", self.properties(&target, depth));
        }
        let integers = schema.is_some_and(|s| matches!(s.shape, Shape::Integers(_)));
        entry.put("type", if integers { "integer" } else { "string" });
        entry.some("rust_type", rust);
        let values = variants.into_iter().map(|(variant, _)| {
            let value = match variant.wire.parse::<i64>() {
                Ok(number) if integers => json!(number),
                _ => json!(variant.wire),
            };
            let mut entry = Entry::new();
            entry.put("value", value);
            entry.text("description", &variant.description);
            if integers {
                entry.put("rust", variant.rust);
            }
            entry.value()
        });
        entry.put("enum", values.collect::<Vec<_>>());
        // All enumerations of the API may grow.
        entry.put("enum_closed", false);
    }

    fn properties(&self, schema: &Node<'_>, depth: usize) -> Vec<Value> {
        let required = schema.texts("required");
        let properties = schema.entries_of("properties").into_iter();
        let described = properties.map(|(name, node)| {
            let mut entry = Entry::new();
            entry.put("name", name);
            let rust = read::field_name(&node, name);
            if rust != name {
                entry.put("rust", rust);
            }
            entry.put("required", required.contains(&name));
            if node.flag("nullable") {
                entry.put("nullable", true);
            }
            entry.text("description", &description(&node));
            self.describe(&mut entry, &node, depth);
            entry.value()
        });
        described.collect()
    }

    /// The fields of the reply as they are on the wire, without the envelope.
    fn reply(&self, found: &Found<'_>) -> Vec<Value> {
        let Some(schema) = found.reply().and_then(|media| media.get("schema")) else {
            return Vec::new();
        };
        match read::payload(&schema) {
            Ok(read::Payload::Data(node)) => {
                let mut entry = Entry::new();
                entry.put("name", "data");
                entry.text("description", &description(&node));
                self.describe(&mut entry, &node, DEPTH);
                vec![entry.value()]
            }
            Ok(read::Payload::Flat(name)) => {
                let root = schema.document.node();
                let target = root.at(&["components", "schemas", name]);
                target.map(|node| self.properties(&node, DEPTH)).unwrap_or_default()
            }
            Ok(read::Payload::Empty) | Err(_) => Vec::new(),
        }
    }

    fn events(&self, found: &Found<'_>) -> Vec<Value> {
        let union = found.events().and_then(|media| media.get("schema")?.resolve());
        let Some(union) = union else { return Vec::new() };
        let events = union.items_of("x-coze-stream").into_iter();
        let described = events.map(|event| {
            let data = event
                .text("data")
                .and_then(|name| event.document.node().at(&["components", "schemas", name]));
            let fields = data.map(|data| self.properties(&data, DEPTH - 3));
            let mut entry = Entry::new();
            entry.put("event", event.text("event").unwrap_or_default());
            entry.text("description", event.text("description").unwrap_or_default());
            entry.put("ends", event.flag("ends"));
            entry.put("fields", fields.unwrap_or_default());
            entry.value()
        });
        described.collect()
    }
}

/// Keywords of the document and the keys of the table.
const LIMITS: [(&str, &str); 7] = [
    ("default", "default"),
    ("minimum", "minimum"),
    ("maximum", "maximum"),
    ("minLength", "min_length"),
    ("maxLength", "max_length"),
    ("minItems", "min_items"),
    ("maxItems", "max_items"),
];

/// The description without the limits, which have keys of their own.
fn description(node: &Node<'_>) -> String {
    let own = node.text("description").map(str::to_owned);
    let named = || {
        let named = node.get("schema").unwrap_or_else(|| node.clone()).resolve()?;
        let text = named.text("description")?;
        Some(text.lines().next().unwrap_or_default().to_owned())
    };
    own.or_else(named).unwrap_or_default()
}

fn place(place: Place, multipart: bool) -> &'static str {
    match place {
        Place::Path => "path",
        Place::Query { .. } => "query",
        Place::Header => "header",
        Place::Body | Place::Part if multipart => "form",
        Place::Body | Place::Part => "body",
    }
}

fn answer(operation: &Operation) -> &'static str {
    match (&operation.reply, &operation.stream) {
        (Reply::Binary, _) => "file",
        (Reply::Events, _) => "events",
        (_, Some(_)) => "json_or_events",
        (_, None) => "json",
    }
}

/// Whether it may change something, or cost something. A POST that only looks something up is told by its paging or by the
/// permissions that the platform asks for: their names begin with what they allow, as in `readMember` or `Bot.listVersion`.
fn changes(operation: &Operation) -> bool {
    const LOOKS: [&str; 5] = ["get", "identify", "list", "read", "retrieve"];
    let looks = |permission: &String| {
        let name = permission.rsplit('.').next().unwrap_or_default();
        LOOKS.iter().any(|verb| {
            let object = name.strip_prefix(verb);
            object.is_some_and(|object| object.starts_with(char::is_uppercase))
        })
    };
    let permissions = &operation.permission;
    let only_looks = !permissions.is_empty() && permissions.iter().all(looks);
    operation.verb != Verb::Get && operation.paging.is_none() && !only_looks
}

/// An object of the table, in which what says nothing is left out.
struct Entry(Map<String, Value>);

impl Entry {
    fn new() -> Self {
        Self(Map::new())
    }

    fn put(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn some<T: Into<Value>>(&mut self, key: &str, value: Option<T>) {
        if let Some(value) = value {
            self.put(key, value);
        }
    }

    fn text(&mut self, key: &str, text: &str) {
        if !text.trim().is_empty() {
            self.put(key, text.trim());
        }
    }

    fn value(self) -> Value {
        Value::Object(self.0)
    }
}
