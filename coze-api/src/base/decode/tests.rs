use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::*;

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
struct Everything {
    id: String,
    count: i64,
    small: u8,
    ratio: f64,
    flag: bool,
    list: Vec<String>,
    map: BTreeMap<String, i64>,
    numbered: BTreeMap<i64, String>,
    child: Option<Box<Everything>>,
    direct: Inner,
    wrapped: Id,
    note: Option<String>,
    any: Value,
    pair: Option<(String, i64)>,
    nothing: (),
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
struct Inner {
    id: String,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
struct Id(String);

fn decode<T: DeserializeOwned>(value: &Value) -> T {
    from_slice(value.to_string().as_bytes()).unwrap_or_else(|e| panic!("{value}: {e}"))
}

#[test]
fn values_are_bent_to_what_is_asked_for() {
    let got: Everything = decode(&json!({
        "id": 7_493_066_380_997_012_345_u64, "count": "12", "small": 3.0, "ratio": "1.5",
        "flag": 1, "list": [1, true, "x", 2.5, null], "map": {"a": "5", "b": null},
        "numbered": {"7": 8}, "direct": {"id": -3}, "wrapped": 9, "note": 4,
        "pair": [1, "2"], "nothing": {"x": 1},
    }));
    assert_eq!(got.id, "7493066380997012345");
    assert_eq!((got.count, got.small, got.flag), (12, 3, true));
    assert!((got.ratio - 1.5).abs() < f64::EPSILON);
    assert_eq!(got.list, ["1", "true", "x", "2.5", ""]);
    assert_eq!(got.map, BTreeMap::from([("a".into(), 5), ("b".into(), 0)]));
    assert_eq!(got.numbered, BTreeMap::from([(7, "8".into())]));
    assert_eq!((got.direct.id.as_str(), got.wrapped.0.as_str()), ("-3", "9"));
    assert_eq!(got.note.as_deref(), Some("4"));
    assert_eq!(got.pair, Some(("1".into(), 2)));
}

#[test]
fn a_string_takes_the_json_text_of_anything() {
    let text = r#"{"id":{ "b" : 12345678901234567890.10, "a\n":[1, {"c" : null}] },
        "list":[[], {}, [ 1,"x" , {"z":1,"a":2}]],"note":{"id":7}}"#;
    let got: Everything = from_slice(text.as_bytes()).expect("strings");
    assert_eq!(got.id, r#"{"b":12345678901234567890.10,"a\n":[1, {"c" : null}]}"#);
    assert_eq!(got.list, ["[]", "{}", r#"[1,"x",{"z":1,"a":2}]"#]);
    assert_eq!(got.note.as_deref(), Some(r#"{"id":7}"#));
    assert!(from_slice::<String>(br#"{"a":1"#).is_err());
}

#[test]
fn faults_inside_strings_cost_nothing_else() {
    let text = b"\xef\xbb\xbf{\"id\":\"a\\ud83d\x01\xff\",\"count\":\"7\"}";
    let got: Everything = from_slice(text).expect("an object");
    assert_eq!((got.id.as_str(), got.count), ("a\u{fffd}\u{1}\u{fffd}", 7));
    let got: Everything = from_slice(br#"{"id":"\udc00","new":"\ud83d"}"#).expect("an object");
    assert_eq!(got.id, "\u{fffd}");
}

#[test]
fn null_is_the_zero_value_everywhere() {
    let keys = serde_json::to_value(Everything::default()).expect("plain data");
    let nulls: Map<String, Value> =
        keys.as_object().expect("an object").keys().map(|k| (k.clone(), Value::Null)).collect();
    assert_eq!(decode::<Everything>(&Value::Object(nulls)), Everything::default());
    let nothing = json!({"list": "", "map": "", "direct": ""});
    assert_eq!(decode::<Everything>(&nothing), Everything::default());
    assert!(from_slice::<Everything>(br#"{"list": "x"}"#).is_err());
    assert_eq!(decode::<Everything>(&Value::Null), Everything::default());
    assert_eq!(decode::<Vec<i64>>(&Value::Null), Vec::<i64>::new());
    assert_eq!(from_nothing::<Everything>().expect("zero"), Everything::default());
    assert_eq!(from_nothing::<Vec<u8>>().expect("zero"), Vec::<u8>::new());
    assert_eq!(from_nothing::<String>().expect("zero"), "");
}

#[test]
fn other_values_are_not_numbers() {
    for text in [r#""abc""#, r#""1.5""#, "1.5", "[]", "{}", "true", "1e300", r#""NaN""#] {
        assert!(from_slice::<i64>(text.as_bytes()).is_err(), "{text}");
    }
    assert!(from_slice::<u8>(b"300").is_err());
    assert!(from_slice::<u8>(br#""-1""#).is_err());
    assert!(from_slice::<bool>(b"2").is_err());
    assert!(from_slice::<i64>(b"1 x").is_err(), "trailing text");
    assert_eq!(from_slice::<u64>(b"18446744073709551615").expect("largest"), u64::MAX);
    assert_eq!(from_slice::<u64>(br#""18446744073709551615""#).expect("quoted"), u64::MAX);
}

#[test]
fn numbers_of_arbitrary_precision_are_understood() {
    use serde::de::value::{Error, MapDeserializer};
    let number = || {
        let pair = ("$serde_json::private::Number", "42");
        Lenient(MapDeserializer::<_, Error>::new(std::iter::once(pair)))
    };
    assert_eq!(i32::deserialize(number()).expect("integer"), 42);
    assert_eq!(String::deserialize(number()).expect("text"), "42");
    assert!((f64::deserialize(number()).expect("float") - 42.0).abs() < f64::EPSILON);
    let other = MapDeserializer::<_, Error>::new(std::iter::once(("key", "42")));
    assert!(i32::deserialize(Lenient(other)).is_err());
}

fn place<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> (String, String) {
    let error = from_slice::<T>(json.as_bytes()).expect_err(json);
    let place = Place::of(&error, json.as_bytes(), Some("current-token"));
    (place.path, place.snippet)
}

#[test]
fn errors_name_the_path() {
    let cases = [
        (r#"{"count": "abc", "id": 1}"#, "$.count"),
        (r#"{"child": {"count": []}}"#, "$.child.count"),
        (r#"{"child": {"count": [1]}}"#, "$.child.count"),
        (r#"{"child": {"count": {"x": 1}}}"#, "$.child.count"),
        ("{\n \"map\": {\"a\": 1,\n \"b\": [2]}}", "$.map.b"),
        (r#"{"pair": ["a", {}], "id": ""}"#, "$.pair[1]"),
        ("{\"note\": \"\t\\ud83d\n\", \"count\": {}}", "$.count"),
        (r#"{"child": {"child": {"flag": "maybe"}}}"#, "$.child.child.flag"),
        (r#"{"any": {"a": [{}, "x\"]}"]}, "small": 300}"#, "$.small"),
        (r#"{"count": 1.5}"#, "$.count"),
        (r#"{"list": 5}"#, "$.list"),
        ("5", "$"),
        (r#"{"any": [1, 2"#, "$.any[1]"),
        (r#"{"pair": ["a", [[]]]}"#, "$.pair[1]"),
        (r#"{"pair": ["a", {"b": {}}]}"#, "$.pair[1]"),
        (r#"{"direct": {"id": "x"}, "map": 1}"#, "$.map"),
    ];
    for (json, path) in cases {
        assert_eq!(place::<Everything>(json).0, path, "{json}");
    }
}

#[test]
fn errors_show_a_safe_piece_of_the_text() {
    let (_, snippet) = place::<Everything>(r#"{"id": "x", "count": "abc", "flag": 1}"#);
    assert_eq!(snippet, r#""count": "abc", "flag": 1}"#);
    let (_, snippet) = place::<Everything>(r#"{"count": "current-token and pat_abc"}"#);
    assert_eq!(snippet, r#""count": "*** and pat_***"}"#);
    let long = format!(r#"{{"count": "{}"}}"#, "字".repeat(5000));
    assert!(place::<Everything>(&long).1.len() < 140);
    let (path, snippet) = place::<BTreeMap<String, i64>>(r#"{"secret_key": "abc"}"#);
    assert_eq!((path.as_str(), snippet.as_str()), ("$.secret_key", "***"));
}

/// Floats that `serde_json` reads back as they are; of others it may miss the last bit.
fn exact() -> impl Strategy<Value = f64> {
    any::<i32>().prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        exact().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map("\\PC{0,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn everything() -> impl Strategy<Value = Everything> {
    let flat = (
        ("\\PC{0,12}", any::<i64>(), any::<u8>(), exact(), any::<bool>()),
        prop::collection::vec("\\PC{0,6}", 0..4),
        prop::collection::btree_map("[a-z]{1,4}", any::<i64>(), 0..4),
        prop::option::of("\\PC{0,6}"),
        any_json(),
    );
    flat.prop_map(|((id, count, small, ratio, flag), list, map, note, any)| Everything {
        direct: Inner { id: id.clone() },
        wrapped: Id(id.clone()),
        child: flag.then(|| Box::new(Everything { id: id.clone(), ..Everything::default() })),
        numbered: map.values().map(|v| (*v, id.clone())).collect(),
        pair: Some((id.clone(), count)),
        nothing: (),
        id,
        count,
        small,
        ratio,
        flag,
        list,
        map,
        note,
        any,
    })
}

/// Swaps integers and strings of digits, and removes or nulls members, wherever `dice`
/// says so.
fn mutate(value: &mut Value, dice: &mut impl Iterator<Item = u8>) {
    let Value::Object(map) = value else { return };
    let keys: Vec<String> = map.keys().cloned().collect();
    for key in keys {
        match dice.next().unwrap_or(0) % 5 {
            0 => drop(map.remove(&key)),
            1 => drop(map.insert(key, Value::Null)),
            2 | 3 => match &map[&key] {
                Value::Number(n) => drop(map.insert(key, Value::from(n.to_string()))),
                Value::String(s) if s.parse::<i64>().is_ok() => {
                    let number = s.parse::<i64>().unwrap_or_default();
                    map.insert(key, Value::from(number));
                }
                Value::String(_) => {
                    drop(map.insert(key, Value::from(7_493_066_380_997_i64)));
                }
                _ => {}
            },
            _ if key != "any" => mutate(&mut map[&key], dice),
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn any_json_survives_as_a_value(value in any_json()) {
        prop_assert_eq!(decode::<Value>(&value), value);
    }

    #[test]
    fn a_valid_text_decodes_as_with_serde_json(value in everything()) {
        let text = serde_json::to_vec(&value).expect("plain data");
        let strict: Everything = serde_json::from_slice(&text).expect("valid");
        prop_assert_eq!(&from_slice::<Everything>(&text).expect("lenient"), &strict);
        prop_assert_eq!(strict, value);
    }

    #[test]
    fn a_mutated_text_still_decodes(value in everything(), dice in prop::collection::vec(any::<u8>(), 60)) {
        let mut json = serde_json::to_value(&value).expect("plain data");
        mutate(&mut json, &mut dice.into_iter());
        let text = json.to_string();
        let result = from_slice::<Everything>(text.as_bytes());
        prop_assert!(result.is_ok(), "{}: {:?}", text, result);
    }

    #[test]
    fn an_id_keeps_all_its_digits(id in any::<u64>()) {
        let inner: Inner = decode(&json!({ "id": id }));
        prop_assert_eq!(inner.id, id.to_string());
    }

    #[test]
    fn finding_the_place_never_fails(text in "[\\[\\]{}\",:0-9a\\\\ \n]{0,60}") {
        if let Err(error) = from_slice::<Everything>(text.as_bytes()) {
            let _ = Place::of(&error, text.as_bytes(), None);
        }
    }
}
