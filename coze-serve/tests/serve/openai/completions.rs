//! Chat completions: the exact wire, and what the mock receives.

use coze_mock::state::{BOT, CHATFLOW};
use coze_mock::{MockServer, Script};
use coze_serve::openai::{Endpoint, Model};
use serde_json::{Value, json};

use crate::support::{Answer, Served, client, endpoint, get, post, send};

/// A mock, and the endpoint in front of it.
async fn start() -> (MockServer, Served) {
    let mock = MockServer::start().await.unwrap();
    let served = Served::start(endpoint(&mock).router()).await;
    (mock, served)
}

fn completions(served: &Served) -> String {
    format!("{}/v1/chat/completions", served.url)
}

fn ask(text: &str) -> Value {
    json!({"model": "bot", "messages": [{"role": "user", "content": text}]})
}

/// Returns a request with further members.
fn with(mut request: Value, members: &Value) -> Value {
    request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    request
}

/// Returns the body of the last request that started a chat.
fn sent(mock: &MockServer) -> Value {
    mock.requests_to("chat.create").last().unwrap().json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completion_has_the_exact_wire() {
    let (mock, served) = start().await;
    let answer = send(&completions(&served), &ask("[think Hm.] [suggest More?] Hello")).await;
    assert_eq!(answer.status, 200);
    let mut completion = answer.json();
    let (chat_id, conversation_id) =
        (answer.header("x-coze-chat-id"), answer.header("x-coze-conversation-id"));
    assert!(!chat_id.is_empty() && !conversation_id.is_empty());
    assert!(!answer.header("x-request-id").is_empty());
    assert!(completion["created"].take().as_i64().unwrap() > 1_700_000_000);
    let usage = completion["usage"].clone();
    let sum =
        usage["prompt_tokens"].as_i64().unwrap() + usage["completion_tokens"].as_i64().unwrap();
    assert_eq!(usage["total_tokens"], sum);
    let expected = json!({
        "id": format!("chatcmpl-{chat_id}"),
        "object": "chat.completion",
        "created": null,
        "model": "bot",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "You said: Hello.",
                "refusal": null,
                "reasoning_content": "Hm.",
            },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": usage,
        "coze": {
            "conversation_id": conversation_id,
            "chat_id": chat_id,
            "follow_ups": ["More?"],
        },
    });
    assert_eq!(completion, expected);
    assert_eq!(sent(&mock)["user_id"], "openai");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_has_the_exact_wire() {
    let (_mock, served) = start().await;
    let options = json!({"stream": true, "stream_options": {"include_usage": true}});
    let request = with(ask("[think Hm.] [answer One two] [answer Three]"), &options);
    let answer = send(&completions(&served), &request).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let mut events = answer.events();
    assert_eq!(events.pop().unwrap(), "[DONE]");
    let mut chunks: Vec<Value> =
        events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let usage = chunks.pop().unwrap();
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["total_tokens"].as_i64().unwrap() > 0);
    for chunk in &chunks {
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(chunk["model"], "bot");
        assert_eq!(chunk["id"], format!("chatcmpl-{}", answer.header("x-coze-chat-id")));
        assert_eq!(chunk.get("usage"), Some(&Value::Null));
    }
    let last = chunks.last().unwrap();
    assert_eq!(last["coze"]["conversation_id"], answer.header("x-coze-conversation-id"));
    let choices: Vec<Value> = chunks.iter().map(|chunk| chunk["choices"][0].clone()).collect();
    let choice = |delta: Value, finish: Option<&str>| json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
    let expected = [
        choice(json!({"role": "assistant", "content": "", "refusal": null}), None),
        choice(json!({"reasoning_content": "Hm."}), None),
        choice(json!({"content": "One "}), None),
        choice(json!({"content": "two"}), None),
        choice(json!({"content": "\nThree"}), None),
        choice(json!({}), Some("stop")),
    ];
    assert_eq!(choices, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_with_its_header() {
    let (mock, served) = start().await;
    let first = send(&completions(&served), &ask("One")).await;
    let messages = json!({"messages": [
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "You said: One."},
        {"role": "user", "content": "Two"},
    ]});
    let request = with(ask(""), &messages);
    let id = first.header("x-coze-conversation-id");
    let request = post(&completions(&served), &request).header("x-coze-conversation-id", id);
    let second = Answer::of(request.send().await.unwrap()).await;
    assert_eq!(second.header("x-coze-conversation-id"), id);
    let content = &second.json()["choices"][0]["message"]["content"];
    assert_eq!(content, "You said: Two. This is turn 2 of our conversation.");
    assert_eq!(sent(&mock)["additional_messages"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_header_all_messages_are_the_context() {
    let (mock, served) = start().await;
    let messages = json!({
        "messages": [
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "One"},
            {"role": "assistant", "content": "You said: One."},
            {"role": "user", "content": [{"type": "text", "text": "Two"}]},
        ],
        "user": "ann",
        "metadata": {"ticket": "7"},
        "temperature": 0.3,
    });
    assert_eq!(send(&completions(&served), &with(ask(""), &messages)).await.status, 200);
    let message = |role: &str, kind: &str, content: &str| json!({"role": role, "type": kind, "content": content, "content_type": "text"});
    let expected = json!({
        "bot_id": BOT,
        "user_id": "ann",
        "stream": true,
        "meta_data": {"ticket": "7"},
        "additional_messages": [
            message("user", "question", "Be brief."),
            message("user", "question", "One"),
            message("assistant", "answer", "You said: One."),
            message("user", "question", "Two"),
        ],
    });
    assert_eq!(sent(&mock), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_uploaded() {
    let (mock, served) = start().await;
    let content = json!([
        {"type": "text", "text": "Look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]);
    let request = with(ask(""), &json!({"messages": [{"role": "user", "content": content}]}));
    let answer = send(&completions(&served), &request).await;
    let text = "You said: Look. With it came the image image.png (8 bytes) and the image \
                https://example.com/a.png.";
    assert_eq!(answer.json()["choices"][0]["message"]["content"], text, "{}", answer.text);
    assert_eq!(mock.requests_to("files.upload").len(), 1);
}

/// Answers a question about the weather with the tool of the bot's local plugin.
async fn weather(mock: &MockServer, served: &Served, stream: bool) -> Value {
    let question = json!({"role": "user", "content": "What is the weather in Kunming?"});
    let request = json!({"model": "bot", "messages": [question], "stream": stream});
    let answer = send(&completions(served), &request).await;
    let (choice, member) = if stream {
        let events = answer.events();
        let last: Value = serde_json::from_str(&events[events.len() - 2]).unwrap();
        (last["choices"][0].clone(), "delta")
    } else {
        (answer.json()["choices"][0].clone(), "message")
    };
    assert_eq!(choice["finish_reason"], "tool_calls");
    let call = &choice[member]["tool_calls"][0];
    assert_eq!(
        call["function"],
        json!({"name": "get_weather", "arguments": r#"{"city":"Kunming"}"#})
    );
    assert_eq!(call["type"], "function");
    assert_eq!(call.get("index"), stream.then_some(&json!(0)));
    let messages = json!([
        question,
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call["id"], "content": "22 °C"},
    ]);
    let request = json!({"model": "bot", "messages": messages});
    let done = send(&completions(served), &request).await;
    assert_eq!(done.header("x-coze-conversation-id"), answer.header("x-coze-conversation-id"));
    assert_eq!(mock.requests_to("chat.submit_tool_outputs").last().unwrap().status, Some(200));
    done.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_the_bot_are_run_by_the_client() {
    let (mock, served) = start().await;
    for stream in [false, true] {
        let answer = weather(&mock, &served, stream).await;
        let choice = &answer["choices"][0];
        assert_eq!(choice["message"]["content"], "The tool get_weather says: 22 °C.");
        assert_eq!(choice["finish_reason"], "stop");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chatflow_is_a_model() {
    let mock = MockServer::builder().script("where", Script::new().ask("Which city?"));
    let mock = mock.start().await.unwrap();
    let model = Model::chatflow_of_bot(CHATFLOW, BOT).system_variable("style");
    let endpoint = Endpoint::new(client(&mock)).model("flow", model);
    let served = Served::start(endpoint.router()).await;
    let request = json!({"model": "flow", "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Where?"},
    ]});
    let asked = send(&completions(&served), &request).await;
    let choice = &asked.json()["choices"][0];
    assert_eq!(choice["message"]["content"], "Which city?", "{}", asked.text);
    assert_eq!(choice["finish_reason"], "stop");
    let received = mock.requests_to("workflows.chat.stream")[0].json();
    assert_eq!(received["parameters"], json!({"style": "Be brief."}));
    assert_eq!((&received["workflow_id"], &received["bot_id"]), (&json!(CHATFLOW), &json!(BOT)));
    let request = json!({"model": "flow", "messages": [{"role": "user", "content": "Kunming"}]});
    let id = asked.header("x-coze-conversation-id");
    let request = post(&completions(&served), &request).header("x-coze-conversation-id", id);
    let answer = Answer::of(request.send().await.unwrap()).await.json();
    let expected = "I asked: Which city? You answered: Kunming.";
    assert_eq!(answer["choices"][0]["message"]["content"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_listed() {
    let mock = MockServer::start().await.unwrap();
    let endpoint = endpoint(&mock).model("team/bot", Model::bot("2")).model("bot", Model::bot(BOT));
    let served = Served::start(endpoint.router()).await;
    let model =
        |name: &str| json!({"id": name, "object": "model", "created": 0, "owned_by": "coze"});
    let list = get(&format!("{}/v1/models", served.url)).await.json();
    assert_eq!(list, json!({"object": "list", "data": [model("team/bot"), model("bot")]}));
    let one = get(&format!("{}/v1/models/team/bot", served.url)).await;
    assert_eq!(one.json(), model("team/bot"));
    assert_eq!(get(&format!("{}/v1/models/other", served.url)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_can_mount_the_endpoint_and_name_the_user() {
    let mock = MockServer::start().await.unwrap();
    let endpoint = endpoint(&mock)
        .user_id_from(|request| Some(request.headers.get("x-account")?.to_str().ok()?.to_owned()));
    let router = axum::Router::new().nest("/ai", endpoint.default_user_id("guest").router());
    let served = Served::start(router).await;
    let url = format!("{}/ai/v1/chat/completions", served.url);
    let request = with(ask("Hello"), &json!({"user": "someone else"}));
    assert_eq!(send(&url, &request).await.status, 200);
    assert_eq!(sent(&mock)["user_id"], "guest");
    assert!(
        post(&url, &request).header("x-account", "ann").send().await.unwrap().status().is_success()
    );
    assert_eq!(sent(&mock)["user_id"], "ann");
}
