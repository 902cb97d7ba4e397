//! Errors: their status, their form, and what clients may do about them.

use coze_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{Answer, Served, endpoint, get, post, send};

async fn start(fault: &str) -> (MockServer, Served) {
    let mut mock = MockServer::builder();
    if !fault.is_empty() {
        mock = mock.fault(fault.parse().unwrap());
    }
    let mock = mock.start().await.unwrap();
    let served = Served::start(endpoint(&mock).router()).await;
    (mock, served)
}

fn ask(text: &str, stream: bool) -> Value {
    let messages = json!([{"role": "user", "content": text}]);
    json!({"model": "bot", "messages": messages, "stream": stream})
}

async fn completion(served: &Served, request: &Value) -> Answer {
    send(&format!("{}/v1/chat/completions", served.url), request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_the_platform_have_their_status() {
    for (fault, status, code, retry) in [
        ("expired-token", 502, json!("coze_authentication"), "false"),
        ("code=4101", 403, json!("permission_denied"), "false"),
        ("status=429;retry-after=7", 429, json!("rate_limit_exceeded"), "true"),
        ("code=4016", 409, json!("conflict"), "true"),
        ("code=4200", 404, json!("not_found"), "false"),
        ("code=4000", 400, Value::Null, "false"),
        ("status=500", 502, Value::Null, "true"),
        ("html", 502, Value::Null, "true"),
        ("reset", 502, Value::Null, "true"),
    ] {
        let (_mock, served) = start(fault).await;
        for stream in [false, true] {
            let answer = completion(&served, &ask("Hello", stream)).await;
            let text = format!("{fault}: {}", answer.text);
            assert_eq!(answer.status, status, "{text}");
            let error = &answer.json()["error"];
            assert_eq!(error["code"], code, "{text}");
            assert_eq!(answer.header("x-should-retry"), retry, "{text}");
            assert!(!answer.text.contains("pat_of_the_server"), "{text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_tells_when_to_come_back() {
    let (_mock, served) = start("status=429;retry-after=7").await;
    let answer = completion(&served, &ask("Hello", false)).await;
    assert_eq!(answer.header("retry-after"), "7");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_has_the_exact_form() {
    let (_mock, served) = start("code=4016").await;
    let mut answer = completion(&served, &ask("Hello", false)).await.json();
    let error = answer["error"].as_object_mut().unwrap();
    let message = error.remove("message").unwrap();
    assert!(message.as_str().unwrap().contains("4016"), "{message}");
    assert!(error.remove("log_id").is_some_and(|id| id.is_string()));
    let expected = json!({
        "type": "invalid_request_error", "param": null, "code": "conflict", "coze_code": 4016,
    });
    assert_eq!(answer["error"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_checked_before_a_chat_begins() {
    let (mock, served) = start("").await;
    for (request, status, code, param) in [
        (json!({"model": "gpt", "messages": []}), 404, json!("model_not_found"), json!("model")),
        (json!({"model": "bot", "messages": []}), 400, Value::Null, json!("messages")),
        (json!({"model": "bot"}), 400, Value::Null, Value::Null),
        (json!({"model": 7, "messages": []}), 400, Value::Null, json!("model")),
        (json!({"model": "bot", "messages": [], "n": 2}), 400, Value::Null, json!("n")),
        (json!([]), 400, Value::Null, Value::Null),
    ] {
        let answer = completion(&served, &request).await;
        let error = &answer.json()["error"];
        assert_eq!(answer.status, status, "{request}: {error}");
        assert_eq!((&error["code"], &error["param"]), (&code, &param), "{request}: {error}");
    }
    assert_eq!(mock.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_chat_is_an_error() {
    let (_mock, served) = start("").await;
    let answer = completion(&served, &ask("[fail 5000 Out of order]", false)).await;
    assert_eq!(answer.status, 502, "{}", answer.text);
    assert_eq!(answer.json()["error"]["coze_code"], 5000);
    // The status of a stream is sent before.
    let answer = completion(&served, &ask("[answer Well] [fail 5000 Out of order]", true)).await;
    assert_eq!(answer.status, 200);
    let events = answer.events();
    let last: Value = serde_json::from_str(events.last().unwrap()).unwrap();
    assert_eq!(last["error"]["coze_code"], 5000, "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_stream_ends_with_an_error() {
    for fault in ["truncate=2500", "reset=2500"] {
        let (mock, served) = start(&format!("{fault};operation=chat.create")).await;
        let answer = completion(&served, &ask("Tell me a story about a long way.", true)).await;
        let events = answer.events();
        assert!(events.len() > 2, "{}", answer.text);
        assert!(!events.iter().any(|event| event == "[DONE]"), "{}", answer.text);
        let last: Value = serde_json::from_str(events.last().unwrap()).unwrap();
        assert_eq!(last["error"]["type"], "server_error", "{last}");
        // The chat may go on, so the endpoint tries to cancel it.
        for _ in 0..400 {
            if !mock.requests_to("chat.cancel").is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        assert_eq!(mock.requests_to("chat.cancel").len(), 1);
        let answer = completion(&served, &ask("Tell me a story about a long way.", false)).await;
        assert_eq!(answer.status, 502, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_required_when_there_are_some() {
    let mock = MockServer::start().await.unwrap();
    let router = endpoint(&mock).api_key("key-1").api_key("key-2").router();
    let served = Served::start(router).await;
    let url = format!("{}/v1/chat/completions", served.url);
    for key in [None, Some("key-3"), Some("")] {
        let mut request = post(&url, &ask("Hello", false));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert_eq!(answer.json()["error"]["code"], "invalid_api_key");
    }
    assert_eq!(mock.count(), 0);
    for key in ["key-1", "key-2"] {
        let request = post(&url, &ask("Hello", false)).bearer_auth(key);
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    // The key of the endpoint is not sent to the platform.
    for request in mock.requests() {
        assert_eq!(request.header("authorization"), "Bearer pat_of_the_server");
    }
    assert_eq!(get(&format!("{}/v1/models", served.url)).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn web_pages_of_other_sites_are_refused() {
    let (mock, served) = start("").await;
    let url = format!("{}/v1/chat/completions", served.url);
    for (name, value) in [("origin", "https://attacker.example"), ("host", "attacker.example")] {
        let request = post(&url, &ask("Hello", false)).header(name, value);
        let answer = Answer::of(request.send().await.unwrap()).await;
        assert_eq!(
            (answer.status, answer.json()["error"]["code"].as_str()),
            (403, Some("forbidden"))
        );
    }
    assert_eq!(mock.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_have_the_form_too() {
    let mock = MockServer::start().await.unwrap();
    let router = endpoint(&mock).router().fallback(coze_serve::openai::not_found);
    let served = Served::start(router).await;
    let answer = send(&format!("{}/v1/embeddings", served.url), &json!({})).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.json()["error"]["code"], "unknown_url");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_methods_of_a_path_have_the_form_too() {
    let mock = MockServer::start().await.unwrap();
    let served = Served::start(endpoint(&mock).router()).await;
    let asked = get(&format!("{}/v1/chat/completions", served.url)).await;
    let listed = send(&format!("{}/v1/models", served.url), &json!({})).await;
    let retrieved = send(&format!("{}/v1/models/bot", served.url), &json!({})).await;
    for (answer, method, allowed) in
        [(asked, "GET", "POST"), (listed, "POST", "GET,HEAD"), (retrieved, "POST", "GET,HEAD")]
    {
        assert_eq!((answer.status, answer.header("allow")), (405, allowed), "{}", answer.text);
        let error = &answer.json()["error"];
        assert_eq!(error["type"], "invalid_request_error", "{error}");
        assert_eq!(error["code"], "method_not_supported", "{error}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("/v1/") && message.contains(method), "{error}");
    }
    // A request without access is not told which methods there are.
    let closed = Served::start(endpoint(&mock).api_key("key-1").router()).await;
    assert_eq!(get(&format!("{}/v1/chat/completions", closed.url)).await.status, 401);
    assert_eq!(mock.count(), 0);
}
