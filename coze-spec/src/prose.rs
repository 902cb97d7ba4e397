//! Descriptions are Markdown in which inline code may name an operation.

use std::ops::Range;

/// A piece of a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Markdown.
    Text(&'a str),
    /// The id of an operation in backticks, without the backticks.
    Operation(&'a str),
}

/// Splits a description into text and operation ids in backticks.
///
/// Code blocks and the texts of links are text. The pieces, with backticks around each operation,
/// make up the whole description.
///
/// ```
/// use coze_spec::prose::{Piece, pieces};
///
/// let found = pieces("See `bots.list`.", |id| id == "bots.list");
/// assert_eq!(found, [Piece::Text("See "), Piece::Operation("bots.list"), Piece::Text(".")]);
/// ```
pub fn pieces(text: &str, is_operation: impl Fn(&str) -> bool) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for span in spans(text) {
        let code = &text[span.inside.clone()];
        let linked = text[..span.outside.start].ends_with('[');
        if span.kind != Kind::Code || linked || span.ticks(text) != 1 || !is_operation(code) {
            continue;
        }
        pieces.push(Piece::Text(&text[start..span.outside.start]));
        pieces.push(Piece::Operation(code));
        start = span.outside.end;
    }
    pieces.push(Piece::Text(&text[start..]));
    pieces.retain(|piece| *piece != Piece::Text(""));
    pieces
}

/// A kind of code in Markdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Inline code.
    Code,
    /// Backticks without closing backticks.
    Unclosed,
    /// A fenced code block, with the text after the opening fence.
    Block,
    /// A fenced code block without a closing fence.
    UnclosedBlock,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) kind: Kind,
    /// The range in bytes, including backticks.
    pub(crate) outside: Range<usize>,
    pub(crate) inside: Range<usize>,
}

impl Span {
    /// The number of opening backticks.
    fn ticks(&self, text: &str) -> usize {
        ticks(&text[self.outside.start..])
    }
}

fn ticks(text: &str) -> usize {
    text.bytes().take_while(|byte| *byte == b'`').count()
}

/// Returns the code in a text, in order.
pub(crate) fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    // The current paragraph, and the current block.
    let mut paragraph: Option<Range<usize>> = None;
    let mut block: Option<(usize, Span)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let content = line.trim_start();
        let fence = ticks(content);
        let end = range.start + line.trim_end().len();
        match &mut block {
            Some((width, span)) => {
                span.outside.end = end.max(span.outside.end);
                if fence >= *width && content.trim_end().len() == fence {
                    span.kind = Kind::Block;
                    spans.extend(block.take().map(|(_, span)| span));
                }
            }
            // Backticks later in the line mean that this is inline code.
            None if fence >= 3 && !content[fence..].contains('`') => {
                inline(text, paragraph.take(), &mut spans);
                let start = range.end - content.len();
                let outside = start..end;
                let span = Span { kind: Kind::UnclosedBlock, inside: start + fence..end, outside };
                block = Some((fence, span));
            }
            None if content.is_empty() => inline(text, paragraph.take(), &mut spans),
            None => {
                let start = paragraph.map_or(range.start, |paragraph| paragraph.start);
                paragraph = Some(start..range.end);
            }
        }
    }
    inline(text, paragraph, &mut spans);
    spans.extend(block.map(|(_, span)| span));
    spans
}

/// Returns the inline code of a paragraph. The closing run has as many backticks as the opening
/// one.
fn inline(text: &str, paragraph: Option<Range<usize>>, spans: &mut Vec<Span>) {
    let Some(paragraph) = paragraph else { return };
    let mut at = paragraph.start;
    while let Some(found) = text[at..paragraph.end].find('`') {
        let start = at + found;
        let width = ticks(&text[start..paragraph.end]);
        at = start + width;
        if text[..start].ends_with('\\') {
            continue;
        }
        let closing = closing(&text[at..paragraph.end], width);
        let (kind, inside) = match closing {
            Some(length) => (Kind::Code, at..at + length),
            None => (Kind::Unclosed, at..at),
        };
        let end = inside.end + closing.map_or(0, |_| width);
        spans.push(Span { kind, outside: start..end, inside });
        at = end;
    }
}

/// Returns the distance to the next run of exactly `count` backticks.
fn closing(text: &str, width: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let run = ticks(&text[start..]);
        if run == width {
            return Some(start);
        }
        at = start + run;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operations(text: &str) -> Vec<&str> {
        let found = pieces(text, |id| id.starts_with("bots.")).into_iter();
        found
            .filter_map(|piece| match piece {
                Piece::Operation(id) => Some(id),
                Piece::Text(_) => None,
            })
            .collect()
    }

    #[test]
    fn operations_stand_in_single_backticks() {
        assert_eq!(
            operations("See `bots.list`, `bots.get`\nand `chat.create`."),
            ["bots.list", "bots.get"]
        );
        assert_eq!(operations("- `bots.list`: a\n- b\n\n`bots.get`"), ["bots.list", "bots.get"]);
        assert_eq!(operations("`` ` `` then `bots.list`"), ["bots.list"]);
        assert_eq!(operations("unclosed `a\n\n`bots.list`"), ["bots.list"]);
        for text in [
            "bots.list",
            "[`bots.list`](https://a)",
            "``bots.list``",
            "```\n`bots.list`\n```",
            "`bots.list",
            "\\`bots.list`",
        ] {
            assert_eq!(operations(text), Vec::<&str>::new(), "{text}");
        }
    }

    #[test]
    fn pieces_add_up_to_the_text() {
        for text in [
            "",
            "`bots.list`",
            "a `bots.list` b `c` ```\nd\n",
            "```json\n`bots.list`\n```\n`bots.x` e",
            "``` `bots.a`",
        ] {
            let all: String = pieces(text, |id| id.starts_with("bots."))
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_owned(),
                    Piece::Operation(id) => format!("`{id}`"),
                })
                .collect();
            assert_eq!(all, text);
        }
    }

    #[test]
    fn blocks_have_a_language_and_an_end() {
        let kinds = |text: &'static str| -> Vec<(Kind, &str)> {
            spans(text).into_iter().map(|span| (span.kind, &text[span.inside])).collect()
        };
        assert_eq!(kinds("```json\n{}\n```\n`a`"), [(Kind::Block, "json"), (Kind::Code, "a")]);
        assert_eq!(kinds("  ````\n```\n````"), [(Kind::Block, "")]);
        assert_eq!(kinds("a\n```text\nb `c"), [(Kind::UnclosedBlock, "text")]);
        assert_eq!(kinds("a `b"), [(Kind::Unclosed, "")]);
        assert_eq!(kinds("`a\nb` c"), [(Kind::Code, "a\nb")]);
    }
}
