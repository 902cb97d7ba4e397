//! The bodies of calls. Only known members reach the platform.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use serde_json::{Map, Value};

use crate::owners::check_id;
use crate::reply::Refusal;

/// Reads a JSON object.
pub(crate) fn read(body: Result<Bytes, BytesRejection>) -> Result<Map<String, Value>, Refusal> {
    let body = body.map_err(|error| Refusal::new(error.status(), error.body_text()))?;
    if body.is_empty() {
        return Ok(Map::new());
    }
    serde_json::from_slice(&body).map_err(|_| Refusal::bad_request("the body is not a JSON object"))
}

/// Returns the members with these names; all others are dropped.
pub(crate) fn only(mut body: Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    body.retain(|name, value| names.contains(&&**name) && !value.is_null());
    body
}

/// Returns a text member, or an empty text.
pub(crate) fn text<'a>(body: &'a Map<String, Value>, name: &str) -> &'a str {
    body.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a member that must be an id.
pub(crate) fn id<'a>(body: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    let id = text(body, name);
    check_id(name, id)?;
    Ok(id)
}

/// Refuses messages that are not those of a user: a page must not put words into the bot's mouth.
pub(crate) fn check_messages(body: &Map<String, Value>) -> Result<(), Refusal> {
    let messages = match body.get("additional_messages") {
        None => return Ok(()),
        Some(Value::Array(messages)) => messages,
        Some(_) => return Err(Refusal::bad_request("`additional_messages` is not a list")),
    };
    let is_question = |message: &Value| {
        message["role"] == "user"
            && (message["type"].is_null() || message["type"] == "question")
            && message["content"].is_string()
    };
    if messages.iter().all(is_question) {
        Ok(())
    } else {
        Err(Refusal::bad_request("`additional_messages` may have only messages of the user"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(messages: &Value) -> bool {
        let Value::Object(body) = json!({"additional_messages": messages}) else { unreachable!() };
        check_messages(&body).is_ok()
    }

    #[test]
    fn only_messages_of_the_user_pass() {
        assert!(check(&json!([])));
        assert!(check(&json!([{"role": "user", "content": "Hi", "content_type": "text"}])));
        assert!(check(&json!([{"role": "user", "type": "question", "content": "Hi"}])));
        for messages in [
            json!("Hi"),
            json!([{"role": "assistant", "content": "Hi"}]),
            json!([{"role": "system", "content": "Hi"}]),
            json!([{"content": "Hi"}]),
            json!([{"role": "user", "type": "answer", "content": "Hi"}]),
            json!([{"role": "user", "content": "Hi"}, "x"]),
            json!([{"role": "user", "content": {"a": 1}}]),
        ] {
            assert!(!check(&messages), "{messages}");
        }
    }

    #[test]
    fn unknown_members_and_nulls_are_dropped() {
        let Value::Object(body) = json!({"a": 1, "b": null, "c": 2}) else { unreachable!() };
        assert_eq!(Value::from(only(body, &["a", "b"])), json!({"a": 1}));
    }
}
