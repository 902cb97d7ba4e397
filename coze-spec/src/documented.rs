//! Compares the spec with the vendor's documentation: pages with operations, channels and
//! callbacks, then the fields that the pages list.

mod field_set;
mod listing;
mod pages;

pub use self::listing::{FIELDS, OMISSIONS};
pub use self::pages::{PAGES, Page, PageKind, Route};

use self::field_set::{FieldSet, Side};
use self::listing::FieldRow;
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::location::Location;
use crate::read::{self, OperationNode};

/// The texts of the files that describe the documentation.
#[derive(Clone, Copy, Debug)]
pub struct Documentation<'a> {
    /// The text of [`PAGES`], the table of contents.
    pub pages: &'a str,
    /// The text of [`FIELDS`], the documented fields.
    pub fields: &'a str,
    /// The text of [`OMISSIONS`], a table of the documented fields that the spec omits on purpose.
    pub omissions: &'a str,
}

/// The result of a comparison.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The pages in the order of the documentation.
    pub pages: Vec<PageCoverage>,
    /// The entries of the spec that no page documents.
    pub undocumented: Vec<Undocumented>,
    /// The number of documented fields.
    pub documented_fields: usize,
    /// The number of documented fields that the spec contains.
    pub covered_fields: usize,
    /// The number of documented fields that the spec omits on purpose.
    pub omitted_fields: usize,
    /// Contradictions between the spec and the documentation.
    pub findings: Diagnostics,
}

/// A page, and the part of the spec that covers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageCoverage {
    /// The page.
    pub page: Page,
    /// The id of the operation, channel or callback; `None` if the spec does not cover the page.
    pub id: Option<String>,
}

/// An operation, channel or callback that no page documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undocumented {
    /// The id.
    pub id: String,
    /// The address.
    pub route: Route,
}

/// Compares a spec with the documentation.
///
/// # Errors
/// Findings about the files of the documentation that cannot be read.
pub fn compare(
    document: &Document,
    documentation: Documentation<'_>,
) -> Result<Coverage, Diagnostics> {
    let pages = pages::read(documentation.pages)?;
    let rows = listing::fields(documentation.fields)?;
    let omissions = listing::omissions(documentation.omissions)?;
    let entries = Entries::of(document);

    let mut findings = Diagnostics::new();
    for entry in entries.operations.iter().chain(&entries.events) {
        entry.check_page(&pages, &mut findings);
    }
    let mut coverage = Coverage {
        undocumented: entries.undocumented(&pages),
        documented_fields: rows.len(),
        covered_fields: 0,
        omitted_fields: 0,
        findings,
        pages: Vec::new(),
    };
    coverage.compare_fields(&entries, &pages, &rows, &omissions);
    coverage.pages = pages
        .into_iter()
        .map(|page| PageCoverage { id: entries.of_page(&page).map(|entry| entry.id.clone()), page })
        .collect();
    Ok(coverage)
}

impl Coverage {
    fn compare_fields(
        &mut self,
        entries: &Entries<'_>,
        pages: &[Page],
        rows: &[FieldRow],
        omissions: &[FieldRow],
    ) {
        let mut unused = vec![true; omissions.len()];
        for rows in rows.chunk_by(|a, b| a.slug == b.slug) {
            let slug = Some(rows[0].slug.as_str());
            let page = pages.iter().find(|page| page.slug.as_deref() == slug);
            let entry = page.and_then(|page| entries.of_page(page));
            for row in rows {
                if entry.is_some_and(|entry| entry.fields.contains(&row.side, &row.path)) {
                    self.covered_fields += 1;
                } else if let Some(at) = omissions.iter().position(|other| other.is_same(row)) {
                    self.omitted_fields += 1;
                    unused[at] = false;
                } else {
                    report_missing(entry, row, &mut self.findings);
                }
            }
        }
        for (row, _) in omissions.iter().zip(unused).filter(|(_, unused)| *unused) {
            let message = format!(
                "{} of the page `{}` is omitted, but the spec contains it or no page documents it",
                row.describe(),
                row.slug
            );
            self.findings.push(row.location.clone(), message, "remove the row");
        }
    }
}

fn report_missing(entry: Option<&Entry<'_>>, row: &FieldRow, findings: &mut Diagnostics) {
    let (field, slug) = (row.describe(), &row.slug);
    let message = match entry {
        Some(Entry { id, .. }) => {
            format!("`{id}` lacks {field}, which the page `{slug}` documents")
        }
        None => format!("no operation covers {field}, which the page `{slug}` documents"),
    };
    let help = format!("add it to the spec, or omit it with a reason in {OMISSIONS}");
    findings.push(row.location.clone(), message, help);
}

/// An operation, channel or callback of the spec.
struct Entry<'a> {
    id: String,
    route: Route,
    /// The last segment of the address of its page.
    slug: Option<String>,
    location: Location,
    fields: FieldSet<'a>,
}

impl<'a> Entry<'a> {
    fn new(id: String, route: Route, node: &OperationNode<'a>, fields: FieldSet<'a>) -> Self {
        Self { id, route, slug: node.slug(), location: node.node.location(), fields }
    }

