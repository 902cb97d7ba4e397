//! Tests of the playground's server: its responses and its access control.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use coze_spec::Language;

use crate::common::{coze, example_of, quoting};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A playground process, which ends with the test.
pub(crate) struct Playground {
    child: Child,
    url: String,
    key: String,
    http: Client,
    _home: TempDir,
}

impl Drop for Playground {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Playground {
    pub(crate) fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self::spawn(coze(home.path()).arg("playground"), home)
    }

    /// Starts a playground for the API at an address.
    pub(crate) fn at(base_url: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(home.path());
        command.env("COZE_API_BASE", base_url).env("COZE_API_TOKEN", "pat_of_the_user");
        Self::spawn(command.arg("playground"), home)
    }

    fn spawn(command: &mut std::process::Command, home: TempDir) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().to_owned();
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let key = url.split_once("/#key=").unwrap().1.to_owned();
        Self { child, url, key, http, _home: home }
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    pub(crate) fn origin(&self) -> &str {
        self.url.split("/#").next().unwrap()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_without_key(method, path).bearer_auth(&self.key)
    }

    pub(crate) fn request_without_key(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.origin()))
    }

    async fn json(&self, path: &str) -> Value {
        let response = self.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// Returns a request with a form that has the part `call` and optionally a file.
    fn call(&self, call: &Value, file: Option<(&str, &str)>) -> RequestBuilder {
        let mut form = reqwest::multipart::Form::new().text("call", call.to_string());
        if let Some((name, content)) = file {
            let part = reqwest::multipart::Part::text(content.to_owned());
            form = form.part(name.to_owned(), part.file_name("note.txt"));
        }
        self.request(Method::POST, "/api/call").multipart(form)
    }

    async fn lines(&self, call: &Value, file: Option<(&str, &str)>) -> Vec<Value> {
        let response = self.call(call, file).send().await.unwrap();
        let status = response.status();
        let body = response.text().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{body}");
        body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["kind"].as_str().unwrap()).collect()
}

/// Returns the JSON in a line with a response body.
fn body(line: &Value) -> Value {
    assert_eq!(line["kind"], "body");
    serde_json::from_str(line["text"].as_str().unwrap()).unwrap()
}

/// A server that quotes the token in every place does not get it onto the page.
#[tokio::test]
async fn no_line_shows_the_token() {
    let calls = [
        json!({"id": "bots.retrieve", "values": {"bot_id": "7"}}),
        json!({"id": "chat.create", "stream": true, "confirmed": true,
            "values": {"bot_id": "7", "user_id": "1"}}),
        json!({"id": "audio.speech.create", "confirmed": true,
            "values": {"input": "a", "voice_id": "7"}}),
    ];
    for reply in quoting::replies() {
        let quoted = String::from_utf8_lossy(&reply).into_owned();
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(home.path());
        command.env("COZE_API_BASE", quoting::serve(reply)).env("COZE_API_TOKEN", quoting::TOKEN);
        let playground = Playground::spawn(command.arg("playground"), home);
        for call in &calls {
            let response = playground.call(call, None).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            let lines = response.text().await.unwrap();
            assert!(lines.contains("\"kind\":\"head\""), "{lines}");
            quoting::assert_hidden(&lines, &format!("{call} of {quoted}"));
        }
        quoting::assert_hidden(&playground.json("/api/state").await.to_string(), "the state");
    }
}

#[tokio::test]
async fn the_page_and_its_data_are_served() {
    let playground = Playground::start();
    let page = playground.request(Method::GET, "/").send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"));
    let html = page.text().await.unwrap();
    // All assets of the page exist.
    let mut assets = 0;
    for asset in html.split('"').filter(|word| word.starts_with("/assets/")) {
        let response = playground.request(Method::GET, asset).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{asset}");
        assets += 1;
    }
    assert!(assets >= 2);
    let state = playground.json("/api/state").await;
    assert_eq!(state["backend"], "mock");
    assert_eq!(state["profile"], Value::Null);
    assert!(state["defaults"]["bot_id"].is_string());
    let api = coze_spec::api();
    let plain = playground.json("/api/operations").await;
    assert_eq!(plain.as_array().unwrap().len(), api.operations().count());
    let request = playground.request(Method::GET, "/api/operations");
    let response = request.header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    // The list comes before everything else, so it is small.
    let length = response.bytes().await.unwrap().len();
    assert!(length < 16 * 1024, "{length}");
}

