//! Keys and the kinds of their values.

use crate::document::{Case, check};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an unknown key",
        &[("      summary: Lists things.", "      summary: Lists things.\n      color: red")],
        &[
            "spec/resources/things.yaml:61: unknown key `color` in an operation — remove it; spec/README.md lists the keys",
        ],
    ),
    (
        "a comma in a text without quotes",
        &[("name: {type: string, description: The name.}", "name: {type: string, description: The name, or none.}")],
        &[
            "spec/resources/things.yaml:115: a description without a final period — end the sentence",
            "spec/resources/things.yaml:115: unknown key `or none.` in a schema — quote the text before it: in `{…}` a comma ends it",
        ],
    ),
    (
        "a misspelt key",
        &[("      summary: Lists things.", "      sumary: Lists things.")],
        &[
            "spec/resources/things.yaml:57: `summary` is missing in an operation — add `summary`, as spec/README.md shows",
            "spec/resources/things.yaml:60: unknown key `sumary` in an operation — did you mean `summary`?",
        ],
    ),
    (
        "a key two edits away",
        &[("      summary: Lists things.", "      sumry: Lists things.")],
        &[
            "spec/resources/things.yaml:57: `summary` is missing in an operation — add `summary`, as spec/README.md shows",
            "spec/resources/things.yaml:60: unknown key `sumry` in an operation — did you mean `summary`?",
        ],
    ),
    (
        "a key three edits away",
        &[("      summary: Lists things.", "      smry: Lists things.")],
        &[
            "spec/resources/things.yaml:57: `summary` is missing in an operation — add `summary`, as spec/README.md shows",
            "spec/resources/things.yaml:60: unknown key `smry` in an operation — remove it; spec/README.md lists the keys",
        ],
    ),
    (
        "a missing key",
        &[("      summary: Lists things.\n", "")],
        &[
            "spec/resources/things.yaml:57: `summary` is missing in an operation — add `summary`, as spec/README.md shows",
        ],
    ),
    (
        "no string",
        &[("summary: Lists things.", "summary: 3")],
        &[
            "spec/resources/things.yaml:60: `summary` is a number — write a string",
        ],
    ),
    (
        "an empty value",
        &[("summary: Lists things.", "summary:")],
        &[
            "spec/resources/things.yaml:60: `summary` is empty — write a string",
        ],
    ),
    (
        "no boolean",
        &[("deprecated: true", "deprecated: 'yes'")],
        &[
            "spec/resources/things.yaml:30: `deprecated` is a string — write true or false",
        ],
    ),
    (
        "no count",
        &[("description: The name., maxLength: 5}", "description: The name., maxLength: -1}")],
        &[
            "spec/resources/things.yaml:126: `maxLength` is a number — write a count",
        ],
    ),
    (
        "no list",
        &[("tags: [things]\n      summary: Lists", "tags: things\n      summary: Lists")],
        &[
            "spec/resources/things.yaml:57: the tags of `things.list` are not its resource — write `tags: [things]`",
            "spec/resources/things.yaml:59: `tags` is a string — write a list",
        ],
    ),
    (
        "no mapping",
        &[("info: {title: A good spec, version: '1'}", "info: [good]")],
        &[
            "spec/openapi.yaml:2: `info` is a list — write a mapping",
        ],
    ),
    (
        "an unknown event key",
        &[("name: Done, ends: true,", "name: Done, stops: true, ends: true,")],
        &[
            "spec/resources/things.yaml:161: unknown key `stops` in an event — remove it; spec/README.md lists the keys",
        ],
    ),
    (
        "a method that does not exist",
        &[("    put:\n", "    patch:\n")],
        &[
            "spec/resources/things.yaml:26: unknown key `patch` in a path — remove it; spec/README.md lists the keys",
        ],
    ),
];

#[test]
fn every_rule_about_grammar() {
    check(CASES);
}