    /// Reports a page that does not exist, or that documents another route.
    fn check_page(&self, pages: &[Page], findings: &mut Diagnostics) {
        const HELP: &str = "correct `externalDocs.url`, the route or spec/documented.yaml";
        let Some(slug) = &self.slug else { return };
        let (id, route) = (&self.id, &self.route);
        let message = match pages.iter().find(|page| page.slug.as_ref() == Some(slug)) {
            None => {
                format!("`{id}` refers to the page `{slug}`, which the table of contents lacks")
            }
            Some(page) => match page.route() {
                Some(documented) if !documented.matches(route) => format!(
                    "the route of `{id}` is `{route}`, but its page `{slug}` documents `{documented}`"
                ),
                _ => return,
            },
        };
        findings.push(self.location.clone(), message, HELP);
    }
}

/// Everything in the spec that pages document.
struct Entries<'a> {
    operations: Vec<Entry<'a>>,
    /// Channels, then callbacks.
    events: Vec<Entry<'a>>,
}

impl<'a> Entries<'a> {
    fn of(document: &'a Document) -> Self {
        let operations = read::operations(document).into_iter().map(|node| {
            let method = Some(node.verb.name().to_uppercase());
            let route = Route { method, path: node.path.to_owned() };
            Entry::new(node.id.to_owned(), route, &node, FieldSet::Operation(node.clone()))
        });
        let channels = read::channels(document).into_iter().map(|channel| {
            let path = channel.node.text("path").unwrap_or(channel.name).to_owned();
            let (route, node) = (Route { method: None, path }, channel.as_operation());
            Entry::new(channel.id(), route, &node, FieldSet::Channel(channel))
        });
        let webhooks = read::webhooks(document).into_iter().map(|webhook| {
            let route = Route { method: None, path: webhook.wire.to_owned() };
            Entry::new(webhook.id(), route, &webhook.as_operation(), FieldSet::Webhook(webhook))
        });
        Self { operations: operations.collect(), events: channels.chain(webhooks).collect() }
    }

    /// Returns the entry that refers to the page, or else the one with the route that the page
    /// documents.
    fn of_page(&self, page: &Page) -> Option<&Entry<'a>> {
        let entries = match page.kind {
            PageKind::Http => &self.operations,
            PageKind::Websocket | PageKind::Event => &self.events,
            PageKind::Oauth | PageKind::Object | PageKind::Reference => return None,
        };
        let refers = |entry: &&Entry<'_>| entry.slug.is_some() && entry.slug == page.slug;
        entries.iter().find(refers).or_else(|| {
            let route = page.route()?;
            entries.iter().find(|entry| entry.route.matches(&route))
        })
    }

    fn undocumented(&self, pages: &[Page]) -> Vec<Undocumented> {
        let covering: Vec<&str> =
            pages.iter().filter_map(|page| Some(self.of_page(page)?.id.as_str())).collect();
        let entries = self.operations.iter().chain(&self.events);
        entries
            .filter(|entry| !covering.contains(&entry.id.as_str()))
            .map(|entry| Undocumented { id: entry.id.clone(), route: entry.route.clone() })
            .collect()
    }
}

/// The beginning of the slug of an operation of the vendor's OpenAPI file. Its route follows.
pub(crate) const OPENAPI: &str = "openapi ";

/// Finds documented fields in the spec.
pub(crate) struct Lookup<'a> {
    entries: Entries<'a>,
    pages: Vec<Page>,
}

impl<'a> Lookup<'a> {
    /// Reads the table of contents.
    pub(crate) fn new(document: &'a Document, pages: &str) -> Result<Self, Diagnostics> {
        Ok(Self { entries: Entries::of(document), pages: pages::read(pages)? })
    }

    /// Returns `true` if the table of contents has the page.
    pub(crate) fn has_page(&self, slug: &str) -> bool {
        self.pages.iter().any(|page| page.slug.as_deref() == Some(slug))
    }

    /// Returns the id of the entry of the spec that covers a page, the schema of a field of it, and
    /// `true` if the field is required.
    pub(crate) fn field(
        &self,
        slug: &str,
        side: &str,
        path: &str,
    ) -> Option<(&str, Option<(Node<'a>, bool)>)> {
        let entry = self.entry(slug)?;
        Some((&entry.id, entry.fields.find(&Side::named(side), path)))
    }

    /// Returns the id of the entry of the spec that covers a page, and `true` if it has the event.
    pub(crate) fn event(&self, slug: &str, name: &str) -> Option<(&str, bool)> {
        let entry = self.entry(slug)?;
        Some((&entry.id, entry.fields.has_event(name)))
    }

    fn entry(&self, slug: &str) -> Option<&Entry<'a>> {
        if let Some(route) = slug.strip_prefix(OPENAPI) {
            let (method, path) = route.split_once(' ')?;
            let route = Route { method: Some(method.to_owned()), path: path.to_owned() };
            self.entries.operations.iter().find(|entry| entry.route.matches(&route))
        } else {
            let page = self.pages.iter().find(|page| page.slug.as_deref() == Some(slug))?;
            self.entries.of_page(page)
        }
    }
}

#[cfg(test)]
mod tests;
