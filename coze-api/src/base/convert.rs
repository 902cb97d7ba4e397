//! Conversions of the arguments of setters into the values of requests.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer, ser};
use serde_json::{Map, Value};

/// The entries of a map: an array or vector of pairs, a map, or any other iterator of pairs.
///
/// Keys and values are converted, so that setters accept `[("city", "Kunming")]`.
pub trait Entries<T>: Sized {
    /// Returns the pairs, converted.
    fn entries(self) -> impl Iterator<Item = (String, T)>;
}

impl<I, K, V, T> Entries<T> for I
where
    I: IntoIterator<Item = (K, V)>,
    K: Into<String>,
    V: Into<T>,
{
    fn entries(self) -> impl Iterator<Item = (String, T)> {
        self.into_iter().map(|(key, value)| (key.into(), value.into()))
    }
}

/// Converts a value with `Into`. The setters pass it to generic functions, which could not infer
/// the type.
pub(crate) fn into<T>(value: impl Into<T>) -> T {
    value.into()
}

/// Converts the items of a list.
pub(crate) fn list<T>(items: impl IntoIterator<Item = impl Into<T>>) -> Vec<T> {
    items.into_iter().map(Into::into).collect()
}

/// Converts the entries of a map.
pub(crate) fn map<T>(entries: impl Entries<T>) -> BTreeMap<String, T> {
    entries.entries().collect()
}

/// Converts the entries of a JSON object.
#[allow(dead_code, reason = "which objects responses contain too depends on the spec")]
pub(crate) fn entries(entries: impl Entries<Value>) -> Map<String, Value> {
    entries.entries().collect()
}

/// Converts a value that is serialized as an object, or as pairs of a name and a value. Any other
/// value remains as it is, and [`serialize_object`] reports it when the request is sent.
pub(crate) fn object(value: impl Serialize) -> Value {
    // By way of text, which keeps the shortest form of `f32`. What cannot be written is null, which
    // is not an object either.
    parse_object(&serde_json::to_string(&value).unwrap_or_default())
}

fn parse_object(json: &str) -> Value {
    match serde_json::from_str::<Vec<(String, Value)>>(json) {
        Ok(pairs) => Value::Object(Map::from_iter(pairs)),
        Err(_) => serde_json::from_str(json).unwrap_or_default(),
    }
}

/// Serializes a field that [`object`] has converted.
///
/// # Errors
/// The value is not an object.
pub(crate) fn serialize_object<'a, S: Serializer>(
    value: impl Into<Option<&'a Value>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value.into() {
        None => serializer.serialize_none(),
        Some(Value::Object(object)) => object.serialize(serializer),
        Some(_) => Err(ser::Error::custom(
            "expected a JSON object, or pairs of a name and a value, in place of another value",
        )),
    }
}

/// Adds the method `maybe` to a type with setters: `maybe!(ListBots)`.
macro_rules! maybe {
    ($builder:ident) => {
        impl $builder {
            /// Calls a setter with a value if there is one: `.maybe(limit, ListBots::page_size)`.
            #[doc(alias = "Option")]
            pub fn maybe<T>(
                self,
                value: ::std::option::Option<T>,
                setter: impl FnOnce(Self, T) -> Self,
            ) -> Self {
                match value {
                    ::std::option::Option::Some(value) => setter(self, value),
                    ::std::option::Option::None => self,
                }
            }
        }
    };
}

pub(crate) use maybe;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn objects_are_given_in_any_form() {
        #[derive(Serialize)]
        struct Inputs {
            a: f32,
        }
        let expected = json!({"a": 0.1});
        assert_eq!(object(Inputs { a: 0.1 }), expected);
        assert_eq!(object(&expected), expected);
        assert_eq!(object([("a", 0.1)]), expected);
        assert_eq!(object((("a", true), ("a", 0.1))), expected);
        assert_eq!(object(HashMap::from([("a", 0.1)])), expected);
        assert_eq!(object(Map::new()), json!({}));
        assert_eq!(object(Vec::<(String, Value)>::new()), json!({}));
    }

    #[test]
    fn anything_else_is_an_error_when_it_is_written() {
        #[derive(Serialize)]
        struct Field {
            #[serde(serialize_with = "serialize_object")]
            required: Value,
            #[serde(serialize_with = "serialize_object")]
            optional: Option<Value>,
        }
        let written = |required: Value, optional| {
            serde_json::to_value(Field { required: object(required), optional })
        };
        assert_eq!(written(json!({}), None).unwrap(), json!({"required": {}, "optional": null}));
        for wrong in [json!(null), json!("text"), json!(["a", "b"]), json!([["a", 1, 2]])] {
            assert_eq!(object(&wrong), wrong);
            let error = written(wrong.clone(), None).expect_err("not an object");
            assert!(error.to_string().contains("expected a JSON object"), "{error}");
            written(json!({}), Some(wrong)).expect_err("not an object");
        }
        // Names must be text.
        assert_eq!(object(HashMap::from([(vec![1], 2)])), Value::Null);
    }
}
