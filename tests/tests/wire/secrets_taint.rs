//! Every secret input of every kind of call is quoted by the server in every place, and nothing
//! that can be printed shows it.

use std::error::Error as _;

use base64::Engine as _;
use coze_api::{Client, Error, Method};
use coze_tests::events::whole;
use coze_tests::server::{Reply, Server};
use coze_tests::websocket;
use futures_util::TryStreamExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use serde_json::json;

/// Values that do not look like tokens, so that they are found only because they were sent.
const TOKEN: &str = "opaque.Token+1/2==";
const CLIENT_HEADER: &str = "of+client/Header";
const HEADER: &str = "of(call)Header";
const COOKIE: &str = "ofTheCookie42";
const PASSWORD: &str = "ofBasicAuth:42";
const QUERY: &str = "of the Query & more";
const FIELD: &str = "of\"the'Field<x>";
const NESTED: &str = "ofNestedField";
const CODE: &str = "ofAuthorizationCode";
const PART: &str = "ofTheFormPart";

/// Asserts that nothing that a program can print of an error contains a secret.
fn assert_clean(error: &Error, secret: &str, case: &str) {
    let mut text = format!("{error} {error:?} {error:#?} {:?} {:?}", error.msg(), error.body());
    text.extend([error.log_id(), error.error_name(), error.debug_url()].into_iter().flatten());
    let mut source = error.source();
    while let Some(cause) = source {
        text.extend([" ".to_owned(), cause.to_string(), format!("{cause:?}")]);
        source = cause.source();
    }
    let lower = text.to_ascii_lowercase();
    let in_json = json!(secret).to_string().trim_matches('"').to_owned();
    for secret in [secret.to_owned(), in_json, percent(secret)] {
        assert!(!lower.contains(&secret.to_ascii_lowercase()), "{case} shows {secret}: {text}");
    }
}

fn percent(text: &str) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, ENCODED).to_string()
}

/// Responses that quote a secret in every place that errors read.
fn quotes(secret: &str) -> Vec<Reply> {
    let page = |body: String| Reply::new(502, &[("content-type", "text/html")], body);
    let text = |status, body: String| Reply::new(status, &[("content-type", "text/plain")], body);
    let escaped = json!(secret).to_string().trim_matches('"').replace('/', "\\/");
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let percent = percent(secret);
    vec![
        Reply::code(4000, &format!("wrong: {secret}")),
        Reply::json_with(403, &[], &json!({"code": 4101, "msg": {"got": secret}})),
        Reply::json_with(400, &[], &json!({"error": secret, "error_description": secret})),
        Reply::json_with(400, &[], &json!({"code": 1, "detail": {"logid": secret}})),
        Reply::json_with(400, &[("x-tt-logid", secret)], &json!({"code": 4000, "msg": "no"})),
        Reply::json_with(500, &[], &json!([{"deep": [secret]}])),
        Reply::json_with(500, &[], &json!({"code": 1, "debug_url": format!("http://h/{secret}")})),
        Reply::data(&json!(secret)),
        Reply::data(&json!({"create_time": [secret], "n": {(secret): secret}})),
        text(200, format!("{{\"code\":0,\"data\":\"{escaped}")),
        text(500, format!("[\"{escaped}\"]")),
        text(403, format!("denied: {secret}")),
        text(403, format!("{}{secret}", "x ".repeat(2040))),
        text(200, format!("denied {percent} at /x?y={percent}")),
        page(format!("<title>No {html} here</title>")),
        page(format!("<title>No {secret} here</title>{secret}")),
        Reply::new(302, &[("location", &format!("http://{}/", secret.replace(' ', "")))], ""),
    ]
}

/// Responses of a stream that quote a secret.
fn event_quotes(secret: &str) -> Vec<Reply> {
    let value = json!(secret);
    [
        format!("event:error\ndata:{{\"code\":4000,\"msg\":{value}}}\n\n"),
        format!("event:error\ndata:denied: {secret}\n\n"),
        format!("event:conversation.chat.failed\ndata:{{\"last_error\":{{\"msg\":{value}}}}}\n\n"),
        format!("event:conversation.message.delta\ndata:{{\"created_at\":{value}}}\n\n"),
        format!("id:{secret}\nevent:conversation.message.delta\ndata:{{\"content\":{{}}\n\n"),
        format!("{{\"code\":4000,\"msg\":{value}}}"),
        format!("event:conversation.message.delta\ndata:{{\"content\":{value},"),
    ]
    .into_iter()
    .map(whole)
    .collect()
}

