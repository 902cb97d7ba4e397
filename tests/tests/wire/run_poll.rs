//! Asynchronous runs of workflows that are polled until they end.

use std::sync::Arc;
use std::time::Duration;

use coze_api::{Error, PollWorkflowRun};
use coze_tests::server::{Reply, Server};
use serde_json::{Value, json};
use tokio::sync::Notify;

const HISTORY: &str = "GET /v1/workflows/7/run_histories/9";

fn started() -> Reply {
    Reply::json(&json!({"code": 0, "execute_id": "9", "debug_url": "https://x"}))
}

fn status(status: &str, more: &Value) -> Reply {
    let mut run = json!({"execute_id": "9", "execute_status": status});
    if let (Some(run), Some(more)) = (run.as_object_mut(), more.as_object()) {
        run.extend(more.clone());
    }
    Reply::data(&json!([run]))
}

async fn play(replies: Vec<Reply>) -> (Server, PollWorkflowRun) {
    let server = Server::replies(replies).await;
    let run = server.once().workflows().runs().create("7").with_header("x-mine", "1");
    (server, run.and_poll().with_interval(Duration::ZERO))
}

async fn failure(replies: Vec<Reply>) -> Error {
    play(replies).await.1.await.expect_err("a failure")
}

#[tokio::test]
async fn a_run_is_awaited() {
    let running = status("Running", &json!({}));
    let done = status("success", &json!({"output": "{\"Output\":\"{}\"}"}));
    let missing = Reply::data(&json!([]));
    let (server, run) =
        play(vec![started(), missing, running, status("new", &json!({})), done]).await;
    let run = run.await.expect("a result");
    assert_eq!((run.execute_id.as_str(), run.output.as_str()), ("9", "{\"Output\":\"{}\"}"));
    assert_eq!(server.lines()[..2], ["POST /v1/workflow/run", HISTORY]);
    assert_eq!(server.lines().len(), 5);
    let requests = server.requests();
    assert_eq!(requests[0].json(), json!({"workflow_id": "7", "is_async": true}));
    assert!(requests.iter().all(|request| request.header("x-mine") == "1"));
}

#[tokio::test]
async fn a_run_that_was_started_before_is_awaited() {
    let canceled = status("Cancel", &json!({}));
    let server = Server::replies(vec![canceled]).await;
    let run = server.once().workflows().runs().poll("7", "9").await.expect("a result");
    assert_eq!(run.execute_status.as_str(), "Cancel");
    assert_eq!(server.lines(), [HISTORY]);
}

#[tokio::test]
async fn a_run_that_needs_an_answer_is_returned() {
    let interrupt = json!({"interrupt_data": {"event_id": "1/2", "type": 2, "data": "{}"}});
    let (_server, run) = play(vec![started(), status("Running", &interrupt)]).await;
    let run = run.await.expect("an interrupted run");
    assert_eq!(run.interrupt_data.expect("the interrupt").event_id, "1/2");
}

#[tokio::test]
async fn a_run_that_was_not_made_asynchronous_is_its_result() {
    let result = json!({"code": 0, "data": "{\"a\":1}", "usage": {"token_count": 3}});
    let (server, run) = play(vec![Reply::json(&result)]).await;
    let run = run.await.expect("a result");
    assert_eq!((run.output.as_str(), run.execute_status.as_str()), ("{\"a\":1}", "Success"));
    assert_eq!(run.usage.map(|usage| usage.token_count), Some(3));
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn errors_have_the_id_of_the_run() {
    let failed = json!({"error_code": "720701013", "error_message": "broken"});
    let error = failure(vec![started(), status("Fail", &failed)]).await;
    assert_eq!((error.code(), error.msg()), (Some(720_701_013), Some("broken")));
    assert_eq!((error.execute_id(), error.operation()), (Some("9"), "workflows.runs.create"));
    assert_eq!(error.database_task_id(), None);

    let error = failure(vec![started(), Reply::code(4200, "no")]).await;
    assert_eq!((error.code(), error.execute_id()), (Some(4200), Some("9")));
    let error = failure(vec![Reply::code(6003, "no plan")]).await;
    assert_eq!((error.code(), error.execute_id()), (Some(6003), None));
}

#[tokio::test]
async fn a_run_has_a_deadline() {
    let gate = Arc::new(Notify::new());
    let waiting = status("Running", &json!({})).after(&gate);
    let server = Server::replies(vec![started(), waiting]).await;
    let call = server.once().workflows().runs().create("7");
    let run = call.with_timeout(Duration::from_secs(9000)).and_poll();
    let running = tokio::spawn(run.with_interval(Duration::ZERO).send());
    server.arrived(2).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(601)).await;
    tokio::time::resume();
    let error = running.await.expect("no panic").expect_err("no end");
    assert!(error.is_timeout() && error.to_string().contains("the run 9 goes on"), "{error}");
    assert_eq!(error.execute_id(), Some("9"));
}
