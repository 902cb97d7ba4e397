//! Results of tools.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

/// The largest integer that every client can read exactly. The IDs of the platform are larger.
const MAX_EXACT: u64 = 1 << 53;

/// The members of a response around its payload.
const ENVELOPE: [&str; 3] = ["code", "msg", "detail"];

/// Returns a result that says what went wrong.
pub(super) fn failure(message: impl Into<String>) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(message)])
}

/// Returns the result for an error of the API, with its meaning and the remedy.
pub(super) fn of_error(error: &coze_api::Error) -> CallToolResult {
    match error.explanation() {
        Some(explanation) => failure(format!("{error}\n{explanation}")),
        None => failure(error.to_string()),
    }
}

/// Returns the payload of a response.
pub(super) fn of_body(body: &[u8]) -> CallToolResult {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return CallToolResult::success(vec![ContentBlock::text(String::from_utf8_lossy(body))]);
    };
    let mut payload = payload(body);
    write_ids(&mut payload);
    let mut result = CallToolResult::success(vec![ContentBlock::text(payload.to_string())]);
    result.structured_content = Some(payload).filter(Value::is_object);
    result
}

/// Removes the envelope of a successful response.
fn payload(mut body: Value) -> Value {
    let Some(members) = body.as_object_mut().filter(|members| members.contains_key("code")) else {
        return body;
    };
    members.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
    match members.len() {
        1 => members.remove("data").unwrap_or(body),
        _ => body,
    }
}

/// Writes large integers as strings, because clients in JavaScript would change them.
fn write_ids(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(write_ids),
        Value::Object(members) => members.values_mut().for_each(write_ids),
        Value::Number(number) => {
            let is_large = number.as_u64().is_some_and(|number| number > MAX_EXACT)
                || number.as_i64().is_some_and(|number| number.unsigned_abs() > MAX_EXACT);
            if is_large {
                *value = number.to_string().into();
            }
        }
        _ => {}
    }
}

/// Returns a file as content of its type.
pub(super) fn of_file(media: &str, bytes: &[u8]) -> CallToolResult {
    let data = STANDARD.encode(bytes);
    let content = if media.starts_with("audio/") {
        ContentBlock::audio(data, media)
    } else if media.starts_with("image/") {
        ContentBlock::image(data, media)
    } else {
        let resource = ResourceContents::blob(data, "coze://file").with_mime_type(media);
        ContentBlock::resource(resource)
    };
    CallToolResult::success(vec![content])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text_of(body: &str) -> String {
        let result = of_body(body.as_bytes());
        result.content[0].as_text().unwrap().text.clone()
    }

    #[test]
    fn the_envelope_is_removed() {
        let data = r#"{"code":0,"msg":"","data":{"name":"Tea"},"detail":{"logid":"1"}}"#;
        assert_eq!(text_of(data), r#"{"name":"Tea"}"#);
        assert_eq!(of_body(data.as_bytes()).structured_content, Some(json!({"name": "Tea"})));
        let flat = r#"{"code":0,"msg":"","data":[1],"has_more":false}"#;
        assert_eq!(text_of(flat), r#"{"data":[1],"has_more":false}"#);
        assert_eq!(text_of(r#"{"code":0,"msg":""}"#), "{}");
        assert_eq!(text_of("hello"), "hello");
        assert_eq!(text_of("[1]"), "[1]");
    }

    #[test]
    fn ids_are_strings() {
        let body =
            r#"{"code":0,"data":{"id":7342866812345000001,"list":[-7342866812345000001,5]}}"#;
        let expected = r#"{"id":"7342866812345000001","list":["-7342866812345000001",5]}"#;
        assert_eq!(text_of(body), expected);
        assert_eq!(text_of("9007199254740992"), "9007199254740992");
        assert_eq!(text_of("9007199254740993"), r#""9007199254740993""#);
    }

    #[test]
    fn files_have_their_type() {
        let kind = |media: &str| serde_json::to_value(of_file(media, b"x")).unwrap();
        assert_eq!(kind("audio/mpeg")["content"][0]["type"], "audio");
        assert_eq!(kind("image/png")["content"][0]["data"], "eA==");
        let resource = &kind("application/zip")["content"][0]["resource"];
        assert_eq!(resource["mimeType"], "application/zip");
        assert_eq!(resource["blob"], "eA==");
    }
}
