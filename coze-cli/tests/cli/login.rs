//! Tests of logging in and out.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::common::{
    BOT, WORKSPACE, against, assert_failure, assert_success, coze, mocked, output_with_input, text,
    value,
};
use coze_mock::{Fault, Grant, MockServer};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_stored_used_and_deleted() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let login = against(&server, home.path(), &["auth", "login"], "pat_kept\n");
    assert!(assert_success(&login).contains("`default` acts as"));
    assert!(!text(&login.stdout).contains("pat_kept"));
    assert!(!text(&login.stderr).contains("pat_kept"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = home.path().join("default.profile.json");
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let status = assert_success(&against(&server, home.path(), &["auth", "status"], ""));
    assert!(status.starts_with("* default (token) at http"), "{status}");
    assert!(status.contains("`default` acts as"), "{status}");
    let args = ["auth", "status", "--output", "json"];
    let status = value(&against(&server, home.path(), &args, ""));
    assert_eq!(
        (&status["profile"], &status["profiles"][0]["kind"]),
        (&json!("default"), &json!("token"))
    );
    // The profile contains the base URL.
    let page = coze(home.path())
        .args(["call", "bots.list", "--workspace-id", WORKSPACE])
        .output()
        .unwrap();
    assert_eq!(value(&page)["data"]["items"][0]["id"], BOT);
    let used = server.requests_to("bots.list");
    assert_eq!(used[0].header("authorization"), "Bearer pat_kept");
    assert_success(&against(&server, home.path(), &["auth", "logout"], ""));
    assert_failure(&coze(home.path()).args(["call", "users.me"]).output().unwrap(), 4);
    assert_failure(&against(&server, home.path(), &["auth", "login"], "\n"), 2);
    let invalid_name = ["auth", "logout", "--profile", "../../etc"];
    assert_failure(&against(&server, home.path(), &invalid_name, ""), 2);
}

/// Only requests that read tell the permissions, and nothing is guessed.
#[tokio::test(flavor = "multi_thread")]
async fn permissions_are_tried() {
    let server = MockServer::builder();
    let server = server.token("pat_reader", Grant::limited(["listWorkspace", "listBot", "chat"]));
    let server = server.start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let login = |options: &[&str]| {
        let args = [&["auth", "login"], options].concat();
        against(&server, home.path(), &args, "pat_reader\n")
    };
    // A login tells them too.
    let report = assert_success(&login(&[]));
    assert!(report.contains("`default` acts as"), "{report}");
    assert!(report.contains("`default` has the permissions listBot, listWorkspace."), "{report}");
    let report = value(&login(&["--profile", "other", "--output", "json"]));
    assert_eq!((&report["profile"], &report["current"]), (&json!("other"), &json!(false)));
    assert_eq!(report["permissions"]["listBot"], true);
    assert_eq!(report["permissions"]["listWorkflow"], false);
    let before = server.count();
    let report = assert_success(&login(&["--no-permissions"]));
    assert!(report.contains("`coze auth status --permissions` shows"), "{report}");
    assert_eq!(server.count() - before, 1, "only the user is read");
    let before = server.count();
    let args = ["auth", "status", "--permissions"];
    let shown = assert_success(&against(&server, home.path(), &args, ""));
    assert!(shown.contains("`default` has the permissions listBot, listWorkspace."), "{shown}");
    assert!(shown.contains("lacks the permissions") && shown.contains("listWorkflow"), "{shown}");
    assert!(!shown.contains("chat,"), "{shown}");
    assert!(server.count() - before < 25, "{}", server.count() - before);
    let args = ["auth", "status", "--permissions", "--output", "json"];
    let status = value(&against(&server, home.path(), &args, ""));
    assert_eq!(status["permissions"]["listBot"], true);
    assert_eq!(status["permissions"]["listWorkflow"], false);
    assert_eq!(status["permissions"].get("chat"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_token_does_not_replace_a_valid_one() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let login = |token| against(&server, home.path(), &["auth", "login"], token);
    assert_success(&login("pat_good\n"));
    server.fault("status=401;code=4100".parse::<Fault>().unwrap().once());
    assert!(assert_failure(&login("pat_bad\n"), 4).contains("coze auth login"));
    let stored = std::fs::read_to_string(home.path().join("default.profile.json")).unwrap();
    assert!(stored.contains("pat_good") && !stored.contains("pat_bad"));
    // A valid token may lack the permission to read its user.
    server.fault("code=4101".parse::<Fault>().unwrap().once());
    assert!(assert_success(&login("pat_silent\n")).contains("lacks the permission"));
}

#[tokio::test(flavor = "multi_thread")]
async fn status_covers_the_environment_and_the_mock() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["auth", "status"]).env("COZE_API_TOKEN", "pat_env");
    command.env("COZE_API_BASE", server.base_url());
    let status = assert_success(&command.output().unwrap());
    assert!(status.starts_with("COZE_API_TOKEN acts as"), "{status}");
    assert!(assert_success(&mocked(&["auth", "status"])).starts_with("The mock acts as"));
    assert_failure(&mocked(&["auth", "login"]), 2);
}

/// Logs in with an app of the mock. `user` gets the line with the URL and grants access.
async fn assert_login(app: &str, redirect: &str, user: impl AsyncFnOnce(String)) {
    let server = MockServer::start().await.unwrap();
    server.state(|state| {
        state.oauth.device_interval = 1;
        state.oauth.grant_after = Some(0);
    });
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("coze_oauth_config.json");
    std::fs::write(&file, server.oauth_config(app).unwrap().to_string()).unwrap();
    let mut login = coze(home.path())
        .args([
            "auth",
            "login",
            "--profile",
            "app",
            "--no-browser",
            "--redirect",
            redirect,
            "--app",
        ])
        .arg(&file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(login.stderr.take().unwrap()).lines().map_while(Result::ok);
    let prompt = tokio::task::spawn_blocking(move || {
        lines.find(|line| line.contains("http")).unwrap_or_default()
    });
    user(prompt.await.unwrap()).await;
    let output = tokio::task::spawn_blocking(|| login.wait_with_output());
    assert!(assert_success(&output.await.unwrap().unwrap()).contains("`app` acts as"));
    let call = coze(home.path()).args(["call", "users.me", "--profile", "app"]).output();
    assert!(value(&call.unwrap())["data"]["user_id"].is_string());
    let status = coze(home.path()).args(["auth", "status", "--profile", "app"]).output();
    assert!(assert_success(&status.unwrap()).starts_with("* app ("));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("coze_oauth_config.json");
    let config = server.oauth_config(coze_mock::state::JWT_APP).unwrap();
    std::fs::write(&file, config.to_string()).unwrap();
    let login = ["auth", "login", "--app", file.to_str().unwrap()];
    assert_success(&against(&server, home.path(), &login, ""));
    let call = || assert_success(&against(&server, home.path(), &["call", "users.me"], ""));
    let token_requests = || server.requests_to("oauth.token").len();
    call();
    let before = token_requests();
    call();
    assert_eq!(token_requests(), before, "the token is reused");
    let path = file_ending(home.path(), ".tokens.json");
    let mut stored: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    stored["expires_at"] = json!(1);
    std::fs::write(&path, stored.to_string()).unwrap();
    call();
    assert_eq!(token_requests(), before + 1);
    let renewed: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_ne!(renewed["access_token"], stored["access_token"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_success(&against(&server, home.path(), &["auth", "logout"], ""));
    let left = std::fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.path());
    let left: Vec<_> = left.filter(|path| path.extension().is_none_or(|it| it != "lock")).collect();
    assert_eq!(left, [file], "only the configuration of the app is left");
}

fn file_ending(folder: &Path, end: &str) -> PathBuf {
    let mut paths = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    paths.find(|path| path.to_string_lossy().ends_with(end)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_sent_only_where_it_was_issued() {
    let (server, elsewhere) =
        (MockServer::start().await.unwrap(), MockServer::start().await.unwrap());
    let home = tempfile::tempdir().unwrap();
    assert_success(&against(&server, home.path(), &["auth", "login"], "pat_kept\n"));
    let flag = ["call", "users.me", "--base-url", &elsewhere.base_url()];
    for output in [
        against(&elsewhere, home.path(), &["call", "users.me"], ""),
        against(&elsewhere, home.path(), &["auth", "status"], ""),
        against(&server, home.path(), &flag, ""),
    ] {
        let stderr = assert_failure(&output, 4);
        assert!(stderr.contains("issued for") && !stderr.contains("pat_kept"), "{stderr}");
    }
    assert_eq!(elsewhere.count(), 0);
    assert_success(&against(&server, home.path(), &["call", "users.me"], ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn base_url_from_the_environment_must_not_be_unencrypted() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["auth", "login"]).env("COZE_API_BASE", "http://192.0.2.1");
    assert!(assert_failure(&output_with_input(command, "pat_kept\n"), 2).contains("COZE_API_BASE"));
    assert!(std::fs::read_dir(home.path()).unwrap().next().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_is_used_only_with_its_server() {
    let (server, elsewhere) =
        (MockServer::start().await.unwrap(), MockServer::start().await.unwrap());
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("coze_oauth_config.json");
    let config = server.oauth_config(coze_mock::state::JWT_APP).unwrap();
    std::fs::write(&file, config.to_string()).unwrap();
    let login = ["auth", "login", "--app", file.to_str().unwrap()];
    assert!(
        assert_failure(&against(&elsewhere, home.path(), &login, ""), 2).contains("belongs to")
    );
    assert_eq!(elsewhere.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn login_with_a_device_app() {
    let app = coze_mock::state::DEVICE_APP;
    assert_login(app, "http://127.0.0.1:0/", async |prompt| {
        assert!(prompt.starts_with("Open http"), "{prompt}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn login_with_a_jwt_app() {
    let app = coze_mock::state::JWT_APP;
    assert_login(app, "http://127.0.0.1:0/", async |_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn login_with_a_pkce_app() {
    let app = coze_mock::state::PKCE_APP;
    assert_login(app, "http://127.0.0.1:0/callback", async |url| {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let response = http.get(url).send().await.unwrap();
        assert!(response.status().is_success(), "{}", response.status());
    })
    .await;
}

#[test]
fn an_unusable_app_is_named_with_its_file() {
    let home = tempfile::tempdir().unwrap();
    for (content, expected) in [
        (r#"{"client_secret": "topsecret"}"#, "lacks `client_type`"),
        (r#"{"client_type": "pkce", "client_secret": "topsecret"}"#, "lacks `client_id`"),
        ("{topsecret", "is not a JSON file"),
    ] {
        let file = home.path().join("my_app.json");
        std::fs::write(&file, content).unwrap();
        let mut command = coze(home.path());
        command.args(["auth", "login", "--app"]).arg(&file);
        let stderr = assert_failure(&command.output().unwrap(), 2);
        assert!(stderr.contains("my_app.json") && stderr.contains(expected), "{stderr}");
        assert!(!stderr.contains("topsecret"), "{stderr}");
    }
}
