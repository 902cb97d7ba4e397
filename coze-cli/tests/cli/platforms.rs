//! `--platform studio`: a self-hosted Coze Studio.

use coze_mock::state::WORKFLOW;
use coze_mock::{MockServer, Platform};
use serde_json::{Value, json};

use crate::common::{self, BOT, assert_failure, assert_success, coze, mocked, run, value};

const STUDIO: [&str; 2] = ["--platform", "studio"];

fn on_studio(args: &[&str]) -> std::process::Output {
    mocked(&[args, &STUDIO].concat())
}

#[test]
fn the_operations_of_a_platform_are_listed() {
    let listed = value(&run(&["ops", "--output", "json", "--platform", "studio"]));
    let listed: Vec<&str> =
        listed.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    let served = coze_spec::api().operations().filter(|operation| operation.studio.is_some());
    let served: Vec<&str> = served.map(|operation| operation.id.as_str()).collect();
    assert_eq!(listed, served);
    let shown = assert_success(&run(&["ops", "show", "chat.cancel"]));
    assert!(shown.contains("On Coze Studio: the payload is in `ChatV3ChatDetail`"), "{shown}");
    let shown = assert_success(&run(&["ops", "show", "users.me"]));
    assert!(shown.contains("Coze Studio does not have it."), "{shown}");
}

#[test]
fn an_operation_that_is_not_served_is_not_sent() {
    let error = assert_failure(&on_studio(&["call", "users.me"]), 2);
    assert!(error.contains("Coze Studio does not have this operation"), "{error}");
    // With the address alone, the server says so.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(MockServer::builder().platform(Platform::Studio).start());
    let server = server.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.env("COZE_API_TOKEN", "pat_any").args(["call", "users.me"]);
    let output = command.args(["--base-url", &server.base_url()]).output().unwrap();
    let error = assert_failure(&output, 3);
    assert!(error.contains("does not have this operation"), "{error}");
    assert!(error.contains("--platform studio"), "{error}");
}

#[test]
fn calls_are_sent_as_the_platform_needs_them() {
    let chat = ["call", "chat.create", "--bot_id", BOT, "--user_id", "u1"];
    let message = json!([{"role": "user", "content": "Hello", "content_type": "text"}]).to_string();
    let chat = [&chat[..], &["--additional_messages", &message]].concat();
    let created = value(&on_studio(&chat));
    assert_eq!(created["data"]["status"], "created");
    let events = assert_success(&on_studio(&[&chat[..], &["--stream"]].concat()));
    assert!(events.lines().last().unwrap().contains("conversation.stream.done"), "{events}");

    let shown = assert_success(&on_studio(&[
        "call",
        "workflows.runs.run_histories.retrieve",
        "--workflow_id",
        WORKFLOW,
        "--execute_id",
        "7",
        "--dry-run",
    ]));
    let path = format!("/v1/workflow/get_run_history?workflow_id={WORKFLOW}&execute_id=7");
    assert!(shown.contains(&path), "{shown}");
    let shown = |args: &[&str]| {
        let list = ["call", "datasets.documents.list", "--dataset_id", "7", "--dry-run"];
        let shown = assert_success(&on_studio(&[&list[..], args].concat()));
        let body = shown.lines().find(|line| line.starts_with('{')).unwrap().to_owned();
        serde_json::from_str::<Value>(&body).unwrap()
    };
    assert_eq!(shown(&[]), json!({"dataset_id": "7", "page": 0, "size": 10}));
    assert_eq!(shown(&["--page", "3"]), json!({"dataset_id": "7", "page": 2, "size": 10}));
    let bot = value(&on_studio(&["call", "bots.retrieve_published", "--bot_id", BOT]));
    assert_eq!(bot["bot_id"], BOT);
}

#[test]
fn an_error_of_the_platform_is_shown_with_its_own_code() {
    let args = ["call", "chat.cancel", "--conversation_id", "1", "--chat_id", "2"];
    let error = assert_failure(&on_studio(&args), 3);
    assert!(error.contains("API error 103"), "{error}");
    let parameters = json!({"a": "[fail 720702222 No tea.]"}).to_string();
    let run = ["call", "workflows.runs.stream", "--workflow_id", WORKFLOW];
    let error = assert_failure(&on_studio(&[&run[..], &["--parameters", &parameters]].concat()), 3);
    assert!(error.contains("No tea. (code 720702222)"), "{error}");
}

#[test]
fn the_payload_is_found_under_each_name() {
    let chat = ["chat.retrieve", "--conversation_id", "1", "--chat_id", "2"];
    let cases = [
        ("chat.cancel", r#"{"ChatV3ChatDetail": {"id": "7561"}}"#, 0),
        ("chat.cancel", r#"{"code": 0, "data": {"id": "7561"}}"#, 0),
        ("chat.retrieve", r#"{"code": 0, "ChatV3ChatDetail": {"id": "7561"}}"#, 3),
        ("chat.retrieve", r#"{"code": 0, "data": null}"#, 3),
    ];
    for (operation, body, code) in cases {
        let server = tiny_server(body);
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(home.path());
        command.env("COZE_API_TOKEN", "pat_any").args(["call", operation]).args(&chat[1..]);
        command.args(["--output", "table", "--base-url", &server]);
        let output = command.output().unwrap();
        if code == 0 {
            assert!(assert_success(&output).contains("7561"), "{body}");
        } else {
            let error = assert_failure(&output, code);
            assert!(error.contains("no payload in `data`"), "{body}: {error}");
        }
    }
}

#[test]
fn a_response_that_is_not_json_is_a_failure_and_shown() {
    let show = |body: &str, output: &str| {
        let server = tiny_server(body);
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(home.path());
        command.env("COZE_API_TOKEN", "pat_any").args(["call", "users.me", "--output", output]);
        command.args(["--base-url", &server]).output().unwrap()
    };
    for body in ["<html>a portal</html>", "plain text", r#"{"code": 0, "data": {"#, ""] {
        for output in ["json", "table"] {
            let output = show(body, output);
            assert!(assert_failure(&output, 3).contains("not JSON"), "{body}");
            assert_eq!(common::text(&output.stdout).trim_end(), body);
        }
    }
    // Faults that the SDK repairs.
    for body in [
        "\u{feff}{\"code\": 0, \"data\": {\"user_id\": \"7\"}}",
        "{\"code\": 0, \"data\": {\"user_id\": \"7\", \"user_name\": \"a\u{1}\"}}",
        r#"{"code": 0, "data": {"user_id": "7", "user_name": "\ud83d"}}"#,
    ] {
        assert_eq!(value(&show(body, "json"))["data"]["user_id"], "7", "{body}");
        assert!(assert_success(&show(body, "table")).contains('7'), "{body}");
    }
}

/// Starts a server that sends one response, and returns its URL.
fn tiny_server(body: &str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    let response = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};

        let (mut connection, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = connection.read(&mut request).unwrap();
        connection.write_all(response.as_bytes()).unwrap();
    });
    url
}

#[test]
fn people_talk_to_a_bot_of_the_platform() {
    let answer = assert_success(&on_studio(&["chat", BOT, "--message", "Hello"]));
    assert!(answer.contains("You said: Hello."), "{answer}");
    let output = assert_success(&on_studio(&["workflow", "run", WORKFLOW, "--param", "city=Dali"]));
    assert!(output.contains("Dali"), "{output}");
}
