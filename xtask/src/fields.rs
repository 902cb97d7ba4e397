//! The fields that the vendor's documentation lists, and which of them the spec holds.
//!
//! The facts are in `spec/documented-fields.tsv`; what is left out on purpose stands, with its reason, in the table of
//! `docs/coverage.md`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use coze_spec::{Document, Side};

use crate::coverage::Offer;
use crate::table::Entry;
use crate::workspace::Workspace;

/// Where the facts lie, as findings name it.
const FACTS: &str = "spec/documented-fields.tsv";
/// Where the decisions lie.
const DECISIONS: &str = "docs/coverage.md";
/// The first line of the facts.
const HEADER: &str = "slug\tside\tfield";

/// A documented field, or one that is left out.
#[derive(Debug)]
struct Row {
    line: usize,
    slug: String,
    side: Side,
    path: String,
}

/// What became of the documented fields.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    documented: usize,
    held: usize,
    left_out: usize,
    /// What to mend, a line each.
    pub(crate) findings: Vec<String>,
}

/// Looks every documented field up in the spec.
pub(crate) fn compare(
    workspace: &Workspace,
    entries: &[Entry],
    document: &Document,
) -> Result<Coverage> {
    let documented = facts(&read(&workspace.root().join(FACTS))?)
        .with_context(|| format!("cannot understand {FACTS}"))?;
    let left_out = decisions(&read(&workspace.root().join(DECISIONS))?)
        .with_context(|| format!("cannot understand {DECISIONS}"))?;
    Ok(judge(&documented, &left_out, entries, document))
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

fn facts(text: &str) -> Result<Vec<Row>> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let mut lines = lines.filter(|(_, line)| !line.starts_with('#'));
    let header = lines.next().map(|(_, line)| line);
    ensure!(header == Some(HEADER), "the columns are not {HEADER:?}");
    let row = |(line, text): (usize, &str)| {
        let columns: Vec<&str> = text.split('\t').collect();
        let [slug, side, path] = columns[..] else {
            anyhow::bail!("line {line} has {} columns instead of 3", columns.len());
        };
        Ok(Row::new(line, slug, side, path))
    };
    lines.map(row).collect()
}

/// The lines of the table, whose first three columns are code.
fn decisions(text: &str) -> Result<Vec<Row>> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let row = |(line, text): (usize, &str)| {
        let cells: Vec<&str> = text.trim_matches('|').split('|').map(str::trim).collect();
        let [slug, side, path, reason] = cells[..] else {
            anyhow::bail!("line {line} has {} columns instead of 4", cells.len());
        };
        ensure!(!reason.is_empty(), "line {line} gives no reason");
        let [slug, side, path] = [slug, side, path].map(|cell| cell.trim_matches('`'));
        Ok(Row::new(line, slug, side, path))
    };
    lines.filter(|(_, line)| line.starts_with("| `")).map(row).collect()
}

impl Row {
    fn new(line: usize, slug: &str, side: &str, path: &str) -> Self {
        let side = match side {
            "request" => Side::Request,
            "response" => Side::Response,
            event => Side::Event(event.to_owned()),
        };
        Self { line, slug: slug.to_owned(), side, path: path.to_owned() }
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.slug, &self.side, &self.path) == (&other.slug, &other.side, &other.path)
    }

    fn describe(&self) -> String {
        let place = match &self.side {
            Side::Request => "the request".to_owned(),
            Side::Response => "the response".to_owned(),
            Side::Event(name) => format!("the event `{name}`"),
        };
        format!("`{}` in {place}", self.path)
    }
}

