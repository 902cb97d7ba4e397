//! Values on the standard output, and notes beside them on the standard error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
use serde_json::Value;

use crate::cli::Format;
use crate::failure::CommandResult;

/// Prints a value.
pub(crate) fn value(value: &Value, format: Format) -> CommandResult {
    match format {
        Format::Table => line(&table(value)),
        Format::Json => line(&pretty(value)),
    }
}

/// Prints what a command has done: in words, or for programs as a value.
pub(crate) fn report(text: &str, summary: &Value, format: Option<Format>) -> CommandResult {
    match format {
        None => line(text),
        Some(format) => value(summary, format),
    }
}

/// Prints a value of many on a line of its own.
pub(crate) fn one_of_many(value: &Value) -> CommandResult {
    line(&value.to_string())
}

/// Prints a line at once. Whoever reads the lines may go away: that ends the command in silence.
pub(crate) fn line(text: &str) -> CommandResult {
    text_with_end(text, "\n")
}

/// Prints a piece of text at once.
pub(crate) fn piece(text: &str) -> CommandResult {
    text_with_end(text, "")
}

fn text_with_end(text: &str, end: &str) -> CommandResult {
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { printable(text) } else { text.to_owned() };
    let written = write!(out, "{text}{end}").and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}

/// Tells something on the standard error, where no program reads it.
pub(crate) fn say(text: &str) {
    // Whoever reads it may have gone away.
    let _ = writeln!(anstream::stderr(), "{}", printable(text));
}

/// Tells what is not the result itself, such as `[calls] get_weather`.
pub(crate) fn note(what: &str, text: &str) -> CommandResult {
    let text = one_line(text);
    Ok(writeln!(anstream::stderr(), "{FAINT}[{what}] {text}{FAINT:#}")?)
}

/// Prints a piece of what only somebody at a terminal wants to see.
pub(crate) fn faint(text: &str) -> CommandResult {
    if text.is_empty() || !io::stderr().is_terminal() {
        return Ok(());
    }
    Ok(write!(anstream::stderr(), "{FAINT}{}{FAINT:#}", printable(text))?)
}

const FAINT: anstyle::Style = anstyle::Style::new().dimmed();

/// Escapes what would steer a terminal or reorder its text, as JSON does.
pub(crate) fn printable(text: &str) -> String {
    escaped(text, |c| matches!(c, '\n' | '\t'))
}

/// The text in one line.
pub(crate) fn one_line(text: &str) -> String {
    escaped(&text.replace(['\n', '\r', '\t'], " "), |_| false)
}

fn escaped(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if (c.is_control() || is_bidi(c)) && !kept(c) {
            // Writing to a string cannot fail. All of them have four digits.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters that change the direction of the text after them, and line separators.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A list as rows, an object as names and values.
fn table(value: &Value) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    if io::stdout().is_terminal()
        && let Some((width, _)) = terminal_size::terminal_size()
    {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.0);
    }
    let items = value.as_array().or_else(|| value.get("items")?.as_array());
    match (items, value) {
        (Some(items), _) => {
            let columns = columns(items);
            table.set_header(&columns);
            // An id that is broken across lines cannot be copied.
            let ids = columns.iter().position(|name| *name == "id");
            if let Some(column) = ids.and_then(|at| table.column_mut(at)) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            for item in items {
                table.add_row(columns.iter().map(|name| cell(item.get(name))));
            }
        }
        (None, Value::Object(entries)) => {
            for (name, value) in entries {
                table.add_row([name.clone(), cell(Some(value))]);
            }
        }
        (None, value) => return cell(Some(value)),
    }
    table.to_string()
}

/// The names that items have, the telling ones first, without those of which no item has a value.
fn columns(items: &[Value]) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    for (name, value) in items.iter().filter_map(Value::as_object).flatten() {
        if !columns.contains(&name.as_str()) && !cell(Some(value)).is_empty() {
            columns.push(name);
        }
    }
    columns.sort_by_key(|name| match *name {
        "id" => 0,
        "name" | "title" => 1,
        _ => 2,
    });
    columns
}

/// A value as text.
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
    fn the_columns_of_a_table_are_those_that_tell_something() {
        let items = [
            json!({"about": "", "id": "1", "mode": 0, "tags": null}),
            json!({"id": "2", "name": "Ada", "zone": "a"}),
        ];
        assert_eq!(columns(&items), ["id", "name", "mode", "zone"]);
    }

    #[test]
    fn what_is_printed_does_not_steer_a_terminal() {
        let text = "a\u{1b}[2J\tb\r\n\u{9b}c\u{202e}d\u{2066}";
        assert_eq!(printable(text), "a\\u001b[2J\tb\\u000d\n\\u009bc\\u202ed\\u2066");
        assert_eq!(one_line("a\nb\u{7f}"), "a b\\u007f");
        // What is escaped inside JSON is the same JSON.
        let value = json!({"text": "x\u{85}y\u{202e}z\u{1b}"});
        let shown = printable(&pretty(&value));
        assert!(shown.is_ascii());
        assert_eq!(serde_json::from_str::<Value>(&shown).ok(), Some(value));
    }
}
