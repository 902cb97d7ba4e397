//! The examples of the SDK, run as programs against a scripted server.

use crate::EXAMPLES;
use coze_tests::server::{Reply, Request, Server};
use serde_json::json;

async fn against(
    server: &Server,
    name: &'static str,
    arguments: &[&str],
) -> (bool, String, String) {
    EXAMPLES.against(&server.base_url(), name, arguments).await
}

fn chat(status: &str) -> Reply {
    Reply::data(
        &json!({"id": "11", "conversation_id": "12", "status": status, "usage": {"token_count": 5}}),
    )
}

#[tokio::test]
async fn quickstart() {
    let script = |request: &Request| match request.target.split('?').next().expect("a path") {
        "/v3/chat" => chat("in_progress"),
        "/v3/chat/retrieve" => chat("completed"),
        "/v3/chat/message/list" => Reply::data(&json!([
            {"role": "assistant", "type": "verbose", "content": "not this"},
            {"role": "assistant", "type": "answer", "content": "Sunny, 22 °C."},
        ])),
        other => panic!("{other} is not in this example"),
    };
    let server = Server::start(script).await;
    let (good, out, err) = against(&server, "quickstart", &["7", "What is the weather?"]).await;
    assert_eq!((good, &*out, &*err), (true, "Sunny, 22 °C.\n", "[5 tokens]\n"));
    assert_eq!(
        server.lines(),
        [
            "POST /v3/chat",
            "GET /v3/chat/retrieve?conversation_id=12&chat_id=11",
            "GET /v3/chat/message/list?conversation_id=12&chat_id=11",
        ]
    );
    let first = &server.requests()[0];
    assert_eq!(first.json()["additional_messages"][0]["content"], "What is the weather?");
    assert_eq!(first.header("authorization"), "Bearer pat_example");
}

#[tokio::test]
async fn quickstart_reports_why_a_chat_failed() {
    let server = Server::replies(vec![Reply::code(4100, "authentication is invalid")]).await;
    let (good, out, err) = against(&server, "quickstart", &["7"]).await;
    assert_eq!((good, &*out), (false, ""));
    assert_eq!(
        err,
        "error: chat.create: API error 4100: authentication is invalid (HTTP 200, log id log-header)\n"
    );
}

#[tokio::test]
async fn list_bots() {
    let script = |request: &Request| match request.target.split('?').next().expect("a path") {
        "/v1/workspaces" => {
            Reply::data(&json!({"workspaces": [{"id": "3", "name": "Team"}], "total_count": 1}))
        }
        _ => Reply::data(
            &json!({"items": [{"id": "7", "name": "Tea", "is_published": true}, {"id": "8", "name": "Milk"}], "total": 2}),
        ),
    };
    let server = Server::start(script).await;
    let (good, out, err) = against(&server, "list_bots", &[]).await;
    assert_eq!((good, &*err), (true, ""));
    assert_eq!(out, "Team (3)\n  7 Tea [published]\n  8 Milk [draft]\n");
    assert_eq!(
        server.lines(),
        ["GET /v1/workspaces", "GET /v1/bots?workspace_id=3&publish_status=all"]
    );
}

#[tokio::test]
async fn upload_file() {
    let server =
        Server::replies(vec![Reply::data(&json!({"id": "7", "bytes": 9, "file_name": "tea.csv"}))])
            .await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("tea.csv");
    std::fs::write(&path, "tea;three").expect("a file");
    let (good, out, err) = against(&server, "upload_file", &[path.to_str().expect("UTF-8")]).await;
    assert_eq!((good, &*out, &*err), (true, "7 tea.csv (9 bytes)\n", "\r9 bytes\n"));
    let body = String::from_utf8(server.request().body).expect("UTF-8");
    assert!(
        body.contains("filename=\"tea.csv\"\r\nContent-Type: text/csv\r\n\r\ntea;three\r\n--"),
        "{body}"
    );
}

