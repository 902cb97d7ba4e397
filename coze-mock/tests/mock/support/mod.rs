//! HTTP calls to the mock, without the SDK: what goes over the wire is what the test says.

use std::time::Duration;

use coze_mock::{MockServer, MockServerBuilder};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// A token that is well-formed.
pub(crate) const TOKEN: &str = "pat_test";

/// A server, and a client of it.
pub(crate) struct Mock {
    pub(crate) server: MockServer,
    pub(crate) client: Client,
}

impl Mock {
    /// A server with everything at its default.
    pub(crate) async fn start() -> Self {
        Self::with(MockServer::builder()).await
    }

    /// A server on which the examples of the spec do not exist.
    pub(crate) async fn strict() -> Self {
        Self::with(MockServer::builder().examples(false)).await
    }

    pub(crate) async fn with(builder: MockServerBuilder) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20));
        Self { server: builder.start().await.unwrap(), client: client.build().unwrap() }
    }

    /// A request with a good token, not yet sent.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.server.base_url());
        self.client.request(method, url).bearer_auth(TOKEN)
    }

    /// A request with a JSON body, not yet sent.
    pub(crate) fn with_json(&self, method: &str, path: &str, body: &Value) -> RequestBuilder {
        let request = self.request(method, path).header("content-type", "application/json");
        request.body(body.to_string())
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        json(self.request("GET", path).send().await.unwrap()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Value {
        json(self.request("DELETE", path).send().await.unwrap()).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Value {
        json(self.with_json(method, path, &body).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, body).await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Value {
        self.call("PUT", path, body).await
    }
}

/// A JSON reply. Its log id stands in the header and in the body.
pub(crate) async fn json(response: Response) -> Value {
    let header = response.headers()["x-tt-logid"].to_str().unwrap().to_owned();
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(body["detail"]["logid"], header.as_str(), "{body}");
    body
}

/// The payload of a reply that is to be good.
#[track_caller]
pub(crate) fn data(mut reply: Value) -> Value {
    assert_eq!(reply["code"], 0, "{reply}");
    reply["data"].take()
}

/// Asserts that a reply is an error with that code, and that its message holds the text.
#[track_caller]
pub(crate) fn assert_error(reply: &Value, code: i64, text: &str) {
    assert_eq!(reply["code"], code, "{reply}");
    let msg = reply["msg"].as_str().unwrap();
    assert!(msg.contains(text), "{msg:?} does not hold {text:?}");
}
