use http::HeaderValue;
use serde_json::json;

use super::*;

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        token: AccessToken::new("the-current-token").expect("a token"),
        attempts: 1,
    }
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Bot {
    id: String,
    tags: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Strict {
    id: String,
}

#[test]
fn payloads_are_found() {
    let bot = Bot { id: "7".into(), tags: Vec::new() };
    let body = r#"{"code":0,"msg":"","data":{"id":7,"new":{}},"detail":{"logid":"x"},"more":1}"#;
    assert_eq!(data::<Bot>(&reply(200, body)).expect("data"), bot);
    assert_eq!(data::<Bot>(&reply(201, r#"{"data":{"id":"7"}}"#)).expect("no code"), bot);
    assert_eq!(data::<Bot>(&reply(200, r#"{"code":"0","data":{"id":"7"}}"#)).expect("text"), bot);
    let body = r#"{"detail":"odd","id":7,"msg":{},"code":0,"tags":null}"#;
    assert_eq!(flat::<Bot>(&reply(200, body)).expect("root"), bot);
    assert_eq!(flat::<Value>(&reply(200, body)).expect("root"), json!({"id": 7, "tags": null}));
    empty::<()>(&reply(200, r#"{"code":0,"data":"whatever"}"#)).expect("nothing");
    empty::<()>(&reply(204, "")).expect("nothing");
}

#[test]
fn what_is_no_utf8_is_replaced() {
    let broken = |body: &[u8]| Reply { body: Bytes::copy_from_slice(body), ..reply(200, "") };
    let in_data = broken(b"{\"code\":0,\"data\":{\"id\":\"7\xff\"}}");
    assert_eq!(data::<Bot>(&in_data).expect("data").id, "7\u{fffd}");
    let at_root = broken(b"{\"code\":0,\"id\":\"\xe4\xbd\"}");
    assert_eq!(flat::<Bot>(&at_root).expect("root").id, "\u{fffd}");
    let odd = broken(b"{\"code\":0,\"data\":{\"id\":\"\xff\",\"tags\":[[\xff]]}}");
    let error = data::<Bot>(&odd).expect_err("no tag");
    assert!(error.is_decode(), "{error}");
    assert!(error.to_string().contains("data.tags[0]"), "{error}");
}

#[test]
fn absent_data_is_the_zero_value() {
    for body in [r#"{"code":0}"#, r#"{"code":0,"data":null}"#] {
        assert_eq!(data::<Bot>(&reply(200, body)).expect(body), Bot::default());
        assert_eq!(data::<Vec<Bot>>(&reply(200, body)).expect(body), []);
        assert_eq!(data::<Value>(&reply(200, body)).expect(body), Value::Null);
        let error = data::<Strict>(&reply(200, body)).expect_err(body);
        assert!(error.is_decode() && error.to_string().contains("data"), "{error}");
    }
    assert!(data::<Bot>(&reply(200, "{}")).expect_err("no envelope").is_decode());
}

#[test]
fn refusals_are_found_in_good_answers() {
    let body =
        r#"{"code":4101,"msg":"no permission","data":"of another type","detail":{"logid":"L1"}}"#;
    let reply = reply(200, body);
    for error in [
        data::<Bot>(&reply).expect_err("refused"),
        flat::<Bot>(&reply).expect_err("refused"),
        empty::<()>(&reply).expect_err("refused"),
    ] {
        assert!(error.is_api() && error.is_permission_denied());
        assert_eq!((error.code(), error.msg()), (Some(4101), Some("no permission")));
        assert_eq!((error.log_id(), error.status()), (Some("L1"), Some(200)));
    }
}

#[test]
fn refusals_have_many_shapes() {
    // status, body, code, name, msg
    let cases = [
        (400, r#"{"code":4000,"msg":"bad"}"#, Some(4000), None, "bad"),
        (500, r#"{"code":"5000","msg":"bad"}"#, Some(5000), None, "bad"),
        (
            200,
            r#"{"error_code":"invalid_client","error_message":"m"}"#,
            None,
            Some("invalid_client"),
            "m",
        ),
        (
            401,
            r#"{"error_code":"invalid_client","error_message":"m"}"#,
            None,
            Some("invalid_client"),
            "m",
        ),
        (200, r#"{"error":"slow_down","error_description":"m"}"#, None, Some("slow_down"), "m"),
        (400, r#"{"error":"slow_down"}"#, None, Some("slow_down"), ""),
        (502, r#"{"message":"upstream"}"#, None, None, "upstream"),
        (400, r#"{"error":{"code":"x","message":"inner"}}"#, None, Some("x"), "inner"),
        (403, r#"{"code":"AccessDenied","message":"m"}"#, None, Some("AccessDenied"), "m"),
    ];
    for (status, body, code, name, msg) in cases {
        let error = flat::<Bot>(&reply(status, body)).expect_err(body);
        assert!(error.is_api(), "{body}: {error:?}");
        assert_eq!((error.code(), error.error_name(), error.msg()), (code, name, Some(msg)));
        assert_eq!(error.status(), Some(status));
    }
}

#[test]
fn what_is_no_reply_of_the_api_is_described() {
    let cases = [
        (
            502,
            "<!doctype html><HTML><head><title>\n502 Bad Gateway </title></head></HTML>",
            "an HTML page titled \"502 Bad Gateway\"",
        ),
        (503, "<html>", "an HTML page"),
        (500, "", "an empty answer"),
        (500, "no healthy upstream at the-current-token", "reads: no healthy upstream at ***"),
        (500, "{}", "reads: {}"),
        (302, "", "redirected"),
    ];
    for (status, body, expected) in cases {
        let error = data::<Bot>(&reply(status, body)).expect_err(body);
        assert!(error.is_status() && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn good_answers_that_are_no_json_are_described() {
    for (body, expected) in [
        ("<html><title>Login</title>", "not JSON: an HTML page titled \"Login\""),
        ("", "not JSON: an empty answer"),
        ("ok", "not JSON: an answer that reads: ok"),
        (r#"{"code":0,"data":{"id"#, "at $.data"),
    ] {
        let error = data::<Bot>(&reply(200, body)).expect_err(body);
        assert!(error.is_decode() && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn decode_errors_say_where_and_show_no_secret() {
    let body = r#"{"code":0,"data":{"id":"1","tags":[{"access_token":"hush"}]}}"#;
    let text = data::<Bot>(&reply(200, body)).expect_err("no string").to_string();
    assert!(text.contains("at $.data.tags[0]") && text.contains("***"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    let body = r#"{"code":0,"data":{"tags":"the-current-token"}}"#;
    let text = data::<Bot>(&reply(200, body)).expect_err("no list").to_string();
    assert!(text.contains("$.data.tags") && !text.contains("the-current-token"), "{text}");
}

#[test]
fn messages_are_redacted() {
    let body = r#"{"code":4100,"msg":"Bearer the-current-token is not valid, see https://u.example/a?sig=1"}"#;
    let error = data::<Bot>(&reply(200, body)).expect_err("refused");
    assert_eq!(error.msg(), Some("Bearer *** is not valid, see https://u.example/a?***"));
}

#[test]
fn a_refusal_is_found_whatever_the_body_is() {
    for good in ["\u{1}binary", "", "[1]", "{\"odd\": ", r#"{"code":0,"error":"of a run"}"#, "{}"] {
        assert!(reply(200, good).refused().is_none(), "{good}");
    }
    let refused = reply(200, r#" {"code":"4000","msg":"bad"}"#).refused().expect("an error");
    assert_eq!((refused.code(), refused.msg()), (Some(4000), Some("bad")));
    assert_eq!(refused.body(), Some(r#" {"code":"4000","msg":"bad"}"#));
    assert!(reply(500, "\u{1}binary").refused().expect("an error").is_status());
}

#[test]
fn errors_keep_a_bounded_piece_of_the_body() {
    let error = data::<Bot>(&reply(502, &"x".repeat(100_000))).expect_err("a page");
    assert_eq!(error.body().map(str::len), Some(64 * 1024));
    assert!(!format!("{error} {error:?}").contains(&"x".repeat(1000)));
}

#[test]
fn the_header_knows_the_log_id_best() {
    let mut answer = reply(200, r#"{"detail":{"logid":"body"}}"#);
    assert_eq!(answer.log_id().as_deref(), Some("body"));
    answer.headers.insert("x-tt-logid", HeaderValue::from_static("header"));
    assert_eq!(answer.log_id().as_deref(), Some("header"));
    assert_eq!(reply(200, "x").log_id(), None);
}
