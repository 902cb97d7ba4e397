//! The facts of a documentation page: its title, its routes, the rows of its tables and the members
//! of its samples.

use std::iter;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::facts::{Facts, Row};
use super::prose;
use super::sample;

/// The name of the table that holds the members of samples of the request or response.
const SAMPLE: &str = "sample";
/// The table of the events of a stream.
pub(super) const EVENTS: &str = "events";
/// The table of limits on files and calls.
const LIMITS: &str = "limits";

/// Reads a page.
pub(super) fn read(text: &str) -> Facts {
    let text = &without_layout(text);
    let mut reader = Reader::default();
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    for (event, range) in parser.into_offset_iter() {
        reader.event(event, || 1 + text[..range.start].matches('\n').count());
    }
    reader.facts.routes = reader.routes();
    reader.facts
}

/// Blanks what hides a table or a heading from Markdown, but not from the reader of a page: lines
/// that have only tags of `<div>`, right below which all is HTML, and a paragraph right below a
/// table, which would be a row of it, as would the next table.
fn without_layout(text: &str) -> String {
    let is_layout = |line: &str| {
        let mut tags = line.trim().split('<');
        tags.next() == Some("")
            && tags.all(|tag| {
                let name = tag.trim_start_matches('/');
                name.starts_with("div") && name.trim_end().ends_with('>')
            })
    };
    let mut below_row = false;
    let lines = text.split_inclusive('\n').map(|line| {
        let ends_table = below_row && line.starts_with(char::is_alphabetic);
        below_row = line.starts_with('|');
        if !line.trim().is_empty() && (ends_table || is_layout(line)) { "\n" } else { line }
    });
    lines.collect()
}

#[derive(Default)]
struct Reader {
    facts: Facts,
    /// The text that is being collected: of a heading, a cell or a block of code.
    text: String,
    /// The last heading.
    heading: String,
    side: Option<&'static str>,
    /// The cells of the header of the table, without its formatting.
    header: Vec<String>,
    cells: Vec<String>,
    in_code: bool,
    methods: Vec<String>,
    addresses: Vec<String>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, line: impl FnOnce() -> usize) {
        match event {
            Event::Start(Tag::Heading { .. } | Tag::TableCell) => self.text.clear(),
            Event::Start(Tag::CodeBlock(kind)) => {
                self.text.clear();
                self.in_code = matches!(kind, CodeBlockKind::Fenced(_));
            }
            Event::Start(Tag::Table(_)) => self.header.clear(),
            Event::Start(Tag::TableHead | Tag::TableRow) => self.cells.clear(),
            Event::End(TagEnd::Heading(level)) => self.heading(level),
            Event::End(TagEnd::CodeBlock) if self.in_code => {
                self.in_code = false;
                self.sample(line());
            }
            Event::End(TagEnd::TableCell) => self.cells.push(self.text.trim().to_owned()),
            Event::End(TagEnd::TableHead) => {
                self.header = self.cells.clone();
                self.route();
            }
            Event::End(TagEnd::TableRow) => {
                self.route();
                self.row(line());
            }
            Event::Text(text) | Event::Code(text) => self.text.push_str(&text),
            Event::InlineHtml(html) if html.starts_with("<br") => self.text.push('\n'),
            Event::SoftBreak | Event::HardBreak => self.text.push(' '),
            _ => {}
        }
    }

    fn heading(&mut self, level: HeadingLevel) {
        let heading = self.text.trim().to_owned();
        if self.facts.title.is_empty() && level == HeadingLevel::H1 {
            self.facts.title = heading;
            return;
        }
        if let Some(side) = side(&heading) {
            self.side = Some(side);
        }
        self.heading = heading;
    }

    /// Reads the method and the address, which stand in one table.
    fn route(&mut self) {
        let [name, value, ..] = &self.cells[..] else { return };
        match name.as_str() {
            "请求方式" => self.methods.push(value.to_uppercase()),
            "请求地址" | "URL" => self.addresses.extend(addresses(value)),
            _ => {}
        }
    }

    /// Returns the methods and paths. An address without a method belongs to a channel.
    fn routes(&self) -> String {
        let methods = self.methods.iter().map(String::as_str).chain(iter::repeat("WS"));
        let routes = methods.zip(&self.addresses).map(|(method, path)| format!("{method} {path}"));
        routes.collect::<Vec<_>>().join(" | ")
    }

    fn row(&mut self, line: usize) {
        let column = |names: &[&str]| {
            let index = self.header.iter().position(|head| names.contains(&head.as_str()))?;
            self.cells.get(index).map(String::as_str)
        };
        let note = column(&["说明", "参数描述"]).unwrap_or_default();
        let Some(kind) = column(&["类型", "参数类型"]) else {
            let event = column(&["事件（event）名称"]).map(event);
            let limit = column(&["限制", "限制项"]).map(|name| limit(name, note));
            let row = event.or(limit).filter(|row| !row.field.is_empty());
            self.facts.rows.extend(row.map(|row| Row { line, ..row }));
            return;
        };
        let Some(field) = column(&["参数", "字段", "参数名"]).map(first_word) else {
            return;
        };
        if field.is_empty() {
            return;
        }
        let required = column(&["是否必选", "是否可选"]).map(first_word).unwrap_or_default();
        let row = Row {
            line,
            table: self.table(),
            field: field.to_owned(),
            kind: kind.split_whitespace().collect::<Vec<_>>().join(" "),
            required: match required {
                "必选" | "是" => "required",
                "可选" | "否" => "optional",
                _ => "",
            }
            .to_owned(),
            values: prose::values(note).join(","),
            limits: prose::limits(note).join(", "),
        };
        self.facts.rows.push(row);
    }

    /// Returns the side and the name of the current table: `request Body`, `response`.
    fn table(&self) -> String {
        let side = self.side.unwrap_or("page");
        match self.heading.as_str() {
            heading if side_only(heading) => side.to_owned(),
            heading => format!("{side} {heading}"),
        }
    }

    /// Reads a sample of the request or the response.
    fn sample(&mut self, line: usize) {
        let side = match side(&self.heading).or(self.side) {
            _ if self.heading.contains("请求") => "request",
            Some(side) => side,
            None => return,
        };
        let table = format!("{side} {SAMPLE}");
        for (field, kind) in sample::members(&self.text) {
            let row =
                Row { line, table: table.clone(), field, kind: kind.into(), ..Row::default() };
            let known = |other: &Row| (&other.table, &other.field) == (&row.table, &row.field);
            if !self.facts.rows.iter().any(known) {
                self.facts.rows.push(row);
            }
        }
    }
}

