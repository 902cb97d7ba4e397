//! Texts of path, query, headers and forms as the values that the spec means.

use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::spec::{Operation, Parameter, Place, Spec};

/// The pairs of a query, decoded.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// The parameters of one place, by name.
pub(crate) fn read(
    operation: &Operation,
    place: Place,
    path: &[(String, String)],
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Map<String, Value> {
    let all = operation.parameters.iter().filter(|parameter| parameter.place == place);
    let values = all.filter_map(|parameter| {
        let value = match place {
            Place::Path => of_pairs(parameter, path),
            Place::Query => of_pairs(parameter, query),
            Place::Header => headers
                .get(&parameter.name)
                .map(|text| String::from_utf8_lossy(text.as_bytes()).into_owned())
                .map(|text| typed(&parameter.schema, text)),
        };
        Some((parameter.name.clone(), value?))
    });
    values.collect()
}

fn of_pairs(parameter: &Parameter, pairs: &[(String, String)]) -> Option<Value> {
    let named = pairs.iter().filter(|(name, text)| {
        // Official SDKs send a name without a value for what is left out, and the platform takes it for that.
        let left_out = text.is_empty() && !parameter.required;
        *name == parameter.name && !left_out
    });
    let mut texts = named.map(|(_, text)| text.as_str()).peekable();
    texts.peek()?;
    let schema = Spec::get().resolve(&parameter.schema);
    if schema["type"] != "array" {
        return texts.next().map(|text| typed(&parameter.schema, text.to_owned()));
    }
    let items = &schema["items"];
    let typed = |text: &str| typed(items, text.to_owned());
    if parameter.explode {
        return Some(texts.map(typed).collect());
    }
    Some(texts.flat_map(|text| text.split(',')).map(typed).collect())
}

/// A text as the value that a schema wants; the text itself if it is no such value.
pub(crate) fn typed(schema: &Value, text: String) -> Value {
    let parsed = match Spec::get().resolve(schema)["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        Some("array" | "object") => serde_json::from_str(&text).ok(),
        _ => None,
    };
    parsed.unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn queries_are_decoded() {
        let pairs = pairs("a=1+2&b=%E7%94%BB%26&&c");
        let expected = [("a", "1 2"), ("b", "画&"), ("c", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn texts_become_what_the_schema_wants() {
        let typed = |kind: &str, text: &str| typed(&json!({"type": kind}), text.to_owned());
        assert_eq!(typed("integer", "12"), json!(12));
        assert_eq!(typed("integer", "twelve"), json!("twelve"));
        assert_eq!(typed("boolean", "true"), json!(true));
        assert_eq!(typed("number", "0.5"), json!(0.5));
        assert_eq!(typed("string", "12"), json!("12"));
    }
}
