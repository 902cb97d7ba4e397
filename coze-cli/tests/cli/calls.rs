//! `coze ops`, `coze call`, `coze mock` and `coze completions`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::common::{BOT, WORKSPACE, coze, failed, mocked, printed, run, typed, value};
use serde_json::{Value, json};

#[test]
fn operations_are_listed_found_and_shown() {
    let all = printed(&run(&["ops"]));
    assert!(all.lines().count() > 100);
    let found = printed(&run(&["ops", "publish", "bot"]));
    assert!(found.contains("bots.publish") && !found.contains("datasets"), "{found}");
    assert!(printed(&run(&["ops", "创建智能体"])).contains("bots.create"));
    let listed = value(&run(&["ops", "publish", "bot", "--output", "json"]));
    assert_eq!(listed[0]["id"], "bots.publish");
    let table = printed(&run(&["ops", "publish", "bot", "--output", "table"]));
    assert!(table.contains("bots.publish") && table.contains('│'), "{table}");
    let shown = value(&run(&["ops", "show", "bots.publish", "--output", "json"]));
    assert_eq!(shown["params"][0]["wire"], "bot_id");
    insta::assert_snapshot!("show", printed(&run(&["ops", "show", "bots.publish"])));
    for (language, uses) in
        [("rust", "coze_api"), ("curl", "curl --request POST"), ("python", "cozepy")]
    {
        let args = ["ops", "show", "files.upload", "--sample", language];
        let sample = printed(&run(&args));
        assert!(sample.contains(uses), "{sample}");
    }
}

#[test]
fn an_operation_is_called() {
    let page = value(&mocked(&["call", "bots.list", "--workspace-id", WORKSPACE]));
    assert_eq!(page["data"]["items"][0]["id"], BOT);
    let table =
        printed(&mocked(&["call", "bots.list", "--workspace_id", WORKSPACE, "--output", "table"]));
    assert!(table.contains(BOT) && table.contains('│'), "{table}");
    let args = ["call", "bots.list", "--workspace-id", WORKSPACE, "--all"];
    let first = printed(&mocked(&args)).lines().next().unwrap().to_owned();
    assert_eq!(serde_json::from_str::<Value>(&first).unwrap()["id"], BOT);
    let table = printed(&mocked(&[&args[..], &["--output", "table"]].concat()));
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
    // The spec may be older than the API: what it does not know is sent all the same.
    let shown = printed(&typed(
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

/// What a server writes is printed as it is: numbers of any length, the order, members that nobody knows.
#[tokio::test(flavor = "multi_thread")]
async fn a_reply_is_printed_as_it_came() {
    const BODY: &str = r#"{"msg":"","code":0,"data":{"user_id":12345678901234567890123,"zz":1.10,"brand_new":{"a":null},"nick_name":"A"},"extra":[1e300]}"#;
    let url = answering("200 OK", BODY);
    let home = tempfile::tempdir().unwrap();
    let call = |args: &[&str]| {
        let mut command = coze(home.path());
        command.args(["call", "users.me", "--base-url", &url]).args(args);
        command.env("COZE_API_TOKEN", "pat_test").output().unwrap()
    };
    let lines = printed(&call(&[]));
    let flat: String = lines.lines().map(str::trim_start).collect();
    assert_eq!(flat.replace(": ", ":"), BODY);
    // As a table what it holds beside the envelope.
    let table = printed(&call(&["--output", "table"]));
    assert!(table.contains("brand_new") && !table.contains("extra"), "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_is_printed_with_what_the_server_wrote() {
    let url = answering("400 Bad Request", r#"{"code":4000,"msg":"no","debug_url":"https://x/y"}"#);
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["call", "users.me", "--base-url", &url]).env("COZE_API_TOKEN", "pat_test");
    let told = failed(&command.output().unwrap(), 3);
    assert!(told.contains("debug_url") && told.contains("coze ops show users.me"), "{told}");
}

/// A server that answers every request alike, until the test ends.
fn answering(status: &'static str, body: &'static str) -> String {
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
fn values_come_from_the_standard_input_too() {
    let args = ["call", "bots.list", "--json", "-"];
    let page = typed(&args, &json!({"workspace_id": WORKSPACE}).to_string());
    assert_eq!(value(&page)["data"]["items"][0]["id"], BOT);
    failed(&typed(&args, "[1]"), 2);
}

#[test]
fn a_dry_run_prints_the_request() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command
        .args(["call", "bots.list", "--workspace-id", "42", "--dry-run"])
        .env("COZE_API_TOKEN", "pat_secret");
    let shown = printed(&command.output().unwrap());
    assert!(shown.starts_with("GET https://api.coze.cn/v1/bots?workspace_id=42"), "{shown}");
    assert!(shown.contains("authorization: Bearer ***"), "{shown}");
    assert!(!shown.contains("pat_secret"), "{shown}");
    // Nobody has to be logged in for what is not sent.
    let shown = printed(&run(&["call", "bots.list", "--workspace-id", "42", "--dry-run"]));
    assert!(shown.starts_with("GET https://api.coze.cn/v1/bots"), "{shown}");
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
    assert_eq!(uploaded["data"]["file_name"], "hello.mp3");
    failed(&mocked(&["call", "files.upload", "--file", "/nowhere/at.all"]), 1);
}

#[test]
fn shells_are_helped() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(&run(&["completions", shell]));
        assert!(script.contains("coze"), "{shell}");
        // The scripts of the others complete no values.
        let ids = script.contains("bots.collaborators.create");
        assert_eq!(ids, matches!(shell, "bash" | "zsh"), "{shell}");
    }
}

#[test]
fn the_mock_is_served() {
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
