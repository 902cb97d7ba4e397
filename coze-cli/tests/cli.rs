//! Every command, over the mock.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests fail so"
)]

mod common;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use common::{coze, printed, text};
use coze_mock::{Fault, MockServer};
use serde_json::{Value, json};

const BOT: &str = coze_mock::state::BOT;
const WORKSPACE: &str = coze_mock::state::WORKSPACE;

/// Runs the program without settings.
fn run(args: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    coze(home.path()).args(args).output().unwrap()
}

/// Runs the program with a mock in its own process.
fn mocked(args: &[&str]) -> Output {
    let args: Vec<&str> = args.iter().copied().chain(["--mock"]).collect();
    run(&args)
}

/// Runs the program with an input, against a mock of the test.
fn against(server: &MockServer, home: &Path, args: &[&str], input: &str) -> Output {
    let mut command = coze(home);
    command.args(args).env("COZE_API_BASE", server.base_url());
    fed(&mut command, input)
}

fn fed(command: &mut Command, input: &str) -> Output {
    let command =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // The program may end before it has read everything.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn value(output: &Output) -> Value {
    serde_json::from_str(&printed(output)).unwrap()
}

fn failed(output: &Output, code: i32) -> String {
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}{}", text(&output.stdout));
    errors
}

#[test]
fn help_says_what_there_is() {
    for (name, args) in [
        ("help", &["--help"][..]),
        ("help_call", &["call", "--help"]),
        ("help_call_bots_list", &["call", "bots.list", "--help"]),
        ("help_auth_login", &["auth", "login", "--help"]),
        ("help_chat", &["chat", "--help"]),
        ("help_workflow_run", &["workflow", "run", "--help"]),
        ("help_playground", &["playground", "--help"]),
    ] {
        insta::assert_snapshot!(name, printed(&run(args)));
    }
}

#[test]
fn errors_say_what_to_do() {
    for (name, args) in [
        ("no_profile", &["call", "users.me"][..]),
        ("unknown_operation", &["call", "bots.lst", "--mock"]),
        ("missing_value", &["call", "bots.list", "--mock"]),
        ("wrong_type", &["call", "bots.list", "--page_size", "many", "--mock"]),
        (
            "no_events",
            &["call", "bots.list", "--workspace-id", "1", "--stream", "--mock"],
        ),
        ("no_match", &["ops", "nothing like that"]),
    ] {
        insta::assert_snapshot!(name, failed(&run(args), 2));
    }
}

#[test]
fn operations_are_listed_found_and_shown() {
    let all = printed(&run(&["ops"]));
    assert!(all.lines().count() > 100);
    let found = printed(&run(&["ops", "publish", "bot"]));
    assert!(found.contains("bots.publish") && !found.contains("datasets"), "{found}");
    assert!(printed(&run(&["ops", "创建智能体"])).contains("bots.create"));
    insta::assert_snapshot!("show", printed(&run(&["ops", "show", "bots.publish"])));
    for (language, operation) in
        [("rust", "bots.publish"), ("curl", "bots.publish"), ("python", "files.upload")]
    {
        let args = ["ops", "show", operation, "--sample", language];
        insta::assert_snapshot!(format!("sample_{language}"), printed(&run(&args)));
    }
}

#[test]
fn an_operation_is_called() {
    let page = value(&mocked(&["call", "bots.list", "--workspace-id", WORKSPACE]));
    assert_eq!(page["items"][0]["id"], BOT);
    let table = printed(&mocked(&[
        "call",
        "bots.list",
        "--workspace_id",
        WORKSPACE,
        "--output",
        "table",
    ]));
    assert!(table.contains(BOT) && table.contains('│'), "{table}");
    let args = ["call", "bots.list", "--workspace-id", WORKSPACE, "--all"];
    let first = printed(&mocked(&args)).lines().next().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&first).unwrap()["id"], BOT);
}

#[test]
fn nested_values_are_json() {
    let created = value(&mocked(&[
        "call",
        "bots.create",
        "--space_id",
        WORKSPACE,
        "--name",
        "Cook",
        "--prompt_info",
        r#"{"prompt": "You cook."}"#,
    ]));
    assert!(created["bot_id"].is_string());
    let wrong = mocked(&[
        "call",
        "bots.create",
        "--space_id",
        WORKSPACE,
        "--name",
        "Cook",
        "--prompt_info",
        r#"{"promt": "You cook."}"#,
    ]);
    assert!(failed(&wrong, 2).contains("prompt_info.promt"));
    let published =
        mocked(&["call", "bots.publish", "--bot_id", BOT, "--connector_ids", "1024"]);
    assert!(value(&published)["bot_id"].is_string());
}

