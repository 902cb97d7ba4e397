//! Reads a spec folder and merges its files into one document.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io, mem};

use serde_json::{Map, Value};

use crate::diagnostic::Diagnostics;
use crate::document::{Document, FileKind};
use crate::language::Language;
use crate::location::Location;
use crate::yaml::{Parsed, child, parse};

/// Reads and merges every fragment of the folder.
///
/// # Errors
/// Files that cannot be read, syntax errors, and duplicate definitions.
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
                match fs::read(spec.join(&path)) {
                    Ok(bytes) => texts.extend(decode(file, bytes, &mut findings)),
                    Err(error) => report_unreadable(file, &error, &mut findings),
                }
            }
        }
        Err(error) => report_unreadable(Arc::from(&*folder), &error, &mut findings),
    }
    let document = merge(texts, &mut findings);
    findings.or(document)
}

/// The file about deployed projects, in a spec folder.
const SITE: &str = "site.yaml";

/// Reads the file about deployed projects, which is a document of its own; `None` if the folder
/// does not have it.
///
/// # Errors
/// See [`load`].
pub fn load_site(spec: &Path) -> Result<Option<Document>, Diagnostics> {
    let path = spec.join(SITE);
    if !path.exists() {
        return Ok(None);
    }
    let folder = spec.file_name().map_or("spec".into(), |name| name.to_string_lossy());
    let file: Arc<str> = Arc::from(format!("{folder}/{SITE}"));
    let mut findings = Diagnostics::new();
    let text = match fs::read(path) {
        Ok(bytes) => decode(file, bytes, &mut findings),
        Err(error) => {
            report_unreadable(file, &error, &mut findings);
            None
        }
    };
    let document = merge(text.into_iter().collect(), &mut findings);
    findings.or(Some(document))
}

/// Merges fragments in memory, given as pairs of file name and text.
///
/// # Errors
/// See [`load`].
pub fn load_texts(texts: &[(&str, &str)]) -> Result<Document, Diagnostics> {
    let mut findings = Diagnostics::new();
    let texts = texts.iter().map(|(file, text)| (Arc::from(*file), (*text).to_owned())).collect();
    let document = merge(texts, &mut findings);
    findings.or(document)
}

pub(crate) fn report_unreadable(file: Arc<str>, error: &io::Error, findings: &mut Diagnostics) {
    let location = Location { file, line: 1, column: None };
    findings.push(location, format!("cannot be read: {error}"), "see spec/README.md for the files");
}

/// Returns the text of a file.
pub(crate) fn decode(
    file: Arc<str>,
    bytes: Vec<u8>,
    findings: &mut Diagnostics,
) -> Option<(Arc<str>, String)> {
    match String::from_utf8(bytes) {
        Ok(text) => Some((file, text)),
        Err(error) => {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + String::from_utf8_lossy(good).matches('\n').count();
            findings.push(Location::line(file, line), "invalid UTF-8", "save the file as UTF-8");
            None
        }
    }
}

/// Reports conflict markers. A file with conflicts is not parsed, because its mappings are
/// incomplete.
pub(crate) fn conflicts(file: &Arc<str>, text: &str, findings: &mut Diagnostics) -> bool {
    const MARKERS: [&str; 4] = ["<<<<<<< ", "||||||| ", "=======", ">>>>>>> "];
    let mut found = false;
    for (index, line) in text.lines().enumerate() {
        if MARKERS.iter().any(|marker| line.starts_with(marker)) {
            let location = Location::line(file.clone(), index + 1);
            findings.push(location, "a merge conflict marker", "resolve the conflict");
            found = true;
        }
    }
    found
}

/// Returns the paths of the fragments in the order of merging.
fn fragments(spec: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = ["openapi.yaml", "shared.yaml"].map(Into::into).into();
    paths.extend(inside(spec, "resources")?);
    // These parts of a spec are optional.
    if spec.join("realtime").exists() {
        paths.extend(inside(spec, "realtime")?);
    }
    for optional in ["webhooks.yaml", "errors.yaml"] {
        if spec.join(optional).exists() {
            paths.push(PathBuf::from(optional));
        }
    }
    Ok(paths)
}

/// Returns the fragments in a folder and its subfolders, sorted by path.
pub(crate) fn inside(spec: &Path, folder: &str) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(spec.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "yaml" || extension == "yml")
            {
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
        locations: HashMap::new(),
        resources: Vec::new(),
        channels: Vec::new(),
        language: Language::English,
    };
    for (file, text) in texts {
        if file.ends_with(".yml") {
            let help = "give it the ending `.yaml`";
            findings.push(Location::line(file, 1), "a file with the ending `.yml`", help);
            continue;
        }
        match FileKind::of(&file) {
            FileKind::Resource(name) => document.resources.push((name, file.clone())),
            FileKind::Channel(name) => document.channels.push((name, file.clone())),
            FileKind::Shared | FileKind::Channels | FileKind::Webhooks => {}
        }
        if conflicts(&file, &text, findings) {
            continue;
        }
        let Some(Parsed { value, lines }) = parse(&file, &text, findings) else { continue };
        Merge { document: &mut document, findings, file, lines: &lines }.fragment(value);
    }
    document
}

