//! Retries: which requests are sent again, how often, and when.

use std::time::Duration;

use coze_api::{Client, Error, Method, Retry};
use coze_tests::server::{Reply, Server, TOKEN};
use serde_json::{Value, json};

fn busy(status: u16) -> Reply {
    Reply::new(status, &[], "")
}

fn ok() -> Reply {
    Reply::data(&json!({}))
}

/// Makes a call of an operation. The spec says which of them are idempotent.
async fn call(coze: &Client, operation: &str) -> Result<(), Error> {
    match operation {
        "GET" => coze.bots().retrieve("7").await.map(drop),
        "PUT" => coze.datasets().update("7", "name").await,
        "DELETE" => coze.datasets().delete("7").await,
        "POST" => coze.bots().create("space", "name").await.map(drop),
        "safe POST" => {
            let messages = coze.conversations().messages();
            messages.update("1", "2").content("text").await.map(drop)
        }
        other => panic!("{other} is not an operation"),
    }
}

/// Returns the number of attempts of a call to a server that always sends the same response.
async fn attempts(operation: &str, reply: Reply) -> usize {
    let server = Server::replies(vec![reply]).await;
    let error = call(&server.client_without_delay(), operation).await.expect_err("a refusal");
    let requests = server.requests();
    assert_eq!(error.attempts() as usize, requests.len(), "{error:?}");
    for request in &requests {
        let sent = |r: &coze_tests::server::Request| {
            (r.method.clone(), r.target.clone(), r.headers.clone(), r.body.clone())
        };
        assert_eq!(sent(request), sent(&requests[0]), "a retried request differs");
    }
    requests.len()
}

#[tokio::test]
async fn only_idempotent_calls_are_retried_after_a_failure() {
    for status in [408, 500, 502, 503, 504] {
        for (operation, expected) in
            [("GET", 3), ("PUT", 3), ("DELETE", 3), ("safe POST", 3), ("POST", 1)]
        {
            let sent = attempts(operation, busy(status)).await;
            assert_eq!(sent, expected, "{operation} after {status}");
        }
    }
    for reply in [Reply::reset(), ok().cut(90, coze_tests::server::Step::Reset)] {
        for (operation, expected) in [("GET", 3), ("safe POST", 3), ("POST", 1)] {
            assert_eq!(
                attempts(operation, reply.clone()).await,
                expected,
                "{operation} after {reply:?}"
            );
        }
    }
}

#[tokio::test]
async fn every_call_is_retried_after_a_rate_limit() {
    for operation in ["GET", "PUT", "DELETE", "safe POST", "POST"] {
        assert_eq!(attempts(operation, busy(429)).await, 3, "{operation}");
        let too_frequent = Reply::code(4013, "too frequent");
        assert_eq!(attempts(operation, too_frequent).await, 3, "{operation}");
    }
}

#[tokio::test]
async fn permanent_errors_are_not_retried() {
    for status in [400, 401, 403, 404, 405, 409, 410, 413, 422, 501, 505] {
        assert_eq!(attempts("GET", busy(status)).await, 1, "{status}");
    }
    for code in [4000, 4001, 4100, 4101] {
        assert_eq!(attempts("GET", Reply::code(code, "no")).await, 1, "{code}");
    }
    // An internal error may be over at the next attempt, but a POST may have had its effect.
    for (operation, expected) in [("GET", 3), ("safe POST", 3), ("POST", 1)] {
        assert_eq!(attempts(operation, Reply::code(5000, "no")).await, expected, "{operation}");
    }
    assert_eq!(attempts("GET", Reply::new(200, &[], "no JSON")).await, 1);
}

#[tokio::test]
async fn a_call_succeeds_as_soon_as_the_server_does() {
    let created = Reply::data(&json!({"bot_id": "7"}));
    let refusals = vec![busy(429), Reply::code(4013, "too frequent"), created];
    let server = Server::replies(refusals).await;
    let bot = server.client_without_delay().bots().create("space", "name").await.expect("a bot");
    assert_eq!(bot.bot_id, "7");
    assert_eq!(server.lines(), ["POST /v1/bot/create"; 3]);
}

#[tokio::test]
async fn every_call_is_retried_after_a_refused_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let retry = Retry::default().max_attempts(4).base_delay(Duration::ZERO);
    let builder = Client::builder().token(TOKEN).base_url(format!("http://{address}"));
    let coze = builder.retry(retry).build().expect("a client");
    for operation in ["POST", "GET"] {
        let error = call(&coze, operation).await.expect_err("a refused connection");
        assert!(error.is_connect() && error.attempts() == 4, "{error:?}");
    }
}

