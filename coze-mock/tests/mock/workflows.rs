//! Workflows: run synchronously, asynchronously or as a stream, interrupted and resumed.

use crate::support::{Mock, TOKEN, assert_error, data};
use coze_api::Client;
use coze_api::workflows::{WorkflowEvent, WorkflowInterrupted};
use coze_mock::state::{ASKING_WORKFLOW, CHATFLOW, Node, WORKFLOW, WORKSPACE, Workflow};
use futures_util::TryStreamExt as _;
use serde_json::{Value, json};

fn client(mock: &Mock) -> Client {
    Client::builder().token(TOKEN).base_url(mock.server.base_url()).build().unwrap()
}

async fn run(mock: &Mock, workflow_id: &str, parameters: Value) -> Value {
    let body = json!({"workflow_id": workflow_id, "parameters": parameters});
    mock.post("/v1/workflow/run", body).await
}

async fn events(mock: &Mock, path: &str, body: Value) -> Vec<(String, Value)> {
    let events = mock.with_json("POST", path, &body).send().await.unwrap().text().await.unwrap();
    let mut all = Vec::new();
    for (number, event) in events.split_terminator("\n\n").enumerate() {
        let lines: Vec<&str> = event.lines().collect();
        assert_eq!(lines[0], format!("id: {number}"), "{events}");
        let name = lines[1].strip_prefix("event: ").unwrap();
        let value = lines[2].strip_prefix("data: ").unwrap();
        all.push((name.to_owned(), serde_json::from_str(value).unwrap()));
    }
    all
}

#[tokio::test]
async fn a_synchronous_run_returns_its_result() {
    let mock = Mock::strict().await;
    let reply = run(&mock, WORKFLOW, json!({"city": "Kunming"})).await;
    let result = json!({"output": "You gave it {\"city\":\"Kunming\"}."}).to_string();
    assert_eq!((&reply["code"], &reply["data"]), (&json!(0), &json!(result)));
    assert!(reply["debug_url"].as_str().unwrap().contains(WORKFLOW));
    assert!(reply["usage"]["token_count"].as_i64().unwrap() > 0);
    assert!(reply.get("interrupt_data").is_none() && reply.get("execute_id").is_none());
    assert_error(&run(&mock, "7", json!({})).await, 4200, "workflow_id=7");
    let failed = run(&mock, WORKFLOW, json!({"a": "[fail 720702222 No.]"})).await;
    assert_error(&failed, 720_702_222, "No.");
    let both = json!({"workflow_id": WORKFLOW, "bot_id": "1", "app_id": "2"});
    assert_error(&mock.post("/v1/workflow/run", both).await, 4000, "`app_id`");
}

#[tokio::test]
async fn an_asynchronous_run_ends_after_polls() {
    let mock = Mock::strict().await;
    let body = json!({
        "workflow_id": WORKFLOW,
        "is_async": true,
        "ext": {"user_id": "u1"},
        "parameters": {"input": "x"},
    });
    let started = mock.post("/v1/workflow/run", body).await;
    let id = started["execute_id"].as_str().unwrap();
    assert_eq!(started["data"], "");
    let path = format!("/v1/workflows/{WORKFLOW}/run_histories/{id}");
    assert_eq!(data(mock.get(&path).await)[0]["execute_status"], "Running");
    let run = data(mock.get(&path).await)[0].clone();
    assert_eq!((&run["execute_status"], &run["run_mode"]), (&json!("Success"), &json!(2)));
    assert_eq!((&run["connector_uid"], &run["connector_id"]), (&json!("u1"), &json!("1024")));
    let output: Value = serde_json::from_str(run["output"].as_str().unwrap()).unwrap();
    assert_eq!(output["Echo"], "You gave it {\"input\":\"x\"}.");
    let uuid = run["node_execute_status"]["Echo"]["node_execute_uuid"].as_str().unwrap();
    let node = data(mock.get(&format!("{path}/execute_nodes/{uuid}")).await);
    assert_eq!(node, json!({"is_finish": true, "node_output": output["Echo"]}));
    let node = mock.get(&format!("{path}/execute_nodes/7")).await;
    assert_error(&node, 4200, "node_execute_uuid=7");
    let other = format!("/v1/workflows/{CHATFLOW}/run_histories/{id}");
    assert_error(&mock.get(&other).await, 4200, "execute_id");

    let body =
        json!({"workflow_id": WORKFLOW, "is_async": true, "parameters": {"a": "[fail 7 No]"}});
    let id = mock.post("/v1/workflow/run", body).await["execute_id"].clone();
    let path = format!("/v1/workflows/{WORKFLOW}/run_histories/{}", id.as_str().unwrap());
    mock.get(&path).await;
    let run = data(mock.get(&path).await)[0].clone();
    let shown = (&run["execute_status"], &run["error_code"], &run["error_message"]);
    assert_eq!(shown, (&json!("Fail"), &json!("7"), &json!("No")));
}