fn judge(documented: &[Row], left_out: &[Row], entries: &[Entry], document: &Document) -> Coverage {
    let mut coverage = Coverage { documented: documented.len(), ..Coverage::default() };
    let offer = Offer::of(document);
    let server_of = |slug: &str| {
        let page = entries.iter().find(|entry| entry.slug.as_deref() == Some(slug))?;
        offer.server(page)
    };
    let mut idle = vec![true; left_out.len()];
    for page in documented.chunk_by(|a, b| a.slug == b.slug) {
        let slug = page[0].slug.as_str();
        let id = server_of(slug);
        let fields = id.and_then(|id| document.fields(id));
        for row in page {
            let held = fields.as_ref().is_some_and(|fields| fields.holds(&row.side, &row.path));
            if held {
                coverage.held += 1;
            } else if let Some(at) = left_out.iter().position(|other| other.is_same(row)) {
                coverage.left_out += 1;
                idle[at] = false;
            } else {
                coverage.findings.push(lacking(id, row));
            }
        }
    }
    let idle = left_out.iter().zip(idle).filter(|(_, idle)| *idle);
    coverage.findings.extend(idle.map(|(row, _)| needless(row)));
    coverage
}

fn lacking(id: Option<&str>, row: &Row) -> String {
    let who = id.map_or_else(|| "nothing serves".to_owned(), |id| format!("`{id}` lacks"));
    let (line, what, slug) = (row.line, row.describe(), &row.slug);
    format!(
        "{FACTS}:{line}: {who} {what}, which the page `{slug}` documents \
         — add it to the spec, or leave it out with a reason in {DECISIONS}"
    )
}

fn needless(row: &Row) -> String {
    let (line, what, slug) = (row.line, row.describe(), &row.slug);
    format!(
        "{DECISIONS}:{line}: {what} of the page `{slug}` is left out, \
         but the spec holds it or no page documents it — remove the line"
    )
}

