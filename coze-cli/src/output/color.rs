//! Colors JSON for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

const NAME: Style = AnsiColor::Blue.on_default().bold();
const STRING: Style = AnsiColor::Green.on_default();
const LITERAL: Style = AnsiColor::Yellow.on_default();
const NULL: Style = Style::new().dimmed();

/// Colors JSON text, whose tokens stay unchanged.
pub(super) fn colored(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => string_length(rest),
            c if is_literal(c) => rest.find(|c| !is_literal(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        let style = match first {
            '"' if after.trim_start().starts_with(':') => Some(NAME),
            '"' => Some(STRING),
            _ if token == "null" => Some(NULL),
            c if is_literal(c) => Some(LITERAL),
            _ => None,
        };
        let style = style.unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(out, "{style}{token}{style:#}");
        rest = after;
    }
    out
}

/// Returns `true` for the characters of numbers, `true`, `false` and `null`.
fn is_literal(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.')
}

/// Returns the length of the string at the beginning of a text, with its quotes.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return at + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stay_unchanged() {
        let json = r#"{"a\"b": "x: \\", "n": [-1.5e+3, true, null, {}], "中": ""}"#;
        let text = colored(json);
        assert_eq!(anstream::adapter::strip_str(&text).to_string(), json);
        assert!(text.contains("\u{1b}[1m\u{1b}[34m\"a\\\"b\"\u{1b}[0m: "), "{text:?}");
        assert!(text.contains("\u{1b}[32m\"x: \\\\\"\u{1b}[0m, "), "{text:?}");
        assert!(text.contains("\u{1b}[33m-1.5e+3\u{1b}[0m, "), "{text:?}");
        // Text that ends in the middle of a token does not panic.
        for end in 0..json.len() {
            if json.is_char_boundary(end) {
                colored(&json[..end]);
            }
        }
    }
}
