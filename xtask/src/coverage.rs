//! `cargo xtask coverage`: prints which documented operations, channels, callbacks and fields the
//! spec covers.

use std::fs;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};
use coze_spec::Diagnostics;
use coze_spec::documented::{
    Coverage, Documentation, FIELDS, OMISSIONS, PAGES, PageCoverage, PageKind, compare,
};

use crate::workspace::Workspace;
use crate::{Outcome, lint};

pub(crate) fn run(
    workspace: &Workspace,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let read = |file: &str| {
        let path = workspace.root().join(file);
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let (pages, fields, omissions) = (read(PAGES)?, read(FIELDS)?, read(OMISSIONS)?);
    let documentation = Documentation { pages: &pages, fields: &fields, omissions: &omissions };
    match measure(workspace, documentation) {
        Ok(coverage) => {
            print(&coverage, out)?;
            out.flush()?;
            lint::report(&coverage.findings, err)
        }
        Err(findings) => lint::report(&findings, err),
    }
}

fn measure(
    workspace: &Workspace,
    documentation: Documentation<'_>,
) -> Result<Coverage, Diagnostics> {
    compare(&coze_spec::load(&workspace.spec())?, documentation)
}

/// Prints a line for each page, then the undocumented part of the spec, then the totals.
fn print(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    for covered in &coverage.pages {
        print_page(covered, out)?;
    }
    let style = AnsiColor::Yellow.on_default();
    for entry in &coverage.undocumented {
        writeln!(out, "{style}{:<9}{style:#} {:<WIDTH$} {}", "extra", entry.id, entry.route)?;
    }
    print_totals(coverage, out)
}

/// The width of the longest operation ids.
const WIDTH: usize = 46;

fn print_page(covered: &PageCoverage, out: &mut dyn Write) -> io::Result<()> {
    let page = &covered.page;
    let (style, status) = match (page.kind, &covered.id) {
        (kind, _) if !kind.needs_cover() => (Style::new().dimmed(), kind.to_string()),
        (_, Some(_)) => (AnsiColor::Green.on_default(), "covered".to_owned()),
        (_, None) => (AnsiColor::Red.on_default(), "missing".to_owned()),
    };
    let subject = covered.id.as_deref().or(page.slug.as_deref()).unwrap_or("-");
    let route = page.route().map(|route| format!("{route}  ")).unwrap_or_default();
    let (group, title) = (&page.group, &page.title);
    writeln!(out, "{style}{status:<9}{style:#} {subject:<WIDTH$} {route}{group} › {title}")
}

fn print_totals(coverage: &Coverage, out: &mut dyn Write) -> io::Result<()> {
    let of_kind = |kind| coverage.pages.iter().filter(move |covered| covered.page.kind == kind);
    writeln!(out)?;
    for (subject, kind) in [
        ("HTTP operations", PageKind::Http),
        ("WebSocket channels", PageKind::Websocket),
        ("pages of events", PageKind::Event),
    ] {
        for (word, has_page) in [("documented", true), ("undocumented", false)] {
            let all = of_kind(kind).filter(|covered| covered.page.slug.is_some() == has_page);
            let covered = all.clone().filter(|covered| covered.id.is_some()).count();
            match all.count() {
                0 => {}
                all => writeln!(out, "{word} {subject} covered {covered}/{all}")?,
            }
        }
    }
    let others = PageKind::OTHER.map(|kind| format!("{kind} {}", of_kind(kind).count()));
    writeln!(out, "other pages: {}", others.join(", "))?;
    let Coverage { documented_fields, covered_fields, omitted_fields, .. } = coverage;
    write!(out, "documented fields covered {covered_fields}/{documented_fields}")?;
    match omitted_fields {
        0 => writeln!(out),
        _ => writeln!(out, ", {omitted_fields} omitted on purpose, see {OMISSIONS}"),
    }
}

#[cfg(test)]
mod tests {
    use coze_spec::documented::{Page, Route, Undocumented};

    use super::*;

    fn page(
        kind: PageKind,
        slug: Option<&str>,
        route: Option<(&str, &str)>,
        id: Option<&str>,
    ) -> PageCoverage {
        let method = route.map(|(method, _)| method.to_owned()).filter(|method| !method.is_empty());
        let page = Page {
            group: "Bots".to_owned(),
            title: "A page".to_owned(),
            kind,
            slug: slug.map(str::to_owned),
            method,
            path: route.map(|(_, path)| path.to_owned()),
        };
        PageCoverage { page, id: id.map(str::to_owned) }
    }

    fn printed(coverage: &Coverage) -> String {
        let mut out = Vec::new();
        print(coverage, &mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn every_page_has_a_line_and_the_totals_add_up() {
        let route = Route { method: Some("GET".to_owned()), path: "/v1/secret".to_owned() };
        let coverage = Coverage {
            pages: vec![
                page(
                    PageKind::Http,
                    Some("get_bot"),
                    Some(("GET", "/v1/bots/{bot_id}")),
                    Some("bots.retrieve"),
                ),
                page(PageKind::Http, Some("create_bot"), Some(("POST", "/v1/bot/create")), None),
                page(PageKind::Http, None, Some(("GET", "/v1/users/me")), None),
                page(PageKind::Oauth, Some("oauth_jwt"), None, None),
                page(PageKind::Event, Some("bot_event"), Some(("", "bot.lost")), None),
                page(PageKind::Websocket, None, Some(("WS", "/v1/talk")), Some("realtime.talk")),
            ],
            undocumented: vec![Undocumented { id: "bots.secret".to_owned(), route }],
            documented_fields: 9,
            covered_fields: 7,
            omitted_fields: 2,
            findings: Diagnostics::new(),
        };
        let text = printed(&coverage);
        let lines: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        let starts = [
            ["covered", "bots.retrieve", "GET", "/v1/bots/{bot_id}"],
            ["missing", "create_bot", "POST", "/v1/bot/create"],
            ["missing", "-", "GET", "/v1/users/me"],
            ["oauth", "oauth_jwt", "Bots", "›"],
            ["missing", "bot_event", "bot.lost", "Bots"],
            ["covered", "realtime.talk", "WS", "/v1/talk"],
            ["extra", "bots.secret", "GET", "/v1/secret"],
        ];
        for (line, start) in lines.iter().zip(starts) {
            assert!(line.starts_with(&start), "{line:?}");
        }
        let totals: Vec<_> = text.lines().skip(starts.len() + 1).collect();
        assert_eq!(
            totals,
            [
                "documented HTTP operations covered 1/2",
                "undocumented HTTP operations covered 0/1",
                "undocumented WebSocket channels covered 1/1",
                "documented pages of events covered 0/1",
                "other pages: oauth 1, object 0, reference 0",
                "documented fields covered 7/9, 2 omitted on purpose, see docs/coverage.md",
            ]
        );
    }
}
