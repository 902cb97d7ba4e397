//! Redirects are not followed, because a token must not reach another host.

use coze_api::Error;
use coze_tests::server::{Reply, Server};
use serde_json::json;

async fn target() -> Server {
    Server::replies(vec![Reply::data(&json!({"bot_id": "7"}))]).await
}

async fn redirecting(status: u16, location: &str) -> Server {
    Server::replies(vec![Reply::new(status, &[("location", location)], "")]).await
}

/// Returns the errors of a read and a write, each of which must be sent once and only to the API.
async fn refused(server: &Server) -> [Error; 2] {
    let coze = server.client_without_delay();
    let read = coze.bots().retrieve("7").await.expect_err("a redirect");
    let write = coze.bots().create("space", "name").await.expect_err("a redirect");
    assert_eq!(server.lines(), ["GET /v1/bots/7", "POST /v1/bot/create"]);
    for error in [&read, &write] {
        assert!(error.is_status() && !error.is_decode() && error.attempts() == 1, "{error:?}");
    }
    [read, write]
}

#[tokio::test]
async fn a_redirect_to_another_host_is_named_and_not_followed() {
    let target = target().await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/v1/bots/7?ticket=s3cret", target.base_url());
        let server = redirecting(status, &location).await;
        let [read, write] = refused(&server).await;
        assert_eq!(
            read.to_string(),
            format!(
                "bots.retrieve: redirected to host 127.0.0.1; is the base URL right? (HTTP {status})"
            )
        );
        for error in [read, write] {
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    }
    let server = redirecting(302, "https://login.example.com/sso?return=x").await;
    for error in refused(&server).await {
        assert!(error.to_string().contains("redirected to host login.example.com"), "{error}");
    }
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_to_the_same_host_is_not_followed() {
    for location in ["/v1/bots/8", "8", "//127.0.0.1/v1", "?a=b", "", "::not a url::"] {
        let server = redirecting(302, location).await;
        for error in refused(&server).await {
            let shown = error.to_string();
            assert!(
                shown.ends_with("redirected; is the base URL right? (HTTP 302)"),
                "{location}: {shown}"
            );
        }
    }
    let server = Server::replies(vec![Reply::new(304, &[], "")]).await;
    refused(&server).await;
}

#[tokio::test]
async fn the_body_of_a_redirect_is_not_decoded() {
    // The body would be a valid reply with another status.
    let body = json!({"code": 0, "data": {"bot_id": "7"}});
    let server =
        Server::replies(vec![Reply::json_with(302, &[("location", "/login")], &body)]).await;
    refused(&server).await;
}

/// A custom HTTP client may follow redirects. Even then the token is not sent to another host.
#[tokio::test]
async fn a_client_that_follows_redirects_drops_the_token() {
    let target = target().await;
    let server = redirecting(307, &format!("{}/v1/bots/7", target.base_url())).await;
    let coze = server.builder().http_client(reqwest::Client::new()).build().expect("a client");
    assert_eq!(coze.bots().retrieve("7").await.expect("a bot").bot_id, "7");
    assert_ne!(server.request().header("authorization"), "");
    assert_eq!(target.request().header("authorization"), "");
}
