#![allow(clippy::panic, reason = "a helper of a test may fail it")]

use proptest::prelude::*;

use super::{WIDTH, begins_block, is_item, is_verbatim, lines, link};

fn joined(text: &str) -> String {
    lines(text).join("\n")
}

#[test]
fn a_paragraph_is_filled() {
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
fn a_list_stays_a_list() {
    let text = "Either:\n\n- one\n- two, which\n  goes on\n\n1. first\n2. second\n* star";
    assert_eq!(
        lines(text),
        ["Either:", "", "- one", "- two, which goes on", "", "1. first", "2. second", "* star"]
    );
}

#[test]
fn what_belongs_to_an_item_is_indented() {
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
fn tables_code_and_headings_are_left_alone() {
    let cell = "cell ".repeat(40);
    let text =
        format!("| a |\n|---|\n| {cell}|\n\n```json\n- {cell}\n  {{}}\n```\n# Title {cell}\ntext");
    let expected: Vec<&str> = text.lines().map(str::trim_end).collect();
    assert_eq!(lines(&text), expected);
}

#[test]
fn a_quotation_stays_one() {
    assert_eq!(lines("> one\n> two"), ["> one", "> two"]);
}

/// Such a word would begin a list, a heading or a quotation if it came first.
#[test]
fn no_line_begins_with_a_marker_by_chance() {
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
fn an_address_becomes_a_link() {
    assert_eq!(link("https://a.b/c?d=e."), "<https://a.b/c?d=e>.");
    assert_eq!(link("(https://a.b)"), "(https://a.b)");
    assert_eq!(link("[a](https://a.b)"), "[a](https://a.b)");
    assert_eq!(joined("See http://a.b, then."), "See <http://a.b>, then.");
}

#[test]
fn nothing_makes_no_lines() {
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
        // Lines that are left alone keep their addresses bare.
        prop_assert_eq!(before, verbatim);
    }

    #[test]
    fn the_width_is_kept(text in text()) {
        for line in lines(&text) {
            // Words that must not come first may hang over, and one that is too long must.
            let mut words: Vec<&str> = line.split(' ').collect();
            while words.len() > 1 && words.last().is_some_and(|word| begins_block(word)) {
                words.pop();
            }
            let long = words.iter().filter(|word| !word.is_empty() && !begins_block(word)).count() <= 1;
            let width = words.join(" ").chars().count();
            prop_assert!(is_verbatim(&line) || long || width <= WIDTH, "{line:?}");
        }
    }

    /// Whatever was made once stays as it is.
    #[test]
    fn wrapping_again_changes_nothing(text in text()) {
        let once = joined(&text);
        prop_assert_eq!(joined(&once), once);
    }

    #[test]
    fn items_are_as_many_as_before(text in text()) {
        let fenced = text.contains("```");
        let count = |text: &str| text.lines().filter(|line| is_item(&format!("{line} "))).count();
        let after = joined(&text);
        prop_assert!(fenced || count(&after) <= count(&text), "{after}");
    }
}