fn client(server: &Server) -> Client {
    let builder = server.builder().retry(coze_api::Retry::none());
    builder.token(TOKEN).header("X-Client-Secret", CLIENT_HEADER).build().expect("a client")
}

/// A call with secret headers and a secret parameter.
fn raw(coze: &Client) -> coze_api::RawCall {
    coze.request(Method::POST, "/v1/x")
        .with_header("X-Api-Key", HEADER)
        .with_header("Cookie", format!("a=1; session={COOKIE}"))
        .query("access_token", QUERY)
}

#[tokio::test]
async fn no_error_of_a_raw_call_shows_a_secret() {
    let json = json!({"client_secret": FIELD, "a": [{"token": {"b": NESTED}}], "code": CODE});
    for secret in [TOKEN, CLIENT_HEADER, HEADER, COOKIE, QUERY, FIELD, NESTED, CODE] {
        for (index, reply) in quotes(secret).into_iter().enumerate() {
            let server = Server::replies(vec![reply]).await;
            let call = raw(&client(&server)).json(&json);
            let check = |error: &Error| assert_clean(error, secret, &index.to_string());
            check(&call.clone().data::<Vec<i64>>().await.expect_err("a fault"));
            check(&call.clone().frames().await.expect_err("a fault"));
            let response = call.clone().exchange().await.expect("a response");
            response.error().iter().for_each(check);
            let log_id = response.log_id().unwrap_or_default();
            assert!(!log_id.contains(secret), "{log_id}");
            call.download().await.err().iter().for_each(check);
        }
    }
}

#[tokio::test]
async fn no_error_of_a_form_shows_a_secret() {
    let login = base64::engine::general_purpose::STANDARD.encode(format!("user:{PASSWORD}"));
    for secret in [PASSWORD, PART] {
        for reply in quotes(secret) {
            let server = Server::replies(vec![reply]).await;
            let call = raw(&client(&server)).with_header("Authorization", format!("Basic {login}"));
            let error = call.part("secret", PART).data::<Vec<i64>>().await.expect_err("a fault");
            assert_clean(&error, secret, "a form");
        }
    }
}

#[tokio::test]
async fn no_error_of_an_operation_or_a_stream_shows_a_secret() {
    for secret in [TOKEN, CLIENT_HEADER, HEADER, COOKIE] {
        for reply in quotes(secret).into_iter().chain(event_quotes(secret)) {
            let server = Server::replies(vec![reply]).await;
            let coze = client(&server);
            let chat = coze.chat().create("1", "2").with_header("X-Api-Key", HEADER);
            let chat = chat.with_header("Cookie", format!("a=1; session={COOKIE}"));
            let error = match chat.clone().stream().await {
                Ok(events) => events.try_collect::<Vec<_>>().await.expect_err("a fault"),
                Err(error) => error,
            };
            assert_clean(&error, secret, "a stream");
            if let Err(error) = chat.await {
                assert_clean(&error, secret, "a chat");
            }
            let page = coze.bots().list("7").with_header("X-Api-Key", HEADER);
            let page = page.with_header("Cookie", format!("a=1; session={COOKIE}"));
            if let Err(error) = page.items().try_collect::<Vec<_>>().await {
                assert_clean(&error, secret, "a page");
            }
        }
    }
}