/// Merges one fragment into the document.
struct Merge<'a> {
    document: &'a mut Document,
    findings: &'a mut Diagnostics,
    file: Arc<str>,
    lines: &'a BTreeMap<String, usize>,
}

impl Merge<'_> {
    fn fragment(&mut self, value: Value) {
        let Value::Object(root) = value else {
            let help = "write `tags`, `paths` and `components` as spec/README.md shows";
            let location = self.location("");
            return self.findings.push(location, "the file is not a mapping", help);
        };
        for (key, value) in root {
            match (key.as_str(), value) {
                ("tags", Value::Array(tags)) => self.tags(tags),
                // Two files may add methods to the same path, and entries to the same component
                // map.
                ("paths" | "components", value @ (Value::Object(_) | Value::Null)) => {
                    self.entries(&child("", &key), &child("", &key), value, 1);
                }
                ("x-coze-channel", value) => self.channel(value),
                ("x-coze-channels", _) => {
                    let help = "write each as `x-coze-channel` in a file of its own";
                    let location = self.location("/x-coze-channels");
                    self.findings.push(location, "several channels in one file", help);
                }
                (_, value) => self.insert(&child("", &key), &child("", &key), value),
            }
        }
    }

    /// Merges the entries of a mapping. Below `depth` levels, entries must be new.
    fn entries(&mut self, from: &str, to: &str, value: Value, depth: usize) {
        if value.is_null() {
            let key = from.rsplit('/').next().unwrap_or_default();
            let help = "add its content, or remove the key";
            return self.findings.push(self.location(from), format!("`{key}` is empty"), help);
        }
        let Value::Object(map) = value else { return self.insert(from, to, value) };
        if self.document.root.pointer(to).is_none() {
            self.insert(from, to, Value::Object(Map::new()));
        }
        for (key, value) in map {
            let (from, to) = (child(from, &key), child(to, &key));
            if depth > 0 {
                self.entries(&from, &to, value, depth - 1);
            } else {
                self.insert(&from, &to, value);
            }
        }
    }

    /// Adds a channel to the document, under the name of its file.
    fn channel(&mut self, value: Value) {
        const ALL: &str = "/x-coze-channels";
        let FileKind::Channel(name) = FileKind::of(&self.file) else {
            let location = self.location("/x-coze-channel");
            let message = "a channel outside spec/realtime";
            return self.findings.push(location, message, "move it to a file of its own there");
        };
        if self.document.root.pointer(ALL).is_none() {
            self.insert("/x-coze-channel", ALL, Value::Object(Map::new()));
        }
        self.insert("/x-coze-channel", &child(ALL, &name), value);
    }

    /// Merges tags. The root lists them in order, and the resource files describe them.
    fn tags(&mut self, tags: Vec<Value>) {
        if self.document.root.pointer("/tags").is_none() {
            self.insert("/tags", "/tags", Value::Array(Vec::new()));
        }
        for (index, mut tag) in tags.into_iter().enumerate() {
            let name = tag.get("name");
            let known = self.document.root["tags"].as_array().map_or(&[][..], Vec::as_slice);
            let position = known.iter().position(|known| known.get("name") == name);
            let (from, to) = (format!("/tags/{index}"), position.unwrap_or(known.len()));
            if let (Some(at), Some(entries)) = (position, tag.as_object_mut()) {
                let entries = mem::take(entries).into_iter().filter(|(key, _)| key != "name");
                for (key, value) in entries {
                    self.insert(&child(&from, &key), &child(&format!("/tags/{at}"), &key), value);
                }
            } else if let Some(Value::Array(list)) = self.document.root.get_mut("tags") {
                list.push(tag);
                self.copy_locations(&from, &format!("/tags/{to}"));
            }
        }
    }

    fn insert(&mut self, from: &str, to: &str, value: Value) {
        let (parent, key) = to.rsplit_once('/').unwrap_or_default();
        let key = key.replace("~1", "/").replace("~0", "~");
        let location = self.location(from);
        let Some(Value::Object(parent)) = self.document.root.pointer_mut(parent) else {
            return self.findings.push(
                location,
                format!("`{key}` has no parent"),
                "indent it under a mapping",
            );
        };
        if parent.contains_key(&key) {
            let first = self.document.location(to);
            let message = format!("`{key}` is defined twice, first at {first}");
            return self.findings.push(location, message, "keep one of the two, or rename one");
        }
        parent.insert(key, value);
        self.copy_locations(from, to);
    }

    fn copy_locations(&mut self, from: &str, to: &str) {
        if let Some(line) = self.lines.get(from) {
            self.locate(to.to_owned(), *line);
        }
        // The pointers below a node follow it without gaps, because they continue with a slash.
        let below = format!("{from}/");
        let following =
            self.lines.range::<str, _>((Bound::Included(below.as_str()), Bound::Unbounded));
        for (pointer, line) in following.take_while(|(pointer, _)| pointer.starts_with(&below)) {
            self.locate(format!("{to}{}", &pointer[from.len()..]), *line);
        }
    }

    fn locate(&mut self, pointer: String, line: usize) {
        let location = Location::line(self.file.clone(), line);
        self.document.locations.insert(pointer, location);
    }

    fn location(&self, pointer: &str) -> Location {
        let line = self.lines.get(pointer).copied().unwrap_or(1);
        Location { file: self.file.clone(), line, column: None }
    }
}
