//! A router in front of a mock, and a client of it.

use std::net::SocketAddr;

use axum::Router;
use coze_api::observe::{CallReport, Observer, Outcome};
use coze_api::{Client, Retry};
use coze_mock::MockServer;
use coze_mock::state::BOT;
use coze_serve::openai::{Endpoint, Model};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A router that is served until this is dropped.
pub(crate) struct Served {
    pub(crate) url: String,
    task: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let task = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        Self { url, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Returns a client of the mock that does not repeat requests.
pub(crate) fn client(mock: &MockServer) -> Client {
    let client = Client::builder().token("pat_of_the_server").base_url(mock.base_url());
    client.retry(Retry::none()).build().unwrap()
}

/// Tells the outcome of each run of a workflow.
struct Runs(mpsc::UnboundedSender<Outcome>);

impl Observer for Runs {
    fn call_ended(&self, call: &CallReport<'_>) {
        if call.operation() == "workflows.runs.stream" {
            let _ = self.0.send(call.outcome());
        }
    }
}

/// Returns such a client, and the outcomes of the runs of workflows that it makes.
pub(crate) fn observed(mock: &MockServer) -> (Client, mpsc::UnboundedReceiver<Outcome>) {
    let (runs, outcomes) = mpsc::unbounded_channel();
    (client(mock).with_observer(Runs(runs)), outcomes)
}

/// Returns an endpoint with the bot of the mock as the model `bot`.
pub(crate) fn endpoint(mock: &MockServer) -> Endpoint {
    Endpoint::new(client(mock)).model("bot", Model::bot(BOT))
}

/// A response that was read completely.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the data of the events of a stream.
    pub(crate) fn events(&self) -> Vec<String> {
        let events = self.text.split("\n\n").filter(|event| !event.is_empty());
        events.map(|event| event.strip_prefix("data: ").unwrap().to_owned()).collect()
    }
}

/// Returns a request with a JSON body.
pub(crate) fn post(url: &str, body: &Value) -> reqwest::RequestBuilder {
    let request = reqwest::Client::builder().no_proxy().build().unwrap().post(url);
    request.header("content-type", "application/json").body(body.to_string())
}

/// Sends a request with a JSON body.
pub(crate) async fn send(url: &str, body: &Value) -> Answer {
    Answer::of(post(url, body).send().await.unwrap()).await
}

pub(crate) async fn get(url: &str) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    Answer::of(client.get(url).send().await.unwrap()).await
}

/// Waits until the mock has answered a request to an operation.
pub(crate) async fn wait_for(mock: &MockServer, operation: &str) {
    let answered = || mock.requests_to(operation).iter().any(|request| request.status == Some(200));
    for _ in 0..400 {
        if answered() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the mock received no request to {operation}");
}
