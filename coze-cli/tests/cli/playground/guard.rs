//! Access to the playground, and what reaches the page.

use super::*;

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
    assert_eq!(status_of("/api/state", &[own, "evil.example"]), "400");
    assert_eq!(status_of("/api/state", &["evil.example", own]), "400");
    assert_eq!(status_of("/api/state", &[own, own]), "400");
    assert_eq!(status_of("/api/state", &[]), "400");
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
