//! The documented fields, and the fields that are omitted on purpose.

use super::field_set::Side;
use crate::diagnostic::Diagnostics;
use crate::location::Location;

/// The file of the documented fields, relative to the workspace.
pub const FIELDS: &str = "spec/documented-fields.tsv";
/// The file with the table of omitted fields, relative to the workspace.
pub const OMISSIONS: &str = "docs/coverage.md";

/// The first line of the documented fields that is not a comment.
pub(super) const HEADER: &str = "slug\tside\tfield";

/// A documented field, or an omitted one.
#[derive(Debug)]
pub(super) struct FieldRow {
    pub(super) location: Location,
    /// The page.
    pub(super) slug: String,
    pub(super) side: Side,
    /// The names from the root of the message to the field, joined by dots.
    pub(super) path: String,
}

impl FieldRow {
    fn new(location: Location, slug: &str, side: &str, path: &str) -> Self {
        let side = Side::named(side);
        Self { location, slug: slug.to_owned(), side, path: path.to_owned() }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.slug, &self.side, &self.path) == (&other.slug, &other.side, &other.path)
    }

    /// The field and its message, as a finding names them.
    pub(super) fn describe(&self) -> String {
        let message = match &self.side {
            Side::Request => "the request".to_owned(),
            Side::Response => "the response".to_owned(),
            Side::Event(name) => format!("the event `{name}`"),
        };
        format!("`{}` in {message}", self.path)
    }
}

/// Reads the documented fields.
pub(super) fn fields(text: &str) -> Result<Vec<FieldRow>, Diagnostics> {
    let mut findings = Diagnostics::new();
    let mut lines = numbered(FIELDS, text).filter(|(_, line)| !line.starts_with('#'));
    let mut rows = Vec::new();
    match lines.next() {
        Some((_, HEADER)) => {}
        other => {
            let location =
                other.map_or_else(|| Location::line(FIELDS, 1), |(location, _)| location);
            let message = format!("the header is not {HEADER:?}");
            findings.push(location, message, "name the three columns in this line");
        }
    }
    for (location, line) in lines {
        let columns: Vec<&str> = line.split('\t').collect();
        match columns[..] {
            [slug, side, path] => rows.push(FieldRow::new(location, slug, side, path)),
            _ => {
                let message = format!("the line has {} columns instead of 3", columns.len());
                findings.push(location, message, "separate slug, side and field by tabs");
            }
        }
    }
    findings.or(rows)
}

/// Reads the table of omitted fields, whose first three columns are code.
pub(super) fn omissions(text: &str) -> Result<Vec<FieldRow>, Diagnostics> {
    let mut findings = Diagnostics::new();
    let mut rows = Vec::new();
    for (location, line) in numbered(OMISSIONS, text).filter(|(_, line)| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        match cells[..] {
            [_, _, _, ""] => {
                findings.push(location, "the reason is missing", "say why the field is omitted");
            }
            [slug, side, path, _] => {
                let [slug, side, path] = [slug, side, path].map(|cell| cell.trim_matches('`'));
                rows.push(FieldRow::new(location, slug, side, path));
            }
            _ => {
                let message = format!("the row has {} columns instead of 4", cells.len());
                findings.push(location, message, "write page, side, field and reason");
            }
        }
    }
    findings.or(rows)
}

fn numbered<'a>(file: &'static str, text: &'a str) -> impl Iterator<Item = (Location, &'a str)> {
    text.lines().enumerate().map(move |(index, line)| (Location::line(file, index + 1), line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_files_are_findings() {
        let first = |result: Result<Vec<FieldRow>, Diagnostics>| {
            let findings = result.unwrap_err();
            let first = findings.iter().next().unwrap();
            format!("{}: {}", first.location, first.message)
        };
        let header = "spec/documented-fields.tsv:1: the header is not \"slug\\tside\\tfield\"";
        assert_eq!(first(fields("slug\tfield\n")), header);
        assert_eq!(first(fields("")), header);
        let short = "spec/documented-fields.tsv:3: the line has 2 columns instead of 3";
        assert_eq!(first(fields(&format!("# Fields\n{HEADER}\nlist_bots\tid\n"))), short);
        let reason = "docs/coverage.md:1: the reason is missing";
        assert_eq!(first(omissions("| `a` | `b` | `c` | |")), reason);
        let short = "docs/coverage.md:2: the row has 2 columns instead of 4";
        assert_eq!(first(omissions("\n| `a` | `b` |")), short);
    }
}
