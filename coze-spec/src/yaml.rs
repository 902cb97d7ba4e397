//! Parses a YAML file as JSON, and records the line of every node.

use std::collections::BTreeMap;
use std::sync::Arc;

use saphyr::Scalar;
use saphyr_parser::{Event, Marker, Parser};
use serde_json::{Map, Number, Value};

use crate::diagnostic::Diagnostics;
use crate::location::Location;

/// The maximum depth of nesting. Deeper nesting is a mistake and could overflow the stack.
const MAX_DEPTH: usize = 64;

/// The content of a file, and the line of each node.
pub(crate) struct Parsed {
    pub(crate) value: Value,
    /// Lines by JSON pointer. The line of a mapping entry is that of its key.
    pub(crate) lines: BTreeMap<String, usize>,
}

/// Parses a file, and adds its errors to `findings`.
pub(crate) fn parse(file: &Arc<str>, text: &str, findings: &mut Diagnostics) -> Option<Parsed> {
    let mut reader =
        Reader { file, findings, lines: BTreeMap::new(), stack: Vec::new(), root: None };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((event, span)) => reader.event(event, span.start)?,
            Err(error) => {
                let message = format!("invalid YAML: {}", error.info());
                reader.report(
                    *error.marker(),
                    message,
                    "correct the syntax at this line and column",
                );
                return None;
            }
        }
    }
    if reader.root.is_none() {
        let help = "add content, or remove it";
        reader.findings.push(Location::line(file.clone(), 1), "the file is empty", help);
    }
    let lines = reader.lines;
    reader.root.map(|value| Parsed { value, lines })
}

/// A mapping or sequence whose end is not yet read.
enum Open {
    Mapping { pointer: String, map: Map<String, Value>, key: Option<String> },
    Sequence { pointer: String, items: Vec<Value> },
}

struct Reader<'a> {
    file: &'a Arc<str>,
    findings: &'a mut Diagnostics,
    lines: BTreeMap<String, usize>,
    stack: Vec<Open>,
    root: Option<Value>,
}

impl Reader<'_> {
    /// Handles an event. `None` stops the parser.
    fn event(&mut self, event: Event<'_>, at: Marker) -> Option<()> {
        match event {
            Event::Scalar(text, style, _, tag) => {
                if self.awaits_key() {
                    return self.key(text.into_owned(), at);
                }
                let Some(scalar) = Scalar::parse_from_cow_and_metadata(text, style, tag.as_ref())
                else {
                    self.report(at, "the value does not match its tag", "remove the tag");
                    return None;
                };
                let value = self.scalar(scalar, at)?;
                self.enter(at);
                self.close(value)
            }
            Event::MappingStart(..) => {
                let pointer = self.enter(at);
                self.open(Open::Mapping { pointer, map: Map::new(), key: None }, at)
            }
            Event::SequenceStart(..) => {
                let pointer = self.enter(at);
                self.open(Open::Sequence { pointer, items: Vec::new() }, at)
            }
            Event::MappingEnd | Event::SequenceEnd => {
                let value = match self.stack.pop()? {
                    Open::Mapping { map, .. } => Value::Object(map),
                    Open::Sequence { items, .. } => Value::Array(items),
                };
                self.close(value)
            }
            Event::Alias(_) => {
                self.report(at, "a YAML alias", "write a $ref to a named schema instead");
                None
            }
            Event::DocumentStart(_) if self.root.is_some() => {
                self.report(at, "a second YAML document", "keep one document per file");
                None
            }
            _ => Some(()),
        }
    }

    fn awaits_key(&self) -> bool {
        matches!(self.stack.last(), Some(Open::Mapping { key: None, .. }))
    }

    fn key(&mut self, text: String, at: Marker) -> Option<()> {
        let Some(Open::Mapping { pointer, map, key }) = self.stack.last_mut() else {
            return None;
        };
        if map.contains_key(&text) {
            let first = self.lines.get(&child(pointer, &text)).copied().unwrap_or_default();
            let message = format!("the key `{text}` is defined twice, first in line {first}");
            self.report(at, message, "keep one of the two");
            return None;
        }
        self.lines.insert(child(pointer, &text), at.line());
        *key = Some(text);
        Some(())
    }

    /// Returns the pointer of the node that begins at `at`.
    fn enter(&mut self, at: Marker) -> String {
        let pointer = match self.stack.last() {
            None => String::new(),
            Some(Open::Mapping { pointer, key, .. }) => {
                child(pointer, key.as_deref().unwrap_or_default())
            }
            Some(Open::Sequence { pointer, items }) => child(pointer, &items.len().to_string()),
        };
        self.lines.entry(pointer.clone()).or_insert(at.line());
        pointer
    }

    fn open(&mut self, node: Open, at: Marker) -> Option<()> {
        if self.awaits_key() {
            self.report(at, "a key that is not a scalar", "use a plain or quoted string as key");
            return None;
        }
        if self.stack.len() == MAX_DEPTH {
            self.report(at, format!("nested deeper than {MAX_DEPTH}"), "flatten it");
            return None;
        }
        self.stack.push(node);
        Some(())
    }

    fn close(&mut self, value: Value) -> Option<()> {
        match self.stack.last_mut() {
            Some(Open::Mapping { map, key, .. }) => {
                map.insert(key.take()?, value);
            }
            Some(Open::Sequence { items, .. }) => items.push(value),
            None => self.root = Some(value),
        }
        Some(())
    }

    fn scalar(&mut self, scalar: Scalar<'_>, at: Marker) -> Option<Value> {
        Some(match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(value) => Value::Bool(value),
            Scalar::Integer(value) => Value::Number(value.into()),
            Scalar::FloatingPoint(value) => match Number::from_f64(value.into_inner()) {
                Some(number) => Value::Number(number),
                None => {
                    self.report(at, "a number that JSON cannot hold", "quote it or remove it");
                    return None;
                }
            },
            Scalar::String(text) => Value::String(text.into_owned()),
        })
    }

    fn report(&mut self, at: Marker, message: impl Into<String>, help: &str) {
        let location =
            Location { file: self.file.clone(), line: at.line(), column: Some(at.col() + 1) };
        self.findings.push(location, message, help);
    }
}

/// Returns the JSON pointer of a child (RFC 6901).
pub(crate) fn child(pointer: &str, key: &str) -> String {
    let mut child = String::with_capacity(pointer.len() + key.len() + 1);
    child.push_str(pointer);
    child.push('/');
    // Searching bytes is faster than searching characters in a debug build.
    if key.bytes().any(|byte| matches!(byte, b'~' | b'/')) {
        child.push_str(&key.replace('~', "~0").replace('/', "~1"));
    } else {
        child.push_str(key);
    }
    child
}
