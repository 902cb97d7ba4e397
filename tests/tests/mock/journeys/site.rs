//! A deployed project: an agent is asked, a workflow is run, streamed, and run in the background.

use std::time::Duration;

use coze_api::site::{CancellationStatus, Project, TaskStatus};
use coze_tests::mock;
use futures_util::TryStreamExt as _;
use serde_json::json;

#[tokio::test]
async fn a_deployed_project_is_used() {
    let server = mock::strict().await;
    let project = Project::new(server.site_url(), "project_token").unwrap();
    assert_eq!(project.health().await.unwrap().status, "ok");
    let schemas = project.graph_parameter().await.unwrap();
    assert_eq!(schemas.input_schema["type"], "object");

    let reply = project.ask("s1", ["Hello,", "tea"]).run_id("run-1").reply().await.unwrap();
    assert_eq!((reply.text(), &*reply.execute_id), ("You said: Hello, tea", "run-1"));
    assert_eq!(reply.end.map(|end| end.code).as_deref(), Some("0"));

    let inputs = json!({"city": "Kunming"});
    let run = project.run(&inputs).run_id("run-2").await.unwrap();
    assert_eq!((run.outputs["city"].as_str(), &*run.run_id), (Some("Kunming"), "run-2"));
    let count = |events: Vec<_>| events.len();
    let events = project.stream(&inputs).await.unwrap().try_collect().await.map(count);
    assert_eq!(events.unwrap(), 2);
    let events = project.stream(&inputs).node_events().await.unwrap();
    assert_eq!(events.try_collect().await.map(count).unwrap(), 4);

    let poll = project.start(&inputs).and_poll().with_interval(Duration::from_millis(1));
    let task = poll.await.unwrap();
    assert_eq!((task.status, task.result), (Some(TaskStatus::Completed), inputs));
    let gone = project.task("other").await.unwrap_err();
    assert_eq!(
        (gone.status().map(|status| status.as_u16()), gone.msg()),
        (Some(404), Some("Task not found"))
    );
    let canceled = project.cancel("run-1").await.unwrap();
    assert_eq!(canceled.status, Some(CancellationStatus::NotFound));

    // The token of the project is sent to the project only, and that of the platform never.
    let sent = server.requests();
    assert!(sent.iter().all(|one| one.header("authorization") == "Bearer project_token"));
}
