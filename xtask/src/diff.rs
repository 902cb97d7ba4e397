//! Prints a change to a file as a unified diff for `git apply`.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use similar::TextDiff;

/// Returns the diff of a file. The text is `None` if the file does not exist.
pub(crate) fn unified(path: &str, old: Option<&str>, new: Option<&str>) -> String {
    let before = old.map_or_else(|| "/dev/null".to_owned(), |_| format!("a/{path}"));
    let after = new.map_or_else(|| "/dev/null".to_owned(), |_| format!("b/{path}"));
    TextDiff::from_lines(old.unwrap_or_default(), new.unwrap_or_default())
        .unified_diff()
        .header(&before, &after)
        .to_string()
}

/// Colors a unified diff like git.
pub(crate) fn colored(diff: &str) -> String {
    let mut text = String::with_capacity(diff.len() * 2);
    for line in diff.lines() {
        let style = style(line);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{style}{line}{style:#}");
    }
    text
}

fn style(line: &str) -> Style {
    if line.starts_with("+++ ") || line.starts_with("--- ") {
        return Style::new().bold();
    }
    match line.as_bytes().first() {
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modified_file_shows_the_lines_around_the_change() {
        let old = "one\ntwo\nthree\nfour\nfive\nsix\n";
        let new = "one\ntwo\nthree\nfour\n5\nsix\n";
        assert_eq!(
            unified("src/bots.rs", Some(old), Some(new)),
            "--- a/src/bots.rs\n+++ b/src/bots.rs\n@@ -2,5 +2,5 @@\n two\n three\n four\n-five\n+5\n six\n"
        );
    }

    #[test]
    fn an_added_and_a_removed_file_have_no_other_side() {
        assert_eq!(
            unified("a.rs", None, Some("one\n")),
            "--- /dev/null\n+++ b/a.rs\n@@ -0,0 +1 @@\n+one\n"
        );
        assert_eq!(
            unified("a.rs", Some("one\n"), None),
            "--- a/a.rs\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n"
        );
    }

    #[test]
    fn colors_follow_the_first_character() {
        let diff = unified("a.rs", Some("one\n"), Some("two\n"));
        let text = colored(&diff);
        assert!(text.contains("\u{1b}[32m+two"), "{text:?}");
        assert!(text.contains("\u{1b}[31m-one"), "{text:?}");
        assert_eq!(anstream::adapter::strip_str(&text).to_string(), diff);
    }
}
