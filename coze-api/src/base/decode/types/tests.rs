//! Structs are decoded as serde's derives would decode them, except that a field may occur more
//! than once.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::de::value::{Error, SeqDeserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::super::{convert_text, decode, from_slice, reader};
use crate::base::open_enum::{integer_enum, string_enum};
use crate::base::secret::Secret;

/// Defines structs twice: in `derived` with serde's derive, and in `named` with `fields!`.
macro_rules! twice {
    ($(struct $type:ident { $($field:ident $(= $name:literal)? $(| $alias:literal)*: $kind:ty,)* })*) => {
        mod derived {
            use super::*;

            $(
                #[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
                #[serde(default)]
                pub(super) struct $type {
                    $(
                        $(#[serde(rename = $name)])?
                        $(#[serde(alias = $alias)])*
                        pub(super) $field: $kind,
                    )*
                }
            )*
        }

        mod named {
            use super::*;

            $(
                #[derive(Clone, Debug, Default, PartialEq, Serialize)]
                pub(super) struct $type {
                    $($(#[serde(rename = $name)])? pub(super) $field: $kind,)*
                }

                fields!($type { $($field $(= $name)? $(| $alias)*),* });
            )*
        }
    };
}

twice! {
    struct Parent {
        id | "bot_id" | "botId": String,
        kind = "type": Kind,
        format: Option<Format>,
        count: i64,
        small: i32,
        ratio: f64,
        flag: bool,
        secret: Secret,
        note: Option<String>,
        size: Option<i64>,
        any: Value,
        tags: Vec<String>,
        more: Option<Vec<i32>>,
        children: Vec<Child>,
        child: Child,
        boxed: Option<Box<Parent>>,
        named: BTreeMap<String, Child>,
        numbers: Option<BTreeMap<String, i64>>,
        object: Map<String, Value>,
    }

    struct Child {
        id: String,
        flag: Option<bool>,
        kind = "type": Option<Kind>,
    }
}

string_enum! {
    /// The kind.
    pub enum Kind {
        /// A number as text.
        Seven = "7",
        /// A word.
        Word = "word" | "words",
    }
}

integer_enum! {
    /// The format.
    pub enum Format {
        /// Plain text.
        Text = 0,
        /// Seven.
        Seven = 7,
    }
}

const NAMES: [&str; 20] = [
    "id",
    "type",
    "format",
    "count",
    "small",
    "ratio",
    "flag",
    "secret",
    "note",
    "size",
    "any",
    "tags",
    "more",
    "children",
    "child",
    "boxed",
    "named",
    "numbers",
    "object",
    "\u{e9}\"\n",
];

/// Any JSON, with many values that fit the fields.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1_i64..9).prop_map(Value::from),
        "(|7|-7|7\\.0|1\\.5|true|False|word|words| 1 |\\PC{0,4})".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let member = (prop::sample::select(&NAMES[..]), value);
    prop::collection::vec(member, 0..8).prop_map(|members| {
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    })
}

/// A text that may break JSON, or mean something else in it.
fn edit() -> impl Strategy<Value = String> {
    let escapes = r#"\\["\\/bfnrtuxD]"#;
    let surrogates = r"(\\u(d83d|de00|0041|00|D800|zzzz|\+041))+";
    prop_oneof![
        r#"["\\\[\]{},: 0-9.eE+\-ntf\x01\x1f\n\t\x7fé😀]{0,3}"#.prop_map(String::from),
        escapes.prop_map(String::from),
        surrogates.prop_map(String::from),
        Just("null".to_owned()),
        Just("[[[[".repeat(40)),
    ]
}

#[test]
fn the_usual_form_needs_no_conversion() {
    let text = r#" { "id" : "a\n\u00e9\ud83d\ude00" , "type":"word","format":7,"count":-12,
        "small":"7","ratio":-1.5e3,"flag":true,"note":null,"size":7493066380997012345,
        "any":{"x":[1,{}]}, "tags":["a",7,null],"more":[],"children":[{"id":"b"},{}],"new":[{}] } "#;
    let mut read = named::Parent::default();
    assert!(reader::read(&mut read, text).is_ok());
    assert_eq!((&*read.id, read.count, read.small), ("a\né😀", -12, 7));
    assert_eq!((read.size, read.tags.len()), (Some(7_493_066_380_997_012_345), 3));
    assert_eq!(outcome(Ok(read)), outcome(from_slice::<derived::Parent>(text.as_bytes())));
}

/// Returns a decoded value as JSON, or the message of the error.
fn outcome<T: Serialize>(result: serde_json::Result<T>) -> Result<Value, String> {
    result.map(|value| serde_json::to_value(value).expect("plain data")).map_err(|e| e.to_string())
}

proptest! {
    #[test]
    fn structs_are_decoded_as_with_a_derive(value in object(json()), indent: bool) {
        let text = if indent { format!("{value:#}") } else { value.to_string() };
        let expected = outcome(from_slice::<derived::Parent>(text.as_bytes()));
        prop_assert_eq!(&outcome(decode::<named::Parent>(text.as_bytes())), &expected);
        // As a part of a type of the caller.
        prop_assert_eq!(&outcome(from_slice::<named::Parent>(text.as_bytes())), &expected);
    }

    #[test]
    fn any_json_is_decoded_as_with_a_derive(value in json()) {
        let text = value.to_string();
        let expected = outcome(from_slice::<derived::Parent>(text.as_bytes()));
        prop_assert_eq!(outcome(decode::<named::Parent>(text.as_bytes())), expected);
        let expected = outcome(from_slice::<Vec<derived::Child>>(text.as_bytes()));
        prop_assert_eq!(outcome(decode::<Vec<named::Child>>(text.as_bytes())), expected);
        let expected = outcome(from_slice::<Vec<Option<i32>>>(text.as_bytes()));
        prop_assert_eq!(outcome(decode::<Vec<Option<i32>>>(text.as_bytes())), expected);
    }

    #[test]
    fn broken_text_is_refused_as_with_a_derive(value in object(json()), cut in 0_usize..200) {
        let text = value.to_string();
        let text = &text.as_bytes()[..cut.min(text.len())];
        let expected = outcome(from_slice::<derived::Parent>(text));
        prop_assert_eq!(outcome(decode::<named::Parent>(text)), expected);
    }

    #[test]
    fn the_reader_accepts_only_what_serde_json_accepts(
        value in object(json()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), edit(), 0_usize..3), 0..4),
    ) {
        let mut text: Vec<char> = value.to_string().chars().collect();
        for (place, replacement, removed) in edits {
            let start = place.index(text.len() + 1);
            let end = text.len().min(start + removed);
            text.splice(start..end, replacement.chars());
        }
        let text: String = text.into_iter().collect();
        let mut read = named::Parent::default();
        if reader::read(&mut read, &text).is_ok() {
            let mut converted = named::Parent::default();
            let converted = convert_text(&mut converted, &text).map(|()| converted);
            prop_assert_eq!(outcome(Ok(read)), outcome(converted), "{}", text);
        }
    }

    #[test]
    fn serde_json_alone_is_as_strict_as_with_a_derive(value in object(json())) {
        let text = value.to_string();
        let expected = outcome(serde_json::from_str::<derived::Parent>(&text));
        prop_assert_eq!(outcome(serde_json::from_str::<named::Parent>(&text)), expected);
        let expected = outcome(serde_json::from_value::<derived::Parent>(value.clone()));
        prop_assert_eq!(outcome(serde_json::from_value::<named::Parent>(value)), expected);
    }

    #[test]
    fn a_stored_value_is_read_back(value in object(json())) {
        if let Ok(parent) = decode::<named::Parent>(value.to_string().as_bytes()) {
            let stored = serde_json::to_string(&parent).expect("plain data");
            let expected = outcome(serde_json::from_str::<derived::Parent>(&stored));
            prop_assert!(expected.is_ok(), "{}: {:?}", stored, expected);
            prop_assert_eq!(outcome(serde_json::from_str::<named::Parent>(&stored)), expected);
        }
    }
}

