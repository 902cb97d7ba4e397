//! One file of a locale: reading and writing.

use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::Diagnostics;
use crate::location::Location;
use crate::yaml::{child, parse};

/// No line is wider, where it need not be.
const WIDTH: usize = 100;

/// The translation of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The hash of the English text; none if nobody has recorded it yet.
    pub(crate) of: Option<String>,
    /// The translation; empty if there is none.
    pub(crate) text: String,
    /// The line of the key.
    pub(crate) line: usize,
}

/// A file, whose entries have their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct File {
    pub(crate) name: Arc<str>,
    pub(crate) entries: Vec<(String, Entry)>,
}

impl File {
    /// Reads a file; what is wrong with it goes to `findings`.
    pub(crate) fn read(name: &Arc<str>, text: &str, findings: &mut Diagnostics) -> Self {
        let mut file = Self { name: name.clone(), entries: Vec::new() };
        // A file may lose all of its texts to `common.yaml`.
        if text.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
            return file;
        }
        let Some(parsed) = parse(name, text, findings) else { return file };
        let Value::Object(entries) = parsed.value else {
            let help = "write `key: translation` in each line";
            findings.push(Location::line(name.clone(), 1), "the file is not a mapping", help);
            return file;
        };
        for (key, value) in entries {
            let line = parsed.lines.get(&child("", &key)).copied().unwrap_or(1);
            match entry(&value, line) {
                Some(entry) => file.entries.push((key, entry)),
                None => findings.push(
                    Location::line(name.clone(), line),
                    format!("`{key}` is not a translation"),
                    "write a text, quoted if YAML reads it as something else, or `{of: …, text: …}`",
                ),
            }
        }
        file
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        let found = self.entries.iter().find(|(known, _)| known == key);
        found.map(|(_, entry)| entry).filter(|entry| !entry.text.is_empty())
    }

    /// The line of a key, or the first line.
    pub(crate) fn location(&self, key: &str) -> Location {
        let found = self.entries.iter().find(|(known, _)| known == key);
        Location::line(self.name.clone(), found.map_or(1, |(_, entry)| entry.line))
    }
}

fn entry(value: &Value, line: usize) -> Option<Entry> {
    Some(match value {
        Value::Null => Entry { line, ..Entry::default() },
        Value::String(text) => Entry { of: None, text: tidy(text), line },
        Value::Object(members) => {
            let member = |key: &str| match members.get(key) {
                None | Some(Value::Null) => Some(None),
                Some(Value::String(text)) => Some(Some(text.as_str())),
                Some(_) => None,
            };
            if members.keys().any(|key| key != "of" && key != "text") {
                return None;
            }
            let (of, text) = (member("of")?, member("text")?);
            Entry { of: of.map(str::to_owned), text: tidy(text.unwrap_or_default()), line }
        }
        _ => return None,
    })
}

/// A text without the white space that a block scalar could not hold or nobody would see.
fn tidy(text: &str) -> String {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    lines.join("\n")
}

/// Writes entries, in block style where they are long.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: String,
}

impl Writer {
    pub(crate) fn new(title: &str) -> Self {
        let mut writer = Self::default();
        writer.comment(title);
        writer
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }

    pub(crate) fn blank(&mut self) {
        self.text.push('\n');
    }

    pub(crate) fn comment(&mut self, text: &str) {
        for line in text.lines() {
            self.line(&format!("# {line}"));
        }
    }

    /// A key without a translation.
    pub(crate) fn missing(&mut self, key: &str) {
        self.line(&format!("{}:", scalar(key)));
    }

    pub(crate) fn entry(&mut self, key: &str, entry: &Entry) {
        let key = scalar(key);
        let Some(of) = &entry.of else { return self.member(&key, &entry.text, "") };
        let line = format!("{key}: {{of: {}, text: {}}}", scalar(of), scalar(&entry.text));
        if !entry.text.contains('\n') && width(&line) <= WIDTH {
            return self.line(&line);
        }
        self.line(&format!("{key}:"));
        self.line(&format!("  of: {}", scalar(of)));
        self.member("text", &entry.text, "  ");
    }

