//! The examples of the SDK, as programs, against a server.

#![allow(clippy::expect_used, clippy::panic, reason = "a helper of a test may fail it")]

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::OnceLock;

use coze_tests::server::{Reply, Request, Server};
use serde_json::{Value, json};

const NAMES: [&str; 4] = ["quickstart", "list_bots", "upload_file", "create_dataset"];

/// The program of an example. Cargo builds all of them the first time.
fn program(name: &str) -> PathBuf {
    static PROGRAMS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    let build = || {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            "build",
            "--quiet",
            "--package",
            "coze-api",
            "--message-format",
            "json-render-diagnostics",
        ]);
        cargo.args(NAMES.iter().flat_map(|name| ["--example", name]));
        let output =
            cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8(output.stdout).expect("UTF-8");
        let messages =
            messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        messages
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
            .collect()
    };
    let programs: &Vec<PathBuf> = PROGRAMS.get_or_init(build);
    let program =
        programs.iter().find(|path| path.file_stem().is_some_and(|stem| stem == name));
    program.unwrap_or_else(|| panic!("{name} is not among {programs:?}")).clone()
}

/// Runs an example; gives whether it succeeded, and its two outputs.
async fn run(
    name: &'static str,
    arguments: &[&str],
    variables: &[(&str, &str)],
) -> (bool, String, String) {
    let own = |text: &str| text.to_owned();
    let arguments: Vec<_> = arguments.iter().map(|text| own(text)).collect();
    let variables: Vec<_> =
        variables.iter().map(|(name, value)| (own(name), own(value))).collect();
    let run = move || {
        let mut command = Command::new(program(name));
        command.env_remove("COZE_API_TOKEN").env_remove("COZE_API_BASE");
        command.args(arguments).envs(variables).output().expect("a program")
    };
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(run).await.expect("no panic");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (status.success(), text(stdout), text(stderr))
}

async fn against(
    server: &Server,
    name: &'static str,
    arguments: &[&str],
) -> (bool, String, String) {
    let base = server.base_url();
    run(name, arguments, &[("COZE_API_TOKEN", "pat_example"), ("COZE_API_BASE", &base)])
        .await
}

fn chat(status: &str) -> Reply {
    Reply::data(
        &json!({"id": "11", "conversation_id": "12", "status": status, "usage": {"token_count": 5}}),
    )
}

#[tokio::test]
async fn quickstart() {
    let script =
        |request: &Request| match request.target.split('?').next().expect("a path") {
            "/v3/chat" => chat("in_progress"),
            "/v3/chat/retrieve" => chat("completed"),
            "/v3/chat/message/list" => Reply::data(&json!([
                {"role": "assistant", "type": "verbose", "content": "not this"},
                {"role": "assistant", "type": "answer", "content": "Sunny, 22 °C."},
            ])),
            other => panic!("{other} is not in this example"),
        };
    let server = Server::start(script).await;
    let (good, out, err) =
        against(&server, "quickstart", &["7", "What is the weather?"]).await;
    assert_eq!((good, &*out, &*err), (true, "Sunny, 22 °C.\n", "[5 tokens]\n"));
    assert_eq!(
        server.lines(),
        [
            "POST /v3/chat",
            "GET /v3/chat/retrieve?conversation_id=12&chat_id=11",
            "GET /v3/chat/message/list?conversation_id=12&chat_id=11",
        ]
    );
    let first = &server.requests()[0];
    assert_eq!(
        first.json()["additional_messages"][0]["content"],
        "What is the weather?"
    );
    assert_eq!(first.header("authorization"), "Bearer pat_example");
}

#[tokio::test]
async fn quickstart_says_why_a_chat_failed() {
    let server =
        Server::replies(vec![Reply::code(4100, "authentication is invalid")]).await;
    let (good, out, err) = against(&server, "quickstart", &["7"]).await;
    assert_eq!((good, &*out), (false, ""));
    assert_eq!(
        err,
        "error: chat.create: API error 4100: authentication is invalid (HTTP 200, log id log-header)\n"
    );
}

#[tokio::test]
async fn list_bots() {
    let script = |request: &Request| match request
        .target
        .split('?')
        .next()
        .expect("a path")
    {
        "/v1/workspaces" => Reply::data(
            &json!({"workspaces": [{"id": "3", "name": "Team"}], "total_count": 1}),
        ),
        _ => Reply::data(
            &json!({"items": [{"id": "7", "name": "Tea", "is_published": true}, {"id": "8", "name": "Milk"}], "total": 2}),
        ),
    };
    let server = Server::start(script).await;
    let (good, out, err) = against(&server, "list_bots", &[]).await;
    assert_eq!((good, &*err), (true, ""));
    assert_eq!(out, "Team (3)\n  7 Tea [published]\n  8 Milk [draft]\n");
    assert_eq!(
        server.lines(),
        ["GET /v1/workspaces", "GET /v1/bots?workspace_id=3&publish_status=all"]
    );
}

#[tokio::test]
async fn upload_file() {
    let server = Server::replies(vec![Reply::data(
        &json!({"id": "7", "bytes": 9, "file_name": "tea.csv"}),
    )])
    .await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("tea.csv");
    std::fs::write(&path, "tea;three").expect("a file");
    let (good, out, err) =
        against(&server, "upload_file", &[path.to_str().expect("UTF-8")]).await;
    assert_eq!((good, &*out, &*err), (true, "7 tea.csv (9 bytes)\n", "\r9 bytes\n"));
    let body = String::from_utf8(server.request().body).expect("UTF-8");
    assert!(
        body.contains(
            "filename=\"tea.csv\"\r\nContent-Type: text/csv\r\n\r\ntea;three\r\n--"
        ),
        "{body}"
    );
}

#[tokio::test]
async fn create_dataset() {
    let script = |request: &Request| match &*request.target {
        "/v1/datasets" => Reply::data(&json!({"dataset_id": "5"})),
        "/open_api/knowledge/document/create" => {
            Reply::json(&json!({"code": 0, "document_infos": [{"document_id": "6"}]}))
        }
        _ => Reply::data(
            &json!({"data": [{"document_id": "6", "document_name": "Tea", "progress": 100, "status": 1}]}),
        ),
    };
    let server = Server::start(script).await;
    let (good, out, err) =
        against(&server, "create_dataset", &["3", "https://example.com/tea"]).await;
    assert_eq!((good, &*out, &*err), (true, "dataset 5\nTea 100%\n", ""));
    assert_eq!(
        server.lines(),
        [
            "POST /v1/datasets",
            "POST /open_api/knowledge/document/create",
            "POST /v1/datasets/5/process"
        ]
    );
    assert_eq!(server.requests()[2].json(), json!({"document_ids": ["6"]}));
}

#[tokio::test]
async fn without_a_token_or_an_argument_every_example_says_so() {
    for name in NAMES {
        let (good, out, err) = run(name, &["1", "2"], &[]).await;
        assert_eq!((good, &*out), (false, ""), "{name}");
        assert_eq!(
            err,
            "error: the environment variable COZE_API_TOKEN is not set; it holds the token\n"
        );
    }
    for (name, argument) in [
        ("quickstart", "BOT_ID"),
        ("upload_file", "FILE"),
        ("create_dataset", "WORKSPACE_ID"),
    ] {
        let (good, _, err) = run(name, &[], &[("COZE_API_TOKEN", "pat_example")]).await;
        assert!(
            !good && err.contains(&format!("argument {argument} is missing")),
            "{name}: {err}"
        );
    }
}
