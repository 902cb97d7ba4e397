//! Conversations, their messages, and files.

use crate::support::{Mock, assert_error, data, json};
use coze_mock::Grant;
use coze_mock::MockServer;
use coze_mock::state::{BOT, Message};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

async fn conversation(mock: &Mock) -> String {
    let reply = mock.post("/v1/conversation/create", json!({"bot_id": BOT})).await;
    data(reply)["id"].as_str().unwrap().to_owned()
}

async fn say(mock: &Mock, conversation: &str, content: &str) -> String {
    let body = json!({"role": "user", "content": content, "content_type": "text"});
    let path = format!("/v1/conversation/message/create?conversation_id={conversation}");
    data(mock.post(&path, body).await)["id"].as_str().unwrap().to_owned()
}

async fn list(mock: &Mock, conversation: &str, body: Value) -> Value {
    let path = format!("/v1/conversation/message/list?conversation_id={conversation}");
    let page = mock.post(&path, body).await;
    assert_eq!(page["code"], 0, "{page}");
    page
}

fn contents(page: &Value) -> Vec<&str> {
    let items = page["data"].as_array().unwrap().iter();
    items.map(|item| item["content"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_conversation_is_created_renamed_cleared_and_deleted() {
    let mock = Mock::strict().await;
    let body = json!({
        "bot_id": BOT,
        "name": "Food",
        "meta_data": {"uuid": "1"},
        "messages": [
            {"role": "user", "content": "Hi", "content_type": "text"},
            {"role": "assistant", "content": "Hello", "content_type": "text"},
        ],
    });
    let created = data(mock.post("/v1/conversation/create", body).await);
    let id = created["id"].as_str().unwrap();
    let retrieve = format!("/v1/conversation/retrieve?conversation_id={id}");
    assert_eq!(data(mock.get(&retrieve).await), created);
    assert_eq!((&created["name"], &created["meta_data"]["uuid"]), (&json!("Food"), &json!("1")));

    let path = format!("/v1/conversations/{id}");
    assert_eq!(data(mock.put(&path, json!({"name": "Drinks"})).await)["name"], "Drinks");
    let cleared = data(mock.post(&format!("{path}/clear"), json!({})).await);
    assert_eq!(cleared["conversation_id"], id);
    assert_ne!(cleared["id"], created["last_section_id"]);
    assert_eq!(data(mock.get(&retrieve).await)["last_section_id"], cleared["id"]);
    let page = list(&mock, id, json!({"order": "asc"})).await;
    assert_eq!(contents(&page), ["Hi", "Hello"]);
    assert_eq!(page["data"][0]["type"], "question");
    assert_eq!(page["data"][1]["type"], "answer");

    data(mock.delete(&path).await);
    assert_error(&mock.get(&retrieve).await, 4200, "conversation_id=");
}

#[tokio::test]
async fn conversations_are_listed_by_bot_in_both_orders() {
    let mock = Mock::strict().await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(conversation(&mock).await);
    }
    let page = async |query: &str| {
        let path = format!("/v1/conversations?bot_id={BOT}&page_size=2{query}");
        let page = data(mock.get(&path).await);
        let all = page["conversations"].as_array().unwrap().iter();
        let all: Vec<String> = all.map(|each| each["id"].as_str().unwrap().to_owned()).collect();
        (all, page["has_more"].as_bool().unwrap())
    };
    assert_eq!(page("").await, (vec![ids[2].clone(), ids[1].clone()], true));
    assert_eq!(page("&page_num=2").await, (vec![ids[0].clone()], false));
    assert_eq!(page("&sort_order=ASC").await, (ids[..2].to_vec(), true));
    assert_eq!(page("&connector_id=999").await, (vec![], false));
    assert_error(&mock.get("/v1/conversations?bot_id=1").await, 4200, "bot_id=1");
}

#[tokio::test]
async fn messages_are_listed_in_pages_in_both_directions() {
    let mock = Mock::strict().await;
    let id = conversation(&mock).await;
    for number in 1..=5 {
        say(&mock, &id, &number.to_string()).await;
    }
    let first = list(&mock, &id, json!({"limit": 2})).await;
    assert_eq!(contents(&first), ["5", "4"]);
    assert_eq!((&first["has_more"], &first["data"][1]["id"]), (&json!(true), &first["last_id"]));
    let second = list(&mock, &id, json!({"limit": 2, "after_id": first["last_id"]})).await;
    assert_eq!(contents(&second), ["3", "2"]);
    let third = list(&mock, &id, json!({"limit": 2, "after_id": second["last_id"]})).await;
    assert_eq!((contents(&third), &third["has_more"]), (vec!["1"], &json!(false)));
    let back = list(&mock, &id, json!({"limit": 2, "before_id": third["first_id"]})).await;
    assert_eq!((contents(&back), &back["has_more"]), (vec!["3", "2"], &json!(true)));
    let back = list(&mock, &id, json!({"limit": 2, "before_id": back["first_id"]})).await;
    assert_eq!((contents(&back), &back["has_more"]), (vec!["5", "4"], &json!(false)));
    let path = format!("/v1/conversation/message/list?conversation_id={id}");
    assert_error(&mock.post(&path, json!({"after_id": "9"})).await, 4000, "`after_id`");
    assert_error(&mock.post(&path, json!({"limit": 51})).await, 4000, "`limit`");
}

#[tokio::test]
async fn a_message_is_created_changed_and_deleted() {
    let mock = Mock::strict().await;
    let id = conversation(&mock).await;
    let message = say(&mock, &id, "Hi").await;
    let query = format!("conversation_id={id}&message_id={message}");
    let path = |name: &str| format!("/v1/conversation/message/{name}?{query}");
    let body = json!({"content": "Hello", "meta_data": {"a": "b"}});
    let updated = mock.post(&path("modify"), body).await;
    assert_eq!(updated["message"]["content"], "Hello");
    let shown = data(mock.get(&path("retrieve")).await);
    assert_eq!(shown, updated["message"]);
    assert_eq!(shown["meta_data"], json!({"a": "b"}));
    let feedback = format!("/v1/conversations/{id}/messages/{message}/feedback");
    let refused = mock.post(&feedback, json!({"feedback_type": "like"})).await;
    assert_error(&refused, 4000, "`message_id`");
    assert_eq!(data(mock.post(&path("delete"), json!({})).await)["id"], message.as_str());
    assert_error(&mock.get(&path("retrieve")).await, 4200, "message_id=");
}

#[tokio::test]
async fn deleting_an_answer_deletes_its_intermediate_messages() {
    let mock = Mock::strict().await;
    let id = conversation(&mock).await;
    mock.server.state(|state| {
        let conversation = state.conversations.get_mut(&id).unwrap();
        for (number, kind) in ["question", "function_call", "answer", "verbose"].iter().enumerate()
        {
            conversation.messages.push(Message {
                id: format!("{number}"),
                chat_id: "7".to_owned(),
                role: "assistant".to_owned(),
                kind: (*kind).to_owned(),
                content: (*kind).to_owned(),
                content_type: "text".to_owned(),
                ..Message::default()
            });
        }
    });
    let order = json!({"order": "asc"});
    assert_eq!(contents(&list(&mock, &id, order.clone()).await), ["question", "answer"]);
    let all = json!({"order": "asc", "include_middle_message": true});
    assert_eq!(contents(&list(&mock, &id, all.clone()).await).len(), 4);

    let feedback = format!("/v1/conversations/{id}/messages/2/feedback");
    data(mock.post(&feedback, json!({"feedback_type": "like", "comment": "Good."})).await);
    let kept = |mock: &Mock| {
        mock.server.state(|state| {
            state.conversations.get(&id).unwrap().message("2").unwrap().feedback.clone()
        })
    };
    assert_eq!(kept(&mock).unwrap()["comment"], "Good.");
    data(mock.delete(&feedback).await);
    assert_eq!(kept(&mock), None);

    let delete = |message: &str| {
        format!("/v1/conversation/message/delete?conversation_id={id}&message_id={message}")
    };
    assert_error(&mock.post(&delete("1"), json!({})).await, 4000, "`message_id`");
    data(mock.post(&delete("2"), json!({})).await);
    assert_eq!(contents(&list(&mock, &id, all).await), ["question"]);
}

#[tokio::test]
async fn users_see_only_their_own_conversations() {
    let builder = MockServer::builder().examples(false);
    let builder = builder.token(crate::support::TOKEN, Grant::default());
    let mock = Mock::with(builder.token("pat_other", Grant::default().with_user("9"))).await;
    let id = conversation(&mock).await;
    let url = format!("{}/v1/conversation/retrieve?conversation_id={id}", mock.server.base_url());
    let other = mock.client.get(url).bearer_auth("pat_other").send().await.unwrap();
    assert_error(&json(other).await, 4200, "conversation_id=");
}

async fn upload(mock: &Mock, name: &str, bytes: Vec<u8>) -> Value {
    let part = Part::bytes(bytes).file_name(name.to_owned()).mime_str("text/csv").unwrap();
    let form = Form::new().part("file", part);
    let request = mock.request("POST", "/v1/files/upload").multipart(form);
    json(request.send().await.unwrap()).await
}

#[tokio::test]
async fn files_are_stored_with_size_and_hash() {
    let mock = Mock::strict().await;
    let file = data(upload(&mock, "茶 \"x\".csv", b"tea;minutes".to_vec()).await);
    assert_eq!((&file["bytes"], &file["file_name"]), (&json!(11), &json!("茶 \"x\".csv")));
    let id = file["id"].as_str().unwrap();
    let path = format!("/v1/files/retrieve?file_id={id}");
    assert_eq!(data(mock.get(&path).await), file);
    mock.server.state(|state| {
        let stored = state.files.get(id).unwrap();
        assert_eq!(stored.content.as_deref(), Some(&b"tea;minutes"[..]));
        assert_eq!(stored.content_type, "text/csv");
        // printf 'tea;minutes' | sha256sum
        assert_eq!(stored.sha256, SHA256);
    });
    assert_error(&mock.get("/v1/files/retrieve?file_id=1").await, 4200, "file_id=1");
}

const SHA256: &str = "8591a500e4657bc3e062d6be587b7317ca16349b2d918589cce16390ae2587ae";

#[tokio::test]
async fn a_large_file_is_counted_but_not_kept() {
    let mock = Mock::strict().await;
    let length = 3 << 20;
    let file = data(upload(&mock, "a.bin", vec![7; length]).await);
    assert_eq!(file["bytes"], length);
    let kept = mock
        .server
        .state(|state| state.files.get(file["id"].as_str().unwrap()).unwrap().content.is_some());
    assert!(!kept);
    let recorded = &mock.server.requests()[0];
    assert_eq!(recorded.body.len(), 1 << 20);
    assert!(recorded.body_length > length as u64);
}

#[tokio::test]
async fn a_form_without_a_file_is_refused() {
    let mock = Mock::strict().await;
    let form = Form::new().text("other", "x");
    let request = mock.request("POST", "/v1/files/upload").multipart(form);
    assert_error(&json(request.send().await.unwrap()).await, 4000, "`file` is required");
    let form = Form::new().text("file", "x");
    let request = mock.request("POST", "/v1/files/upload").multipart(form);
    assert_error(&json(request.send().await.unwrap()).await, 4000, "not a file part");
}

#[tokio::test]
async fn multimodal_messages_are_checked() {
    let mock = Mock::strict().await;
    let id = conversation(&mock).await;
    let file = data(upload(&mock, "a.png", vec![1]).await)["id"].clone();
    let path = format!("/v1/conversation/message/create?conversation_id={id}");
    let send = async |parts: Value| {
        let content = parts.as_str().map_or_else(|| parts.to_string(), str::to_owned);
        let body = json!({"role": "user", "content": content, "content_type": "object_string"});
        mock.post(&path, body).await
    };
    data(send(json!([{"type": "text", "text": "?"}, {"type": "image", "file_id": file}])).await);
    data(send(json!([{"type": "file", "file_url": "https://example.com/a"}])).await);
    let text = json!({"type": "text", "text": "?"});
    assert_error(&send(json!("hello")).await, 4000, "`content`");
    assert_error(&send(json!([text, text])).await, 4000, "at most one text");
    assert_error(&send(json!([{"type": "video"}])).await, 4000, "`content`");
    assert_error(&send(json!([{"type": "image"}])).await, 4000, "file_id or a file_url");
    assert_error(&send(json!([{"type": "image", "file_id": "1"}])).await, 4200, "file_id=1");
}
