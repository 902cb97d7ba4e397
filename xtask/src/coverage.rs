//! `cargo xtask coverage`: what of the documentation the spec serves, and what not yet: operations, then fields.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use coze_gen::OperationInfo;

use crate::table::{self, Entry, Kind, Route};
use crate::workspace::Workspace;
use crate::{Outcome, fields, lint};

pub(crate) fn run(
    workspace: &Workspace,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let entries = table::read(&workspace.table())?;
    let document = match coze_gen::load(&workspace.spec()) {
        Ok(document) => document,
        Err(findings) => return lint::report(&findings, err),
    };
    let operations = document.operations();
    let fields = fields::compare(workspace, &document)?;
    print(&entries, &operations, out)?;
    fields.print_totals(out)?;
    out.flush()?;

    let contradictions =
        operations.iter().filter_map(|operation| contradiction(operation, &entries));
    let findings: Vec<String> = contradictions.chain(fields.findings).collect();
    for line in &findings {
        writeln!(err, "{line}")?;
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// The operation that serves an entry: the one that names its page, or else the one that sends the request it documents.
fn server<'a>(
    entry: &Entry,
    operations: &'a [OperationInfo],
) -> Option<&'a OperationInfo> {
    let by_page = operations
        .iter()
        .find(|operation| operation.slug.is_some() && operation.slug == entry.slug);
    by_page.or_else(|| {
        let documented = entry.route()?;
        operations.iter().find(|operation| route(operation) == documented)
    })
}

/// What an operation says of its page that the table of contents does not bear out.
fn contradiction(operation: &OperationInfo, entries: &[Entry]) -> Option<String> {
    let slug = operation.slug.as_deref()?;
    let (sends, id) = (route(operation), &operation.id);
    let what = match entries.iter().find(|entry| entry.slug.as_deref() == Some(slug)) {
        None => {
            format!("`{id}` names the page `{slug}`, which the table of contents lacks")
        }
        Some(entry) => {
            let documented = entry.route().filter(|documented| *documented != sends)?;
            format!("`{id}` sends {sends}, but its page `{slug}` documents {documented}")
        }
    };
    let cure = "correct `externalDocs.url`, the route or spec/documented.yaml";
    Some(format!("{}: {what} — {cure}", operation.place))
}

fn route(operation: &OperationInfo) -> Route<'_> {
    Route {
        method: &operation.method,
        path: &operation.path,
    }
}

/// Prints one line per entry, the operations that serve none, and the totals.
fn print(
    entries: &[Entry],
    operations: &[OperationInfo],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut served = Vec::new();
    for entry in entries {
        let operation = match entry.kind {
            Kind::Http => server(entry, operations),
            _ => None,
        };
        served.extend(operation.map(|operation| &operation.id));
        print_entry(entry, operation, out)?;
    }
    for operation in
        operations.iter().filter(|operation| !served.contains(&&operation.id))
    {
        let status = Status::Extra;
        let (style, what) = (status.style(), route(operation));
        writeln!(
            out,
            "{style}{:<9}{style:#} {:<COLUMN$} {what}",
            status.word(),
            operation.id
        )?;
    }
    print_totals(entries, operations, out)
}

/// Wide enough for the longest operation ids.
const COLUMN: usize = 46;

fn print_entry(
    entry: &Entry,
    operation: Option<&OperationInfo>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let status = match (entry.kind, operation) {
        (Kind::Http, Some(_)) => Status::Served,
        (Kind::Http, None) => Status::Missing,
        (kind, _) => Status::Other(kind),
    };
    let page = entry.slug.as_deref().unwrap_or("-");
    // A page that nothing serves is named, since that is what to look up next.
    let subject = operation.map_or(page, |operation| operation.id.as_str());
    let request = match (entry.route(), &entry.path) {
        (Some(route), _) => format!("{route}  "),
        (None, Some(path)) => format!("{path}  "),
        (None, None) => String::new(),
    };
    let style = status.style();
    writeln!(
        out,
        "{style}{:<9}{style:#} {subject:<COLUMN$} {request}{} › {}",
        status.word(),
        entry.group,
        entry.title
    )
}

fn print_totals(
    entries: &[Entry],
    operations: &[OperationInfo],
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = |documented: bool| {
        let of_kind = entries.iter().filter(|entry| {
            entry.kind == Kind::Http && entry.slug.is_some() == documented
        });
        let served = of_kind.clone().filter(|entry| server(entry, operations).is_some());
        (served.count(), of_kind.count())
    };
    let (served, all) = count(true);
    writeln!(out, "\ndocumented HTTP operations served {served}/{all}")?;
    let (served, all) = count(false);
    writeln!(out, "undocumented HTTP operations served {served}/{all}")?;
    let others = Kind::OTHER.map(|kind| {
        let count = entries.iter().filter(|entry| entry.kind == kind).count();
        format!("{kind} {count}")
    });
    writeln!(out, "other entries: {}", others.join(", "))
}

#[derive(Clone, Copy)]
enum Status {
    Served,
    Missing,
    /// An operation of the spec that no entry asks for.
    Extra,
    /// An entry that is no HTTP operation.
    Other(Kind),
}

