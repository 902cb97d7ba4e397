//! Every operation is called with the examples of the spec, every event is made and understood; the spec says what must
//! go over the wire and come back.

// Printed by prettyplease, which breaks calls inside arguments otherwise than rustfmt does.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "some examples are long")]
#[path = "generated/mod.rs"]
mod generated;

use coze_tests::channels::{channel_events, webhook_events};
use coze_tests::expectation::{judge, operation_ids};
use coze_tests::{calls, failures};

/// A generated file, without the spaces that long calls are broken at.
fn generated(path: &str) -> String {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/generated");
    let text = std::fs::read_to_string(format!("{tests}/{path}"));
    let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
    text.split_whitespace().collect()
}

/// An event without a test would go unnoticed otherwise.
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

/// An operation without a call would go unnoticed otherwise.
#[test]
fn every_operation_has_a_call() {
    for id in operation_ids() {
        assert!(calls::all().any(|call| call.operation == id), "{id} has no call");
    }
}

#[tokio::test]
async fn every_operation_sends_what_the_spec_shows_and_understands_the_reply() {
    let judged = calls::all().map(|call| (call.name(), judge(call)));
    failures::none(judged).await;
}
