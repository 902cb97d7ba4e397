//! Coze Studio: members of resources that differ from the cloud's.

use crate::studio::{assert_members, names, studio};
use crate::support::{body, events};
use coze_mock::state::{APP, ASKING_WORKFLOW, BOT, CHATFLOW, Node, WORKFLOW, WORKSPACE, Workflow};
use serde_json::{Value, json};

#[tokio::test]
async fn lists_without_a_page_size_never_end() {
    let mock = studio().await;
    for _ in 0..3 {
        body(mock.with_json("POST", "/v1/conversation/create", &json!({"bot_id": BOT}))).await;
    }
    let path = format!("/v1/conversations?bot_id={BOT}");
    let all = body(mock.request("GET", &path)).await;
    for page in [all, body(mock.request("GET", &format!("{path}&page_num=7"))).await] {
        assert_eq!(page["data"]["conversations"].as_array().unwrap().len(), 2, "{page}");
        assert_eq!(page["data"]["has_more"], true);
    }
    let page = body(mock.request("GET", &format!("{path}&page_num=2&page_size=2"))).await;
    assert_eq!(page["data"]["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(page["data"]["has_more"], false);
    let members = ["id", "created_at", "meta_data", "connector_id", "last_section_id", "name"];
    assert_members(&page["data"]["conversations"][0], &members);
    let empty = body(mock.request("GET", &format!("{path}&page_num=9&page_size=2"))).await;
    assert_eq!(empty["data"]["conversations"], Value::Null);
}

#[tokio::test]
async fn conversations_and_messages_have_other_members() {
    let mock = studio().await;
    let create = json!({"bot_id": BOT, "name": "Tea", "user_id": "u1", "meta_data": {}});
    let created = body(mock.with_json("POST", "/v1/conversation/create", &create)).await;
    assert_members(&created, &["code", "msg", "data"]);
    assert_eq!(created["data"]["user_id"], "u1");
    assert_eq!(created["data"]["meta_data"], Value::Null);
    let id = created["data"]["id"].as_str().unwrap();
    let path = format!("/v1/conversation/retrieve?conversation_id={id}");
    let found = body(mock.request("GET", &path)).await;
    assert_members(&found, &["ConversationData", "code", "msg", "BaseResp"]);
    assert!(found["ConversationData"]["creator_d"].is_string());
    // The name in the request is ignored.
    assert_eq!(found["ConversationData"]["name"], "");

    let list = format!("/v1/conversation/message/list?conversation_id={id}");
    let list = async |options: Value| body(mock.with_json("POST", &list, &options)).await;
    let none = list(json!({})).await;
    assert_eq!((&none["first_id"], none.get("data")), (&json!("0"), None));
    for question in ["One", "Two"] {
        let message = json!({"role": "user", "content": question, "content_type": "text"});
        let chat = json!({"bot_id": BOT, "user_id": "u1", "additional_messages": [message]});
        let path = format!("/v3/chat?conversation_id={id}");
        events(mock.with_json("POST", &path, &chat)).await;
    }
    let contents = |page: &Value| -> Vec<String> {
        let all = page["data"].as_array().into_iter().flatten();
        all.map(|message| message["content"].as_str().unwrap().to_owned()).collect()
    };
    let newest = list(json!({"order": "asc", "limit": 2})).await;
    assert_eq!(contents(&newest)[1], "Two");
    assert_eq!(newest["has_more"], true);
    let older = list(json!({"after_id": newest["last_id"]})).await;
    assert_eq!(contents(&older), ["You said: One.", "One"]);
    let newer = list(json!({"before_id": older["first_id"]})).await;
    assert_eq!(contents(&newer)[0], "Two");
    let unknown = list(json!({"after_id": "7"})).await;
    assert_eq!(unknown["code"], 103_200_001);
    let missing = body(mock.request("GET", "/v1/conversation/retrieve?conversation_id=7")).await;
    assert_eq!(missing, json!({"code": 103_000_002, "msg": "conversation not found"}));
}

#[tokio::test]
async fn bots_and_apps_have_other_members() {
    let mock = studio().await;
    let bot = body(mock.request("GET", &format!("/v1/bots/{BOT}"))).await;
    assert_members(&bot, &["data", "code", "msg"]);
    assert_eq!(bot["data"]["model_info"]["response_format"], 0);
    let online = format!("/v1/bot/get_online_info?bot_id={BOT}");
    let response = mock.request("GET", &online).send().await.unwrap();
    assert_eq!(response.status(), 500);
    let bare = body(mock.request("GET", &format!("{online}&connector_id=0"))).await;
    assert_eq!(bare["bot_id"], BOT);
    assert!(bare.get("code").is_none() && bare.get("data").is_none());
    mock.server.state(|state| {
        let app = state.apps.get_mut(APP).unwrap();
        app.published_at = Some(1);
        app.connectors = vec!["1024".to_owned()];
    });
    let app = body(mock.request("GET", &format!("/v1/apps/{APP}?connector_id=1024"))).await;
    assert_members(&app, &["data", "BaseResp"]);
    assert_eq!(body(mock.request("GET", &format!("/v1/apps/{APP}"))).await, Value::Null);
}

#[tokio::test]
async fn uploads_return_their_storage_location() {
    let mock = studio().await;
    let upload = |parts: usize| {
        let mut form = reqwest::multipart::Form::new().text("other", "x");
        for _ in 0..parts {
            let part = reqwest::multipart::Part::text("a,b").file_name("tea.csv");
            form = form.part("file", part);
        }
        mock.request("POST", "/v1/files/upload").multipart(form)
    };
    assert_eq!(body(upload(0)).await["code"], 104_000_006);
    assert_eq!(body(upload(2)).await["code"], 104_000_007);
    let file = body(upload(1)).await["data"].clone();
    assert_members(&file, &["id", "uri", "bytes", "CreatedAt", "file_name", "url"]);
}

#[tokio::test]
async fn workflow_responses_have_their_own_shape() {
    let mock = studio().await;
    let run = |parameters: Value| json!({"workflow_id": WORKFLOW, "parameters": parameters});
    let done = mock.with_json("POST", "/v1/workflow/run", &run(json!({"city": "Kunming"})));
    let done = body(done).await;
    let members = ["code", "msg", "data", "token", "cost", "debug_url", "execute_id", "BaseResp"];
    assert_members(&done, &members);
    assert_eq!(done["msg"], Value::Null);
    let path = format!(
        "/v1/workflow/get_run_history?workflow_id={WORKFLOW}&execute_id={}",
        done["execute_id"].as_str().unwrap()
    );
    let history = body(mock.request("GET", &path)).await;
    assert_members(&history, &["data", "BaseResp"]);
    assert!(history["data"][0]["execute_id"].is_i64(), "{history}");
    assert_eq!(history["data"][0]["execute_status"], "Success");

    let asking = json!({"workflow_id": ASKING_WORKFLOW, "parameters": {"input": "x"}});
    let error = body(mock.with_json("POST", "/v1/workflow/run", &asking)).await;
    assert_eq!((&error["code"], &error["data"]), (&json!(6039), &Value::Null));
    mock.server.state(|state| {
        let node = Node::Output { title: "A".to_owned(), text: "b".to_owned() };
        let mut draft = Workflow::new("7", "draft", vec![node], 1);
        draft.versions.clear();
        state.workflows.all.insert("7", draft);
    });
    let draft = json!({"workflow_id": "7", "parameters": {}});
    let error = body(mock.with_json("POST", "/v1/workflow/run", &draft)).await;
    assert_eq!(error["code"], 6031);
    // After an error before the first event, the body is empty.
    for path in ["/v1/workflow/stream_run", "/v1/workflows/chat"] {
        let mut request = draft.clone();
        request["additional_messages"] = json!([]);
        let response = mock.with_json("POST", path, &request).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.headers()["content-type"].to_str().unwrap().contains("json"));
        assert_eq!(response.text().await.unwrap(), "", "{path}");
    }
    let role = body(mock.request("GET", &format!("/v1/workflows/{CHATFLOW}"))).await;
    assert_eq!(role["data"]["role"]["workflow_id"], CHATFLOW);
    let error = body(mock.request("GET", &format!("/v1/workflows/{WORKFLOW}"))).await;
    assert_eq!(error["code"], 777_777_780);
}

#[tokio::test]
async fn streams_of_workflows_have_ids_and_spaces() {
    let mock = studio().await;
    let request = json!({"workflow_id": WORKFLOW, "parameters": {"a": "[fail 720701013 No.]"}});
    let all = events(mock.with_json("POST", "/v1/workflow/stream_run", &request)).await;
    assert!(all.iter().all(|event| event.spaced));
    let ids: Vec<String> = all.iter().map(|event| event.id.clone().unwrap()).collect();
    assert_eq!(ids, (0..ids.len()).map(|id| id.to_string()).collect::<Vec<_>>());
    assert!(!names(&all).contains(&"PING"));
    let message = all[0].json();
    let members = [
        "content",
        "content_type",
        "node_seq_id",
        "node_id",
        "node_is_finish",
        "node_title",
        "node_type",
    ];
    assert_members(&message, &members);
    let error = all.last().unwrap();
    assert_eq!(error.name, "Error");
    assert_members(&error.json(), &["debug_url", "error_code", "error_message"]);
}

#[tokio::test]
async fn conversations_of_apps_are_created_first() {
    let mock = studio().await;
    let create = async |existing: bool| {
        let request = json!({
            "app_id": APP, "conversation_name": "tea", "get_or_create": existing,
        });
        body(mock.with_json("POST", "/v1/workflow/conversation/create", &request)).await
    };
    assert_eq!(create(true).await["code"], 777_777_762);
    let created = create(false).await["data"].clone();
    assert_members(&created, &["id", "created_at", "meta_data", "last_section_id"]);
    assert_eq!(create(true).await["data"]["id"], created["id"]);

    let message = json!({"role": "user", "content": "Hello", "content_type": "text"});
    let request = json!({
        "workflow_id": CHATFLOW, "app_id": APP, "additional_messages": [message],
        "parameters": {"CONVERSATION_NAME": "tea"},
    });
    let all = events(mock.with_json("POST", "/v1/workflows/chat", &request)).await;
    assert_eq!(all[0].id.as_deref(), Some("1"));
    assert_members(
        &all[0].json(),
        &["id", "conversation_id", "status", "execute_id", "section_id"],
    );
    assert_eq!(all[0].json()["conversation_id"], created["id"]);
    assert_eq!(all.last().unwrap().name, "done");
    let completed = all[all.len() - 2].json();
    let usage = &completed["usage"];
    assert_eq!(
        usage["token_count"].as_i64(),
        usage["output_count"].as_i64().map(|count| 2 * count)
    );
    assert_eq!(completed["bot_id"], APP);

    let failing = json!({
        "workflow_id": CHATFLOW, "app_id": APP, "parameters": {"CONVERSATION_NAME": "tea"},
        "additional_messages": [{"role": "user", "content": "[fail 720701013 No.]", "content_type": "text"}],
    });
    let all = events(mock.with_json("POST", "/v1/workflows/chat", &failing)).await;
    let error = all.last().unwrap();
    assert_eq!((error.name.as_str(), &error.json()["code"]), ("error", &json!("720701013")));
}

#[tokio::test]
async fn documents_are_counted_from_page_zero() {
    let mock = studio().await;
    let create = json!({"name": "Tea", "space_id": WORKSPACE, "format_type": 0});
    let created = body(mock.with_json("POST", "/v1/datasets", &create)).await;
    assert_eq!(created["msg"], "success");
    let dataset = created["data"]["dataset_id"].as_str().unwrap();
    let base = |name: &str| json!({"name": name, "source_info": {"file_base64": "YQ==", "file_type": "txt"}});
    let create = json!({
        "dataset_id": dataset,
        "document_bases": [base("a.txt"), base("b.txt")],
        "chunk_strategy": {"chunk_type": 0},
        "format_type": 0,
    });
    let created =
        body(mock.with_json("POST", "/open_api/knowledge/document/create", &create)).await;
    // The Base64 content is ignored.
    assert_eq!(created["document_infos"][0]["char_count"], 0, "{created}");
    let list = async |options: Value| {
        let mut request = json!({"dataset_id": dataset});
        request.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        body(mock.with_json("POST", "/open_api/knowledge/document/list", &request)).await
    };
    let page = list(json!({"page": 0, "size": 1})).await;
    assert_eq!(page["document_infos"][0]["name"], "a.txt", "{page}");
    assert_eq!((&page["total"], page["document_infos"].as_array().unwrap().len()), (&json!(2), 1));
    assert_eq!(list(json!({"page": 1, "size": 1})).await["document_infos"][0]["name"], "b.txt");
    assert_eq!(list(json!({})).await["document_infos"], json!([]));
    let update =
        json!({"document_id": page["document_infos"][0]["document_id"], "document_name": "c"});
    let updated =
        body(mock.with_json("POST", "/open_api/knowledge/document/update", &update)).await;
    assert_members(&updated, &["code", "msg", "BaseResp"]);
}
