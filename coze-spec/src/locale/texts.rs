//! The texts of the spec that a locale translates, each under a stable key.

use std::collections::HashMap;

use serde_json::Value;

use crate::document::{Document, Node};
use crate::location::Location;
use crate::read;

/// A text that occurs this often is translated once, in `common.yaml`.
const COMMON: usize = 3;

/// Longer texts make poor keys of `common.yaml`.
const LONGEST_KEY: usize = 200;

/// An English text of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The key, as `Chat.status` or `chat.create.summary`.
    pub key: String,
    /// The operation, schema, resource, channel or callback that the text belongs to.
    pub owner: String,
    /// The text, without white space around it.
    pub english: String,
    /// The line of the spec.
    pub location: Location,
    pub(crate) pointer: String,
    pub(crate) part: Part,
}

/// The part of a string of the spec that a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The whole string.
    Whole,
    /// The description of an enumeration without the lines of its values.
    Head,
    /// The line of a value in the description of an enumeration.
    Value(String),
}

impl Text {
    /// A short hash of the English text. Line breaks and indentation do not count.
    pub fn hash(&self) -> String {
        hash(&self.english)
    }

    /// The path of its file below the folder of the spec, as `resources/chat.yaml`.
    pub(crate) fn file(&self) -> &str {
        self.location.file.split_once('/').map_or(&*self.location.file, |(_, file)| file)
    }
}

/// Returns the texts of the spec, file by file and from top to bottom.
pub fn texts(document: &Document) -> Vec<Text> {
    let mut texts = Texts { all: Vec::new(), owner: String::new() };
    texts.document(&document.node());
    let place = |text: &Text| (text.location.file.clone(), text.location.line);
    texts.all.sort_by_key(place);
    texts.all
}

/// The texts that `common.yaml` translates, as its keys, with the number of times that each occurs.
pub(crate) fn common(texts: &[Text]) -> HashMap<String, usize> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for key in texts.iter().filter_map(|text| common_key(&text.english)) {
        *counts.entry(key).or_default() += 1;
    }
    counts.retain(|_, count| *count >= COMMON);
    counts
}

/// The key of a text in `common.yaml`: the text on one line, if it is one short paragraph.
pub(crate) fn common_key(english: &str) -> Option<String> {
    let paragraph = !english.contains("\n\n") && !english.contains("\n- ");
    let key = on_one_line(english);
    (paragraph && !key.contains("```") && key.len() <= LONGEST_KEY).then_some(key)
}

pub(crate) fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// 32 bits of FNV-1a, as letters: digits alone, or around an `e`, would be a number to YAML.
pub(crate) fn hash(english: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in on_one_line(english).bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let folded = hash ^ (hash >> 32);
    let letter = |shift: u32| b"abcdefghijklmnop"[(folded >> shift & 0xf) as usize];
    (0..8).map(|index| char::from(letter(index * 4))).collect()
}

struct Texts {
    all: Vec<Text>,
    owner: String,
}

impl Texts {
    fn document(&mut self, root: &Node<'_>) {
        for (member, node) in root.entries() {
            match member {
                "paths" => {}
                "tags" => node.items().iter().for_each(|tag| self.owned(tag, &label(tag, 0))),
                "components" => self.components(&node),
                "x-coze-channels" => self.each(&node, "realtime."),
                "x-webhooks" => {
                    for webhook in read::webhooks(root.document) {
                        self.owned(&webhook.node, &webhook.id());
                    }
                }
                _ => self.owned(&node, member.trim_start_matches("x-coze-")),
            }
        }
        for operation in read::operations(root.document) {
            self.owned(&operation.node, operation.id);
        }
    }

    fn components(&mut self, components: &Node<'_>) {
        for (member, node) in components.entries() {
            match member {
                "schemas" => self.each(&node, ""),
                _ => self.each(&node, &format!("{member}.")),
            }
        }
    }

    fn each(&mut self, node: &Node<'_>, prefix: &str) {
        for (name, entry) in node.entries() {
            self.owned(&entry, &format!("{prefix}{name}"));
        }
    }

    fn owned(&mut self, node: &Node<'_>, owner: &str) {
        owner.clone_into(&mut self.owner);
        self.walk(node, owner);
    }

    fn walk(&mut self, node: &Node<'_>, key: &str) {
        for (index, item) in node.items().iter().enumerate() {
            self.walk(item, &format!("{key}.{}", label(item, index)));
        }
        for (member, entry) in node.entries() {
            let below = format!("{key}.{member}");
            match member {
                // Not texts, or in the language of the vendor's pages.
                "example" | "default" | "enum" | "externalDocs" | "x-coze-name" => {}
                "summary" | "title" | "meaning" | "action" => self.text(&entry, &below),
                "description" if entry.value.is_string() => self.description(node, &entry, key),
                "x-coze-studio" => {
                    if let Some(note) = entry.get("note") {
                        self.text(&note, &format!("{key}.studio"));
                    }
                }
                "properties" => {
                    for (name, property) in entry.entries() {
                        self.walk(&property, &format!("{key}.{name}"));
                    }
                }
                "allOf" => entry.items().iter().for_each(|item| self.walk(item, key)),
                "content" => entry.entries().iter().for_each(|(_, media)| self.walk(media, key)),
                "responses" => self.responses(&entry, key),
                "schema" | "requestBody" | "x-coze-stream" => self.walk(&entry, key),
                "additionalProperties" => self.walk(&entry, &format!("{key}.values")),
                _ => self.walk(&entry, &below),
            }
        }
    }

    fn responses(&mut self, node: &Node<'_>, key: &str) {
        for (status, response) in node.entries() {
            let name = if status == "200" { "response" } else { status };
            self.walk(&response, &format!("{key}.{name}"));
        }
    }

    /// The description of an enumeration has a text for each value.
    fn description(&mut self, holder: &Node<'_>, node: &Node<'_>, key: &str) {
        let text = node.value.as_str().unwrap_or_default();
        if holder.value.get("enum").is_some() {
            self.add(node, key, read::without_value_lines(text), Part::Head);
            for (value, line) in read::value_lines(text) {
                self.add(node, &format!("{key}.{value}"), line, Part::Value(value));
            }
        } else if ["summary", "title"].iter().any(|member| holder.value.get(member).is_some()) {
            self.text(node, &format!("{key}.description"));
        } else {
            self.text(node, key);
        }
    }

    fn text(&mut self, node: &Node<'_>, key: &str) {
        if let Value::String(text) = node.value {
            self.add(node, key, text.trim().to_owned(), Part::Whole);
        }
    }

    fn add(&mut self, node: &Node<'_>, key: &str, english: String, part: Part) {
        if !english.is_empty() {
            let (key, owner) = (key.to_owned(), self.owner.clone());
            let (location, pointer) = (node.location(), node.pointer.clone());
            self.all.push(Text { key, owner, english, location, pointer, part });
        }
    }
}

/// The code of an error, which is more stable than its name; the name of another item; or its
/// position.
fn label(item: &Node<'_>, index: usize) -> String {
    let code = item.value.get("code").and_then(|code| match code {
        Value::Number(code) => Some(code.to_string()),
        Value::String(code) => Some(code.clone()),
        _ => None,
    });
    let name = || item.text("name").map(str::to_owned);
    code.or_else(name).unwrap_or_else(|| index.to_string())
}
