//! Rules about descriptions: English, whole sentences, Markdown without warnings from rustdoc, and
//! operations that exist.

use std::collections::HashSet;
use std::ops::Range;

use super::references::visit;
use crate::diagnostic::Diagnostics;
use crate::document::{Document, Node};
use crate::location::Location;
use crate::prose::{Kind, Span, spans};
use crate::read;

pub(super) fn check(document: &Document, findings: &mut Diagnostics) {
    let names = Names::of(document);
    visit(&document.node(), &mut |node| {
        for key in ["summary", "description"] {
            // The titles of pages are Chinese. A property may be called `description`.
            let title = node.pointer.ends_with("/externalDocs");
            if let Some(text) = node.get(key).filter(|text| text.value.is_string() && !title) {
                let prose = Prose::new(&text);
                prose.language(findings);
                prose.markdown(findings);
                prose.operations(&names, findings);
                if key == "description" {
                    prose.end(findings);
                }
            }
        }
    });
}

struct Prose<'a> {
    text: &'a str,
    location: Location,
    spans: Vec<Span>,
}

impl<'a> Prose<'a> {
    fn new(node: &Node<'a>) -> Self {
        let text = node.value.as_str().unwrap_or_default();
        Self { text, location: node.location(), spans: spans(text) }
    }

    /// Adds a finding at the line of a byte.
    fn report(
        &self,
        at: usize,
        message: impl Into<String>,
        help: &str,
        findings: &mut Diagnostics,
    ) {
        let mut location = self.location.clone();
        // A text of several lines is a block that begins below its key.
        if self.text.trim_end().contains('\n') {
            let above = self.text.get(..at).unwrap_or_default();
            location.line += 1 + above.matches('\n').count();
        }
        findings.push(location, message, help);
    }

    /// Returns the ranges without code.
    fn plain(&self) -> Vec<Range<usize>> {
        let mut start = 0;
        let mut plain = Vec::new();
        for span in &self.spans {
            plain.push(start..span.outside.start);
            start = span.outside.end;
        }
        plain.push(start..self.text.len());
        plain
    }

    fn language(&self, findings: &mut Diagnostics) {
        let plain = self.plain().into_iter();
        let mut chinese = plain.flat_map(|range| {
            let chars = self.text[range.clone()].char_indices();
            chars.filter(|(_, c)| is_chinese(*c)).map(move |(at, _)| range.start + at)
        });
        // The texts of links are Chinese titles of pages.
        if let Some(at) = chinese.find(|at| !self.is_link(*at)) {
            let help = "write English; a Chinese value or name stands in backticks";
            self.report(at, "Chinese prose", help, findings);
        }
    }

    /// Returns `true` if a byte is in the text of a link.
    fn is_link(&self, at: usize) -> bool {
        let before = self.text[..at].rfind(['[', ']']).map(|at| &self.text[at..=at]);
        let after = self.text[at..].find(']').map(|end| &self.text[at + end..]);
        before == Some("[") && after.is_some_and(|after| after.starts_with("]("))
    }

    /// Checks that the last sentence ends. A final list item need not be a sentence.
    fn end(&self, findings: &mut Diagnostics) {
        let text = self.text.trim_end();
        let last = self.spans.last();
        let block =
            last.is_some_and(|span| span.kind == Kind::Block && span.outside.end >= text.len());
        let item = text.lines().next_back().is_some_and(|line| line.trim_start().starts_with("- "));
        if !block && !item && !text.is_empty() && !text.ends_with(['.', '!', '?', '|']) {
            let message = "a description without a final period";
            self.report(text.len(), message, "end the sentence", findings);
        }
    }

    /// Checks for Markdown that rustdoc would warn about in generated code, or run as a test.
    fn markdown(&self, findings: &mut Diagnostics) {
        for span in &self.spans {
            let untagged = self.text[span.inside.clone()].trim().is_empty();
            let (message, help) = match span.kind {
                Kind::Unclosed => {
                    ("an unclosed backtick", "close it, or write `\\`` for a backtick")
                }
                Kind::UnclosedBlock => {
                    ("a code block without an end", "end it with a line of backticks")
                }
                Kind::Block if untagged => (
                    "a code block without a language",
                    "name it after the backticks: `json`, `text`",
                ),
                Kind::Block | Kind::Code => continue,
            };
            self.report(span.outside.start, message, help, findings);
        }
        self.indented(findings);
        for range in self.plain() {
            self.tags(range.clone(), findings);
            self.brackets(range, findings);
        }
    }

