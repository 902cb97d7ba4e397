//! Tests of exit codes and hints.

use coze_mock::{Fault, MockServer};

use crate::common::{WORKSPACE, assert_failure, assert_success, coze, mocked, run};

/// A mock server and the settings of the program.
struct Setup {
    server: MockServer,
    home: tempfile::TempDir,
}

impl Setup {
    async fn new() -> Self {
        let server = MockServer::start().await.unwrap();
        let home = tempfile::tempdir().unwrap();
        Self { server, home }
    }

    /// Runs the program with a fault and returns its standard error.
    fn stderr_with_fault(&self, fault: &str, args: &[&str], code: i32) -> String {
        self.server.fault(fault.parse::<Fault>().unwrap().once());
        self.stderr(args, code)
    }

    /// Runs the program and returns its standard error.
    fn stderr(&self, args: &[&str], code: i32) -> String {
        let mut command = coze(self.home.path());
        command
            .args(args)
            .env("COZE_API_BASE", self.server.base_url())
            .env("COZE_API_TOKEN", "pat_test");
        assert_failure(&command.output().unwrap(), code)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_failure_has_an_exit_code() {
    let setup = Setup::new().await;
    let list = ["call", "bots.list", "--workspace-id", WORKSPACE];
    let stderr = setup.stderr(&["call", "bots.retrieve", "--bot_id", "1"], 3);
    assert!(stderr.contains("4200") && stderr.contains("log id"), "{stderr}");
    setup.stderr_with_fault("status=401;code=4100", &["call", "users.me"], 4);
    setup.stderr_with_fault("code=4101", &list, 4);
    let nowhere = ["call", "users.me", "--base-url", "http://127.0.0.1:1"];
    assert!(setup.stderr(&nowhere, 5).contains("HTTPS_PROXY"));
    // Uploads are not retried, so a lost connection is a failure.
    let file = setup.home.path().join("file.txt");
    std::fs::write(&file, "text").unwrap();
    let upload = ["call", "files.upload", "--file", file.to_str().unwrap()];
    setup.stderr_with_fault("reset", &upload, 5);
    assert_failure(&mocked(&["call", "files.upload", "--file", "/no/file"]), 1);
    assert_failure(&mocked(&["call", "bots.list"]), 2);
    assert_failure(&run(&["call", "users.me"]), 4);
    let help = assert_success(&run(&["--help"]));
    for code in ["0", "1", "2", "3", "4", "5", "130"] {
        assert!(help.contains(&format!("\n{code:>5}  ")), "{code} is not in the help");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_tokens_have_hints() {
    let setup = Setup::new().await;
    let stderr = setup.stderr_with_fault("status=401;code=4100", &["call", "users.me"], 4);
    assert!(stderr.contains("coze auth login") && stderr.contains("coze.cn"), "{stderr}");
    let one = ["call", "bots.list", "--workspace-id", WORKSPACE];
    let stderr = setup.stderr_with_fault("code=4101", &one, 4);
    assert!(stderr.contains("the permission `listBot`"), "{stderr}");
    let two = ["call", "conversations.messages.list", "--conversation-id", "1"];
    let stderr = setup.stderr_with_fault("code=4101", &two, 4);
    assert!(stderr.contains("the permissions `chat` and `listMessage`"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_parameters_and_rate_limits_have_hints() {
    let setup = Setup::new().await;
    let list = ["call", "bots.list", "--workspace-id", WORKSPACE, "--page-num", "0"];
    let stderr = setup.stderr(&list, 3);
    assert!(stderr.contains("page_num") && stderr.contains("4000"), "{stderr}");
    assert!(stderr.contains("coze ops show bots.list"), "{stderr}");
    // Errors within a stream are not retried.
    let rate_limited = ["chat", coze_mock::state::BOT, "--message", "[fail 4013 Too frequent.]"];
    let stderr = setup.stderr(&rate_limited, 3);
    assert!(stderr.contains("too many requests, or the model service has failed"), "{stderr}");
}

/// Ctrl-C cancels the reply on the platform and ends the program with exit code 130.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_cancels_the_reply() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let setup = Setup::new().await;
    let mut child = coze(setup.home.path())
        .args(["chat", coze_mock::state::BOT, "--message", "[hold]", "--output", "json"])
        .env("COZE_API_BASE", setup.server.base_url())
        .env("COZE_API_TOKEN", "pat_test")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("conversation.chat.in_progress")));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let stderr = assert_failure(&child.wait_with_output().unwrap(), 130);
    assert!(stderr.contains("interrupted"), "{stderr}");
    assert_eq!(setup.server.requests_to("chat.cancel").len(), 1);
}
