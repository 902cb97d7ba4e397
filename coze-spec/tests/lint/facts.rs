//! Cases for declared facts: changes, timeouts, security and constants.

use crate::document::{Case, check};

/// The cases.
pub(crate) const CASES: &[Case] = &[
    (
        "nothing says whether an operation changes something",
        &[("      x-coze-changes: true\n      x-coze-retry", "      x-coze-retry")],
        &[
            "spec/resources/things.yaml:26: `things.update` does not declare if it changes or costs something — add `x-coze-changes: true`, or `false`",
        ],
    ),
    (
        "a GET that says whether it changes something",
        &[("[getThing]", "[getThing]\n      x-coze-changes: false")],
        &["spec/resources/things.yaml:12: `x-coze-changes` on a GET — remove `x-coze-changes`"],
    ),
    (
        "a timeout of no time",
        &[("x-coze-retry: unsafe", "x-coze-retry: unsafe\n      x-coze-timeout: 0")],
        &[
            "spec/resources/things.yaml:35: not a value of `x-coze-timeout` — write the documented number of seconds, at most 3600",
        ],
    ),
    (
        "a timeout of a stream",
        &[
            ("x-coze-retry: unsafe", "x-coze-retry: unsafe\n      x-coze-timeout: 600"),
            (
                "            application/json:\n              schema:\n                allOf:\n                  - $ref: '#/components/schemas/Envelope'\n                  - $ref: '#/components/schemas/Update'\n              example: {code: 0, msg: '', version: 3}\n",
                "",
            ),
        ],
        &[
            "spec/resources/things.yaml:35: a stream has no overall timeout — remove `x-coze-timeout`",
            "spec/resources/things.yaml:111: `Update` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a retry that follows from the method",
        &[("x-coze-retry: unsafe", "x-coze-retry: safe")],
        &["spec/resources/things.yaml:34: `safe` is what a PUT is anyway — remove `x-coze-retry`"],
    ),
    (
        "the method itself among the other methods",
        &[("      x-coze-paging:", "      x-coze-also: [get, PATCH]\n      x-coze-paging:")],
        &[
            "spec/resources/things.yaml:63: `PATCH` is not a method that the model knows — write `get`, `post`, `put` or `delete`",
            "spec/resources/things.yaml:63: `get` is the method of `things.list` — list only the other methods",
        ],
    ),
    (
        "a name that the builder has anyway",
        &[("operationId: things.list", "operationId: things.list\n      x-coze-name: ListThings")],
        &[
            "spec/resources/things.yaml:59: `ListThings` is the name of `things.list` anyway — remove `x-coze-name`",
        ],
    ),
    (
        "a security requirement",
        &[("x-coze-retry: unsafe", "x-coze-retry: unsafe\n      security: [{token: []}]")],
        &[
            "spec/resources/things.yaml:35: a security requirement of a single operation — write `security: []` if it takes no token, and nothing otherwise",
        ],
    ),
    (
        "an optional constant",
        &[(
            "schema: {type: string}, example: north",
            "schema: {type: string}, x-coze-const: north, example: north",
        )],
        &[
            "spec/resources/things.yaml:14: the constant `X-Origin` is optional — make it required: it is always sent",
        ],
    ),
    (
        "a constant that is not listed",
        &[
            (
                "{name: X-Origin, in: header,",
                "{name: X-Origin, in: header, required: true, x-coze-const: south,",
            ),
            (
                "schema: {type: string}, example: north",
                "schema: {$ref: '#/components/schemas/Color'}, example: south",
            ),
        ],
        &[
            "spec/resources/things.yaml:14: `south` is not a value of `X-Origin` — write a string that the schema allows",
        ],
    ),
    (
        "a constant with another example",
        &[(
            "{name: X-Origin, in: header,",
            "{name: X-Origin, in: header, required: true, x-coze-const: south,",
        )],
        &[
            "spec/resources/things.yaml:14: the example of the constant `X-Origin` is another value — write `south`",
        ],
    ),
    (
        "one value, and no word about whether it is constant",
        &[
            ("{name: X-Origin, in: header,", "{name: X-Origin, in: header, required: true,"),
            (
                "schema: {type: string}, example: north",
                "schema: {$ref: '#/components/schemas/Compass'}, example: north",
            ),
            (
                "    Part:\n",
                "    Compass: {type: string, description: \"A direction.\\n\\n- `north`: up.\", enum: [north]}\n    Part:\n",
            ),
        ],
        &[
            "spec/resources/things.yaml:14: `X-Origin` has one value and is not declared a constant — add `x-coze-const: \"north\"`, or list another value",
        ],
    ),
    (
        "a constant inside an object",
        &[(
            "        name: {type: string, description: The name.}\n    Update:",
            "        name: {type: string, description: The name., x-coze-const: box}\n    Update:",
        )],
        &[
            "spec/resources/things.yaml:115: `Part.name` is a constant inside an object — only parameters and body properties can be",
        ],
    ),
];

#[test]
fn every_rule_about_facts() {
    check(CASES);
}

/// A declared constant is not an argument, even if its enum lists several values.
#[test]
fn declared_constants_may_have_enums_with_several_values() {
    let files = crate::document::changed(&[
        (
            "{name: X-Origin, in: header,",
            "{name: X-Origin, in: header, required: true, x-coze-const: red,",
        ),
        (
            "schema: {type: string}, example: north",
            "schema: {$ref: '#/components/schemas/Color'}, example: red",
        ),
    ]);
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let document = coze_spec::load_texts(&files).unwrap_or_else(|findings| panic!("{findings}"));
    assert!(coze_spec::lint(&document).is_empty(), "{}", coze_spec::lint(&document));
    let api = coze_spec::lower(&document).unwrap_or_else(|findings| panic!("{findings}"));
    let operation = api.operation("things.retrieve");
    let param = operation.and_then(|operation| operation.param("X-Origin"));
    let param = param.unwrap_or_else(|| panic!("the parameter is lost"));
    assert_eq!(param.constant.as_deref(), Some("red"));
    assert!(!param.is_argument());
    assert!(api.schema("Color").is_some_and(|color| color.values().len() > 1));
}