#[tokio::test]
async fn create_dataset() {
    let script = |request: &Request| match &*request.target {
        "/v1/datasets" => Reply::data(&json!({"dataset_id": "5"})),
        "/open_api/knowledge/document/create" => {
            let name = &request.json()["document_bases"][0]["name"];
            let id = if name == "tea.md" { "7" } else { "6" };
            Reply::json(&json!({"code": 0, "document_infos": [{"document_id": id, "name": name}]}))
        }
        _ => {
            let id = &request.json()["document_ids"][0];
            Reply::data(&json!({"data": [{"document_id": id, "progress": 100, "status": 1}]}))
        }
    };
    let server = Server::start(script).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tea.md");
    std::fs::write(&path, "tea").expect("a file");
    let arguments = ["3", "https://example.com/tea", path.to_str().expect("UTF-8")];
    let (good, out, err) = against(&server, "create_dataset", &arguments).await;
    let printed = "dataset 5\nhttps://example.com/tea 100%\ntea.md 100%\n";
    assert_eq!((good, &*out, &*err), (true, printed, ""));
    assert_eq!(
        server.lines(),
        [
            "POST /v1/datasets",
            "POST /open_api/knowledge/document/create",
            "POST /v1/datasets/5/process",
            "POST /open_api/knowledge/document/create",
            "POST /v1/datasets/5/process"
        ]
    );
    assert_eq!(server.requests()[2].json(), json!({"document_ids": ["6"]}));
    let file = &server.requests()[3].json()["document_bases"][0];
    assert_eq!(file["source_info"], json!({"file_base64": "dGVh", "file_type": "md"}));
}

#[tokio::test]
async fn chat_poll() {
    let script = |request: &Request| match request.target.split('?').next().expect("a path") {
        "/v3/chat" => chat("in_progress"),
        "/v3/chat/retrieve" => chat("completed"),
        _ => Reply::data(&json!([
            {"role": "assistant", "type": "answer", "content": "A cup of tea."},
            {"role": "assistant", "type": "follow_up", "content": "Which tea?"},
        ])),
    };
    let server = Server::start(script).await;
    let arguments = ["7", "https://example.com/cup.png", "What is this?"];
    let (good, out, err) = against(&server, "chat_poll", &arguments).await;
    assert_eq!((good, &*err), (true, ""));
    assert_eq!(out, "A cup of tea.\nsuggested question: Which tea?\n");
    let message = &server.requests()[0].json()["additional_messages"][0];
    assert_eq!(message["content_type"], "object_string");
    assert_eq!(
        message["content"],
        r#"[{"type":"text","text":"What is this?"},{"type":"image","file_url":"https://example.com/cup.png"}]"#
    );
}

