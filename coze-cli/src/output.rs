//! Values on the standard output.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde_json::Value;

use crate::cli::Format;
use crate::failure::Done;

/// Prints a value.
pub(crate) fn value(value: &Value, format: Format) -> Done {
    match format {
        Format::Table => line(&table(value)),
        Format::Json => line(&pretty(value)),
    }
}

/// Prints a value of many on a line of its own.
pub(crate) fn one_of_many(value: &Value) -> Done {
    line(&value.to_string())
}

/// Prints a line at once. Whoever reads the lines may go away: that ends the command in silence.
pub(crate) fn line(text: &str) -> Done {
    text_with_end(text, "\n")
}

/// Prints a piece of text at once.
pub(crate) fn piece(text: &str) -> Done {
    text_with_end(text, "")
}

fn text_with_end(text: &str, end: &str) -> Done {
    let mut out = io::stdout().lock();
    let text = if out.is_terminal() { printable(text) } else { text.to_owned() };
    let written = write!(out, "{text}{end}").and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => Ok(written?),
    }
}

/// What an API sends must not steer a terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(
            |c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c },
        )
        .collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A list as rows, an object as names and values.
fn table(value: &Value) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    let items = value.as_array().or_else(|| value.get("items")?.as_array());
    match (items, value) {
        (Some(items), _) => {
            let mut columns: Vec<&str> = Vec::new();
            for name in items.iter().filter_map(Value::as_object).flat_map(|o| o.keys())
            {
                if !columns.contains(&name.as_str()) {
                    columns.push(name);
                }
            }
            table.set_header(&columns);
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

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}
