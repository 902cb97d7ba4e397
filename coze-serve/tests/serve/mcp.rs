//! The MCP server over HTTP.

use axum::Router;
use axum::routing;
use coze_api::observe::Outcome;
use coze_mock::state::{BOT, WORKFLOW};
use coze_mock::{MockServer, Reply};
use coze_serve::mcp::{Builder, Server};
use serde_json::{Value, json};

use crate::support::{Answer, Served, client, get, observed, post, wait_for};

const ACCEPT: &str = "application/json, text/event-stream";

/// A session of a client.
struct Session {
    url: String,
    id: String,
}

impl Session {
    async fn start(served: &Served) -> Self {
        Self::start_at(format!("{}/mcp", served.url)).await
    }

    async fn start_at(url: String) -> Self {
        let mut session = Self { url, id: String::new() };
        let params = json!({
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        });
        let answer = session.send(&request("initialize", &params)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(data(&answer)["result"]["serverInfo"]["name"], "coze");
        answer.header("mcp-session-id").clone_into(&mut session.id);
        let initialized = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        assert_eq!(session.send(&initialized).await.status, 202);
        session
    }

    fn post(&self, message: &Value) -> reqwest::RequestBuilder {
        let request = post(&self.url, message).header("accept", ACCEPT);
        match self.id.as_str() {
            "" => request,
            id => request.header("mcp-session-id", id),
        }
    }

    async fn send(&self, message: &Value) -> Answer {
        Answer::of(self.post(message).send().await.unwrap()).await
    }

    async fn request(&self, method: &str, params: &Value) -> Value {
        data(&self.send(&request(method, params)).await)
    }

    async fn call(&self, tool: &str, arguments: Value) -> Value {
        let params = json!({"name": tool, "arguments": arguments});
        self.request("tools/call", &params).await["result"].take()
    }

    async fn tools(&self) -> Vec<Value> {
        let mut listed = self.request("tools/list", &json!({})).await;
        listed["result"]["tools"].take().as_array().unwrap().clone()
    }
}

fn request(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params})
}

/// Returns the message in a response: its JSON, or its last event.
fn data(answer: &Answer) -> Value {
    let mut lines = answer.text.lines().filter_map(|line| line.strip_prefix("data:"));
    let text = lines.rfind(|line| !line.trim().is_empty()).unwrap_or(&answer.text);
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {}", answer.text))
}

async fn serve(builder: Builder) -> (Served, Session) {
    let served = Served::start(builder.build().await.unwrap().router()).await;
    let session = Session::start(&served).await;
    (served, session)
}

