//! Values that the spec does not have: any field and any query parameter of any request.

use std::borrow::Cow;

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::{Call, set};
use crate::wire::body::{self, Body, Member};
use crate::wire::upload::Part;

impl Call {
    /// Sets a member of the body, whatever its name and the kind of the body.
    pub(crate) fn with_field(self, name: String, value: &impl Serialize) -> Self {
        match body::json_of(value) {
            Ok(json) => self.with_json_field(name, json),
            Err(e) => self.unserializable(&name, &e),
        }
    }

    fn with_json_field(mut self, name: String, json: String) -> Self {
        if let Body::Json(text) = &self.0.body {
            match body::members_of(text) {
                Some(members) => self.0.body = Body::Object(members),
                None => return self.invalid(|| format!("{name} needs an object as the body")),
            }
        }
        match &self.0.body {
            Body::Multipart(_) => set(self.parts(), Cow::Owned(name), Part::of_json(json)),
            Body::Empty if matches!(self.0.method, Method::GET | Method::HEAD) => {
                let method = self.0.method.clone();
                return self.invalid(|| {
                    format!("a {method} request has no body for {name}; use `with_query`")
                });
            }
            _ => set(self.members(), Cow::Owned(name), Member::of_json(json)),
        }
        self
    }

    /// Sets a query parameter, whatever its name: once for each value of a list, and not at all if
    /// the value is `null`.
    pub(crate) fn with_query(mut self, name: impl Into<String>, value: &impl Serialize) -> Self {
        let name = name.into();
        let values = match serde_json::to_value(value) {
            Ok(Value::Array(values)) => values,
            Ok(value) => vec![value],
            Err(e) => return self.invalid(|| format!("{name} cannot be written as text: {e}")),
        };
        self.0.query.retain(|(key, _)| *key != name);
        for value in values {
            let text = match value {
                Value::Null => continue,
                Value::String(text) => text,
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                Value::Array(_) | Value::Object(_) => {
                    return self.invalid(|| {
                        format!("{name} must be text, a number, a boolean, or a list of them")
                    });
                }
            };
            self.0.query.push((Cow::Owned(name.clone()), text));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{call, json_of};
    use crate::wire::upload::Upload;

    fn reason(call: &Call) -> String {
        call.check().expect_err("invalid").to_string()
    }

    #[test]
    fn fields_are_added_and_replaced() {
        let call = call().post("/x").field("known", 1).elements("list", ["a"]);
        let call = call.with_field("quote\"\n".to_owned(), &json!({"名": [1.5, null]}));
        let call = call.with_field("known".to_owned(), &"mine");
        let text = r#"{"known":"mine","list":["a"],"quote\"\n":{"名":[1.5,null]}}"#;
        assert_eq!(json_of(&call), text);
        // The builder can still append to a list that was given as a whole.
        for (list, expected) in [("[]", r#"["b"]"#), (" [ 1,[2] ] ", r#"[1,[2],"b"]"#)] {
            let list: Box<serde_json::value::RawValue> = serde_json::from_str(list).expect("JSON");
            let call = self::call().post("/x").with_field("list".to_owned(), &list);
            assert_eq!(json_of(&call.push("list", "b")), format!(r#"{{"list":{expected}}}"#));
        }
        let number: Value = serde_json::from_str("18446744073709551615").expect("a number");
        let call = self::call().delete("/x").with_field("n".to_owned(), &number);
        assert_eq!(json_of(&call), r#"{"n":18446744073709551615}"#);
    }

    #[test]
    fn a_whole_body_keeps_its_text() {
        let body: &serde_json::value::RawValue =
            serde_json::from_str(r#"{"z":1.10,"a":{"b": 1e400},"z2":""}"#).expect("JSON");
        let call = call().post("/x").json(&body).with_field("a2".to_owned(), &true);
        assert_eq!(json_of(&call), r#"{"z":1.10,"a":{"b": 1e400},"z2":"","a2":true}"#);
        let call = self::call().post("/x").json(&[1]).with_field("a".to_owned(), &1);
        assert!(reason(&call).contains("a needs an object"), "{}", reason(&call));
        let call = self::call().post("/x").with_field("a".to_owned(), &1).json(&json!({}));
        assert!(reason(&call).contains("another body"), "{}", reason(&call));
    }

    #[test]
    fn fields_of_forms_are_parts() {
        let form = call().post("/x").with_field("first".to_owned(), &"a\nb");
        let form = form.file("file", Upload::bytes("a", "b"));
        let form = form.with_field("n".to_owned(), &7).with_field("o".to_owned(), &json!({"k": 1}));
        form.check().expect("valid");
        let Body::Multipart(parts) = form.body() else { panic!("not a form") };
        let shown: Vec<_> = parts
            .iter()
            .map(|(name, part)| match part {
                Part::Text(text) => format!("{name}={text}"),
                Part::Json(json) => format!("{name}:{json}"),
                Part::File(_) => name.to_string(),
            })
            .collect();
        assert_eq!(shown, ["first=a\nb", "file", "n=7", r#"o:{"k":1}"#]);
    }

    #[test]
    fn a_get_request_has_no_fields() {
        let text = reason(&call().get("/x").with_field("depth".to_owned(), &1));
        assert!(text.contains("depth") && text.contains("with_query"), "{text}");
    }

    #[test]
    fn query_parameters_are_added_and_replaced() {
        let call = call().get("/x").query("known", 1).query_each("ids", ["a", "b"]);
        let call = call
            .with_query("a&b".to_owned(), &"c d")
            .with_query("known".to_owned(), &true)
            .with_query("ids".to_owned(), &[2, 3])
            .with_query("none".to_owned(), &None::<i32>);
        let url = call.url().expect("a URL");
        assert_eq!(url.query(), Some("a%26b=c%20d&known=true&ids=2&ids=3"));
        let text = reason(&self::call().with_query("o".to_owned(), &json!({"a": 1})));
        assert!(text.contains("o must be text"), "{text}");
    }
}
