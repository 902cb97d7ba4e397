use std::sync::LazyLock;

use http::HeaderValue;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::*;
use crate::wire::stream::Frame;

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        token: AccessToken::new("the-current-token").expect("a token"),
        attempts: 1,
    }
}

/// A request of no operation of the spec.
fn call() -> Call {
    call_of("test")
}

fn call_of(operation: &'static str) -> Call {
    let client = crate::Client::builder().token("the-current-token").build().expect("valid");
    Call::new(&client, operation)
}

#[derive(Debug, Default, PartialEq)]
struct Bot {
    id: String,
    tags: Vec<String>,
}

fields!(Bot { id, tags });

#[derive(Debug, PartialEq, Deserialize)]
struct Strict {
    id: String,
}

#[test]
fn payloads_are_found() {
    let bot = Bot { id: "7".into(), tags: Vec::new() };
    let body = r#"{"code":0,"msg":"","data":{"id":7,"new":{}},"detail":{"logid":"x"},"more":1}"#;
    assert_eq!(data::<Bot>(&call(), &reply(200, body)).expect("data"), bot);
    assert_eq!(data::<Bot>(&call(), &reply(201, r#"{"data":{"id":"7"}}"#)).expect("no code"), bot);
    assert_eq!(
        data::<Bot>(&call(), &reply(200, r#"{"code":"0","data":{"id":"7"}}"#)).expect("text"),
        bot
    );
    let body = r#"{"detail":"odd","id":7,"msg":{},"code":0,"tags":null}"#;
    assert_eq!(flat::<Bot>(&call(), &reply(200, body)).expect("root"), bot);
    assert_eq!(
        foreign_flat::<Value>(&call(), &reply(200, body)).expect("root"),
        json!({"id": 7, "tags": null})
    );
    empty::<()>(&call(), &reply(200, r#"{"code":0,"data":"whatever"}"#)).expect("nothing");
    empty::<()>(&call(), &reply(204, "")).expect("nothing");
}

#[test]
fn what_is_no_utf8_is_replaced() {
    let broken = |body: &[u8]| Reply { body: Bytes::copy_from_slice(body), ..reply(200, "") };
    let in_data = broken(b"{\"code\":0,\"data\":{\"id\":\"7\xff\"}}");
    assert_eq!(data::<Bot>(&call(), &in_data).expect("data").id, "7\u{fffd}");
    let at_root = broken(b"{\"code\":0,\"id\":\"\xe4\xbd\"}");
    assert_eq!(flat::<Bot>(&call(), &at_root).expect("root").id, "\u{fffd}");
    let odd = broken(b"{\"code\":0,\"data\":{\"id\":\"\xff\",\"tags\":{\"a\":\"\xff\"}}}");
    let error = data::<Bot>(&call(), &odd).expect_err("not a list");
    assert!(error.is_decode(), "{error}");
    assert!(error.to_string().contains("data.tags"), "{error}");
}

#[test]
fn a_documented_payload_must_arrive() {
    for body in [r#"{"code":0}"#, r#"{"code":0,"data":null}"#, r#"{"code":0,"other":{"id":7}}"#] {
        let error = data::<Bot>(&call(), &reply(200, body)).expect_err(body);
        assert!(error.is_decode() && error.to_string().contains("`data`"), "{error}");
        let error = flat::<Bot>(&call(), &reply(200, body)).expect_err(body);
        assert!(error.is_decode() && error.to_string().contains("no payload"), "{error}");
    }
}

#[test]
fn null_is_not_a_success() {
    let error = empty::<()>(&call(), &reply(200, " null ")).expect_err("null");
    assert!(error.is_decode() && error.to_string().contains("`null`"), "{error}");
}

#[test]
fn an_empty_response_in_place_of_events_is_a_refusal() {
    let error = reply(200, "").instead_of_events();
    assert!(error.is_decode() && error.to_string().contains("without a reason"), "{error}");
}

#[test]
fn an_absent_optional_payload_is_the_zero_value() {
    for body in [r#"{"code":0}"#, r#"{"code":0,"data":null}"#] {
        let reply = reply(200, body);
        assert_eq!(optional_data::<Vec<Bot>>(&call(), &reply).expect(body), []);
        assert_eq!(foreign_data::<Value>(&call(), &reply).expect(body), Value::Null);
        assert_eq!(optional_flat::<Bot>(&call(), &reply).expect(body), Bot::default());
        let error = foreign_data::<Strict>(&call(), &reply).expect_err(body);
        assert!(error.is_decode() && error.to_string().contains("data"), "{error}");
    }
    for body in ["{}", "null"] {
        let error = optional_data::<Vec<Bot>>(&call(), &reply(200, body)).expect_err(body);
        assert!(error.is_decode() && error.to_string().contains(body), "{error}");
    }
}

#[test]
fn the_payload_may_have_the_name_of_another_platform() {
    let bot = Bot { id: "7".into(), tags: Vec::new() };
    let body = r#"{"ChatV3ChatDetail":{"id":7},"BaseResp":null}"#;
    assert_eq!(data::<Bot>(&call_of("chat.cancel"), &reply(200, body)).expect("payload"), bot);
    let error = data::<Bot>(&call_of("chat.retrieve"), &reply(200, body)).expect_err("another");
    assert!(error.is_decode(), "{error}");
    let body = r#"{"Messages":[{"id":"7"}],"code":0}"#;
    let list = optional_data::<Vec<Bot>>(&call_of("chat.messages.list"), &reply(200, body));
    assert_eq!(list.expect("payload"), [bot]);
    let body = r#"{"code":4000,"msg":"bad","ChatV3ChatDetail":{}}"#;
    let error = data::<Bot>(&call_of("chat.cancel"), &reply(200, body)).expect_err("refused");
    assert_eq!(error.code(), Some(4000));
}

#[test]
fn the_payload_may_be_the_whole_response() {
    let call = call_of("bots.retrieve_published");
    let bot = Bot { id: "7".into(), tags: Vec::new() };
    assert_eq!(data::<Bot>(&call, &reply(200, r#"{"id":"7"}"#)).expect("payload"), bot);
    for body in ["{}", "null", r#"{"code":0}"#] {
        assert!(data::<Bot>(&call, &reply(200, body)).expect_err(body).is_decode());
    }
    assert!(data::<Bot>(&call, &reply(200, r#"{"code":5,"id":"7"}"#)).expect_err("5").is_api());
}

#[test]
fn errors_inside_messages_are_found() {
    let text =
        "code=103200005 message=a run in progress cannot be stopped\nstack=/app/a.go:663 x\n";
    let wrapped = json!({"code": 400, "msg": text}).to_string();
    let event = json!({"code": 103_100_001, "msg": text}).to_string();
    for (status, body) in [(400, &*wrapped), (200, &*event), (500, text)] {
        let error = data::<Bot>(&call(), &reply(status, body)).expect_err(body);
        assert_eq!(error.code(), Some(103_200_005), "{error}");
        assert_eq!(error.msg(), Some("a run in progress cannot be stopped"));
        assert_eq!(
            (error.status().map(|status| status.as_u16()), error.body()),
            (Some(status), Some(body))
        );
    }
    let other = json!({"code": 4000, "msg": text}).to_string();
    assert_eq!(data::<Bot>(&call(), &reply(200, &other)).expect_err("plain").code(), Some(4000));
}

#[test]
fn an_absent_operation_is_not_a_bad_token() {
    for (status, body) in [
        (401, r#"{"code":401,"msg":"missing session_key in cookie"}"#),
        (200, r#"{"code":700012006,"msg":"authentication failed: missing session_key in cookie"}"#),
    ] {
        let error = data::<Bot>(&call(), &reply(status, body)).expect_err(body);
        assert!(error.is_unsupported() && !error.is_auth() && !error.is_api(), "{error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.to_string().contains("does not have this operation"), "{error}");
    }
}

#[test]
fn refusals_are_found_in_good_answers() {
    let body =
        r#"{"code":4101,"msg":"no permission","data":"of another type","detail":{"logid":"L1"}}"#;
    let reply = reply(200, body);
    for error in [
        data::<Bot>(&call(), &reply).expect_err("refused"),
        flat::<Bot>(&call(), &reply).expect_err("refused"),
        empty::<()>(&call(), &reply).expect_err("refused"),
    ] {
        assert!(error.is_api() && error.is_permission_denied());
        assert_eq!((error.code(), error.msg()), (Some(4101), Some("no permission")));
        assert_eq!(
            (error.log_id(), error.status().map(|status| status.as_u16())),
            (Some("L1"), Some(200))
        );
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
        (200, r#"{"code":4013.0,"msg":"m"}"#, Some(4013), None, "m"),
        (200, r#"{"code":4000,"msg":{},"message":"m"}"#, Some(4000), None, "m"),
        (200, r#"{"code":4000,"msg":[],"message":"m"}"#, Some(4000), None, "m"),
        (200, r#"{"code":4000,"msg":["m"]}"#, Some(4000), None, r#"["m"]"#),
    ];
    for (status, body, code, name, msg) in cases {
        let error = flat::<Bot>(&call(), &reply(status, body)).expect_err(body);
        assert!(error.is_api(), "{body}: {error:?}");
        assert_eq!((error.code(), error.error_name(), error.msg()), (code, name, Some(msg)));
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
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
        (500, "", "an empty response"),
        (500, "no healthy upstream at the-current-token", "reads: no healthy upstream at ***"),
        (500, "{}", "reads: {}"),
        (302, "", "redirected"),
    ];
    for (status, body, expected) in cases {
        let error = data::<Bot>(&call(), &reply(status, body)).expect_err(body);
        assert!(error.is_status() && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn good_answers_that_are_no_json_are_described() {
    for (body, expected) in [
        ("<html><title>Login</title>", "not JSON: an HTML page titled \"Login\""),
        ("", "not JSON: an empty response"),
        ("ok", "not JSON: a response that reads: ok"),
        (r#"{"code":0,"data":{"id"#, "at $.data"),
    ] {
        let error = data::<Bot>(&call(), &reply(200, body)).expect_err(body);
        assert!(error.is_decode() && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn decode_errors_say_where_and_show_no_secret() {
    let body = r#"{"code":0,"data":{"id":"1","tags":{"access_token":"hush"}}}"#;
    let text = data::<Bot>(&call(), &reply(200, body)).expect_err("not a list").to_string();
    assert!(text.contains("at $.data.tags") && text.contains("***"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    let body = r#"{"code":0,"data":{"tags":"the-current-token"}}"#;
    let text = data::<Bot>(&call(), &reply(200, body)).expect_err("no list").to_string();
    assert!(text.contains("$.data.tags") && !text.contains("the-current-token"), "{text}");
}

#[test]
fn messages_are_redacted() {
    let body = r#"{"code":4100,"msg":"Bearer the-current-token is not valid, see https://u.example/a?sig=1"}"#;
    let error = data::<Bot>(&call(), &reply(200, body)).expect_err("refused");
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
    let error = data::<Bot>(&call(), &reply(502, &"x".repeat(100_000))).expect_err("a page");
    assert_eq!(error.body().map(str::len), Some(64 * 1024));
    assert!(!format!("{error} {error:?}").contains(&"x".repeat(1000)));
}

#[test]
fn the_header_knows_the_log_id_best() {
    let mut answer = reply(200, r#"{"detail":{"logid":"body"}}"#);
    assert_eq!(answer.log_id().as_deref(), Some("body"));
    answer.headers.insert("x-tt-logid", HeaderValue::from_static("header"));
    assert_eq!(answer.log_id().as_deref(), Some("header"));
    let mut answer = reply(500, "x");
    answer.headers.insert("x-log-id", HeaderValue::from_static("studio"));
    assert_eq!(answer.log_id().as_deref(), Some("studio"));
    assert_eq!(reply(200, "x").log_id(), None);
}

/// A client takes long to build.
static CALL: LazyLock<Call> = LazyLock::new(call);

/// The content of a JSON string with any combination of faults, and the text that it means.
fn odd_text() -> impl Strategy<Value = (Vec<u8>, String)> {
    let fault = prop_oneof![
        Just((&b"\xff"[..], vec![0xfffd])),
        Just((&br"\ud83d"[..], vec![0xd83d])),
        Just((&br"\ude00"[..], vec![0xde00])),
        Just((&br"\ud83d\ude00"[..], vec![0xd83d, 0xde00])),
        Just((&b"\x01"[..], vec![1])),
        Just((&b"\n"[..], vec![10])),
        Just((&b"\x1b"[..], vec![27])),
        Just((&br"\q"[..], vec![92, 113])),
        Just((&br"\u1g"[..], vec![92, 117, 49, 103])),
        Just((&br"\n"[..], vec![10])),
        Just((&br#"\""#[..], vec![34])),
        Just((&br"\\"[..], vec![92])),
        Just(("扣".as_bytes(), vec![0x6263])),
        Just((&b"a"[..], vec![97])),
    ];
    proptest::collection::vec(fault, 0..8).prop_map(|faults| {
        let raw = faults.iter().flat_map(|(raw, _)| raw.to_vec()).collect();
        let units: Vec<u16> = faults.into_iter().flat_map(|(_, units)| units).collect();
        (raw, String::from_utf16_lossy(&units))
    })
}

proptest! {
    #[test]
    fn any_combination_of_faults_is_read((raw, text) in odd_text(), mark: bool) {
        let json = |head: &str, tail: &str| {
            let mark: &[u8] = if mark { b"\xef\xbb\xbf " } else { b"" };
            Bytes::from([mark, head.as_bytes(), &raw, tail.as_bytes()].concat())
        };
        let replied = |body| Reply { body, ..reply(200, "") };
        let found = replied(json(r#"{"code":0,"data":{"id":""#, r#""}}"#));
        prop_assert_eq!(&data::<Bot>(&CALL, &found).expect("data").id, &text);
        let found = replied(json(r#"{"code":0,"id":""#, r#""}"#));
        prop_assert_eq!(&flat::<Bot>(&CALL, &found).expect("root").id, &text);

        let failed = json(r#"{"code":4013,"msg":""#, r#""}"#);
        let error = replied(failed.clone()).refused().expect("an error");
        prop_assert_eq!((error.code(), error.msg()), (Some(4013), Some(&*text)));
        prop_assert_eq!(replied(failed.clone()).check_file().expect_err("an error").code(), Some(4013));
        let error = Frame::new("error", failed).error().expect("an error");
        prop_assert_eq!((error.code(), error.msg()), (Some(4013), Some(&*text)));

        let event = Frame::new("message", json(r#"{"id":""#, r#""}"#));
        prop_assert_eq!(event.json::<Bot>().expect("an event").id, text);
    }
}
