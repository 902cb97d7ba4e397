//! One OpenAPI document → the fragments that it was bundled from, so that both are read by the same
//! code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use serde_json::{Map, Value};

use crate::diagnostic::Diagnostics;
use crate::document::{Document, SCHEMAS};
use crate::load::{decode, load_texts, report_unreadable};
use crate::yaml::parse;

const SHARED: &str = "spec/shared.yaml";
const CHANNELS: &str = "spec/realtime/shared.yaml";

/// Reads a document that [`bundle`](crate::bundle) wrote, as YAML or JSON.
///
/// Locations in findings name the fragments, with lines of their own.
///
/// # Errors
/// An unreadable file, invalid YAML, and the errors of [`load`](crate::load).
pub fn load_bundle(path: &Path) -> Result<Document, Diagnostics> {
    let file: Arc<str> = Arc::from(path.display().to_string());
    let mut findings = Diagnostics::new();
    let parsed = read(path, &file, &mut findings);
    let parsed = parsed.and_then(|(file, text)| parse(&file, &text, &mut findings));
    let Some(parsed) = parsed else { return Err(findings) };
    let fragments = fragments(&parsed.value);
    let texts: Vec<(&str, &str)> =
        fragments.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
    load_texts(&texts)
}

fn read(path: &Path, file: &Arc<str>, findings: &mut Diagnostics) -> Option<(Arc<str>, String)> {
    let bytes: io::Result<Vec<u8>> = fs::read(path);
    match bytes {
        Ok(bytes) => decode(file.clone(), bytes, findings),
        Err(error) => {
            report_unreadable(file.clone(), &error, findings);
            None
        }
    }
}

/// Splits a document: one file for each tag with its operations, one for each channel, one for the
/// callbacks, and the rest. A schema stands in the only file that uses it, otherwise in the shared
/// one.
fn fragments(document: &Value) -> Vec<(String, String)> {
    let mut root = document.as_object().cloned().unwrap_or_default();
    let paths = take(&mut root, "paths");
    let channels = take(&mut root, "x-coze-channels");
    let callbacks = take(&mut root, "x-webhooks");
    let mut components = take(&mut root, "components");
    let schemas = take(&mut components, "schemas");
    let tags: Vec<Value> = root.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut fragments: Vec<(String, Map<String, Value>)> = Vec::new();
    for tag in &tags {
        let name = tag["name"].as_str().unwrap_or_default();
        let paths = operations(&paths, name);
        if !paths.is_empty() {
            fragments.push((format!("spec/resources/{name}.yaml"), object("paths", paths.into())));
        }
    }
    for (name, channel) in channels {
        fragments.push((format!("spec/realtime/{name}.yaml"), object("x-coze-channel", channel)));
    }
    if !callbacks.is_empty() {
        fragments.push(("spec/webhooks.yaml".to_owned(), object("x-webhooks", callbacks.into())));
    }
    root.insert("components".to_owned(), Value::Object(components));
    let mut all = vec![
        ("spec/openapi.yaml".to_owned(), root),
        (SHARED.to_owned(), Map::new()),
        (CHANNELS.to_owned(), Map::new()),
    ];
    all.extend(distribute(&schemas, &mut fragments));
    all.extend(fragments);
    // Of the shared files, those without schemas are left out.
    let mut merged: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut order = Vec::new();
    for (file, part) in all {
        if !order.contains(&file) {
            order.push(file.clone());
        }
        merged.entry(file).or_default().extend(part);
    }
    order.retain(|file| merged.get(file).is_some_and(|part| !part.is_empty()));
    let text = |file: String| {
        let text = merged.remove(&file).map(|part| Value::Object(part).to_string());
        (file, text.unwrap_or_default())
    };
    order.into_iter().map(text).collect()
}

/// Adds each schema to the only fragment that uses it, and returns the others by their shared
/// files.
fn distribute(
    schemas: &Map<String, Value>,
    fragments: &mut [(String, Map<String, Value>)],
) -> Vec<(String, Map<String, Value>)> {
    let used: Vec<BTreeSet<&str>> =
        fragments.iter().map(|(_, part)| reachable(part, schemas)).collect();
    let users = |name: &str| -> Vec<usize> {
        (0..used.len()).filter(|index| used[*index].contains(name)).collect()
    };
    let owners: Vec<Vec<usize>> = schemas.keys().map(|name| users(name)).collect();
    let is_channel: Vec<bool> =
        fragments.iter().map(|(file, _)| file.starts_with("spec/realtime/")).collect();
    let (mut own, mut shared, mut channels) = (BTreeMap::new(), Map::new(), Map::new());
    for ((name, schema), owners) in schemas.clone().into_iter().zip(owners) {
        match owners[..] {
            [owner] => own.entry(owner).or_insert_with(Map::new).insert(name, schema),
            [] => shared.insert(name, schema),
            _ if owners.iter().all(|owner| is_channel[*owner]) => channels.insert(name, schema),
            _ => shared.insert(name, schema),
        };
    }
    for (owner, schemas) in own {
        fragments[owner].1.extend(components(schemas));
    }
    [(SHARED, shared), (CHANNELS, channels)]
        .into_iter()
        .filter(|(_, schemas)| !schemas.is_empty())
        .map(|(file, schemas)| (file.to_owned(), components(schemas)))
        .collect()
}

fn components(schemas: Map<String, Value>) -> Map<String, Value> {
    object("components", object("schemas", schemas.into()).into())
}

fn object(key: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value)])
}

/// Returns the schemas that a fragment refers to, directly or through others.
fn reachable<'a>(part: &Map<String, Value>, schemas: &'a Map<String, Value>) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut waiting = Vec::new();
    part.values().for_each(|value| references(value, &mut waiting));
    while let Some(name) = waiting.pop() {
        let Some((name, schema)) = schemas.get_key_value(&name) else { continue };
        if found.insert(name.as_str()) {
            references(schema, &mut waiting);
        }
    }
    found
}

/// Adds the names of the schemas that a value refers to: by a reference, or by the name alone in
/// the member `data` of an event.
fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| references(value, names)),
        Value::Object(map) => {
            for (key, value) in map {
                match value.as_str() {
                    Some(text) if key == "data" => names.push(text.to_owned()),
                    Some(text) => names.extend(text.strip_prefix(SCHEMAS).map(str::to_owned)),
                    None => references(value, names),
                }
            }
        }
        _ => {}
    }
}

fn take(root: &mut Map<String, Value>, key: &str) -> Map<String, Value> {
    match root.shift_remove(key) {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// Returns the paths with the operations that have this tag.
fn operations(paths: &Map<String, Value>, tag: &str) -> Map<String, Value> {
    let mut found = Map::new();
    for (path, methods) in paths {
        let methods: Map<String, Value> = methods
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, operation)| operation["tags"][0] == tag)
            .map(|(method, operation)| (method.clone(), operation.clone()))
            .collect();
        if !methods.is_empty() {
            found.insert(path.clone(), Value::Object(methods));
        }
    }
    found
}
