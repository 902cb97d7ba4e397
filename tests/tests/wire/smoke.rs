//! Every operation is called with the examples of the spec, and every event is encoded and decoded.
//! The spec determines the expected requests and values.

// prettyplease breaks nested calls differently from rustfmt.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "some examples are long")]
#[path = "generated/mod.rs"]
mod generated;

use coze_tests::channels::{channel_events, webhook_events};
use coze_tests::expectation::{check_operation, operation_ids};
use coze_tests::{calls, failures};

/// Returns a generated file without whitespace, at which long calls are broken.
fn generated(path: &str) -> String {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/generated");
    let text = std::fs::read_to_string(format!("{tests}/{path}"));
    let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
    text.split_whitespace().collect()
}

/// Detects events without a test.
#[test]
fn every_event_has_a_test() {
    let events = channel_events();
    assert!(events.len() > 80, "{}", events.len());
    for (channel, side, event) in events {
        let text = generated(&format!("realtime/{channel}.rs"));
        let test = if side == "client" { "sent" } else { "received" };
        let test = format!("{test}(\"{channel}\",\"{event}\",");
        assert!(text.contains(&test), "{channel}: {event} has no test");
    }
    let text = generated("webhooks.rs");
    for event in webhook_events() {
        assert!(text.contains(&format!("(\"{event}\",")), "{event} has no test");
    }
}

/// Detects operations without a call.
#[test]
fn every_operation_has_a_call() {
    for id in operation_ids() {
        assert!(calls::all().any(|call| call.operation == id), "{id} has no call");
    }
}

#[tokio::test]
async fn every_operation_sends_what_the_spec_shows_and_understands_the_reply() {
    let cases = calls::all().map(|call| (call.name(), check_operation(call)));
    failures::assert_none(cases).await;
}