#[tokio::test]
async fn operations_are_described_in_the_language_of_the_page() {
    let playground = Playground::start();
    for (tag, language) in [("en", Language::English), ("zh-CN", Language::Chinese)] {
        let get = async |path: &str| {
            let request = playground.request(Method::GET, path).header("accept-language", tag);
            let text = request.send().await.unwrap().text().await.unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let api = coze_spec::api_in(language);
        let other = [Language::English, Language::Chinese].into_iter().find(|it| *it != language);
        let list = get("/api/operations").await;
        let texts = get("/api/search-texts").await;
        for (operation, entry) in api.operations().zip(list.as_array().unwrap()) {
            assert_eq!(entry["id"], operation.id);
            assert_eq!(entry["summary"], operation.summary);
            let summary =
                &coze_spec::api_in(other.unwrap()).operation(&operation.id).unwrap().summary;
            assert_eq!(entry["other_summaries"], json!([summary]));
            let text = texts[&operation.id].as_str().unwrap();
            assert!(text.starts_with(&operation.description.to_lowercase()), "{}", operation.id);
            let details = get(&format!("/api/operations/{}", operation.id)).await;
            assert_eq!(details["operation"], serde_json::to_value(operation).unwrap());
            assert_complete(&details, &operation.id);
        }
    }
    let unknown = playground.request(Method::GET, "/api/operations/bots.none").send().await;
    assert_eq!(unknown.unwrap().status(), StatusCode::NOT_FOUND);
}

/// Checks that the details contain every type that they refer to, once.
fn assert_complete(details: &Value, id: &str) {
    fn visit<'a>(value: &'a Value, names: &mut Vec<&'a str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| visit(item, names)),
            Value::Object(members) => {
                for (name, member) in members {
                    match (name.as_str(), member.as_str()) {
                        ("named" | "flat" | "union" | "data", Some(schema)) => names.push(schema),
                        ("example" | "documented", _) => {}
                        _ => visit(member, names),
                    }
                }
            }
            _ => {}
        }
    }
    let mut names = Vec::new();
    visit(details, &mut names);
    let schemas = details["schemas"].as_array().unwrap();
    let known: Vec<_> = schemas.iter().map(|schema| schema["name"].as_str().unwrap()).collect();
    for name in names {
        let count = known.iter().filter(|known| **known == name).count();
        assert_eq!(count, 1, "{id}: {name}");
    }
}

#[tokio::test]
async fn calls_return_a_line_for_each_event() {
    let playground = Playground::start();
    let call = json!({"id": "bots.list", "values": example_of("bots.list")});
    let lines = playground.lines(&call, None).await;
    assert_eq!(kinds(&lines), ["request", "head", "body", "end"]);
    assert!(body(&lines[2])["data"]["items"][0]["id"].is_string());
    let members = lines[2]["annotated"]["members"].as_array().unwrap();
    assert!(members.iter().any(|member| member["name"] == "code" && member["known"].is_object()));
    assert_eq!(lines[1]["status"], 200);
    assert!(!lines[0].to_string().contains("pat_mock"), "{}", lines[0]);

    let call = json!({"id": "chat.create", "stream": true,
        "values": {"bot_id": playground.json("/api/state").await["defaults"]["bot_id"],
            "user_id": "u",
            "additional_messages":
                [{"role": "user", "content": "Hello", "content_type": "text"}]}});
    let lines = playground.lines(&call, None).await;
    assert!(kinds(&lines).iter().filter(|kind| **kind == "event").count() > 2);
    assert_eq!(lines[lines.len() - 2]["event"], "done");

    let call = json!({"id": "files.upload", "values": {"file": "note.txt"}});
    let lines = playground.lines(&call, Some(("file", "remember the milk"))).await;
    assert_eq!(body(&lines[2])["data"]["file_name"], "note.txt");
    assert_eq!(body(&lines[2])["data"]["bytes"], 17);

    let values = example_of("audio.speech.create");
    let call = json!({"id": "audio.speech.create", "values": values});
    let lines = playground.lines(&call, None).await;
    assert_eq!(kinds(&lines), ["request", "head", "file", "end"]);
    let url = lines[2]["url"].as_str().unwrap();
    let file = playground.request(Method::GET, url).send().await.unwrap();
    let bytes = file.bytes().await.unwrap().len();
    assert_eq!(lines[2]["bytes"], bytes);

    let call = json!({"id": "bots.retrieve", "values": {"bot_id": "1"}});
    let lines = playground.lines(&call, None).await;
    assert_eq!(kinds(&lines), ["request", "head", "body", "error", "end"]);
    assert_eq!(body(&lines[2])["code"], 4200);
    assert_eq!(lines[3]["code"], 4200);
    let message = lines[3]["message"].as_str().unwrap();
    assert!(!message.is_empty() && !message.contains("4200"), "{message}");
}

