//! The differences between the facts of a page then and now.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::{Facts, Row, TABLES};
use super::{noun, openapi};
use crate::diagnostic::Diagnostics;
use crate::location::Location;

/// The advice on a difference.
const HELP: &str = "update the spec, then run `cargo xtask drift FOLDER --write`";

/// A page then and now, and what the spec says about the places of a field.
pub(super) struct Difference<'a> {
    pub(super) slug: &'a str,
    pub(super) old: &'a Facts,
    pub(super) new: &'a Facts,
    pub(super) spec: &'a dyn Fn(&Facts, &Row) -> String,
}

/// The rows of a page by table and name. A table may list a name twice.
type Rows<'a> = BTreeMap<(&'a str, &'a str, usize), &'a Row>;

fn index(facts: &Facts) -> Rows<'_> {
    let mut rows = Rows::new();
    for row in &facts.rows {
        let mut key = (row.table.as_str(), row.field.as_str(), 0);
        while rows.contains_key(&key) {
            key.2 += 1;
        }
        rows.insert(key, row);
    }
    rows
}

impl Difference<'_> {
    /// Returns the place of a line of the page.
    pub(super) fn here(&self, line: usize) -> Location {
        let file = match noun(self.slug) {
            "operation" => openapi::FILE.to_owned(),
            _ => format!("{}.md", self.slug),
        };
        Location::line(Arc::from(file), line.max(1))
    }

    pub(super) fn report(&self, findings: &mut Diagnostics) {
        let Self { slug, old, new, .. } = self;
        if old.title != new.title {
            let message = format!(
                "the title of the page `{slug}` is {:?} instead of {:?}",
                new.title, old.title
            );
            findings.push(self.here(1), message, HELP);
        }
        if old.routes != new.routes {
            let message =
                format!("the page `{slug}` documents `{}` instead of `{}`", new.routes, old.routes);
            findings.push(self.here(1), message, HELP);
        }
        let (before, after) = (index(old), index(new));
        for (key, row) in &before {
            match after.get(key) {
                Some(now) => self.changed(row, now, findings),
                None => {
                    let message = format!("{} is gone{}", self.name(row), (self.spec)(old, row));
                    findings.push(Location::line(TABLES, row.line), message, HELP);
                }
            }
        }
        for row in after.iter().filter(|(key, _)| !before.contains_key(*key)).map(|(_, row)| row) {
            let facts = [&row.kind, &row.required, &row.values, &row.limits];
            let facts: Vec<&str> =
                facts.iter().map(|fact| fact.as_str()).filter(|fact| !fact.is_empty()).collect();
            let spec = (self.spec)(new, row);
            let message = format!("{} is new ({}){spec}", self.name(row), facts.join("; "));
            findings.push(self.here(row.line), message, HELP);
        }
    }

    fn changed(&self, old: &Row, new: &Row, findings: &mut Diagnostics) {
        let aspects = [
            ("the type", "is", &old.kind, &new.kind),
            ("the obligation", "is", &old.required, &new.required),
            ("the list of values", "is", &old.values, &new.values),
            ("the limits", "are", &old.limits, &new.limits),
        ];
        for (aspect, verb, old, now) in aspects.into_iter().filter(|(.., old, new)| old != new) {
            let text =
                |value: &str| if value.is_empty() { "none".into() } else { format!("`{value}`") };
            let (now, old) = (text(now), text(old));
            let spec = (self.spec)(self.new, new);
            let message =
                format!("{aspect} of {} {verb} {now} instead of {old}{spec}", self.name(new));
            findings.push(self.here(new.line), message, HELP);
        }
    }

    fn name(&self, row: &Row) -> String {
        let noun = noun(self.slug);
        format!("`{}` in `{}` of the {noun} `{}`", row.field, row.table, self.slug)
    }
}
