//! Spec folder → one document that knows where each of its nodes stands.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use serde_json::{Map, Value};

use crate::diagnostic::Diagnostics;
use crate::location::Location;
use crate::node::Node;
use crate::yaml::{Parsed, child, parse};

/// The merged spec.
#[derive(Debug)]
pub struct Document {
    pub(crate) root: Value,
    pub(crate) places: HashMap<String, Location>,
    /// The resource files, by their names: `bots` → `spec/resources/bots.yaml`.
    pub(crate) resources: Vec<(String, Arc<str>)>,
    /// The channel files, likewise: `speech` → `spec/realtime/speech.yaml`.
    pub(crate) channels: Vec<(String, Arc<str>)>,
}

impl Document {
    pub(crate) fn node(&self) -> Node<'_> {
        Node { document: self, value: &self.root, pointer: String::new() }
    }

    /// The schemas by name, in the order of the files.
    pub(crate) fn schemas(&self) -> impl Iterator<Item = (&str, Node<'_>)> {
        self.node().at(&["components", "schemas"]).into_iter().flat_map(|node| node.entries())
    }

    /// Where a node stands; for a node that is not there, where its parent stands.
    pub(crate) fn place(&self, pointer: &str) -> Location {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.places.get(pointer) {
                return place.clone();
            }
            match pointer.rfind('/') {
                Some(end) => pointer = &pointer[..end],
                None => {
                    return Location::line(Arc::from("spec"), 1);
                }
            }
        }
    }
}

/// Reads and merges every fragment of the folder.
///
/// # Errors
/// Files that cannot be read or are not YAML, and whatever is defined twice.
pub fn load(spec: &Path) -> Result<Document, Diagnostics> {
    let folder = spec.file_name().map_or("spec".into(), |name| name.to_string_lossy());
    let mut findings = Diagnostics::new();
    let mut texts = Vec::new();
    match fragments(spec) {
        Ok(paths) => {
            for path in paths {
                let file = Arc::from(format!(
                    "{folder}/{}",
                    path.display().to_string().replace('\\', "/")
                ));
                match fs::read_to_string(spec.join(&path)) {
                    Ok(text) => texts.push((file, text)),
                    Err(error) => unreadable(file, &error, &mut findings),
                }
            }
        }
        Err(error) => unreadable(Arc::from(&*folder), &error, &mut findings),
    }
    let document = merge(texts, &mut findings);
    findings.or(document)
}

/// The same for fragments that are already in memory, as (file name, text).
///
/// # Errors
/// As [`load`].
pub fn load_texts(texts: &[(&str, &str)]) -> Result<Document, Diagnostics> {
    let mut findings = Diagnostics::new();
    let texts = texts.iter().map(|(file, text)| (Arc::from(*file), (*text).to_owned())).collect();
    let document = merge(texts, &mut findings);
    findings.or(document)
}

fn unreadable(file: Arc<str>, error: &io::Error, findings: &mut Diagnostics) {
    let place = Location { file, line: 1, column: None };
    findings.push(place, format!("cannot be read: {error}"), "see spec/README.md for the files");
}

/// The fragments in the order in which they are merged.
fn fragments(spec: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = ["openapi.yaml", "shared.yaml"].map(Into::into).into();
    paths.extend(inside(spec, "resources")?);
    // What a spec may do without.
    if spec.join("realtime").exists() {
        paths.extend(inside(spec, "realtime")?);
    }
    if spec.join("webhooks.yaml").exists() {
        paths.push(PathBuf::from("webhooks.yaml"));
    }
    Ok(paths)
}

/// The fragments in a folder and the folders in it, by name.
fn inside(spec: &Path, folder: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(spec.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "yaml") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    Ok(paths)
}

fn merge(texts: Vec<(Arc<str>, String)>, findings: &mut Diagnostics) -> Document {
    let mut document = Document {
        root: Value::Object(Map::new()),
        places: HashMap::new(),
        resources: Vec::new(),
        channels: Vec::new(),
    };
    for (file, text) in texts {
        match Home::of(&file) {
            Home::Resource(name) => document.resources.push((name, file.clone())),
            Home::Channel(name) => document.channels.push((name, file.clone())),
            Home::Shared | Home::Channels | Home::Webhooks => {}
        }
        let Some(parsed) = parse(&file, &text, findings) else { continue };
        Merge { document: &mut document, findings, file, parsed: &parsed }.fragment();
    }
    document
}

/// What a file of the spec is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    /// One resource.
    Resource(String),
    /// One channel.
    Channel(String),
    /// What channels share.
    Channels,
    /// Callbacks.
    Webhooks,
    /// The root, and what resources share.
    Shared,
}

impl Home {
    pub(crate) fn of(file: &str) -> Self {
        let name = |path: &str| path.trim_end_matches(".yaml").replace('/', ".");
        if let Some((_, path)) = file.split_once("resources/") {
            Self::Resource(name(path))
        } else if let Some((_, path)) = file.split_once("realtime/") {
            if path == "shared.yaml" { Self::Channels } else { Self::Channel(name(path)) }
        } else if file.ends_with("/webhooks.yaml") {
            Self::Webhooks
        } else {
            Self::Shared
        }
    }
}

