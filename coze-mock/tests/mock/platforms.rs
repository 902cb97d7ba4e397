//! Journeys over HTTP on both platforms. They interpret responses only by the facts of the spec.

use crate::support::{Event, Mock, body, events};
use coze_mock::Platform;
use coze_mock::state::{ASKING_WORKFLOW, BOT, CHATFLOW, WORKSPACE};
use coze_spec::model::{Field, Operation, Reply, Schema};
use serde_json::{Value, json};

const PLATFORMS: [Platform; 2] = [Platform::Cloud, Platform::Studio];

fn operation(id: &str) -> &'static Operation {
    coze_spec::api().operation(id).unwrap()
}

/// A client that knows only the facts of the model about a platform.
struct Client {
    mock: Mock,
    platform: Platform,
}

impl Client {
    async fn new(platform: Platform) -> Self {
        Self { mock: Mock::on(platform).await, platform }
    }

    /// Sends a JSON body with the values that the platform requires.
    async fn post(&self, id: &str, query: &str, mut request: Value) -> Value {
        self.complete(id, &mut request);
        let path = format!("{}{query}", operation(id).path_on(self.platform));
        let response = body(self.mock.with_json("POST", &path, &request)).await;
        self.payload(id, response)
    }

    async fn get(&self, id: &str, query: &str) -> Value {
        let path = format!("{}{query}", operation(id).path_on(self.platform));
        let response = body(self.mock.request("GET", &path)).await;
        self.payload(id, response)
    }

    async fn stream(&self, id: &str, query: &str, mut request: Value) -> Vec<Event> {
        if operation(id).stream.as_ref().unwrap().switch {
            request["stream"] = json!(true);
        }
        let path = format!("{}{query}", operation(id).path);
        events(self.mock.with_json("POST", &path, &request)).await
    }

    fn complete(&self, id: &str, request: &mut Value) {
        let studio = operation(id).studio.as_ref().filter(|_| self.platform == Platform::Studio);
        for (name, value) in studio.iter().flat_map(|studio| &studio.send) {
            if request.get(name).is_none() {
                request[name] = value.clone();
            }
        }
    }

    fn payload(&self, id: &str, mut response: Value) -> Value {
        assert!(response.get("code").is_none_or(|code| code == 0), "{id}: {response}");
        let operation = operation(id);
        let studio = operation.studio.as_ref().filter(|_| self.platform == Platform::Studio);
        let member = studio.and_then(|studio| studio.payload.as_deref());
        match (&operation.reply, member) {
            (_, Some(member)) => response[member].take(),
            (Reply::Data(field), None) => response[&field.wire].take(),
            _ => response,
        }
    }
}

/// Returns the member of an object by its name on the platform.
fn member<'a>(schema: &str, name: &str, value: &'a Value) -> &'a Value {
    let field = coze_spec::api().schema(schema).and_then(|schema: &Schema| schema.field(name));
    let field: &Field = field.unwrap();
    let mut names = std::iter::once(&field.wire).chain(&field.aliases);
    names.find_map(|name| value.get(name)).unwrap_or(&Value::Null)
}

/// Returns `true` if the event ends a stream of this union.
fn ends(union: &str, name: &str) -> bool {
    let events = coze_spec::api().schema(union).unwrap().events();
    let mut ends = events.iter().filter(|event| event.ends);
    ends.any(|event| event.wire == name || event.aliases.iter().any(|alias| alias == name))
}

fn user(content: &str) -> Value {
    json!([{"role": "user", "type": "question", "content": content, "content_type": "text"}])
}

#[tokio::test]
async fn a_chat_is_polled() {
    for platform in PLATFORMS {
        let client = Client::new(platform).await;
        let request = json!({"bot_id": BOT, "user_id": "u1", "additional_messages": user("Hello")});
        let mut chat = client.post("chat.create", "", request).await;
        let (id, conversation) = (chat["id"].clone(), chat["conversation_id"].clone());
        let query = format!(
            "?conversation_id={}&chat_id={}",
            conversation.as_str().unwrap(),
            id.as_str().unwrap()
        );
        let mut polls = 0;
        while chat["status"] != "completed" {
            chat = client.get("chat.retrieve", &query).await;
            polls += 1;
            assert!(polls < 10, "{platform:?}: {chat}");
        }
        assert!(chat["usage"]["token_count"].as_i64().unwrap() > 0, "{platform:?}");
        let messages = client.get("chat.messages.list", &query).await;
        let answers = messages.as_array().unwrap().iter();
        let answers: Vec<&Value> = answers.filter(|message| message["type"] == "answer").collect();
        assert_eq!(answers[0]["content"], "You said: Hello.", "{platform:?}");
        let found = client.get("conversations.retrieve", &query[..query.find('&').unwrap()]).await;
        assert_eq!(found["id"], conversation);
        assert!(member("Conversation", "creator_id", &found).is_string(), "{platform:?}");
    }
}

#[tokio::test]
async fn a_chat_is_streamed() {
    for platform in PLATFORMS {
        let client = Client::new(platform).await;
        let request = json!({"bot_id": BOT, "user_id": "u1", "additional_messages": user("Hello")});
        let all = client.stream("chat.create", "", request).await;
        let deltas = all.iter().filter(|event| event.name == "conversation.message.delta");
        let deltas: Vec<Value> = deltas.map(Event::json).collect();
        let text: String = deltas.iter().filter_map(|delta| delta["content"].as_str()).collect();
        assert_eq!(text, "You said: Hello.", "{platform:?}");
        assert!(ends("ChatEvent", &all.last().unwrap().name), "{platform:?}");
    }
}

