//! Ids, values and headers arrive unchanged, wherever they are in a request.

use coze_api::{Client, Message, Method, Upload};
use coze_tests::server::{Reply, Server, TOKEN};
use serde_json::{Value, json};

/// Values with characters that are special in URLs, and their encoded forms.
const ODD: [(&str, &str); 13] = [
    ("a/b", "a%2Fb"),
    ("a?b=c", "a%3Fb%3Dc"),
    ("100%", "100%25"),
    ("%2F..%2f", "%252F..%252f"),
    ("%2e%2e", "%252e%252e"),
    ("a#b", "a%23b"),
    ("a b", "a%20b"),
    ("a+b&c=d;e", "a%2Bb%26c%3Dd%3Be"),
    ("..\\..", "..%5C.."),
    ("a\r\nb\0\t", "a%0D%0Ab%00%09"),
    ("扣子", "%E6%89%A3%E5%AD%90"),
    ("{bot_id}", "%7Bbot_id%7D"),
    ("...-_~", "...-_~"),
];

async fn server() -> Server {
    Server::replies(vec![Reply::data(&json!({}))]).await
}

#[tokio::test]
async fn an_id_stays_one_segment_of_the_path() {
    for (id, encoded) in ODD {
        let server = server().await;
        let coze = server.once();
        coze.bots().retrieve(id).await.expect(id);
        coze.bots().collaborators().delete(id, "42").await.expect(id);
        coze.conversations().messages().feedback().delete("1", id).await.expect(id);
        assert_eq!(
            server.lines(),
            [
                format!("GET /v1/bots/{encoded}"),
                format!("DELETE /v1/bots/{encoded}/collaborators/42"),
                format!("DELETE /v1/conversations/1/messages/{encoded}/feedback"),
            ]
        );
    }
}

