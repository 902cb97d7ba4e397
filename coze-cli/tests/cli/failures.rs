//! Exit codes and hints.

use coze_mock::{Fault, MockServer};

use crate::common::{WORKSPACE, coze, failed, mocked, printed, run};

/// A server, and calls to it.
struct Calls {
    server: MockServer,
    home: tempfile::TempDir,
}

impl Calls {
    async fn new() -> Self {
        let server = MockServer::start().await.unwrap();
        let home = tempfile::tempdir().unwrap();
        Self { server, home }
    }

    /// What a call tells that a fault befalls.
    fn refused(&self, fault: &str, args: &[&str], code: i32) -> String {
        self.server.fault(fault.parse::<Fault>().unwrap().once());
        self.failed(args, code)
    }

    fn failed(&self, args: &[&str], code: i32) -> String {
        let mut command = coze(self.home.path());
        command
            .args(args)
            .env("COZE_API_BASE", self.server.base_url())
            .env("COZE_API_TOKEN", "pat_test");
        failed(&command.output().unwrap(), code)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn exit_codes_tell_failures_apart() {
    let calls = Calls::new().await;
    let list = ["call", "bots.list", "--workspace-id", WORKSPACE];
    let told = calls.failed(&["call", "bots.retrieve", "--bot_id", "1"], 3);
    assert!(told.contains("4200") && told.contains("log id"), "{told}");
    calls.refused("status=401;code=4100", &["call", "users.me"], 4);
    calls.refused("code=4101", &list, 4);
    let nowhere = ["call", "users.me", "--base-url", "http://127.0.0.1:1"];
    assert!(calls.failed(&nowhere, 5).contains("HTTPS_PROXY"));
    // An upload is not repeated, and its connection is lost.
    let file = calls.home.path().join("file.txt");
    std::fs::write(&file, "text").unwrap();
    let upload = ["call", "files.upload", "--file", file.to_str().unwrap()];
    calls.refused("reset", &upload, 5);
    failed(&mocked(&["call", "files.upload", "--file", "/no/file"]), 1);
    failed(&mocked(&["call", "bots.list"]), 2);
    failed(&run(&["call", "users.me"]), 4);
    let help = printed(&run(&["--help"]));
    for code in ["0", "1", "2", "3", "4", "5", "130"] {
        assert!(help.contains(&format!("\n{code:>5}  ")), "{code} is not in the help");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_to_do_about_a_token_is_hinted() {
    let calls = Calls::new().await;
    let told = calls.refused("status=401;code=4100", &["call", "users.me"], 4);
    assert!(told.contains("coze auth login") && told.contains("coze.cn"), "{told}");
    let one = ["call", "bots.list", "--workspace-id", WORKSPACE];
    let told = calls.refused("code=4101", &one, 4);
    assert!(told.contains("the permission `listBot`"), "{told}");
    let two = ["call", "conversations.messages.list", "--conversation-id", "1"];
    let told = calls.refused("code=4101", &two, 4);
    assert!(told.contains("the permissions `chat` and `listMessage`"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_to_do_about_arguments_and_haste_is_hinted() {
    let calls = Calls::new().await;
    let list = ["call", "bots.list", "--workspace-id", WORKSPACE, "--page-num", "0"];
    let told = calls.failed(&list, 3);
    assert!(told.contains("page_num") && told.contains("4000"), "{told}");
    assert!(told.contains("coze ops show bots.list"), "{told}");
    // What comes in the midst of a stream is not repeated.
    let haste = ["chat", coze_mock::state::BOT, "--message", "[fail 4013 Too frequent.]"];
    let told = calls.failed(&haste, 3);
    assert!(told.contains("too frequent; try again later"), "{told}");
}

/// A program that is ended by Ctrl-C says so to the shell, and the answer is canceled.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_cancels_the_answer() {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Command, Stdio};

    let calls = Calls::new().await;
    let mut child = coze(calls.home.path())
        .args(["chat", coze_mock::state::BOT, "--message", "[hold]", "--output", "json"])
        .env("COZE_API_BASE", calls.server.base_url())
        .env("COZE_API_TOKEN", "pat_test")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("conversation.chat.in_progress")));
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let told = failed(&child.wait_with_output().unwrap(), 130);
    assert!(told.contains("interrupted"), "{told}");
    assert_eq!(calls.server.requests_to("chat.cancel").len(), 1);
}
