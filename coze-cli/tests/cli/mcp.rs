//! `coze mcp` over standard input and output.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::common::{WORKSPACE, coze};

#[test]
fn an_agent_calls_a_tool_over_stdio() {
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.args(["mcp", "--mock", "--operations", "bots", "--lang", "zh"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut send = |message: Value| writeln!(stdin, "{message}").unwrap();
    let mut receive =
        || -> Value { serde_json::from_str(&stdout.next().unwrap().unwrap()).unwrap() };
    let client = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client});
    send(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}));
    assert_eq!(receive()["result"]["serverInfo"]["name"], "coze");
    send(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    send(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
    let tools = receive()["result"]["tools"].take();
    let list = tools.as_array().unwrap().iter().find(|tool| tool["name"] == "bots_list").unwrap();
    assert!(list["description"].as_str().unwrap().contains("智能体"), "{list}");
    let params = json!({"name": "bots_list", "arguments": {"workspace_id": WORKSPACE}});
    send(json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params}));
    let result = receive()["result"].take();
    assert_eq!(result["isError"], false, "{result}");
    assert!(result["structuredContent"]["total"].is_number(), "{result}");
    // The program ends with its client.
    drop(stdin);
    assert!(child.wait().unwrap().success());
}
