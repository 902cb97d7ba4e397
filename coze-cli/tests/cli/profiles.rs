//! Tests of choosing a profile.

use std::path::Path;
use std::process::Output;

use coze_mock::{MockServer, Platform};
use serde_json::json;

use crate::common::{
    against, assert_failure, assert_success, coze, output_with_input, text, value,
};

/// Runs the program without a base URL in the environment.
fn alone(home: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    coze(home).args(args).envs(variables.iter().copied()).output().unwrap()
}

/// Returns the token of the last request.
fn token(server: &MockServer) -> String {
    server.requests().last().unwrap().header("authorization").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_profile_is_the_current_one() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let login = |name: &str| {
        let args = ["auth", "login", "--profile", name];
        assert_success(&against(&server, home, &args, &format!("pat_{name}\n")))
    };
    assert!(!login("work").contains("auth switch"), "it is used by default");
    assert_success(&alone(home, &[], &["call", "users.me"]));
    assert_eq!(token(&server), "Bearer pat_work");
    assert!(login("home").contains("coze auth switch home"));
    assert_success(&alone(home, &[], &["call", "users.me"]));
    assert_eq!(token(&server), "Bearer pat_work");

    let switched = assert_success(&alone(home, &[], &["auth", "switch", "home"]));
    assert!(switched.contains("`home` is the current profile"), "{switched}");
    assert_success(&alone(home, &[], &["call", "users.me"]));
    assert_eq!(token(&server), "Bearer pat_home");
    let listed = assert_success(&alone(home, &[], &["auth", "list"]));
    let lines: Vec<&str> = listed.lines().collect();
    assert!(lines[0].starts_with("* home (token) at http"), "{listed}");
    assert!(lines[1].starts_with("  work (token) at http"), "{listed}");
    let listed = value(&alone(home, &[], &["auth", "list", "--output", "json"]));
    assert_eq!(listed[0]["current"], json!(true));
    assert_eq!(listed[1]["platform"], json!("cloud"));

    // After the current profile is deleted, the only other one is used.
    assert_success(&alone(home, &[], &["auth", "logout"]));
    assert_success(&alone(home, &[], &["call", "users.me"]));
    assert_eq!(token(&server), "Bearer pat_work");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_option_wins_over_a_variable_and_that_over_the_token() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for name in ["one", "two", "three"] {
        let args = ["auth", "login", "--profile", name];
        assert_success(&against(&server, home, &args, &format!("pat_{name}\n")));
    }
    let base = server.base_url();
    let call = |variables: &[(&str, &str)], args: &[&str]| {
        let args = [&["call", "users.me"], args].concat();
        assert_success(&alone(home, variables, &args));
        token(&server)
    };
    let [profile, environment] = [("COZE_PROFILE", "two"), ("COZE_API_TOKEN", "pat_env")];
    let base = ("COZE_API_BASE", base.as_str());
    assert_eq!(call(&[], &[]), "Bearer pat_one");
    assert_eq!(call(&[environment, base], &[]), "Bearer pat_env");
    assert_eq!(call(&[environment, base, profile], &[]), "Bearer pat_two");
    assert_eq!(call(&[profile], &["--profile", "three"]), "Bearer pat_three");
    // The mock ignores the variable.
    assert_success(&alone(home, &[profile], &["call", "users.me", "--mock"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_profile_is_named_with_the_known_ones() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    for name in ["work", "home"] {
        let args = ["auth", "login", "--profile", name];
        assert_success(&against(&server, home.path(), &args, "pat_test\n"));
    }
    for args in [&["auth", "switch", "wrok"][..], &["call", "users.me", "--profile", "wrok"]] {
        let stderr = assert_failure(&alone(home.path(), &[], args), 4);
        for part in ["no profile `wrok`", "`home`, `work`", "--profile wrok"] {
            assert!(stderr.contains(part), "{part}: {stderr}");
        }
    }
    let empty = tempfile::tempdir().unwrap();
    let listed = assert_success(&alone(empty.path(), &[], &["auth", "list"]));
    assert!(listed.contains("no profiles"), "{listed}");
    assert_eq!(value(&alone(empty.path(), &[], &["auth", "list", "--output", "json"])), json!([]));
}

/// A profile remembers its platform as well as its address.
#[tokio::test(flavor = "multi_thread")]
async fn a_profile_has_a_platform() {
    let server = MockServer::builder().platform(Platform::Studio).start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut login = coze(home.path());
    login.args(["auth", "login", "--platform", "studio", "--base-url", &server.base_url()]);
    let login = output_with_input(login, "pat_test\n");
    assert!(text(&login.stdout).contains("`default`"), "{}", text(&login.stderr));
    let listed = value(&alone(home.path(), &[], &["auth", "list", "--output", "json"]));
    assert_eq!(listed[0]["platform"], json!("studio"));
    // Without the platform, this list would stop before its first page.
    let args = ["call", "conversations.list", "--bot-id", crate::common::BOT, "--all"];
    let output = alone(home.path(), &[], &args);
    assert_success(&output);
    let found = assert_success(&alone(home.path(), &[], &["ops"])).lines().count();
    let all = assert_success(&alone(home.path(), &[], &["ops", "--platform", "cloud"]));
    assert!(found < all.lines().count(), "only the operations of the platform are listed");
}