#[tokio::test]
async fn files_support_range_requests() {
    let playground = Playground::start();
    let values = example_of("audio.speech.create");
    let call = json!({"id": "audio.speech.create", "values": values});
    let lines = playground.lines(&call, None).await;
    let url = lines[2]["url"].as_str().unwrap();
    let get = async |range: &str| {
        let request = playground.request(Method::GET, url).header("range", range);
        let response = request.send().await.unwrap();
        let range = response.headers().get("content-range");
        let range = range.map(|range| range.to_str().unwrap().to_owned());
        (response.status(), range, response.bytes().await.unwrap())
    };
    let (status, content_range, full) = get("letters=a-b").await;
    assert_eq!((status, content_range), (StatusCode::OK, None));
    let length = full.len();
    for (range, start, end) in
        [("bytes=0-", 0, length), ("bytes=4-9", 4, 10), ("bytes=-3", length - 3, length)]
    {
        let (status, content_range, part) = get(range).await;
        assert_eq!(status, StatusCode::PARTIAL_CONTENT, "{range}");
        let expected = format!("bytes {start}-{}/{length}", end - 1);
        assert_eq!(content_range.as_deref(), Some(expected.as_str()), "{range}");
        assert_eq!(part, full[start..end], "{range}");
    }
    let (status, content_range, _) = get(&format!("bytes={length}-")).await;
    assert_eq!(status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(content_range, Some(format!("bytes */{length}")));
    let (status, _, several) = get("bytes=0-1,4-5").await;
    assert_eq!((status, several), (StatusCode::OK, full));
}

#[tokio::test]
async fn samples_contain_the_values() {
    let playground = Playground::start();
    let request = json!({"id": "bots.list", "values": {"workspace_id": "42", "page_size": 3}});
    let response = playground
        .request(Method::POST, "/api/samples")
        .body(request.to_string())
        .send()
        .await
        .unwrap();
    let samples: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
    let rust = samples["rust"].as_str().unwrap();
    assert!(rust.contains("coze.bots().list(\"42\").page_size(3)"), "{rust}");
    let curl = samples["curl"].as_str().unwrap();
    assert!(curl.contains("workspace_id=42") && curl.contains("$COZE_API_TOKEN"), "{curl}");
    // Unknown values are sent, and a comment in the Rust sample says that they have no setter.
    let new = json!({"id": "bots.list", "values": {"brand_new": "x"}});
    let response = playground.request(Method::POST, "/api/samples").body(new.to_string());
    let response = response.send().await.unwrap().bytes().await.unwrap();
    let samples: Value = serde_json::from_slice(&response).unwrap();
    assert!(samples["curl"].as_str().unwrap().contains("brand_new=x"), "{samples}");
    assert!(samples["rust"].as_str().unwrap().contains("no setter for brand_new"), "{samples}");
    let invalid = json!({"id": "bots.retrieve", "values": {"bot_id": ".."}});
    let response = playground.request(Method::POST, "/api/samples").body(invalid.to_string());
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(response.text().await.unwrap().contains("bot_id"));
}

#[tokio::test]
async fn requests_without_the_key_are_rejected() {
    let playground = Playground::start();
    for path in ["/api/state", "/api/operations", "/nowhere"] {
        let plain = playground.request_without_key(Method::GET, path);
        let in_url =
            playground.request_without_key(Method::GET, &format!("{path}?key={}", playground.key));
        let wrong = playground.request_without_key(Method::GET, path).bearer_auth("0000");
        // A cookie is not enough, because other ports of the machine can read and set cookies.
        let cookie = format!("key={0}; coze_playground={0}", playground.key);
        let cookie = playground.request_without_key(Method::GET, path).header("cookie", cookie);
        for request in [plain, in_url, wrong, cookie] {
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
            assert!(response.headers().contains_key("content-security-policy"), "{path}");
            assert!(!response.headers().contains_key("set-cookie"));
        }
    }
    let call =
        playground.request_without_key(Method::POST, "/api/call").body("{}").send().await.unwrap();
    assert_eq!(call.status(), StatusCode::UNAUTHORIZED);
    // The page itself is public and does not contain the key.
    for path in ["/", "/assets/main.js"] {
        let response = playground.request_without_key(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert!(!response.text().await.unwrap().contains(&playground.key));
    }
}

/// Sends bytes. Returns the response and the time until the server closed the connection.
fn send_raw(playground: &Playground, bytes: &str) -> (String, Duration) {
    let address = playground.origin().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(bytes.as_bytes()).unwrap();
    let started = Instant::now();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    (reply, started.elapsed())
}

#[tokio::test]
async fn requests_must_have_exactly_one_host() {
    let playground = Playground::start();
    let own = playground.origin().strip_prefix("http://").unwrap();
    let status_of = |target: &str, hosts: &[&str]| {
        let hosts =
            hosts.iter().map(|host| format!("host: {host}\r\n")).collect::<Vec<_>>().concat();
        let key = &playground.key;
        let head = format!(
            "GET {target} HTTP/1.1\r\n{hosts}authorization: Bearer {key}\r\n\
             connection: close\r\n\r\n"
        );
        let (response, _) = send_raw(&playground, &head);
        response.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status_of("/api/state", &[own]), "200");
    assert_eq!(status_of("/api/state", &[own, "evil.example"]), "403");
    assert_eq!(status_of("/api/state", &["evil.example", own]), "403");
    assert_eq!(status_of("/api/state", &[own, own]), "403");
    assert_eq!(status_of("/api/state", &[]), "403");
    assert_eq!(status_of("http://evil.example/api/state", &[own]), "403");
    assert_eq!(status_of(&format!("http://{own}/api/state"), &[own]), "200");
}

#[tokio::test]
async fn incomplete_requests_time_out() {
    let playground = Playground::start();
    for bytes in ["", "GET /api/state HTTP/1.1\r\nhost: 127"] {
        let (_, after) = send_raw(&playground, bytes);
        assert!(after < Duration::from_secs(15), "{bytes:?} {after:?}");
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_calls_and_removes_files() {
    let temporary = tempfile::tempdir().unwrap();
    let home = tempfile::tempdir().unwrap();
    let mut command = coze(home.path());
    command.arg("playground").env("TMPDIR", temporary.path());
    let mut playground = Playground::spawn(&mut command, home);
    let values = example_of("audio.speech.create");
    playground.lines(&json!({"id": "audio.speech.create", "values": values}), None).await;
    let files = || std::fs::read_dir(temporary.path()).unwrap().count();
    assert_eq!(files(), 1, "the file of the call is stored");
    // A call in progress does not delay the end.
    let message = json!({"role": "user", "content": "[hold]", "content_type": "text"});
    let values =
        json!({"bot_id": crate::common::BOT, "user_id": "u", "additional_messages": [message]});
    let call = json!({"id": "chat.create", "stream": true, "values": values});
    let response = playground.call(&call, None).send().await.unwrap();
    let id = playground.child.id().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
    let status = tokio::task::block_in_place(|| playground.child.wait().unwrap());
    assert!(status.success(), "{status}");
    assert_eq!(files(), 0);
    // The call ended with the program.
    let _ = tokio::time::timeout(Duration::from_secs(10), response.bytes()).await.unwrap();
}

#[tokio::test]
async fn other_hosts_and_origins_are_rejected() {
    let playground = Playground::start();
    let port = playground.origin().rsplit(':').next().unwrap().to_owned();
    for host in ["evil.example", &format!("evil.example:{port}"), "127.0.0.1", "localhost"] {
        let response = playground.request(Method::GET, "/api/state").header("host", host);
        assert_eq!(response.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{host}");
    }
    for origin in ["https://evil.example", "null", "http://127.0.0.1:1", "file://"] {
        let response = playground.request(Method::POST, "/api/samples").header("origin", origin);
        let response = response.body("{}").send().await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{origin}");
        assert!(!response.headers().contains_key("access-control-allow-origin"));
    }
    let other_site =
        playground.request(Method::GET, "/api/state").header("sec-fetch-site", "same-site");
    assert_eq!(other_site.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    let own = playground.request(Method::GET, "/api/state");
    let own = own.header("origin", playground.origin()).header("sec-fetch-site", "same-origin");
    assert_eq!(own.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn paths_cannot_leave_the_assets() {
    let playground = Playground::start();
    for path in [
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%2e%2e%2fmain.rs",
        "/assets/..%5cmain.rs",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/api/files/..%2f..%2fetc%2fpasswd",
        "/api/files/0",
    ] {
        let response = playground.request(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn large_requests_are_rejected() {
    let playground = Playground::start();
    let long = "x".repeat(1024 * 1024 + 1);
    let response = playground.request(Method::POST, "/api/samples").body(long.clone());
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let call = json!({"id": "bots.list", "values": {"workspace_id": long}});
    let response = playground.call(&call, None).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let response = playground.call(&json!({"id": "nothing.here"}), None).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
}

/// Errors of the API may quote HTML from a request, so responses are never HTML.
#[tokio::test]
async fn responses_are_never_html() {
    let playground = Playground::start();
    let html = "<script>alert(1)</script>";
    let call = json!({"id": "bots.retrieve", "values": {"bot_id": html}});
    let response = playground.call(&call, None).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let call = json!({"id": html, "values": {}});
    let response = playground.call(&call, None).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
}

#[tokio::test]
async fn changes_with_a_profile_need_confirmation() {
    let server = coze_mock::MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let profile = json!({"kind": "token", "token": "pat_real", "base_url": server.base_url()});
    std::fs::write(home.path().join("work.profile.json"), profile.to_string()).unwrap();
    let mut command = coze(home.path());
    command.args(["playground", "--profile", "work"]);
    let playground = Playground::spawn(&mut command, home);
    let state = playground.json("/api/state").await;
    assert_eq!((&state["backend"], &state["profile"]), (&json!("profile"), &json!("work")));
    assert_eq!(state["defaults"], json!({}));
    let values = json!({"space_id": "1", "name": "n"});
    let call = json!({"id": "bots.create", "values": values});
    let response = playground.call(&call, None).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert!(response.text().await.unwrap().contains("needs_confirmation"));
    assert_eq!(server.count(), 0);
    let call = json!({"id": "bots.create", "values": values, "confirmed": true});
    let lines = playground.lines(&call, None).await;
    assert_eq!(kinds(&lines).first(), Some(&"request"));
    assert!(!format!("{lines:?}").contains("pat_real"));
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn kept_values_survive_a_restart() {
    let shared = tempfile::tempdir().unwrap();
    let start = || {
        let home = tempfile::tempdir().unwrap();
        let mut command = coze(shared.path());
        Playground::spawn(command.arg("playground"), home)
    };
    let playground = start();
    // Numbers are not rounded.
    let draft = r#"{"big": 9007199254740993}"#;
    for (name, value) in [("drafts.mock", draft), ("response-1", "[]")] {
        let put = playground.request(Method::PUT, &format!("/api/kept/{name}"));
        assert_eq!(put.body(value).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    }
    for (name, body) in [("..%2Foutside", "1"), (".hidden", "1"), ("draft", "not JSON")] {
        let put = playground.request(Method::PUT, &format!("/api/kept/{name}"));
        let status = put.body(body).send().await.unwrap().status();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{name}");
    }
    drop(playground);

    let playground = start();
    let kept = playground.json("/api/kept").await;
    assert_eq!(kept["values"]["drafts.mock"]["big"], 9_007_199_254_740_993_u64);
    assert_eq!(kept["responses"], json!(["response-1"]));
    let removed = playground.request(Method::DELETE, "/api/kept/response-1").send().await.unwrap();
    assert_eq!(removed.status(), StatusCode::NO_CONTENT);
    assert_eq!(playground.json("/api/kept").await["responses"], json!([]));
    let cleared = playground.request(Method::DELETE, "/api/kept").send().await.unwrap();
    assert_eq!(cleared.status(), StatusCode::NO_CONTENT);
    assert_eq!(playground.json("/api/kept").await["values"], json!({}));
}

#[tokio::test]
async fn the_environment_names_the_api_and_the_page_can_switch_it() {
    let server = coze_mock::MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let profile = json!({"kind": "token", "token": "pat_real", "base_url": server.base_url()});
    std::fs::write(home.path().join("work.profile.json"), profile.to_string()).unwrap();
    let mut command = coze(home.path());
    command.env("COZE_API_BASE", server.base_url()).env("COZE_API_TOKEN", "pat_environment");
    let playground = Playground::spawn(command.arg("playground"), home);
    let state = playground.json("/api/state").await;
    assert_eq!(state["base_url"], server.base_url());
    assert_eq!((&state["backend"], &state["environment"]), (&json!("profile"), &json!(true)));
    assert_eq!(state["profiles"], json!([{"name": "work", "base_url": server.base_url()}]));

    let switch = async |target: Value| {
        let request = playground.request(Method::PUT, "/api/target").body(target.to_string());
        let response = request.send().await.unwrap();
        let status = response.status();
        (status, serde_json::from_str::<Value>(&response.text().await.unwrap()).unwrap())
    };
    let (status, state) = switch(json!("mock")).await;
    assert_eq!((status, &state["backend"]), (StatusCode::OK, &json!("mock")));
    let own_mock = state["base_url"].clone();
    assert_ne!(own_mock, server.base_url());
    let (_, state) = switch(json!({"profile": "work"})).await;
    assert_eq!((&state["profile"], &state["defaults"]), (&json!("work"), &json!({})));
    let (status, error) = switch(json!({"profile": "unknown"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{error}");
    assert_eq!(playground.json("/api/state").await["profile"], "work");
    // The mock keeps its data.
    assert_eq!(switch(json!("mock")).await.1["base_url"], own_mock);
    let reset = playground.request(Method::PUT, "/api/mock").send().await.unwrap();
    assert_eq!(reset.status(), StatusCode::OK);
    assert_ne!(playground.json("/api/state").await["base_url"], own_mock);
}

#[tokio::test]
async fn the_mock_can_be_told_to_fail() {
    let playground = Playground::start();
    let set = async |faults: Value| {
        let request = playground.request(Method::PUT, "/api/mock/faults").body(faults.to_string());
        request.send().await.unwrap().status()
    };
    assert_eq!(set(json!(["status=418"])).await, StatusCode::OK);
    assert_eq!(playground.json("/api/state").await["faults"], json!(["status=418"]));
    let call = json!({"id": "users.me"});
    assert_eq!(playground.lines(&call, None).await[1]["status"], 418);
    assert_eq!(set(json!(["nonsense"])).await, StatusCode::BAD_REQUEST);
    assert_eq!(set(json!([])).await, StatusCode::OK);
    assert_eq!(playground.lines(&call, None).await[1]["status"], 200);
}
