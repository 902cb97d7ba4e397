//! Deployed projects: what is sent, and how replies, streams and errors are read.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use coze_api::site::{AgentEvent, AgentReply, Project, PromptPart, RunEvent, TaskStatus};
use coze_api::stream::{Frame, StreamEvent};
use coze_api::{EventStream, Result, Retry};
use coze_spec::model::Site;
use coze_tests::events;
use coze_tests::server::{Reply, Server};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.project.signature";

fn project(server: &Server) -> Project {
    let builder = coze_api::Client::builder().base_url(server.base_url()).token(TOKEN);
    Project::from_builder(builder.retry(Retry::none())).expect("a project")
}

async fn against(replies: Vec<Reply>) -> (Server, Project) {
    let server = Server::replies(replies).await;
    let project = project(&server);
    (server, project)
}

fn spec() -> Site {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let document = coze_spec::load_site(&folder).expect("a document").expect("a file");
    coze_spec::lower_site(&document).expect("a model")
}

/// An event as the server sends it: all are called `message`.
fn frame(data: &Value) -> String {
    format!("event: message\ndata: {data}\n\n")
}

fn answer(id: &str, piece: &str, finish: bool) -> Value {
    json!({"type": "answer", "session_id": "s1", "reply_id": "r1", "msg_id": id, "sequence_id": 4,
        "finish": finish, "content": {"answer": piece, "thinking": null, "tool_request": null}})
}

fn end(code: &str, message: &str) -> Value {
    json!({"type": "message_end", "reply_id": "r1", "sequence_id": 9, "finish": true,
        "content": {"answer": null, "message_end": {"code": code, "message": message, "time_cost_ms": 2143}}})
}

#[tokio::test]
async fn a_question_is_sent_as_documented() -> Result<()> {
    let (server, project) = against(vec![events::whole(frame(&end("0", "")))]).await;
    let file = PromptPart::file("tea.pdf", "https://example.com/tea.pdf");
    let ask = project.ask("s1", ["What is on this page?".into(), file]).run_id("run-1");
    let events: Vec<_> = ask.await?.try_collect().await?;
    assert!(matches!(&events[..], [AgentEvent::MessageEnd(_)]), "{events:?}");
    let request = server.request();
    assert_eq!((&*request.method, &*request.target), ("POST", "/stream_run"));
    assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
    assert_eq!(request.header("x-run-id"), "run-1");
    assert_eq!(request.header("accept"), "text/event-stream");
    assert_eq!(
        request.json(),
        json!({"type": "query", "session_id": "s1", "content": {"query": {"prompt": [
            {"type": "text", "content": {"text": {"text": "What is on this page?"}}},
            {"type": "upload_file", "content": {"upload_file":
                {"file_name": "tea.pdf", "file_path": "", "url": "https://example.com/tea.pdf"}}}
        ]}}})
    );
    Ok(())
}

#[tokio::test]
async fn a_reply_is_put_together() -> Result<()> {
    let start = json!({"type": "message_start", "reply_id": "r1", "msg_id": "m1",
        "content": {"message_start": {"local_msg_id": "", "msg_id": "m1", "execute_id": "run-9"}}});
    let call = json!({"type": "tool_request", "msg_id": "t1", "content": {"tool_request":
        {"tool_call_id": "c1", "tool_name": "search", "parameters": {"search": {"q": "tea"}}}}});
    let frames = [
        start,
        answer("a1", "I search.", true),
        call,
        answer("a2", "It is ", false),
        json!({"type": "new_kind", "content": {}}),
        answer("a2", "about tea.", false),
        answer("a2", "", true),
        end("0", ""),
    ];
    let body: String = frames.iter().map(frame).collect();
    let (_server, project) = against(vec![events::whole(&body), events::whole(&body)]).await;
    let reply = project.ask("s1", ["Hello"]).reply().await?;
    assert_eq!(reply.answers, ["I search.", "It is about tea."]);
    assert_eq!((reply.text(), &*reply.execute_id), ("It is about tea.", "run-9"));
    assert_eq!(reply.end.map(|end| end.time_cost_ms), Some(2143));

    let names = project.ask("s1", ["Hello"]).await?.map_ok(|event| event.name().to_owned());
    let names: Vec<String> = names.try_collect().await?;
    assert_eq!(names[0..4], ["message_start", "answer", "tool_request", "answer"]);
    assert_eq!(names[4], "new_kind", "unknown events are kept");
    Ok(())
}

