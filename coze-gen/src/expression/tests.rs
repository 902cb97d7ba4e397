#![allow(clippy::panic, reason = "a helper of a test may fail it")]

use coze_spec::Location;
use coze_spec::model::{Api, Field, Limits, Schema, Shape, Type, Usage, Variant};
use serde_json::{Value, json};

use super::{Expressions, Uploads, json as json_macro};

fn field(name: &str, kind: Type, required: bool) -> Field {
    let (wire, rust) = (name.to_owned(), name.to_owned());
    Field {
        wire,
        aliases: Vec::new(),
        rust,
        kind,
        required,
        nullable: false,
        description: String::new(),
        limits: Limits::default(),
        default: None,
    }
}

fn schema(name: &str, shape: Shape) -> Schema {
    Schema {
        name: name.to_owned(),
        location: Location::line("spec/shared.yaml", 1),
        rust: name.to_owned(),
        description: String::new(),
        usage: Usage { request: true, ..Usage::default() },
        shape,
    }
}

fn variant<T>(value: T, rust: &str) -> Variant<T> {
    Variant { value, aliases: Vec::new(), rust: rust.to_owned(), description: String::new() }
}

fn api() -> Api {
    let fields = vec![
        field("id", Type::String, true),
        field("gen", Type::Int64, false),
        field("any", Type::Json, false),
    ];
    Api {
        shared: vec![
            schema("Part", Shape::Struct(fields)),
            schema("Speed", Shape::Strings(vec![variant("fast".to_owned(), "Fast")])),
            schema("Level", Shape::Integers(vec![variant(1, "Low")])),
        ],
        ..Api::default()
    }
}

fn named(name: &str) -> Type {
    Type::Named(name.to_owned())
}

fn list(item: Type) -> Type {
    Type::List(Box::new(item))
}

fn map(item: Type) -> Type {
    Type::Map(Box::new(item))
}

fn written(kind: &Type, value: &Value) -> String {
    Expressions::new(&api()).argument(kind, value).to_string().replace(' ', "")
}

#[test]
fn secrets_within_other_values_are_exact() {
    let api = Api { shared: vec![schema("Login", login())], ..Api::default() };
    let written = Expressions::new(&api).argument(&named("Login"), &json!({"tokens": [["a"]]}));
    let text = written.to_string().replace(' ', "");
    assert!(text.contains(r#"vec![coze_api::Secret::from("a")]"#), "{text}");
    let written = Expressions::new(&api).argument(&list(list(Type::Secret)), &json!([["a"]]));
    let text = written.to_string().replace(' ', "");
    assert_eq!(text, r#"[vec![coze_api::Secret::from("a")]]"#);
}

fn login() -> Shape {
    Shape::Struct(vec![field("tokens", list(list(Type::Secret)), true)])
}

#[test]
fn scalars_are_converted_by_the_sdk() {
    for (kind, value, expected) in [
        (Type::String, json!("a\u{8}b\n"), r#""a\u{8}b\n""#),
        (Type::String, json!(7), r#""7""#),
        (Type::Secret, json!("s"), r#""s""#),
        (Type::Int32, json!(12345), "12_345"),
        (Type::Int64, json!(3_000_000_000_i64), "3_000_000_000"),
        (Type::Double, json!(1), "1.0"),
        (Type::Double, json!(-0.25), "-0.25"),
        (Type::Boolean, json!(true), "true"),
        (Type::File, json!("a.wav"), r#"coze_api::Upload::path("a.wav")"#),
        (named("Speed"), json!("new"), r#""new""#),
        (named("Level"), json!(1), "coze_api::Level::Low"),
        (named("Level"), json!(9), "coze_api::Level::from(9)"),
    ] {
        assert_eq!(written(&kind, &value), expected);
    }
}

/// A value outside the range of its type must not become another value.
#[test]
fn values_of_another_type_are_json() {
    for (kind, value, expected) in [
        (Type::Int32, json!(3_000_000_000_i64), "serde_json::json!(3_000_000_000_i64)"),
        (Type::Int64, json!(u64::MAX), "serde_json::json!(18446744073709551615u64)"),
        (Type::Boolean, json!("yes"), r#"serde_json::json!("yes")"#),
        (named("Part"), json!([1]), "serde_json::json!([1])"),
    ] {
        assert_eq!(written(&kind, &value), expected);
    }
}

#[test]
fn items_of_lists_are_converted() {
    for (kind, value, expected) in [
        (list(Type::String), json!([]), "Vec::<String>::new()"),
        (list(Type::String), json!(["a"]), r#"["a"]"#),
        (list(Type::Int64), json!([1, 3_000_000_000_i64]), "[1,3_000_000_000_i64]"),
        (list(list(Type::String)), json!([["a"], []]), r#"[vec!["a".to_owned()],vec![]]"#),
        (list(list(named("Speed"))), json!([["fast"]]), r#"[vec![coze_api::Speed::from("fast")]]"#),
        (
            list(map(Type::Int64)),
            json!([{"a": 1}]),
            r#"[std::collections::BTreeMap::from([("a".to_owned(),1)])]"#,
        ),
    ] {
        assert_eq!(written(&kind, &value), expected);
    }
}

#[test]
fn values_of_maps_are_converted() {
    for (kind, value, expected) in [
        (map(Type::String), json!({}), "std::collections::BTreeMap::<String,String>::new()"),
        (map(Type::Json), json!({}), "serde_json::Map::<String,serde_json::Value>::new()"),
        (map(Type::String), json!({"a": "b"}), r#"[("a","b")]"#),
        (map(Type::Json), json!({"a": null}), r#"[("a",serde_json::json!(null))]"#),
        (map(list(Type::Int32)), json!({"a": [1]}), r#"[("a",vec![1])]"#),
        (
            map(map(Type::Json)),
            json!({"a": {"b": 1}}),
            r#"[("a",[("b".to_owned(),serde_json::json!(1))].into_iter().collect::<serde_json::Map<String,serde_json::Value>>())]"#,
        ),
    ] {
        assert_eq!(written(&kind, &value), expected);
    }
}

#[test]
fn objects_use_setters() {
    let part = json!({"id": "1", "gen": 5, "any": null, "unknown": 1});
    assert_eq!(
        written(&named("Part"), &part),
        r#"coze_api::Part::new("1").r#gen(5).any(serde_json::json!(null))"#
    );
}

#[test]
fn json_uses_rust_literals() {
    let value = json!({"a\u{c}": [1, 3_000_000_000_i64, 0.5, null, "\u{1}"]});
    assert_eq!(
        json_macro(&value).to_string().replace(' ', ""),
        r#"serde_json::json!({"a\u{c}":[1,3_000_000_000_i64,0.5,null,"\u{1}"]})"#
    );
}

#[test]
fn files_may_be_contents() {
    let api = api();
    let expressions = Expressions::new(&api).with_uploads(Uploads::Content);
    let upload = expressions.argument(&Type::File, &json!("RIFF")).to_string();
    assert!(upload.starts_with("coze_api :: Upload :: bytes"), "{upload}");
}