    fn member(&mut self, key: &str, text: &str, indent: &str) {
        let line = format!("{indent}{key}: {}", scalar(text));
        let is_block = text.contains('\n') || width(&line) > WIDTH;
        if !is_block || text.is_empty() || text.chars().any(needs_escape) {
            return self.line(&line);
        }
        self.line(&format!("{indent}{key}: |"));
        for line in text.lines() {
            self.line(&format!("{indent}  {line}"));
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

/// A string on one line, which a mapping in flow style may hold as key or value.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    if text.contains('\n') || text.chars().any(needs_escape) {
        return Value::from(text).to_string();
    }
    let plain = text.starts_with(char::is_alphabetic)
        && !text.contains([',', '[', ']', '{', '}'])
        && ![": ", " #"].iter().any(|sign| text.contains(sign))
        && !text.ends_with([':', ' '])
        && !WORDS.contains(&text.to_lowercase().as_str());
    if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// A character that YAML allows in double quotes only.
fn needs_escape(c: char) -> bool {
    (c.is_control() && c != '\n') || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// The columns of a text on a terminal, where a Chinese character takes two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip(key: &str, entry: &Entry) -> (String, Vec<(String, Entry)>) {
        let mut writer = Writer::new("A title.");
        writer.blank();
        writer.missing("before");
        writer.entry(key, entry);
        writer.comment("A comment:\n\n- of two paragraphs");
        writer.missing("after");
        let text = writer.finish();
        let mut findings = Diagnostics::new();
        let file = File::read(&Arc::from("a.yaml"), &text, &mut findings);
        assert!(findings.is_empty(), "{findings}\n{text}");
        let entries = file.entries.into_iter();
        let entries = entries.map(|(key, entry)| (key, Entry { line: 0, ..entry })).collect();
        (text, entries)
    }

    fn holds(key: &str, of: Option<&str>, text: &str) -> String {
        let entry = Entry { of: of.map(str::to_owned), text: text.to_owned(), line: 0 };
        let (written, entries) = round_trip(key, &entry);
        let missing = |key: &str| (key.to_owned(), Entry::default());
        let expected = vec![missing("before"), (key.to_owned(), entry), missing("after")];
        assert_eq!(entries, expected, "{written}");
        written
    }

    #[test]
    fn every_text_comes_back() {
        let long = "很长的一句话，".repeat(20);
        let block =
            format!("第一段：`a, b`。\n\n- {long}\n  # 不是注释\n```json\n{{\"a\": 1}}\n```");
        for text in [
            "对话状态。",
            "`data` 中的 [链接](https://a.b/c)，a: b",
            "true",
            "null",
            "12",
            "1e3",
            "- a",
            "a #b",
            "it's \"so\": {a, b}",
            "以冒号结尾:",
            "\\n",
            "制表\t符",
            "# 一",
            "? a",
            "| a",
            "@a",
            "%a",
            "---",
            "a\n\n\nb",
            "a\u{2028}b\nc",
            &long,
            &block,
        ] {
            for of in [None, Some("abcdefgh"), Some("12345678")] {
                holds("Chat.status", of, text);
                holds(text.lines().next().unwrap(), of, text);
            }
        }
    }

    #[test]
    fn short_texts_take_one_line_and_long_ones_a_block() {
        let short = holds("Chat.status", Some("abcdefgh"), "对话状态。");
        assert!(short.contains("\nChat.status: {of: abcdefgh, text: 对话状态。}\n"), "{short}");
        let long = holds("Chat.status", Some("abcdefgh"), "第一段。\n\n第二段。");
        let expected = "\nChat.status:\n  of: abcdefgh\n  text: |\n    第一段。\n\n    第二段。\n";
        assert!(long.contains(expected), "{long}");
        let common = holds("The ID: a bot.", None, "智能体 ID。");
        assert!(common.contains("\n'The ID: a bot.': 智能体 ID。\n"), "{common}");
    }

    #[test]
    fn what_is_not_a_translation_is_a_finding() {
        for value in
            ["1", "true", "[a]", "{of: abcdefgh, txt: a}", "{text: [a]}", "{of: 1, text: a}"]
        {
            let mut findings = Diagnostics::new();
            let file =
                File::read(&Arc::from("a.yaml"), &format!("a:\nb: {value}\n"), &mut findings);
            assert_eq!(file.entries.len(), 1, "{value}");
            let found = findings.to_string();
            assert!(found.starts_with("a.yaml:2: `b` is not a translation"), "{value}: {found}");
        }
        let mut findings = Diagnostics::new();
        File::read(&Arc::from("a.yaml"), "- a\n", &mut findings);
        assert_eq!(findings.len(), 1);
        for text in ["", "# Nothing.\n"] {
            let mut findings = Diagnostics::new();
            assert!(File::read(&Arc::from("a.yaml"), text, &mut findings).entries.is_empty());
            assert!(findings.is_empty());
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "[ -~一-十，。：\n]{1,120}", of in proptest::option::of("[a-p0-9]{8}")) {
            let text = tidy(&text);
            if !text.is_empty() {
                holds("Key", of.as_deref(), &text);
            }
        }

        #[test]
        fn any_key_comes_back(key in "[ -~一-十，。：]{1,80}") {
            holds(&format!("k{}", key.trim()), Some("abcdefgh"), "文字");
            holds(key.trim(), None, "文字");
        }
    }
}
