//! Finds the place in a JSON text where decoding failed: the path to the value, and the text around
//! it. It runs only after a failure, so decoding itself keeps no path.

use std::fmt::Write as _;

use super::repair::repair;
use crate::base::redact;

/// The place of a decoding error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Such as `$.data.items[3].id`.
    pub(crate) path: String,
    /// The text that cannot be decoded, from its key on: one redacted line of limited length.
    pub(crate) snippet: String,
}

const SNIPPET_LIMIT: usize = 120;
const PATH_LIMIT: usize = 200;

impl Place {
    /// Finds the place of `error`, which decoding `json` returned. `token` is never shown.
    pub(crate) fn of(error: &serde_json::Error, json: &[u8], token: Option<&str>) -> Self {
        // The error is in the repaired text. Before the first fault, positions are the same.
        let json = repair(json);
        let json = json.as_bytes();
        let end = offset(json, error.line(), error.column());
        let mut walk = Walk::default();
        walk.run(end, json);
        // Keys of maps are data too.
        let path = redact::redact(&walk.path(json), token);
        let start = walk.stack.last().map_or(0, Frame::member).min(end);
        // More is redacted than is shown, so that a cut-off secret is still recognized.
        let piece = &json[start..json.len().min(start + 8 * SNIPPET_LIMIT)];
        let secret = walk.keys(json).any(|key| redact::is_secret_key(&key));
        let snippet = if secret {
            "***".to_owned()
        } else {
            let text = redact::redact(&String::from_utf8_lossy(piece), token);
            redact::one_line(&text, SNIPPET_LIMIT)
        };
        Self { path, snippet }
    }
}

/// Returns the number of bytes that had been read when the error occurred.
fn offset(json: &[u8], line: usize, column: usize) -> usize {
    let line_start = match line.checked_sub(2) {
        None => 0,
        Some(newlines) => {
            let mut breaks = json.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
            breaks.nth(newlines).map_or(json.len(), |(i, _)| i + 1)
        }
    };
    (line_start + column).min(json.len())
}

/// Walks through a JSON text and keeps the path to the current value.
#[derive(Debug, Default)]
struct Walk {
    stack: Vec<Frame>,
}

/// An object or a list, with the position of its current member.
#[derive(Debug)]
enum Frame {
    /// The key begins at `member`, and ends at `key_end` once it has been read. It is part of the
    /// path once its value begins.
    Object {
        member: usize,
        key_end: Option<usize>,
        value: bool,
    },
    Array {
        member: usize,
        index: usize,
        begun: bool,
    },
}

impl Frame {
    fn member(&self) -> usize {
        match self {
            Self::Object { member, .. } | Self::Array { member, .. } => *member,
        }
    }

    /// Moves on at a comma.
    fn next(&mut self) {
        match self {
            Self::Object { key_end, value, .. } => (*key_end, *value) = (None, false),
            Self::Array { index, begun, .. } => (*index, *begun) = (*index + 1, false),
        }
    }

    /// Notes a key or a value from `start` to `end`.
    fn enter(&mut self, start: usize, end: usize) {
        match self {
            Self::Object { member, key_end, .. } if key_end.is_none() => {
                (*member, *key_end) = (start, Some(end));
            }
            Self::Array { member, begun, .. } if !*begun => {
                (*member, *begun) = (start, true);
            }
            _ => {}
        }
    }
}

impl Walk {
    fn run(&mut self, read: usize, json: &[u8]) {
        let mut i = 0;
        // A bracket changes the path of the bytes after it, and not its own.
        let mut opened = None;
        while i < read {
            let (start, byte) = (i, json[i]);
            i += 1;
            if byte.is_ascii_whitespace() {
                continue;
            }
            self.stack.extend(opened.take());
            match byte {
                b'}' | b']' => drop(self.stack.pop()),
                b',' => self.stack.last_mut().into_iter().for_each(Frame::next),
                b':' => {
                    if let Some(Frame::Object { value, .. }) = self.stack.last_mut() {
                        *value = true;
                    }
                }
                _ => {
                    if byte == b'"' {
                        i = end_of_string(json, start);
                    }
                    if let Some(frame) = self.stack.last_mut() {
                        frame.enter(start, i);
                    }
                    opened = match byte {
                        b'{' => Some(Frame::Object { member: start, key_end: None, value: false }),
                        b'[' => Some(Frame::Array { member: start, index: 0, begun: false }),
                        _ => None,
                    };
                }
            }
        }
        // A member that has not begun cannot be the place of the error, which is around it.
        while matches!(
            self.stack.last(),
            Some(Frame::Object { value: false, .. } | Frame::Array { begun: false, .. })
        ) {
            self.stack.pop();
        }
    }

    fn keys<'a>(&'a self, json: &'a [u8]) -> impl Iterator<Item = String> + 'a {
        self.stack.iter().filter_map(|frame| match frame {
            Frame::Object { member, key_end: Some(end), .. } => {
                let key = json.get(member + 1..end.saturating_sub(1))?;
                Some(String::from_utf8_lossy(key).into_owned())
            }
            _ => None,
        })
    }

    fn path(&self, json: &[u8]) -> String {
        let mut path = "$".to_owned();
        let mut keys = self.keys(json);
        for frame in &self.stack {
            if let Frame::Array { index, .. } = frame {
                // Writing to a string cannot fail.
                let _ = write!(path, "[{index}]");
            } else {
                path.push('.');
                path.push_str(&redact::one_line(&keys.next().unwrap_or_default(), 60));
            }
        }
        redact::one_line(&path, PATH_LIMIT)
    }
}

/// Returns the index after the string that begins at `start`.
fn end_of_string(json: &[u8], start: usize) -> usize {
    let mut i = start + 1;
    while let Some(&byte) = json.get(i) {
        match byte {
            b'"' => return i + 1,
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
    json.len()
}
