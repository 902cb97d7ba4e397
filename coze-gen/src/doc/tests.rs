#![allow(clippy::panic, reason = "a helper of a test may fail it")]

use proptest::prelude::*;

use super::{WIDTH, begins_block, is_item, is_verbatim, lines, link};

fn joined(text: &str) -> String {
    lines(text).join("\n")
}

#[test]
fn paragraphs_are_filled() {
    let text = "word ".repeat(40);
    let lines = lines(&text);
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0].len(), 89);
    assert_eq!(lines.join(" "), text.trim());
}

#[test]
fn lines_of_a_paragraph_are_joined() {
    assert_eq!(lines("one\ntwo\n\nthree\n"), ["one two", "", "three"]);
}

#[test]
fn lists_are_kept() {
    let text = "Either:\n\n- one\n- two, which\n  goes on\n\n1. first\n2. second\n* star";
    assert_eq!(
        lines(text),
        ["Either:", "", "- one", "- two, which goes on", "", "1. first", "2. second", "* star"]
    );
}

#[test]
fn continuation_lines_are_indented() {
    for (marker, indentation) in [("- ", "  "), ("1. ", "   "), ("  - ", "    "), ("12. ", "    ")]
    {
        let text = format!("Text:\n\n{marker}{}", "word ".repeat(30));
        let lines = lines(&text);
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(lines[2].starts_with(marker));
        assert_eq!(lines[3].find('w'), Some(indentation.len()), "{lines:#?}");
    }
}

#[test]
fn tables_code_and_headings_are_not_filled() {
    let cell = "cell ".repeat(40);
    let text =
        format!("| a |\n|---|\n| {cell}|\n\n```json\n- {cell}\n  {{}}\n```\n# Title {cell}\ntext");
    let expected: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_eq!(lines(&text), expected);
}

#[test]
fn quotations_are_kept() {
    assert_eq!(lines("> one\n> two"), ["> one", "> two"]);
}

/// At the start of a line, such a word would begin a list, a heading or a quotation.
#[test]
fn filled_lines_do_not_begin_with_markers() {
    for marker in ["-", "*", "+", "#", ">", "1.", "12.", "##"] {
        for length in 80..100 {
            let text = format!("{} {marker} and more words", "x".repeat(length));
            assert!(
                lines(&text).iter().all(|line| !line.starts_with(marker)),
                "{marker} after {length}"
            );
        }
    }
}

#[test]
fn addresses_become_links() {
    assert_eq!(link("https://a.b/c?d=e."), "<https://a.b/c?d=e>.");
    for end in [".", ",", ";", ")", ");", ")."] {
        assert_eq!(link(&format!("https://a.b/c{end}")), format!("<https://a.b/c>{end}"));
    }
    assert_eq!(link("(https://a.b)"), "(https://a.b)");
    assert_eq!(link("[a](https://a.b)"), "[a](https://a.b)");
    assert_eq!(joined("See http://a.b, then."), "See <http://a.b>, then.");
}

#[test]
fn empty_text_has_no_lines() {
    assert_eq!(lines(""), Vec::<String>::new());
    assert_eq!(lines(" \n \n"), Vec::<String>::new());
}

fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => "[a-z]{1,12}",
        2 => "[a-zA-Z0-9`*_#.|<>\\-+汉字]{1,8}",
        1 => "https://[a-z]{1,100}[.,]?",
        1 => Just("-".to_owned()),
        1 => "[a-z]{100,120}",
    ];
    let words = prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "));
    let line = (prop_oneof![4 => Just(""), 2 => Just("- "), 1 => Just("1. "), 1 => Just("  "), 1 => Just("  - ")], words)
        .prop_map(|(start, words)| format!("{start}{words}"));
    prop::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_word_is_lost(text in text()) {
        let before: Vec<String> = text.split_whitespace().map(link).collect();
        let after = joined(&text);
        let verbatim: Vec<String> = after.split_whitespace().map(link).collect();
        // Lines that are not filled keep bare addresses.
        prop_assert_eq!(before, verbatim);
    }

    #[test]
    fn the_width_is_kept(text in text()) {
        for line in lines(&text) {
            // A line may be longer if it ends with words that must not come first, or has one long
            // word.
            let mut words: Vec<&str> = line.split(' ').collect();
            while words.len() > 1 && words.last().is_some_and(|word| begins_block(word)) {
                words.pop();
            }
            let long = words.iter().filter(|word| !word.is_empty() && !begins_block(word)).count() <= 1;
            let width = words.join(" ").chars().count();
            prop_assert!(is_verbatim(&line) || long || width <= WIDTH, "{line:?}");
        }
    }

    /// The result does not change if it is wrapped again.
    #[test]
    fn wrapping_again_changes_nothing(text in text()) {
        let once = joined(&text);
        prop_assert_eq!(joined(&once), once);
    }

    #[test]
    fn the_number_of_items_is_kept(text in text()) {
        let fenced = text.contains("```");
        let count = |text: &str| text.lines().filter(|line| is_item(&format!("{line} "))).count();
        let after = joined(&text);
        prop_assert!(fenced || count(&after) <= count(&text), "{after}");
    }
}
