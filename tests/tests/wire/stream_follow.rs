//! Streams with continuations: tools of chats and interrupts of workflows.

use std::time::Duration;

use coze_api::workflows::WorkflowEvent;
use coze_api::{ChatEvent, Error, Message, Result, Tools};
use coze_tests::events::{begun, sample, whole};
use coze_tests::server::{Reply, Server};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

fn event(name: &str, data: &Value) -> String {
    format!("event:conversation.{name}\ndata:{data}\n\n")
}

/// A stream that ends with tool calls, with or without `done`, because both occur.
fn calls(names: &[&str], end: &str) -> String {
    let calls: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(id, name)| json!({"id": id.to_string(), "type": "function", "function": {"name": name, "arguments": "{}"}}))
        .collect();
    let chat = json!({"id": "11", "conversation_id": "12", "status": "requires_action",
        "required_action": {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}});
    let said = json!({"id": "1", "type": "answer", "content": "Let me see. "});
    format!("{}{}{end}", event("message.delta", &said), event("chat.requires_action", &chat))
}

fn answer(text: &str) -> String {
    let delta = json!({"id": "2", "type": "answer", "content": text});
    let chat = json!({"id": "11", "conversation_id": "12", "status": "completed", "usage": {"token_count": 5}});
    format!("{}{}{DONE}", event("message.delta", &delta), event("chat.completed", &chat))
}

const DONE: &str = "event:done\ndata:\"[DONE]\"\n\n";

fn tools() -> Tools {
    Tools::new()
        .function("weather", |_: Value| async { "sunny" })
        .function("time", |_: Value| async { json!({"hour": 9}) })
}

async fn play(replies: Vec<Reply>) -> (Server, coze_api::EventStream<ChatEvent>) {
    let server = Server::replies(replies).await;
    let chat = server.client().chat().create("7", "me").message(Message::user("Weather?"));
    let events = chat.stream().await.expect("a stream");
    (server, events)
}

#[tokio::test]
async fn tools_are_run_and_the_stream_continues() -> Result<()> {
    for end in [DONE, ""] {
        let first = whole(calls(&["weather", "time"], end));
        let second = whole(calls(&["time"], end));
        let (server, events) = play(vec![first, second, whole(answer("Sunny."))]).await;
        let events: Vec<ChatEvent> = events.with_tools(tools()).try_collect().await?;
        let names: Vec<&str> = events
            .iter()
            .map(|event| match event {
                ChatEvent::MessageDelta(_) => "delta",
                ChatEvent::RequiresAction(_) => "calls",
                ChatEvent::Completed(_) => "completed",
                ChatEvent::Done(_) => "done",
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(names, ["delta", "calls", "delta", "calls", "delta", "completed", "done"]);
        let submit = "POST /v3/chat/submit_tool_outputs?conversation_id=12&chat_id=11";
        assert_eq!(server.lines(), ["POST /v3/chat", submit, submit]);
        let requests = server.requests();
        assert_eq!(
            requests[1].json(),
            json!({"stream": true, "tool_outputs": [
                {"tool_call_id": "0", "output": "sunny"},
                {"tool_call_id": "1", "output": "{\"hour\":9}"},
            ]})
        );
        assert_eq!(requests[1].header("accept"), "text/event-stream");
    }
    Ok(())
}

#[tokio::test]
async fn text_and_reply_include_all_rounds() -> Result<()> {
    let replies = || vec![whole(calls(&["weather"], DONE)), whole(answer("Sunny."))];
    let (_server, events) = play(replies()).await;
    let text: Vec<String> = events.with_tools(tools()).text().try_collect().await?;
    assert_eq!(text.concat(), "Let me see. Sunny.");
    let (_server, events) = play(replies()).await;
    let reply = events.with_tools(tools()).collect_reply().await?;
    assert_eq!(reply.usage().map(|usage| usage.token_count), Some(5));
    assert_eq!(reply.tool_calls(), []);
    Ok(())
}

#[tokio::test]
async fn tools_are_run_while_the_previous_stream_is_still_open() -> Result<()> {
    // It neither sends `done` nor ends.
    let open = begun([calls(&["weather"], "")]);
    let (server, events) = play(vec![open, whole(answer("Sunny."))]).await;
    let reply = events.with_tools(tools()).collect_reply().await?;
    assert_eq!(reply.chat.status.as_str(), "completed");
    server.closed().await;
    Ok(())
}

#[tokio::test]
async fn a_stream_that_is_read_to_its_end_releases_its_connection() -> Result<()> {
    let (server, events) =
        play(vec![whole(calls(&["weather"], DONE)), whole(answer("Sunny."))]).await;
    events.with_tools(tools()).collect_reply().await?;
    let connections: Vec<usize> =
        server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0]);
    Ok(())
}

