//! `coze mcp` over standard input and output.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::common::{BOT, WORKSPACE, coze};

/// An agent that has started the program.
struct Agent {
    child: Child,
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    _home: tempfile::TempDir,
}

impl Agent {
    fn start(args: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(home.path());
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut agent = Self { child, stdin, stdout, _home: home };
        let client = json!({"name": "test", "version": "1"});
        let version = "2025-06-18";
        let params = json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client});
        assert_eq!(agent.request("initialize", &params)["serverInfo"]["name"], "coze");
        agent.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        agent
    }

    fn send(&mut self, message: &Value) {
        writeln!(self.stdin, "{message}").unwrap();
    }

    /// Sends a request and returns its result.
    fn request(&mut self, method: &str, params: &Value) -> Value {
        self.send(&json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}));
        let line = self.stdout.next().unwrap().unwrap();
        serde_json::from_str::<Value>(&line).unwrap()["result"].take()
    }

    fn tools(&mut self) -> Vec<Value> {
        let mut listed = self.request("tools/list", &json!({}));
        serde_json::from_value(listed["tools"].take()).unwrap()
    }

    /// Disconnects. The program ends with its client.
    fn end(mut self) {
        drop(self.stdin);
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn an_agent_calls_a_tool_over_stdio() {
    let mut agent = Agent::start(&["mcp", "--mock", "--operations", "bots", "--lang", "zh"]);
    let tools = agent.tools();
    let list = tools.iter().find(|tool| tool["name"] == "bots_list").unwrap();
    assert!(list["description"].as_str().unwrap().contains("智能体"), "{list}");
    let params = json!({"name": "bots_list", "arguments": {"workspace_id": WORKSPACE}});
    let result = agent.request("tools/call", &params);
    assert_eq!(result["isError"], false, "{result}");
    assert!(result["structuredContent"]["total"].is_number(), "{result}");
    agent.end();
}

/// The settings of MCP hosts in the READMEs start a server, after the ID of the bot is replaced.
#[test]
fn the_settings_to_copy_are_valid() {
    for name in ["README.md", "README.zh-CN.md"] {
        let path = format!("{}/../{name}", env!("CARGO_MANIFEST_DIR"));
        let readme = std::fs::read_to_string(path).unwrap();
        let blocks = readme.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
        let settings: Vec<Value> =
            blocks.map(|block| serde_json::from_str(block).unwrap()).collect();
        let [settings] = settings.as_slice() else { panic!("{name}: {settings:?}") };
        let server = &settings["mcpServers"]["coze"];
        assert_eq!(server["command"], "coze", "{name}");
        // The bot of the mock is on no other platform.
        assert!(!settings.to_string().contains(BOT), "{name}");
        let args: Vec<String> = serde_json::from_value(server["args"].clone()).unwrap();
        assert!(args.iter().any(|arg| arg == "YOUR_BOT_ID"), "{name}: {args:?}");
        let arg = |arg: &String| if arg == "YOUR_BOT_ID" { BOT.to_owned() } else { arg.clone() };
        let args: Vec<String> = args.iter().map(arg).chain(["--mock".to_owned()]).collect();
        let mut agent = Agent::start(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let tools = agent.tools();
        let has = |name: &str| tools.iter().any(|tool| tool["name"] == name);
        assert!(has("bots_retrieve") && has("workflows_list"), "{name}: {tools:?}");
        assert!(!has("bots_create"), "{name}: only operations that read are offered");
        let asks = |tool: &Value| tool["inputSchema"]["properties"].get("message").is_some();
        assert!(tools.iter().any(asks), "{name}: {tools:?}");
        agent.end();
    }
}
