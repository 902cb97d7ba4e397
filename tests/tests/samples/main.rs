//! The SDK against the samples of the documentation: each request can be made and is sent as shown,
//! and each reply is decoded without loss of a documented field.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::ref_option,
    clippy::struct_field_names,
    reason = "helpers of tests may panic, and fixtures are named after their files"
)]

mod calls;
mod compare;
mod fixture;

use std::collections::BTreeSet;

use coze_tests::expectation::{operation_ids, payload};
use coze_tests::lost::lost;
use coze_tests::server::{Reply, Server};
use fixture::{Frame, Page, pages};
use serde_json::{Value, json};

/// Operations without a page.
const WITHOUT_PAGE: [&str; 4] =
    ["users.me", "templates.duplicate", "audio.live.retrieve", "apps.retrieve"];

#[test]
fn every_documented_operation_has_a_sample() {
    let pages: BTreeSet<_> = pages().into_iter().map(|page| page.operation).collect();
    let mut expected: BTreeSet<_> = operation_ids().into_iter().collect();
    for id in WITHOUT_PAGE {
        assert!(expected.remove(id), "{id} is not an operation");
    }
    let missing: Vec<_> = expected.difference(&pages).collect();
    let unknown: Vec<_> = pages.difference(&expected).collect();
    assert!(missing.is_empty(), "operations without a sample: {missing:?}");
    assert!(unknown.is_empty(), "samples of other operations: {unknown:?}");
}

#[test]
fn every_request_has_a_call_and_every_call_a_request() {
    let pages = pages();
    let requests = pages
        .iter()
        .flat_map(|page| (0..page.requests.len()).map(|index| (page.page.as_str(), index)));
    let (calls, requests): (BTreeSet<_>, BTreeSet<_>) =
        (calls::all().collect(), requests.collect());
    let missing: Vec<_> = requests.difference(&calls).collect();
    let unknown: Vec<_> = calls.difference(&requests).collect();
    assert!(missing.is_empty(), "requests without a call: {missing:?}");
    assert!(unknown.is_empty(), "calls without a request: {unknown:?}");
}

#[tokio::test]
async fn requests_are_sent_as_documented() {
    let mut problems = Vec::new();
    for page in pages() {
        for (index, sample) in page.requests.iter().enumerate() {
            let server = Server::replies(vec![Reply::new(204, &[], ""), Reply::reset()]).await;
            // This test does not check the reply.
            let _ = calls::call(&page.page, index, &server.client()).await;
            let differences = compare::request(sample, &server.request());
            let name = format!("{}[{index}]", page.page);
            problems.extend(differences.into_iter().map(|what| format!("{name} {what}")));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn replies_are_decoded_without_loss() {
    let mut problems = Vec::new();
    for page in pages() {
        for (index, sample) in page.replies.iter().enumerate() {
            let operation = page.operation_of(&sample.operation);
            let server = Server::replies(vec![Reply::json(&sample.reply)]).await;
            let call = call_of(&page, operation, false, &server);
            let name = format!("{} reply[{index}]", page.page);
            match call.await {
                Ok(value) => {
                    let expected = payload(operation, &sample.reply);
                    let lost = lost(&value, &expected);
                    if lost != sample.lost {
                        problems.push(format!("{name} {lost:?}\n  of {expected}\n  is {value}"));
                    }
                }
                Err(error) => problems.push(format!("{name} {error:?}")),
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[tokio::test]
async fn streams_are_decoded_without_loss() {
    let mut problems = Vec::new();
    for page in pages() {
        for (index, frames) in page.streams.iter().enumerate() {
            for space in ["", " "] {
                let server = Server::replies(vec![stream(frames, space)]).await;
                let call = call_of(&page, &page.operation, true, &server);
                let name = format!("{} stream[{index}]", page.page);
                match call.await {
                    Ok(events) => problems.extend(
                        differences(frames, &events)
                            .into_iter()
                            .map(|what| format!("{name}{what}")),
                    ),
                    Err(error) => problems.push(format!("{name} {error:?}")),
                }
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Returns the first call of a page to this operation.
fn call_of(page: &Page, operation: &str, streamed: bool, server: &Server) -> calls::Outcome {
    let pages = pages();
    let mut candidates = std::iter::once(page).chain(&pages).flat_map(|page| {
        page.requests.iter().enumerate().map(move |(index, request)| (page, index, request))
    });
    let switched =
        |body: &Option<Value>| body.as_ref().is_some_and(|body| body["stream"] == json!(true));
    let fits = |(page, _, request): &(&Page, usize, &fixture::Request)| {
        let streams = switched(&request.body) || page.replies.is_empty();
        page.operation_of(&request.operation) == operation && streams == streamed
    };
    let (page, index, _) =
        candidates.find(fits).unwrap_or_else(|| panic!("{} never calls {operation}", page.page));
    calls::call(&page.page, index, &server.client())
}

fn stream(frames: &[Frame], space: &str) -> Reply {
    let frames = frames.iter().map(|frame| {
        let id = frame.id.as_ref().map(|id| format!("id:{space}{id}\n"));
        let data = frame.data.as_str().map_or_else(|| frame.data.to_string(), str::to_owned);
        let (id, event) = (id.unwrap_or_default(), &frame.event);
        format!("{id}event:{space}{event}\ndata:{space}{data}\n\n")
    });
    let text: Vec<_> = frames.collect();
    Reply::new(200, &[("content-type", "text/event-stream")], text.concat())
}

/// Returns the members that the decoded events of a stream lack.
fn differences(frames: &[Frame], events: &Value) -> Vec<String> {
    let events = events.as_array().expect("a list");
    if frames.len() != events.len() {
        return vec![format!(" has {} events: {events:?}", events.len())];
    }
    let mut problems = Vec::new();
    for (index, (frame, event)) in frames.iter().zip(events).enumerate() {
        let expected = match frame.event.as_str() {
            "Error" => {
                json!({"code": frame.data["error_code"], "msg": frame.data["error_message"]})
            }
            name if name.ends_with(".failed") => frame.data.clone(),
            name => json!({"event": name, "data": frame.data}),
        };
        // The text in the last event carries no information.
        let expected =
            if frame.data.is_string() { json!({"event": frame.event}) } else { expected };
        let lost = lost(event, &expected);
        if lost != frame.lost {
            problems.push(format!("[{index}] {lost:?}\n  of {expected}\n  is {event}"));
        }
    }
    problems
}
