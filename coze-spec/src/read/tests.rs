#![allow(clippy::panic, reason = "a helper of a test may fail it")]

use proptest::prelude::*;

use super::{limits, operations, singular, type_of, value_lines, variants, without_value_lines};
use crate::document::Document;
use crate::load::load_texts;
use crate::model::{Limits, Type};

fn document(text: &str) -> Document {
    load_texts(&[("spec/resources/things.yaml", text)])
        .unwrap_or_else(|findings| panic!("{findings}"))
}

/// Returns the builder of an operation with this id.
fn builder(id: &str, name: &str) -> String {
    let text = format!("paths: {{/a: {{get: {{operationId: '{id}'{name}}}}}}}");
    let document = document(&text);
    operations(&document)[0].builder()
}

fn kind(schema: &str) -> Result<Type, String> {
    let document = document(&format!("schema: {schema}"));
    let node = document.node().get("schema").unwrap_or_else(|| panic!("{schema}"));
    type_of(&node).map_err(|error| error.message)
}

fn limits_of(schema: &str) -> Limits {
    let document = document(&format!("schema: {schema}"));
    document.node().get("schema").map(|node| limits(&node)).unwrap_or_default()
}

#[test]
fn singular_forms() {
    let words = [
        ("bots", "bot"),
        ("voices", "voice"),
        ("galleries", "gallery"),
        ("access", "access"),
        ("chat", "chat"),
        ("s", ""),
        ("", ""),
    ];
    for (many, one) in words {
        assert_eq!(singular(many), one);
    }
}

#[test]
fn builders_are_named_after_the_call_path() {
    let names = [
        ("bots.create", "CreateBot"),
        ("bots.list", "ListBots"),
        ("bots.list_published", "ListPublished"),
        ("conversations.messages.feedback.create", "CreateFeedback"),
        ("audio.voices.clone_voice", "CloneVoice"),
        ("chat.submit_tool_outputs", "SubmitToolOutputs"),
        ("folders.retrieve", "RetrieveFolder"),
        ("alone", "Alone"),
    ];
    for (id, name) in names {
        assert_eq!(builder(id, ""), name, "{id}");
    }
    assert_eq!(builder("bots.create", ", x-coze-name: MakeBot"), "MakeBot");
}

#[test]
fn types_are_read() {
    let list = |kind| Type::List(Box::new(kind));
    let map = |kind| Type::Map(Box::new(kind));
    let kinds = [
        ("{type: string}", Type::String),
        ("{type: string, format: binary}", Type::File),
        ("{type: string, format: password}", Type::Secret),
        ("{type: integer, format: int32}", Type::Int32),
        ("{type: integer, format: int64}", Type::Int64),
        ("{type: number, format: double}", Type::Double),
        ("{type: boolean}", Type::Boolean),
        ("{}", Type::Json),
        ("{description: Anything.}", Type::Json),
        ("{$ref: '#/components/schemas/Bot'}", Type::Named("Bot".to_owned())),
        (
            "{allOf: [{$ref: '#/components/schemas/Bot'}], description: It.}",
            Type::Named("Bot".to_owned()),
        ),
        ("{type: array, items: {type: string}}", list(Type::String)),
        ("{type: array, items: {type: array, items: {}}}", list(list(Type::Json))),
        ("{type: object, additionalProperties: {}}", map(Type::Json)),
        (
            "{type: object, additionalProperties: {type: array, items: {type: boolean}}}",
            map(list(Type::Boolean)),
        ),
    ];
    for (schema, expected) in kinds {
        assert_eq!(kind(schema), Ok(expected), "{schema}");
    }
    for schema in [
        "{type: object}",
        "{type: object, additionalProperties: true}",
        "{type: array}",
        "{type: string, format: date}",
        "3",
        "[]",
    ] {
        assert!(kind(schema).is_err(), "{schema}");
    }
}

#[test]
fn limits_are_read_at_every_depth() {
    let list = limits_of(
        "{type: array, minItems: 1, items: {type: array, items: {type: integer, minimum: -1}}}",
    );
    assert_eq!(list.min_items, Some(1));
    let inner = list.each.and_then(|list| list.each).unwrap_or_default();
    assert_eq!(inner.minimum, Some((-1).into()));
    assert_eq!(limits_of("{type: string, maxLength: -3, minimum: low}"), Limits::default());
    assert_eq!(limits_of("{type: array, items: {type: string}}").each, None);
}

const DESCRIPTION: &str =
    "A mode.\n\n- `0`: none.\n- `a-b`: one that\n  goes on.\n- no value\n\nMore.";

#[test]
fn value_lines_document_variants() {
    let lines = [("0", "none."), ("a-b", "one that goes on.")];
    assert_eq!(
        value_lines(DESCRIPTION),
        lines.map(|(value, text)| (value.to_owned(), text.to_owned()))
    );
    assert_eq!(without_value_lines(DESCRIPTION), "A mode.\n\n- no value\n\nMore.");
}

#[test]
fn variants_are_named_and_documented() {
    let text = "schema: {type: string, enum: [a-b, c], x-coze-name: {c: See}, description: \"- `a-b`: one.\"}";
    let document = document(text);
    let node = document.node().get("schema").unwrap_or_else(|| panic!("{text}"));
    let found: Vec<_> = variants(&node)
        .into_iter()
        .map(|listed| (listed.value, listed.rust, listed.description))
        .collect();
    let expected = [("a-b", "AB", Some("one.")), ("c", "See", None)];
    assert_eq!(
        found,
        expected.map(|(wire, rust, text)| (
            wire.to_owned(),
            rust.to_owned(),
            text.map(str::to_owned)
        ))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Each line of a description documents a value or remains in the rest.
    #[test]
    fn value_lines_and_the_rest_are_complete(lines in prop::collection::vec("(- `[a-c]{0,2}`: |  |- |)[a-z ]{0,9}", 0..9)) {
        let text = lines.join("\n");
        let values: usize = value_lines(&text).iter().map(|(value, text)| words(value) + words(text)).sum();
        let rest = words(&without_value_lines(&text));
        let quotes = text.lines().filter(|line| line.starts_with("- `") && line.contains("`: ")).count();
        // The dash and the quoted value are two words of a line; the value alone is at most one.
        let empty = text.lines().filter(|line| line.starts_with("- ``: ")).count();
        prop_assert_eq!(words(&text), values + rest + quotes + empty, "{:?}", text);
    }
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
