//! All failures between a request and the end of its response.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use coze_api::{Client, Error, Retry};
use coze_tests::server::{Reply, Request, Server, Step, TOKEN};
use serde_json::json;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Notify;

/// Returns the error of a call without retries for a response.
async fn error_of(reply: Reply) -> Error {
    let server = Server::replies(vec![reply]).await;
    let error = server.once().bots().retrieve("7").await.expect_err("a fault");
    assert_eq!(server.request().target, "/v1/bots/7");
    assert_eq!((error.operation(), error.attempts()), ("bots.retrieve", 1));
    error
}

fn bot() -> serde_json::Value {
    json!({"code": 0, "msg": "", "data": {"bot_id": "7", "name": "扣子 ☕"}})
}

#[tokio::test]
async fn an_error_code_with_status_200_is_an_error() {
    for data in
        [json!(null), json!("oops"), json!([1]), json!({"bot_id": {"not": "text"}}), json!(7)]
    {
        let body = json!({"code": 4000, "msg": "bad bot_id", "data": data});
        let error = error_of(Reply::json(&body)).await;
        assert!(error.is_api() && !error.is_decode(), "{error:?}");
        assert_eq!(
            (error.code(), error.msg(), error.status().map(|status| status.as_u16())),
            (Some(4000), Some("bad bot_id"), Some(200))
        );
        assert_eq!(
            error.to_string(),
            "bots.retrieve: API error 4000: bad bot_id (HTTP 200, log id log-header)"
        );
    }
}

#[tokio::test]
async fn an_error_status_keeps_code_and_log_id() {
    let body = json!({"code": 4101, "msg": "no permission", "detail": {"logid": "log-body"}});
    for status in [400, 403, 404, 500] {
        let reply = Reply::new(status, &[("content-type", "application/json")], body.to_string());
        let error = error_of(reply).await;
        assert!(error.is_api() && error.is_permission_denied(), "{error:?}");
        assert_eq!((error.code(), error.log_id()), (Some(4101), Some("log-body")));
        assert_eq!(
            error.to_string(),
            format!(
                "bots.retrieve: API error 4101: no permission (HTTP {status}, log id log-body)"
            )
        );
    }
    // The header is more reliable than the body.
    let error = error_of(Reply::json_with(400, &[], &body)).await;
    assert_eq!(error.log_id(), Some("log-header"));
}

#[tokio::test]
async fn responses_of_other_servers_are_described() {
    let cases = [
        (
            401,
            "application/json",
            r#"{"message":"who are you"}"#,
            "API error: who are you (HTTP 401)",
        ),
        (
            404,
            "application/json",
            r#"{"error":{"code":"NoRoute","message":"none"}}"#,
            "API error NoRoute: none (HTTP 404)",
        ),
        (500, "application/json", "[1, 2]", "a response that reads: [1, 2] (HTTP 500)"),
        (500, "application/json", r#"{"data":"#, r#"a response that reads: {"data": (HTTP 500)"#),
        (
            502,
            "text/html",
            "<html><title>Bad\n Gateway</title>",
            r#"an HTML page titled "Bad Gateway" (HTTP 502)"#,
        ),
        (413, "text/html", "<h1>Too large</h1>", "an HTML page (HTTP 413)"),
        (503, "text/plain", "", "an empty response (HTTP 503)"),
        (
            403,
            "text/plain",
            "forbidden\nby policy",
            "a response that reads: forbidden by policy (HTTP 403)",
        ),
        (500, "image/png", "\u{89}PNG", "a response that reads: \u{89}PNG (HTTP 500)"),
    ];
    for (status, kind, body, expected) in cases {
        let error = error_of(Reply::new(status, &[("content-type", kind)], body)).await;
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{error:?}");
        let expected = format!("bots.retrieve: {expected}").replace('\u{89}', "");
        assert_eq!(error.to_string(), expected);
        assert_eq!((error.is_auth(), error.is_permission_denied()), (status == 401, status == 403));
    }
    let error = error_of(Reply::new(500, &[], [0xff, 0xfe, 0x00])).await;
    assert_eq!(error.to_string(), "bots.retrieve: 3 bytes that are not text (HTTP 500)");
}

#[tokio::test]
async fn status_200_without_an_envelope_is_an_error() {
    for (kind, body, expected) in [
        (
            "text/html",
            "<title>Login</title>",
            r#"the response is not JSON: an HTML page titled "Login" (HTTP 200)"#,
        ),
        ("application/json", "", "the response is not JSON: an empty response (HTTP 200)"),
        (
            "application/json",
            "{}",
            "the response has no payload in `data`: a response that reads: {} (HTTP 200)",
        ),
    ] {
        let error = error_of(Reply::new(200, &[("content-type", kind)], body)).await;
        assert!(error.is_decode(), "{error:?}");
        assert_eq!(error.to_string(), format!("bots.retrieve: {expected}"));
    }
}

#[tokio::test]
async fn a_huge_error_body_is_kept_and_shortened_for_display() {
    // Without a colon, by which a search would detect a URL.
    let msg = "参数 wrong ".repeat(200_000);
    let error = error_of(Reply::code(4000, &msg)).await;
    assert_eq!(error.msg(), Some(&*msg));
    assert!(error.to_string().len() < 600, "{error}");
}

#[tokio::test]
async fn a_refused_connection_is_a_connect_error() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let builder = Client::builder().token(TOKEN).base_url(format!("http://{address}"));
    let coze = builder.retry(Retry::none()).build().expect("a client");
    let error = coze.bots().retrieve("7").await.expect_err("a refused connection");
    assert!(error.is_connect() && !error.is_transport() && !error.is_timeout(), "{error:?}");
    let expected = format!("bots.retrieve: cannot connect to {address}: Connection refused");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(error.source().is_some(), "the system's reason is lost: {error:?}");
}