#[test]
fn values_come_from_the_standard_input_too() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["call", "bots.list", "--json", "-", "--mock"]);
    let page = fed(&mut command, &json!({"workspace_id": WORKSPACE}).to_string());
    assert_eq!(value(&page)["items"][0]["id"], BOT);
    let mut command = coze(home.path());
    command.args(["call", "bots.list", "--json", "-", "--mock"]);
    failed(&fed(&mut command, "[1]"), 2);
}

#[test]
fn a_dry_run_prints_the_request() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command
        .args(["call", "bots.list", "--workspace-id", "42", "--dry-run"])
        .env("COZE_API_TOKEN", "pat_secret");
    let shown = printed(&command.output().unwrap());
    assert!(
        shown.starts_with("GET https://api.coze.cn/v1/bots?workspace_id=42"),
        "{shown}"
    );
    assert!(shown.contains("authorization: Bearer ***"), "{shown}");
    assert!(!shown.contains("pat_secret"), "{shown}");
}

#[test]
fn streams_files_and_uploads() {
    let events = printed(&mocked(&[
        "call",
        "chat.create",
        "--bot_id",
        BOT,
        "--user_id",
        "u",
        "--stream",
        "--additional_messages",
        r#"{"role": "user", "content": "Hello", "content_type": "text"}"#,
    ]));
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "done");

    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hello.mp3");
    let voice = coze_mock::state::VOICE;
    let saved = ["call", "audio.speech.create", "--input", "Hello", "--voice_id", voice];
    let path = path.to_str().unwrap();
    printed(&mocked(&[&saved[..], &["--save", path]].concat()));
    assert!(std::fs::metadata(path).unwrap().len() > 0);
    assert!(!mocked(&saved).stdout.is_empty());

    let uploaded = value(&mocked(&["call", "files.upload", "--file", path]));
    assert_eq!(uploaded["file_name"], "hello.mp3");
    failed(&mocked(&["call", "files.upload", "--file", "/nowhere/at.all"]), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_failures_apart() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let call = |args: &[&str]| {
        let mut command = coze(home.path());
        command
            .args(args)
            .env("COZE_API_BASE", server.base_url())
            .env("COZE_API_TOKEN", "pat_test");
        command.output().unwrap()
    };
    let refused = failed(&call(&["call", "bots.retrieve", "--bot_id", "1"]), 3);
    assert!(refused.contains("4200") && refused.contains("log id"), "{refused}");
    server.fault("status=401;code=4100".parse::<Fault>().unwrap().once());
    let refused = failed(&call(&["call", "users.me"]), 4);
    assert!(refused.contains("coze auth login"), "{refused}");
    server.fault("code=4101".parse::<Fault>().unwrap().once());
    let refused = failed(&call(&["call", "bots.list", "--workspace-id", WORKSPACE]), 4);
    assert!(refused.contains("listBot"), "{refused}");
    let mut command = coze(home.path());
    command
        .args(["call", "users.me", "--base-url", "http://127.0.0.1:1"])
        .env("COZE_API_TOKEN", "pat_test");
    failed(&command.output().unwrap(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_kept_used_and_forgotten() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let login = against(&server, home.path(), &["auth", "login"], "pat_kept\n");
    assert!(printed(&login).contains("`default` acts as"));
    assert!(!text(&login.stdout).contains("pat_kept"));
    assert!(!text(&login.stderr).contains("pat_kept"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = home.path().join("default.profile.json");
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let status = printed(&against(&server, home.path(), &["auth", "status"], ""));
    assert!(status.starts_with("* default (token)"), "{status}");
    // The profile knows its address.
    let page = coze(home.path())
        .args(["call", "bots.list", "--workspace-id", WORKSPACE])
        .output()
        .unwrap();
    assert_eq!(value(&page)["items"][0]["id"], BOT);
    let used = server.requests_to("bots.list");
    assert_eq!(used[0].header("authorization"), "Bearer pat_kept");
    printed(&against(&server, home.path(), &["auth", "logout"], ""));
    failed(&coze(home.path()).args(["call", "users.me"]).output().unwrap(), 2);
    failed(&against(&server, home.path(), &["auth", "login"], "\n"), 2);
    let strange = ["auth", "logout", "--profile", "../../etc"];
    failed(&against(&server, home.path(), &strange, ""), 2);
}

#[test]
fn a_bot_chats() {
    let answer = printed(&mocked(&["chat", BOT, "--message", "Hello"]));
    assert!(!answer.trim().is_empty());
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["chat", BOT, "--mock"]);
    let talk =
        printed(&fed(&mut command, "Hello\n\nWhat else?\n/new\nBye\n/quit\nnever\n"));
    assert!(talk.lines().filter(|line| !line.is_empty()).count() >= 3, "{talk}");
    failed(&mocked(&["chat", "1", "--message", "Hello"]), 3);
}

#[test]
fn a_bot_is_published_and_answers() {
    let told = printed(&mocked(&["publish", BOT]));
    assert!(told.contains("published") && told.contains("It answers: "), "{told}");
}

#[test]
fn speech_is_made_and_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("hello.wav");
    let path = path.to_str().unwrap();
    let voice = coze_mock::state::VOICE;
    printed(&mocked(&["speak", "Hello there", "--voice", voice, "--save", path]));
    assert!(!printed(&mocked(&["transcribe", path])).trim().is_empty());
}

#[test]
fn a_workflow_runs() {
    let id = coze_mock::state::WORKFLOW;
    let events = printed(&mocked(&["workflow", "run", id, "--param", "city=Kunming"]));
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "Done");
    failed(&mocked(&["workflow", "run", id, "--param", "city"]), 2);
}

#[test]
fn a_workflow_asks() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    let id = coze_mock::state::ASKING_WORKFLOW;
    command.args(["workflow", "run", id, "--output", "table", "--mock"]);
    let output = fed(&mut command, &"Kunming\n".repeat(9));
    let told = printed(&output);
    assert!(told.contains("Kunming"), "{told}");
    assert!(text(&output.stderr).contains("see how it ran"));
}

