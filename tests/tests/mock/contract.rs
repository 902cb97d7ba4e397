//! The example of every operation, from the SDK to the mock and back. The mock checks the request.
//! A second, identical server then returns the same reply without the SDK, so that a loss in
//! decoding is detected.

use coze_mock::state::Clock;
use coze_mock::{MockServer, RecordedRequest};
use coze_tests::calls::{self, Call, Outcome};
use coze_tests::expectation::{assert_all_known, assert_covers, payload};
use coze_tests::{failures, mock};
use futures_util::StreamExt as _;
use serde_json::Value;

/// A fixed time, so that both servers return the same times.
const TODAY: u64 = 1_765_000_000;

async fn twin() -> MockServer {
    let builder = MockServer::builder().clock(Clock::stopped_at(TODAY)).seed(42);
    builder.refuse_unknown_fields(true).start().await.unwrap()
}

/// Returns the reply of the other server to the same request.
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
    let outcome = call.send_with(&mock::marked(&server, "").build().unwrap()).await;
    let outcome = outcome.unwrap_or_else(|error| panic!("{error:?}"));
    let [request] = &server.requests()[..] else { panic!("one request") };
    assert_eq!(request.operation.as_deref(), Some(call.operation));
    let reply = reply(&other, request.clone()).await;
    assert_eq!(reply.status(), 200);
    match outcome {
        Outcome::Value(value) => {
            // The configuration of an MCP server has the address.
            let reply = reply.text().await.unwrap().replace(&other.base_url(), &server.base_url());
            let reply: Value = serde_json::from_str(&reply).unwrap();
            assert_eq!(reply["code"], 0, "{reply}");
            assert_covers(&value, &payload(call.operation, &reply), "reply");
        }
        Outcome::File(file) => {
            let file = file.bytes().await.unwrap();
            assert_eq!(file, reply.bytes().await.unwrap());
        }
        Outcome::Events(events) => {
            let events: Vec<_> = events.collect().await;
            assert_all_known(&events, &reply.text().await.unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_loses_nothing_in_either_direction() {
    failures::assert_none(calls::all().map(|call| (call.name(), hold(call)))).await;
}
