//! `coze listen` and `coze trigger`.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStderr, ChildStdout, Output, Stdio};

use coze_mock::MockServer;
use serde_json::{Value, json};

use crate::common::{assert_failure, assert_success, coze, text, value};

/// A running `coze listen`, which is stopped when it is dropped.
struct Listener {
    child: Child,
    url: String,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Listener {
    fn start(token: &str, args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut child = coze(home.path())
            .args(["listen", "--port", "0"])
            .args(args)
            .env("COZE_WEBHOOK_TOKEN", token)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let url = stdout.next().unwrap().unwrap();
        assert!(stderr.next().unwrap().unwrap().contains("callback URL"));
        Self { child, url, stdout, stderr }
    }

    fn line(&mut self) -> String {
        self.stdout.next().unwrap().unwrap()
    }

    fn note(&mut self) -> String {
        self.stderr.next().unwrap().unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn trigger(token: &str, url: &str, args: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["trigger", "--to", url]).args(args).env("COZE_WEBHOOK_TOKEN", token);
    command.output().unwrap()
}

#[test]
fn an_event_is_verified_printed_and_forwarded() {
    let mut server = Listener::start("a shared token", &["--output", "json"]);
    let mut listener = Listener::start("a shared token", &["--forward", &server.url]);
    let sent = assert_success(&trigger("a shared token", &listener.url, &["bot.published"]));
    assert!(sent.starts_with("HTTP 200"), "{sent}");
    assert!(listener.line().starts_with("bot.published "));
    assert_eq!(listener.line(), "{", "the fields of the event");
    let received: Value = serde_json::from_str(&server.line()).unwrap();
    assert_eq!(received["header"]["event_type"], "bot.published");
    let example = coze_spec::api().webhooks.as_ref().unwrap().items.iter();
    let example = example.into_iter().find(|it| it.event.wire == "bot.published").unwrap();
    assert_eq!(Some(&received["event"]), example.event.example.as_ref());
    let note = listener.note();
    assert!(note.contains(&format!("{} → 200 OK (", server.url)), "{note}");
}

#[test]
fn every_event_of_the_spec_can_be_sent() {
    let listener = Listener::start("t0ken-of-app", &[]);
    let events = &coze_spec::api().webhooks.as_ref().unwrap().items;
    assert!(events.len() > 3, "{}", events.len());
    for event in events {
        assert_success(&trigger("t0ken-of-app", &listener.url, &[&event.event.wire]));
    }
    // Events that the spec lacks have fields of the user.
    let data = ["new.event", "--data", r#"{"id": "7"}"#];
    assert_success(&trigger("t0ken-of-app", &listener.url, &data));
    let unknown = assert_failure(&trigger("t0ken-of-app", &listener.url, &["new.event"]), 2);
    assert!(unknown.contains("bot.published") && unknown.contains("--data"), "{unknown}");
}

#[test]
fn an_event_with_another_signature_is_refused() {
    let mut listener = Listener::start("the right token", &[]);
    let output = trigger("the wrong token", &listener.url, &["bot.deleted"]);
    let stderr = assert_failure(&output, 3);
    assert!(stderr.contains("refused the event: 401"), "{stderr}");
    let note = listener.note();
    assert!(note.starts_with("[refused] "), "{note}");
    for shown in [&note, &stderr, &text(&output.stdout)] {
        assert!(!shown.contains("the right token") && !shown.contains("the wrong token"));
    }
}

#[test]
fn a_challenge_is_answered() {
    // Nothing is forwarded: the other server need not run.
    let mut listener = Listener::start("a shared token", &["--forward", "http://127.0.0.1:1"]);
    let challenge = ["url_verification", "--output", "json"];
    let answered = value(&trigger("a shared token", &listener.url, &challenge));
    assert_eq!(answered["status"], json!(200));
    assert!(answered["body"]["challenge"].is_string());
    assert!(listener.note().contains("answered a challenge"));
}

#[test]
fn failures_are_explained() {
    let mut listener = Listener::start("a shared token", &["--forward", "127.0.0.1:1"]);
    let stderr = assert_failure(&trigger("a shared token", &listener.url, &["bot.deleted"]), 3);
    assert!(stderr.contains("refused the event: 500"), "{stderr}");
    let note = listener.note();
    assert!(note.starts_with("[forward] http://127.0.0.1:1: "), "{note}");
    let dead = assert_failure(&trigger("a token", "http://127.0.0.1:1", &["bot.deleted"]), 1);
    assert!(dead.contains("cannot send to http://127.0.0.1:1: "), "{dead}");
    let none = assert_failure(&trigger("", "http://127.0.0.1:1", &["bot.deleted"]), 2);
    assert!(none.contains("COZE_WEBHOOK_TOKEN"), "{none}");
    let port = listener.url.rsplit(':').next().unwrap();
    let home = tempfile::tempdir().unwrap();
    for command in ["listen", "mock"] {
        let mut second = coze(home.path());
        second.args([command, "--port", port]).env("COZE_WEBHOOK_TOKEN", "a token");
        let stderr = assert_failure(&second.output().unwrap(), 1);
        let expected = format!("cannot listen at 127.0.0.1:{port}: another program uses the port");
        assert!(stderr.contains(&expected), "{stderr}");
    }
}

/// The platform, here the mock, checks the address of an app and sends it events.
#[tokio::test(flavor = "multi_thread")]
async fn the_platform_delivers_to_the_listener() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let call = |args: &[&str]| {
        let mut command = coze(home.path());
        command.args(["call"]).args(args).args(["--base-url", &server.base_url()]);
        value(&command.env("COZE_API_TOKEN", "pat_test").output().unwrap())
    };
    let app = call(&["api_apps.create", "--app_type", "normal", "--name", "listener"]);
    let (id, token) = (&app["data"]["id"], &app["data"]["verify_token"]);
    let (id, token) = (id.as_str().unwrap(), token.as_str().unwrap());
    let mut listener = Listener::start(token, &[]);
    call(&["api_apps.update", "--api_app_id", id, "--callback_url", &listener.url]);
    assert!(listener.note().contains("answered a challenge"));
    let delivery = server.deliver(id, "bot.deleted", json!({"bot_id": "7"})).await.unwrap();
    assert!(delivery.attempts.last().is_some_and(|attempt| attempt.status == Some(200)));
    assert!(listener.line().starts_with("bot.deleted "));
}
