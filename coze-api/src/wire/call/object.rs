//! Objects in the body, which users give in any form.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::{Call, set};
use crate::wire::body::{Member, json_of};

impl Call {
    /// Sets a member of the JSON body to an object, which may be given as a list of pairs.
    pub(crate) fn object(self, name: &'static str, value: impl Serialize) -> Self {
        match json_of(&value) {
            Ok(json) => self.object_text(name, json),
            Err(e) => self.unserializable(name, &e),
        }
    }

    fn object_text(mut self, name: &'static str, json: String) -> Self {
        let object = if json.starts_with('{') { Some(json) } else { from_pairs(&json) };
        match object {
            Some(object) => {
                set(self.members(), Cow::Borrowed(name), Member::Value(object));
                self
            }
            None => self.invalid(|| {
                format!("{name} must be a JSON object, or pairs of a name and a value")
            }),
        }
    }
}

/// Returns the object that consists of pairs, in their order. The last pair with a name counts.
fn from_pairs(json: &str) -> Option<String> {
    let pairs: Vec<(String, &RawValue)> = serde_json::from_str(json).ok()?;
    let mut last = HashMap::new();
    for (at, (name, _)) in pairs.iter().enumerate() {
        last.insert(name.as_str(), at);
    }
    let mut object = String::with_capacity(json.len());
    for (at, (name, value)) in pairs.iter().enumerate() {
        if last.get(name.as_str()) == Some(&at) {
            object.push(if object.is_empty() { '{' } else { ',' });
            object.push_str(&serde_json::to_string(name).ok()?);
            object.push(':');
            object.push_str(value.get());
        }
    }
    if object.is_empty() {
        object.push('{');
    }
    object.push('}');
    Some(object)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::testing::{call, json_of};

    fn sent(value: impl Serialize) -> String {
        json_of(&call().post("/x").object("o", value))
    }

    #[test]
    fn objects_are_given_in_any_form() {
        #[derive(Serialize)]
        struct Inputs {
            city: &'static str,
            days: Option<u8>,
            factor: f32,
        }
        let inputs = Inputs { city: "Kunming", days: None, factor: 0.1 };
        assert_eq!(sent(&inputs), r#"{"o":{"city":"Kunming","days":null,"factor":0.1}}"#);
        assert_eq!(sent(json!({"a": u64::MAX})), r#"{"o":{"a":18446744073709551615}}"#);
        assert_eq!(sent([("b", "1"), ("a", "2")]), r#"{"o":{"b":"1","a":"2"}}"#);
        assert_eq!(
            sent((("b", "1"), ("a", 2), ("c", [true]))),
            r#"{"o":{"b":"1","a":2,"c":[true]}}"#
        );
        assert_eq!(
            sent(vec![("a".to_owned(), json!(1)), ("a".to_owned(), json!(2))]),
            r#"{"o":{"a":2}}"#
        );
        assert_eq!(sent(HashMap::from([("a", 1.5)])), r#"{"o":{"a":1.5}}"#);
        assert_eq!(sent(Map::new()), r#"{"o":{}}"#);
        assert_eq!(sent(Vec::<(String, Value)>::new()), r#"{"o":{}}"#);
    }

    #[test]
    fn anything_else_is_an_error_when_it_is_sent() {
        let wrong =
            [json!(null), json!("text"), json!(["a", "b"]), json!([["a", 1, 2]]), json!([[1, 2]])];
        for value in wrong {
            let error = call().post("/x").object("o", &value).check().expect_err("not an object");
            assert!(
                error.is_request() && error.to_string().contains("o must be"),
                "{value}: {error}"
            );
        }
        let keys = HashMap::from([(vec![1], 2)]);
        let error = call().post("/x").object("o", &keys).check().expect_err("no names");
        assert!(error.to_string().contains("cannot be written"), "{error}");
    }
}
