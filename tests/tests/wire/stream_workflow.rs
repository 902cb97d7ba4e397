//! Event streams of workflows: their event names, numbered events, interrupts.

use coze_api::stream::{Frame, StreamEvent};
use coze_api::workflows::{WorkflowEvent, WorkflowInterruptType};
use coze_api::{Method, Result};
use coze_tests::events::{sample, whole};
use coze_tests::server::Server;
use futures_util::TryStreamExt as _;
use serde_json::json;

async fn run(text: impl AsRef<[u8]>) -> (Server, coze_api::EventStream<WorkflowEvent>) {
    let server = Server::replies(vec![whole(text)]).await;
    let events = server.client().workflows().runs().stream("7").await.expect("a stream");
    (server, events)
}

#[tokio::test]
async fn a_run_yields_the_documented_events() {
    let (server, mut events) = run(sample("workflow.sse")).await;
    let mut content = String::new();
    while let Some(event) = events.try_next().await.expect("good") {
        match event {
            WorkflowEvent::Message(message) => {
                content.push_str(&message.content);
                content.push('|');
                assert_eq!(
                    message.node_is_finish,
                    ["4", "5"].contains(&events.last_event_id().expect("an id"))
                );
            }
            WorkflowEvent::Done(done) => assert_eq!(done.debug_url, ""),
            other => panic!("{other:?}"),
        }
    }
    assert!(content.starts_with("msg|") && content.ends_with("\"}|"), "{content}");
    assert_eq!(events.last_event_id(), Some("6"));
    let request = server.request();
    assert_eq!(request.header("accept"), "text/event-stream");
    assert_eq!(request.json(), json!({"workflow_id": "7"}), "the body has no `stream` member");
}

#[tokio::test]
async fn an_interrupt_ends_the_stream_and_a_resumed_run_has_the_same_events() {
    let (_server, events) = run(sample("workflow_interrupt.sse")).await;
    let events: Vec<_> = events.try_collect().await.expect("complete");
    let [WorkflowEvent::Message(_), WorkflowEvent::Interrupt(interrupt)] = &events[..] else {
        panic!("{events:?}")
    };
    let data = &interrupt.interrupt_data;
    assert_eq!(data.event_id, "7404830425073352713/2769808280134765896");
    assert_eq!(data.kind, WorkflowInterruptType::from(2));

    let server = Server::replies(vec![whole(sample("workflow_resume.sse"))]).await;
    let coze = server.client();
    let request =
        coze.workflows().runs().resume("7", &data.event_id, data.kind.clone(), "Hangzhou");
    let events: Vec<_> = request.await.expect("a stream").try_collect().await.expect("complete");
    assert!(
        matches!(&events[..], [WorkflowEvent::Message(message), WorkflowEvent::Done(_)] if message.token == 386)
    );
}

#[tokio::test]
async fn an_error_event_is_an_error() {
    let (_server, mut events) = run(sample("workflow_error.sse")).await;
    let error = events.next().await.expect("an item").expect_err("a failure");
    assert_eq!((error.code(), error.msg()), (Some(4000), Some("Request parameter error")));
    assert_eq!((error.last_event_id(), error.log_id()), (Some("0"), Some("log-header")));
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn pings_are_skipped_unless_requested() {
    let text = "id: 0\nevent: PING\ndata: {}\n\nid: 1\nevent: Later\ndata: {\"a\":1}\n\nid: 2\nevent: Done\ndata: {}\n\n";
    let (_server, events) = run(text).await;
    let later = WorkflowEvent::Unknown { event: "Later".into(), data: "{\"a\":1}".into() };
    let quiet: Vec<_> = events.try_collect().await.expect("complete");
    assert!(matches!(&quiet[..], [event, WorkflowEvent::Done(_)] if *event == later), "{quiet:?}");

    let (_server, events) = run(text).await;
    let all: Vec<_> = events.with_pings().try_collect().await.expect("complete");
    assert_eq!(all[0], WorkflowEvent::Ping);
    assert_eq!(all[1..], quiet);
}

/// A custom union of events, for an operation that the crate does not have.
#[derive(Debug, PartialEq)]
struct Raw(String, String);

impl StreamEvent for Raw {
    const ENDS: &'static [&'static str] = &["Done"];

    fn decode(frame: &Frame) -> Result<Self> {
        Ok(Self(frame.event().to_owned(), frame.text()))
    }
}

#[tokio::test]
async fn the_escape_hatch_streams_too() {
    let server = Server::replies(vec![whole(sample("workflow_resume.sse"))]).await;
    let request = server.client().request(Method::POST, "/v1/new").json(&json!({"stream": true}));
    let events: Vec<Raw> =
        request.stream().await.expect("a stream").try_collect().await.expect("complete");
    assert_eq!(events.last(), Some(&Raw("Done".into(), "{}".into())));
    assert_eq!(events.len(), 2);
}
