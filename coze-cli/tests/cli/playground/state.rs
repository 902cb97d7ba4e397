//! The state of the playground: kept values, the API that calls go to, and the mock.

use super::*;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_calls_and_removes_files() {
    let temporary = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.arg("playground").env("TMPDIR", temporary.path());
    let mut playground = Playground::spawn(&mut command, home);
    let values = example_of("audio.speech.create");
    playground.lines(&json!({"id": "audio.speech.create", "values": values}), None).await;
    let files = || std::fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(files(), 1, "the file of the call is stored");
    // A call in progress does not delay the end.
    let message = json!({"role": "user", "content": "[hold]", "content_type": "text"});
    let values =
        json!({"bot_id": crate::common::BOT, "user_id": "u", "additional_messages": [message]});
    let call = json!({"id": "chat.create", "stream": true, "values": values});
    let response = playground.call(&call, None).send().await.unwrap();
    let id = playground.child.id().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
    let status = tokio::task::block_in_place(|| playground.child.wait().unwrap());
    assert!(status.success(), "{status}");
    assert_eq!(files(), 0);
    // The call ended with the program.
    let _ = tokio::time::timeout(Duration::from_secs(10), response.bytes()).await.unwrap();
}

#[tokio::test]
async fn kept_values_survive_a_restart() {
    let shared = tempfile::tempdir().unwrap();
    let start = || {
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(shared.path());
        Playground::spawn(command.arg("playground"), home)
    };
    let playground = start();
    // Numbers are not rounded.
    let draft = r#"{"big": 9007199254740993}"#;
    for (name, value) in [("drafts.mock", draft), ("response-1", "[]")] {
        let put = playground.request(Method::PUT, &format!("/api/kept/{name}"));
        assert_eq!(put.body(value).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    for (name, body) in [("..%2Foutside", "1"), (".hidden", "1"), ("draft", "not JSON")] {
        let put = playground.request(Method::PUT, &format!("/api/kept/{name}"));
        let status = put.body(body).send().await.unwrap().status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{name}");
    }
    drop(playground);

    let playground = start();
    let kept = playground.json("/api/kept").await;
    assert_eq!(kept["values"]["drafts.mock"]["big"], 9_007_199_254_740_993_u64);
    assert_eq!(kept["responses"], json!(["response-1"]));
    let removed = playground.request(Method::DELETE, "/api/kept/response-1").send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    assert_eq!(playground.json("/api/kept").await["responses"], json!([]));
    let cleared = playground.request(Method::DELETE, "/api/kept").send().await.unwrap();
    assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    assert_eq!(playground.json("/api/kept").await["values"], json!({}));
}

#[tokio::test]
async fn the_environment_names_the_api_and_the_page_can_switch_it() {
    let server = coze_mock::MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let profile = json!({"kind": "token", "token": "pat_real", "base_url": server.base_url()});
    std::fs::write(home.path().join("work.profile.json"), profile.to_string()).unwrap();
    let mut command = coze(home.path());
    command.env("COZE_API_BASE", server.base_url()).env("COZE_API_TOKEN", "pat_environment");
    let playground = Playground::spawn(command.arg("playground"), home);
    let state = playground.json("/api/state").await;
    assert_eq!(state["base_url"], server.base_url());
    assert_eq!((&state["backend"], &state["environment"]), (&json!("profile"), &json!(true)));
    assert_eq!(state["profiles"], json!([{"name": "work", "base_url": server.base_url()}]));

    let switch = async |target: Value| {
        let request = playground.request(Method::PUT, "/api/target").body(target.to_string());
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_str::<Value>(&response.text().await.unwrap()).unwrap())
    };
    let (status, state) = switch(json!("mock")).await;
    assert_eq!((status, &state["backend"]), (StatusCode::OK, &json!("mock")));
    let own_mock = state["base_url"].clone();
    assert_ne!(own_mock, server.base_url());
    let (_, state) = switch(json!({"profile": "work"})).await;
    assert_eq!((&state["profile"], &state["defaults"]), (&json!("work"), &json!({})));
    let (status, error) = switch(json!({"profile": "unknown"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{error}");
    assert_eq!(playground.json("/api/state").await["profile"], "work");
    // The mock keeps its data.
    assert_eq!(switch(json!("mock")).await.1["base_url"], own_mock);
    let reset = playground.request(Method::PUT, "/api/mock").send().await.unwrap();
    assert_eq!(reset.status(), StatusCode::OK);
    assert_ne!(playground.json("/api/state").await["base_url"], own_mock);
}

/// Returns the line in which a command says what it calls.
fn status_line(home: &TempDir, args: &[&str], token: Option<&str>) -> String {
    let mut command = coze(home.path());
    command.args(["playground", "--port", "0"]).args(args);
    if let Some(token) = token {
        command.env("COZE_API_TOKEN", token);
    }
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line
}

#[test]
fn the_command_says_what_it_calls() {
    let home = tempfile::tempdir().unwrap();
    let profile = json!({"kind": "token", "token": "pat_real", "base_url": "http://127.0.0.1:1"});
    std::fs::write(home.path().join("work.profile.json"), profile.to_string()).unwrap();
    assert_eq!(
        status_line(&home, &[], None),
        "The playground calls a mock, which needs no account. Ctrl-C stops it.\n"
    );
    assert_eq!(
        status_line(&home, &["--profile", "work"], None),
        "The playground calls http://127.0.0.1:1 with profile `work`. Ctrl-C stops it.\n"
    );
    assert_eq!(
        status_line(&home, &["--base-url", "http://127.0.0.1:2"], Some("pat_environment")),
        "The playground calls http://127.0.0.1:2. Ctrl-C stops it.\n"
    );
}

#[tokio::test]
async fn a_page_that_shows_another_api_cannot_call() {
    let server = coze_mock::MockServer::start().await.unwrap();
    let playground = Playground::at(&server.base_url());
    assert_eq!(playground.json("/api/state").await["target"], "environment");
    let call = json!({"id": "users.me"});
    let send = async |shown: Option<&str>| {
        let mut request = playground.call(&call, None);
        if let Some(shown) = shown {
            request = request.header("x-coze-target", shown);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    };
    assert_eq!(send(Some("environment")).await.0, StatusCode::OK);
    let mock = playground.request(Method::PUT, "/api/target").body("\"mock\"");
    assert_eq!(mock.send().await.unwrap().status(), StatusCode::OK);
    let (status, body) = send(Some("environment")).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["target_changed"], true);
    for shown in [Some("mock"), None] {
        assert_eq!(send(shown).await.0, StatusCode::OK);
    }
    let samples = playground.request(Method::POST, "/api/samples").body(call.to_string());
    let outdated = samples.header("x-coze-target", "entered").send().await.unwrap();
    assert_eq!(outdated.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn the_mock_can_be_told_to_fail() {
    let playground = Playground::start();
    let set = async |faults: Value| {
        let request = playground.request(Method::PUT, "/api/mock/faults").body(faults.to_string());
        request.send().await.unwrap().status()
    };
    assert_eq!(set(json!(["status=418"])).await, StatusCode::OK);
    assert_eq!(playground.json("/api/state").await["faults"], json!(["status=418"]));
    let call = json!({"id": "users.me"});
    assert_eq!(playground.lines(&call, None).await[1]["status"], 418);
    assert_eq!(set(json!(["nonsense"])).await, StatusCode::BAD_REQUEST);
    assert_eq!(set(json!([])).await, StatusCode::OK);
    assert_eq!(playground.lines(&call, None).await[1]["status"], 200);
}