/// The connection is neither accepted nor refused, because the backlog of the listener is full.
#[tokio::test]
async fn an_unanswered_connection_attempt_times_out() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let listener = socket.listen(1).expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut queue = Vec::new();
    let full = loop {
        let connecting = TcpStream::connect(address);
        match tokio::time::timeout(Duration::from_millis(100), connecting).await {
            Ok(stream) => queue.push(stream.expect("room in the backlog")),
            Err(_) => break true,
        }
        if queue.len() > 64 {
            break false;
        }
    };
    if !full {
        eprintln!("skipped: this system takes more connections than the listener asked for");
        return;
    }
    let builder = Client::builder().token(TOKEN).base_url(format!("http://{address}"));
    let builder = builder.connect_timeout(Duration::from_millis(50));
    let coze = builder.retry(Retry::default().max_attempts(2).base_delay(Duration::ZERO)).build();
    // Not idempotent, but nothing was sent.
    let call = coze.expect("a client").bots().create("space", "name");
    let error = call.await.expect_err("no connection");
    assert!(error.is_connect(), "{error:?}");
    let expected = format!("bots.create: cannot connect to {address}: ");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert_eq!(error.attempts(), 2);
}

#[tokio::test]
async fn broken_connections_are_distinguished_from_incomplete_replies() {
    let whole = || Reply::json(&bot());
    let chunked = || Reply::chunked(&bot(), 16);
    let before = "the connection broke before a reply came";
    let inside = "the reply broke off";
    let cases = [
        ("reset at once", Reply::reset(), before),
        ("closed at once", Reply { steps: vec![Step::Close] }, before),
        ("closed inside the head", whole().cut(20, Step::Close), before),
        ("reset inside the head", whole().cut(20, Step::Reset), before),
        ("closed inside the body", whole().cut(120, Step::Close), inside),
        ("reset inside the body", whole().cut(120, Step::Reset), inside),
        ("closed inside a chunk", chunked().cut(100, Step::Close), inside),
        ("reset inside a chunk", chunked().cut(100, Step::Reset), inside),
        (
            "no HTTP",
            Reply { steps: vec![Step::Send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()), Step::Close] },
            before,
        ),
    ];
    for (name, reply, expected) in cases {
        let error = error_of(reply).await;
        assert!(error.is_transport() && error.status().is_none(), "{name}: {error:?}");
        assert_eq!(error.to_string(), format!("bots.retrieve: {expected}"), "{name}");
        assert!(error.source().is_some(), "{name}");
    }
}

#[tokio::test]
async fn a_missing_last_chunk_is_an_error() {
    let Reply { steps } = Reply::chunked(&bot(), 16);
    let Some(Step::Send(bytes)) = steps.into_iter().next() else { panic!("one step") };
    let end = bytes.len() - "0\r\n\r\n".len();
    let error = error_of(Reply { steps: vec![Step::Send(bytes)] }.cut(end, Step::Close)).await;
    assert!(error.is_transport(), "the JSON is complete, the reply is not: {error:?}");
}

