//! `Client::from_env()` in separate processes, because all threads of a process share its
//! environment.

use std::process::{Command, Output};

use coze_tests::server::{Reply, Server};
use serde_json::json;

/// Runs a program that calls only `from_env`, with these environment variables and no others of the
/// SDK.
async fn run(variables: &[(&str, &str)]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_from-env"));
    command.env_remove("COZE_API_TOKEN").env_remove("COZE_API_BASE");
    command.envs(variables.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output());
    let Output { status, stdout, stderr } = output.await.expect("no panic").expect("a program");
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    (status.success(), String::from_utf8(stdout).expect("UTF-8").trim_end().to_owned())
}

#[tokio::test]
async fn a_token_and_a_base_url_configure_a_client() {
    let server = Server::replies(vec![Reply::data(&json!({"user_id": "42"}))]).await;
    let base = format!("{}/prefix/", server.base_url());
    let (good, said) = run(&[("COZE_API_TOKEN", "pat_env"), ("COZE_API_BASE", &base)]).await;
    assert_eq!((good, said), (true, format!("{}/prefix 42", server.base_url())));
    let request = server.request();
    assert_eq!(
        (&*request.target, request.header("authorization")),
        ("/prefix/v1/users/me", "Bearer pat_env")
    );
}

#[tokio::test]
async fn without_a_base_url_the_default_is_used() {
    for variables in [
        &[("COZE_API_TOKEN", "pat_env")][..],
        &[("COZE_API_TOKEN", "pat_env"), ("COZE_API_BASE", "")],
    ] {
        assert_eq!(run(variables).await, (true, "https://api.coze.cn".to_owned()));
    }
    let com = [("COZE_API_TOKEN", "pat_env"), ("COZE_API_BASE", "https://api.coze.com")];
    assert_eq!(run(&com).await, (true, "https://api.coze.com".to_owned()));
}

#[tokio::test]
async fn errors_name_the_missing_or_invalid_variable() {
    let missing = "the environment variable COZE_API_TOKEN is not set; it holds the token";
    for variables in
        [&[][..], &[("COZE_API_TOKEN", "")], &[("COZE_API_BASE", "https://api.coze.com")]]
    {
        assert_eq!(run(variables).await, (false, missing.to_owned()));
    }
    let (good, said) = run(&[("COZE_API_TOKEN", "pat_s3cret\nX")]).await;
    assert!(!good && said.contains("token") && !said.contains("s3cret"), "{said}");
    let (good, said) = run(&[("COZE_API_TOKEN", "pat_env"), ("COZE_API_BASE", "nonsense")]).await;
    assert!(!good && said.contains("base URL"), "{said}");
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_for_other_hosts() {
    let server = Server::replies(vec![Reply::data(&json!({"user_id": "42"}))]).await;
    // Nobody listens there.
    let proxies = ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"]
        .map(|name| (name, "http://127.0.0.1:1"));
    let mut variables = vec![("COZE_API_TOKEN", "pat_env")];
    let base = server.base_url();
    variables.push(("COZE_API_BASE", &base));
    variables.extend(proxies);
    assert_eq!(run(&variables).await, (true, format!("{base} 42")));
    assert_eq!(server.lines(), ["GET /v1/users/me"]);
}
