//! Bodies and events that are not quite JSON, or not of the documented shape: errors keep their
//! codes, and values keep their content.

use std::sync::atomic::{AtomicBool, Ordering};

use coze_api::{AccessToken, BoxFuture, Credentials, Error, Message, Result, TokenContext};
use coze_tests::events::{begun, end, whole};
use coze_tests::server::{Reply, Server, TOKEN};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

/// Messages as they are written inside the quotes of a JSON string, and as they should be read.
const MESSAGES: [(&[u8], &str); 5] = [
    (b"a\xffb", "a\u{fffd}b"),
    (br"a\ud83d", "a\u{fffd}"),
    (b"a\nb\x1b", "a\nb\u{1b}"),
    (br"a\x", r"a\x"),
    (b"plain", "plain"),
];

/// Each of the messages, and each two of them in one string.
fn messages() -> Vec<(Vec<u8>, String)> {
    let pairs = MESSAGES.iter().flat_map(|(raw, text)| {
        let second = MESSAGES
            .iter()
            .map(move |(more, other)| ([*raw, more].concat(), [*text, other].concat()));
        std::iter::once((raw.to_vec(), (*text).to_owned())).chain(second)
    });
    pairs.collect()
}

/// The JSON of an error with each of the messages, with and without a byte order mark.
fn errors(code: i64) -> Vec<(Vec<u8>, String)> {
    let mut all = Vec::new();
    for (raw, msg) in messages() {
        let json = [format!("{{\"code\":{code},\"msg\":\"").as_bytes(), &raw, b"\"}"].concat();
        all.push(([b"\xef\xbb\xbf\n", &*json].concat(), msg.clone()));
        all.push((json, msg));
    }
    all
}

fn body(status: u16, body: impl AsRef<[u8]>) -> Reply {
    Reply::new(status, &[("content-type", "application/json")], body)
}

async fn error_of(reply: Reply) -> Error {
    let server = Server::replies(vec![reply]).await;
    server.once().bots().retrieve("7").await.expect_err("refused")
}

#[tokio::test]
async fn an_error_keeps_its_code_whatever_its_text() {
    for status in [200, 400] {
        for (json, msg) in errors(4101) {
            let error = error_of(body(status, &json)).await;
            assert_eq!((error.code(), error.msg()), (Some(4101), Some(&*msg)), "{error:?}");
            assert!(error.is_permission_denied());
        }
    }
}

#[tokio::test]
async fn a_rate_limit_is_retried_whatever_its_text() {
    for (json, _) in errors(4013) {
        let server = Server::replies(vec![body(200, &json), Reply::data(&json!({}))]).await;
        // A message is created, which is not repeated for any other reason.
        server.client_without_delay().conversations().create().await.expect("the second attempt");
        assert_eq!(server.requests().len(), 2, "{json:?}");
    }
}

/// Tokens of which the first is refused.
struct Rotated(AtomicBool);

impl Credentials for Rotated {
    fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        let token = if self.0.load(Ordering::Relaxed) { "pat_second" } else { "pat_first" };
        Box::pin(async move { AccessToken::new(token) })
    }

    fn rejected(&self, _: &AccessToken) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

#[tokio::test]
async fn a_token_is_renewed_whatever_the_text_of_its_refusal() {
    for (json, _) in errors(4100) {
        let server = Server::replies(vec![body(200, &json), Reply::data(&json!({}))]).await;
        let builder = server.builder().credentials(Rotated(AtomicBool::new(false)));
        let coze = builder.build().expect("a client");
        coze.bots().retrieve("7").await.expect("renewed");
        let tokens: Vec<_> =
            server.requests().iter().map(|r| r.header("authorization").to_owned()).collect();
        assert_eq!(tokens, ["Bearer pat_first", "Bearer pat_second"]);
    }
}

#[tokio::test]
async fn a_reply_is_read_whatever_its_strings() {
    for (raw, text) in messages() {
        let list = [b"{\"code\":0,\"data\":[{\"id\":1,\"content\":\"", &*raw, b"\"},{\"id\":2}]}"];
        let server = Server::replies(vec![body(200, list.concat())]).await;
        let messages = server.once().chat().messages().list("1", "2").await.expect("messages");
        assert_eq!((messages.len(), &*messages[0].content), (2, &*text));

        let root = [b"\xef\xbb\xbf{\"code\":0,\"execute_id\":\"", &*raw, b"\",\"data\":\"x\"}"];
        let server = Server::replies(vec![body(200, root.concat())]).await;
        let run = server.once().workflows().runs().create("7").await.expect("a run");
        assert_eq!((&*run.execute_id, &*run.data), (&*text, "x"));
    }
}

