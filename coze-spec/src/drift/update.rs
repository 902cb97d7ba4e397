//! Updates the lists of pages and fields, and keeps the order and the comments of their lines.

use std::collections::BTreeSet;

use super::facts::{Facts, Path};

/// Returns the table of contents with the page as it is now: `None` if the page is gone.
pub(super) fn pages(text: &str, slug: &str, old: Option<&Facts>, new: Option<&Facts>) -> String {
    let is_entry =
        |line: &str| [",", "}"].iter().any(|end| line.contains(&format!("slug: {slug}{end}")));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match (lines.iter().position(|line| is_entry(line)), new) {
        (Some(at), None) => drop(lines.remove(at)),
        (Some(at), Some(new)) => lines[at] = entry(&lines[at], old, new),
        (None, None) => {}
        (None, Some(new)) => {
            lines.push(format!(
                "- {{group: (new), title: {}, kind: {}, slug: {slug}{}}}",
                quoted(&new.title),
                kind(&new.routes),
                route(&new.routes)
            ));
        }
    }
    lines.join("\n") + "\n"
}

/// Returns the entry of a page whose title or routes have changed. Other entries keep their words.
fn entry(line: &str, old: Option<&Facts>, new: &Facts) -> String {
    let mut line = line.to_owned();
    let Some(old) = old else { return line };
    if let (true, Some(start), Some(end)) =
        (old.title != new.title, line.find("title: "), line.find(", kind: "))
    {
        line.replace_range(start + "title: ".len()..end, &quoted(&new.title));
    }
    if old.routes != new.routes {
        let end = [", method: ", ", path: "].iter().filter_map(|key| line.find(key)).min();
        let end = end.unwrap_or(line.len().saturating_sub(1));
        line = format!("{}{}}}", &line[..end], route(&new.routes));
    }
    line
}

fn kind(routes: &str) -> &'static str {
    match routes {
        "" => "reference",
        routes if routes.contains(" | ") => "oauth",
        routes if routes.starts_with("WS ") => "websocket",
        _ => "http",
    }
}

fn route(routes: &str) -> String {
    match routes.split_once(' ') {
        None => String::new(),
        Some(_) if routes.contains(" | ") => format!(", path: {}", quoted(routes)),
        Some((method, path)) => format!(", method: {method}, path: {}", quoted(path)),
    }
}

/// Returns a text as a YAML scalar within a mapping on one line.
fn quoted(text: &str) -> String {
    let is_plain = text.chars().all(|c| !"{}[],|:#&*!'\"%@`".contains(c));
    if is_plain && !text.is_empty() {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// Returns the paths that the tables of a page document.
pub(super) fn documented(facts: Option<&Facts>) -> BTreeSet<Path> {
    let Some(facts) = facts else { return BTreeSet::new() };
    let rows = facts.rows.iter().filter(|row| !row.table.ends_with(" sample"));
    rows.flat_map(|row| facts.paths(row)).collect()
}

/// Returns the list of fields with the fields of a page as they are now.
///
/// Only changes are made: the list has fields that tables lack, such as those of events.
pub(super) fn fields(text: &str, slug: &str, old: Option<&Facts>, new: Option<&Facts>) -> String {
    let (before, after) = (documented(old), documented(new));
    let line = |Path { side, path }: &Path| format!("{slug}\t{side}\t{path}");
    let gone: Vec<String> = before.difference(&after).map(line).collect();
    let of_page = format!("{slug}\t");
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| !gone.iter().any(|gone| gone == line))
        .filter(|line| new.is_some() || !line.starts_with(&of_page))
        .map(str::to_owned)
        .collect();
    for path in after.difference(&before) {
        let added = line(path);
        if lines.contains(&added) {
            continue;
        }
        let same_side = format!("{slug}\t{}\t", path.side);
        let last = |prefix: &str| lines.iter().rposition(|line| line.starts_with(prefix));
        let at = last(&same_side).or_else(|| last(&of_page)).map_or(lines.len(), |at| at + 1);
        lines.insert(at, added);
    }
    lines.join("\n") + "\n"
}
