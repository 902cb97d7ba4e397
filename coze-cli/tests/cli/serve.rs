//! `coze serve`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::{assert_failure, coze, run};

/// The output names the base URL, the key and the models, which clients need.
#[tokio::test(flavor = "multi_thread")]
async fn a_bot_is_served_to_openai_clients() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["serve", "--mock", "--port", "0", "--user", "ann"]);
    command.env("COZE_SERVE_API_KEY", "a key of mine");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = stdout.next().unwrap().unwrap();
    let note = stderr.next().unwrap().unwrap();
    assert!(note.contains("COZE_SERVE_API_KEY and the model bot"), "{note}");
    let body = json!({"model": "bot", "messages": [{"role": "user", "content": "Hello!"}]});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.post(format!("{url}/chat/completions")).body(body.to_string());
    let refused = request.try_clone().unwrap().send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let answer = request.bearer_auth("a key of mine").send().await.unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "You said: Hello!");
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn models_have_a_form() {
    for (option, value) in
        [("--bot", "="), ("--bot", "a="), ("--chatflow", "7"), ("--app-chatflow", "a=7@")]
    {
        let stderr = assert_failure(&run(&["serve", option, value]), 2);
        assert!(stderr.contains("must have the form NAME=ID"), "{stderr}");
    }
}
