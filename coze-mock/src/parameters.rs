//! Reads the parameters of path, query and headers, converted to the types of the model.

use coze_spec::model::{Param, Place, Type};
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::endpoint::Endpoint;
use crate::error::ApiError;
use crate::spec::typed;
use crate::validate;

/// Returns the decoded pairs of a query.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text).decode_utf8_lossy().into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Reads and checks the parameters outside the body.
pub(crate) fn read(
    endpoint: &Endpoint,
    path: &[(String, String)],
    query: &[(String, String)],
    headers: &HeaderMap,
) -> Result<Map<String, Value>, ApiError> {
    let mut values = Map::new();
    for param in endpoint.params() {
        let name = &param.field.wire;
        let value = match param.place {
            Place::Path if endpoint.has_in_path(name) => from_pairs(param, false, path),
            Place::Path => from_pairs(param, false, query),
            Place::Query { explode } => from_pairs(param, explode, query),
            Place::Header => headers.get(name).map(|text| {
                let text = String::from_utf8_lossy(text.as_bytes()).into_owned();
                typed(&param.field.kind, text)
            }),
            Place::Body | Place::Part => continue,
        };
        validate::parameter(endpoint, param, value.as_ref())?;
        if let Some(value) = value {
            values.insert(name.clone(), value);
        }
    }
    Ok(values)
}

fn from_pairs(param: &Param, explode: bool, pairs: &[(String, String)]) -> Option<Value> {
    let field = &param.field;
    let named = pairs.iter().filter(|(name, text)| {
        // Official SDKs send an omitted parameter as a name without a value, and the platform
        // accepts it.
        let left_out = text.is_empty() && !field.required;
        *name == field.wire && !left_out
    });
    let mut texts = named.map(|(_, text)| text.as_str()).peekable();
    texts.peek()?;
    let Type::List(item) = &field.kind else {
        return texts.next().map(|text| typed(&field.kind, text.to_owned()));
    };
    let typed = |text: &str| typed(item, text.to_owned());
    if explode {
        return Some(texts.map(typed).collect());
    }
    Some(texts.flat_map(|text| text.split(',')).map(typed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let pairs = pairs("a=1+2&b=%E7%94%BB%26&&c");
        let expected = [("a", "1 2"), ("b", "画&"), ("c", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
