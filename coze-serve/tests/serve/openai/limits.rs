//! Limits of the endpoint, and clients that disconnect.

use std::time::Duration;

use coze_api::observe::Outcome;
use coze_mock::MockServer;
use coze_mock::state::WORKFLOW;
use coze_serve::openai::{Endpoint, Model};
use serde_json::{Value, json};

use crate::support::{Served, endpoint, observed, post, send, wait_for};

/// A question to which the mock answers until the chat is canceled.
fn hold(stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": "[hold]"}]);
    json!({"model": "bot", "messages": messages, "stream": stream})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_refused() {
    let mock = MockServer::start().await.unwrap();
    let served = Served::start(endpoint(&mock).max_body(1000).router()).await;
    let url = format!("{}/v1/chat/completions", served.url);
    let request = |length: usize| json!({"model": "bot", "messages": [{"role": "user", "content": "x".repeat(length)}]});
    let answer = send(&url, &request(1000)).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    assert_eq!(mock.count(), 0);
    assert_eq!(send(&url, &request(100)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_cancels_its_chat() {
    for stream in [false, true] {
        let mock = MockServer::start().await.unwrap();
        let served = Served::start(endpoint(&mock).router()).await;
        let url = format!("{}/v1/chat/completions", served.url);
        let request = post(&url, &hold(stream)).send();
        let waiting = tokio::spawn(async move {
            let mut response = request.await.unwrap();
            while response.chunk().await.unwrap().is_some() {}
        });
        wait_for(&mock, "chat.create").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waiting.is_finished());
        waiting.abort();
        wait_for(&mock, "chat.cancel").await;
    }
}

/// It ends before the first output of the workflow, and after it.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_closes_the_stream_of_its_workflow() {
    for bytes in [10, 400] {
        let mock = MockServer::start().await.unwrap();
        mock.fault(format!("hang={bytes}").parse().unwrap());
        let (coze, mut outcomes) = observed(&mock);
        let endpoint = Endpoint::new(coze).model("flow", Model::workflow(WORKFLOW));
        let served = Served::start(endpoint.router()).await;
        let url = format!("{}/v1/chat/completions", served.url);
        let messages = json!([{"role": "user", "content": "Hello"}]);
        let request = json!({"model": "flow", "messages": messages, "stream": true});
        let mut waiting = Box::pin(post(&url, &request).send());
        tokio::select! {
            response = &mut waiting => drop(response.unwrap()),
            () = wait_for(&mock, "workflows.runs.stream") => {}
        }
        drop(waiting);
        assert_eq!(outcomes.recv().await, Some(Outcome::Canceled), "{bytes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_at_the_same_time_are_limited() {
    let mock = MockServer::start().await.unwrap();
    let served = Served::start(endpoint(&mock).max_chats(1).router()).await;
    let url = format!("{}/v1/chat/completions", served.url);
    let held = post(&url, &hold(true)).send().await.unwrap();
    let question = json!({"model": "bot", "messages": [{"role": "user", "content": "Hello"}]});
    let answer = send(&url, &question).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "1"));
    assert_eq!(answer.json()["error"]["code"], "rate_limit_exceeded");
    drop(held);
    wait_for(&mock, "chat.cancel").await;
    assert_eq!(send(&url, &question).await.status, 200);
}
