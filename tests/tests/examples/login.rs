//! The widget's example: an application with a login, run as a program.

use coze_mock::state::BOT;
use coze_tests::mock;
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};

use crate::EXAMPLES;

const TOKEN: &str = "pat_secret";

/// A browser that visits the application.
struct Visitor<'a> {
    url: &'a str,
    cookie: String,
}

impl Visitor<'_> {
    /// Opens the page of the application.
    async fn page(&self) -> String {
        let request = mock::http().get(self.url).header(header::COOKIE, &self.cookie);
        text(request.send().await.expect("a response")).await
    }

    /// Submits a form.
    async fn submit(&mut self, path: &str, body: &'static str) {
        let request = mock::http().post(format!("{}{path}", self.url)).body(body);
        let request = request
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.send().await.expect("a response");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let cookie = response.headers()[header::SET_COOKIE].to_str().expect("text");
        assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
        let (pair, _) = cookie.split_once(';').expect("attributes");
        pair.clone_into(&mut self.cookie);
    }

    /// Makes a call as the script of the widget does.
    async fn call(&self, path: &str, body: &Value) -> (StatusCode, String) {
        let request = mock::http().post(format!("{}widget{path}", self.url));
        let request = request
            .header(header::COOKIE, &self.cookie)
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-coze-widget", "1");
        let response = request.body(body.to_string()).send().await.expect("a response");
        (response.status(), text(response).await)
    }

    /// Asks the bot in a conversation.
    async fn ask(&self, conversation: &str) -> (StatusCode, String) {
        let message = json!({"role": "user", "content_type": "text", "content": "Hello!"});
        let body = json!({"bot_id": BOT, "stream": true, "additional_messages": [message]});
        self.call(&format!("/v3/chat?conversation_id={conversation}"), &body).await
    }
}

/// Returns the body, in which no token may be.
async fn text(response: Response) -> String {
    let text = response.text().await.expect("text");
    assert!(!text.contains(TOKEN), "{text}");
    text
}

#[tokio::test]
async fn users_log_in_and_have_conversations_of_their_own() {
    let server = mock::strict().await;
    let base_url = server.base_url();
    let variables = [
        ("COZE_API_TOKEN", TOKEN),
        ("COZE_API_BASE", &*base_url),
        ("COZE_BOT_ID", BOT),
        ("PORT", "0"),
    ];
    let (_application, url) = EXAMPLES.serve("login", &variables).await;
    let [mut stranger, mut ann, mut mo] =
        [(); 3].map(|()| Visitor { url: &url, cookie: String::new() });
    let page = stranger.page().await;
    assert!(page.contains("action=/login") && !page.contains("<script"), "{page}");
    let create = json!({"bot_id": BOT});
    let (status, reply) = stranger.call("/v1/conversation/create", &create).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{reply}");

    ann.submit("login", "name=Ann+%3Cb%3E").await;
    let page = ann.page().await;
    assert!(page.contains("Hello, Ann &#60;b&#62;."), "{page}");
    assert!(page.contains("<script src=/widget/index.js>") && page.contains(BOT), "{page}");
    let script = mock::http().get(format!("{url}widget/index.js")).send().await;
    assert!(text(script.expect("a response")).await.contains("WebChatClient"));
    let (_, created) = ann.call("/v1/conversation/create", &create).await;
    let created: Value = serde_json::from_str(&created).expect("JSON");
    let conversation = created["data"]["id"].as_str().expect("an id");
    let (status, answer) = ann.ask(conversation).await;
    assert!(status == StatusCode::OK && answer.contains("You said: Hello!"), "{answer}");

    mo.submit("login", "name=Mo").await;
    let (status, reply) = mo.ask(conversation).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{reply}");

    // The platform sees the token of the application, and no names.
    let requests = server.requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        let body = String::from_utf8_lossy(&request.body);
        assert!(!body.contains("Ann"), "{body}");
    }

    // Without the session, the user is logged out.
    let mut former = Visitor { url: &url, cookie: ann.cookie.clone() };
    ann.submit("logout", "").await;
    assert!(ann.page().await.contains("action=/login"));
    let (status, reply) = former.ask(conversation).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{reply}");
    former.submit("login", "name=Ann+%3Cb%3E").await;
    let (status, answer) = former.ask(conversation).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    stranger.submit("login", "name=Ann").await;
    let (status, reply) = stranger.ask(conversation).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{reply}");
}