impl Status {
    fn word(self) -> String {
        match self {
            Self::Served => "served".to_owned(),
            Self::Missing => "missing".to_owned(),
            Self::Extra => "extra".to_owned(),
            Self::Other(kind) => kind.to_string(),
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Served => AnsiColor::Green.on_default(),
            Self::Missing => AnsiColor::Red.on_default(),
            Self::Extra => AnsiColor::Yellow.on_default(),
            Self::Other(_) => Style::new().dimmed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use coze_gen::Place;

    use super::*;

    fn entry(kind: Kind, slug: Option<&str>, route: Option<(&str, &str)>) -> Entry {
        Entry {
            group: "Bots".to_owned(),
            title: "A page".to_owned(),
            kind,
            slug: slug.map(str::to_owned),
            method: route.map(|(method, _)| method.to_owned()),
            path: route.map(|(_, path)| path.to_owned()),
        }
    }

    fn operation(
        id: &str,
        method: &str,
        path: &str,
        slug: Option<&str>,
    ) -> OperationInfo {
        OperationInfo {
            id: id.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            slug: slug.map(str::to_owned),
            place: Place {
                file: "spec/resources/bots.yaml".into(),
                line: 7,
                column: None,
            },
        }
    }

    fn id<'a>(entry: &Entry, operations: &'a [OperationInfo]) -> Option<&'a str> {
        server(entry, operations).map(|operation| operation.id.as_str())
    }

    fn printed(entries: &[Entry], operations: &[OperationInfo]) -> String {
        let mut out = Vec::new();
        print(entries, operations, &mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn the_page_decides_before_the_route() {
        let page =
            entry(Kind::Http, Some("get_bot"), Some(("GET", "/v1/bots/{bot_id}")));
        let by_route = operation("bots.other", "GET", "/v1/bots/{id}", None);
        let by_page =
            operation("bots.retrieve", "GET", "/v2/bots/{id}", Some("get_bot"));
        let stranger = operation("bots.list", "GET", "/v1/bots", Some("list_bots"));

        assert_eq!(id(&page, &[by_route, by_page]), Some("bots.retrieve"));
        assert_eq!(id(&page, &[stranger]), None);
    }

    #[test]
    fn the_route_decides_where_no_operation_names_the_page() {
        let page =
            entry(Kind::Http, Some("get_bot"), Some(("GET", "/v1/bots/{bot_id}")));
        let unpaged = entry(Kind::Http, None, Some(("GET", "/v1/users/me")));
        let operations = [
            operation("bots.retrieve", "GET", "/v1/bots/{id}", None),
            operation("users.me", "GET", "/v1/users/me", None),
        ];
        assert_eq!(id(&page, &operations), Some("bots.retrieve"));
        assert_eq!(id(&unpaged, &operations), Some("users.me"));
        // Neither has a page: that is nothing in common.
        assert_eq!(id(&entry(Kind::Http, None, None), &operations), None);
    }

    #[test]
    fn every_entry_has_a_line_and_the_totals_add_up() {
        let entries = [
            entry(Kind::Http, Some("get_bot"), Some(("GET", "/v1/bots/{bot_id}"))),
            entry(Kind::Http, Some("create_bot"), Some(("POST", "/v1/bot/create"))),
            entry(Kind::Http, None, Some(("GET", "/v1/users/me"))),
            entry(Kind::Oauth, Some("oauth_jwt"), None),
            entry(Kind::Event, Some("bot_event"), None),
        ];
        let operations = [
            operation("bots.retrieve", "GET", "/v1/bots/{bot_id}", Some("get_bot")),
            operation("bots.secret", "GET", "/v1/secret", None),
        ];
        let text = printed(&entries, &operations);
        let lines: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        let starts = [
            ["served", "bots.retrieve", "GET", "/v1/bots/{bot_id}"],
            ["missing", "create_bot", "POST", "/v1/bot/create"],
            ["missing", "-", "GET", "/v1/users/me"],
            ["oauth", "oauth_jwt", "Bots", "›"],
            ["event", "bot_event", "Bots", "›"],
            ["extra", "bots.secret", "GET", "/v1/secret"],
        ];
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(&start), "{line:?} {start:?}");
        }
        let totals: Vec<_> = text.lines().skip(starts.len() + 1).collect();
        assert_eq!(
            totals,
            [
                "documented HTTP operations served 1/2",
                "undocumented HTTP operations served 0/1",
                "other entries: websocket 0, oauth 1, event 1, object 0, reference 0",
            ]
        );
    }

    #[test]
    fn an_operation_and_its_page_must_agree() {
        let entries =
            [entry(Kind::Http, Some("get_bot"), Some(("GET", "/v1/bots/{bot_id}")))];
        let judge = |method, path, slug| {
            contradiction(&operation("bots.retrieve", method, path, slug), &entries)
        };
        assert_eq!(judge("GET", "/v1/bots/{id}", Some("get_bot")), None);
        assert_eq!(judge("GET", "/v1/bots", None), None);

        let wrong_route = judge("PUT", "/v1/bots/{id}", Some("get_bot")).unwrap();
        assert!(
            wrong_route
                .starts_with("spec/resources/bots.yaml:7: `bots.retrieve` sends PUT")
        );
        assert!(
            wrong_route.contains("documents GET /v1/bots/{bot_id}"),
            "{wrong_route}"
        );
        let wrong_page = judge("GET", "/v1/bots/{id}", Some("get_bto")).unwrap();
        assert!(wrong_page.contains("the page `get_bto`"), "{wrong_page}");
    }
}