#[tokio::test]
async fn workflow_run() {
    let replies = [r#"{"output":"sunny"}"#, "sunny"]
        .map(|data| Reply::json(&json!({"code": 0, "data": data, "debug_url": "https://debug"})));
    let server = Server::replies(replies.to_vec()).await;
    let arguments = ["7", "city=Kunming"];
    let (good, out, err) = against(&server, "workflow_run", &arguments).await;
    assert_eq!((good, &*err), (true, "[debug page: https://debug]\n"));
    assert_eq!(out, "{\n  \"output\": \"sunny\"\n}\n");
    let (good, out, _) = against(&server, "workflow_run", &arguments).await;
    assert_eq!((good, &*out), (true, "sunny\n"));
    let expected = json!({"workflow_id": "7", "parameters": {"city": "Kunming"}});
    assert_eq!(server.requests()[0].json(), expected);
}

#[tokio::test]
async fn speech_to_file() {
    let voices = json!({"voice_list": [{"voice_id": "4", "name": "Ada"}], "has_more": false});
    let speech = Reply::new(200, &[("content-type", "audio/mpeg")], "RIFF");
    let server = Server::replies(vec![Reply::data(&voices), speech]).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("hello.mp3");
    let path = path.to_str().expect("UTF-8");
    let (good, out, err) = against(&server, "speech_to_file", &[path, "Hello"]).await;
    assert_eq!((good, &*err), (true, ""));
    assert_eq!(out, format!("{path}: 4 bytes, audio/mpeg, spoken by Ada\n"));
    assert_eq!(std::fs::read(path).expect("a file"), b"RIFF");
    assert_eq!(server.requests()[1].json(), json!({"input": "Hello", "voice_id": "4"}));
}

#[tokio::test]
async fn transcribe() {
    let server = Server::replies(vec![Reply::data(&json!({"text": "Hello."}))]).await;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("hello.mp3");
    std::fs::write(&path, "RIFF").expect("a file");
    let arguments = [path.to_str().expect("UTF-8")];
    let (good, out, err) = against(&server, "transcribe", &arguments).await;
    assert_eq!((good, &*out, &*err), (true, "Hello.\n", ""));
    assert_eq!(server.lines(), ["POST /v1/audio/transcriptions"]);
}

#[tokio::test]
async fn manage_dataset() {
    let script = |found: bool| {
        move |request: &Request| match &*request.method {
            "POST" => Reply::data(&json!({"dataset_id": "5"})),
            "GET" if found => Reply::data(&json!({
                "dataset_list": [{"dataset_id": "5", "name": "An example"}], "total_count": 1,
            })),
            "GET" => Reply::data(&json!({"dataset_list": [], "total_count": 0})),
            _ => Reply::data(&json!({})),
        }
    };
    let lines = [
        "POST /v1/datasets",
        "PUT /v1/datasets/5",
        "GET /v1/datasets?space_id=3&page_size=50",
        "DELETE /v1/datasets/5",
    ];
    let server = Server::start(script(true)).await;
    let (good, out, err) = against(&server, "manage_dataset", &["3"]).await;
    assert_eq!((good, &*err), (true, ""));
    assert_eq!(out, "created 5\nfound An example: \ndeleted 5\n");
    assert_eq!(server.lines(), lines);

    let server = Server::start(script(false)).await;
    let (good, out, err) = against(&server, "manage_dataset", &["3"]).await;
    assert_eq!((good, &*out), (false, "created 5\ndeleted 5\n"));
    assert_eq!(err, "error: the dataset is missing from the list\n");
    assert_eq!(server.lines(), lines);
}

#[tokio::test]
async fn workspace_members() {
    let script = |request: &Request| match &*request.method {
        "POST" => Reply::data(&json!({"added_success_user_ids": ["9"]})),
        _ => Reply::data(&json!({
            "items": [{"user_id": "9", "role_type": "member", "user_nickname": "Ada"}],
            "total_count": 1,
        })),
    };
    let server = Server::start(script).await;
    let (good, out, err) = against(&server, "workspace_members", &["3", "9"]).await;
    assert_eq!((good, &*out, &*err), (true, "added: true\n9 member Ada\n", ""));
    let expected = json!({"users": [{"user_id": "9", "role_type": "member"}]});
    assert_eq!(server.requests()[0].json(), expected);
}

#[tokio::test]
async fn call_plugin() {
    let tool = json!({"name": "news", "description": "News.", "inputSchema": {"q": 1}});
    let plugin = Reply::data(&json!({"tools": [tool]}));
    let called = Reply::data(&json!({"result": ["rain"]}));
    let server = Server::replies(vec![plugin, called]).await;
    let (good, out, err) = against(&server, "call_plugin", &["3"]).await;
    assert_eq!((good, &*out, &*err), (true, "news: News.\n  {\"q\":1}\n", ""));
    let arguments = ["3", "news", r#"{"q": "Kunming"}"#];
    let (good, out, err) = against(&server, "call_plugin", &arguments).await;
    assert_eq!((good, &*out, &*err), (true, "[\n  \"rain\"\n]\n", ""));
    let expected = json!({"tool_name": "news", "arguments": {"q": "Kunming"}});
    assert_eq!(server.requests()[1].json(), expected);
}

#[tokio::test]
async fn every_example_names_a_missing_argument() {
    for (name, argument) in [
        ("quickstart", "BOT_ID"),
        ("upload_file", "FILE"),
        ("create_dataset", "WORKSPACE_ID"),
        ("chat_poll", "BOT_ID"),
        ("workflow_run", "WORKFLOW_ID"),
        ("speech_to_file", "OUTPUT"),
        ("transcribe", "RECORDING"),
        ("manage_dataset", "WORKSPACE_ID"),
        ("databases", "WORKSPACE_ID"),
        ("workspace_members", "WORKSPACE_ID"),
        ("call_plugin", "PLUGIN_ID"),
    ] {
        let (good, out, err) = EXAMPLES.run(name, &[], &[("COZE_API_TOKEN", "pat_example")]).await;
        assert_eq!((good, &*out), (false, ""), "{name}");
        let expected = format!(
            "error: the argument {argument} is missing; see the first lines of this example\n"
        );
        assert_eq!(err, expected, "{name}");
    }
}