#[tokio::test]
async fn both_forms_of_failures_are_errors() {
    let error = json!({"type": "error", "msg_id": "", "content": {"answer": null,
        "error": {"local_msg_id": "m1", "code": "301002", "error_msg": "Too many requests."}}});
    for last in [error, end("301002", "Too many requests.")] {
        let body = frame(&answer("a1", "It is ", false)) + &frame(&last);
        let (_server, project) = against(vec![events::whole(body)]).await;
        let error = project.ask("s1", ["Hello"]).reply().await.expect_err("a failure");
        assert!(error.is_api(), "{error}");
        assert_eq!((error.code(), error.msg()), (Some(301_002), Some("Too many requests.")));
        let partial: &AgentReply = error.partial_agent_reply().expect("a partial reply");
        assert_eq!(partial.text(), "It is ");
    }
    let (_server, project) =
        against(vec![events::whole(frame(&end("TIMEOUT", "Too slow.")))]).await;
    let error = project.ask("s1", ["Hello"]).reply().await.expect_err("a failure");
    assert!(error.to_string().contains("TIMEOUT"), "{error}");

    // A stream that breaks off is not complete.
    let body = frame(&answer("a1", "It is ", true));
    let (_server, project) = against(vec![events::whole(body)]).await;
    let error = project.ask("s1", ["Hello"]).reply().await.expect_err("the end is missing");
    assert!(error.is_truncated(), "{error}");
}

#[tokio::test]
async fn a_workflow_returns_its_outputs() -> Result<()> {
    let outputs = json!({"weather": "22 degrees", "code": 7, "run_id": "run-1"});
    let (server, project) = against(vec![Reply::json(&outputs), Reply::json(&outputs)]).await;
    let run = project.run(&json!({"city": "Kunming"})).await?;
    assert_eq!(
        (run.run_id.as_str(), run.outputs["weather"].as_str()),
        ("run-1", Some("22 degrees"))
    );
    assert_eq!(run.outputs["code"], 7, "an output may be called like a member of an envelope");
    let outputs: BTreeMap<String, String> = run.decode()?;
    assert_eq!(outputs["weather"], "22 degrees");
    project.run_node("get weather", &json!({})).await?;
    assert_eq!(server.lines(), ["POST /run", "POST /node_run/get%20weather"]);
    assert_eq!(server.requests()[0].json(), json!({"city": "Kunming"}));
    Ok(())
}

#[tokio::test]
async fn a_run_that_was_ended_is_an_error() {
    for status in ["timeout", "cancelled"] {
        let body = json!({"status": status, "run_id": "run-1", "message": "It was ended."});
        let (_server, project) = against(vec![Reply::json(&body)]).await;
        let error = project.run(&json!({})).await.expect_err("no outputs");
        assert!(error.is_api() && error.to_string().contains("It was ended."), "{error}");
    }
    // An output may have the same name.
    let body = json!({"status": "timeout", "run_id": "run-1", "trains": 3});
    let (_server, project) = against(vec![Reply::json(&body)]).await;
    assert_eq!(project.run(&json!({})).await.expect("outputs").outputs["trains"], 3);
}

#[tokio::test]
async fn errors_of_the_server_have_their_codes() {
    let failed = json!({"detail": {"error_code": 604_001, "error_message": "no credits", "stack_trace": "…"}});
    let (_server, project) = against(vec![Reply::json_with(500, &[], &failed)]).await;
    let error = project.run(&json!({})).await.expect_err("a refusal");
    assert_eq!(
        (error.code(), error.msg(), error.status().map(|status| status.as_u16())),
        (Some(604_001), Some("no credits"), Some(500))
    );
    let absent = json!({"detail": "Task not found"});
    let (_server, project) = against(vec![Reply::json_with(404, &[], &absent)]).await;
    let error = project.task("7").await.expect_err("a refusal");
    assert!(error.to_string().contains("Task not found"), "{error}");
}