#[tokio::test]
async fn replies_may_be_split_anywhere() {
    let replies = [
        Reply::json(&bot()).dribbled(),
        Reply::chunked(&bot(), 1),
        Reply::chunked(&bot(), 7).dribbled(),
    ];
    let server = Server::replies(replies.to_vec()).await;
    let coze = server.once();
    for _ in 0..3 {
        assert_eq!(coze.bots().retrieve("7").await.expect("a bot").name, "扣子 ☕");
    }
    let connections: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [0, 0, 0]);
}

#[tokio::test]
async fn a_silent_server_is_a_timeout() {
    let never = Arc::new(Notify::new());
    let half = Reply::json(&bot()).cut(120, Step::Wait(never.clone()));
    for reply in [Reply::data(&json!({})).after(&never), half] {
        let server = Server::replies(vec![reply]).await;
        let limit = Duration::from_millis(200);
        let retry = Retry::default().base_delay(Duration::ZERO);
        let coze = server.builder().timeout(limit).retry(retry).build().expect("a client");
        let error = coze.bots().retrieve("7").await.expect_err("silence");
        assert!(error.is_timeout() && !error.is_transport(), "{error:?}");
        assert_eq!(
            error.to_string(),
            "bots.retrieve: no data from the server within 200ms (3 attempts)"
        );
        server.arrived(3).await;
        // A connection with an outstanding response cannot be reused for the next attempt.
        let connections: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
        assert_eq!(connections, [0, 1, 2]);
    }
}

#[tokio::test]
async fn the_timeout_of_a_call_overrides_that_of_the_client() {
    let never = Arc::new(Notify::new());
    let gate = Arc::new(Notify::new());
    let (slow, patient) = (never.clone(), gate.clone());
    let script = move |request: &Request| {
        Reply::json(&bot()).after(if request.target.ends_with("slow") { &slow } else { &patient })
    };
    let server = Server::start(script).await;
    let limit = Duration::from_millis(50);

    // A longer timeout: when the other call, which started later, has timed out, this one would
    // have, too.
    let coze = server.builder().timeout(limit).retry(Retry::none()).build().expect("a client");
    let patient = coze.bots().retrieve("patient").with_timeout(Duration::from_secs(600));
    let other = async {
        let result = coze.bots().retrieve("slow").await;
        gate.notify_one();
        result
    };
    let (patient, other) = tokio::join!(patient.send(), other);
    assert!(other.expect_err("silence").to_string().contains("within 50ms"));
    assert_eq!(patient.expect("time enough").bot_id, "7");

    // A shorter timeout than the default.
    let error = server.once().bots().retrieve("slow").with_timeout(limit).await;
    assert!(error.expect_err("silence").to_string().contains("within 50ms"));
}

#[tokio::test]
async fn a_write_that_times_out_is_not_retried() {
    let never = Arc::new(Notify::new());
    let server = Server::replies(vec![Reply::data(&json!({})).after(&never)]).await;
    let call = server
        .client_without_delay()
        .bots()
        .create("space", "name")
        .with_timeout(Duration::from_millis(200));
    let error = call.await.expect_err("silence");
    assert!(error.is_timeout() && error.attempts() == 1, "{error:?}");
    server.arrived(1).await;
    assert_eq!(server.request().json(), json!({"space_id": "space", "name": "name"}));
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closed_is_not_used() {
    let created = Reply::data(&json!({"bot_id": "7"})).then(Step::Close);
    let server = Server::replies(vec![created]).await;
    let coze = server.once();
    let bystander = Server::replies(vec![Reply::data(&json!({}))]).await;
    for count in 1..=3 {
        assert_eq!(coze.bots().create("space", "name").await.expect("a bot").bot_id, "7");
        server.all_closed(count).await;
        // After a round trip this side has seen the end of the other connection.
        bystander.client().users().me().await.expect("a user");
    }
    let connections: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[tokio::test]
async fn an_idle_connection_that_breaks_during_a_request_is_replaced() {
    let replies = vec![Reply::json(&bot()), Reply::reset(), Reply::json(&bot())];
    let server = Server::replies(replies.clone()).await;
    let coze = server.client_without_delay();
    for _ in 0..2 {
        assert_eq!(coze.bots().retrieve("7").await.expect("a bot").bot_id, "7");
    }
    let connections: Vec<_> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections, [0, 0, 1]);

    // The server may have created the bot before the connection broke.
    let server = Server::replies(replies).await;
    let coze = server.client_without_delay();
    coze.bots().retrieve("7").await.expect("a bot");
    let error = coze.bots().create("space", "name").await.expect_err("broken");
    assert!(error.is_transport() && error.attempts() == 1, "{error:?}");
    assert_eq!(server.lines(), ["GET /v1/bots/7", "POST /v1/bot/create"]);
}
