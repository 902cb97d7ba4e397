//! One OpenAPI document → the fragments that it was bundled from, so that both are read by the same code.

use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use serde_json::{Map, Value, json};

use crate::diagnostic::Diagnostics;
use crate::load::{Document, decode, load_texts, unreadable};
use crate::yaml::parse;

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
            unreadable(file.clone(), &error, findings);
            None
        }
    }
}

/// Splits a document: one file for each tag with its operations, one for each channel, and the rest.
fn fragments(document: &Value) -> Vec<(String, String)> {
    let mut root = document.as_object().cloned().unwrap_or_default();
    let paths = take(&mut root, "paths");
    let channels = take(&mut root, "x-coze-channels");
    let tags: Vec<Value> = root.get("tags").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut fragments = vec![("spec/openapi.yaml".to_owned(), Value::Object(root).to_string())];
    for tag in &tags {
        let name = tag["name"].as_str().unwrap_or_default();
        let paths = operations(&paths, name);
        if !paths.is_empty() {
            let text = json!({ "paths": paths }).to_string();
            fragments.push((format!("spec/resources/{name}.yaml"), text));
        }
    }
    for (name, channel) in channels {
        let text = json!({ "x-coze-channel": channel }).to_string();
        fragments.push((format!("spec/realtime/{name}.yaml"), text));
    }
    fragments
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
