//! Extracts prose from files: comments, documentation and messages, with their lines.

/// A passage of prose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passage {
    /// The first line, counted from 1.
    pub(crate) line: usize,
    /// Its lines, without markers, quotations and code.
    pub(crate) lines: Vec<String>,
    pub(crate) kind: Kind,
}

/// The kind of a passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A comment or documentation. Openings and shares refer to these.
    Block,
    /// A message in a string, or a paragraph of a document.
    Message,
}

/// The parts of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) passages: Vec<Passage>,
    /// The identifiers in the code, with their lines.
    pub(crate) names: Vec<(usize, String)>,
    /// The number of lines with code.
    pub(crate) code: usize,
}

/// Splits a file into parts. The ending of its name determines the syntax; `None` for an unknown
/// ending.
pub(crate) fn read(path: &str, text: &str) -> Option<Text> {
    let (_, ending) = path.rsplit_once('.')?;
    Some(match ending {
        "rs" => source(text, &["///", "//!", "//"], false),
        "js" | "mjs" => source(text, &["//"], true),
        "py" | "sh" | "toml" => hashed(text),
        "yaml" | "yml" => yaml(text),
        "md" => markdown(text),
        _ => return None,
    })
}

fn source(text: &str, markers: &[&str], starred: bool) -> Text {
    let mut found = Text::default();
    let mut block = Blocks::default();
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let marked =
            markers.iter().find_map(|marker| Some((*marker, trimmed.strip_prefix(marker)?)));
        let stars = starred
            && (trimmed.starts_with("/*")
                || trimmed.starts_with("* ")
                || trimmed.starts_with("*/"));
        if let Some((marker, prose)) = marked {
            block.push(marker, index + 1, prose, &mut found);
        } else if stars {
            let prose = trimmed.trim_start_matches(['/', '*']).trim_end_matches("*/");
            block.push("*", index + 1, prose, &mut found);
        } else {
            block.end(&mut found);
            if !trimmed.is_empty() {
                found.code += 1;
                code(index + 1, line, &mut found);
            }
        }
    }
    block.end(&mut found);
    found
}

/// Adds the identifiers and the messages of a line of code.
fn code(line: usize, text: &str, found: &mut Text) {
    let mut rest = text;
    while let Some(start) = rest.find(['"', '`']) {
        let quote = rest.as_bytes()[start];
        names(line, &rest[..start], found);
        let inside = &rest[start + 1..];
        let end = closing(inside, quote).unwrap_or(inside.len());
        let message = &inside[..end];
        if message.trim().contains(' ') {
            let lines = vec![without_code(message)];
            found.passages.push(Passage { line, lines, kind: Kind::Message });
        }
        rest = inside.get(end + 1..).unwrap_or_default();
    }
    names(line, rest.split(" //").next().unwrap_or_default(), found);
}

fn closing(text: &str, quote: u8) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| {
        let closes = byte == quote && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })
}

fn names(line: usize, code: &str, found: &mut Text) {
    let words = code.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let words = words.filter(|word| word.starts_with(|first: char| first.is_alphabetic()));
    found.names.extend(words.map(|word| (line, word.to_owned())));
}

fn hashed(text: &str) -> Text {
    let mut found = Text::default();
    let mut block = Blocks::default();
    for (index, line) in text.lines().enumerate() {
        match line.trim_start().strip_prefix('#') {
            Some(prose) if !prose.starts_with('!') => block.push("#", index + 1, prose, &mut found),
            _ => block.end(&mut found),
        }
    }
    block.end(&mut found);
    found
}

/// Returns the comments, and the values of `summary` and `description`.
fn yaml(text: &str) -> Text {
    let mut found = hashed(text);
    let mut block = Blocks::default();
    let mut indent = None;
    for (index, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let depth = line.len() - trimmed.len();
        let item = trimmed.trim_start_matches("- ");
        if let Some(limit) = indent {
            if trimmed.is_empty() || depth > limit {
                block.push("text", index + 1, trimmed, &mut found);
                continue;
            }
            block.end(&mut found);
            indent = None;
        }
        let value = ["summary:", "description:"].iter().find_map(|key| item.strip_prefix(key));
        if let Some(value) = value {
            indent = Some(depth + trimmed.len() - item.len());
            let value = value.trim().trim_matches(['\'', '"']);
            if !value.starts_with(['|', '>', '{']) {
                block.push("text", index + 1, value, &mut found);
            }
        } else if let Some((_, rest)) =
            item.split_once("{description: ").or(item.split_once(", description: "))
        {
            let rest = rest.trim_matches(['\'', '"', '}']);
            let lines = vec![without_code(rest)];
            found.passages.push(Passage { line: index + 1, lines, kind: Kind::Block });
        }
    }
    block.end(&mut found);
    found
}