#[tokio::test]
async fn outputs_are_submitted_with_the_options_of_the_chat() -> Result<()> {
    let server =
        Server::replies(vec![whole(calls(&["weather"], DONE)), whole(answer("Sunny."))]).await;
    let chat = server.client().chat().create("7", "me");
    let chat = chat.with_token("pat_of_the_user").with_header("x-trace", "1");
    let events = chat.with_idle_timeout(Duration::from_secs(7)).stream().await?;
    events.with_tools(tools()).collect_reply().await?;
    for request in server.requests() {
        assert_eq!(request.header("authorization"), "Bearer pat_of_the_user");
        assert_eq!(request.header("x-trace"), "1");
    }
    Ok(())
}

#[tokio::test]
async fn calls_of_unknown_tools_end_the_stream() -> Result<()> {
    let (server, events) = play(vec![whole(calls(&["weather", "unknown"], DONE))]).await;
    let reply = events.with_tools(tools()).collect_reply().await?;
    assert_eq!(reply.tool_calls().len(), 2);
    assert_eq!(server.lines().len(), 1);
    Ok(())
}

/// Returns the error with which a stream ends, and checks that it is the last item.
async fn error_of<E>(mut events: coze_api::EventStream<E>) -> Error {
    let error = loop {
        if let Err(error) = events.next().await.expect("it must end with an error") {
            break error;
        }
    };
    assert!(events.next().await.is_none(), "nothing comes after an error");
    error
}

#[tokio::test]
async fn a_tool_that_fails_ends_the_stream() {
    let (server, events) = play(vec![whole(calls(&["bad"], DONE))]).await;
    let tools = Tools::new().function("bad", |_: Value| async { Err::<String, _>("broken") });
    let error = error_of(events.with_tools(tools)).await;
    assert!(error.is_handler(), "{error}");
    assert_eq!(error.to_string(), "chat.create: the function of the tool bad failed");
    assert_eq!(server.lines().len(), 1, "nothing is submitted");
}

#[tokio::test]
async fn a_refused_submission_ends_the_stream() {
    let replies = vec![whole(calls(&["weather"], DONE)), Reply::code(5000, "no history")];
    let (_server, events) = play(replies).await;
    let error = error_of(events.with_tools(tools())).await;
    assert_eq!((error.code(), error.operation()), (Some(5000), "chat.submit_tool_outputs"));
}

#[tokio::test]
async fn the_number_of_rounds_is_limited() {
    let server = Server::start(|_: &_| whole(calls(&["weather"], DONE))).await;
    let events = server.client().chat().create("7", "me").stream().await.expect("a stream");
    let error = error_of(events.with_tools(tools().rounds(3))).await;
    assert!(error.is_handler() && error.to_string().contains("more often"), "{error}");
    assert_eq!(server.lines().len(), 4);
}

#[tokio::test]
async fn dropping_a_stream_that_runs_tools_closes_it() {
    let open = begun([calls(&["slow"], "")]);
    let (server, events) = play(vec![open]).await;
    let (started, running) = tokio::sync::oneshot::channel();
    let started = std::sync::Mutex::new(Some(started));
    let tools = Tools::new().function("slow", move |_: Value| {
        if let Some(started) = started.lock().expect("no panic").take() {
            started.send(()).expect("a receiver");
        }
        std::future::pending::<String>()
    });
    let reading = tokio::spawn(events.with_tools(tools).collect_reply());
    running.await.expect("it is called");
    reading.abort();
    server.closed().await;
}

#[tokio::test]
async fn interrupts_are_answered_and_the_run_continues() -> Result<()> {
    let interrupt = || whole(sample("workflow_interrupt.sse"));
    let server =
        Server::replies(vec![interrupt(), interrupt(), whole(sample("workflow_resume.sse"))]).await;
    let run = server.client().workflows().runs().stream("73").with_header("x-trace", "1");
    let events = run.await?.on_interrupt(|interrupt| async move {
        Ok::<_, Error>(format!("Hangzhou, {}", interrupt.node_title))
    });
    let events: Vec<WorkflowEvent> = events.try_collect().await?;
    let interrupts =
        events.iter().filter(|event| matches!(event, WorkflowEvent::Interrupt(_))).count();
    assert_eq!(interrupts, 2);
    assert!(matches!(events.last(), Some(WorkflowEvent::Done(_))), "{events:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests[1..] {
        assert_eq!(request.target, "/v1/workflow/stream_resume");
        assert_eq!(request.header("x-trace"), "1");
        let mut body = request.json();
        let answer = body["resume_data"].take();
        assert!(answer.as_str().expect("text").starts_with("Hangzhou, "), "{answer}");
        assert_eq!(
            body,
            json!({"workflow_id": "73", "event_id": "7404830425073352713/2769808280134765896",
                "interrupt_type": 2, "resume_data": null})
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_run_without_an_answer_is_an_error() {
    let server = Server::replies(vec![whole(sample("workflow_interrupt.sse"))]).await;
    let run = server.client().workflows().runs().stream("73").await.expect("a stream");
    let error = error_of(run.on_interrupt(|_| async { Err("no answer") })).await;
    assert!(error.is_handler(), "{error}");
    let source = std::error::Error::source(&error).expect("a source").to_string();
    assert_eq!((error.operation(), &*source), ("workflows.runs.stream", "no answer"));
}