#[tokio::test]
async fn a_run_is_interrupted_and_resumed() {
    let mock = Mock::strict().await;
    let stopped = run(&mock, ASKING_WORKFLOW, json!({"city": "Kunming"})).await;
    let interrupt = &stopped["interrupt_data"];
    assert_eq!((&stopped["data"], &interrupt["type"]), (&json!(""), &json!(2)));
    let asked: Value = serde_json::from_str(interrupt["data"].as_str().unwrap()).unwrap();
    assert_eq!(asked["content"], "On which day do you want to travel?");
    let mut answer = json!({
        "workflow_id": ASKING_WORKFLOW,
        "event_id": interrupt["event_id"],
        "interrupt_type": 2,
        "resume_data": "Monday",
    });
    let resume = "/v1/workflows/resume";
    let mut wrong = answer.clone();
    wrong["interrupt_type"] = json!(5);
    assert_error(&mock.post(resume, wrong).await, 4000, "`interrupt_type`");
    let streamed = mock.post("/v1/workflow/stream_resume", answer.clone()).await;
    assert_error(&streamed, 4000, "`event_id`");
    let result = mock.post(resume, answer.clone()).await;
    let expected = json!({"output": "There is a train that leaves at noon: Monday."});
    assert_eq!(result["data"], expected.to_string());
    assert_error(&mock.post(resume, answer.clone()).await, 4200, "event_id");
    answer["event_id"] = json!("7/8");
    assert_error(&mock.post(resume, answer).await, 4200, "event_id=7/8");
}

#[tokio::test]
async fn stream_events_are_numbered_and_include_keep_alives() {
    let mock = Mock::strict().await;
    let body = json!({"workflow_id": WORKFLOW, "parameters": {"a": "b"}});
    let all = events(&mock, "/v1/workflow/stream_run", body).await;
    assert_eq!(all[1].0, "PING");
    let of = |title: &str| -> Vec<&Value> {
        all.iter().map(|event| &event.1).filter(|data| data["node_title"] == title).collect()
    };
    for (number, piece) in of("Greeting").iter().enumerate() {
        assert_eq!(piece["node_seq_id"], number.to_string());
        assert_eq!(piece["node_is_finish"], number + 1 == of("Greeting").len());
    }
    assert_eq!(of("End").len(), 1);
    let (name, done) = all.last().unwrap();
    assert_eq!(name, "Done");
    assert!(done["debug_url"].as_str().unwrap().contains("execute_id="));
    let body = json!({"workflow_id": WORKFLOW, "parameters": {"a": "[fail 7 No]"}});
    let all = events(&mock, "/v1/workflow/stream_run", body).await;
    let error = json!({"error_code": 7, "error_message": "No"});
    assert_eq!(all.last().unwrap(), &("Error".to_owned(), error));
}

#[tokio::test]
async fn an_interrupted_stream_is_resumed_with_an_answer() {
    let mock = Mock::strict().await;
    let coze = client(&mock);
    let run = coze.workflows().runs().stream(ASKING_WORKFLOW).parameters([("city", "Kunming")]);
    let events = run.await.unwrap().on_interrupt(|interrupt: WorkflowInterrupted| async move {
        assert_eq!(interrupt.node_title, "Ask");
        Ok::<_, std::io::Error>("Monday".to_owned())
    });
    let reply = events.collect_reply().await.unwrap();
    assert_eq!(reply.text_of("Search"), "Looking for a train with {\"city\":\"Kunming\"}.");
    assert_eq!(reply.text_of("Result"), "There is a train that leaves at noon: Monday.");
    assert!(reply.interrupt.is_none() && reply.debug_url.contains(ASKING_WORKFLOW));
}

