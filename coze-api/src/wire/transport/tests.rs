use std::error::Error as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use super::*;
use crate::base::future::BoxFuture;
use crate::testing::sample::Bots;
use crate::testing::{Act, Server};
use crate::wire::client::{Credentials, TokenContext};
use crate::wire::retry::Retry;
use crate::{Client, Upload};

const OK: &str = r#"{"code":0,"data":{"id":"7"}}"#;

fn busy(status: u16) -> Act {
    Act::status(status, "text/plain", "busy")
}

#[tokio::test]
async fn idempotent_calls_survive_faults() {
    for fault in [Act::HangUp, Act::BreakOff, busy(408), busy(500), busy(502), busy(503), busy(504)]
    {
        let server = Server::play([fault.clone(), fault.clone(), Act::json(OK)]).await;
        let bot = Bots(server.client()).retrieve("7").await;
        assert_eq!(bot.unwrap_or_else(|e| panic!("{fault:?}: {e:?}")).id, "7");
        assert_eq!(server.seen().len(), 3);
    }
}

#[tokio::test]
async fn other_calls_are_not_sent_twice() {
    for fault in [Act::HangUp, Act::BreakOff, busy(500), busy(503)] {
        let server = Server::play([fault.clone(), Act::json(OK)]).await;
        let error = Bots(server.client()).create("x").await.expect_err("a fault");
        assert_eq!((error.attempts(), server.seen().len()), (1, 1), "{fault:?}: {error:?}");
    }
}

