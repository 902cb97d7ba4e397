//! Concurrent calls, dropped calls, and clients that outlive a runtime.

use std::sync::Arc;

use coze_api::{Client, Upload};
use coze_tests::server::{Reply, Request, Server};
use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::{Barrier, Notify};

/// Echoes the request: the id at the end of the path or of the query, or the name in the body.
fn echo(request: &Request) -> Reply {
    let last = request.target.rsplit(['/', '=']).next().expect("a target").to_owned();
    match (&*request.method, request.target.split('?').next().expect("a path")) {
        ("GET", "/v1/bots") => Reply::data(&json!({"items": [{"id": last}], "total": 1})),
        ("GET", "/v1/files/retrieve") => Reply::data(&json!({"id": last})).dribbled(),
        ("GET", _) => Reply::chunked(&json!({"code": 0, "data": {"bot_id": last}}), 5),
        ("POST", "/v1/bot/create") => Reply::data(&json!({"bot_id": request.json()["name"]})),
        ("POST", "/v1/files/upload") => {
            let body = String::from_utf8(request.body.clone()).expect("UTF-8");
            let content = body.split("\r\n\r\n").nth(1).and_then(|rest| rest.split("\r\n").next());
            Reply::data(&json!({"id": content.expect("a part")}))
        }
        ("DELETE", _) => Reply::code(4000, &last),
        other => panic!("{other:?} is not in this test"),
    }
}

/// Makes a call of one of six kinds, and returns the echo in its reply.
async fn call(coze: Client, number: usize) -> coze_api::Result<String> {
    let id = number.to_string();
    match number % 6 {
        0 => coze.bots().retrieve(&id).await.map(|bot| bot.bot_id),
        1 => coze.bots().list(&id).await.map(|page| page.items[0].id.clone()),
        2 => coze.bots().create("space", &id).await.map(|bot| bot.bot_id),
        3 => coze.files().retrieve(&id).await.map(|file| file.id),
        4 => coze.files().upload(Upload::bytes("a.txt", id)).await.map(|file| file.id),
        _ => {
            let error = coze.datasets().delete(&id).await.expect_err("refused");
            Ok(error.msg().unwrap_or_default().to_owned())
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_concurrent_call_gets_its_own_reply() {
    const CALLS: usize = 200;
    let server = Server::start(echo).await;
    let coze = server.once();
    let together = Arc::new(Barrier::new(CALLS));
    let calls = (0..CALLS).map(|number| {
        let (coze, together) = (coze.clone(), together.clone());
        tokio::spawn(async move {
            together.wait().await;
            (number, call(coze, number).await)
        })
    });
    for answer in join_all(calls).await {
        let (number, answer) = answer.expect("no panic");
        assert_eq!(answer.expect("an answer"), number.to_string());
    }
    assert_eq!(server.requests().len(), CALLS);
}

#[tokio::test]
async fn sequential_calls_share_a_connection() {
    let server = Server::start(echo).await;
    let coze = server.once();
    for number in 0..60 {
        // Clones share the pool, and an API error does not close a connection.
        call(coze.clone(), number).await.expect("an answer");
    }
    assert!(server.requests().iter().all(|request| request.connection == 0));
}

#[tokio::test]
async fn a_dropped_call_closes_only_its_own_connection() {
    let never = Arc::new(Notify::new());
    let gate = never.clone();
    let script = move |request: &Request| match &*request.target {
        "/v1/bots/slow" => Reply::data(&json!({})).after(&gate),
        _ => echo(request),
    };
    let server = Server::start(script).await;
    let coze = server.client_without_delay();
    {
        let slow = coze.bots().retrieve("slow").send();
        tokio::select! {
            answer = slow => panic!("{answer:?}"),
            () = server.arrived(1) => {}
        }
    }
    server.closed().await;
    assert_eq!(call(coze, 6).await.expect("an answer"), "6");
    // It was not retried, and its connection is not reused.
    let seen: Vec<_> = server.requests().iter().map(|r| (r.target.clone(), r.connection)).collect();
    assert_eq!(seen, [("/v1/bots/slow".to_owned(), 0), ("/v1/bots/6".to_owned(), 1)]);
}

#[tokio::test]
async fn a_call_that_was_never_polled_sends_nothing() {
    let server = Server::start(echo).await;
    let coze = server.once();
    drop(coze.bots().retrieve("1").send());
    drop(IntoFuture::into_future(coze.bots().retrieve("2")));
    drop(coze.bots().list("3").items());
    call(coze, 6).await.expect("an answer");
    assert_eq!(server.lines(), ["GET /v1/bots/6"]);
}

#[test]
fn a_client_can_be_used_in_successive_runtimes() {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime")
    };
    let servers = runtime();
    let server = servers.block_on(Server::start(echo));
    // Built outside of any runtime.
    let coze = server.client_without_delay();
    for number in [6, 7, 8] {
        let answer = runtime().block_on(call(coze.clone(), number));
        assert_eq!(answer.expect("an answer"), number.to_string());
    }
    let current =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    assert_eq!(current.block_on(call(coze.clone(), 9)).expect("an answer"), "9");
    drop(current);
    let other = std::thread::spawn(move || runtime().block_on(call(coze, 10)));
    assert_eq!(other.join().expect("no panic").expect("an answer"), "10");
}
