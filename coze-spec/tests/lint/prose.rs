//! Descriptions.

use crate::document::{Case, check};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an unknown operation",
        &[("description: Things of all kinds.", "description: Things of all kinds. See `things.lists`.")],
        &[
            "spec/resources/things.yaml:3: there is no operation `things.lists` — did you mean `things.list`?",
        ],
    ),
    (
        "operations three and four edits away",
        &[("description: Things of all kinds.", "description: Things of all kinds. See `things.listing` and `things.listings`.")],
        &[
            "spec/resources/things.yaml:3: there is no operation `things.listing` — did you mean `things.list`?",
            "spec/resources/things.yaml:3: there is no operation `things.listings` — name an operation of the spec by its operationId",
        ],
    ),
    (
        "an operation of an unknown resource",
        &[("description: Things of all kinds.", "description: Things of all kinds. See `thing.upload` and `data.items`.")],
        &[
            "spec/resources/things.yaml:3: there is no operation `thing.upload` — name an operation of the spec by its operationId",
        ],
    ),
    (
        "Chinese prose",
        &[("description: Things of all kinds.", "description: Things of all kinds (东西).")],
        &[
            "spec/resources/things.yaml:3: Chinese prose — write English; a Chinese value or name stands in backticks",
        ],
    ),
    (
        "a description without a final period",
        &[("description: Things of all kinds.", "description: Things of all kinds")],
        &[
            "spec/resources/things.yaml:3: a description without a final period — end the sentence",
        ],
    ),
    (
        "a tag of HTML",
        &[("description: Things of all kinds.", "description: Things of all <b>kinds</b>. See <https://example.com>.")],
        &[
            "spec/resources/things.yaml:3: `<b` would begin an HTML tag — put it in backticks",
        ],
    ),
    (
        "brackets",
        &[("description: Things of all kinds.", "description: 'Things of all kinds: [small], \\[large], [links](https://a.b).'")],
        &[
            "spec/resources/things.yaml:3: brackets that would be a link — put it in backticks, or write `\\[`",
        ],
    ),
    (
        "an unclosed backtick",
        &[("description: Things of all kinds.", "description: Things of `all kinds.")],
        &[
            "spec/resources/things.yaml:3: an unclosed backtick — close it, or write `\\`` for a backtick",
        ],
    ),
    (
        "a code block without a language",
        &[("description: Things of all kinds.", "description: |\n      Things of all kinds.\n\n      ```\n      thing\n      ```")],
        &[
            "spec/resources/things.yaml:6: a code block without a language — name it after the backticks: `json`, `text`",
        ],
    ),
    (
        "an indented paragraph",
        &[("description: Things of all kinds.", "description: |\n      Things of all kinds:\n\n      - a thing\n\n          of a list\n\n      And:\n\n          thing.\n          more.")],
        &[
            "spec/resources/things.yaml:12: an indented paragraph, which is a code block — write a block in three backticks with a language, or indent less",
        ],
    ),
    (
        "a code block without an end",
        &[("description: Things of all kinds.", "description: |\n      Things of all kinds.\n\n      ```text\n      thing.")],
        &[
            "spec/resources/things.yaml:6: a code block without an end — end it with a line of backticks",
        ],
    ),
];

#[test]
fn every_rule_about_prose() {
    check(CASES);
}