fn markdown(text: &str) -> Text {
    let mut found = Text::default();
    let mut fenced = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && !line.trim().is_empty() {
            let lines = vec![without_code(line)];
            found.passages.push(Passage { line: index + 1, lines, kind: Kind::Message });
        }
    }
    found
}

/// Joins the lines of a comment, without code blocks.
#[derive(Default)]
struct Blocks {
    marker: &'static str,
    start: usize,
    lines: Vec<String>,
    fenced: bool,
}

impl Blocks {
    fn push(&mut self, marker: &str, line: usize, prose: &str, found: &mut Text) {
        let marker = ["///", "//!", "//", "*", "#", "text"]
            .into_iter()
            .find(|known| *known == marker)
            .unwrap_or_default();
        if self.marker != marker {
            self.end(found);
            self.marker = marker;
        }
        if self.lines.is_empty() {
            self.start = line;
        }
        let prose = prose.trim();
        if prose.starts_with("```") {
            self.fenced = !self.fenced;
            self.lines.push(String::new());
        } else {
            let prose = if self.fenced { String::new() } else { without_code(prose) };
            self.lines.push(prose);
        }
    }

    fn end(&mut self, found: &mut Text) {
        self.fenced = false;
        let lines = std::mem::take(&mut self.lines);
        if lines.iter().any(|line| !line.is_empty()) {
            found.passages.push(Passage { line: self.start, lines, kind: Kind::Block });
        }
    }
}

/// Removes code in backticks and addresses.
fn without_code(text: &str) -> String {
    let mut prose = String::new();
    for (index, piece) in text.split('`').enumerate() {
        prose.push_str(if index % 2 == 0 { piece } else { "`" });
    }
    let words = prose.split_inclusive(' ').filter(|word| !word.contains("://"));
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(path: &str, text: &str) -> Vec<(usize, String)> {
        let found = read(path, text).unwrap();
        let blocks = found.passages.into_iter().filter(|passage| passage.kind == Kind::Block);
        blocks.map(|passage| (passage.line, passage.lines.join("|"))).collect()
    }

    #[test]
    fn comments_of_source_are_blocks_without_their_code() {
        let text = "//! About `colour`.\n\n/// One.\n/// ```\n/// is no code\n/// ```\nfn f() {} // aside\n// Two\n";
        let expected = [(1, "About `."), (3, "One.|||"), (8, "Two")];
        let expected = expected.map(|(line, text)| (line, text.to_owned()));
        assert_eq!(blocks("a.rs", text), expected);
    }

    #[test]
    fn messages_and_names_come_from_code() {
        let found = read("a.rs", "let colour = say(\"a \\\"b\\\" c\", \"word\");\n").unwrap();
        assert_eq!(found.passages.len(), 1);
        assert_eq!(found.passages[0].lines, ["a \\\"b\\\" c"]);
        assert_eq!(found.code, 1);
        let names: Vec<&str> = found.names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["let", "colour", "say"]);
    }

    #[test]
    fn descriptions_of_a_spec_are_blocks() {
        let text = "a:\n  # Why.\n  description: |\n    One\n    two.\n  b: {type: string, description: Three.}\n  summary: Four\n";
        let expected = [(2, "Why."), (4, "One|two."), (6, "Three."), (7, "Four")];
        let expected = expected.map(|(line, text)| (line, text.to_owned()));
        assert_eq!(blocks("a.yaml", text), expected);
    }

    #[test]
    fn documents_are_messages_outside_of_code() {
        let found = read("a.md", "# Title\n\nText `colour`.\n```sh\ncolour\n```\n").unwrap();
        let lines: Vec<_> = found.passages.iter().map(|passage| passage.line).collect();
        assert_eq!(lines, [1, 3]);
        assert_eq!(read("a.png", ""), None);
    }
}
