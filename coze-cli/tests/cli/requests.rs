//! `coze api`, and the options that it shares with `coze call`.

use coze_mock::MockServer;
use serde_json::{Value, json};

use crate::common::{
    BOT, WORKSPACE, assert_failure, assert_success, coze, mocked, output_with_input, run, text,
    value,
};

/// A mock server, with a program that has a token for it.
struct Setup {
    server: MockServer,
    home: tempfile::TempDir,
}

impl Setup {
    async fn new() -> Self {
        Self { server: MockServer::start().await.unwrap(), home: tempfile::tempdir().unwrap() }
    }

    fn run(&self, args: &[&str]) -> std::process::Output {
        self.run_with_input(args, "")
    }

    fn run_with_input(&self, args: &[&str], input: &str) -> std::process::Output {
        let mut command = coze(self.home.path());
        command.args(args).current_dir(self.home.path());
        command.env("COZE_API_BASE", self.server.base_url()).env("COZE_API_TOKEN", "pat_secret");
        output_with_input(command, input)
    }

    /// Returns the body of the last request.
    fn sent(&self) -> String {
        text(&self.server.requests().last().unwrap().body)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_path_is_requested() {
    let setup = Setup::new().await;
    let path = format!("/v1/bots?workspace_id={WORKSPACE}");
    let page = value(&setup.run(&["api", "GET", &path]));
    assert_eq!(page["data"]["items"][0]["id"], BOT);
    let workspace = format!("workspace_id={WORKSPACE}");
    let page = value(&setup.run(&["api", "get", "v1/bots", "-f", &workspace, "-F", "page_num=1"]));
    assert_eq!(page["data"]["items"][0]["id"], BOT);
    let request = setup.server.requests().pop().unwrap();
    assert_eq!(request.query.as_deref(), Some(&*format!("{workspace}&page_num=1")));

    setup.run(&[
        "api",
        "POST",
        "/v1/new",
        "-f",
        "id=007",
        "-F",
        "n=12345678901234567890",
        "-F",
        "l=[1]",
    ]);
    assert_eq!(
        serde_json::from_str::<Value>(&setup.sent()).unwrap(),
        json!({"id": "007", "n": 12_345_678_901_234_567_890_u64, "l": [1]})
    );
    // Input is sent unchanged, and fields go to the query.
    let input = r#"{"n": 1.10, "big": 12345678901234567890123, "n": 2}"#;
    setup.run_with_input(&["api", "POST", "/v1/new", "--input", "-", "-f", "lane=blue"], input);
    assert_eq!(setup.sent(), input);
    assert_eq!(setup.server.requests().pop().unwrap().query.as_deref(), Some("lane=blue"));

    std::fs::write(setup.home.path().join("note.txt"), "remember").unwrap();
    let upload = ["api", "POST", "/v1/files/upload", "-F", "file=@note.txt", "-f", "x=1"];
    assert_eq!(value(&setup.run(&upload))["data"]["file_name"], "note.txt");
    assert!(setup.sent().contains("remember") && setup.sent().contains("name=\"x\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_requests_are_explained() {
    let setup = Setup::new().await;
    let cases: [(&[&str], &str); 6] = [
        (&["api", "GET", "https://api.coze.cn/v1/bots"], "is a URL, but a path is needed"),
        (&["api", "G E T", "/v1/bots"], "is not an HTTP method"),
        (&["api", "POST", "/v1/x", "-f", "novalue"], "-f takes NAME=TEXT, not `novalue`"),
        (&["api", "POST", "/v1/x", "-F", "a={x"], "-F a takes JSON"),
        (&["api", "POST", "/v1/x", "-H", "novalue"], "-H takes 'NAME: VALUE'"),
        (&["api", "GET", "/v1/bots", "--jq", ".["], "the filter `.[` of --jq is invalid"),
    ];
    for (args, expected) in cases {
        let stderr = assert_failure(&setup.run(args), 2);
        assert!(stderr.contains(expected), "{expected}: {stderr}");
    }
    let input = setup.run_with_input(&["api", "POST", "/v1/x", "--input", "-"], "{x");
    assert!(assert_failure(&input, 2).contains("is not JSON"));
    assert_eq!(setup.server.requests().len(), 0, "nothing was sent");
    // An error of the API is a failure.
    let args = ["api", "GET", "/v1/bots", "-f", "workspace_id=1"];
    assert!(assert_failure(&setup.run(&args), 3).contains("4200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_of_a_path_are_fetched() {
    let setup = Setup::new().await;
    let call = ["call", "workspaces.list", "--all", "--page-size", "1"];
    let api = ["api", "GET", "/v1/workspaces?page_size=1", "--paginate"];
    let (expected, found) = (setup.run(&call), setup.run(&api));
    assert_eq!(assert_success(&found), assert_success(&expected));
    assert!(assert_success(&found).lines().count() > 0);
    let api = ["api", "GET", "/v1/conversations", "-f", &format!("bot_id={BOT}"), "--paginate"];
    assert_success(&setup.run(&api));
}

/// Returns the pages of lists of numbers in several layouts.
async fn page(request: axum::extract::Request) -> axum::Json<Value> {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = axum::body::to_bytes(request.into_body(), 1 << 16).await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let param = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let in_query = pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned());
        in_query.unwrap_or_else(|| body[name].as_str().unwrap_or_default().to_owned())
    };
    let number = |name: &str| param(name).parse().unwrap_or(1);
    let item = |number: i64| json!({"id": number});
    axum::Json(match path.as_str() {
        "/v1/numbered" => {
            let page: i64 = number("page_num");
            json!({"data": {"list": [item(page)], "has_more": page < 3}})
        }
        "/v1/indexed" => {
            let page: i64 = number("page_index");
            json!({"data": {"items": [item(page)], "total": 3}})
        }
        "/v1/tokens" => {
            let page: i64 = number("page_token");
            let next = if page < 3 { (page + 1).to_string() } else { String::new() };
            json!({"data": {"items": [item(page)], "next_page_token": next, "has_more": page < 3}})
        }
        "/v1/ids" => {
            let last = param("after_id").parse().unwrap_or(0) + 1;
            let (id, more) = (last.to_string(), last < 3);
            json!({"data": [item(last)], "first_id": id, "last_id": id, "has_more": more})
        }
        "/v1/whole" => json!({"data": {"items": [item(1), item(2), item(3)]}}),
        "/v1/endless" => json!({"data": {"items": [item(1)], "has_more": true}}),
        _ => json!({"data": {"id": "1"}}),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn all_pages_of_unknown_lists_are_fetched() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(page);
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let home = tempfile::tempdir().unwrap();
    let fetch = |args: &[&str]| {
        let mut command = coze(home.path());
        command.arg("api").args(args).arg("--paginate").env("COZE_API_TOKEN", "pat_secret");
        command.env("COZE_API_BASE", &base).output().unwrap()
    };
    for args in [
        &["GET", "/v1/numbered"][..],
        &["GET", "/v1/indexed?page_index=1"],
        &["GET", "/v1/tokens"],
        &["POST", "/v1/ids", "-f", "bot_id=7"],
        &["GET", "/v1/whole"],
    ] {
        let items = assert_success(&fetch(&[args, &["--jq", ".id"]].concat()));
        assert_eq!(items, "1\n2\n3\n", "{args:?}");
    }
    let stderr = assert_failure(&fetch(&["GET", "/v1/endless"]), 5);
    assert!(stderr.contains("ignored `page_num`") && stderr.contains("page_index=1"), "{stderr}");
    let stderr = assert_failure(&fetch(&["GET", "/v1/object"]), 3);
    assert!(stderr.contains("the response has no list"), "{stderr}");
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exchange_is_shown_without_the_token() {
    let setup = Setup::new().await;
    for args in [&["api", "GET", "/v1/users/me"][..], &["call", "users.me"]] {
        let shown = setup.run(&[args, &["-i", "-H", "x-lane: blue"]].concat());
        let stdout = assert_success(&shown);
        let (head, body) = stdout.split_once("\n\n").unwrap();
        assert!(head.starts_with("HTTP 200\n") && head.contains("x-tt-logid: "), "{head}");
        assert!(serde_json::from_str::<Value>(body).is_ok(), "{body}");
        assert_eq!(setup.server.requests().pop().unwrap().header("x-lane"), "blue");

        let shown = setup.run(&[args, &["--verbose"]].concat());
        let stderr = text(&shown.stderr);
        for part in ["> GET http", "> authorization: Bearer ***", "< HTTP 200 (", "< x-tt-logid: "]
        {
            assert!(stderr.contains(part), "{part}: {stderr}");
        }
        assert!(!stderr.contains("pat_secret"), "{stderr}");
        assert!(serde_json::from_str::<Value>(&assert_success(&shown)).is_ok());
    }
    let body = r#"{"text": "pat_secret"}"#;
    let shown = setup.run_with_input(&["api", "POST", "/v1/x", "--input", "-", "-v"], body);
    assert!(text(&shown.stderr).contains("> {\"text\": \"***\"}"), "{}", text(&shown.stderr));
}

#[test]
fn filters_select_from_responses_items_and_events() {
    let list = ["call", "bots.list", "--workspace-id", WORKSPACE];
    let names = mocked(&[&list[..], &["--jq", ".data.items[].id"]].concat());
    assert_eq!(assert_success(&names), format!("{BOT}\n"));
    let names = mocked(&[&list[..], &["--all", "--jq", "[.id, .is_published]"]].concat());
    assert_eq!(assert_success(&names), format!("[\"{BOT}\",true]\n"));
    let chat = ["api", "POST", "/v3/chat", "--stream", "-f", "user_id=u", "-F", "stream=true"];
    let bot = format!("bot_id={BOT}");
    let message = r#"additional_messages=[{"role":"user","content":"Hi","content_type":"text"}]"#;
    let events = mocked(&[&chat[..], &["-f", &bot, "-F", message, "--jq", ".event"]].concat());
    assert_eq!(assert_success(&events).lines().last(), Some("done"));
}

#[test]
fn unknown_parameters_are_sent() {
    let fields = ["-f", "brand_new=007", "-F", "also_new={\"a\": 1}", "-H", "x-lane: blue"];
    let create = ["call", "bots.create", "--dry-run", "--space-id", "1", "-f", "name=n"];
    let output = run(&[&create[..], &fields].concat());
    let shown = assert_success(&output);
    for part in
        ["\"brand_new\":\"007\"", "\"also_new\":{\"a\":1}", "x-lane: blue", "\"name\":\"n\""]
    {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let notes = text(&output.stderr);
    assert!(notes.contains("`brand_new` is not a known parameter"), "{notes}");
    assert!(!notes.contains("`name`"), "{notes}");
    // Known parameters have their types.
    let typed = ["call", "bots.list", "-f", "workspace_id=1", "-f", "page_num=x", "--dry-run"];
    assert!(assert_failure(&run(&typed), 2).contains("--page_num takes an integer"));
}

#[test]
fn a_dry_run_prints_curl_alone() {
    for args in [
        &["call", "bots.list", "--workspace-id", "42", "--dry-run", "--curl"][..],
        &["api", "GET", "/v1/bots", "-f", "workspace_id=42", "--dry-run", "--curl"],
    ] {
        let shown = assert_success(&run(args));
        let expected = "curl --request GET 'https://api.coze.cn/v1/bots?workspace_id=42'";
        assert!(shown.starts_with(expected), "{shown}");
    }
    assert_failure(&run(&["call", "bots.list", "--curl"]), 2);
}

/// A value that is not valid JSON is not called one of the wrong type.
#[test]
fn broken_json_is_called_broken() {
    let create = ["call", "bots.create", "--mock", "--space-id", "1", "--name", "n"];
    let broken = run(&[&create[..], &["--prompt_info", "{prompt: x}"]].concat());
    let stderr = assert_failure(&broken, 2);
    let expected = "--prompt_info takes a JSON object, but the value is not valid JSON: key must";
    assert!(stderr.contains(expected), "{stderr}");
    let other = run(&[&create[..], &["--prompt_info", "[1]"]].concat());
    assert!(assert_failure(&other, 2).contains("takes a JSON object, not `[1]`"));
}
