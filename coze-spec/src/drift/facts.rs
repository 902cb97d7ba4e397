//! The facts of a page, and the list of the facts of all pages.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::diagnostic::Diagnostics;
use crate::location::Location;

/// The file of the facts of the pages, relative to the workspace.
pub const TABLES: &str = "spec/documented-tables.tsv";

/// The table of the row that holds title and routes of a page.
const PAGE: &str = "page";

const HEADER: &str = "\
# The facts of the documentation pages when they were last read. `cargo xtask drift FOLDER`
# compares the pages with this list, and `--write` updates it.
#
#   table    the message and the heading above the table; `sample` is for its JSON samples
#   field    the name, with the names around it in a sample; in the row `page`, the title
#   type     as the page writes it; in the row `page`, methods and paths
#   limits   limits and defaults in the prose, as far as a program recognizes them
slug\ttable\tfield\ttype\trequired\tvalues\tlimits
";

/// The facts of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) title: String,
    pub(super) routes: String,
    pub(super) rows: Vec<Row>,
    /// The line of the list.
    pub(super) line: usize,
}

/// A row of a table, or a member of a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) table: String,
    pub(super) field: String,
    pub(super) kind: String,
    pub(super) required: String,
    pub(super) values: String,
    pub(super) limits: String,
}

/// The message that a field belongs to, and the names that lead to it, joined by dots.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    pub(super) side: String,
    pub(super) path: String,
}

/// The limit on nested objects; it ends objects that contain themselves.
const DEPTH: usize = 8;

impl Facts {
    /// Returns the places of a row in the message. A row of an object that no field refers to has
    /// none, and the members of every response have none either.
    pub(super) fn paths(&self, row: &Row) -> Vec<Path> {
        let Some((side, path)) = row.table.split_once(' ').or(Some((&row.table, ""))) else {
            return Vec::new();
        };
        if !["request", "response"].contains(&side) || path.starts_with("Header") {
            return Vec::new();
        }
        let paths =
            if path == "sample" { vec![row.field.clone()] } else { self.nested(row, DEPTH) };
        let is_envelope = |path: &str| {
            side == "response" && ["code", "msg", "detail", "detail.logid"].contains(&path)
        };
        let paths = paths.into_iter().filter(|path| !is_envelope(path));
        paths.map(|path| Path { side: side.to_owned(), path }).collect()
    }

    fn nested(&self, row: &Row, depth: usize) -> Vec<String> {
        let (side, name) = row.table.split_once(' ').unwrap_or((&row.table, ""));
        if ["", "Path", "Query", "Body"].contains(&name) {
            return vec![row.field.clone()];
        }
        if depth == 0 {
            return Vec::new();
        }
        let parents = self.rows.iter().filter(|parent| {
            let of = parent.kind.rsplit_once(" of ").map(|(_, of)| of);
            of == Some(name) && parent.table.split(' ').next() == Some(side)
        });
        let paths = parents.flat_map(|parent| self.nested(parent, depth - 1));
        let mut paths: Vec<_> = paths.map(|path| format!("{path}.{}", row.field)).collect();
        paths.dedup();
        paths
    }
}

/// Reads the list: the facts of each page by its slug.
pub(super) fn read(text: &str) -> Result<BTreeMap<String, Facts>, Diagnostics> {
    let mut findings = Diagnostics::new();
    let mut pages: BTreeMap<String, Facts> = BTreeMap::new();
    let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
    for (index, line) in lines.skip(1) {
        let columns: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let Ok([slug, table, field, kind, required, values, limits]) =
            <[String; 7]>::try_from(columns)
        else {
            let help =
                "restore the file, or write it again with `cargo xtask drift FOLDER --write`";
            findings.push(Location::line(TABLES, index + 1), "the line has not 7 columns", help);
            continue;
        };
        let facts = pages.entry(slug).or_default();
        let line = index + 1;
        if table == PAGE && required == PAGE {
            (facts.title, facts.routes, facts.line) = (field, kind, line);
        } else {
            facts.rows.push(Row { line, table, field, kind, required, values, limits });
        }
    }
    findings.or(pages)
}

/// Returns the text of the list.
pub(super) fn write(pages: &BTreeMap<String, Facts>) -> String {
    let mut text = HEADER.to_owned();
    for (slug, Facts { title, routes, rows, .. }) in pages {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{slug}\t{PAGE}\t{title}\t{routes}\t{PAGE}\t\t");
        for Row { table, field, kind, required, values, limits, .. } in rows {
            let _ =
                writeln!(text, "{slug}\t{table}\t{field}\t{kind}\t{required}\t{values}\t{limits}");
        }
    }
    text
}