#[tokio::test]
async fn a_chatflow_asks_a_question_and_continues() {
    for platform in PLATFORMS {
        let client = Client::new(platform).await;
        let created = client.post("conversations.create", "", json!({"bot_id": BOT})).await;
        let turn = async |content: &str| {
            let request = json!({
                "workflow_id": CHATFLOW,
                "bot_id": BOT,
                "conversation_id": created["id"],
                "additional_messages": user(content),
                "parameters": {},
            });
            client.stream("workflows.chat.stream", "", request).await
        };
        let asked = turn("[ask Where to?]").await;
        let names: Vec<&str> = asked.iter().map(|event| event.name.as_str()).collect();
        assert!(names.contains(&"conversation.chat.requires_action"), "{platform:?}: {names:?}");
        assert!(ends("ChatEvent", names.last().unwrap()));
        let answered = turn("Dali").await;
        let texts: String = answered.iter().map(|event| event.data.as_str()).collect();
        assert!(texts.contains("I asked: Where to? You answered: Dali."), "{platform:?}: {texts}");
    }
}

#[tokio::test]
async fn a_workflow_is_interrupted_and_resumed() {
    for platform in PLATFORMS {
        let client = Client::new(platform).await;
        let request = json!({"workflow_id": ASKING_WORKFLOW, "parameters": {"input": "x"}});
        let all = client.stream("workflows.runs.stream", "", request).await;
        let interrupt = all.last().unwrap();
        assert_eq!(interrupt.name, "Interrupt", "{platform:?}");
        let data = interrupt.json()["interrupt_data"].clone();
        let request = json!({
            "workflow_id": ASKING_WORKFLOW,
            "event_id": data["event_id"],
            "interrupt_type": data["type"],
            "resume_data": "Monday",
        });
        let all = client.stream("workflows.runs.resume", "", request).await;
        assert_eq!(all.last().unwrap().name, "Done", "{platform:?}");
        let texts: String = all.iter().map(|event| event.data.as_str()).collect();
        assert!(texts.contains("Monday"), "{platform:?}: {texts}");
    }
}

#[tokio::test]
async fn a_run_is_found_in_the_history() {
    for platform in PLATFORMS {
        let client = Client::new(platform).await;
        let request = json!({
            "workflow_id": coze_mock::state::WORKFLOW, "parameters": {"a": "b"}, "is_async": true,
        });
        let started = client.post("workflows.runs.create", "", request).await;
        let id = started["execute_id"].as_str().unwrap();
        let workflow = coze_mock::state::WORKFLOW;
        let path = operation("workflows.runs.run_histories.retrieve").path_on(platform);
        let in_path = path.replace("{workflow_id}", workflow).replace("{execute_id}", id);
        let path = if in_path == path {
            format!("{path}?workflow_id={workflow}&execute_id={id}")
        } else {
            in_path
        };
        let mut status = Value::Null;
        for _ in 0..3 {
            let found = body(client.mock.request("GET", &path)).await;
            status = found["data"][0]["execute_status"].clone();
        }
        assert_eq!(status, "Success", "{platform:?}");
    }
}

#[tokio::test]
async fn documents_are_created_from_files() {
    for platform in PLATFORMS {
        let client = Client::new(platform).await;
        let part = reqwest::multipart::Part::text("Green tea").file_name("tea.txt");
        let form = reqwest::multipart::Form::new().part("file", part);
        let upload = client.mock.request("POST", "/v1/files/upload").multipart(form);
        let file = client.payload("files.upload", body(upload).await);
        assert_eq!(file["bytes"], 9);
        assert!(member("File", "created_at", &file).is_i64(), "{platform:?}: {file}");
        let request = json!({"name": "Tea", "space_id": WORKSPACE, "format_type": 0});
        let dataset = client.post("datasets.create", "", request).await["dataset_id"].clone();
        let source = json!({
            "tos_uri": file["uri"], "file_base64": "R3JlZW4gdGVh", "file_type": "txt",
            "document_source": 0,
        });
        let request = json!({
            "dataset_id": dataset,
            "document_bases": [{"name": "tea.txt", "source_info": source}],
            "chunk_strategy": {"chunk_type": 0},
            "format_type": 0,
        });
        let created = client.post("datasets.documents.create", "", request).await;
        assert_eq!(created["document_infos"][0]["char_count"], 9, "{platform:?}: {created}");
        let id = created["document_infos"][0]["document_id"].clone();
        let list = json!({"dataset_id": dataset});
        let listed = client.post("datasets.documents.list", "", list).await;
        assert_eq!(listed["total"], 1, "{platform:?}");
        assert_eq!(listed["document_infos"][0]["document_id"], id, "{platform:?}");
        let request = json!({"document_ids": [id]});
        let id = dataset.as_str().unwrap();
        let path = format!("/v1/datasets/{id}/process");
        let done = body(client.mock.with_json("POST", &path, &request)).await;
        assert_eq!(done["data"]["data"][0]["status"], 1, "{platform:?}: {done}");
        client.post("datasets.documents.delete", "", request).await;
    }
}
