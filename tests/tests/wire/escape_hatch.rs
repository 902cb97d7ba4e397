//! Custom requests, options of single calls, and responses with metadata.

use coze_api::{Client, Error, HeaderMap, Method, Region, Response};
use coze_tests::server::{Reply, Server, TOKEN};
use serde::Deserialize;
use serde_json::{Value, json};

async fn answering(reply: Reply) -> (Server, Client) {
    let server = Server::replies(vec![reply]).await;
    let coze = server.once();
    (server, coze)
}

#[derive(Debug, Default, PartialEq, Deserialize)]
struct Thing {
    id: String,
    #[serde(default)]
    count: i64,
}

fn thing() -> Thing {
    Thing { id: "7".into(), count: 2 }
}

#[tokio::test]
async fn a_custom_request_is_sent_as_written() {
    for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let (server, coze) = answering(Reply::data(&json!({"id": 7, "count": "2"}))).await;
        let call =
            coze.request(method.clone(), "/v1/new/%E6%89%A3/thing").query("a", 1).query("a", true);
        let call = call
            .query("b c", "d&e")
            .json(&json!({"x": [1, null], "名": "扣"}))
            .with_header("X-A", "b");
        assert_eq!(call.data::<Thing>().await.expect("a thing"), thing());
        let request = server.request();
        assert_eq!(request.method, method.as_str());
        assert_eq!(request.target, "/v1/new/%E6%89%A3/thing?a=1&a=true&b%20c=d%26e");
        assert_eq!(
            String::from_utf8(request.body.clone()).expect("UTF-8"),
            r#"{"x":[1,null],"名":"扣"}"#
        );
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.header("authorization"), format!("Bearer {TOKEN}"));
        assert_eq!(request.header("x-a"), "b");
    }
}

#[tokio::test]
async fn a_payload_is_read_from_data_or_the_root() {
    let (_server, coze) = answering(Reply::data(&json!([1, 2]))).await;
    let get = || coze.request(Method::GET, "/v1/x");
    assert_eq!(get().data::<Vec<String>>().await.expect("a list"), ["1", "2"]);
    assert_eq!(get().flat::<Value>().await.expect("the root"), json!({"data": [1, 2]}));
    assert_eq!(&get().bytes().await.expect("bytes")[..], br#"{"code":0,"msg":"","data":[1,2]}"#);

    let flat = json!({"code": 0, "id": "7", "msg": "", "count": 2, "detail": {"logid": "x"}});
    let (_server, coze) = answering(Reply::json(&flat)).await;
    let get = || coze.request(Method::GET, "/v1/x");
    assert_eq!(get().flat::<Thing>().await.expect("a thing"), thing());
    assert_eq!(get().data::<Option<Thing>>().await.expect("nothing"), None);

    let (_server, coze) =
        answering(Reply::new(200, &[("content-type", "audio/mpeg")], [0xff, 0x00, 0xfe])).await;
    let bytes = coze.request(Method::GET, "/v1/x").bytes().await.expect("a file");
    assert_eq!(&bytes[..], [0xff, 0x00, 0xfe]);
}

#[tokio::test]
async fn every_way_of_reading_detects_an_api_error() {
    let (_server, coze) = answering(Reply::code(4000, "no")).await;
    let get = || coze.request(Method::GET, "/v1/x");
    let errors: [Error; 4] = [
        get().data::<Value>().await.expect_err("refused"),
        get().flat::<Value>().await.expect_err("refused"),
        get().bytes().await.expect_err("refused"),
        get().exchange().await.expect("a response").into_result().expect_err("refused"),
    ];
    for error in errors {
        assert_eq!((error.code(), error.operation()), (Some(4000), "GET /v1/x"), "{error:?}");
    }
}

#[tokio::test]
async fn a_path_that_leaves_the_api_is_refused() {
    let (server, coze) = answering(Reply::data(&json!({}))).await;
    for path in [
        "",
        "v1/x",
        "/v1?token=s3cret",
        "/v1#s3cret",
        "/v1/../../x",
        "/v1/%2e%2E/x",
        "/a\\b",
        "@example.com/",
        "https://example.com/v1",
    ] {
        let error = coze.request(Method::GET, path).bytes().await.expect_err(path);
        assert!(error.is_request() && error.attempts() == 0, "{path}: {error:?}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    // These only look similar.
    for path in ["//example.com/x", "/@example.com", "/v1/a b", "/v1/扣"] {
        coze.request(Method::GET, path).bytes().await.expect(path);
    }
    let targets: Vec<_> = server.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["//example.com/x", "/@example.com", "/v1/a%20b", "/v1/%E6%89%A3"]);
}

#[tokio::test]
async fn a_value_can_be_returned_with_its_response() {
    let headers = [("x-ratelimit-left", "3"), ("set-cookie", "a=1"), ("set-cookie", "b=2")];
    let body = json!({"code": 0, "data": {"bot_id": "7"}, "detail": {"logid": "log-body"}});
    let (_server, coze) = answering(Reply::json_with(201, &headers, &body)).await;
    let response: Response<_> = coze.bots().retrieve("7").with_response().await.expect("a bot");
    assert_eq!(response.value.bot_id, "7");
    assert_eq!((response.status().as_u16(), response.log_id()), (201, Some("log-header")));
    let all: &HeaderMap = response.headers();
    assert_eq!(all["x-ratelimit-left"], "3");
    assert_eq!(all.get_all("set-cookie").iter().count(), 2);
    assert_eq!(response.into_value().bot_id, "7");

    let (_server, coze) = answering(Reply::new(200, &[], body.to_string())).await;
    let response = coze.datasets().delete("7").with_response().send().await.expect("nothing");
    assert_eq!((response.status().as_u16(), response.log_id()), (200, Some("log-body")));
    let response = coze.bots().list("7").with_response().await.expect("a page");
    assert_eq!(response.value().items, []);
    let response = coze.request(Method::GET, "/v1/x").exchange().await.expect("bytes");
    assert_eq!(&response.into_body()[..], body.to_string().as_bytes());
}

#[tokio::test]
async fn a_header_of_a_call_overrides_all_others() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    let coze = server
        .builder()
        .header("X-Env", "client")
        .header("User-Agent", "own")
        .build()
        .expect("a client");
    let call = coze.datasets().create("name", "space", coze_api::datasets::DocumentFormat::Text);
    let call = call
        .with_header("x-env", "call")
        .with_header("X-ENV", "last")
        .with_header("Agw-Js-Conv", "other");
    let call = call
        .with_header("Content-Type", "application/json; charset=utf-8")
        .with_header("Accept", "a/b");
    call.with_header("Authorization", "Basic abc").await.expect("a dataset");
    let request = server.request();
    let expected = [
        ("x-env", "last"),
        ("user-agent", "own"),
        ("content-type", "application/json; charset=utf-8"),
        ("accept", "a/b"),
        ("authorization", "Basic abc"),
    ];
    for (name, value) in expected {
        let values: Vec<_> = request.headers.get_all(name).iter().collect();
        assert_eq!(values, [value], "{name}");
    }
}

#[tokio::test]
async fn a_token_of_a_call_applies_only_to_that_call() {
    let (server, coze) = answering(Reply::data(&json!({}))).await;
    coze.users().me().with_token("sat_other").await.expect("a user");
    coze.users().me().await.expect("a user");
    let sent: Vec<_> =
        server.requests().iter().map(|r| r.header("authorization").to_owned()).collect();
    assert_eq!(sent, ["Bearer sat_other".to_owned(), format!("Bearer {TOKEN}")]);
    let error = coze.users().me().with_token("").await.expect_err("no token");
    assert!(error.is_request() && error.to_string().contains("access token is empty"), "{error}");
}

#[tokio::test]
async fn a_base_url_may_have_a_prefix() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    for prefix in ["/gateway/coze%20api", "/gateway/coze%20api/"] {
        let builder =
            Client::builder().token(TOKEN).base_url(format!("{}{prefix}", server.base_url()));
        let coze = builder.build().expect("a client");
        assert_eq!(coze.base_url(), format!("{}/gateway/coze%20api", server.base_url()));
        coze.bots().retrieve("a/b").await.expect("a bot");
        coze.bots().list("w").await.expect("a page");
        coze.request(Method::GET, "/v1/x").bytes().await.expect("bytes");
    }
    let expected = [
        "GET /gateway/coze%20api/v1/bots/a%2Fb",
        "GET /gateway/coze%20api/v1/bots?workspace_id=w",
        "GET /gateway/coze%20api/v1/x",
    ];
    assert_eq!(server.lines(), [expected, expected].concat());
}