/// The merging of one fragment into the document.
struct Merge<'a> {
    document: &'a mut Document,
    findings: &'a mut Diagnostics,
    file: Arc<str>,
    parsed: &'a Parsed,
}

impl Merge<'_> {
    fn fragment(&mut self) {
        let parsed = self.parsed;
        let Value::Object(root) = &parsed.value else {
            let cure = "write `tags`, `paths` and `components` as spec/README.md shows";
            let place = self.place("");
            return self.findings.push(place, "the file is not a mapping", cure);
        };
        for (key, value) in root {
            match (key.as_str(), value) {
                ("tags", Value::Array(tags)) => self.tags(tags),
                // Two files may give a path different methods, and fill the same component map.
                ("paths" | "components", Value::Object(_)) => {
                    self.entries(&child("", key), &child("", key), value, 1);
                }
                ("x-coze-channel", _) => self.channel(value),
                ("x-coze-channels", _) => {
                    let cure = "write each as `x-coze-channel` in a file of its own";
                    let place = self.place("/x-coze-channels");
                    self.findings.push(place, "several channels in one file", cure);
                }
                _ => self.insert(&child("", key), &child("", key), value),
            }
        }
    }

    /// Merges the entries of a mapping, descending `depth` more levels before entries must be new.
    fn entries(&mut self, from: &str, to: &str, value: &Value, depth: usize) {
        let Value::Object(map) = value else { return self.insert(from, to, value) };
        if self.document.root.pointer(to).is_none() {
            self.insert(from, to, &Value::Object(Map::new()));
        }
        for (key, value) in map {
            let (from, to) = (child(from, key), child(to, key));
            if depth > 0 {
                self.entries(&from, &to, value, depth - 1);
            } else {
                self.insert(&from, &to, value);
            }
        }
    }

    /// A file has one channel; the document has all of them by the names of their files.
    fn channel(&mut self, value: &Value) {
        const ALL: &str = "/x-coze-channels";
        let Home::Channel(name) = Home::of(&self.file) else {
            let place = self.place("/x-coze-channel");
            let what = "a channel outside spec/realtime";
            return self.findings.push(place, what, "move it to a file of its own there");
        };
        if self.document.root.pointer(ALL).is_none() {
            self.insert("/x-coze-channel", ALL, &Value::Object(Map::new()));
        }
        self.insert("/x-coze-channel", &child(ALL, &name), value);
    }

    /// The root lists the tags in order, the resource files describe them.
    fn tags(&mut self, tags: &[Value]) {
        if self.document.root.pointer("/tags").is_none() {
            self.insert("/tags", "/tags", &Value::Array(Vec::new()));
        }
        for (index, tag) in tags.iter().enumerate() {
            let name = tag.get("name");
            let known = self.document.root["tags"].as_array().map_or(&[][..], Vec::as_slice);
            let position = known.iter().position(|known| known.get("name") == name);
            let (from, to) = (format!("/tags/{index}"), position.unwrap_or(known.len()));
            if let (Some(at), Some(entries)) = (position, tag.as_object()) {
                for (key, value) in entries.iter().filter(|(key, _)| *key != "name") {
                    self.insert(&child(&from, key), &child(&format!("/tags/{at}"), key), value);
                }
            } else if let Some(Value::Array(list)) = self.document.root.get_mut("tags") {
                list.push(tag.clone());
                self.copy_places(&from, &format!("/tags/{to}"));
            }
        }
    }

    fn insert(&mut self, from: &str, to: &str, value: &Value) {
        let (parent, key) = to.rsplit_once('/').unwrap_or_default();
        let key = key.replace("~1", "/").replace("~0", "~");
        let place = self.place(from);
        let Some(Value::Object(parent)) = self.document.root.pointer_mut(parent) else {
            return self.findings.push(
                place,
                format!("`{key}` has no parent"),
                "indent it under a mapping",
            );
        };
        if parent.contains_key(&key) {
            let first = self.document.place(to);
            let what = format!("`{key}` is defined twice, first at {first}");
            return self.findings.push(place, what, "keep one of the two, or rename one");
        }
        parent.insert(key, value.clone());
        self.copy_places(from, to);
    }

    fn copy_places(&mut self, from: &str, to: &str) {
        for (pointer, line) in &self.parsed.lines {
            let Some(rest) = pointer.strip_prefix(from) else { continue };
            if rest.is_empty() || rest.starts_with('/') {
                let place = Location::line(self.file.clone(), *line);
                self.document.places.insert(format!("{to}{rest}"), place);
            }
        }
    }

    fn place(&self, pointer: &str) -> Location {
        let line = self.parsed.lines.get(pointer).copied().unwrap_or(1);
        Location { file: self.file.clone(), line, column: None }
    }
}
