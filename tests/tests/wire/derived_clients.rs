//! Clients that are made from another one: what they change, and what they share.

use std::sync::Mutex;

use coze_api::{AccessToken, BoxFuture, Client, Credentials, Platform, Result, TokenContext};
use coze_tests::oauth::{OAuthServer, TestClock, pkce};
use coze_tests::server::{Reply, Server, TOKEN};
use serde_json::json;

const OTHER: &str = "pat_OtherTenant5y7K";

async fn server() -> Server {
    Server::start(|_| Reply::data(&json!({}))).await
}

async fn call(coze: &Client) {
    coze.request(coze_api::Method::GET, "/v1/x").exchange().await.expect("a response");
}

/// A source of tokens that counts them.
struct Numbered(Mutex<u32>);

impl Credentials for Numbered {
    fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        Box::pin(async {
            let mut number = self.0.lock().expect("not poisoned");
            *number += 1;
            AccessToken::new(format!("pat_number_{number}"))
        })
    }
}

#[tokio::test]
async fn a_derived_client_shares_connections_and_settings() {
    let server = server().await;
    let base = server.builder().header("X-Team", "search").header("Authorization", "Basic 1");
    let base = base.platform(Platform::Studio).build().expect("a client");
    let tenant = base.with_token(OTHER).expect("a token");
    let numbered = base.with_credentials(Numbered(Mutex::new(0)));
    let traced = tenant.with_header("X-Trace-Id", "4bf9").expect("a header");
    let other_team = traced.with_header("x-team", "ads").expect("a header");
    let clients = [&base, &tenant, &numbered, &numbered, &traced, &other_team, &base];
    for client in clients {
        call(client).await;
    }
    let requests = server.requests();
    let seen = |name| requests.iter().map(|request| request.header(name)).collect::<Vec<_>>();
    let other = format!("Bearer {OTHER}");
    assert_eq!(
        seen("authorization"),
        [
            "Basic 1",
            &other,
            "Bearer pat_number_1",
            "Bearer pat_number_2",
            &other,
            &other,
            "Basic 1"
        ]
    );
    assert_eq!(seen("x-trace-id"), ["", "", "", "", "4bf9", "4bf9", ""]);
    let team = ["search", "search", "search", "search", "search", "ads", "search"];
    assert_eq!(seen("x-team"), team);
    assert!(requests.iter().all(|request| request.connection == 0), "one pool");
    assert!(clients.iter().all(|client| client.platform() == Platform::Studio));
}

#[tokio::test]
async fn what_cannot_be_sent_is_an_error_at_once() {
    let coze = Client::builder().token(TOKEN).build().expect("a client");
    for token in ["", " ", "a\nb"] {
        let error = coze.with_token(token).expect_err(token);
        assert!(error.is_config(), "{error}");
    }
    for (name, value) in [("a b", "1"), ("X-Key", "topsecret\n"), ("Content-Length", "1")] {
        let error = coze.with_header(name, value).expect_err(name);
        assert!(error.is_config() && !format!("{error:?}").contains("topsecret"), "{error}");
    }
}

#[tokio::test]
async fn the_secrets_of_a_derived_client_are_hidden() {
    let quote = json!({"code": 4000, "msg": format!("got {OTHER} and topsecret-7")});
    let server = Server::start(move |_| Reply::json(&quote)).await;
    let coze = server.client().with_token(OTHER).expect("a token");
    let coze = coze.with_header("X-Api-Key", "topsecret-7").expect("a header");
    let error = coze.users().me().await.expect_err("refused");
    for shown in
        [format!("{error:?}"), error.body().unwrap_or_default().into(), format!("{coze:?}")]
    {
        assert!(!shown.contains("OtherTenant") && !shown.contains("topsecret"), "{shown}");
    }
    assert_eq!(error.msg(), Some("got *** and ***"));
}

#[tokio::test]
async fn a_header_is_not_sent_to_the_host_that_issues_tokens() {
    let issuer = OAuthServer::start(TestClock::stopped()).await;
    let api = server().await;
    let credentials = pkce(&issuer).credentials().with_token(issuer.token());
    issuer.clock.advance(900);
    let coze = api.client().with_header("X-Api-Key", "topsecret").expect("a header");
    call(&coze.with_credentials(credentials)).await;
    assert_eq!(api.request().header("x-api-key"), "topsecret");
    let request = issuer.token_requests().pop().expect("a renewal");
    assert_eq!((request.header("x-api-key"), request.header("authorization")), ("", ""));
}
