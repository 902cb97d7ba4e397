//! Operations: ids that are call paths, complete descriptions, and requests and replies of known form.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostics;
use crate::load::Document;
use crate::model::{Type, Verb};
use crate::read::{self, Found, Payload, Where};

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let mut ids = BTreeMap::new();
    for found in read::operations(document) {
        if let Some(first) = ids.insert(found.id.to_owned(), found.node.place()) {
            let what = format!("the operation `{}` is defined twice, first at {first}", found.id);
            findings.push(found.node.place(), what, "give one of the two another operationId");
        }
        operation_id(document, &found, findings);
        sentences(&found, findings);
        page(&found, findings);
        deprecation(&found, findings);
        retry(&found, findings);
        changes(&found, findings);
        timeout(&found, findings);
        security(&found, findings);
        constants(&found, findings);
        parameters(&found, findings);
        path(&found, findings);
        body(&found, findings);
        stream(&found, findings);
        reply(&found, findings);
    }
    tags(document, findings);
}

/// The call path begins with the name of the file.
fn operation_id(document: &Document, found: &Found<'_>, findings: &mut Diagnostics) {
    let place = found.node.get("operationId").map_or_else(|| found.node.place(), |id| id.place());
    let word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    if found.id.split('.').count() < 2 || !found.id.split('.').all(word) {
        let what = format!("`{}` is not a call path", found.id);
        return findings.push(
            place,
            what,
            "write snake_case words joined by dots, as `bots.versions.list`",
        );
    }
    let Some((resource, _)) = document.resources.iter().find(|(_, file)| *file == place.file)
    else {
        let what = format!("the operation `{}` stands outside spec/resources", found.id);
        return findings.push(place, what, "move it to the file of its resource");
    };
    if !found.id.strip_prefix(resource.as_str()).is_some_and(|rest| rest.starts_with('.')) {
        let what = format!("`{}` does not start with the name of its file", found.id);
        findings.push(place, what, format!("call it `{resource}.…`, or move it"));
    }
    if found.node.texts("tags") != [resource.as_str()] {
        let what = format!("the tags of `{}` are not its resource", found.id);
        findings.push(found.node.place(), what, format!("write `tags: [{resource}]`"));
    }
}

/// The summary is the first line of the documentation.
pub(super) fn sentences(found: &Found<'_>, findings: &mut Diagnostics) {
    let Some(summary) = found.node.text("summary") else { return };
    let sentence = summary.starts_with(char::is_uppercase)
        && summary.ends_with('.')
        && !summary.contains('\n');
    if !sentence {
        let what = format!("the summary of `{}` is not one sentence", found.id);
        findings.push(
            found.node.place(),
            what,
            "begin with a capital letter, end with a period, keep one line",
        );
    }
}

pub(super) fn page(found: &Found<'_>, findings: &mut Diagnostics) {
    let undocumented =
        found.node.text("description").is_some_and(|text| text.starts_with("Undocumented"));
    match found.node.at(&["externalDocs", "url"]) {
        None if undocumented => {}
        None => {
            let what = format!("`{}` names no page of the documentation", found.id);
            let cure = "add `externalDocs`, or begin the description with \"Undocumented\"";
            findings.push(found.node.place(), what, cure);
        }
        Some(url) if url.value.as_str().is_some_and(|url| url.starts_with("https://")) => {}
        Some(url) => findings.push(url.place(), "not an https address", "write the page's address"),
    }
}

/// Users of a deprecated operation must learn what to use instead.
fn deprecation(found: &Found<'_>, findings: &mut Diagnostics) {
    if found.node.flag("deprecated") && found.node.text("description").is_none() {
        let what = format!("`{}` is deprecated and does not say what to use", found.id);
        findings.push(found.node.place(), what, "say it in the first paragraph of the description");
    }
}

fn retry(found: &Found<'_>, findings: &mut Diagnostics) {
    if let Some(node) = found.node.get("x-coze-retry")
        && !matches!(node.value.as_str(), Some("safe" | "unsafe"))
    {
        findings.push(node.place(), "not a value of `x-coze-retry`", "write `safe` or `unsafe`");
    }
}

/// Whoever runs an operation against a live account must know what it does there.
fn changes(found: &Found<'_>, findings: &mut Diagnostics) {
    match (found.verb, found.node.get("x-coze-changes")) {
        (Verb::Get, Some(node)) => {
            findings.push(node.place(), "a GET changes nothing", "remove `x-coze-changes`");
        }
        (Verb::Get, None) | (_, Some(_)) => {}
        (_, None) => {
            let what = format!("`{}` does not say whether it changes or costs something", found.id);
            findings.push(found.node.place(), what, "add `x-coze-changes: true`, or `false`");
        }
    }
}

/// The longest time that a reply may be declared to take, in seconds.
const LONGEST: u64 = 3600;

