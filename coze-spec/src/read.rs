//! Typed access to parts of the document, for the rules and the lowering.

mod channels;

use std::collections::{BTreeMap, HashMap, HashSet};

use heck::{ToSnakeCase as _, ToUpperCamelCase as _};
use serde_json::Value;

pub(crate) use channels::{
    Channel, Direction, Webhook, channels, connection_of, union_of, webhooks,
};

use crate::diagnostic::ReadError;
use crate::document::{Document, Node};
use crate::model::{Limits, Place, Type, Verb};

/// An operation in the document.
#[derive(Clone)]
pub(crate) struct OperationNode<'a> {
    pub(crate) path: &'a str,
    pub(crate) verb: Verb,
    pub(crate) node: Node<'a>,
    pub(crate) id: &'a str,
}

/// Returns every operation, in the order of the files.
pub(crate) fn operations(document: &Document) -> Vec<OperationNode<'_>> {
    let mut found = Vec::new();
    for (path, item) in document.node().entries_of("paths") {
        for (method, node) in item.entries() {
            let verb = match method {
                "get" => Verb::Get,
                "post" => Verb::Post,
                "put" => Verb::Put,
                "delete" => Verb::Delete,
                _ => continue,
            };
            let id = node.text("operationId").unwrap_or_default();
            found.push(OperationNode { path, verb, node, id });
        }
    }
    found
}

impl<'a> OperationNode<'a> {
    /// Returns the media type of the request body and its content.
    pub(crate) fn body(&self) -> Option<(&'a str, Node<'a>)> {
        let content = self.node.at(&["requestBody", "content"])?;
        content.entries().into_iter().next()
    }

    pub(crate) fn slug(&self) -> Option<String> {
        let url = self.node.at(&["externalDocs", "url"])?.value.as_str()?;
        url.trim_end_matches('/').rsplit('/').next().map(str::to_owned)
    }

    /// Returns the properties of the request body, and the names of the required ones.
    pub(crate) fn body_properties(&self) -> (Vec<(&'a str, Node<'a>)>, Vec<&'a str>) {
        let schema = self.body().and_then(|(_, media)| media.get("schema")?.resolve());
        let Some(schema) = schema else { return (Vec::new(), Vec::new()) };
        (schema.entries_of("properties"), schema.texts("required"))
    }

    /// Returns every parameter and body property.
    pub(crate) fn params(&self) -> Vec<Param<'a>> {
        let mut params = Vec::new();
        for node in self.node.items_of("parameters") {
            let place = match node.text("in") {
                Some("path") => Place::Path,
                // By default, OpenAPI repeats the key in the style `form`.
                Some("query") => {
                    Place::Query { explode: node.value.get("explode") != Some(&Value::Bool(false)) }
                }
                Some("header") => Place::Header,
                _ => continue,
            };
            let (wire, required) = (node.text("name").unwrap_or_default(), node.flag("required"));
            params.push(Param { place, wire, node, required });
        }
        // Required parameters become arguments in this order: path, query, header.
        params.sort_by_key(|param| order(param.place));
        let multipart = self.body().is_some_and(|(media, _)| media == MULTIPART);
        let place = if multipart { Place::Part } else { Place::Body };
        let (properties, required) = self.body_properties();
        for (wire, node) in in_declared_order(&properties, &required) {
            // `stream` requests server-sent events. A method replaces the setter.
            if wire != "stream" {
                let required = required.contains(&wire);
                params.push(Param { place, wire, node, required });
            }
        }
        params
    }

    /// Returns the content of the successful response, if it is JSON.
    pub(crate) fn response(&self) -> Option<Node<'a>> {
        self.node.at(&["responses", "200", "content", "application/json"])
    }

    /// Returns the content of the successful response, if it is a file.
    pub(crate) fn binary(&self) -> Option<Node<'a>> {
        self.node.at(&["responses", "200", "content", "application/octet-stream"])
    }

    /// Returns the content of the successful response, if it is a stream of events.
    pub(crate) fn events(&self) -> Option<Node<'a>> {
        self.node.at(&["responses", "200", "content", "text/event-stream"])
    }

    /// Returns the name of the request builder: `ListBots` for `bots.list`, `CreateBot` for
    /// `bots.create`.
    pub(crate) fn builder(&self) -> String {
        let name = self.node.text("x-coze-name").map(str::to_owned);
        name.unwrap_or_else(|| self.default_builder())
    }

    /// Returns the name that the request builder has without `x-coze-name`.
    pub(crate) fn default_builder(&self) -> String {
        let words: Vec<&str> = self.id.split('.').collect();
        let (method, resource) = match words[..] {
            [.., resource, method] => (method, resource),
            _ => (self.id, ""),
        };
        if method.contains('_') {
            return method.to_upper_camel_case();
        }
        let resource = if method == "list" { resource.to_owned() } else { singular(resource) };
        format!("{}{}", method.to_upper_camel_case(), resource.to_upper_camel_case())
    }
}

