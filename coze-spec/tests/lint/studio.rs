//! Cases for facts about Coze Studio.

use crate::document::{Case, check};

/// The cases.
#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "an error inside another one whose code has no place",
        &[("security:\n  - token: []", "x-coze-studio: {url: u, log_id: l, absent: a, wrapped: {codes: [1], format: '{message}'}}\nsecurity:\n  - token: []")],
        &["spec/openapi.yaml:5: the format lacks `{code}` or, after it, `{message}` — write both where they stand in the text"],
    ),
    (
        "a parameter without effect that does not exist",
        &[("x-coze-retry: unsafe", "x-coze-retry: unsafe\n      x-coze-studio: {ignores: [name, weight]}")],
        &["spec/resources/things.yaml:35: `things.update` has no parameter `weight` — name a parameter of the operation"],
    ),
    (
        "a path with a parameter that does not exist",
        &[("x-coze-retry: unsafe", "x-coze-retry: unsafe\n      x-coze-studio: {path: '/v1/thing/{weight}'}")],
        &["spec/resources/things.yaml:35: `things.update` has no parameter `weight` — name a parameter of the operation"],
    ),
    (
        "the first page of an operation without pages",
        &[("x-coze-retry: unsafe", "x-coze-retry: unsafe\n      x-coze-studio: {first_page: 0}")],
        &["spec/resources/things.yaml:35: `things.update` does not have pages — remove `first_page`, or add `x-coze-paging`"],
    ),
    (
        "a payload in two places",
        &[("x-coze-retry: unsafe", "x-coze-retry: unsafe\n      x-coze-studio: {payload: Thing, bare: true}")],
        &["spec/resources/things.yaml:35: a bare response has no field for its payload — keep `payload` or `bare`, not both"],
    ),
    (
        "spellings of an object",
        &[("description: A part.\n", "description: A part.\n      x-coze-studio: {a: b}\n")],
        &["spec/resources/things.yaml:114: `Part` is not an enumeration — put `x-coze-studio` on a property or an event"],
    ),
    (
        "a spelling of a value that does not exist",
        &[("enum: [red, dark-blue]", "enum: [red, dark-blue]\n      x-coze-studio: {rouge: rot}")],
        &["spec/shared.yaml:18: `rot` is not a value of `Color` — name a listed value, in quotes"],
    ),
    (
        "a spelling that is a value itself",
        &[("enum: [red, dark-blue]", "enum: [red, dark-blue]\n      x-coze-studio: {red: dark-blue}")],
        &["spec/shared.yaml:18: `red` is a value of `Color` itself — remove it"],
    ),
    (
        "another name of a property that is one itself",
        &[("{type: string, description: The id.}", "{type: string, description: The id., x-coze-studio: [size]}")],
        &["spec/resources/things.yaml:105: `size` is already a property of `Thing` — remove it"],
    ),
    (
        "another name of an event that is one itself",
        &[("{event: changed, name: Changed, data: Part,", "{event: changed, x-coze-studio: [done], name: Changed, data: Part,")],
        &["spec/resources/things.yaml:160: `done` is already an event of `ThingEvent` — remove it"],
    ),
];

#[test]
fn every_rule_about_coze_studio() {
    check(CASES);
}