#[tokio::test]
async fn events_of_workflows_end_with_either_name() -> Result<()> {
    for last in ["workflow_end", "done"] {
        let frames = [
            json!({"type": "workflow_start", "run_id": "run-1"}),
            json!({"type": "node_start", "node_name": "weather", "input": {"city": "Kunming"}}),
            json!({"type": "ping", "run_id": "run-1"}),
            json!({"type": last, "output": {"weather": "22 degrees"}, "time_cost_ms": 31}),
        ];
        let numbered = frames.iter().enumerate();
        let numbered: Vec<String> =
            numbered.map(|(id, data)| format!("id: {id}\n{}", frame(data))).collect();
        let body = numbered.concat();
        let (server, project) = against(vec![events::whole(body)]).await;
        let events = project.stream(&json!({"city": "Kunming"})).node_events().await?;
        let events: Vec<_> = events.try_collect().await?;
        let names: Vec<_> = events.iter().map(RunEvent::name).collect();
        assert_eq!(names, ["workflow_start", "node_start", last], "pings are skipped");
        let (RunEvent::WorkflowEnd(end) | RunEvent::Done(end)) = &events[2] else { panic!() };
        assert_eq!(end.output["weather"], "22 degrees");
        assert_eq!(server.request().header("x-workflow-stream-mode"), "debug");
    }
    let failed = json!({"type": "error", "code": "CANCELED", "error_msg": "It was canceled."});
    let (_server, project) = against(vec![events::whole(frame(&failed))]).await;
    let events: Result<Vec<_>> = project.stream(&json!({})).await?.try_collect().await;
    let error = events.expect_err("a failure");
    assert!(error.to_string().contains("It was canceled."), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_run_in_the_background_is_polled() -> Result<()> {
    let task = |status: &str| {
        Reply::json(&json!({"task_id": "t 1", "status": status, "result": {"n": 3}}))
    };
    let (server, project) =
        against(vec![task("pending"), task("running"), task("completed")]).await;
    let start = project.start(&json!({"city": "Kunming"})).task_deadline(Duration::from_secs(60));
    let task = start.and_poll().with_interval(Duration::ZERO).await?;
    assert_eq!((task.status, task.result), (Some(TaskStatus::Completed), json!({"n": 3})));
    assert_eq!(server.lines(), ["POST /async_run", "GET /task/t%201", "GET /task/t%201"]);
    assert_eq!(server.requests()[0].header("x-task-deadline-sec"), "60");

    let failed = json!({"task_id": "t1", "status": "failed", "error": {"code": "ValueError", "message": "no city"}});
    let (_server, project) = against(vec![Reply::json(&failed), Reply::json(&failed)]).await;
    let error = project.poll("t1").await.expect_err("a failure");
    assert!(error.is_api() && error.to_string().contains("no city"), "{error}");
    assert_eq!(error.error_name(), Some("ValueError"));
    let seen = error.partial_site_task().expect("a task");
    assert_eq!((&*seen.task_id, &seen.status), ("t1", &Some(TaskStatus::Failed)));
    // Only waiting for it makes the failure of a task an error.
    assert_eq!(&project.task("t1").await?, seen);
    Ok(())
}

#[tokio::test]
async fn the_examples_of_the_spec_are_read() -> Result<()> {
    let site = spec();
    let example = |name: &str| {
        let operation = site.operations.iter().find(|operation| operation.name == name);
        operation.and_then(|operation| operation.example.clone()).expect(name)
    };
    let names = ["health", "graph_parameter", "task", "cancel"];
    let (server, project) = against(names.map(|name| Reply::json(&example(name))).into()).await;
    assert_eq!(project.health().await?.status, "ok");
    assert_eq!(project.graph_parameter().await?.input_schema["type"], "object");
    assert_eq!(project.task("7").await?.claim_count, 1);
    assert_eq!(project.cancel("8").await?.message, "Cancellation was requested.");
    assert_eq!(
        server.lines(),
        ["GET /health", "GET /graph_parameter", "GET /task/7", "POST /cancel/8"]
    );
    Ok(())
}

/// Every event of the spec has a variant, and its data are read from the example.
#[tokio::test]
async fn every_event_of_the_spec_has_a_variant() {
    let site = spec();
    let mut count = 0;
    for schema in site.types.schemas() {
        for event in schema.events() {
            let data = event.message.as_ref().expect("an example");
            let bytes = frame(data);
            let (name, json) = match &*schema.name {
                "AgentEvent" => first::<AgentEvent>(bytes).await,
                _ => first::<RunEvent>(bytes).await,
            };
            assert_eq!(name.as_deref(), Some(&*event.wire));
            assert_eq!(json["event"], *event.wire);
            assert!(json["data"].is_object(), "{json}");
            count += 1;
        }
    }
    assert_eq!(count, 11);
}

/// Decodes the first event of a stream, and returns its name and its JSON.
async fn first<E: StreamEvent + serde::Serialize>(bytes: String) -> (Option<String>, Value) {
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(bytes)]);
    let mut events: EventStream<E> = EventStream::from_chunks(chunks);
    let event = events.next().await.expect("an event").expect("a known event");
    let json = serde_json::to_value(event).expect("JSON");
    (json["event"].as_str().map(str::to_owned), json)
}

#[test]
fn frames_without_a_tag_keep_their_names() -> Result<()> {
    let event = AgentEvent::decode(&Frame::new("answer", r#"{"msg_id": "7"}"#))?;
    assert_eq!(event.name(), "answer");
    Ok(())
}