#[tokio::test]
async fn a_run_fails_after_three_answers_that_do_not_fit() {
    let mock = Mock::strict().await;
    let fields = vec![("guests".to_owned(), "integer".to_owned())];
    let input = Node::Input { title: "Guests".to_owned(), fields };
    let output =
        Node::Output { title: "Table".to_owned(), text: "A table for {guests}.".to_owned() };
    mock.server.state(|state| {
        let workflow = Workflow::new("77", "book", vec![input, output], 1);
        state.workflows.all.insert("77", workflow);
    });
    let coze = client(&mock);
    let answered = |answer: &'static str| {
        let run = coze.workflows().runs().stream("77");
        async move {
            run.await
                .unwrap()
                .on_interrupt(move |_| async move { Ok::<_, std::io::Error>(answer.to_owned()) })
        }
    };
    let events = answered(r#"{"guests":4}"#).await;
    assert_eq!(events.collect_reply().await.unwrap().text_of("Table"), "A table for 4.");
    let mut events = answered("four").await;
    let mut interrupts = 0;
    let error = loop {
        match events.try_next().await {
            Ok(Some(WorkflowEvent::Interrupt(interrupt))) => {
                let wanted = interrupt.interrupt_data.required_parameters;
                assert!(wanted.contains_key("guests"));
                interrupts += 1;
            }
            Ok(Some(_)) => {}
            Ok(None) => panic!("the run has not failed"),
            Err(error) => break error,
        }
    };
    assert_eq!((interrupts, error.code()), (3, Some(720_701_002)));
}

#[tokio::test]
async fn an_asynchronous_run_is_interrupted_too() {
    let mock = Mock::strict().await;
    let body = json!({"workflow_id": ASKING_WORKFLOW, "is_async": true});
    let started = mock.post("/v1/workflow/run", body).await;
    let id = started["execute_id"].as_str().unwrap();
    let path = format!("/v1/workflows/{ASKING_WORKFLOW}/run_histories/{id}");
    mock.get(&path).await;
    let run = data(mock.get(&path).await)[0].clone();
    assert_eq!(run["execute_status"], "Running");
    let answer = json!({
        "workflow_id": ASKING_WORKFLOW,
        "event_id": run["interrupt_data"]["event_id"],
        "interrupt_type": 2,
        "resume_data": "Monday",
    });
    let resumed = mock.post("/v1/workflows/resume", answer).await;
    assert_eq!(resumed["execute_id"], id);
    let run = data(mock.get(&path).await)[0].clone();
    assert_eq!(run["execute_status"], "Success");
}

#[tokio::test]
async fn workflows_and_their_versions_are_listed() {
    let mock = Mock::strict().await;
    mock.server.state(|state| {
        let workflow = state.workflows.all.get_mut(WORKFLOW).unwrap();
        workflow.versions = (1..=5).map(|number| (format!("v0.0.{number}"), number)).collect();
        state.workflows.all.insert(
            "99",
            Workflow { versions: Vec::new(), ..Workflow::new("99", "draft", Vec::new(), 1) },
        );
    });
    let coze = client(&mock);
    let pages = coze.workflows().versions().list(WORKFLOW).page_size(2).items();
    let versions: Vec<_> = pages.map_ok(|version| version.version).try_collect().await.unwrap();
    assert_eq!(versions, ["v0.0.5", "v0.0.4", "v0.0.3", "v0.0.2", "v0.0.1"]);
    assert_eq!(mock.server.requests_to("workflows.versions.list").len(), 3);
    let list = coze.workflows().list(WORKSPACE).await.unwrap();
    assert_eq!(list.items.len(), 3);
    let list = coze.workflows().list(WORKSPACE).workflow_mode("chatflow").await.unwrap();
    assert_eq!(list.items[0].workflow_id, CHATFLOW);
    let list = coze.workflows().list(WORKSPACE).publish_status("all").page_size(1);
    let all: Vec<_> = list.items().try_collect().await.unwrap();
    assert_eq!(all.len(), 4);
    let info = coze.workflows().retrieve(WORKFLOW).include_input_output(true).await.unwrap();
    assert!(info.input.unwrap().parameters.contains_key("input"));
    assert_error(&run(&mock, "99", json!({})).await, 4200, "not published");
    let old = json!({"workflow_id": WORKFLOW, "workflow_version": "v9"});
    assert_error(&mock.post("/v1/workflow/run", old).await, 4200, "workflow_version=v9");
}