fn timeout(found: &Found<'_>, findings: &mut Diagnostics) {
    let Some(node) = found.node.get("x-coze-timeout") else { return };
    if !node.value.as_u64().is_some_and(|seconds| (1..=LONGEST).contains(&seconds)) {
        let cure = format!("write the documented number of seconds, at most {LONGEST}");
        findings.push(node.place(), "not a value of `x-coze-timeout`", cure);
    }
    if found.reply().is_none() && found.binary().is_none() {
        findings.push(node.place(), "a stream has no overall timeout", "remove `x-coze-timeout`");
    }
}

/// The root says that a token is needed; an operation can only say that it is not.
fn security(found: &Found<'_>, findings: &mut Diagnostics) {
    if let Some(node) = found.node.get("security").filter(|node| !node.items().is_empty()) {
        let cure = "write `security: []` if it takes no token, and nothing otherwise";
        findings.push(node.place(), "a security requirement of a single operation", cure);
    }
}

/// A constant is declared: otherwise a second value of an enum would change the arguments of a method.
pub(super) fn constants(found: &Found<'_>, findings: &mut Diagnostics) {
    let examples = found.body().and_then(|(_, media)| media.get("example"));
    for param in found.params() {
        let wire = param.wire;
        let schema = param.schema();
        let named = schema.reference().and_then(|_| schema.resolve());
        let listed = named.map(|schema| schema.items_of("enum")).unwrap_or_default();
        let Some(constant) = read::constant(&param.node) else {
            if let ([only], true) = (&listed[..], param.required) {
                let what = format!("`{wire}` has one value and is not declared a constant");
                let cure = format!("add `x-coze-const: {}`, or list another value", only.value);
                findings.push(param.node.place(), what, cure);
            }
            continue;
        };
        if !param.required {
            let what = format!("the constant `{wire}` is optional");
            findings.push(param.node.place(), what, "make it required: it is always sent");
        }
        let text = schema.resolve().is_some_and(|schema| schema.text("type") == Some("string"));
        let known = listed.is_empty() || listed.iter().any(|value| value.value == constant);
        if !text || !known {
            let what = format!("`{constant}` is not a value of `{wire}`");
            findings.push(param.node.place(), what, "write a string that the schema allows");
        }
        let example = match param.place {
            Where::Body => examples.as_ref().and_then(|examples| examples.get(wire)),
            _ => param.node.get("example"),
        };
        if let Some(example) = example.filter(|example| example.value != constant) {
            let what = format!("the example of the constant `{wire}` is another value");
            findings.push(example.place(), what, format!("write `{constant}`"));
        }
    }
}

pub(super) fn parameters(found: &Found<'_>, findings: &mut Diagnostics) {
    for node in found.node.items_of("parameters") {
        let name = node.text("name").unwrap_or_default();
        let kind = node.get("schema").and_then(|schema| read::type_of(&schema).ok());
        match node.text("in") {
            Some("path" | "query") => {}
            Some("header") if !name.is_empty() && name.bytes().all(is_token) => {}
            Some("header") => {
                let what = format!("`{name}` cannot name a header");
                findings.push(node.place(), what, "use letters, digits and hyphens");
            }
            _ => findings.push(
                node.place(),
                format!("`{name}` travels nowhere"),
                "write `in: path`, `query` or `header`",
            ),
        }
        let list_elsewhere =
            matches!(kind, Some(Type::List(_))) && node.text("in") != Some("query");
        if list_elsewhere || matches!(kind, Some(Type::Map(_) | Type::Json | Type::File)) {
            let what = format!("the parameter `{name}` has a type that cannot travel there");
            findings.push(node.place(), what, "use a scalar, or in a query a list of scalars");
        }
        if let Some(style) = node.get("style")
            && style.value.as_str() != Some("form")
        {
            findings.push(
                style.place(),
                "the style of a parameter",
                "write `style: form`, or nothing",
            );
        }
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// The placeholders of the path are its path parameters.
pub(super) fn path(found: &Found<'_>, findings: &mut Diagnostics) {
    let mut placeholders = BTreeSet::new();
    for part in found.path.split('/').skip(1) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => {
                placeholders.insert(name);
            }
            None if part.contains(['{', '}', '?', '#', '%', ' ']) => {
                let what = format!("`{part}` in the path of `{}`", found.id);
                findings.push(found.node.place(), what, "let a placeholder fill its whole segment");
            }
            None => {}
        }
    }
    if !found.path.starts_with('/') {
        findings.push(
            found.node.place(),
            format!("the path `{}`", found.path),
            "begin it with a slash",
        );
    }
    for read::Param { place, wire: name, node, required } in found.params() {
        if place != Where::Path {
            continue;
        }
        if !placeholders.remove(name) {
            let what = format!("`{name}` does not stand in the path {}", found.path);
            findings.push(
                node.place(),
                what,
                format!("write `{{{name}}}` in the path, or `in: query`"),
            );
        }
        if !required {
            let what = format!("the path parameter `{name}` is not required");
            findings.push(node.place(), what, "add `required: true`");
        }
    }
    for name in placeholders {
        let what = format!("`{{{name}}}` in the path of `{}` is not a parameter", found.id);
        findings.push(found.node.place(), what, "describe it under `parameters` with `in: path`");
    }
}

