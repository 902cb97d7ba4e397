//! HTTP calls to the mock without the SDK, so that the test determines the bytes that are sent.

use std::time::Duration;

use coze_mock::{MockServer, MockServerBuilder, Platform};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;

/// A well-formed token.
pub(crate) const TOKEN: &str = "pat_test";

/// A server, and a client of it.
pub(crate) struct Mock {
    pub(crate) server: MockServer,
    pub(crate) client: Client,
}

impl Mock {
    /// Starts a server with default settings.
    pub(crate) async fn start() -> Self {
        Self::with(MockServer::builder()).await
    }

    /// Starts a server on which the examples of the spec do not exist.
    pub(crate) async fn strict() -> Self {
        Self::with(MockServer::builder().examples(false)).await
    }

    /// Starts a server of this platform, on which the examples of the spec do not exist.
    pub(crate) async fn on(platform: Platform) -> Self {
        Self::with(MockServer::builder().platform(platform).examples(false)).await
    }

    pub(crate) async fn with(builder: MockServerBuilder) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20));
        Self { server: builder.start().await.unwrap(), client: client.build().unwrap() }
    }

    /// Returns a request with a valid token, not yet sent.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.server.base_url());
        self.client.request(method, url).bearer_auth(TOKEN)
    }

    /// Returns a request with a JSON body, not yet sent.
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

/// Returns a JSON reply, and checks that header and body have the same log id.
pub(crate) async fn json(response: Response) -> Value {
    let header = response.headers()["x-tt-logid"].to_str().unwrap().to_owned();
    let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    assert_eq!(body["detail"]["logid"], header.as_str(), "{body}");
    body
}

/// Returns the payload of a successful reply.
#[track_caller]
pub(crate) fn data(mut reply: Value) -> Value {
    assert_eq!(reply["code"], 0, "{reply}");
    reply["data"].take()
}

/// Asserts that a reply is an error with this code, and that its message contains the text.
#[track_caller]
pub(crate) fn assert_error(reply: &Value, code: i64, text: &str) {
    assert_eq!(reply["code"], code, "{reply}");
    let msg = reply["msg"].as_str().unwrap();
    assert!(msg.contains(text), "{msg:?} does not contain {text:?}");
}

/// Sends a request and returns the JSON of the response, whatever its code.
pub(crate) async fn body(request: RequestBuilder) -> Value {
    parsed(request.send().await.unwrap()).await
}

/// Returns the JSON of a response.
pub(crate) async fn parsed(response: Response) -> Value {
    let text = response.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// An event as received.
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: String,
    /// `true` if a space follows the colons.
    pub(crate) spaced: bool,
}

impl Event {
    /// The data as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_else(|error| panic!("{error}: {}", self.data))
    }
}

/// The events of a response.
pub(crate) async fn events(request: RequestBuilder) -> Vec<Event> {
    let text = request.send().await.unwrap().text().await.unwrap();
    let frames = text.split_terminator("\n\n").map(|frame| {
        let mut event = Event { name: String::new(), id: None, data: String::new(), spaced: false };
        for line in frame.lines() {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            event.spaced |= name == "event" && value.starts_with(' ');
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "event" => value.clone_into(&mut event.name),
                "id" => event.id = Some(value.to_owned()),
                "data" => event.data.push_str(value),
                _ => panic!("an unknown line: {line}"),
            }
        }
        event
    });
    frames.collect()
}