    /// Checks for a paragraph that is indented like code, which rustdoc would compile. In a list,
    /// it belongs to the item.
    fn indented(&self, findings: &mut Diagnostics) {
        let (mut at, mut after_blank, mut in_list) = (0, true, false);
        for line in self.text.split_inclusive('\n') {
            let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
            let blank = line.trim().is_empty();
            if !blank && indent == 0 {
                let marker = line.trim_start_matches(|c: char| c.is_ascii_digit());
                in_list = ["- ", "* ", ". "].iter().any(|start| marker.starts_with(start));
            }
            let code = indent >= 4 || line.starts_with('\t');
            let in_block = self
                .spans
                .iter()
                .any(|span| span.kind == Kind::Block && span.outside.contains(&at));
            if code && !blank && after_blank && !in_list && !in_block {
                let help = "write a block in three backticks with a language, or indent less";
                self.report(at, "an indented paragraph, which is a code block", help, findings);
            }
            (at, after_blank) = (at + line.len(), blank);
        }
    }

    fn tags(&self, range: Range<usize>, findings: &mut Diagnostics) {
        for (at, _) in self.text[range.clone()].match_indices('<') {
            let at = range.start + at;
            let rest = self.text[at + 1..].trim_start_matches('/');
            let name: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
            let address = rest[name.len()..].starts_with("://");
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) && !address {
                let message = format!("`<{name}` would begin an HTML tag");
                self.report(at, message, "put it in backticks", findings);
            }
        }
    }

    /// Checks for brackets, which rustdoc reads as a link to a Rust item.
    fn brackets(&self, range: Range<usize>, findings: &mut Diagnostics) {
        let Some(text) = self.text.get(range.clone()) else { return };
        for (at, _) in text.match_indices('[') {
            let at = range.start + at;
            let escaped = self.text[..at].ends_with('\\');
            // The text of a link may contain code, which ends the range.
            let end = self.text[at..].find(']').map(|end| at + end);
            let link = end.is_some_and(|end| self.text[end..].starts_with("]("));
            if !escaped && !link {
                let help = "put it in backticks, or write `\\[`";
                self.report(at, "brackets that would be a link", help, findings);
            }
        }
    }

    fn operations(&self, names: &Names<'_>, findings: &mut Diagnostics) {
        for span in self.spans.iter().filter(|span| span.kind == Kind::Code) {
            let code = &self.text[span.inside.clone()];
            if names.lacks(code) {
                let message = format!("there is no operation `{code}`");
                let help = names.nearest(code).map_or_else(
                    || "name an operation of the spec by its operationId".to_owned(),
                    |nearest| format!("did you mean `{nearest}`?"),
                );
                self.report(span.outside.start, message, &help, findings);
            }
        }
    }
}

/// Returns `true` for Han characters and CJK punctuation.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}')
}

/// The known names with dots.
struct Names<'a> {
    operations: HashSet<&'a str>,
    resources: HashSet<&'a str>,
    methods: HashSet<&'a str>,
    /// Resources below others, events and channels.
    others: HashSet<String>,
}

impl<'a> Names<'a> {
    fn of(document: &'a Document) -> Self {
        let operations: Vec<&str> =
            read::operations(document).iter().map(|operation| operation.id).collect();
        let mut others = HashSet::new();
        let mut methods = HashSet::new();
        for id in &operations {
            others.extend(id.match_indices('.').map(|(end, _)| id[..end].to_owned()));
            methods.extend(id.rsplit('.').next());
        }
        let events = read::events(document).into_iter();
        others.extend(events.filter_map(|event| event.text("event").map(str::to_owned)));
        others.extend(read::channels(document).iter().map(read::Channel::id));
        others.extend(read::webhooks(document).iter().map(|webhook| webhook.wire.to_owned()));
        let resources = document.resources.iter().map(|(name, _)| name.as_str()).collect();
        Self { operations: operations.into_iter().collect(), resources, methods, others }
    }

    /// Returns `true` for code that looks like an operation id but is unknown: words joined by
    /// dots, of which the first is a resource or the last is a method.
    fn lacks(&self, code: &str) -> bool {
        let word = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        let Some((first, _)) = code.split_once('.') else { return false };
        let method = code.rsplit('.').next().is_some_and(|last| self.methods.contains(last));
        code.split('.').all(word)
            && (self.resources.contains(first) || method)
            && !self.operations.contains(code)
            && !self.others.contains(code)
    }

    fn nearest(&self, code: &str) -> Option<&str> {
        let near = |id: &&'a str| (strsim::damerau_levenshtein(id, code), *id);
        let nearest = self.operations.iter().map(near).min();
        nearest.filter(|(distance, _)| *distance <= 3).map(|(_, id)| id)
    }
}