fn parent(text: &str) -> named::Parent {
    decode(text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn the_last_value_of_a_field_counts_unless_it_is_null() {
    assert_eq!(parent(r#"{"id":"a","botId":"b"}"#).id, "b");
    assert_eq!(parent(r#"{"bot_id":"a","id":null}"#).id, "a");
    assert_eq!(parent(r#"{"id":null,"bot_id":7}"#).id, "7");
    assert_eq!(parent(r#"{"id":"a","id":""}"#).id, "");
    assert_eq!(parent(r#"{"type":"word","type":null}"#).kind, Kind::Word);
    assert_eq!(parent(r#"{"format":7,"format":null}"#).format, Some(Format::Seven));
    assert_eq!(parent(r#"{"size":1,"size":null,"size":"2"}"#).size, Some(2));
    assert_eq!(parent(r#"{"any":[1],"any":null}"#).any, Value::from(vec![1]));
}

#[test]
fn a_repeated_container_is_replaced() {
    assert_eq!(parent(r#"{"tags":["a","b"],"tags":["c"]}"#).tags, ["c"]);
    assert_eq!(parent(r#"{"tags":["a"],"tags":""}"#).tags, Vec::<String>::new());
    assert_eq!(parent(r#"{"tags":["a"],"tags":null}"#).tags, ["a"]);
    let child = parent(r#"{"child":{"id":"a","flag":1},"child":{"id":"b"}}"#).child;
    assert_eq!((child.id.as_str(), child.flag), ("b", None));
    let named = parent(r#"{"named":{"a":{}},"named":{"b":{"id":1}}}"#).named;
    assert_eq!(named.keys().collect::<Vec<_>>(), ["b"]);
}

#[test]
fn a_text_that_is_repaired_is_decoded_from_its_start() {
    let text = br#"{"tags":["a"],"child":{"id":"b"},"note":"\ud800"}"#;
    let parent: named::Parent = decode(text).expect("repaired");
    assert_eq!((parent.tags, parent.child.id), (vec!["a".to_owned()], "b".to_owned()));
}

#[test]
fn formats_without_names_are_read_by_position() {
    let fields = ["x", "y"].into_iter();
    let child = derived::Child::deserialize(SeqDeserializer::<_, Error>::new(fields.clone()));
    let error = child.expect_err("not a boolean").to_string();
    let child = named::Child::deserialize(SeqDeserializer::<_, Error>::new(fields));
    assert_eq!(child.expect_err("not a boolean").to_string(), error);
    let child = named::Child::deserialize(SeqDeserializer::<_, Error>::new(["x"].into_iter()));
    assert_eq!(child.expect("an id").id, "x");
}
