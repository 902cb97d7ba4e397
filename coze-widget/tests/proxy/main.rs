//! Attacks on the server of the widget, and what it passes on.

#![allow(clippy::unwrap_used, clippy::needless_pass_by_value, reason = "helpers of tests")]

mod access;
mod calls;
mod limits;

use std::sync::Arc;
use std::time::Duration;

use coze_api::Client;
use coze_mock::state::{APP, BOT, CHATFLOW, VOICE};
use coze_mock::{ApiError, MockServer, Platform};
use coze_widget::{Limits, WidgetOptions, router};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

const TOKEN: &str = "pat_the_secret_of_the_program";

/// A server of the widget in front of a mock, which runs until it is dropped.
struct Server {
    mock: MockServer,
    base: String,
    http: reqwest::Client,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Starts a server whose users are named by a header.
    async fn start(configure: impl FnOnce(WidgetOptions) -> WidgetOptions) -> Self {
        let by_header = |options: WidgetOptions| {
            options.users(|request| Some(request.headers.get("x-user")?.to_str().ok()?.to_owned()))
        };
        Self::start_with(configure(by_header(options()))).await
    }

    async fn start_with(options: WidgetOptions) -> Self {
        Self::before(MockServer::start().await.unwrap(), options).await
    }

    async fn before(mock: MockServer, options: WidgetOptions) -> Self {
        let client = Client::builder().token(TOKEN).base_url(mock.base_url()).build().unwrap();
        let app = axum::Router::new().nest("/widget", router(client, options));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/widget", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { mock, base, http: reqwest::Client::new(), task }
    }

    fn request(&self, method: Method, path: &str, user: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        request.header("x-coze-widget", "1").header("x-user", user)
    }

    async fn post(&self, path: &str, user: &str, body: Value) -> (StatusCode, Value) {
        read(self.request(Method::POST, path, user).body(body.to_string())).await
    }

    async fn get(&self, path: &str, user: &str) -> (StatusCode, Value) {
        read(self.request(Method::GET, path, user)).await
    }

    async fn conversation(&self, user: &str) -> String {
        let (status, created) =
            self.post("/v1/conversation/create", user, json!({"bot_id": BOT})).await;
        assert_eq!(status, 200, "{created}");
        created["data"]["id"].as_str().unwrap().to_owned()
    }

    async fn chat(&self, user: &str, conversation: &str, text: &str) -> (StatusCode, String) {
        let path = format!("/v3/chat?conversation_id={conversation}");
        let response = self
            .request(Method::POST, &path, user)
            .body(question(text).to_string())
            .send()
            .await
            .unwrap();
        (response.status(), response.text().await.unwrap())
    }

    /// The number of requests that have reached the platform.
    fn forwarded(&self) -> usize {
        self.mock.requests().len()
    }
}

fn options() -> WidgetOptions {
    WidgetOptions::new().bot(BOT).app(APP, CHATFLOW).voice(VOICE)
}

async fn read(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let (status, text) = (response.status(), response.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn question(text: &str) -> Value {
    json!({
        "bot_id": BOT,
        "additional_messages": [{"role": "user", "content_type": "text", "content": text}],
    })
}