#[test]
fn a_region_sets_the_base_url() {
    let urls = |coze: Client| [coze.base_url(), coze.www_url(), coze.ws_url()].map(str::to_owned);
    let builder = || Client::builder().token(TOKEN);
    let cn = ["https://api.coze.cn", "https://www.coze.cn", "wss://ws.coze.cn"];
    let com = ["https://api.coze.com", "https://www.coze.com", "wss://ws.coze.com"];
    assert_eq!(urls(builder().build().expect("a client")), cn);
    assert_eq!(urls(builder().region(Region::Com).build().expect("a client")), com);
    assert_eq!(
        urls(builder().region(Region::Com).region(Region::Cn).build().expect("a client")),
        cn
    );
    // A base URL takes precedence over a region, in either order.
    let own = ["http://localhost:8080/x", "http://localhost:8080/x", "ws://localhost:8080/x"];
    let both = builder().base_url("http://localhost:8080/x/").region(Region::Com);
    assert_eq!(urls(both.build().expect("a client")), own);
    let sibling = ["https://api.example.org", "https://www.example.org", "wss://ws.example.org"];
    assert_eq!(
        urls(builder().base_url("https://api.example.org").build().expect("a client")),
        sibling
    );
}

#[tokio::test]
async fn a_header_cannot_cut_the_body() {
    let server = Server::replies(vec![Reply::data(&json!({}))]).await;
    for (name, value) in [("Content-Length", "3"), ("transfer-encoding", "chunked")] {
        let call = server.client().bots().create("space", "name").with_header(name, value);
        let error = call.await.expect_err("a header of the body");
        let expected = format!("header {} follows from the body", name.to_lowercase());
        assert!(error.is_request() && error.to_string().contains(&expected), "{error}");
        let error = server.builder().header(name, value).build().expect_err("the same");
        assert!(error.is_config() && error.to_string().contains(&expected), "{error}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_doubtful_base_url_is_explained_when_nothing_is_found() {
    let not_found = Reply::new(404, &[("content-type", "text/html")], "<h1>Not Found</h1>");
    let server = Server::replies(vec![not_found, Reply::data(&json!({"user_id": "42"}))]).await;
    let coze = server.builder().base_url(format!("{}/gate/v1", server.base_url()));
    let coze = coze.build().expect("a gateway may have such a base");
    let error = coze.users().me().await.expect_err("not found");
    let hint = "the base URL ends in `/v1`, which each operation adds: leave it out";
    assert!(error.to_string().ends_with(hint), "{error}");
    assert_eq!(coze.users().me().await.expect("a gateway").user_id, "42");
    assert_eq!(server.lines(), ["GET /gate/v1/v1/users/me"; 2]);
}
