//! The Responses API: the exact wire, and what the mock receives.

use coze_mock::MockServer;
use coze_mock::state::{ASKING_WORKFLOW, BOT, WORKFLOW};
use coze_serve::openai::{Endpoint, Model};
use serde_json::{Value, json};

use crate::support::{Answer, Served, client, endpoint, post, send, wait_for};

/// A mock, and the endpoint in front of it.
async fn start() -> (MockServer, Served) {
    let mock = MockServer::start().await.unwrap();
    let served = Served::start(endpoint(&mock).router()).await;
    (mock, served)
}

fn responses(served: &Served) -> String {
    format!("{}/v1/responses", served.url)
}

fn ask(text: &str) -> Value {
    json!({"model": "bot", "input": text})
}

/// Returns the data of the events of a stream, whose names are their types.
fn events(answer: &Answer) -> Vec<Value> {
    let events = answer.text.split("\n\n").filter(|event| !event.is_empty());
    let read = |event: &str| {
        let (name, data) = event.split_once('\n').unwrap();
        let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(name.strip_prefix("event: ").unwrap(), data["type"]);
        data
    };
    events.map(read).collect()
}

/// Returns the text of a response.
fn text(response: &Value) -> String {
    let items = response["output"].as_array().unwrap().iter();
    let messages = items.filter(|item| item["type"] == "message");
    messages.map(|item| item["content"][0]["text"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_has_the_exact_wire() {
    let (mock, served) = start().await;
    let request = json!({
        "model": "bot",
        "input": "[think Hm.] [suggest More?] Hello",
        "instructions": "Be brief.",
        "metadata": {"ticket": "7"},
        "user": "ann",
        "temperature": 0.3,
    });
    let answer = send(&responses(&served), &request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let mut response = answer.json();
    let (chat_id, conversation_id) =
        (answer.header("x-coze-chat-id"), answer.header("x-coze-conversation-id"));
    assert!(!chat_id.is_empty() && !conversation_id.is_empty());
    assert!(response["created_at"].take().as_i64().unwrap() > 1_700_000_000);
    let usage = &response["usage"];
    let sum = usage["input_tokens"].as_i64().unwrap() + usage["output_tokens"].as_i64().unwrap();
    assert_eq!(usage["total_tokens"], sum);
    let expected = json!({
        "id": format!("resp_{conversation_id}_{chat_id}"),
        "object": "response",
        "created_at": null,
        "status": "completed",
        "error": null,
        "incomplete_details": null,
        "instructions": "Be brief.",
        "metadata": {"ticket": "7"},
        "model": "bot",
        "output": [
            {
                "id": format!("rs_{chat_id}_0"),
                "type": "reasoning",
                "status": "completed",
                "summary": [],
                "content": [{"type": "reasoning_text", "text": "Hm."}],
            },
            {
                "id": format!("msg_{chat_id}_1"),
                "type": "message",
                "status": "completed",
                "role": "assistant",
                "content": [{
                    "type": "output_text",
                    // The instructions are a message before.
                    "text": "You said: Hello. This is turn 2 of our conversation.",
                    "annotations": [],
                    "logprobs": [],
                }],
            },
        ],
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "conversation": {"id": conversation_id},
        "temperature": null,
        "tool_choice": "auto",
        "tools": [],
        "top_p": null,
        "usage": usage.clone(),
        "user": "ann",
        "coze": {
            "conversation_id": conversation_id,
            "chat_id": chat_id,
            "follow_ups": ["More?"],
        },
    });
    assert_eq!(response, expected);
    let sent = mock.requests_to("chat.create").last().unwrap().json();
    assert_eq!(sent["user_id"], "ann");
    assert_eq!(sent["meta_data"], json!({"ticket": "7"}));
    assert_eq!(sent["additional_messages"][0]["content"], "Be brief.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_has_the_exact_events() {
    let (_mock, served) = start().await;
    let request = json!({"model": "bot", "input": "[think Hm.] [answer One two]", "stream": true});
    let answer = send(&responses(&served), &request).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/event-stream"));
    let events = events(&answer);
    for (number, event) in events.iter().enumerate() {
        assert_eq!(event["sequence_number"], number);
    }
    let types: Vec<&str> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
    let expected = [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ];
    assert_eq!(types, expected);
    assert_eq!(events[0]["response"]["status"], "in_progress");
    assert_eq!(events[0]["response"]["output"], json!([]));
    let id = format!("msg_{}_1", answer.header("x-coze-chat-id"));
    let added = json!({
        "type": "response.output_item.added",
        "sequence_number": 8,
        "output_index": 1,
        "item": {
            "id": id,
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        },
    });
    assert_eq!(events[8], added);
    let delta = json!({
        "type": "response.output_text.delta",
        "sequence_number": 10,
        "item_id": id,
        "output_index": 1,
        "content_index": 0,
        "delta": "One ",
        "logprobs": [],
    });
    assert_eq!(events[10], delta);
    assert_eq!(events[12]["text"], "One two");
    let completed = &events[15]["response"];
    assert_eq!(completed["status"], "completed");
    assert_eq!(completed["output"], json!([events[7]["item"], events[14]["item"]]));
    assert!(completed["usage"]["total_tokens"].as_i64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_continues_the_one_before() {
    let (mock, served) = start().await;
    let first = send(&responses(&served), &ask("One")).await.json();
    let id = &first["conversation"]["id"];
    for members in [
        json!({"previous_response_id": first["id"]}),
        json!({"conversation": id}),
        json!({"conversation": {"id": id}}),
    ] {
        let mut request = ask("Two");
        request.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        let answer = send(&responses(&served), &request).await;
        let next = answer.json();
        assert!(text(&next).contains("of our conversation"), "{}", answer.text);
        assert_eq!(&next["conversation"]["id"], id);
        assert_eq!(next["previous_response_id"], request["previous_response_id"]);
    }
    let sent = mock.requests_to("chat.create").last().unwrap().json();
    assert_eq!(sent["additional_messages"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_the_bot_are_run_by_the_client() {
    let (_mock, served) = start().await;
    for stream in [false, true] {
        let request =
            json!({"model": "bot", "input": "What is the weather in Kunming?", "stream": stream});
        let answer = send(&responses(&served), &request).await;
        let response = if stream {
            let events = events(&answer);
            let done = events.iter().find(|event| event.get("arguments").is_some()).unwrap();
            assert_eq!(done["type"], "response.function_call_arguments.done");
            assert_eq!(done["arguments"], r#"{"city":"Kunming"}"#);
            events.last().unwrap()["response"].clone()
        } else {
            answer.json()
        };
        let call = response["output"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&call["type"], &call["name"]),
            (&json!("function_call"), &json!("get_weather"))
        );
        assert_eq!(call["arguments"], r#"{"city":"Kunming"}"#);
        let output =
            json!({"type": "function_call_output", "call_id": call["call_id"], "output": "22 °C"});
        let request = json!({
            "model": "bot",
            "input": [output],
            "previous_response_id": response["id"],
        });
        let done = send(&responses(&served), &request).await.json();
        assert_eq!(text(&done), "The tool get_weather says: 22 °C.", "{done}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn images_are_uploaded() {
    let (mock, served) = start().await;
    let content = json!([
        {"type": "input_text", "text": "Look"},
        {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="},
    ]);
    let request = json!({"model": "bot", "input": [{"role": "user", "content": content}]});
    let answer = send(&responses(&served), &request).await;
    assert!(text(&answer.json()).contains("the image image.png (8 bytes)"), "{}", answer.text);
    assert_eq!(mock.requests_to("files.upload").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_have_a_status_or_an_event() {
    let (mock, served) = start().await;
    let before = ask("[fail 4015 The bot is not published.]");
    for (request, status, param) in [
        (json!({"model": "other", "input": "Hi"}), 404, json!("model")),
        (json!({"model": "bot"}), 400, Value::Null),
        (json!({"model": "bot", "input": "Hi", "background": true}), 400, json!("background")),
        (
            json!({"model": "bot", "input": "Hi", "previous_response_id": "resp_1"}),
            400,
            json!("previous_response_id"),
        ),
        (
            json!({"model": "bot", "input": "Hi", "previous_response_id": "resp_1_2", "conversation": "1"}),
            400,
            json!("conversation"),
        ),
    ] {
        let answer = send(&responses(&served), &request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.json()["error"]["param"], param, "{}", answer.text);
    }
    assert_eq!(mock.count(), 0);
    let answer = send(&responses(&served), &before).await;
    assert!(answer.status >= 400, "{}", answer.text);
    assert!(answer.json()["error"]["message"].as_str().unwrap().contains("not published"));
    let request =
        json!({"model": "bot", "input": "[answer Well] [fail 5000 Out of order]", "stream": true});
    let events = events(&send(&responses(&served), &request).await);
    let failed = events.last().unwrap();
    assert_eq!(failed["type"], "response.failed");
    assert_eq!(failed["response"]["status"], "failed");
    let message = failed["response"]["error"]["message"].as_str().unwrap();
    assert!(message.contains("Out of order"), "{failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_disconnects_cancels_its_chat() {
    let (mock, served) = start().await;
    let request = json!({"model": "bot", "input": "[hold]", "stream": true});
    let held = post(&responses(&served), &request).send().await.unwrap();
    assert_eq!(held.status(), 200);
    drop(held);
    wait_for(&mock, "chat.cancel").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_is_a_model() {
    let mock = MockServer::start().await.unwrap();
    let endpoint = Endpoint::new(client(&mock))
        .model("flow", Model::workflow(WORKFLOW).system_variable("style").input_parameter("query"))
        .model("asking", Model::workflow(ASKING_WORKFLOW))
        .model("bot", Model::bot(BOT));
    let served = Served::start(endpoint.router()).await;
    let messages = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Before"},
        {"role": "assistant", "content": "Yes?"},
        {"role": "user", "content": "Kunming"},
    ]);
    let url = format!("{}/v1/chat/completions", served.url);
    let request = json!({"model": "flow", "messages": messages, "user": "ann"});
    let answer = send(&url, &request).await;
    let completion = answer.json();
    let content = completion["choices"][0]["message"]["content"].as_str().unwrap();
    let lines: Vec<&str> = content.lines().collect();
    assert_eq!(lines.len(), 3, "{content}");
    assert_eq!(lines[1], r#"You gave it {"query":"Kunming","style":"Be brief."}."#);
    assert!(lines[2].starts_with(r#"{"output":"#), "{content}");
    assert!(completion["usage"]["total_tokens"].as_i64().unwrap() > 0, "{completion}");
    assert_eq!(completion["coze"], Value::Null);
    assert_eq!(answer.header("x-coze-conversation-id"), "");
    let sent = mock.requests_to("workflows.runs.stream")[0].json();
    assert_eq!(sent["parameters"], json!({"query": "Kunming", "style": "Be brief."}));
    assert_eq!(sent["ext"], json!({"user_id": "ann"}));

    let request = json!({"model": "flow", "input": "Kunming", "stream": true});
    let streamed = events(&send(&responses(&served), &request).await);
    let response = &streamed.last().unwrap()["response"];
    assert!(text(response).contains(r#"{"query":"Kunming"}"#), "{response}");
    assert_eq!(response["conversation"], Value::Null);
    let next = json!({"model": "flow", "input": "Go on", "previous_response_id": response["id"]});
    assert_eq!(send(&responses(&served), &next).await.status, 400);

    let asked = send(&responses(&served), &json!({"model": "asking", "input": "Hi"})).await;
    assert_eq!(asked.status, 400, "{}", asked.text);
    assert!(asked.text.contains("On which day"), "{}", asked.text);
}