#[tokio::test]
async fn what_was_refused_is_always_repeated() -> Result<()> {
    let too_frequent = Act::json(r#"{"code":4013,"msg":"too frequent","data":"of another type"}"#);
    for fault in [busy(429), too_frequent] {
        let server = Server::play([fault, Act::json(r#"{"code":0,"bot_id":"1"}"#)]).await;
        assert_eq!(Bots(server.client()).create("x").await?.bot_id, "1");
    }
    Ok(())
}

#[tokio::test]
async fn attempts_end() {
    let server = Server::play([Act::json(r#"{"code":4013,"msg":"too frequent"}"#)]).await;
    let error = Bots(server.client()).create("x").await.expect_err("always refused");
    assert!(error.is_rate_limited() && error.is_api());
    assert_eq!((error.attempts(), server.seen().len()), (3, 3));
    assert_eq!(
        error.to_string(),
        "bots.create: API error 4013: too frequent (HTTP 200, 3 attempts)"
    );
}

#[tokio::test]
async fn the_server_says_when() {
    let server = Server::play([busy(429).header("retry-after", "3600")]).await;
    let error = Bots(server.client()).retrieve("1").await.expect_err("not in an hour");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(error.attempts(), 1);

    let server = Server::play([busy(503).header("retry-after", "1"), Act::json(OK)]).await;
    let started = Instant::now();
    Bots(server.client()).retrieve("1").await.expect("after a second");
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_failed_connection_is_repeated_and_named() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let retry = Retry::default().base_delay(Duration::ZERO);
    let builder =
        Client::builder().token("pat_x").base_url(format!("http://{address}")).retry(retry);
    let call = Bots(builder.build().expect("valid")).create("x");
    let error = call.await.expect_err("nobody listens");
    assert!(error.is_connect() && error.attempts() == 3, "{error:?}");
    let expected = format!("bots.create: cannot connect to {address}: ");
    assert!(error.to_string().starts_with(&expected), "{error}");
    assert!(error.source().is_some());
    assert!(!format!("{error:?}").contains("/v1/bot"), "{error:?}");
}

#[tokio::test]
async fn timeouts_are_per_attempt() {
    let server = Server::play([Act::Stall]).await;
    let call = Bots(server.client()).retrieve("1").with_timeout(Duration::from_millis(40));
    let started = Instant::now();
    let error = call.await.expect_err("stalls");
    assert!(error.is_timeout() && error.attempts() == 3, "{error:?}");
    assert!(started.elapsed() >= Duration::from_millis(120));
    assert_eq!(
        error.to_string(),
        "bots.retrieve: no data from the server within 40ms (3 attempts)"
    );
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let target = Server::play([Act::json(OK)]).await;
    let location = format!("{}/elsewhere?token=secret", target.url);
    let server = Server::play([busy(302).header("location", location)]).await;
    let error = Bots(server.client()).retrieve("1").await.expect_err("a redirect");
    assert!(error.is_status() && error.status().is_some_and(|status| status == 302));
    assert!(error.to_string().contains("host 127.0.0.1") && !error.to_string().contains("secret"));
    assert!(target.seen().is_empty());
}

/// Counts, and hands out `token-1`, `token-2`, …
#[derive(Default)]
struct Rotating {
    issued: AtomicU32,
    current: Mutex<Option<AccessToken>>,
}

impl Credentials for Arc<Rotating> {
    fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async move {
            let mut current = self.current.lock().expect("no panic");
            if current.is_none() {
                let number = self.issued.fetch_add(1, Ordering::Relaxed) + 1;
                *current = Some(AccessToken::new(format!("token-{number}"))?);
            }
            current.clone().ok_or_else(|| Error::config("no token"))
        })
    }

    fn rejected(&self, token: &AccessToken) -> bool {
        let mut current = self.current.lock().expect("no panic");
        if current.as_ref() == Some(token) {
            *current = None;
        }
        true
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refusals = [
        busy(401),
        Act::json(r#"{"code":4100,"msg":"invalid token"}"#),
        Act::json(r#"{"code":700012006,"msg":"access token invalid"}"#),
    ];
    for refusal in refusals {
        let server = Server::play([refusal.clone(), Act::json(r#"{"code":0,"bot_id":"1"}"#)]).await;
        let source = Arc::new(Rotating::default());
        let builder = server.builder().credentials(source.clone()).retry(Retry::none());
        let bots = Bots(builder.build().expect("valid"));
        assert_eq!(bots.create("x").await.expect("renewed").bot_id, "1");
        let sent: Vec<_> =
            server.seen().iter().map(|s| s.header("authorization").map(str::to_owned)).collect();
        assert_eq!(sent, [Some("Bearer token-1".into()), Some("Bearer token-2".into())]);

        let server = Server::play([refusal]).await;
        let builder = server.builder().credentials(source);
        let bots = Bots(builder.build().expect("valid"));
        let error = bots.create("x").await.expect_err("always refused");
        assert!(error.is_auth() && error.attempts() == 2, "{error:?}");
    }
}

#[tokio::test]
async fn a_static_token_is_not_tried_again() {
    let server = Server::play([busy(401)]).await;
    let error = Bots(server.client()).retrieve("1").await.expect_err("refused");
    assert!(error.is_auth() && error.attempts() == 1);

    let source = Arc::new(Rotating::default());
    let bots = Bots(server.builder().credentials(source.clone()).build().expect("valid"));
    let error = bots.retrieve("1").with_token("sat_x").await.expect_err("refused");
    assert_eq!((error.attempts(), source.issued.load(Ordering::Relaxed)), (1, 0));
}

#[tokio::test]
async fn an_upload_from_a_reader_is_sent_once() {
    let server = Server::play([busy(503)]).await;
    let bots = Bots(server.client());
    let once = Upload::reader("a.txt", &b"content"[..]);
    let call = bots.upload(once).with_retry(Retry::default().base_delay(Duration::ZERO));
    let error = call.clone().await.expect_err("busy");
    assert_eq!((error.attempts(), server.seen().len()), (1, 1));
    let error = call.await.expect_err("read already");
    assert!(error.is_upload() && error.to_string().contains("a.txt"), "{error}");
}

#[test]
fn the_future_of_a_call_is_small() {
    let coze = Client::builder().token("pat_x").build().expect("valid");
    let future = Bots(coze).retrieve("1").send();
    let size = size_of_val(&future);
    assert!(size <= 64, "{size} bytes are copied with every call");
}