fn text(result: &Value) -> &str {
    result["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{result}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_that_only_read_are_tools_by_default() {
    let mock = MockServer::start().await.unwrap();
    let (_served, session) = serve(Server::builder(client(&mock))).await;
    let tools = session.tools().await;
    assert!(tools.len() > 30, "{}", tools.len());
    for tool in &tools {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert!(!tool["description"].as_str().unwrap().is_empty(), "{tool}");
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
    }
    let refused = session.request("tools/call", &json!({"name": "bots_create"})).await;
    assert!(refused["error"]["message"].as_str().unwrap().contains("no tool bots_create"));
    assert_eq!(mock.count(), 0);
}

/// A program serves it below a path of its own, beside its other routes.
#[tokio::test(flavor = "multi_thread")]
async fn the_router_is_nested_in_a_program() {
    let mock = MockServer::start().await.unwrap();
    let server = Server::builder(client(&mock)).operations("bots.retrieve").build().await.unwrap();
    let program = Router::new()
        .route("/", routing::get(|| async { "the program" }))
        .nest("/agents/coze", server.router())
        .fallback(|| async { (axum::http::StatusCode::NOT_FOUND, "nothing here") });
    let served = Served::start(program).await;
    let url = format!("{}/agents/coze/mcp", served.url);
    let session = Session::start_at(url.clone()).await;
    assert_eq!(session.tools().await[0]["name"], "bots_retrieve");
    let bot = session.call("bots_retrieve", json!({"bot_id": BOT})).await;
    assert_eq!(bot["structuredContent"]["bot_id"], BOT, "{bot}");
    // The checks of access are nested with it.
    let foreign = post(&url, &request("ping", &json!({}))).header("accept", ACCEPT);
    assert_eq!(foreign.header("host", "attacker.example").send().await.unwrap().status(), 403);
    // The other routes stay those of the program.
    assert_eq!(get(&served.url).await.text, "the program");
    let unknown = get(&format!("{}/mcp", served.url)).await;
    assert_eq!((unknown.status, unknown.text.as_str()), (404, "nothing here"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_returns_the_payload_with_ids_as_strings() {
    let reply = json!({"code": 0, "msg": "", "data": {"total": 1, "items": [
        {"id": 7_342_866_812_345_000_001_i64, "name": "Tea"},
    ]}});
    let mock = MockServer::builder().check_replies(false);
    let mock = mock.on("bots.list", move |_, _| Ok(Reply::json(reply.clone())));
    let mock = mock.start().await.unwrap();
    let (_served, session) = serve(Server::builder(client(&mock)).operations("bots.list")).await;
    // Models write IDs as numbers at times.
    let result = session.call("bots_list", json!({"workspace_id": 7, "page_size": 2})).await;
    let expected = json!({"total": 1, "items": [{"id": "7342866812345000001", "name": "Tea"}]});
    assert_eq!(result["structuredContent"], expected);
    assert_eq!(serde_json::from_str::<Value>(text(&result)).unwrap(), expected);
    let query = mock.requests_to("bots.list")[0].query.clone().unwrap();
    assert!(query.contains("workspace_id=7") && query.contains("page_size=2"), "{query}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_results() {
    let mock = MockServer::start().await.unwrap();
    let builder = Server::builder(client(&mock)).operations("bots").operations("files");
    let (_served, session) = serve(builder.allow_changes()).await;
    let file = |file: Value| json!({"file": file});
    for (tool, arguments, reason) in [
        ("bots_list", json!({}), "workspace_id: a value is required"),
        ("bots_list", json!({"workspace_id": "1", "x": 1}), "no argument `x`"),
        ("bots_retrieve", json!({"bot_id": ".."}), "must not be"),
        ("bots_retrieve", json!({"bot_id": "1"}), "API error"),
        ("files_upload", json!({}), "file: a file is required"),
        ("files_upload", file(json!({"name": "a.txt"})), "either `text` or `base64`"),
        ("files_upload", file(json!({"name": "a", "base64": "%"})), "not Base64"),
    ] {
        let result = session.call(tool, arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        assert!(text(&result).contains(reason), "{result}");
        assert!(!result.to_string().contains("pat_of_the_server"));
    }
    let uploaded = session.call("files_upload", file(json!({"name": "a.txt", "text": "Hi"}))).await;
    assert_eq!(uploaded["structuredContent"]["file_name"], "a.txt", "{uploaded}");
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_and_workflows_are_tools() {
    let mock = MockServer::start().await.unwrap();
    let builder = Server::builder(client(&mock)).bot(BOT).workflow(WORKFLOW).user_id("ann");
    let (_served, session) = serve(builder).await;
    let tools = session.tools().await;
    assert_eq!(tools.len(), 2, "nothing else was chosen");
    let [bot, workflow] = [&tools[0], &tools[1]];
    assert_eq!(bot["inputSchema"]["required"], json!(["message"]));
    assert_eq!(bot["annotations"]["readOnlyHint"], false);
    let name = bot["name"].as_str().unwrap();
    let answer = session.call(name, json!({"message": "[suggest More?] Hello"})).await;
    assert_eq!(text(&answer), "You said: Hello.");
    let notes = answer["content"][1]["text"].as_str().unwrap();
    assert!(notes.ends_with("suggested question: More?"), "{notes}");
    let id = notes.lines().next().unwrap().strip_prefix("conversation_id: ").unwrap();
    let again = session.call(name, json!({"message": "Go on", "conversation_id": id})).await;
    assert!(text(&again).contains("turn 2"), "{again}");
    assert_eq!(mock.requests_to("chat.create")[0].json()["user_id"], "ann");

    let properties = workflow["inputSchema"]["properties"].as_object().unwrap();
    assert!(!properties.is_empty(), "{workflow}");
    let name = workflow["name"].as_str().unwrap();
    let values = properties.keys().map(|name| (name.clone(), json!("Kunming")));
    let output = session.call(name, Value::Object(values.collect())).await;
    assert_eq!(output["isError"], false, "{output}");
    assert!(text(&output).contains("Kunming"), "{output}");
}

/// The notifications have the whole answer, in order, and only if the client asks for them.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_reports_its_progress() {
    let mock = MockServer::start().await.unwrap();
    let (_served, session) =
        serve(Server::builder(client(&mock)).bot(BOT).workflow(WORKFLOW)).await;
    let tools = session.tools().await;
    let values = tools[1]["inputSchema"]["properties"].as_object().unwrap().keys();
    let values: Value = values.map(|name| (name.clone(), json!("Kunming"))).collect();
    for (tool, arguments) in [(&tools[0], json!({"message": "One two three"})), (&tools[1], values)]
    {
        let mut params = json!({"name": tool["name"], "arguments": arguments});
        let silent = session.send(&request("tools/call", &params)).await;
        assert!(!silent.text.contains("notifications/progress"), "{}", silent.text);
        params["_meta"] = json!({"progressToken": "a-token"});
        let answer = session.send(&request("tools/call", &params)).await;
        let lines = answer.text.lines().filter_map(|line| line.strip_prefix("data:"));
        let messages = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let (mut written, mut last) = (String::new(), 0.0);
        for message in messages.filter(|message| message["method"] == "notifications/progress") {
            let params = &message["params"];
            assert_eq!(params["progressToken"], "a-token");
            assert!(params["progress"].as_f64().unwrap() > last, "{}", answer.text);
            last = params["progress"].as_f64().unwrap();
            written.push_str(params["message"].as_str().unwrap());
        }
        assert_eq!(written, text(&data(&answer)["result"]), "{}", answer.text);
        assert!(!written.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_call_cancels_the_chat() {
    let mock = MockServer::start().await.unwrap();
    let (_served, session) = serve(Server::builder(client(&mock)).bot(BOT)).await;
    let name = session.tools().await[0]["name"].clone();
    let params = json!({"name": name, "arguments": {"message": "[hold]"}});
    let call = tokio::spawn(session.post(&request("tools/call", &params)).send());
    wait_for(&mock, "chat.create").await;
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    let params = json!({"requestId": 7, "reason": "enough"});
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params});
    assert_eq!(session.send(&cancel).await.status, 202);
    wait_for(&mock, "chat.cancel").await;
    call.abort();
}

/// The server never ends the stream of the workflow.
#[tokio::test(flavor = "multi_thread")]
async fn a_canceled_call_closes_the_stream_of_the_workflow() {
    let mock = MockServer::start().await.unwrap();
    let (coze, mut outcomes) = observed(&mock);
    let (_served, session) = serve(Server::builder(coze).workflow(WORKFLOW)).await;
    let name = session.tools().await[0]["name"].clone();
    mock.fault("hang=10".parse().unwrap());
    let params = json!({"name": name, "arguments": {}});
    let call = tokio::spawn(session.post(&request("tools/call", &params)).send());
    wait_for(&mock, "workflows.runs.stream").await;
    let cancel = json!({
        "jsonrpc": "2.0",
        "method": "notifications/cancelled",
        "params": {"requestId": 7, "reason": "enough"},
    });
    assert_eq!(session.send(&cancel).await.status, 202);
    assert_eq!(outcomes.recv().await, Some(Outcome::Canceled));
    let answer = Answer::of(call.await.unwrap().unwrap()).await;
    assert!(!answer.text.contains("result"), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_without_tools_is_an_error() {
    let mock = MockServer::start().await.unwrap();
    let build = |pattern: &str| Server::builder(client(&mock)).operations(pattern).build();
    let error = build("robots").await.unwrap_err();
    assert!(error.is_config() && error.to_string().contains("`robots`"), "{error}");
    let error = build("bots.create").await.unwrap_err();
    assert!(error.to_string().contains("change or cost"), "{error}");
    assert!(Server::builder(client(&mock)).bot("1").build().await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_limited() {
    let mock = MockServer::start().await.unwrap();
    let message = request("ping", &json!({}));
    let builder = || Server::builder(client(&mock)).operations("bots");
    let open = Served::start(builder().build().await.unwrap().router()).await;
    for (name, value) in [("host", "attacker.example"), ("origin", "https://attacker.example")] {
        let request = post(&format!("{}/mcp", open.url), &message).header("accept", ACCEPT);
        assert_eq!(request.header(name, value).send().await.unwrap().status(), 403);
    }
    let router = builder().api_key("key-1").build().await.unwrap().router();
    let closed = Served::start(router).await;
    let request = || post(&format!("{}/mcp", closed.url), &message).header("accept", ACCEPT);
    assert_eq!(request().send().await.unwrap().status(), 401);
    assert_eq!(request().bearer_auth("key-2").send().await.unwrap().status(), 401);
    assert_ne!(request().bearer_auth("key-1").send().await.unwrap().status(), 401);
}
