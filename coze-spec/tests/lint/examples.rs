//! Examples.

use crate::document::{Case, check};

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an example with an unlisted value",
        &[("size: 2, color: red", "size: 2, color: green")],
        &[
            "spec/resources/things.yaml:25: \"green\" is not a listed value of `Color`, see spec/shared.yaml:17 — use a listed value, or list this one",
        ],
    ),
    (
        "an example of another type",
        &[("data: {id: '1', size: 2", "data: {id: 1, size: 2")],
        &[
            "spec/resources/things.yaml:25: the example is not of type string — write a value of the schema's type, ids and digits quoted",
        ],
    ),
    (
        "an example for the documentation of another type",
        &[("description: The size., minimum: 1, maximum: 9}", "description: The size., minimum: 1, maximum: 9, example: small}")],
        &[
            "spec/resources/things.yaml:127: the example is not of type integer — write a value of the schema's type, ids and digits quoted",
        ],
    ),
    (
        "an example with an unknown property",
        &[("extra: {}}}", "extra: {}, weight: 3}}")],
        &[
            "spec/resources/things.yaml:25: `weight` is not a property of the schema — describe it, or remove it from the example",
        ],
    ),
    (
        "an example that leaves a property out",
        &[("size: 2, color: red", "size: 2")],
        &[
            "spec/resources/things.yaml:25: the example lacks `color` — show every property once, so that tests cover it",
        ],
    ),
    (
        "an example with an empty list",
        &[("labels: [new]", "labels: []")],
        &[
            "spec/resources/things.yaml:25: the example shows an empty list — show an item",
        ],
    ),
    (
        "an example that is too long",
        &[("example: {name: box, size: 3", "example: {name: boxing, size: 3")],
        &[
            "spec/resources/things.yaml:42: the example exceeds the limits — correct the example or the limits",
        ],
    ),
    (
        "an example that is too small",
        &[("example: {name: box, size: 3", "example: {name: box, size: 0")],
        &[
            "spec/resources/things.yaml:42: the example exceeds the limits — correct the example or the limits",
        ],
    ),
    (
        "an example without a required value",
        &[("example: {name: box, size: 3, owner: me}", "example: {size: 3, owner: me}")],
        &[
            "spec/resources/things.yaml:42: the example lacks `name` — show every property once, so that tests cover it",
        ],
    ),
    (
        "a null that may not be",
        &[("labels: [new]", "labels: null")],
        &[
            "spec/resources/things.yaml:25: the example is not of type array — write a value of the schema's type, ids and digits quoted",
        ],
    ),
];

#[test]
fn every_rule_about_examples() {
    check(CASES);
}
