//! The raw call: any request, and the response exactly as received.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coze_api::{Method, Upload};
use coze_tests::server::{Reply, Server};
use futures_util::TryStreamExt as _;
use serde_json::json;

#[tokio::test]
async fn a_response_is_returned_unchanged() {
    let odd = "{\"code\": 0, \"data\": {\"new\": 1e2, \"new\": 2}, \"more\"";
    for (status, body) in [
        (200, odd),
        (200, r#"{"code":4000,"msg":"no","debug_url":"x"}"#),
        (404, "<html><title>Nothing</title></html>"),
        (503, ""),
    ] {
        let server = Server::replies(vec![Reply::new(status, &[("x-more", "a")], body)]).await;
        let call = server.once().request(Method::POST, "/v1/x").json(&json!({}));
        let response = call.exchange().await.expect("a response");
        assert_eq!((response.status().as_u16(), &*response.text()), (status, body));
        assert_eq!(response.headers()["x-more"], "a");
        assert_eq!(response.error().is_some(), body != odd);
        if let Some(error) = response.error() {
            assert_eq!(error.body(), Some(body));
            assert_eq!(error.operation(), "POST /v1/x");
            let same = response.into_result().expect_err("the error");
            assert_eq!(same.to_string(), error.to_string());
        }
    }
}

#[tokio::test]
async fn a_refusal_is_retried_and_the_last_response_returned() {
    let busy = || Reply::code(4013, "too frequent");
    let server = Server::replies(vec![busy(), Reply::json(&json!({"code": 0, "x": 1}))]).await;
    let response =
        server.client_without_delay().request(Method::POST, "/v1/x").exchange().await.expect("one");
    assert_eq!((response.attempts(), response.error().is_none()), (2, true));

    let server = Server::replies(vec![busy(), busy(), Reply::code(4013, "the last")]).await;
    let response =
        server.client_without_delay().request(Method::POST, "/v1/x").exchange().await.expect("one");
    assert_eq!((response.attempts(), server.requests().len()), (3, 3));
    let error = response.error().expect("refused");
    assert_eq!((error.msg(), error.attempts()), (Some("the last"), 3));

    // A response that breaks off after a refusal is an error.
    let server = Server::replies(vec![busy(), Reply::reset()]).await;
    let error = server.client_without_delay().request(Method::POST, "/v1/x").exchange().await;
    assert!(error.expect_err("a broken connection").is_transport());
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let server = Server::replies(vec![Reply::new(200, &[], "x".repeat(1000))]).await;
    let call = || server.once().request(Method::GET, "/v1/x");
    assert_eq!(call().with_body_limit(1000).bytes().await.expect("the complete body").len(), 1000);
    let error = call().with_body_limit(999).exchange().await.expect_err("too long");
    assert!(error.is_decode() && error.to_string().contains("999 bytes"), "{error}");
}

#[tokio::test]
async fn a_form_is_sent_part_by_part() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    let sent = Arc::new(AtomicU64::new(0));
    let seen = sent.clone();
    let file = Upload::bytes("a.txt", "content").on_progress(move |progress| {
        seen.store(progress.sent, Ordering::Relaxed);
    });
    let call = server.once().request(Method::POST, "/v1/x");
    let call = call.part("n", 7).part_json("options", &json!({"a": [1]})).file("file", file);
    call.clone().exchange().await.expect("a response");
    let body = String::from_utf8(server.request().body.clone()).expect("text");
    for part in ["name=\"n\"\r\n\r\n7\r\n", "{\"a\":[1]}", "filename=\"a.txt\"", "content"] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert_eq!(sent.load(Ordering::Relaxed), 7);

    let error = call.json(&json!({})).exchange().await.expect_err("two bodies");
    assert!(error.is_request() && error.attempts() == 0, "{error}");
}

#[tokio::test]
async fn frames_are_returned_unchanged() {
    let body = "event: PING\ndata: {}\n\nid: 3\nevent: new\nx-part: a: b\nextra\ndata: {\"odd\ndata: \
                text\n\nevent: error\ndata: {\"code\":4000}\n\nevent: done\n\n: end\n\ndata: late\n\n";
    let headers = [("content-type", "text/event-stream"), ("x-more", "a")];
    let server = Server::replies(vec![Reply::new(200, &headers, body)]).await;
    let frames = server.once().request(Method::POST, "/v1/x").frames().await.expect("a stream");
    assert_eq!((frames.status().as_u16(), frames.headers()["x-more"].as_bytes()), (200, &b"a"[..]));
    let frames: Vec<_> = frames.try_collect().await.expect("frames");
    let raw: Vec<_> = frames.iter().flat_map(coze_api::stream::Frame::raw).copied().collect();
    assert_eq!(String::from_utf8_lossy(&raw), body);
    let names: Vec<_> = frames.iter().map(coze_api::stream::Frame::event).collect();
    assert_eq!(names, ["PING", "new", "error", "done", "message"]);
    assert_eq!((frames[1].text(), &*frames[1].id()), ("{\"odd\ntext".to_owned(), "3"));
    let others = [("x-part", "a: b"), ("extra", "")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(frames[1].other_fields(), others);
    assert!(frames[2].other_fields().is_empty());
    assert_eq!((frames[4].clone().text(), &*frames[4].id()), ("late".to_owned(), "3"));

    let server = Server::replies(vec![Reply::code(4000, "no")]).await;
    let call = server.once().request(Method::POST, "/v1/x");
    let error = call.frames().await.expect_err("a refusal");
    assert_eq!((error.code(), error.msg()), (Some(4000), Some("no")));
    assert!(error.body().is_some_and(|body| body.contains("4000")));
}
