//! Turns Markdown into documentation attributes, with wrapped lines and addresses as links.

use proc_macro2::{Ident, Span};
use syn::{AttrStyle, Attribute, Expr, ExprLit, Lit, LitStr, Meta, MetaNameValue, Path, token};

/// The width of the text, without indentation and slashes.
const WIDTH: usize = 92;

/// The indentation of items in the block of a macro.
const INDENTATION: usize = 4;

/// Returns the attributes of a documentation comment.
pub(crate) fn doc(text: &str) -> Vec<Attribute> {
    lines(text).into_iter().map(|line| attribute(&line)).collect()
}

/// Returns the attributes of a comment in the block of a macro, where the text is narrower.
pub(crate) fn doc_in_block(text: &str) -> Vec<Attribute> {
    wrapped(text, WIDTH - INDENTATION).into_iter().map(|line| attribute(&line)).collect()
}

/// Returns the attribute of one line.
pub(crate) fn attribute(line: &str) -> Attribute {
    let line = if line.is_empty() { String::new() } else { format!(" {}", printable(line)) };
    // Built by hand, because `parse_quote!` would parse the text again.
    let text = Lit::Str(LitStr::new(&line, Span::call_site()));
    Attribute {
        pound_token: token::Pound::default(),
        style: AttrStyle::Outer,
        bracket_token: token::Bracket::default(),
        meta: Meta::NameValue(MetaNameValue {
            path: Path::from(Ident::new("doc", Span::call_site())),
            eq_token: token::Eq::default(),
            value: Expr::Lit(ExprLit { attrs: Vec::new(), lit: text }),
        }),
    }
}

/// Removes control characters. Rust rejects a carriage return in a comment, and others are
/// invisible.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// Wraps Markdown. Only paragraphs and list items are filled.
pub(crate) fn lines(text: &str) -> Vec<String> {
    wrapped(text, WIDTH)
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut block = String::new();
    let mut fenced = false;
    for line in printable(text).trim().lines() {
        let trimmed = line.trim_end();
        let fence = trimmed.trim_start().starts_with("```");
        if fenced || fence || is_verbatim(trimmed) || trimmed.is_empty() {
            flush(&mut block, &mut lines, width);
            lines.push(trimmed.to_owned());
            fenced ^= fence;
        } else if is_item(trimmed) {
            flush(&mut block, &mut lines, width);
            trimmed.clone_into(&mut block);
        } else {
            if !block.is_empty() {
                block.push(' ');
            }
            block.push_str(if block.is_empty() { trimmed } else { trimmed.trim_start() });
        }
    }
    flush(&mut block, &mut lines, width);
    lines
}

fn flush(block: &mut String, lines: &mut Vec<String>, width: usize) {
    if block.is_empty() {
        return;
    }
    let text = block.trim_start();
    let outer = block.len() - text.len();
    let marker = if is_item(text) { text.find(' ').map_or(0, |end| end + 1) } else { 0 };
    let mut line = format!("{}{}", " ".repeat(outer), &text[..marker]);
    let mut empty = true;
    for word in text[marker..].split_whitespace() {
        let word = &link(word);
        let full = line.chars().count() + 1 + word.chars().count() > width;
        if full && !empty && !begins_block(word) {
            lines.push(std::mem::replace(&mut line, " ".repeat(outer + marker)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line.trim_end().to_owned());
    block.clear();
}

/// Returns `true` if a line that begins with the word would be an item, a heading, a row or a
/// quotation.
fn begins_block(word: &str) -> bool {
    word == "+"
        || word.starts_with(['#', '>', '|'])
        || word.starts_with("```")
        || is_item(&format!("{word} "))
}

/// Returns `true` for rows of tables, headings and quotations.
fn is_verbatim(line: &str) -> bool {
    line.trim_start().starts_with(['|', '#', '>'])
}

fn is_item(line: &str) -> bool {
    let text = line.trim_start();
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.starts_with("- ")
        || text.starts_with("* ")
        || (digits.len() < text.len() && digits.starts_with(". "))
}

/// Turns a bare address into a link.
fn link(word: &str) -> String {
    let bare = word.starts_with("https://") || word.starts_with("http://");
    if !bare {
        return word.to_owned();
    }
    let end = word.trim_end_matches(['.', ',', ';', ')']).len();
    format!("<{}>{}", &word[..end], &word[end..])
}

#[cfg(test)]
mod tests;