/// A parameter or body property in the document.
pub(crate) struct Param<'a> {
    pub(crate) place: Place,
    pub(crate) wire: &'a str,
    pub(crate) node: Node<'a>,
    pub(crate) required: bool,
}

impl<'a> Param<'a> {
    /// Returns the node with the type: the schema of a parameter, or a body property itself.
    pub(crate) fn schema(&self) -> Node<'a> {
        let schema = self.node.get("schema").filter(|_| !self.place.is_body());
        schema.unwrap_or_else(|| self.node.clone())
    }
}

/// Returns properties in their order, but the required ones in that of the list `required`.
///
/// Required properties become arguments, so their order is a part of the SDK's surface. That of the
/// properties is not, and may follow the page of the documentation.
pub(crate) fn in_declared_order<'a>(
    properties: &[(&'a str, Node<'a>)],
    required: &[&str],
) -> Vec<(&'a str, Node<'a>)> {
    let positions: HashMap<&str, usize> =
        properties.iter().enumerate().map(|(position, (name, _))| (*name, position)).collect();
    let mut is_required: HashSet<&str> = HashSet::new();
    let names: Vec<&str> =
        required.iter().copied().filter(|name| is_required.insert(name)).collect();
    let mut declared = names.into_iter().filter_map(|name| positions.get(name)).copied();
    let order: Vec<usize> = properties
        .iter()
        .enumerate()
        .map(|(position, (name, _))| {
            if is_required.contains(name) { declared.next().unwrap_or(position) } else { position }
        })
        .collect();
    order.into_iter().map(|position| properties[position].clone()).collect()
}

/// Returns the position of a parameter among the arguments.
fn order(place: Place) -> u8 {
    match place {
        Place::Path => 0,
        Place::Query { .. } => 1,
        Place::Header => 2,
        Place::Body | Place::Part => 3,
    }
}

/// The media type of a multipart body.
pub(crate) const MULTIPART: &str = "multipart/form-data";

/// The payload of a response.
pub(crate) enum Payload<'a> {
    Empty,
    Data {
        data: Node<'a>,
        /// The payload is always there.
        required: bool,
    },
    Flat(&'a str),
}

/// Reads the schema of a response.
pub(crate) fn payload<'a>(schema: &Node<'a>) -> Result<Payload<'a>, ReadError> {
    const HELP: &str = "write the response in one of the three forms of spec/README.md";
    if schema.value.get("$ref").is_some() && schema.reference() == Some("Envelope") {
        return Ok(Payload::Empty);
    }
    let all = schema.items_of("allOf");
    let [envelope, payload] = &all[..] else {
        return Err(ReadError::new("a response that is not an envelope and its payload", HELP));
    };
    if envelope.reference() != Some("Envelope") {
        return Err(ReadError::new("a response without the envelope", HELP));
    }
    if let Some(name) = payload.reference() {
        return Ok(Payload::Flat(name));
    }
    match &payload.entries_of("properties")[..] {
        [("data", data)] => {
            let required = payload.texts("required").contains(&"data");
            Ok(Payload::Data { data: data.clone(), required })
        }
        _ => Err(ReadError::new("a response with inline properties other than `data`", HELP)),
    }
}

