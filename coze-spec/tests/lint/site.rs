//! Cases for the document about deployed projects.

use crate::document::Case;

const GOOD: &str = include_str!("base/site.yaml");

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    (
        "a key that is not known",
        &[("timeout: 900", "deadline: 900")],
        &["spec/site.yaml:15: unknown key `deadline` in an operation — remove it; spec/README.md lists the keys"],
    ),
    (
        "a document without a tag",
        &[("  tag: type\n", "")],
        &["spec/site.yaml:1: `tag` is missing in x-coze-site — add `tag`, as spec/README.md shows"],
    ),
    (
        "an unknown method",
        &[("method: get", "method: head")],
        &["spec/site.yaml:6: an unknown method — write get, post, put or delete"],
    ),
    (
        "a path with a query",
        &[("path: /health", "path: /health?x=1")],
        &["spec/site.yaml:6: `/health?x=1` is not a path — begin it with a slash, parameters in braces"],
    ),
    (
        "a path with an open brace",
        &[("/run/{node_id}", "/run/{node_id")],
        &["spec/site.yaml:12: `/run/{node_id` is not a path — begin it with a slash, parameters in braces"],
    ),
    (
        "parameters without names in Rust",
        &[("/run/{node_id}", "/run/{node-id}/{type}/{client}/{n}/{n}")],
        &[
            "spec/site.yaml:12: `client` cannot name a parameter of `run` — give it another name, in snake_case",
            "spec/site.yaml:12: `n` cannot name a parameter of `run` — give it another name, in snake_case",
            "spec/site.yaml:12: `node-id` cannot name a parameter of `run` — give it another name, in snake_case",
            "spec/site.yaml:12: `type` cannot name a parameter of `run` — give it another name, in snake_case",
        ],
    ),
    (
        "two operations of one name",
        &[("name: run", "name: ask")],
        &["spec/site.yaml:17: two operations are called `ask` — give one another name"],
    ),
    (
        "operations that cannot be functions",
        &[("name: run", "name: match"), ("name: health", "name: checkHealth")],
        &[
            "spec/site.yaml:6: `checkHealth` cannot name a function — write another name, in snake_case",
            "spec/site.yaml:12: `match` cannot name a function — write another name, in snake_case",
        ],
    ),
    (
        "two kinds of responses",
        &[("      events:", "      response: {$ref: '#/components/schemas/Health'}\n      example: {status: ok}\n      events:")],
        &["spec/site.yaml:17: two kinds of responses — keep `response` or `events`"],
    ),
    (
        "a response without an example",
        &[("      example: {status: ok}\n", "")],
        &["spec/site.yaml:6: a response without an example — add an `example`"],
    ),
    (
        "events that are not a union",
        &[("events: {$ref: '#/components/schemas/AnswerEvent'}", "events: {$ref: '#/components/schemas/Piece'}")],
        &[
            "spec/site.yaml:22: events that are not a union — refer to a schema with `x-coze-stream`",
            "spec/site.yaml:36: `AnswerEvent` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a response without a name, and a request that is a union",
        &[("response: {$ref: '#/components/schemas/Health'}", "response: {type: string}"), ("request: {$ref: '#/components/schemas/Question'}", "request: {$ref: '#/components/schemas/AnswerEvent'}")],
        &[
            "spec/site.yaml:10: `response` is not a named object — refer to one under components.schemas",
            "spec/site.yaml:21: `request` is not a named object — refer to one under components.schemas",
            "spec/site.yaml:25: `Health` is not used — remove it, or refer to it",
            "spec/site.yaml:30: `Question` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a type that is written by hand",
        &[("    Piece:\n", "    Piece:\n      x-coze-name: RunOutputs\n")],
        &["spec/site.yaml:51: `site` already has an item `RunOutputs` — choose another name in `x-coze-name`"],
    ),
    (
        "a schema that is not defined",
        &[("request: {$ref: '#/components/schemas/Question'}", "request: {$ref: '#/components/schemas/Questions'}")],
        &[
            "spec/site.yaml:21: `Questions` is not defined — did you mean `Question`?",
            "spec/site.yaml:30: `Question` is not used — remove it, or refer to it",
        ],
    ),
    (
        "a description without a final period",
        &[("description: Runs a node.", "description: Runs a node")],
        &["spec/site.yaml:16: a description without a final period — end the sentence"],
    ),
    (
        "the example of a response",
        &[("{status: ok}", "{status: 7, more: 1}")],
        &[
            "spec/site.yaml:11: `more` is not a property of the schema — describe it, or remove it from the example",
            "spec/site.yaml:11: the example is not of type string — write a value of the schema's type, ids and digits quoted",
        ],
    ),
    (
        "an event without an example",
        &[("          example: {type: answer, text: Tea.}\n", "")],
        &["spec/site.yaml:39: an event without an example — add an `example` with its data"],
    ),
    (
        "the examples of events",
        &[("{type: answer, text: Tea.}", "{text: Tea., more: 1}"), ("{type: over, code: '0'}", "{type: answer}")],
        &[
            "spec/site.yaml:43: `more` is not a property of the schema — describe it, or remove it from the example",
            "spec/site.yaml:43: the example lacks `type` — show the data as they are on the wire",
            "spec/site.yaml:50: the example has nothing at `/code` — show the code, or correct the pointer",
            "spec/site.yaml:50: the example of another event — write `type: over`",
        ],
    ),
];

fn findings(text: &str) -> Vec<String> {
    let found = coze_spec::load_texts(&[("spec/site.yaml", text)]);
    let found = found.map(|document| coze_spec::lint_site(&document));
    found.unwrap_or_else(|findings| findings).iter().map(ToString::to_string).collect()
}

#[test]
fn the_valid_document_about_projects_has_no_findings() {
    assert_eq!(findings(GOOD), Vec::<String>::new());
}

#[test]
fn every_rule_about_deployed_projects() {
    let mut failures = Vec::new();
    for (name, changes, expected) in CASES {
        let mut text = GOOD.to_owned();
        for (from, to) in *changes {
            assert_eq!(text.matches(from).count(), 1, "{from:?} must stand in one place");
            text = text.replace(from, to);
        }
        let found = findings(&text);
        if found != *expected {
            failures.push(format!("{name}:\n  expected {expected:#?}\n  found {found:#?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
