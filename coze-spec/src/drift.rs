//! Compares the vendor's documentation pages, as Markdown, with what they said when they were last
//! read.
//!
//! [`TABLES`] lists the facts of every page: title, methods and paths, the rows of the tables, the
//! members of the samples. [`drift`] reports each difference, with what the spec says about the
//! field, and returns the updated lists.

mod difference;
mod facts;
mod openapi;
mod page;
mod prose;
mod sample;
mod spec;
#[cfg(test)]
mod tests;
mod update;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;

pub use self::facts::TABLES;
pub use self::spec::compare_with_spec;

use self::difference::Difference;
use self::facts::{Facts, Row};
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::documented::{Lookup, OPENAPI, PAGES};
use crate::location::Location;

/// The texts of the lists of what is documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists {
    /// The text of [`PAGES`], the table of contents.
    pub pages: String,
    /// The text of [`crate::documented::FIELDS`], the documented fields.
    pub fields: String,
    /// The text of [`TABLES`], the facts of the pages.
    pub tables: String,
}

/// The differences between the pages and the lists.
#[derive(Clone, Debug)]
pub struct Drift {
    /// One finding for each difference.
    pub findings: Diagnostics,
    /// The lists as they are after the differences were accepted.
    pub lists: Lists,
}

/// Compares pages, given by their slugs, and the vendor's OpenAPI file with the lists.
///
/// A page that the lists have and `pages` lacks is reported as gone. Without the OpenAPI file, its
/// operations are not compared.
///
/// # Errors
/// Findings about lists that cannot be read.
pub fn drift(
    document: &Document,
    lists: &Lists,
    pages: &BTreeMap<String, String>,
    openapi: Option<&str>,
) -> Result<Drift, Diagnostics> {
    let lookup = Lookup::new(document, &lists.pages)?;
    let before = facts::read(&lists.tables)?;
    let mut after: BTreeMap<String, Facts> =
        pages.iter().map(|(slug, text)| (slug.clone(), page::read(text))).collect();
    match openapi {
        Some(text) => after.extend(openapi::read(text)?),
        None => {
            let operations = before.iter().filter(|(slug, _)| slug.starts_with(OPENAPI));
            after.extend(operations.map(|(slug, facts)| (slug.clone(), facts.clone())));
        }
    }
    let mut findings = Diagnostics::new();
    let mut updated = lists.clone();
    let slugs = before.keys().chain(after.keys().filter(|slug| !before.contains_key(*slug)));
    for slug in slugs {
        let (old, new) = (before.get(slug), after.get(slug));
        match (old, new) {
            (Some(old), None) => {
                let noun = noun(slug);
                let message = format!("the {noun} `{slug}` is gone");
                let help = "deprecate or remove what it documents";
                findings.push(Location::line(TABLES, old.line.max(1)), message, help);
            }
            (None, Some(new)) => first_read(&lookup, slug, new, &mut findings),
            (Some(old), Some(new)) => {
                let spec = |facts: &Facts, row: &Row| in_spec(&lookup, slug, facts, row);
                Difference { slug, old, new, spec: &spec }.report(&mut findings);
            }
            (None, None) => {}
        }
        // Only what has changed is written: the lists know more than the tables.
        let is_page = !slug.starts_with(OPENAPI);
        if is_page && (old.is_some() || !lookup.has_page(slug)) {
            updated.pages = update::pages(&updated.pages, slug, old, new);
            updated.fields = update::fields(&updated.fields, slug, old, new);
        }
    }
    updated.tables = facts::write(&after);
    Ok(Drift { findings, lists: updated })
}

/// Returns the noun for a page, or for an operation of the OpenAPI file.
fn noun(slug: &str) -> &'static str {
    if slug.starts_with(OPENAPI) { "operation" } else { "page" }
}

/// Reports a page that [`TABLES`] does not have.
fn first_read(lookup: &Lookup<'_>, slug: &str, new: &Facts, findings: &mut Diagnostics) {
    let Facts { title, routes, .. } = new;
    let routes = if routes.is_empty() { String::new() } else { format!(", {routes}") };
    if slug.starts_with(OPENAPI) {
        let line = new.rows.first().map_or(1, |row| row.line);
        let help = "add it to the spec, or note that it is only there";
        let message = format!("the operation `{slug}` is new");
        return findings.push(Location::line(openapi::FILE, line), message, help);
    }
    let location = Location::line(format!("{slug}.md"), 1);
    if lookup.has_page(slug) {
        let message = format!("the page `{slug}` ({title}{routes}) is read for the first time");
        let help = "compare it with the spec, then run `cargo xtask drift FOLDER --write`";
        findings.push(location, message, help);
    } else {
        let message = format!("the page `{slug}` ({title}{routes}) is new");
        let help =
            format!("add it to the spec; `cargo xtask drift FOLDER --write` adds it to {PAGES}");
        findings.push(location, message, help);
    }
}

/// Returns what the spec says about the field of a row, as a part of a message.
fn in_spec(lookup: &Lookup<'_>, slug: &str, facts: &Facts, row: &Row) -> String {
    let mut says: Vec<String> = Vec::new();
    for place in facts.paths(row) {
        let Some((id, field)) = lookup.field(slug, &place.side, &place.path) else { continue };
        let text = match field {
            Some((node, _)) => format!("`{id}` has `{}` ({})", place.path, describe(&node)),
            None => format!("`{id}` lacks `{}`", place.path),
        };
        if !says.contains(&text) {
            says.push(text);
        }
    }
    if row.table == page::EVENTS
        && let Some((id, known)) = lookup.event(slug, &row.field)
    {
        says.push(format!("`{id}` {} it", if known { "has" } else { "lacks" }));
    }
    if says.is_empty() { String::new() } else { format!("; {}", says.join(", ")) }
}

/// Describes a schema: its type, values, limits and default.
fn describe(node: &Node<'_>) -> String {
    const LIMITS: [&str; 7] =
        ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "default"];
    let resolved = node.resolve();
    let schema = resolved.as_ref().unwrap_or(node);
    let mut text = schema.text("type").unwrap_or("object").to_owned();
    if let Some(values) = schema.value.get("enum").and_then(Value::as_array) {
        let values = values.iter().map(|value| value.to_string().replace('"', ""));
        let _ = write!(text, " of {}", values.collect::<Vec<_>>().join(", "));
    }
    for name in LIMITS {
        if let Some(value) = node.value.get(name).or_else(|| schema.value.get(name)) {
            let _ = write!(text, ", {name} {value}");
        }
    }
    text
}
