//! Formats values as tables.

use std::io::{self, IsTerminal as _};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
use serde_json::{Map, Value};

use super::cell;
use crate::language::say;

/// The maximum width of a cell in a list, in characters.
const MAX_CELL: usize = 60;

/// Formats a list as rows, and an object as names and values. Icons are omitted.
///
/// A list is a digest, in which long texts are cut. `headings` replace the names of members.
pub(super) fn format(value: &Value, headings: &[(&'static str, &'static str)]) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    if io::stdout().is_terminal()
        && let Some((width, _)) = terminal_size::terminal_size()
    {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.0);
    }
    let items = value.as_array().or_else(|| value.get("items")?.as_array());
    match (items, value) {
        (Some(items), _) if items.iter().any(Value::is_object) => {
            let columns = columns(items);
            let heading = |name: &str| {
                let known = headings.iter().find(|(known, _)| *known == name);
                known.map_or(name, |(_, heading)| heading).to_owned()
            };
            table.set_header(columns.iter().map(|name| heading(name)));
            // Ids stay on one line so that they can be copied.
            for (at, name) in columns.iter().enumerate() {
                if (*name == "id" || name.ends_with("_id"))
                    && let Some(column) = table.column_mut(at)
                {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
            for item in items {
                table.add_row(columns.iter().map(|name| short(&text(name, item.get(name)))));
            }
        }
        (Some(items), _) => {
            for item in items {
                table.add_row([short(&cell(Some(item)))]);
            }
        }
        (None, Value::Object(entries)) => {
            table.add_rows(rows("", entries));
        }
        (None, value) => return cell(Some(value)),
    }
    table.to_string()
}

/// Returns the names of the items' members: ids and names first, empty columns and icons omitted.
fn columns(items: &[Value]) -> Vec<&str> {
    let mut columns: Vec<&str> = Vec::new();
    for (name, value) in items.iter().filter_map(Value::as_object).flatten() {
        if !is_icon(name)
            && !columns.contains(&name.as_str())
            && !text(name, Some(value)).is_empty()
        {
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

/// Returns the names and values of an object. Members of nested objects have names with dots.
fn rows(prefix: &str, members: &Map<String, Value>) -> Vec<[String; 2]> {
    let shown = members.iter().filter(|(name, _)| !is_icon(name));
    let rows = shown.flat_map(|(name, value)| {
        let path = format!("{prefix}{name}");
        match value {
            Value::Object(members) => rows(&format!("{path}."), members),
            value => vec![[path, text(name, Some(value))]],
        }
    });
    rows.collect()
}

/// Formats the member of an object on one line: points in time as dates, lists with commas, and
/// objects as names and values.
fn text(name: &str, value: Option<&Value>) -> String {
    match value {
        Some(Value::Array(items)) => list(items),
        Some(Value::Object(members)) => {
            let pairs = rows("", members).into_iter().filter(|[_, value]| !value.is_empty());
            pairs.map(|[name, value]| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
        }
        Some(value) if is_time(name) => date(value).unwrap_or_else(|| cell(Some(value))),
        value => cell(value),
    }
}

/// Formats the scalars of a list, the names of its objects, or their number if one has no name.
fn list(items: &[Value]) -> String {
    let labels: Option<Vec<String>> = items.iter().map(label).collect();
    match (labels, items.len()) {
        (Some(labels), _) => labels.join(", "),
        (None, 1) => say!("1 item", "1 项"),
        (None, count) => say!("{count} items", "{count} 项"),
    }
}

/// Returns a scalar, or the name or id of an object.
fn label(item: &Value) -> Option<String> {
    let members = match item {
        Value::Array(_) => return None,
        Value::Object(members) => members,
        scalar => return Some(cell(Some(scalar))),
    };
    let of = |is_label: &dyn Fn(&str) -> bool| {
        let mut values = members.iter().filter(|(name, _)| is_label(name)).map(|(_, value)| value);
        values
            .find(|value| value.is_number() || value.as_str().is_some_and(|text| !text.is_empty()))
    };
    let value = of(&|name| matches!(name, "name" | "title"))
        .or_else(|| of(&|name| name.ends_with("_name")))
        .or_else(|| of(&|name| name == "id" || name.ends_with("_id")));
    value.map(|value| cell(Some(value)))
}

/// Returns `true` if the API names icons like this, which are long URLs.
fn is_icon(name: &str) -> bool {
    name.contains("icon") || name.contains("avatar")
}

/// Returns `true` if the API names points in time like this.
fn is_time(name: &str) -> bool {
    name.ends_with("_at") || name.ends_with("_time") || matches!(name, "time" | "timestamp")
}

/// Formats Unix seconds or milliseconds as a date and time in UTC, such as `2026-03-01 08:30Z`.
/// Returns `None` for values that are neither, such as durations.
fn date(value: &Value) -> Option<String> {
    /// 2001-09-09. Smaller numbers are durations.
    const EARLIEST: i64 = 1_000_000_000;
    /// 5138-11-16. Greater numbers count milliseconds.
    const LATEST: i64 = 99_999_999_999;

    let number = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
    let seconds = if number > LATEST { number / 1000 } else { number };
    if !(EARLIEST..=LATEST).contains(&seconds) {
        return None;
    }
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute) = (seconds / 3600 % 24, seconds / 60 % 60);
    Some(format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}Z"))
}

/// Returns the year, month and day of a number of days since 1970.
///
/// The algorithm counts from March, so that the leap day is the last day of a year, in eras of
/// 400 years.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 { (year, month + 3) } else { (year + 1, month - 9) };
    (year + era * 400, month, day)
}

/// Cuts a text to the width of a cell, on one line.
fn short(text: &str) -> String {
    let line = text.replace(['\n', '\r', '\t'], " ");
    if line.chars().count() <= MAX_CELL {
        return line;
    }
    line.chars().take(MAX_CELL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn empty_columns_and_icons_are_omitted() {
        let items = [
            json!({"about": "", "id": "1", "mode": 0, "tags": null, "icon_url": "https://x/y"}),
            json!({"id": "2", "name": "Ada", "zone": "a"}),
        ];
        assert_eq!(columns(&items), ["id", "name", "mode", "zone"]);
    }

    #[test]
    fn points_in_time_are_dates() {
        let cases = [
            (json!(1_772_353_800), "2026-03-01 08:30Z"),
            (json!("1709210096123"), "2024-02-29 12:34Z"),
            (json!(4_107_542_399_i64), "2100-02-28 23:59Z"),
            (json!(3600), "3600"),
            (json!("soon"), "soon"),
            (json!(""), ""),
        ];
        for (value, expected) in cases {
            assert_eq!(text("create_time", Some(&value)), expected);
        }
        assert_eq!(text("size", Some(&json!(1_772_353_800))), "1772353800");
    }

    #[tokio::test]
    async fn objects_and_lists_are_not_json() {
        let bot = json!({
            "bot_id": "7",
            "icon_url": "https://x/y",
            "model": {"model_id": "8", "limits": {"top_k": 3}, "avatar": "z"},
            "plugins": [{"plugin_id": "9", "name": "Weather"}, {"plugin_id": "10", "name": "Maps"}],
            "files": [{"file_id": "11"}, {"file_id": "12"}],
            "points": [[1, 2], [3, 4]],
            "answers": [{"text": "Yes"}],
            "empty": {},
        });
        let table = format(&bot, &[]);
        for row in [
            ["bot_id", "7"],
            ["model.model_id", "8"],
            ["model.limits.top_k", "3"],
            ["plugins", "Weather, Maps"],
            ["files", "11, 12"],
            ["points", "2 items"],
            ["answers", "1 item"],
        ] {
            let cells = |line: &str| {
                let cells = line.split(['│', '┆']).map(str::trim).filter(|cell| !cell.is_empty());
                cells.collect::<Vec<_>>() == row
            };
            assert!(table.lines().any(cells), "{row:?}: {table}");
        }
        for absent in ["icon", "avatar", "empty", "{", "["] {
            assert!(!table.contains(absent), "{absent}: {table}");
        }
        let list = format(&json!([bot]), &[]);
        assert!(list.contains("model_id: 8, limits.top_k: 3"), "{list}");
        assert!(!list.contains('{') && !list.contains("empty"), "{list}");
        let chinese = async { text("points", bot.get("points")) };
        assert_eq!(crate::language::within(coze_spec::Language::Chinese, chinese).await, "2 项");
    }

    #[test]
    fn cells_of_lists_are_short() {
        let items = json!([{"id": "1", "text": "long\n".repeat(50), "tags": ["a", "b"]}]);
        let table = format(&items, &[("id", "编号")]);
        assert!(table.contains("编号") && table.contains("a, b"), "{table}");
        assert!(table.lines().all(|line| line.chars().count() < 100), "{table}");
        // A single object is shown completely.
        assert!(format(&items[0], &[]).matches("long").count() == 50);
    }
}