/// Reads the type of a value.
pub(crate) fn type_of(node: &Node<'_>) -> Result<Type, ReadError> {
    if let Some(name) = node.reference() {
        return Ok(Type::Named(name.to_owned()));
    }
    let format = node.text("format");
    match (node.text("type"), format) {
        (None, None) => match node.value.as_object() {
            Some(map) if !map.contains_key("allOf") && !map.contains_key("properties") => {
                Ok(Type::Json)
            }
            _ => Err(ReadError::new(
                "a schema without a type",
                "add `type`, or a `$ref` to a named schema",
            )),
        },
        (Some("string"), None) => Ok(Type::String),
        (Some("string"), Some("binary")) => Ok(Type::File),
        (Some("string"), Some("password")) => Ok(Type::Secret),
        (Some("integer"), Some("int32")) => Ok(Type::Int32),
        (Some("integer"), Some("int64")) => Ok(Type::Int64),
        (Some("number"), Some("double")) => Ok(Type::Double),
        (Some("boolean"), None) => Ok(Type::Boolean),
        (Some("array"), None) => match node.get("items") {
            Some(items) => Ok(Type::List(Box::new(type_of(&items)?))),
            None => Err(ReadError::new("an array without `items`", "add `items`")),
        },
        (Some("object"), None) => match node.get("additionalProperties") {
            Some(values) if values.value.is_object() => Ok(Type::Map(Box::new(type_of(&values)?))),
            _ => Err(ReadError::new(
                "an anonymous object",
                "name it under components.schemas and refer to it, or give a map its `additionalProperties`",
            )),
        },
        (Some("integer"), _) => Err(ReadError::new(
            "an integer without its width",
            "add `format: int32` or `format: int64`",
        )),
        (Some("number"), _) => {
            Err(ReadError::new("a number without its width", "add `format: double`"))
        }
        (Some(kind), Some(format)) => Err(ReadError::new(
            format!("unknown format `{format}` of type `{kind}`"),
            "use int32, int64 or double for numbers, binary for files, password for secrets, and no other format",
        )),
        (Some(kind), None) => Err(ReadError::new(
            format!("unknown type `{kind}`"),
            "use string, integer, number, boolean, array or object",
        )),
        (None, Some(_)) => Err(ReadError::new("a format without a type", "add the type")),
    }
}

/// A listed value of an enum.
pub(crate) struct EnumValue<'a> {
    pub(crate) node: Node<'a>,
    /// The value as text.
    pub(crate) value: String,
    pub(crate) rust: String,
    /// The description of the value, if the description of the enum contains one.
    pub(crate) description: Option<String>,
}

/// Returns the listed values of an enum. The lines "- `value`: …" of its description document them.
pub(crate) fn variants<'a>(node: &Node<'a>) -> Vec<EnumValue<'a>> {
    let documented: BTreeMap<_, _> =
        value_lines(node.text("description").unwrap_or_default()).into_iter().collect();
    let names = node.get("x-coze-name");
    let named = |value: &str| names.as_ref().and_then(|names| names.text(value)).map(str::to_owned);
    let mut variants = Vec::new();
    for node in node.items_of("enum") {
        let value = match node.value {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => continue,
        };
        let description = documented.get(&value).cloned();
        let rust = named(&value).unwrap_or_else(|| value.to_upper_camel_case());
        variants.push(EnumValue { node, value, rust, description });
    }
    variants
}

/// Returns the lines "- `value`: text" of a description, with their continuation lines.
pub(crate) fn value_lines(description: &str) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in description.lines() {
        if let Some((value, text)) = value_line(line) {
            lines.push((value.to_owned(), text.trim().to_owned()));
            open = true;
        } else if open && line.starts_with("  ") && !line.trim().is_empty() {
            if let Some((_, text)) = lines.last_mut() {
                text.push(' ');
                text.push_str(line.trim());
            }
        } else {
            open = false;
        }
    }
    lines
}

