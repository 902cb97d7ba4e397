//! A transport of the user takes the place of the HTTP client: nothing is sent over a socket.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use coze_api::auth::WebOAuthApp;
use coze_api::middleware::Transport;
use coze_api::reqwest::{Body, Request, Response};
use coze_api::{BoxFuture, ChatEvent, Client, ClientBuilder, Error, ErrorKind, Retry, Upload};
use coze_tests::oauth::{CLIENT_ID, CLIENT_SECRET};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Answers from memory, and keeps method, path and body of each request.
#[derive(Clone, Default)]
struct Memory(Arc<Mutex<Vec<(String, String)>>>);

impl Memory {
    fn builder(&self) -> ClientBuilder {
        Client::builder().token("pat_x").transport(self.clone())
    }

    fn requests(&self) -> Vec<(String, String)> {
        self.0.lock().expect("no panic").clone()
    }
}

impl Transport for Memory {
    fn send(&self, mut request: Request) -> BoxFuture<'_, Result<Response, BoxError>> {
        Box::pin(async move {
            let body = match request.body_mut().take() {
                Some(body) => body.collect().await?.to_bytes(),
                None => bytes::Bytes::new(),
            };
            let text = String::from_utf8_lossy(&body).into_owned();
            let line = format!("{} {}", request.method(), request.url().path());
            self.0.lock().expect("no panic").push((line, text));
            let query = request.url().query().unwrap_or_default();
            Ok(answer(request.url().path(), query, &body))
        })
    }
}

fn answer(path: &str, query: &str, body: &[u8]) -> Response {
    let streams = serde_json::from_slice::<Value>(body).is_ok_and(|body| body["stream"] == true);
    let data = match path {
        "/v3/chat" if streams => {
            let chunks = ["event:conversation.message.delta\nda", "ta:{\"content\":\"Hi\"}\n\n"];
            let chunks = chunks.into_iter().chain(["event:done\ndata:[DONE]\n\n"]);
            let body = Body::wrap_stream(stream::iter(chunks.map(Ok::<_, io::Error>)));
            let response = http::Response::builder().header("content-type", "text/event-stream");
            return response.body(body).expect("a response").into();
        }
        "/v3/chat" => json!({"id": "1", "conversation_id": "2", "status": "in_progress"}),
        "/v1/files/upload" => json!({"id": "7", "bytes": 3, "file_name": "a", "created_at": 1}),
        "/v1/bots" => {
            let page = if query.contains("page_num=2") { "b" } else { "a" };
            json!({"items": [{"id": page}], "total": 2})
        }
        _ => json!({"bot_id": "7"}),
    };
    http::Response::new(json!({"code": 0, "data": data}).to_string()).into()
}

#[tokio::test]
async fn chats_streams_uploads_and_pages_need_no_socket() -> coze_api::Result<()> {
    let memory = Memory::default();
    // No server listens there, and no name is looked up.
    let coze = memory.builder().base_url("https://coze.invalid").build()?;
    assert_eq!(coze.chat().create("1", "2").await?.id, "1");
    let events: Vec<ChatEvent> = coze.chat().create("1", "2").stream().await?.try_collect().await?;
    assert_eq!(events.len(), 2);
    assert!(matches!(&events[0], ChatEvent::MessageDelta(message) if message.content == "Hi"));
    let content = "content ".repeat(100_000);
    assert_eq!(coze.files().upload(Upload::bytes("a", content.clone())).await?.id, "7");
    let ids: Vec<String> =
        coze.bots().list("7").page_size(1).items().map_ok(|bot| bot.id).try_collect().await?;
    assert_eq!(ids, ["a", "b"]);

    let requests = memory.requests();
    let lines: Vec<&str> = requests.iter().map(|(line, _)| &**line).collect();
    let expected =
        ["POST /v3/chat", "POST /v3/chat", "POST /v1/files/upload", "GET /v1/bots", "GET /v1/bots"];
    assert_eq!(lines, expected);
    assert!(requests[2].1.contains(&content), "the whole file");
    Ok(())
}

#[tokio::test]
async fn failures_of_a_transport_are_errors_of_the_call() {
    let builder = || Client::builder().token("pat_x").retry(Retry::none());
    let broken = builder().transport(async |_| Err("the cable was cut".into()));
    let error = broken.build().expect("a client").bots().retrieve("7").await.expect_err("cut");
    assert!(error.is_transport(), "{error:?}");
    assert_eq!(
        std::error::Error::source(&error).expect("the reason").to_string(),
        "the cable was cut"
    );

    let own = builder()
        .transport(async |_| Err(Error::new(ErrorKind::Config, "no route to the moon").into()));
    let error = own.build().expect("a client").bots().retrieve("7").await.expect_err("no route");
    assert!(error.is_config() && error.to_string().contains("moon"), "{error:?}");
    assert_eq!(error.operation(), "bots.retrieve");

    let real = reqwest::Client::new();
    let passing = builder().base_url("http://127.0.0.1:1").transport(move |request: Request| {
        let real = real.clone();
        async move { Ok(real.execute(request).await?) }
    });
    let error = passing.build().expect("a client").bots().retrieve("7").await.expect_err("nobody");
    assert!(error.is_connect(), "{error:?}");
}

#[tokio::test]
async fn retries_and_token_requests_go_through_the_transport() -> coze_api::Result<()> {
    let count = Arc::new(AtomicU32::new(0));
    let counter = count.clone();
    let busy_once = move |request: Request| {
        let busy = counter.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            let response = http::Response::builder().status(if busy { 503 } else { 200 });
            let token = json!({"access_token": "czs_x", "refresh_token": "r", "expires_in": 4_000_000_000_u64});
            let body = match request.url().path() {
                "/api/permission/oauth2/token" => token,
                _ => json!({"code": 0, "data": {"bot_id": "7"}}),
            };
            Ok(response.body(body.to_string())?.into())
        }
    };
    let retry = Retry::default().base_delay(std::time::Duration::ZERO);
    let coze = Client::builder().token("pat_x").retry(retry).transport(busy_once.clone());
    coze.build()?.bots().retrieve("7").await?;
    assert_eq!(count.load(Ordering::Relaxed), 2);

    // A login is not made for a client.
    let app = WebOAuthApp::builder(CLIENT_ID, CLIENT_SECRET).transport(busy_once).build()?;
    let login = app.authorize("https://example.com/callback")?;
    let redirected = format!("https://example.com/callback?code=c&state={}", login.state());
    let token = login.finish(&redirected).await?;
    assert!(token.expires_at() > 0);
    let count_before = count.load(Ordering::Relaxed);
    assert!(count_before > 2, "{count_before}");
    Ok(())
}

#[tokio::test]
async fn a_websocket_needs_an_http_client() {
    let coze = Memory::default().builder().retry(Retry::none()).build().expect("a client");
    let error = coze.realtime().transcriptions().connect().await.expect_err("no upgrade");
    assert!(!error.is_retryable(), "{error:?}");
    assert_eq!(coze.bots().list("7").items().count().await, 2);
}
