//! Prints results to standard output and notes to standard error.

mod color;
mod table;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use serde_json::Value;

use crate::cli::Format;
use crate::failure::CommandResult;
use crate::language::{self, say};
use crate::secrets;

/// Prints a value in the format.
pub(crate) fn value(value: &Value, format: Format) -> CommandResult {
    match format {
        Format::Table => line(&table::format(value, &[])),
        Format::Json => json(&pretty(value)),
    }
}

/// Prints rows in the format. In a table, `headings` replace names of members in Chinese.
pub(crate) fn rows(
    rows: &Value,
    headings: &[(&'static str, &'static str)],
    format: Format,
) -> CommandResult {
    match format {
        Format::Table if language::is_chinese() => line(&table::format(rows, headings)),
        _ => value(rows, format),
    }
}

/// Prints the result of a command: as text, or as a value if a format is set.
pub(crate) fn report(text: &str, summary: &Value, format: Option<Format>) -> CommandResult {
    match format {
        None => line(text),
        Some(format) => value(summary, format),
    }
}

/// Describes a file that was written.
pub(crate) fn written(bytes: u64, path: &Path) -> String {
    let path = path.display();
    say!("{bytes} bytes written to {path}", "已将 {bytes} 字节写入 {path}")
}

/// Prints a value as JSON on a line of its own.
pub(crate) fn json_line(value: &Value) -> CommandResult {
    json(&value.to_string())
}

/// Prints a line and flushes it. If the reader has closed the pipe, the program exits silently.
pub(crate) fn line(text: &str) -> CommandResult {
    print(text, "\n")
}

/// Prints JSON text on a line of its own, in colors if standard output is a terminal.
pub(crate) fn json(text: &str) -> CommandResult {
    if anstream::AutoStream::choice(&io::stdout()) == anstream::ColorChoice::Never {
        return line(text);
    }
    write_out(&color::colored(&escape_controls(text)), "\n")
}

/// Prints text without a line break and flushes it.
pub(crate) fn fragment(text: &str) -> CommandResult {
    print(text, "")
}

fn print(text: &str, end: &str) -> CommandResult {
    if io::stdout().is_terminal() {
        write_out(&escape_controls(text), end)
    } else {
        write_out(&secrets::hide(text), end)
    }
}

fn write_out(text: &str, end: &str) -> CommandResult {
    let mut out = io::stdout().lock();
    let result = write!(out, "{text}{end}").and_then(|()| out.flush());
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        result => Ok(result?),
    }
}

/// Prints a line to standard error.
pub(crate) fn status(text: &str) {
    // A closed standard error is not a failure of the command.
    let _ = writeln!(anstream::stderr(), "{}", escape_controls(text));
}

/// Prints a note such as `[calls] get_weather` to standard error.
pub(crate) fn note(label: &str, text: &str) -> CommandResult {
    let text = single_line(text);
    Ok(writeln!(anstream::stderr(), "{FAINT}[{label}] {text}{FAINT:#}")?)
}

/// Prints dimmed text to standard error if that is a terminal.
pub(crate) fn dimmed(text: &str) -> CommandResult {
    if text.is_empty() || !io::stderr().is_terminal() {
        return Ok(());
    }
    Ok(write!(anstream::stderr(), "{FAINT}{}{FAINT:#}", escape_controls(text))?)
}

const FAINT: anstyle::Style = anstyle::Style::new().dimmed();

/// Escapes characters that control a terminal or reorder its text, as JSON does, and hides secrets.
pub(crate) fn escape_controls(text: &str) -> String {
    escape(&secrets::hide(text), |c| matches!(c, '\n' | '\t'))
}

/// Joins the lines of a text, escapes its control characters, and hides secrets.
pub(crate) fn single_line(text: &str) -> String {
    escape(&secrets::hide(text).replace(['\n', '\r', '\t'], " "), |_| false)
}

fn escape(text: &str, allowed: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() || is_bidi(c)) && !allowed(c) {
            // Writing to a string cannot fail. All these characters have four hex digits.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns `true` for line separators and characters that change the direction of text.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Formats a value as text.
pub(crate) fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn printed_text_does_not_control_the_terminal() {
        let text = "a\u{1b}[2J\tb\r\n\u{9b}c\u{202e}d\u{2066}";
        assert_eq!(escape_controls(text), "a\\u001b[2J\tb\\u000d\n\\u009bc\\u202ed\\u2066");
        assert_eq!(single_line("a\nb\u{7f}"), "a b\\u007f");
        // Escaping inside JSON does not change its meaning.
        let value = json!({"text": "x\u{85}y\u{202e}z\u{1b}"});
        let shown = escape_controls(&pretty(&value));
        assert!(shown.is_ascii());
        assert_eq!(serde_json::from_str::<Value>(&shown).ok(), Some(value));
    }
}