#[tokio::test]
async fn an_id_that_would_change_the_path_is_refused_before_sending() {
    let server = server().await;
    let coze = server.once();
    for id in ["", ".", ".."] {
        let error = coze.bots().retrieve(id).await.expect_err(id);
        assert!(error.is_request() && error.attempts() == 0, "{error:?}");
        assert_eq!(error.to_string(), format!("bots.retrieve: bot_id must not be \"{id}\""));
        let call = coze.bots().collaborators().delete("7", id);
        let error = call.await.expect_err(id);
        assert_eq!(
            error.to_string(),
            format!("bots.collaborators.delete: user_id must not be \"{id}\"")
        );
        // A repeated value replaces the first.
        assert!(coze.bots().collaborators().delete(id, id).await.is_err_and(|e| e.is_request()));
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_value_stays_one_parameter_of_the_query() {
    for (value, encoded) in ODD {
        let server = server().await;
        let coze = server.once();
        coze.bots().list(value).await.expect(value);
        coze.files().retrieve(value).await.expect(value);
        let call = coze.request(Method::GET, "/v1/x").query(value, value).query("a", value);
        call.data::<Value>().await.expect(value);
        assert_eq!(
            server.lines(),
            [
                format!("GET /v1/bots?workspace_id={encoded}"),
                format!("GET /v1/files/retrieve?file_id={encoded}"),
                format!("GET /v1/x?{encoded}={encoded}&a={encoded}"),
            ]
        );
    }
    // Unlike a path segment, a query value may be empty.
    for value in ["", ".", ".."] {
        let server = server().await;
        server.once().bots().list(value).await.expect(value);
        assert_eq!(server.lines(), [format!("GET /v1/bots?workspace_id={value}")]);
    }
}

#[tokio::test]
async fn a_parameter_that_is_set_twice_is_sent_once() {
    let server = server().await;
    let coze = server.once();
    coze.bots().list("w").page_num(2).page_size(3).page_num(4).await.expect("a page");
    coze.bots().create("s", "first").description("a").description("b").await.expect("a bot");
    assert_eq!(server.requests()[0].target, "/v1/bots?workspace_id=w&page_num=4&page_size=3");
    assert_eq!(server.requests()[1].body, br#"{"space_id":"s","name":"first","description":"b"}"#);
}

#[tokio::test]
async fn a_json_body_is_sent_unchanged() {
    let server = server().await;
    let text = "\"quoted\" \\ \r\n\u{0} \u{2028} 扣子 🦀 </script>";
    let call = server.once().chat().create("7", "user 42").message(Message::user(text));
    call.auto_save_history(false).await.expect("a chat");
    let request = server.request();
    assert_eq!(request.header("content-type"), "application/json");
    assert_eq!(
        String::from_utf8(request.body).expect("UTF-8"),
        "{\"stream\":false,\"bot_id\":\"7\",\"user_id\":\"user 42\",\"additional_messages\":[{\"role\":\"user\",\
         \"content\":\"\\\"quoted\\\" \\\\ \\r\\n\\u0000 \u{2028} 扣子 🦀 </script>\",\
         \"content_type\":\"text\",\"type\":\"question\"}],\"auto_save_history\":false}"
    );
}

#[tokio::test]
async fn a_request_has_exactly_the_expected_headers() {
    let server = server().await;
    let coze = server.builder().user_agent_suffix("my-app/1.2").header("x-tt-env", "boe");
    let coze = coze.build().expect("a client");
    coze.users().me().await.expect("a user");
    coze.conversations().clear("1").await.expect("nothing");
    let requests = server.requests();
    let names = |index: usize| {
        let headers = &requests[index].headers;
        let mut names: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        // The HTTP client adds it.
        names.retain(|name| !(cfg!(feature = "gzip") && name == "accept-encoding"));
        names
    };
    let always =
        ["accept", "authorization", "host", "user-agent", "x-coze-client-user-agent", "x-tt-env"];
    assert_eq!(names(0), always);
    assert_eq!(
        names(1),
        [
            "accept",
            "authorization",
            "content-length",
            "content-type",
            "host",
            "user-agent",
            "x-coze-client-user-agent",
            "x-tt-env"
        ]
    );
    let version = env!("CARGO_PKG_VERSION");
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    for request in &requests {
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(
            request.header("user-agent"),
            format!("coze-api-rust/{version} rust {os}/{arch} my-app/1.2")
        );
        let details: Value =
            serde_json::from_str(request.header("x-coze-client-user-agent")).expect("JSON");
        assert_eq!(details, json!({"version": version, "lang": "rust", "os_name": os}));
        assert_eq!(request.header("x-tt-env"), "boe");
    }
    assert_eq!((&*requests[1].body, requests[1].header("content-length")), (&b""[..], "0"));
}

#[tokio::test]
async fn headers_cannot_be_injected() {
    let server = server().await;
    let coze = server.once();
    let values = ["a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b", "a\u{7f}b"];
    for value in values {
        let error = coze.bots().retrieve("7").with_header("X-Note", value).await.expect_err(value);
        assert!(error.is_request() && error.attempts() == 0, "{error:?}");
        assert_eq!(
            error.to_string(),
            "bots.retrieve: the value of header x-note has an invalid character"
        );
        let built = server.builder().header("X-Note", value).build();
        assert!(built.expect_err(value).is_config());
        let built = server.builder().user_agent_suffix(value).build();
        assert!(built.expect_err(value).is_config());
        assert!(
            Client::builder().token(value).build().is_err_and(|error| error.is_config()),
            "{value:?}"
        );
        let error = coze.bots().retrieve("7").with_token(value).await.expect_err(value);
        assert!(error.is_request() && !error.to_string().contains(value), "{error:?}");
    }
    for name in ["", "a b", "X-Note: 1\r\nX-Injected", "X:", "名"] {
        let error = coze.bots().retrieve("7").with_header(name, "1").await.expect_err(name);
        assert!(error.is_request() && !error.to_string().contains('\n'), "{error:?}");
        assert!(server.builder().header(name, "1").build().is_err_and(|error| error.is_config()));
    }
    assert!(server.requests().is_empty());
    // Other non-ASCII characters are allowed.
    coze.bots().retrieve("7").with_header("x-note", "扣子\ta").await.expect("a bot");
    assert_eq!(server.request().headers["x-note"].as_bytes(), "扣子\ta".as_bytes());
}

#[tokio::test]
async fn text_parts_of_a_form_cannot_end_it() {
    let server = server().await;
    let group = server.once().audio().voiceprint_groups();
    let evil = "a\r\n--boundary--\r\n\r\n\"扣子\"";
    let call = group.features().update("1", "2").name(evil).file(Upload::bytes("a.wav", "RIFF"));
    call.await.expect("a feature");
    let request = server.request();
    let boundary =
        request.header("content-type").rsplit('=').next().expect("a boundary").to_owned();
    assert_eq!(
        String::from_utf8(request.body).expect("UTF-8"),
        format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{evil}\r\n\
             --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\
             Content-Type: audio/wav\r\n\r\nRIFF\r\n--{boundary}--\r\n"
        )
    );
}