#[tokio::test]
async fn a_call_can_override_the_retry_policy_of_its_client() {
    for (policy, of_call, expected) in [
        (Retry::none(), None, 1),
        (Retry::default().max_attempts(5), None, 5),
        (Retry::default().max_attempts(0), None, 1),
        (Retry::default(), Some(Retry::none()), 1),
        (Retry::none(), Some(Retry::default().max_attempts(4)), 4),
    ] {
        let server = Server::replies(vec![busy(503)]).await;
        let without_delay = |retry: Retry| retry.base_delay(Duration::ZERO);
        let builder = server.builder().retry(without_delay(policy.clone()));
        let mut call = builder.build().expect("a client").bots().retrieve("7");
        if let Some(of_call) = of_call {
            call = call.with_retry(without_delay(of_call));
        }
        let error = call.await.expect_err("busy");
        assert_eq!(
            (error.attempts(), server.requests().len()),
            (expected, expected as usize),
            "{policy:?}"
        );
        let shown = match expected {
            1 => "(HTTP 503)".to_owned(),
            _ => format!("(HTTP 503, {expected} attempts)"),
        };
        assert!(error.to_string().ends_with(&shown), "{error}");
    }
}

#[tokio::test]
async fn a_custom_request_can_be_marked_idempotent() {
    for (method, idempotent, expected) in [
        (Method::POST, Some(true), 3),
        (Method::POST, None, 1),
        (Method::PATCH, None, 1),
        (Method::GET, None, 3),
        (Method::GET, Some(false), 1),
    ] {
        let server = Server::replies(vec![busy(500)]).await;
        let mut call = server
            .client_without_delay()
            .request(method.clone(), "/v1/custom")
            .json(&json!({"a": 1}));
        if let Some(idempotent) = idempotent {
            call = call.with_idempotent(idempotent);
        }
        call.data::<Value>().await.expect_err("a failure");
        assert_eq!(server.requests().len(), expected, "{method} {idempotent:?}");
    }
}

#[tokio::test]
async fn retry_after_determines_the_delay() {
    // A past date and zero mean "now".
    for now in ["0", "Wed, 21 Oct 2015 07:28:00 GMT"] {
        for status in [429, 503] {
            let wait = Reply::new(status, &[("retry-after", now)], "");
            let server = Server::replies(vec![wait, ok()]).await;
            call(&server.client_without_delay(), "GET").await.expect("the second response");
            assert_eq!(server.requests().len(), 2, "{now}");
        }
    }
}

#[tokio::test]
async fn a_retry_after_beyond_the_maximum_is_not_retried() {
    let seconds = Reply::new(429, &[("retry-after", "3600")], "");
    let in_a_reply =
        Reply::json_with(200, &[("retry-after", "3600")], &json!({"code": 4013, "msg": "slow"}));
    for reply in [seconds, in_a_reply] {
        let server = Server::replies(vec![reply]).await;
        let error =
            call(&server.client_without_delay(), "GET").await.expect_err("not within an hour");
        assert!(error.is_rate_limited() && error.attempts() == 1, "{error:?}");
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    }
    let date = Reply::new(429, &[("retry-after", "Fri, 31 Dec 2100 23:59:59 GMT")], "");
    let server = Server::replies(vec![date]).await;
    let error =
        call(&server.client_without_delay(), "POST").await.expect_err("not in this century");
    let wait = error.retry_after().expect("a time");
    assert!(wait > Duration::from_secs(365 * 24 * 3600) && error.attempts() == 1, "{error:?}");

    // The limit is a setting.
    let server = Server::replies(vec![Reply::new(429, &[("retry-after", "1")], ""), ok()]).await;
    let strict = Retry::default().base_delay(Duration::ZERO).max_retry_after(Duration::ZERO);
    let error = server.client().bots().retrieve("7").with_retry(strict).await;
    assert_eq!(
        error.expect_err("a second is too long").retry_after(),
        Some(Duration::from_secs(1))
    );
}

#[tokio::test]
async fn an_invalid_retry_after_is_ignored() {
    for nonsense in ["soon", "-1", "1.5", "", "99999999999999999999999"] {
        let wait = Reply::new(429, &[("retry-after", nonsense)], "");
        let server = Server::replies(vec![wait, ok()]).await;
        call(&server.client_without_delay(), "GET").await.expect("the second response");
        assert_eq!(server.requests().len(), 2, "{nonsense:?}");
    }
}

#[tokio::test]
async fn the_error_reports_the_number_of_attempts() {
    let server = Server::replies(vec![Reply::code(4013, "too frequent")]).await;
    let error = call(&server.client_without_delay(), "POST").await.expect_err("always refused");
    assert!(error.is_api() && error.is_rate_limited(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "bots.create: API error 4013: too frequent (HTTP 200, log id log-header, 3 attempts)"
    );
}

#[tokio::test]
async fn the_last_failure_is_reported() {
    let replies = vec![Reply::reset(), busy(502), Reply::code(4000, "bad")];
    let server = Server::replies(replies).await;
    let error =
        call(&server.client_without_delay(), "GET").await.expect_err("the last attempt is refused");
    assert_eq!((error.code(), error.attempts()), (Some(4000), 3));
}
