//! `coze ops`, `coze call` and `coze mock`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::common::{
    BOT, WORKSPACE, assert_failure, assert_success, coze, mocked, mocked_with_input, run, text,
    value,
};
use serde_json::{Value, json};

#[test]
fn operations_are_listed_searched_and_shown() {
    let all = assert_success(&run(&["ops"]));
    assert!(all.lines().count() > 100);
    let found = assert_success(&run(&["ops", "publish", "bot"]));
    assert!(found.contains("bots.publish") && !found.contains("datasets"), "{found}");
    assert!(assert_success(&run(&["ops", "创建智能体"])).contains("bots.create"));
    let listed = value(&run(&["ops", "publish", "bot", "--output", "json"]));
    assert_eq!(listed[0]["id"], "bots.publish");
    let table = assert_success(&run(&["ops", "publish", "bot", "--output", "table"]));
    assert!(table.contains("bots.publish") && table.contains('│'), "{table}");
    let shown = value(&run(&["ops", "show", "bots.publish", "--output", "json"]));
    assert_eq!(shown["params"][0]["wire"], "bot_id");
    insta::assert_snapshot!("show", assert_success(&run(&["ops", "show", "bots.publish"])));
    for (language, expected) in [
        ("rust", "coze_api"),
        ("curl", "curl --request POST"),
        ("python", "cozepy"),
        ("javascript", "@coze/api"),
        ("java", "java.net.http"),
        ("go", "net/http"),
    ] {
        let args = ["ops", "show", "files.upload", "--sample", language];
        let sample = assert_success(&run(&args));
        assert!(sample.contains(expected), "{sample}");
    }
    let tools = ["ops", "show", "chat.create", "--scenario", "tools", "--sample"];
    let sample = assert_success(&run(&[tools.as_slice(), &["go"]].concat()));
    assert!(sample.contains("submit_tool_outputs"), "{sample}");
    let output = run(&[tools.as_slice(), &["curl"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("curl only makes single requests"));
    let output = run(&["ops", "show", "bots.list", "--sample", "go", "--scenario", "tools"]);
    assert!(text(&output.stderr).contains("bots.list has no scenarios"));
}

#[test]
fn samples_call_the_api_of_the_options_and_of_the_profile() {
    let home = tempfile::tempdir().unwrap();
    let profile =
        json!({"kind": "token", "token": "pat_secret", "base_url": "https://api.coze.com"});
    std::fs::write(home.path().join("work.profile.json"), profile.to_string()).unwrap();
    let output = |options: &[&str]| {
        let show = ["ops", "show", "bots.list", "--sample", "curl"];
        coze(home.path()).args(show).args(options).output().unwrap()
    };
    let sample = |options: &[&str]| {
        let sample = assert_success(&output(options));
        assert!(!sample.contains("pat_secret"), "{sample}");
        sample
    };
    assert!(sample(&[]).contains("https://api.coze.com/v1/bots"));
    let elsewhere = sample(&["--base-url", "http://localhost:8888"]);
    assert!(elsewhere.contains("http://localhost:8888/v1/bots"), "{elsewhere}");
    let studio = assert_failure(&output(&["--platform", "studio"]), 2);
    assert!(studio.contains("Coze Studio does not have this operation"), "{studio}");
    assert!(assert_failure(&output(&["--profile", "other"]), 4).contains("no profile `other`"));
    assert!(assert_failure(&output(&["--mock"]), 2).contains("start `coze mock`"));
    let without_login = run(&["ops", "show", "bots.list", "--sample", "curl"]);
    assert!(assert_success(&without_login).contains("https://api.coze.cn/v1/bots"));
}

#[test]
fn values_are_read_from_a_file_under_the_name_that_the_raw_call_uses() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("values.json");
    std::fs::write(&file, json!({"workspace_id": WORKSPACE}).to_string()).unwrap();
    let file = file.to_str().unwrap();
    for option in ["--input", "--json"] {
        let listed = value(&mocked(&["call", "bots.list", option, file]));
        assert_eq!(listed["data"]["items"][0]["id"], BOT, "{option}");
    }
    // A parameter of this name comes first.
    let speech = ["call", "audio.speech.create", "--input", "Hello", "--voice-id", "4"];
    let request = assert_success(&mocked(&[&speech[..], &["--dry-run"]].concat()));
    assert!(request.contains("\"input\": \"Hello\"") || request.contains("\"input\":\"Hello\""));
}

#[test]
fn an_operation_is_called() {
    let page = value(&mocked(&["call", "bots.list", "--workspace-id", WORKSPACE]));
    assert_eq!(page["data"]["items"][0]["id"], BOT);
    let table = assert_success(&mocked(&[
        "call",
        "bots.list",
        "--workspace_id",
        WORKSPACE,
        "--output",
        "table",
    ]));
    assert!(table.contains(BOT) && table.contains('│'), "{table}");
    let args = ["call", "bots.list", "--workspace-id", WORKSPACE, "--all"];
    let first = assert_success(&mocked(&args)).lines().next().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&first).unwrap()["id"], BOT);
    let table = assert_success(&mocked(&[&args[..], &["--output", "table"]].concat()));
    assert!(table.contains(BOT) && table.contains('│'), "{table}");
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
    assert!(created["data"]["bot_id"].is_string());
    // Unknown values are sent too, because the spec may be older than the API.
    let shown = assert_success(&mocked_with_input(
        &["call", "bots.create", "--json", "-", "--dry-run"],
        &json!({"space_id": "1", "name": "n", "prompt_info": {"promt": 12_345_678_901_234_567_u64},
            "brand_new": true, "query:lane": "blue", "header:x-tt-env": "boe"})
        .to_string(),
    ));
    for part in ["\"promt\":12345678901234567", "\"brand_new\":true", "?lane=blue", "x-tt-env: boe"]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let published = mocked(&["call", "bots.publish", "--bot_id", BOT, "--connector_ids", "1024"]);
    assert!(value(&published)["data"]["bot_id"].is_string());
}