fn value_line(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("- `")?;
    // A translation has the colon of its language.
    line.split_once("`: ").or_else(|| line.split_once("`："))
}

/// Returns an enum's description without the lines about its values.
pub(crate) fn without_value_lines(description: &str) -> String {
    let mut rest: Vec<&str> = Vec::new();
    let mut dropping = false;
    for line in description.lines() {
        let continues = line.starts_with("  ") && !line.trim().is_empty();
        dropping = value_line(line).is_some() || (dropping && continues);
        if !dropping {
            rest.push(line);
        }
    }
    rest.join("\n").trim().to_owned()
}

/// Returns the events of every stream and every channel.
pub(crate) fn events(document: &Document) -> Vec<Node<'_>> {
    let unions = document.schemas().flat_map(|(_, node)| node.items_of("x-coze-stream"));
    let channels = channels(document).into_iter().flat_map(|channel| {
        [Direction::Client, Direction::Server].map(|direction| channel.events(direction))
    });
    unions.chain(channels.flatten()).collect()
}

/// Returns the Rust name of a field or parameter.
pub(crate) fn field_name(node: &Node<'_>, wire: &str) -> String {
    node.text("x-coze-name").map_or_else(|| wire.to_snake_case(), str::to_owned)
}

/// Returns the accessor names that tags declare, by tag.
pub(crate) fn accessor_names(document: &Document) -> HashMap<&str, &str> {
    let tags = document.node().items_of("tags");
    tags.iter().filter_map(|tag| Some((tag.text("name")?, tag.text("x-coze-name")?))).collect()
}

/// Returns the name of an accessor type: the name that the tag declares, or the last words of its
/// call path, such as `ConversationMessages` for `conversations.messages`.
pub(crate) fn accessor(names: &HashMap<&str, &str>, path: &str) -> String {
    names.get(path).map_or_else(|| accessor_of(path), |name| (*name).to_owned())
}

/// Returns the name of the accessor type of a sub-resource.
pub(crate) fn accessor_of(path: &str) -> String {
    let mut words = path.rsplit('.');
    let last = words.next().unwrap_or_default().to_upper_camel_case();
    let parent = words.next().map(|parent| singular(parent).to_upper_camel_case());
    parent.unwrap_or_default() + &last
}

/// Returns `true` for an object that is declared to be a part of requests and of responses.
pub(crate) fn goes_both_ways(node: &Node<'_>) -> bool {
    node.text("x-coze-direction") == Some("both")
}

/// Returns the Rust name of a named schema.
pub(crate) fn schema_name(node: &Node<'_>, name: &str) -> String {
    node.text("x-coze-name").unwrap_or(name).to_owned()
}

fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match word.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Returns the description of a value, or else the first line of the description of its schema.
pub(crate) fn description(node: &Node<'_>) -> String {
    let own = node.text("description").map(str::to_owned);
    let named = || {
        let text = node.resolve()?.text("description")?;
        Some(text.lines().next().unwrap_or_default().to_owned())
    };
    own.or_else(named).unwrap_or_default().trim().to_owned()
}

/// Returns the limits of a value.
pub(crate) fn limits(node: &Node<'_>) -> Limits {
    let number = |key: &str| node.value.get(key).and_then(Value::as_number).cloned();
    let count = |key: &str| node.value.get(key).and_then(Value::as_u64);
    let each = node.get("items").or_else(|| node.get("additionalProperties"));
    let each = each.map(|each| limits(&each)).filter(|each| *each != Limits::default());
    Limits {
        minimum: number("minimum"),
        maximum: number("maximum"),
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        each: each.map(Box::new),
    }
}

/// Returns the value of a parameter that is always the same.
pub(crate) fn constant<'a>(node: &Node<'a>) -> Option<&'a str> {
    node.text("x-coze-const")
}

#[cfg(test)]
mod tests;
