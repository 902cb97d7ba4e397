//! Text → documentation attributes: wrapped, with addresses as links.

use syn::{Attribute, parse_quote};

/// Text fills lines up to this width; the indentation and the slashes come on top.
const WIDTH: usize = 92;

/// The attributes of a documentation comment.
pub(crate) fn doc(text: &str) -> Vec<Attribute> {
    lines(text).into_iter().map(|line| attribute(&line)).collect()
}

/// The attribute of one line.
pub(crate) fn attribute(line: &str) -> Attribute {
    let line = if line.is_empty() { String::new() } else { format!(" {line}") };
    parse_quote!(#[doc = #line])
}

/// Wraps Markdown: paragraphs and list items are filled, everything else stays as it is.
pub(crate) fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut block = String::new();
    let mut fenced = false;
    for line in text.trim().lines() {
        let trimmed = line.trim_end();
        let fence = trimmed.trim_start().starts_with("```");
        if fenced || fence || is_table(trimmed) || trimmed.is_empty() || trimmed.starts_with('#') {
            flush(&mut block, &mut lines);
            lines.push(trimmed.to_owned());
            fenced ^= fence;
        } else if is_item(trimmed) {
            flush(&mut block, &mut lines);
            trimmed.clone_into(&mut block);
        } else {
            if !block.is_empty() {
                block.push(' ');
            }
            block.push_str(if block.is_empty() { trimmed } else { trimmed.trim_start() });
        }
    }
    flush(&mut block, &mut lines);
    lines
}

fn flush(block: &mut String, lines: &mut Vec<String>) {
    if block.is_empty() {
        return;
    }
    let outer = block.len() - block.trim_start().len();
    let hanging = if is_item(block) { outer + 2 } else { outer };
    let mut line = " ".repeat(outer);
    let mut empty = true;
    for word in block.split_whitespace() {
        let word = &link(word);
        let full = line.chars().count() + 1 + word.chars().count() > WIDTH;
        // A line that begins with such a word would become a list or a heading.
        let marker = matches!(word.as_str(), "-" | "+" | "*" | "#") || is_item(&format!("{word} "));
        if full && !empty && !marker {
            lines.push(std::mem::replace(&mut line, " ".repeat(hanging)));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    block.clear();
}

fn is_table(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

fn is_item(line: &str) -> bool {
    let text = line.trim_start();
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    text.starts_with("- ") || text.starts_with("* ") || (digits.len() < text.len() && digits.starts_with(". "))
}

/// A bare address becomes a link.
fn link(word: &str) -> String {
    let bare = word.starts_with("https://") || word.starts_with("http://");
    if !bare {
        return word.to_owned();
    }
    let end = word.trim_end_matches(['.', ',', ';', ')']).len();
    format!("<{}>{}", &word[..end], &word[end..])
}
