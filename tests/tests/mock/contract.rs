//! The example of every operation, from the SDK to the mock and back. The mock checks the request; its reply is then
//! fetched once more without the SDK, from a second server that does the same, so that nothing can get lost unnoticed.

use coze_mock::state::Clock;
use coze_mock::{MockServer, RecordedRequest};
use coze_tests::calls::{self, Call, Outcome};
use coze_tests::expectation::{all_known, covers, payload};
use coze_tests::{failures, mock};
use futures_util::StreamExt as _;
use serde_json::Value;

/// Some day, so that both servers tell the same times.
const TODAY: u64 = 1_765_000_000;

async fn twin() -> MockServer {
    let builder = MockServer::builder().clock(Clock::stopped_at(TODAY)).seed(42);
    builder.refuse_unknown_fields(true).start().await.unwrap()
}

/// The reply that the other server gives to the same request.
async fn reply(server: &MockServer, request: RecordedRequest) -> reqwest::Response {
    let query = request.query.map(|query| format!("?{query}")).unwrap_or_default();
    let url = format!("{}{}{query}", server.base_url(), request.path);
    let mut headers = request.headers;
    headers.remove("host");
    let again = mock::http().request(request.method, url).headers(headers).body(request.body);
    again.send().await.unwrap()
}

async fn hold(call: Call) {
    let (server, other) = (twin().await, twin().await);
    let outcome = call.by(&mock::marked(&server, "").build().unwrap()).await;
    let outcome = outcome.unwrap_or_else(|error| panic!("{error:?}"));
    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(request.operation.as_deref(), Some(call.operation));
    let reply = reply(&other, request.clone()).await;
    assert_eq!(reply.status(), 200);
    match outcome {
        Outcome::Value(value) => {
            let reply: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
            assert_eq!(reply["code"], 0, "{reply}");
            covers(&value, &payload(call.operation, &reply), "reply");
        }
        Outcome::File(file) => {
            let file = file.bytes().await.unwrap();
            assert_eq!(file, reply.bytes().await.unwrap());
        }
        Outcome::Events(events) => {
            let events: Vec<_> = events.collect().await;
            all_known(&events, &reply.text().await.unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_is_understood_in_both_directions() {
    failures::none(calls::all().map(|call| (call.name(), hold(call)))).await;
}
