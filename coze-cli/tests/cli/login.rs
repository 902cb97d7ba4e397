//! Logging in, and out.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::common::{BOT, WORKSPACE, against, coze, failed, fed, mocked, printed, text, value};
use coze_mock::{Fault, MockServer};
use serde_json::{Value, json};

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
    assert!(status.starts_with("* default (token) at http"), "{status}");
    assert!(status.contains("`default` acts as"), "{status}");
    let args = ["auth", "status", "--output", "json"];
    let status = value(&against(&server, home.path(), &args, ""));
    assert_eq!(
        (&status["profile"], &status["profiles"][0]["kind"]),
        (&json!("default"), &json!("token"))
    );
    // The profile knows its address.
    let page = coze(home.path())
        .args(["call", "bots.list", "--workspace-id", WORKSPACE])
        .output()
        .unwrap();
    assert_eq!(value(&page)["data"]["items"][0]["id"], BOT);
    let used = server.requests_to("bots.list");
    assert_eq!(used[0].header("authorization"), "Bearer pat_kept");
    printed(&against(&server, home.path(), &["auth", "logout"], ""));
    failed(&coze(home.path()).args(["call", "users.me"]).output().unwrap(), 4);
    failed(&against(&server, home.path(), &["auth", "login"], "\n"), 2);
    let strange = ["auth", "logout", "--profile", "../../etc"];
    failed(&against(&server, home.path(), &strange, ""), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_does_not_take_the_place_of_a_good_one() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let login = |token| against(&server, home.path(), &["auth", "login"], token);
    printed(&login("pat_good\n"));
    server.fault("status=401;code=4100".parse::<Fault>().unwrap().once());
    assert!(failed(&login("pat_bad\n"), 4).contains("coze auth login"));
    let kept = std::fs::read_to_string(home.path().join("default.profile.json")).unwrap();
    assert!(kept.contains("pat_good") && !kept.contains("pat_bad"));
    // A token may be good, and not allowed to say whose it is.
    server.fault("code=4101".parse::<Fault>().unwrap().once());
    assert!(printed(&login("pat_silent\n")).contains("may not say"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_the_environment_has_a_status() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["auth", "status"]).env("COZE_API_TOKEN", "pat_env");
    command.env("COZE_API_BASE", server.base_url());
    let status = printed(&command.output().unwrap());
    assert!(status.starts_with("COZE_API_TOKEN acts as"), "{status}");
    assert!(printed(&mocked(&["auth", "status"])).starts_with("The mock acts as"));
    failed(&mocked(&["auth", "login"]), 2);
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
    let told = tokio::task::spawn_blocking(move || {
        lines.find(|line| line.contains("http")).unwrap_or_default()
    });
    meanwhile(told.await.unwrap()).await;
    let output = tokio::task::spawn_blocking(|| login.wait_with_output());
    assert!(printed(&output.await.unwrap().unwrap()).contains("`app` acts as"));
    let call = coze(home.path()).args(["call", "users.me", "--profile", "app"]).output();
    assert!(value(&call.unwrap())["data"]["user_id"].is_string());
    let status = coze(home.path()).args(["auth", "status", "--profile", "app"]).output();
    assert!(printed(&status.unwrap()).starts_with("* app ("));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_renewed() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("coze_oauth_config.json");
    let config = server.oauth_config(coze_mock::state::JWT_APP).unwrap();
    std::fs::write(&file, config.to_string()).unwrap();
    let login = ["auth", "login", "--app", file.to_str().unwrap()];
    printed(&against(&server, home.path(), &login, ""));
    let call = || printed(&against(&server, home.path(), &["call", "users.me"], ""));
    let asked = || server.requests_to("oauth.token").len();
    call();
    let before = asked();
    call();
    assert_eq!(asked(), before, "the token is kept");
    let path = file_ending(home.path(), ".tokens.json");
    let mut kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    kept["expires_at"] = json!(1);
    std::fs::write(&path, kept.to_string()).unwrap();
    call();
    assert_eq!(asked(), before + 1);
    let renewed: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_ne!(renewed["access_token"], kept["access_token"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    printed(&against(&server, home.path(), &["auth", "logout"], ""));
    let left = std::fs::read_dir(home.path()).unwrap().flatten().map(|entry| entry.path());
    let left: Vec<_> = left.filter(|path| path.extension().is_none_or(|it| it != "lock")).collect();
    assert_eq!(left, [file], "only the file of the app is left");
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
    printed(&against(&server, home.path(), &["auth", "login"], "pat_kept\n"));
    let flag = ["call", "users.me", "--base-url", &elsewhere.base_url()];
    for output in [
        against(&elsewhere, home.path(), &["call", "users.me"], ""),
        against(&elsewhere, home.path(), &["auth", "status"], ""),
        against(&server, home.path(), &flag, ""),
    ] {
        let told = failed(&output, 4);
        assert!(told.contains("issued for") && !told.contains("pat_kept"), "{told}");
    }
    assert_eq!(elsewhere.count(), 0);
    printed(&against(&server, home.path(), &["call", "users.me"], ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_sends_no_credentials_over_an_open_line() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["auth", "login"]).env("COZE_API_BASE", "http://192.0.2.1");
    assert!(failed(&fed(command, "pat_kept\n"), 2).contains("COZE_API_BASE"));
    assert!(std::fs::read_dir(home.path()).unwrap().next().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_belongs_to_one_server() {
    let (server, elsewhere) =
        (MockServer::start().await.unwrap(), MockServer::start().await.unwrap());
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("coze_oauth_config.json");
    let config = server.oauth_config(coze_mock::state::JWT_APP).unwrap();
    std::fs::write(&file, config.to_string()).unwrap();
    let login = ["auth", "login", "--app", file.to_str().unwrap()];
    assert!(failed(&against(&elsewhere, home.path(), &login, ""), 2).contains("belongs to"));
    assert_eq!(elsewhere.count(), 0);
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