fn body(found: &Found<'_>, findings: &mut Diagnostics) {
    let Some(content) = found.node.at(&["requestBody", "content"]) else { return };
    if found.verb == Verb::Get {
        let what = format!("`{}` is a GET with a body", found.id);
        return findings.push(content.place(), what, "describe query parameters instead");
    }
    let entries = content.entries();
    let [(media, node)] = &entries[..] else {
        return findings.push(
            content.place(),
            "a body of several kinds",
            "describe one kind of content",
        );
    };
    let Some(schema) = node.get("schema") else { return };
    if !schema.reference().is_some_and(|name| name.ends_with("Request")) {
        let what = format!("the body of `{}` is not a named `…Request`", found.id);
        findings.push(schema.place(), what, "name its schema, with a name that ends in `Request`");
    }
    let properties = found.body_properties().0;
    let files = properties.iter().filter(|(_, property)| read::type_of(property) == Ok(Type::File));
    match (*media, files.count()) {
        ("multipart/form-data", 0) => {
            findings.push(
                node.place(),
                "a multipart body without a file",
                "mark the file part with `format: binary`",
            );
        }
        ("application/json", files) if files > 0 => {
            findings.push(
                node.place(),
                "a file in a JSON body",
                "describe the body as multipart/form-data",
            );
        }
        _ => {}
    }
}

/// The body property `stream` and a stream of events in the reply belong together.
fn stream(found: &Found<'_>, findings: &mut Diagnostics) {
    let properties = found.body_properties().0;
    let property = properties.iter().find(|(name, _)| *name == "stream");
    let events = found.events();
    if let (Some((_, property)), None) = (property, &events) {
        let what = format!("`{}` has a body property `stream` and no events", found.id);
        findings.push(
            property.place(),
            what,
            "describe the content `text/event-stream` of its reply",
        );
    }
    let Some(schema) = events.as_ref().and_then(|content| content.get("schema")) else {
        return;
    };
    let is_union = schema.resolve().is_some_and(|union| union.value.get("x-coze-stream").is_some());
    if schema.reference().is_none() || !is_union {
        let what = format!("the events of `{}` are no union", found.id);
        findings.push(schema.place(), what, "refer to a named schema with `x-coze-stream`");
    }
    if found.reply().is_some() && property.is_none() {
        let what = format!("nothing asks `{}` for events", found.id);
        findings.push(schema.place(), what, "describe the body property `stream`");
    }
}

fn reply(found: &Found<'_>, findings: &mut Diagnostics) {
    if let Some(schema) = found.binary().and_then(|content| content.get("schema")) {
        if read::type_of(&schema) != Ok(Type::File) {
            findings.push(
                schema.place(),
                "a binary reply of another type",
                "write `{type: string, format: binary}`",
            );
        }
        return;
    }
    let Some(schema) = found.reply().and_then(|content| content.get("schema")) else {
        if found.events().is_none() {
            let what = format!("`{}` has no reply", found.id);
            let cure = "describe the content of the reply: JSON, event stream or octet stream";
            findings.push(found.node.place(), what, cure);
        }
        return;
    };
    match read::payload(&schema) {
        Err((what, cure)) => findings.push(schema.place(), what, cure),
        Ok(Payload::Data(data)) => {
            if let Err((what, cure)) = read::type_of(&data) {
                findings.push(data.place(), what, cure);
            }
        }
        Ok(Payload::Flat(name)) => {
            let target = schema.document.node().at(&["components", "schemas", name]);
            for (key, property) in target.iter().flat_map(|target| target.entries_of("properties"))
            {
                if matches!(key, "code" | "msg" | "detail") {
                    let what = format!("`{name}` repeats `{key}` of the envelope");
                    findings.push(property.place(), what, "remove it; `Envelope` has it");
                }
            }
        }
        Ok(Payload::Empty) => {}
    }
}

/// Every resource has its tag, and the tag its place in the reading order.
fn tags(document: &Document, findings: &mut Diagnostics) {
    let tags = document.node().items_of("tags");
    for (resource, file) in &document.resources {
        if !tags.iter().any(|tag| tag.text("name") == Some(resource)) {
            let place = crate::location::Location { file: file.clone(), line: 1, column: None };
            let what = format!("the resource `{resource}` has no tag");
            findings.push(place, what, "describe it under `tags`, and list it in openapi.yaml");
        }
    }
    for tag in tags {
        let name = tag.text("name").unwrap_or_default();
        if !document.resources.iter().any(|(resource, _)| resource == name) {
            let what = format!("the tag `{name}` is no resource");
            findings.push(
                tag.place(),
                what,
                format!("add spec/resources/{name}.yaml, or remove the tag"),
            );
        }
    }
}