#[tokio::test]
async fn events_are_read_whatever_their_strings() {
    for (raw, text) in messages() {
        if raw.contains(&b'\n') {
            // A line break ends a line of an event, also inside a string.
            continue;
        }
        let delta = [
            b"event:conversation.message.delta\ndata:{\"type\":\"answer\",\"content\":\"",
            &*raw,
            b"\"}\n\n",
        ];
        let failure =
            [b"event:error\ndata:\xef\xbb\xbf{\"code\":5000,\"msg\":\"", &*raw, b"\"}\n\n"];
        let server =
            Server::replies(vec![whole([delta.concat(), failure.concat()].concat())]).await;
        let chat = server.once().chat().create("1", "2").message(Message::user("x"));
        let error =
            chat.stream().await.expect("a stream").collect_reply().await.expect_err("fails");
        assert_eq!((error.code(), error.msg()), (Some(5000), Some(&*text)), "{error:?}");
        let reply = error.partial_chat_reply().expect("a reply");
        assert_eq!(reply.text(), text);
    }
}

#[tokio::test]
async fn an_error_in_place_of_events_keeps_its_code() {
    for (json, msg) in errors(4013) {
        let mut replies = vec![body(200, &json), whole(&json)];
        // A line break ends a line of an event, also inside a string.
        if !json.contains(&b'\n') {
            replies.push(whole([b"data: \xef\xbb\xbf", &*json, b"\n\n"].concat()));
        }
        for reply in replies {
            let server = Server::replies(vec![reply]).await;
            let error = match server.once().chat().create("1", "2").stream().await {
                Ok(mut events) => events.try_next().await.expect_err("refused"),
                Err(error) => error,
            };
            assert_eq!((error.code(), error.msg()), (Some(4013), Some(&*msg)), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_surrogate_pair_that_two_events_share_is_joined() {
    let delta = |content: &str| {
        let data = format!(r#"{{"id":"1","type":"answer","content":"{content}"}}"#);
        format!("event:conversation.message.delta\ndata:{data}\n\n")
    };
    let done = "event:done\ndata:[DONE]\n\n".to_owned();
    let pieces = [delta("It is \\ud83d"), delta("\\ude00 and \\ud83d"), delta("x\\ude00"), done];
    let server = Server::replies(vec![begun(pieces).then(end())]).await;
    let stream = server.once().chat().create("1", "2").stream().await.expect("a stream");
    let text: Vec<String> = stream.text().try_collect().await.expect("text");
    assert_eq!(text.concat(), "It is 😀 and \u{fffd}x\u{fffd}");
}

#[tokio::test]
async fn every_shape_of_an_error_shows_the_words_of_the_server() {
    // status, body, code, name, message
    let cases = [
        (400, r#"{"code":4000,"msg":"bad"}"#, Some(4000), None, "bad"),
        (200, r#"{"code":4000.0,"message":"bad"}"#, Some(4000), None, "bad"),
        (200, r#"{"code":" 4000 ","error_message":"bad"}"#, Some(4000), None, "bad"),
        (200, r#"{"error_message":"bad"}"#, None, None, "bad"),
        (500, r#"{"error_message":"bad"}"#, None, None, "bad"),
        (200, r#"{"message":"bad"}"#, None, None, "bad"),
        (200, r#"{"success":false,"message":"bad"}"#, None, None, "bad"),
        (200, r#"{"success":false,"data":{"x":1},"msg":"bad"}"#, None, None, "bad"),
        (200, r#"{"code":4000,"msg":{"zh":"坏"}}"#, Some(4000), None, r#"{"zh":"坏"}"#),
        (403, r#"{"error":{"code":"NoAccess","message":"bad"}}"#, None, Some("NoAccess"), "bad"),
        (200, r#"{"error":{"code":4101,"message":"bad"}}"#, Some(4101), None, "bad"),
        (
            400,
            r#"{"ResponseMetadata":{"Error":{"Code":"Flow","CodeN":1,"Message":"bad"}}}"#,
            None,
            Some("Flow"),
            "bad",
        ),
        (
            500,
            r#"{"detail":{"error_code":301002,"error_message":"bad"}}"#,
            Some(301_002),
            None,
            "bad",
        ),
        (404, r#"{"detail":"bad"}"#, None, None, "bad"),
        (
            401,
            r#"{"error":"invalid_token","error_description":"bad"}"#,
            None,
            Some("invalid_token"),
            "bad",
        ),
    ];
    for (status, json, code, name, msg) in cases {
        let error = error_of(body(status, json)).await;
        assert!(error.is_api(), "{json}: {error:?}");
        assert_eq!(
            (error.code(), error.error_name(), error.msg()),
            (code, name, Some(msg)),
            "{json}"
        );
        assert!(error.to_string().contains(&format!(": {msg} (HTTP {status})")), "{error}");
        assert_eq!(error.body(), Some(json));
    }
    let coze = Server::replies(vec![body(200, r#"{"success":false}"#)]).await;
    let error = coze.once().datasets().delete("7").await.expect_err("a failure");
    assert!(error.is_api() && error.msg() == Some(""), "{error:?}");
}

#[tokio::test]
async fn members_beside_code_and_message_are_kept() {
    let url = "https://www.coze.cn/work_flow?execute_id=741364789030728";
    let failed = json!({"code": 5000, "msg": "node failed", "debug_url": url, "usage": {"x": 1}});
    let server = Server::replies(vec![Reply::json(&failed)]).await;
    let error = server.once().workflows().runs().create("7").await.expect_err("a failure");
    assert_eq!((error.code(), error.debug_url()), (Some(5000), Some(url)));
    let kept: Value = serde_json::from_str(error.body().expect("a body")).expect("JSON");
    assert_eq!(kept, failed);
    assert!(!format!("{error} {error:?}").contains("execute_id"), "{error:?}");

    let event = json!({"error_code": 5000, "error_message": "node failed", "debug_url": url});
    let server = Server::replies(vec![whole(format!("event:Error\ndata:{event}\n\n"))]).await;
    let run = server.once().workflows().runs().stream("7").await.expect("a stream");
    let error = run.try_collect::<Vec<_>>().await.expect_err("a failure");
    assert_eq!((error.code(), error.debug_url()), (Some(5000), Some(url)));
    assert_eq!((error.msg(), error.body()), (Some("node failed"), Some(&*event.to_string())));
}

#[tokio::test]
async fn a_json_error_is_not_saved_as_a_file() {
    let json = r#"{"code":4200,"msg":"no such voice","detail":{"logid":"x"}}"#;
    let odd = [b"\xef\xbb\xbf\n ", json.as_bytes()].concat();
    for kind in ["text/plain", "application/octet-stream", "audio/mpeg", "application/json", ""] {
        let headers: &[_] = if kind.is_empty() { &[] } else { &[("content-type", kind)] };
        for body in [json.as_bytes(), &odd] {
            for reply in [Reply::new(200, headers, body), Reply::new(200, headers, body).dribbled()]
            {
                let server = Server::replies(vec![reply]).await;
                let coze = server.once();
                let speech = coze.audio().speech().create("Hello", "7426720361733144585").await;
                let error = speech.expect_err("an error");
                assert_eq!((error.code(), error.msg()), (Some(4200), Some("no such voice")));
                assert_eq!(error.operation(), "audio.speech.create", "{kind}");
            }
        }
    }
    let busy = Reply::new(200, &[("content-type", "audio/mpeg")], r#"{"code":4013,"msg":"busy"}"#);
    let file = Reply::new(200, &[("content-type", "audio/mpeg")], "ID3");
    let server = Server::replies(vec![busy, file]).await;
    let speech =
        server.client_without_delay().audio().speech().create("Hello", "7426720361733144585").await;
    assert_eq!(speech.expect("a file").bytes().await.expect("bytes"), "ID3");
}

/// A JSON text of more than 64 KiB, the most that is read before a file is returned.
fn long(value: &Value) -> String {
    let text = value.to_string();
    assert!(text.len() > 64 * 1024);
    text
}

#[tokio::test]
async fn a_long_json_error_is_not_saved_as_a_file() {
    let filler = "no such \"voice\"\n".repeat(8 * 1024);
    let errors = [
        long(&json!({"code": 4200, "msg": "no such voice", "data": null, "trace": filler})),
        long(&json!({"trace": [{"text": filler}], "msg": "no such voice", "code": 4200})),
        format!("\u{feff} {}\n", long(&json!({"msg": "no such voice", "x": filler, "code": 4200}))),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("speech.mp3");
    for kind in ["audio/mpeg", "application/octet-stream", "application/json"] {
        for body in &errors {
            let headers = [("content-type", kind), ("x-tt-logid", "log-header")];
            let server = Server::replies(vec![Reply::new(200, &headers, body)]).await;
            let coze = server.once();
            let speech = || coze.audio().speech().create("Hello", "7426720361733144585");
            let error = speech().await.expect("a beginning").save(&path).await.expect_err("saved");
            assert_eq!((error.code(), error.msg()), (Some(4200), Some("no such voice")));
            assert_eq!(
                (error.operation(), error.log_id()),
                ("audio.speech.create", Some("log-header"))
            );
            assert!(std::fs::read_dir(folder.path()).expect("a folder").next().is_none());
            let error = speech().await.expect("a beginning").bytes().await.expect_err("a file");
            assert!(
                error.is_api() && error.status().is_some_and(|status| status == 200),
                "{error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_long_file_that_begins_like_an_error_is_a_file() {
    let filler = "x".repeat(100 * 1024);
    let error = long(&json!({"code": 4200, "msg": filler}));
    let files = [
        long(&json!({"code": 0, "msg": "", "list": filler})),
        long(&json!({"list": [{"code": 4200}], "text": filler})),
        format!("{error}\n{error}"),
        error[..error.len() - 1].to_owned(),
        format!("{{{filler}}}"),
    ];
    for body in files {
        let server = Server::replies(vec![Reply::new(200, &[], &body)]).await;
        let speech = server.once().audio().speech().create("Hello", "7426720361733144585").await;
        assert!(speech.expect("a file").bytes().await.expect("bytes") == body);
    }
}

#[tokio::test]
async fn a_file_that_begins_like_an_error_is_a_file() {
    for body in ["{", r#"{"code":0,"msg":""}"#, r#"{"code": 1"#, "  ", "{\"a\":1}\n{\"b\":2}"] {
        for reply in [Reply::new(200, &[], body), Reply::new(200, &[], body).dribbled()] {
            let server = Server::replies(vec![reply]).await;
            let speech =
                server.once().audio().speech().create("Hello", "7426720361733144585").await;
            assert_eq!(speech.expect("a file").bytes().await.expect("bytes"), body);
        }
    }
}

#[tokio::test]
async fn other_json_in_place_of_a_string_becomes_its_text() {
    let run = r#"{"code":0,"data":{"output":[1, {"n":12345678901234567890}]},"execute_id":7}"#;
    let server = Server::replies(vec![body(200, run)]).await;
    let run = server.once().workflows().runs().create("7").await.expect("a run");
    assert_eq!(run.data, r#"{"output":[1, {"n":12345678901234567890}]}"#);
    assert_eq!(run.execute_id, "7");

    let meta = json!({"meta_data": {"a": {"b": [1]}, "c": [true], "d": "text", "e": null}});
    let server = Server::replies(vec![Reply::data(&meta)]).await;
    let conversation = server.once().conversations().retrieve("7").await.expect("a conversation");
    let meta: Vec<_> =
        conversation.meta_data.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(meta, [("a", r#"{"b":[1]}"#), ("c", "[true]"), ("d", "text"), ("e", "")]);

    let event = concat!(
        "event:Message\ndata:{\"content\":{\"a\":1},\"ext\":{\"x\":{\"y\":[]}}}\n\n",
        "event:Done\ndata:{}\n\n",
    );
    let server = Server::replies(vec![whole(event)]).await;
    let events = server.once().workflows().runs().stream("7").await.expect("a stream");
    let events: Vec<_> = events.try_collect().await.expect("complete");
    let coze_api::workflows::WorkflowEvent::Message(message) = &events[0] else {
        panic!("{events:?}")
    };
    assert_eq!((&*message.content, &*message.ext["x"]), (r#"{"a":1}"#, r#"{"y":[]}"#));

    let chat = json!({"required_action": {"submit_tool_outputs": {"tool_calls": [
        {"id": 1, "type": "function", "function": {"name": "f", "arguments": {"city": ["Kunming"]}}},
    ]}}});
    let server = Server::replies(vec![Reply::data(&chat)]).await;
    let chat = server.once().chat().retrieve("1", "2").await.expect("a chat");
    let calls = chat.required_action.and_then(|action| action.submit_tool_outputs);
    let calls = calls.expect("calls").tool_calls;
    let arguments = &calls[0].function.as_ref().expect("a function").arguments;
    assert_eq!(arguments, r#"{"city":["Kunming"]}"#);
}

#[tokio::test]
async fn a_token_is_still_hidden_in_the_text_of_an_object() {
    let data = json!({"create_time": {"x": TOKEN}});
    let error = error_of(Reply::data(&data)).await;
    assert!(error.is_decode() && !format!("{error} {error:?}").contains(TOKEN), "{error}");
}