#[test]
fn shells_are_helped() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(printed(&run(&["completions", shell])).contains("coze"), "{shell}");
    }
}

#[test]
fn the_mock_is_served() {
    let home = tempfile::tempdir().unwrap();
    let mut child =
        coze(home.path()).arg("mock").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let page = coze(home.path())
        .args(["call", "bots.list", "--workspace-id", WORKSPACE, "--base-url", &url])
        .env("COZE_API_TOKEN", "pat_test")
        .output()
        .unwrap();
    assert_eq!(value(&page)["items"][0]["id"], BOT);
    let line = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(line, "GET /v1/bots → 200 bots.list");
}

/// Logs in by an app of the mock, and lets `meanwhile` play the user who is told where to grant access.
async fn logs_in(app: &str, redirect: &str, meanwhile: impl AsyncFnOnce(String)) {
    let server = MockServer::start().await.unwrap();
    server.state(|state| {
        state.oauth.device_interval = 1;
        state.oauth.grant_after = Some(0);
    });
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("coze_oauth_config.json");
    std::fs::write(&file, server.oauth_config(app).unwrap().to_string()).unwrap();
    let mut login = coze(home.path())
        .args(["auth", "login", "--profile", "app", "--redirect", redirect, "--app"])
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines =
        BufReader::new(login.stderr.take().unwrap()).lines().map_while(Result::ok);
    let told = tokio::task::spawn_blocking(move || {
        lines.find(|line| line.contains("http")).unwrap_or_default()
    });
    meanwhile(told.await.unwrap()).await;
    let output = tokio::task::spawn_blocking(|| login.wait_with_output());
    assert!(printed(&output.await.unwrap().unwrap()).contains("`app` acts as"));
    let call = coze(home.path()).args(["call", "users.me", "--profile", "app"]).output();
    assert!(value(&call.unwrap())["user_id"].is_string());
    let status = coze(home.path()).args(["auth", "status", "--profile", "app"]).output();
    assert!(printed(&status.unwrap()).starts_with("* app ("));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_logs_in() {
    let app = coze_mock::state::DEVICE_APP;
    logs_in(app, "http://127.0.0.1:0/", async |told| {
        assert!(told.starts_with("Open http"), "{told}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_logs_in_by_its_key() {
    let app = coze_mock::state::JWT_APP;
    logs_in(app, "http://127.0.0.1:0/", async |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_logs_in() {
    let app = coze_mock::state::PKCE_APP;
    logs_in(app, "http://127.0.0.1:0/callback", async |url| {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let reply = http.get(url).send().await.unwrap();
        assert!(reply.status().is_success(), "{}", reply.status());
    })
    .await;
}
