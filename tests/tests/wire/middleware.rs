//! Interceptors change every kind of request before it is sent, or refuse it.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use coze_api::auth::WebOAuthApp;
use coze_api::middleware::{Interceptor, PendingRequest};
use coze_api::observe::OutgoingBody;
use coze_api::{BoxFuture, Client, Region, Result, Upload};
use coze_tests::events::whole;
use coze_tests::oauth::{CLIENT_ID, CLIENT_SECRET, OAuthServer, REDIRECT_URI, TestClock};
use coze_tests::server::{Reply, Server};
use coze_tests::websocket::Server as WebSocketServer;
use http::HeaderValue;
use serde_json::json;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Signs every attempt with another value, after a wait.
#[derive(Clone, Default)]
struct Signing(Arc<AtomicU32>);

impl Interceptor for Signing {
    fn intercept<'a>(
        &'a self,
        request: &'a mut PendingRequest<'_>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
            let length = match request.body() {
                OutgoingBody::Json(json) => json.len(),
                OutgoingBody::Form(parts) => parts.len(),
                _ => 0,
            };
            let text = format!("{} {} {length}", request.method(), request.operation());
            request.set_header("x-signed-text", &text)?;
            request.set_header("x-signature", &format!("opaque-signature-{number}"))?;
            Ok(())
        })
    }
}

#[tokio::test]
async fn every_attempt_and_every_kind_of_request_passes_through() {
    let file = Reply::data(&json!({"id": "7", "bytes": 3, "file_name": "a", "created_at": 1}));
    let server = Server::replies(vec![
        Reply::new(503, &[], ""),
        Reply::data(&json!({"items": [], "total": 0})),
        whole("event:done\ndata:[DONE]\n\n"),
        file,
    ])
    .await;
    let coze = server.client_without_delay().with_interceptor(Signing::default());
    let coze = coze.with_interceptor(|request: &mut PendingRequest<'_>| {
        let signed = request.headers().contains_key("x-signature");
        request.headers_mut().insert("x-second", HeaderValue::from(u16::from(signed)));
        // These follow from the body, whatever an interceptor does.
        request.headers_mut().insert("content-length", HeaderValue::from(1));
        Ok(())
    });
    coze.bots().list("1").await.expect("a list");
    drop(coze.chat().create("1", "2").stream().await.expect("a stream"));
    coze.files().upload(Upload::bytes("a", "content")).await.expect("uploaded");
    let requests = server.requests();
    let texts: Vec<_> = requests.iter().map(|request| request.header("x-signed-text")).collect();
    let chat = format!("POST chat.create {}", requests[2].body.len());
    assert_eq!(texts, ["GET bots.list 0", "GET bots.list 0", &chat, "POST files.upload 1"]);
    for (number, request) in (1..).zip(&requests) {
        assert_eq!(request.header("x-signature"), format!("opaque-signature-{number}"));
        assert_eq!(request.header("x-second"), "1", "interceptors run in their order");
    }

    let server = WebSocketServer::start(|_| async {}).await;
    let coze = server.client().with_interceptor(Signing::default());
    drop(coze.realtime().transcriptions().await.expect("a session"));
    assert_eq!(server.openings()[0].header("x-signature"), "opaque-signature-1");
}

#[tokio::test]
async fn an_interceptor_may_refuse() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    let calls = Arc::new(AtomicU32::new(0));
    let counter = calls.clone();
    let coze = server.client_without_delay();
    let guarded = coze.with_interceptor(move |request: &mut PendingRequest<'_>| {
        counter.fetch_add(1, Ordering::Relaxed);
        match request.operation() {
            "bots.retrieve" => Err("bots are secret".into()),
            _ => Ok(()),
        }
    });
    let error = guarded.bots().retrieve("7").await.expect_err("refused");
    assert!(error.is_handler() && !error.is_retryable(), "{error:?}");
    assert_eq!(error.source().expect("the reason").to_string(), "bots are secret");
    assert_eq!(calls.load(Ordering::Relaxed), 1, "no second attempt");
    assert!(server.requests().is_empty());
    coze.bots().retrieve("7").await.expect("the other client has no interceptor");

    let invalid = coze.with_interceptor(|request: &mut PendingRequest<'_>| {
        Ok(request.set_header("x-key", "not\nvalid")?)
    });
    let error = invalid.bots().retrieve("7").await.expect_err("an invalid header");
    let source = error.source().expect("the reason").to_string();
    assert!(source.contains("x-key") && !source.contains("not\nvalid"), "{source}");
}

#[tokio::test]
async fn secrets_of_interceptors_are_hidden() {
    let quote = "opaque-signature-1 and opaque-signature-2";
    let server = Server::replies(vec![Reply::new(503, &[], quote), Reply::code(4000, quote)]).await;
    let coze = server.client_without_delay().with_interceptor(Signing::default());
    let error = coze.bots().retrieve("7").await.expect_err("refused");
    assert_eq!(error.attempts(), 2);
    let text = format!("{error} {error:?} {:?}", error.body());
    assert!(text.contains("***") && !text.contains("opaque-signature"), "{text}");
}

#[tokio::test]
async fn requests_for_tokens_pass_through_if_they_go_to_the_same_host() -> Result<()> {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let app = WebOAuthApp::builder(CLIENT_ID, CLIENT_SECRET).base_url(server.url());
    let app = app.clock(server.clock.clone()).build()?;
    for same_host in [true, false] {
        let login = app.authorize(REDIRECT_URI)?;
        let token = login.finish(&server.grant(&login.url())).await?;
        server.clock.advance(100_000);
        let before = server.token_requests().len();
        let builder = Client::builder().credentials(app.credentials().with_token(token));
        let builder = if same_host { builder } else { builder.region(Region::Com) };
        let coze = builder.build()?.with_interceptor(|request: &mut PendingRequest<'_>| {
            if request.operation().starts_with("auth.") {
                return Ok(request.set_header("x-signature", "opaque-signature")?);
            }
            // The other host must not be reached.
            Err("enough".into())
        });
        let error = coze.bots().retrieve("7").await.expect_err("refused");
        assert!(error.is_handler(), "{error:?}");
        let requests = server.token_requests();
        let expected = if same_host { "opaque-signature" } else { "" };
        assert_eq!(requests.len(), before + 1);
        assert_eq!(requests[before].header("x-signature"), expected);
    }
    Ok(())
}