#[tokio::test]
async fn no_error_of_a_frame_shows_a_secret() {
    let json = json!({"client_secret": FIELD, "a": [{"token": {"b": NESTED}}], "code": CODE});
    let mut errors = 0;
    for secret in [TOKEN, CLIENT_HEADER, HEADER, COOKIE, QUERY, FIELD, NESTED, CODE] {
        for reply in event_quotes(secret) {
            let server = Server::replies(vec![reply]).await;
            let coze = client(&server);
            let frames = raw(&coze).json(&json).frames().await.expect("a stream");
            let chat = coze.chat().create("1", "2").with_header("X-Api-Key", HEADER);
            let chat = chat.with_header("Cookie", format!("a=1; session={COOKIE}"));
            let decoded = chat.stream().await.expect("a stream").into_frames();
            // A chat sends only the first four.
            let decoded =
                [TOKEN, CLIENT_HEADER, HEADER, COOKIE].contains(&secret).then_some(decoded);
            for mut frames in [Some(frames), decoded].into_iter().flatten() {
                while let Some(Ok(frame)) = frames.next().await {
                    let found = [frame.json::<Vec<i64>>().err(), frame.error()];
                    for error in found.iter().flatten() {
                        assert_clean(error, secret, "a frame");
                        errors += 1;
                    }
                }
            }
        }
    }
    assert!(errors > 60, "only {errors} errors");
}

#[tokio::test]
async fn no_error_of_a_session_shows_a_secret() {
    for secret in [TOKEN, CLIENT_HEADER] {
        for reply in quotes(secret) {
            let server = Server::replies(vec![reply]).await;
            let error =
                client(&server).realtime().chat("7").connect().await.expect_err("no session");
            assert_clean(&error, secret, "a handshake");
        }
        let server = websocket::Server::start(move |mut socket| async move {
            let data = json!({"code": 4000, "msg": secret});
            socket.send(&json!({"event_type": "error", "data": data})).await;
            socket.text(format!("no event: {secret}")).await;
            socket.close(4000, secret).await;
        })
        .await;
        let builder = server.builder().token(TOKEN).header("X-Client-Secret", CLIENT_HEADER);
        let coze = builder.build().expect("a client");
        let mut session = coze.realtime().chat("7").connect().await.expect("a session");
        let mut errors = 0;
        while let Some(received) = session.receive().await {
            let error = match received {
                Ok(event) => event.into_result().expect_err("a failure"),
                Err(error) => error,
            };
            assert_clean(&error, secret, "a session");
            errors += 1;
        }
        assert_eq!(errors, 3);
    }
}

#[tokio::test]
async fn every_error_is_one_bounded_line() {
    let bad = format!("a\u{1b}[31m\r\n\u{202e}b\u{2028}\u{9b}{}", "x".repeat(1_000_000));
    let value = json!(bad);
    let event =
        format!("id:{}\u{1b}\nevent:a\ndata:{{\"code\":1,\"msg\":{value}}}\n\n", "9".repeat(9999));
    let replies = [
        Reply::code(4000, &bad),
        Reply::json_with(400, &[], &json!({"error": bad, "error_description": bad})),
        Reply::new(400, &[], json!({"code": 1, "msg": bad, "detail": {"logid": bad}}).to_string()),
        Reply::data(&json!({(bad.as_str()): bad})),
        Reply::data(&json!([bad])),
        Reply::new(500, &[("content-type", "text/html")], format!("<title>{bad}</title>")),
        Reply::new(500, &[], &bad),
        Reply::new(200, &[], &bad),
        whole(event),
    ];
    let unsafe_char = |c: char| c.is_control() || matches!(c, '\u{202e}' | '\u{2028}');
    for reply in replies {
        let server = Server::replies(vec![reply]).await;
        let coze = server.once();
        let call = coze.request(Method::GET, format!("/v1/{}", "y".repeat(5000)));
        let mut errors = vec![call.data::<Vec<i64>>().await.expect_err("a fault")];
        match coze.chat().create("1", "2").stream().await {
            Ok(events) => errors.extend(events.try_collect::<Vec<_>>().await.err()),
            Err(error) => errors.push(error),
        }
        assert_eq!(errors.len(), 2);
        for error in errors {
            let (shown, debug) = (error.to_string(), format!("{error:?}"));
            assert!(shown.len() <= 1500, "{} bytes: {shown:.2000}", shown.len());
            assert!(!shown.contains(unsafe_char), "{shown:?}");
            assert!(debug.len() <= 3000, "{} bytes: {debug:.4000}", debug.len());
        }
    }
}