impl Coverage {
    pub(crate) fn print_totals(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { documented, held, left_out, .. } = self;
        write!(out, "documented fields held {held}/{documented}")?;
        match left_out {
            0 => writeln!(out),
            _ => writeln!(out, ", {left_out} left out on purpose, see {DECISIONS}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{self, Kind};

    const SPEC: &str = "
paths:
  /v1/bots:
    get:
      operationId: bots.list
      externalDocs: {url: 'https://docs.coze.cn/developer_guides/list_bots'}
      parameters:
        - {name: page_num, in: query, schema: {type: integer, format: int32}}
      responses:
        '200':
          content:
            text/event-stream:
              schema: {$ref: '#/components/schemas/BotEvent'}
components:
  schemas:
    BotEvent:
      type: object
      x-coze-stream: [{event: found, name: Found, data: Bot}]
    Bot: {type: object, properties: {name: {type: string}}}
";

    fn judged(documented: &str, left_out: &str) -> Coverage {
        let channel = "x-coze-channel: {path: /v1/bots/talk, server: [{event: found, data: Bot}]}";
        let files = [("spec/resources/bots.yaml", SPEC), ("spec/realtime/talk.yaml", channel)];
        let document = coze_spec::load_texts(&files).unwrap();
        let documented = facts(&format!("# A comment\n{HEADER}\n{documented}")).unwrap();
        judge(&documented, &decisions(left_out).unwrap(), &entries(), &document)
    }

    fn entries() -> Vec<Entry> {
        let entry = |kind, slug: &str, path: &str| Entry {
            group: "Bots".to_owned(),
            title: "A page".to_owned(),
            kind,
            slug: Some(slug.to_owned()),
            method: None,
            path: Some(path.to_owned()),
        };
        vec![
            entry(Kind::Http, "list_bots", "/v1/bots"),
            entry(Kind::Event, "bot_events", "/v1/bots/talk"),
        ]
    }

    /// The page of the events of a channel is not the page that the channel names.
    #[test]
    fn a_page_of_events_belongs_to_the_channel_with_its_path() {
        let rows = "bot_events\tfound\tname\nbot_events\tfound\tage\n";
        let coverage = judged(rows, "");
        assert_eq!(totals(&coverage), "documented fields held 1/2\n");
        let finding = &coverage.findings[0];
        assert!(finding.contains("`realtime.talk` lacks `age`"), "{finding}");
    }

    fn totals(coverage: &Coverage) -> String {
        let mut out = Vec::new();
        coverage.print_totals(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_the_spec_holds_is_counted() {
        let rows = "list_bots\trequest\tpage_num\nlist_bots\tfound\tname\n";
        let coverage = judged(rows, "");
        assert!(coverage.findings.is_empty(), "{:?}", coverage.findings);
        assert_eq!(totals(&coverage), "documented fields held 2/2\n");
    }

    #[test]
    fn what_the_spec_lacks_is_a_finding_with_its_line_and_its_cure() {
        let rows =
            "list_bots\trequest\tpage_size\nlist_bots\tfound\tpage_num\nnone\tresponse\tid\n";
        let coverage = judged(rows, "");
        let starts = [
            "spec/documented-fields.tsv:3: `bots.list` lacks `page_size` in the request, which the page `list_bots`",
            "spec/documented-fields.tsv:4: `bots.list` lacks `page_num` in the event `found`",
            "spec/documented-fields.tsv:5: nothing serves `id` in the response",
        ];
        assert_eq!(coverage.findings.len(), starts.len());
        for (finding, start) in coverage.findings.iter().zip(starts) {
            assert!(finding.starts_with(start), "{finding}");
            assert!(finding.ends_with("with a reason in docs/coverage.md"), "{finding}");
        }
        assert_eq!(totals(&coverage), "documented fields held 0/3\n");
    }

    #[test]
    fn what_is_left_out_with_a_reason_is_no_finding() {
        let table = "Prose.\n\n| page | side |\n|---|---|\n| `list_bots` | `found` | `age` | It has none. |\n";
        let coverage = judged("list_bots\tfound\tage\nlist_bots\tfound\tname\n", table);
        assert!(coverage.findings.is_empty(), "{:?}", coverage.findings);
        let expected = "documented fields held 1/2, 1 left out on purpose, see docs/coverage.md\n";
        assert_eq!(totals(&coverage), expected);
    }

    #[test]
    fn a_decision_about_nothing_is_a_finding() {
        let table = "| `list_bots` | `found` | `name` | Held. |\n| `list_bots` | `found` | `x` | Unheard of. |\n";
        let findings = judged("list_bots\tfound\tname\n", table).findings;
        assert_eq!(findings.len(), 2, "{findings:?}");
        for (finding, line) in findings.iter().zip(1..) {
            assert!(finding.starts_with(&format!("docs/coverage.md:{line}: ")), "{finding}");
            assert!(finding.ends_with("remove the line"), "{finding}");
        }
    }

    #[test]
    fn files_of_another_shape_are_refused() {
        let error = |result: Result<Vec<Row>>| result.unwrap_err().to_string();
        assert!(error(facts("slug\tfield\n")).contains("the columns are not"));
        let short = format!("{HEADER}\nlist_bots\tid\n");
        assert_eq!(error(facts(&short)), "line 2 has 2 columns instead of 3");
        assert_eq!(error(decisions("| `a` | `b` | `c` | |")), "line 1 gives no reason");
        assert_eq!(error(decisions("\n| `a` | `b` |")), "line 2 has 2 columns instead of 4");
    }

    /// What the pages documented when the list was made; pages that go away may lower it.
    const DOCUMENTED: usize = 2400;

    #[test]
    fn every_documented_field_is_held_or_left_out_with_a_reason() {
        let workspace = Workspace::find();
        let document =
            coze_spec::load(&workspace.spec()).unwrap_or_else(|findings| panic!("{findings}"));
        let entries = table::read(&workspace.table()).unwrap();
        let coverage = compare(&workspace, &entries, &document).unwrap();
        assert!(coverage.findings.is_empty(), "{}", coverage.findings.join("\n"));
        assert_eq!(coverage.held + coverage.left_out, coverage.documented);
        assert!(coverage.documented >= DOCUMENTED, "rows of {FACTS} are gone: {coverage:?}");
    }

    #[test]
    fn every_page_of_operations_and_events_has_its_fields_listed() {
        let workspace = Workspace::find();
        let rows = facts(&read(&workspace.root().join(FACTS)).unwrap()).unwrap();
        let entries = table::read(&workspace.table()).unwrap();
        let pages = entries.iter().filter(|entry| matches!(entry.kind, Kind::Http | Kind::Event));
        let without: Vec<_> = pages
            .filter_map(|entry| entry.slug.as_deref())
            .filter(|slug| !rows.iter().any(|row| row.slug == *slug))
            .collect();
        assert!(without.is_empty(), "{FACTS} lacks the pages {without:?}");
    }
}