/// Long numbers, the order of members and unknown members are kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_printed_unchanged() {
    const BODY: &str = concat!(
        r#"{"msg":"","code":0,"data":{"user_id":12345678901234567890123,"zz":1.10,"#,
        r#""brand_new":{"a":null},"nick_name":"A"},"extra":[1e300]}"#
    );
    let url = serve_response("200 OK", BODY);
    let home = tempfile::tempdir().unwrap();
    let call = |args: &[&str]| {
        let mut command = coze(home.path());
        command.args(["call", "users.me", "--base-url", &url]).args(args);
        command.env("COZE_API_TOKEN", "pat_test").output().unwrap()
    };
    let lines = assert_success(&call(&[]));
    let flat: String = lines.lines().map(str::trim_start).collect();
    assert_eq!(flat.replace(": ", ":"), BODY);
    // A table shows the payload without the envelope.
    let table = assert_success(&call(&["--output", "table"]));
    assert!(table.contains("brand_new") && !table.contains("extra"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_printed_with_the_response_body() {
    let url =
        serve_response("400 Bad Request", r#"{"code":4000,"msg":"no","debug_url":"https://x/y"}"#);
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["call", "users.me", "--base-url", &url]).env("COZE_API_TOKEN", "pat_test");
    let stderr = assert_failure(&command.output().unwrap(), 3);
    assert!(stderr.contains("debug_url") && stderr.contains("coze ops show users.me"), "{stderr}");
}

/// Starts a server that sends the same response to every request.
fn serve_response(status: &'static str, body: &'static str) -> String {
    use std::io::{Read as _, Write as _};

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    url
}

#[test]
fn values_are_read_from_standard_input() {
    let args = ["call", "bots.list", "--json", "-"];
    let page = mocked_with_input(&args, &json!({"workspace_id": WORKSPACE}).to_string());
    assert_eq!(value(&page)["data"]["items"][0]["id"], BOT);
    assert_failure(&mocked_with_input(&args, "[1]"), 2);
}

#[test]
fn a_dry_run_prints_the_request() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command
        .args(["call", "bots.list", "--workspace-id", "42", "--dry-run"])
        .env("COZE_API_TOKEN", "pat_secret");
    let shown = assert_success(&command.output().unwrap());
    assert!(shown.starts_with("GET https://api.coze.cn/v1/bots?workspace_id=42"), "{shown}");
    assert!(shown.contains("authorization: Bearer ***"), "{shown}");
    assert!(!shown.contains("pat_secret"), "{shown}");
    // A dry run needs no login.
    let shown = assert_success(&run(&["call", "bots.list", "--workspace-id", "42", "--dry-run"]));
    assert!(shown.starts_with("GET https://api.coze.cn/v1/bots"), "{shown}");
}

#[test]
fn events_are_streamed_and_files_transferred() {
    let events = assert_success(&mocked(&[
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
    assert_success(&mocked(&[&saved[..], &["--save", path]].concat()));
    assert!(std::fs::metadata(path).unwrap().len() > 0);
    assert!(!mocked(&saved).stdout.is_empty());

    let uploaded = value(&mocked(&["call", "files.upload", "--file", path]));
    assert_eq!(uploaded["data"]["file_name"], "hello.mp3");
    assert_failure(&mocked(&["call", "files.upload", "--file", "/nowhere/at.all"]), 1);
}

#[test]
fn the_mock_serves_other_processes() {
    let home = tempfile::tempdir().unwrap();
    let mut child = coze(home.path()).arg("mock").stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines.next().unwrap().unwrap();
    let page = coze(home.path())
        .args(["call", "bots.list", "--workspace-id", WORKSPACE, "--base-url", &url])
        .env("COZE_API_TOKEN", "pat_test")
        .output()
        .unwrap();
    assert_eq!(value(&page)["data"]["items"][0]["id"], BOT);
    let line = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(line, "GET /v1/bots → 200 bots.list");
}
