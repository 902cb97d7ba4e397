//! Checks the samples for curl. `tests/peers/samples.sh` runs those of all languages.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::common::{assert_success, coze, text};
use coze_mock::{MockServer, RecordedRequest};
use coze_spec::model::Type;

/// Compares the requests that the mock receives.
#[tokio::test(flavor = "multi_thread")]
async fn curl_sends_what_the_sdk_sends() {
    let server = MockServer::start().await.unwrap();
    let home = tempfile::tempdir().unwrap();
    for operation in coze_spec::api().operations() {
        let mut values = crate::common::example(operation);
        let mut files = Vec::new();
        for param in &operation.params {
            let name = &param.field.wire;
            if param.field.kind == Type::File {
                let path = home.path().join(format!("it's a {name}; $HOME.txt"));
                fs::write(&path, "what is in the file").unwrap();
                values.as_object_mut().unwrap().remove(name.as_str());
                files.push(format!("--{name}={}", path.display()));
            }
        }
        let run = |more: &[&str]| {
            let mut command = coze(home.path());
            command
                .args(["call", &operation.id, "--json", "-"])
                .args(&files)
                .args(more)
                .env("COZE_API_TOKEN", "pat_sample")
                .env("COZE_API_BASE", server.base_url())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            stdin.write_all(values.to_string().as_bytes()).unwrap();
            drop(stdin);
            child.wait_with_output().unwrap()
        };
        let shown = assert_success(&run(&["--dry-run"]));
        assert!(!shown.contains("pat_sample"), "{shown}");
        let start = shown.find("curl --request").unwrap();
        server.clear_requests();
        let output = run(&[]);
        // The mock rejects some examples, but receives their requests nevertheless.
        let code = output.status.code();
        let errors = text(&output.stderr);
        assert!(matches!(code, Some(0 | 3)), "{}: {errors}", &operation.id);
        let curl = Command::new("sh")
            .args(["-c", &shown[start..]])
            .env("COZE_API_TOKEN", "pat_sample")
            .env("NO_PROXY", "127.0.0.1")
            .output()
            .unwrap();
        assert!(curl.status.success(), "{}", text(&curl.stderr));
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{}", &operation.id);
        let (sdk, curl) = (comparable(&requests[0]), comparable(&requests[1]));
        assert_eq!(sdk, curl, "{}", &shown[start..]);
    }
}

type ComparableRequest = (String, Option<String>, BTreeMap<String, String>, Vec<String>);

/// Returns the parts of a request that must be equal.
fn comparable(request: &RecordedRequest) -> ComparableRequest {
    // Headers that each client sets itself.
    const CLIENT_HEADERS: [&str; 6] = [
        "user-agent",
        "x-coze-client-user-agent",
        "accept",
        // In a build of the whole workspace, the SDK accepts compressed bodies.
        "accept-encoding",
        "content-length",
        "expect",
    ];
    let mut headers: BTreeMap<String, String> = request
        .headers
        .iter()
        .filter(|(name, _)| !CLIENT_HEADERS.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
        .collect();
    let body = text(&request.body);
    let kind = headers.get("content-type").cloned().unwrap_or_default();
    let parts = match kind.split_once("boundary=") {
        Some((_, boundary)) => {
            headers.remove("content-type");
            body.split(&format!("--{boundary}")).map(part).collect()
        }
        None => vec![body],
    };
    (request.line(), request.query.clone(), headers, parts)
}

/// Normalizes the headers of a part.
fn part(part: &str) -> String {
    let Some((head, content)) = part.split_once("\r\n\r\n") else {
        return part.trim().to_owned();
    };
    let mut lines: Vec<String> = head.lines().map(str::to_lowercase).collect();
    lines.sort();
    format!("{}\n{content}", lines.join("\n"))
}