/// Returns the message that the tables below a heading describe.
fn side(heading: &str) -> Option<&'static str> {
    let starts = |names: &[&str]| names.iter().any(|name| heading.starts_with(name));
    if starts(&["请求", "Header", "Query", "Path", "Body"]) {
        Some("request")
    } else if starts(&["返回", "响应"]) {
        Some("response")
    } else {
        None
    }
}

/// Returns `true` for headings that name a side and nothing else.
fn side_only(heading: &str) -> bool {
    ["请求参数", "返回参数", "返回结果", "响应参数", ""].contains(&heading)
}

/// Returns the row of an event, which has no type.
fn event(name: &str) -> Row {
    let (table, field) = (EVENTS.to_owned(), first_word(name).to_owned());
    Row { table, field, kind: "event".to_owned(), ..Row::default() }
}

/// Returns the row of a limit. Its facts are the numbers and names in its prose.
fn limit(name: &str, note: &str) -> Row {
    Row {
        table: LIMITS.to_owned(),
        field: name.split_whitespace().collect::<Vec<_>>().join(" "),
        kind: "limit".to_owned(),
        values: prose::words(note).join(","),
        limits: prose::quantities(note).join(", "),
        ..Row::default()
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// Returns the paths of addresses, with `{name}` for a parameter.
fn addresses(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || c == '`');
    let urls = words.filter_map(|word| word.split_once("://"));
    urls.filter_map(|(_, rest)| {
        let path = &rest[rest.find('/')?..];
        let path = path.split(['?', '#']).next()?.trim_end_matches('/');
        let segments = path.split('/').map(|segment| match segment.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None => segment.to_owned(),
        });
        Some(segments.collect::<Vec<_>>().join("/"))
    })
    .collect()
}
