//! Fields and query parameters that the spec does not have, in every kind of request.

use std::collections::BTreeMap;
use std::time::Duration;

use coze_api::{Client, Message, Method, Result, Upload};
use coze_tests::server::{Reply, Request, Server};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

fn body(request: &Request) -> &str {
    std::str::from_utf8(&request.body).expect("UTF-8")
}

fn bots(id: &str, total: u32) -> Reply {
    Reply::data(&json!({"items": [{"id": id}], "total": total}))
}

fn chat(status: &str) -> Reply {
    Reply::data(&json!({"id": "11", "conversation_id": "12", "status": status}))
}

#[tokio::test]
async fn they_are_sent_with_every_attempt() {
    let server = Server::replies(vec![Reply::code(4013, "slow"), chat("created")]).await;
    let coze = server.client_without_delay();
    let call = coze.chat().create("7", "me").with_query("trace", "a b").with_field("new", [1, 2]);
    call.with_field("user_id", "you").message(Message::user("Hi")).await.expect("a chat");
    let message = r#"{"role":"user","type":"question","content":"Hi","content_type":"text"}"#;
    for request in server.requests() {
        assert_eq!(request.target, "/v3/chat?trace=a%20b");
        let sent: Value = request.json();
        let expected = json!({
            "stream": false, "bot_id": "7", "user_id": "you", "new": [1, 2],
            "additional_messages": [serde_json::from_str::<Value>(message).expect("JSON")],
        });
        assert_eq!(sent, expected);
        let start = r#"{"stream":false,"bot_id":"7","user_id":"you","new":[1,2],"additional"#;
        assert!(body(&request).starts_with(start), "{}", body(&request));
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_list_given_as_a_field_can_be_appended_to() {
    let server = Server::replies(vec![chat("created")]).await;
    let call = server.client().chat().create("7", "me");
    let call = call.with_field("additional_messages", json!([{"role": "user", "new": 1}]));
    call.message(Message::assistant("Hi")).await.expect("a chat");
    let messages = &server.request().json()["additional_messages"];
    assert_eq!(messages[0], json!({"role": "user", "new": 1}));
    assert_eq!(
        (&messages[1]["role"], messages.as_array().map(Vec::len)),
        (&json!("assistant"), Some(2))
    );
}

#[tokio::test]
async fn every_page_is_requested_with_them() {
    let server = Server::replies(vec![bots("1", 3), bots("2", 3), bots("3", 3)]).await;
    let list = server.once().bots().list("w").page_size(9);
    let items = list.with_query("page_size", 1).with_query("kind", ["a", "b"]).items();
    assert_eq!(items.try_collect::<Vec<_>>().await.expect("all bots").len(), 3);
    assert_eq!(
        server.lines(),
        [
            "GET /v1/bots?workspace_id=w&page_size=1&kind=a&kind=b",
            "GET /v1/bots?workspace_id=w&page_size=1&kind=a&kind=b&page_num=2",
            "GET /v1/bots?workspace_id=w&page_size=1&kind=a&kind=b&page_num=3",
        ]
    );

    let page = |id: u32| {
        let infos = json!([{"document_id": id.to_string()}]);
        Reply::json(&json!({"code": 0, "document_infos": infos, "total": 5}))
    };
    let server = Server::replies(vec![page(4), page(5)]).await;
    let documents = server.once().datasets().documents();
    let items = documents.list("7").size(1).with_field("page", 4).with_field("new", true).items();
    assert_eq!(items.try_collect::<Vec<_>>().await.expect("two documents").len(), 2);
    let pages: Vec<_> = server.requests().iter().map(Request::json).collect();
    assert_eq!(pages[0], json!({"dataset_id": "7", "size": 1, "page": 4, "new": true}));
    assert_eq!(pages[1], json!({"dataset_id": "7", "size": 1, "page": 5, "new": true}));
}

#[tokio::test]
async fn streams_and_the_first_request_of_polls_have_them() -> Result<()> {
    let done =
        "event: conversation.chat.completed\ndata: {\"id\":\"11\"}\n\nevent: done\ndata: {}\n\n";
    let done = Reply::new(200, &[("content-type", "text/event-stream")], done);
    let replies = vec![done, chat("created"), chat("completed"), Reply::data(&json!([]))];
    let server = Server::replies(replies).await;
    let call = server.client().chat().create("7", "me");
    let call = call.with_field("new", "a").with_query("trace", 1);
    call.clone().stream().await?.try_collect::<Vec<_>>().await?;
    call.and_poll().with_interval(Duration::ZERO).await?;
    let requests = server.requests();
    let bodies: Vec<_> = requests[..2].iter().map(body).collect();
    assert_eq!(bodies[0], r#"{"stream":true,"bot_id":"7","user_id":"me","new":"a"}"#);
    assert_eq!(bodies[1], r#"{"stream":false,"bot_id":"7","user_id":"me","new":"a"}"#);
    assert_eq!(
        server.lines(),
        [
            "POST /v3/chat?trace=1",
            "POST /v3/chat?trace=1",
            "GET /v3/chat/retrieve?conversation_id=12&chat_id=11",
            "GET /v3/chat/message/list?conversation_id=12&chat_id=11",
        ]
    );
    Ok(())
}

#[tokio::test]
async fn fields_of_forms_are_parts() {
    let server = Server::replies(vec![Reply::data(&json!({"text": "Hi"}))]).await;
    let transcriptions = server.client().audio().transcriptions();
    let call = transcriptions.create(Upload::bytes("a.mp3", "x"));
    call.with_field("language", "zh").with_field("options", json!({"a": 1})).await.expect("text");
    let request = server.request();
    let boundary = request.header("content-type").split("boundary=").nth(1).expect("a boundary");
    let parts: Vec<_> = body(&request).split(&format!("--{boundary}")).collect();
    assert_eq!(
        parts[2..],
        [
            "\r\nContent-Disposition: form-data; name=\"language\"\r\n\r\nzh\r\n",
            "\r\nContent-Disposition: form-data; name=\"options\"\r\n\
             Content-Type: application/json\r\n\r\n{\"a\":1}\r\n",
            "--\r\n",
        ]
    );
}

#[tokio::test]
async fn requests_without_a_body_get_one_unless_they_read() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    let coze = server.client();
    coze.conversations().clear("7").with_field("reason", "new").await.expect("cleared");
    let request = server.request();
    assert_eq!(
        (body(&request), request.header("content-type")),
        (r#"{"reason":"new"}"#, "application/json")
    );

    let error = coze.bots().retrieve("7").with_field("depth", 1).await.expect_err("no body");
    assert!(error.is_request() && error.to_string().contains("with_query"), "{error}");
    let error =
        coze.bots().retrieve("7").with_query("o", json!({"a": 1})).await.expect_err("no text");
    assert!(error.is_request() && error.to_string().contains("o must be text"), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn raw_calls_have_them_too() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    let call = |coze: &Client| {
        coze.request(Method::POST, "/v1/x").json(&BTreeMap::from([("a", 2), ("b", 1)]))
    };
    let coze = server.client();
    call(&coze)
        .query("q", 1)
        .query("q", 2)
        .with_query("q", 3)
        .with_field("b", "c")
        .exchange()
        .await
        .expect("sent");
    let request = server.request();
    assert_eq!((&*request.target, body(&request)), ("/v1/x?q=3", r#"{"a":2,"b":"c"}"#));
}

#[tokio::test]
async fn a_call_can_be_declared_idempotent() {
    let replies = || vec![Reply::json_with(500, &[], &json!({})), chat("created")];
    for idempotent in [true, false] {
        let server = Server::replies(replies()).await;
        let call = server.client_without_delay().chat().create("7", "me");
        let result = call.with_idempotent(idempotent).await;
        assert_eq!(
            (result.is_ok(), server.requests().len()),
            (idempotent, 1 + usize::from(idempotent))
        );
    }
}
