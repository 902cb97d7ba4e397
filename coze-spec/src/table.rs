//! What is known of every operation, as one JSON table for programs that call operations by their id.

use serde_json::{Map, Value};

use crate::model::{Api, Event, Field, Limits, Operation, Param, Place, Reply, Shape, Type};

/// How deep nested objects are described; some contain themselves.
const DEPTH: usize = 6;

/// Returns the table: an array, one operation a line, in reading order.
pub fn table(api: &Api) -> String {
    let table = Table { api };
    let resources = api.resources.iter().flat_map(|resource| {
        resource.operations().map(|operation| table.operation(&resource.name, operation))
    });
    let lines: Vec<String> = resources.map(|entry| entry.to_string()).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

struct Table<'a> {
    api: &'a Api,
}

impl Table<'_> {
    fn operation(&self, group: &str, operation: &Operation) -> Value {
        let shown = operation.params.iter().filter(|param| param.constant.is_none());
        let parameters: Vec<Value> = shown.clone().map(|param| self.parameter(param)).collect();
        let examples = shown.filter_map(|param| {
            let example = param.example.clone().filter(|example| !example.is_null())?;
            Some((param.field.wire.clone(), example))
        });
        let page = operation.page.as_ref();
        let mut entry = Entry::new();
        entry.put("id", operation.id.as_str());
        entry.put("group", group);
        entry.put("title", operation.summary.as_str());
        entry.some("title_zh", page.map(|page| page.title.as_str()));
        entry.text("description", &operation.description);
        entry.put("method", operation.verb.name().to_uppercase());
        entry.put("path", operation.path.as_str());
        entry.put("permissions", operation.permissions.clone());
        entry.some("docs", page.map(|page| page.url.as_str()));
        entry.put("deprecated", operation.deprecated.is_some());
        entry.put("documented", page.is_some());
        entry.put("answer", answer(operation));
        entry.put("paged", operation.paging.is_some());
        entry.put("changes", operation.changes);
        entry.put("parameters", parameters);
        entry.put("reply", self.reply(operation));
        entry.put("events", self.events(operation));
        entry.put("example", Value::Object(examples.collect()));
        entry.value()
    }

    fn parameter(&self, param: &Param) -> Value {
        let mut entry = Entry::new();
        let place = match param.place {
            Place::Path => "path",
            Place::Query { .. } => "query",
            Place::Header => "header",
            Place::Part => "form",
            Place::Body => "body",
        };
        Self::head(&mut entry, &param.field, Some(place));
        self.describe(&mut entry, &param.field.kind, &param.field.limits, DEPTH);
        let example = param.example.clone().filter(|example| !example.is_null());
        entry.some("example", example);
        entry.value()
    }

    fn head(entry: &mut Entry, field: &Field, place: Option<&str>) {
        entry.put("name", field.wire.as_str());
        if field.rust != field.wire {
            entry.put("rust", field.rust.as_str());
        }
        entry.some("in", place);
        entry.put("required", field.required);
        if field.nullable {
            entry.put("nullable", true);
        }
        entry.text("description", &field.description);
        entry.some("default", field.default.clone());
    }

    /// The type with its limits, and what is inside.
    fn describe(&self, entry: &mut Entry, kind: &Type, limits: &Limits, depth: usize) {
        entry.some("minimum", limits.minimum.clone().map(Value::Number));
        entry.some("maximum", limits.maximum.clone().map(Value::Number));
        entry.some("min_length", limits.min_length);
        entry.some("max_length", limits.max_length);
        entry.some("min_items", limits.min_items);
        entry.some("max_items", limits.max_items);
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
            Type::Named(name) => self.named(entry, name, depth),
            Type::List(item) => {
                entry.put("type", "array");
                entry.put("items", self.within(item, limits, depth));
            }
            Type::Map(value) => {
                entry.put("type", "map");
                entry.put("values", self.within(value, limits, depth));
            }
        }
    }

    /// What a list or a map holds.
    fn within(&self, inner: &Type, limits: &Limits, depth: usize) -> Value {
        let mut held = Entry::new();
        let each = limits.each.as_deref().cloned().unwrap_or_default();
        self.describe(&mut held, inner, &each, depth);
        held.value()
    }

    fn named(&self, entry: &mut Entry, name: &str, depth: usize) {
        let (Some(schema), Some(depth)) = (self.api.schema(name), depth.checked_sub(1)) else {
            return entry.put("type", "json");
        };
        let variants: Vec<Value> = match &schema.shape {
            Shape::Strings(variants) => variants
                .iter()
                .map(|variant| listed(variant.value.as_str(), &variant.description, None))
                .collect(),
            Shape::Integers(variants) => variants
                .iter()
                .map(|variant| listed(variant.value, &variant.description, Some(&variant.rust)))
                .collect(),
            _ => {
                entry.put("type", "object");
                entry.put("rust_type", self.api.rust_path(schema));
                return entry.put("properties", self.fields(schema.fields(), depth));
            }
        };
        let integers = matches!(schema.shape, Shape::Integers(_));
        entry.put("type", if integers { "integer" } else { "string" });
        entry.put("rust_type", self.api.rust_path(schema));
        entry.put("enum", variants);
        // All enumerations of the API may grow.
        entry.put("enum_closed", false);
    }

    fn fields(&self, fields: &[Field], depth: usize) -> Vec<Value> {
        let described = fields.iter().map(|field| {
            let mut entry = Entry::new();
            Self::head(&mut entry, field, None);
            self.describe(&mut entry, &field.kind, &field.limits, depth);
            entry.value()
        });
        described.collect()
    }

    /// The fields of the reply as they are on the wire, without the envelope.
    fn reply(&self, operation: &Operation) -> Vec<Value> {
        match &operation.reply {
            Reply::Data(data) => self.fields(std::slice::from_ref(&**data), DEPTH),
            Reply::Flat(name) => {
                let schema = self.api.schema(name);
                schema.map(|schema| self.fields(schema.fields(), DEPTH)).unwrap_or_default()
            }
            Reply::Empty | Reply::Binary | Reply::Events => Vec::new(),
        }
    }

    fn events(&self, operation: &Operation) -> Vec<Value> {
        let union = operation.stream.as_ref().and_then(|stream| self.api.schema(&stream.union));
        union
            .map(|union| union.events().iter().map(|event| self.event(event)).collect())
            .unwrap_or_default()
    }

    fn event(&self, event: &Event) -> Value {
        let data = event.data.as_ref().and_then(|data| self.api.schema(data));
        let fields = data.map(|data| self.fields(data.fields(), DEPTH - 3));
        let mut entry = Entry::new();
        entry.put("event", event.wire.as_str());
        entry.text("description", &event.description);
        entry.put("ends", event.ends);
        entry.put("fields", fields.unwrap_or_default());
        entry.value()
    }
}

fn listed(value: impl Into<Value>, description: &str, rust: Option<&str>) -> Value {
    let mut entry = Entry::new();
    entry.put("value", value);
    entry.text("description", description);
    entry.some("rust", rust);
    entry.value()
}

fn answer(operation: &Operation) -> &'static str {
    match (&operation.reply, &operation.stream) {
        (Reply::Binary, _) => "file",
        (Reply::Events, _) => "events",
        (_, Some(_)) => "json_or_events",
        (_, None) => "json",
    }
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

/// Where the table lies, relative to the workspace.
pub const TABLE: &str = "coze-cli/src/generated/operations.json";
