//! A token that the user enters in the page.

use coze_mock::MockServer;

use super::*;

const TOKEN: &str = "pat_entered_by_the_user";

/// A playground on its own mock, its folder, and the API of the account.
struct Setting {
    playground: Playground,
    server: MockServer,
    folder: TempDir,
}

impl Setting {
    async fn start() -> Self {
        let (folder, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let playground = Playground::spawn(coze(folder.path()).arg("playground"), home);
        Self { playground, server: MockServer::start().await.unwrap(), folder }
    }

    /// Enters a token, and returns the status and the body of the response.
    async fn enter(&self, account: &Value) -> (StatusCode, String) {
        let request = self.playground.request(Method::POST, "/api/token");
        let response = request.body(account.to_string()).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }

    fn account(&self, profile: Option<&str>) -> Value {
        json!({"token": TOKEN, "base_url": self.server.base_url(), "profile": profile})
    }

    /// Returns the content of all files in the folder.
    fn files(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).unwrap().flatten();
        let files = files.filter(|file| file.path().is_file());
        files.map(|file| std::fs::read_to_string(file.path()).unwrap()).collect()
    }
}

#[tokio::test]
async fn an_entered_token_is_used_and_forgotten_and_never_returned() {
    let setting = Setting::start().await;
    let (status, body) = setting.enter(&setting.account(None)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let state: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(state["base_url"], setting.server.base_url());
    assert_eq!((&state["entered"], &state["profile"]), (&json!(true), &Value::Null));
    let call = json!({"id": "users.me", "values": {}});
    let lines = setting.playground.lines(&call, None).await;
    let sent = setting.server.requests().last().unwrap().header("authorization").to_owned();
    assert_eq!(sent, format!("Bearer {TOKEN}"));
    let samples = setting.playground.request(Method::POST, "/api/samples");
    let samples = samples.body(call.to_string()).send().await.unwrap().text().await.unwrap();
    let exports = setting.playground.request(Method::POST, "/api/exports");
    let exports = exports.body(call.to_string()).send().await.unwrap().text().await.unwrap();
    assert!(exports.contains(&format!("--base-url {}", setting.server.base_url())), "{exports}");
    let lines = json!(lines).to_string();
    for text in [body, lines, samples, exports, setting.files()] {
        assert!(!text.contains(TOKEN), "{text}");
    }

    // It stays while the mock is in use.
    let select = async |target: Value| {
        let request = setting.playground.request(Method::PUT, "/api/target");
        request.body(target.to_string()).send().await.unwrap().status()
    };
    assert_eq!(select(json!("mock")).await, StatusCode::OK);
    assert_eq!(
        setting.playground.json("/api/state").await["entered_url"],
        setting.server.base_url()
    );
    assert_eq!(select(json!("entered")).await, StatusCode::OK);
    let forgotten = setting.playground.request(Method::DELETE, "/api/token").send().await.unwrap();
    assert_eq!(forgotten.status(), StatusCode::OK);
    let state = setting.playground.json("/api/state").await;
    assert_eq!((&state["backend"], &state["entered_url"]), (&json!("mock"), &Value::Null));
    assert_eq!(select(json!("entered")).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_entered_token_becomes_a_profile_once() {
    let setting = Setting::start().await;
    let (status, body) = setting.enter(&setting.account(Some(" work "))).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["profile"], "work");
    let listed = coze(setting.folder.path()).args(["auth", "list"]).output().unwrap();
    let listed = crate::common::assert_success(&listed);
    assert!(listed.starts_with("* work (token) at http"), "{listed}");
    let saved = setting.files();
    assert!(saved.contains(TOKEN), "{saved}");
    let mut other = setting.account(Some("work"));
    other["token"] = json!("pat_other");
    let (status, body) = setting.enter(&other).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("there is a profile `work` already"), "{body}");
    assert_eq!(setting.files(), saved, "a profile is never replaced");
}

#[tokio::test]
async fn a_token_is_rejected_without_being_quoted() {
    let setting = Setting::start().await;
    let rejects = async |account: Value, reason: &str| {
        let (status, body) = setting.enter(&account).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(body.contains(reason), "{body}");
        assert!(!body.contains(TOKEN), "{body}");
        assert_eq!(setting.playground.json("/api/state").await["backend"], "mock");
        assert_eq!(setting.files(), "");
    };
    let base_url = &setting.server.base_url();
    let account = |token: &str, base_url: &str| json!({"token": token, "base_url": base_url});
    rejects(account(TOKEN, "http://api.example.com"), "unencrypted").await;
    rejects(account(TOKEN, ""), "the address of its API").await;
    rejects(account("  ", base_url), "enter a token").await;
    rejects(account(&format!("{TOKEN}\u{7}"), base_url), "token").await;
    rejects(json!({"token": [TOKEN], "base_url": base_url}), "not a valid login").await;
    let mut account = setting.account(Some("../outside"));
    rejects(account.clone(), "profile names").await;
    assert!(setting.server.requests().is_empty(), "an invalid login is not sent");
    account["profile"] = json!("work");
    setting.server.fault("expired-token".parse().unwrap());
    rejects(account, "4100").await;
}

#[tokio::test]
async fn a_token_is_taken_from_the_page_only() {
    let setting = Setting::start().await;
    let send = async |request: RequestBuilder| {
        request.body(setting.account(None).to_string()).send().await.unwrap().status()
    };
    let without_key = setting.playground.request_without_key(Method::POST, "/api/token");
    assert_eq!(send(without_key).await, StatusCode::UNAUTHORIZED);
    let foreign = setting.playground.request(Method::POST, "/api/token");
    let foreign = foreign.header("origin", "https://example.com");
    assert_eq!(send(foreign).await, StatusCode::FORBIDDEN);
    assert!(setting.server.requests().is_empty());
}
