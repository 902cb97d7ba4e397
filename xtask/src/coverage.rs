//! `cargo xtask coverage`: what of the documentation the spec serves, and what not yet: operations, channels and callbacks,
//! then fields.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Result;
use coze_spec::{Document, EventsInfo, OperationInfo};

use crate::table::{self, Entry, Kind, Route};
use crate::workspace::Workspace;
use crate::{Outcome, fields, lint};

pub(crate) fn run(
    workspace: &Workspace,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome> {
    let entries = table::read(&workspace.table())?;
    let document = match coze_spec::load(&workspace.spec()) {
        Ok(document) => document,
        Err(findings) => return lint::report(&findings, err),
    };
    let offer = Offer::of(&document);
    let fields = fields::compare(workspace, &entries, &document)?;
    print(&entries, &offer, out)?;
    fields.print_totals(out)?;
    out.flush()?;

    let of_operations =
        offer.operations.iter().filter_map(|operation| contradiction(operation, &entries));
    let of_events = offer.events.iter().filter_map(|events| wrong_page(events, &entries));
    let findings: Vec<String> = of_operations.chain(of_events).chain(fields.findings).collect();
    for line in &findings {
        writeln!(err, "{line}")?;
    }
    Ok(if findings.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// What the spec has that pages document.
pub(crate) struct Offer {
    operations: Vec<OperationInfo>,
    /// Channels and callbacks.
    events: Vec<EventsInfo>,
}

impl Offer {
    pub(crate) fn of(document: &Document) -> Self {
        let (operations, events) = (document.operations(), document.events());
        Self { operations, events }
    }

    /// The id of what serves an entry: of what names its page, or else of what has the route that it documents.
    pub(crate) fn server(&self, entry: &Entry) -> Option<&str> {
        let pages = |slug: &Option<String>| slug.is_some() && *slug == entry.slug;
        if matches!(entry.kind, Kind::Websocket | Kind::Event) {
            let by_page = self.events.iter().find(|events| pages(&events.slug));
            let routed = |events: &&EventsInfo| entry.path.as_ref() == Some(&events.route);
            let by_route = || self.events.iter().find(routed);
            return by_page.or_else(by_route).map(|events| events.id.as_str());
        }
        let by_page = self.operations.iter().find(|operation| pages(&operation.slug));
        let by_route = || {
            let documented = entry.route()?;
            self.operations.iter().find(|operation| route(operation) == documented)
        };
        by_page.or_else(by_route).map(|operation| operation.id.as_str())
    }
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
    Some(format!("{}: {what} — {cure}", operation.location))
}

/// The same for a channel or a callback.
fn wrong_page(events: &EventsInfo, entries: &[Entry]) -> Option<String> {
    let slug = events.slug.as_deref()?;
    let id = &events.id;
    let what = match entries.iter().find(|entry| entry.slug.as_deref() == Some(slug)) {
        None => {
            format!("`{id}` names the page `{slug}`, which the table of contents lacks")
        }
        Some(entry) => {
            let (documented, route) = (entry.path.as_deref()?, &events.route);
            if documented == route {
                return None;
            }
            format!("`{id}` is `{route}`, but its page `{slug}` documents `{documented}`")
        }
    };
    let cure = "correct `externalDocs.url` or spec/documented.yaml";
    Some(format!("{}: {what} — {cure}", events.location))
}

fn route(operation: &OperationInfo) -> Route<'_> {
    Route { method: &operation.method, path: &operation.path }
}

/// Prints one line per entry, what serves none, and the totals.
fn print(entries: &[Entry], offer: &Offer, out: &mut dyn Write) -> io::Result<()> {
    let mut served = Vec::new();
    for entry in entries {
        let server = offer.server(entry).filter(|_| entry.kind.is_served());
        served.extend(server);
        print_entry(entry, server, out)?;
    }
    let operations = offer.operations.iter();
    let operations = operations.map(|operation| (&operation.id, route(operation).to_string()));
    let events = offer.events.iter().map(|events| (&events.id, events.route.clone()));
    let status = Status::Extra;
    let (style, word) = (status.style(), status.word());
    for (id, what) in operations.chain(events) {
        if !served.contains(&id.as_str()) {
            writeln!(out, "{style}{word:<9}{style:#} {id:<COLUMN$} {what}")?;
        }
    }
    print_totals(entries, offer, out)
}

/// Wide enough for the longest operation ids.
const COLUMN: usize = 46;

fn print_entry(entry: &Entry, server: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let status = match (entry.kind, server) {
        (kind, _) if !kind.is_served() => Status::Other(kind),
        (_, Some(_)) => Status::Served,
        (_, None) => Status::Missing,
    };
    let page = entry.slug.as_deref().unwrap_or("-");
    // A page that nothing serves is named, since that is what to look up next.
    let subject = server.unwrap_or(page);
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

fn print_totals(entries: &[Entry], offer: &Offer, out: &mut dyn Write) -> io::Result<()> {
    let count = |kind: Kind, documented: bool| {
        let of_kind =
            entries.iter().filter(|entry| entry.kind == kind && entry.slug.is_some() == documented);
        let served = of_kind.clone().filter(|entry| offer.server(entry).is_some());
        (served.count(), of_kind.count())
    };
    writeln!(out)?;
    for (what, kind) in [
        ("HTTP operations", Kind::Http),
        ("WebSocket channels", Kind::Websocket),
        ("pages of events", Kind::Event),
    ] {
        for (word, documented) in [("documented", true), ("undocumented", false)] {
            let (served, all) = count(kind, documented);
            if all > 0 {
                writeln!(out, "{word} {what} served {served}/{all}")?;
            }
        }
    }
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
    /// Something in the spec that no entry asks for.
    Extra,
    /// An entry that nothing in the spec describes.
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
    use coze_spec::Location;

    use super::*;

    fn entry(kind: Kind, slug: Option<&str>, route: Option<(&str, &str)>) -> Entry {
        Entry {
            group: "Bots".to_owned(),
            title: "A page".to_owned(),
            kind,
            slug: slug.map(str::to_owned),
            method: route.map(|(method, _)| method.to_owned()).filter(|method| !method.is_empty()),
            path: route.map(|(_, path)| path.to_owned()),
        }
    }

    fn operation(id: &str, method: &str, path: &str, slug: Option<&str>) -> OperationInfo {
        OperationInfo {
            id: id.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            slug: slug.map(str::to_owned),
            location: location("spec/resources/bots.yaml"),
        }
    }

    fn location(file: &str) -> Location {
        Location { file: file.into(), line: 7, column: None }
    }

    fn events(id: &str, route: &str, slug: Option<&str>) -> EventsInfo {
        EventsInfo {
            id: id.to_owned(),
            route: route.to_owned(),
            slug: slug.map(str::to_owned),
            location: location("spec/realtime/talk.yaml"),
        }
    }

    fn id(entry: &Entry, operations: &[OperationInfo]) -> Option<String> {
        let operations = operations.to_vec();
        let offer = Offer { operations, events: Vec::new() };
        offer.server(entry).map(str::to_owned)
    }

    fn printed(entries: &[Entry], offer: &Offer) -> String {
        let mut out = Vec::new();
        print(entries, offer, &mut out).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(out).unwrap()).to_string()
    }

    #[test]
    fn the_page_decides_before_the_route() {
        let page = entry(Kind::Http, Some("get_bot"), Some(("GET", "/v1/bots/{bot_id}")));
        let by_route = operation("bots.other", "GET", "/v1/bots/{id}", None);
        let by_page = operation("bots.retrieve", "GET", "/v2/bots/{id}", Some("get_bot"));
        let stranger = operation("bots.list", "GET", "/v1/bots", Some("list_bots"));

        let served = id(&page, &[by_route, by_page]);
        assert_eq!(served.as_deref(), Some("bots.retrieve"));
        assert_eq!(id(&page, &[stranger]), None);
    }

    #[test]
    fn the_route_decides_where_no_operation_names_the_page() {
        let page = entry(Kind::Http, Some("get_bot"), Some(("GET", "/v1/bots/{bot_id}")));
        let unpaged = entry(Kind::Http, None, Some(("GET", "/v1/users/me")));
        let operations = [
            operation("bots.retrieve", "GET", "/v1/bots/{id}", None),
            operation("users.me", "GET", "/v1/users/me", None),
        ];
        assert_eq!(id(&page, &operations).as_deref(), Some("bots.retrieve"));
        assert_eq!(id(&unpaged, &operations).as_deref(), Some("users.me"));
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
            entry(Kind::Event, Some("talk_events"), Some(("", "/v1/talk"))),
            entry(Kind::Event, Some("bot_event"), Some(("", "bot.lost"))),
            entry(Kind::Websocket, None, Some(("WS", "/v1/talk"))),
        ];
        let offer = Offer {
            operations: vec![
                operation("bots.retrieve", "GET", "/v1/bots/{bot_id}", Some("get_bot")),
                operation("bots.secret", "GET", "/v1/secret", None),
            ],
            events: vec![
                events("realtime.talk", "/v1/talk", Some("talk_api")),
                events("webhooks.bot.found", "bot.found", None),
            ],
        };
        let text = printed(&entries, &offer);
        let lines: Vec<Vec<&str>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        let starts = [
            ["served", "bots.retrieve", "GET", "/v1/bots/{bot_id}"],
            ["missing", "create_bot", "POST", "/v1/bot/create"],
            ["missing", "-", "GET", "/v1/users/me"],
            ["oauth", "oauth_jwt", "Bots", "›"],
            ["served", "realtime.talk", "/v1/talk", "Bots"],
            ["missing", "bot_event", "bot.lost", "Bots"],
            ["served", "realtime.talk", "WS", "/v1/talk"],
            ["extra", "bots.secret", "GET", "/v1/secret"],
            ["extra", "webhooks.bot.found", "bot.found", ""],
        ];
        for (line, start) in lines.iter().zip(starts) {
            let start = start.iter().filter(|word| !word.is_empty()).copied();
            assert!(line.starts_with(&start.collect::<Vec<_>>()), "{line:?}");
        }
        let totals: Vec<_> = text.lines().skip(starts.len() + 1).collect();
        assert_eq!(
            totals,
            [
                "documented HTTP operations served 1/2",
                "undocumented HTTP operations served 0/1",
                "undocumented WebSocket channels served 1/1",
                "documented pages of events served 1/2",
                "other entries: oauth 1, object 0, reference 0",
            ]
        );
    }

    #[test]
    fn a_channel_and_its_page_must_agree() {
        let entries = [entry(Kind::Websocket, Some("talk"), Some(("WS", "/v1/talk")))];
        let judge = |route, slug| wrong_page(&events("realtime.talk", route, slug), &entries);
        assert_eq!(judge("/v1/talk", Some("talk")), None);
        assert_eq!(judge("/v1/chat", None), None);
        let route = judge("/v1/chat", Some("talk")).unwrap();
        let start = "spec/realtime/talk.yaml:7: `realtime.talk` is `/v1/chat`, but its page `talk` documents `/v1/talk`";
        assert!(route.starts_with(start), "{route}");
        let page = judge("/v1/talk", Some("tlak")).unwrap();
        assert!(page.contains("the page `tlak`"), "{page}");
    }

    #[test]
    fn an_operation_and_its_page_must_agree() {
        let entries = [entry(Kind::Http, Some("get_bot"), Some(("GET", "/v1/bots/{bot_id}")))];
        let judge = |method, path, slug| {
            contradiction(&operation("bots.retrieve", method, path, slug), &entries)
        };
        assert_eq!(judge("GET", "/v1/bots/{id}", Some("get_bot")), None);
        assert_eq!(judge("GET", "/v1/bots", None), None);

        let wrong_route = judge("PUT", "/v1/bots/{id}", Some("get_bot")).unwrap();
        assert!(wrong_route.starts_with("spec/resources/bots.yaml:7: `bots.retrieve` sends PUT"));
        assert!(wrong_route.contains("documents GET /v1/bots/{bot_id}"), "{wrong_route}");
        let wrong_page = judge("GET", "/v1/bots/{id}", Some("get_bto")).unwrap();
        assert!(wrong_page.contains("the page `get_bto`"), "{wrong_page}");
    }
}
