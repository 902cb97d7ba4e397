//! Invalid requests are refused with the right status and never reach the handler.

use coze_api::webhook::{Callback, CallbackRejection, Verifier, VerifyError};
use coze_tests::oauth::TestClock;

use super::callback_server::{CallbackServer, TOKEN, head, lines};

const BODY: &str =
    r#"{"header":{"event_type":"bot.deleted","event_id":"e1"},"event":{"bot_id":"7"}}"#;

#[tokio::test]
async fn a_delivery_without_a_valid_signature_is_unauthorized() {
    let mut server = CallbackServer::start().await;
    let good = lines(&server.sign(BODY.as_bytes()));
    let without = |name: &str| -> Vec<String> {
        good.iter().filter(|line| !line.starts_with(name)).cloned().collect()
    };
    let other = lines(&server.sign(b"{}"));
    let cases = [
        (vec![], 401),
        (without("x-coze-signature"), 401),
        (without("x-coze-timestamp"), 401),
        (without("x-coze-nonce"), 401),
        (other.clone(), 401),
        ([good.clone(), vec![good[2].clone()]].concat(), 400),
        ([good.clone(), other].concat(), 400),
        ([without("x-coze-timestamp"), vec!["x-coze-timestamp: soon".to_owned()]].concat(), 400),
    ];
    for (headers, status) in cases {
        let reply = server.send(&headers, BODY.as_bytes()).await;
        assert_eq!(reply.status(), status, "{headers:#?}");
        assert_eq!(reply.body(), "", "the response reveals nothing");
    }
    assert_eq!(server.handled(), []);
    // The delivery itself was valid.
    assert_eq!(server.send(&good, BODY.as_bytes()).await.status(), 200);
    assert_eq!(server.handled().len(), 1);
}

#[tokio::test]
async fn an_old_delivery_is_unauthorized() {
    let mut server = CallbackServer::start().await;
    let headers = lines(&server.sign(BODY.as_bytes()));
    server.clock.advance(5 * 60 + 1);
    assert_eq!(server.send(&headers, BODY.as_bytes()).await.status(), 401);
    assert_eq!(server.handled(), []);
    assert_eq!(server.deliver(BODY).await.status(), 200);
    assert_eq!(server.handled().len(), 1);
}

#[tokio::test]
async fn a_signed_invalid_body_is_a_bad_request() {
    let mut server = CallbackServer::start().await;
    for body in [
        "",
        "<html><body>502 Bad Gateway</body></html>",
        "null",
        "[]",
        "{}",
        r#"{"header":{"event_type":"bot.deleted"}} trailing"#,
        r#"{"header":{"event_type":"bot.deleted"},"event":"#,
    ] {
        let reply = server.deliver(body).await;
        assert_eq!(reply.status(), 400, "{body}");
        assert_eq!(reply.body(), "");
    }
    assert_eq!(server.handled(), []);
}

#[tokio::test]
async fn an_oversized_body_is_not_read() {
    let clock = TestClock::stopped();
    let verifier = Verifier::new(TOKEN).unwrap().clock(clock.clone()).body_limit(100);
    let mut server = CallbackServer::with(verifier, clock).await;
    assert_eq!(server.deliver(BODY).await.status(), 200);
    assert_eq!(server.handled().len(), 1);
    let long = format!("{BODY}{}", " ".repeat(101 - BODY.len()));
    assert_eq!(server.deliver(&long).await.status(), 413);
    // The response is sent before the body arrives.
    let headers = [lines(&server.sign(b"")), vec!["content-length: 101".to_owned()]];
    let reply = server.exchange(head(headers.concat().iter()).as_bytes()).await;
    assert_eq!(reply.status(), 413);
    // Of a body without a length, only the limit is read.
    let headers = [lines(&server.sign(b"")), vec!["transfer-encoding: chunked".to_owned()]];
    let request =
        format!("{}64\r\n{}\r\n1\r\nx\r\n", head(headers.concat().iter()), "x".repeat(100));
    assert_eq!(server.exchange(request.as_bytes()).await.status(), 413);
    assert_eq!(server.handled(), []);
}

#[tokio::test]
async fn an_incomplete_delivery_is_not_handled() {
    let mut server = CallbackServer::start().await;
    let mut headers = lines(&server.sign(BODY.as_bytes()));
    headers.push(format!("content-length: {}", BODY.len()));
    let request = format!("{}{BODY}", head(headers.iter()));
    server.break_off(&request.as_bytes()[..request.len() - 1]).await;
    assert_eq!(server.handled(), []);
    assert_eq!(server.exchange(request.as_bytes()).await.status(), 200);
    assert_eq!(server.handled().len(), 1);
}

#[tokio::test]
async fn a_handler_can_inspect_the_refusal() {
    use axum::extract::FromRequest as _;

    let clock = TestClock::stopped();
    let verifier = Verifier::new(TOKEN).unwrap().clock(clock);
    let request = http::Request::post("/coze").body(axum::body::Body::from(BODY)).unwrap();
    let rejection = Callback::from_request(request, &verifier).await.unwrap_err();
    let CallbackRejection::Verify(error) = rejection else { panic!("{rejection:?}") };
    assert_eq!(error, VerifyError::MissingHeader { name: "x-coze-signature" });
}
