//! WebSocket sessions: handshakes and their failures.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use coze_api::{AccessToken, BoxFuture, Credentials, Error, Result, Retry, TokenContext};
use coze_tests::server::{Reply, Server as HttpServer, TOKEN};
use coze_tests::websocket::Server;
use serde_json::json;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_handshake_has_the_path_parameters_and_headers() {
    let server = Server::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    let coze = server.builder().user_agent_suffix("my-app/1.2").build().expect("a client");
    let channel = coze
        .realtime()
        .chat("7 / 8?")
        .device_id("9")
        .with_header("x-mine", "1")
        .with_query("new", true);
    let session = channel.connect().await.expect("a session");
    assert_eq!(session.log_id(), Some("log-handshake"));
    session.close().await.expect("a good end");

    let opening = &server.openings()[0];
    assert_eq!(opening.target, "/v1/chat?bot_id=7%20%2F%208%3F&device_id=9&new=true");
    assert_eq!(opening.header("authorization"), format!("Bearer {TOKEN}"));
    assert!(opening.header("user-agent").starts_with("coze-api-rust/"));
    assert!(opening.header("user-agent").ends_with(" my-app/1.2"));
    assert!(opening.header("x-coze-client-user-agent").contains("\"lang\":\"rust\""));
    assert_eq!(opening.header("x-mine"), "1");
    assert_eq!(opening.header("connection"), "Upgrade");
    assert_eq!(opening.header("upgrade"), "websocket");
    assert_eq!(opening.header("sec-websocket-version"), "13");
    assert_eq!(opening.header("sec-websocket-extensions"), "");
    assert_eq!(opening.header("host"), server.base_url().strip_prefix("http://").unwrap());
}

#[tokio::test]
async fn each_channel_has_its_path() {
    let server = Server::start(|_| async {}).await;
    let realtime = server.client().realtime();
    drop(realtime.speech().connect().await.expect("a session"));
    drop(realtime.transcriptions().await.expect("a session"));
    drop(realtime.simult_interpretation().await.expect("a session"));
    let elsewhere = format!("{}/prefix", server.base_url().replace("http", "ws"));
    let coze = server.builder().base_url("http://127.0.0.1:1").ws_url(elsewhere);
    let realtime = coze.build().expect("a client").realtime();
    drop(realtime.speech().await.expect("a session"));
    let targets: Vec<_> = server.openings().into_iter().map(|o| o.target).collect();
    assert_eq!(
        targets,
        [
            "/v1/audio/speech",
            "/v1/audio/transcriptions",
            "/v1/audio/simult_interpretation",
            "/prefix/v1/audio/speech",
        ]
    );
    let keys: std::collections::HashSet<_> = server
        .openings()
        .iter()
        .map(|opening| opening.header("sec-websocket-key").to_owned())
        .collect();
    assert_eq!(keys.len(), 4, "every handshake has its own key");
}

/// Returns the tokens `t1`, `t2`, …: a new one after each refusal.
struct CountingCredentials(AtomicUsize);

impl Credentials for CountingCredentials {
    fn token<'a>(&'a self, _: TokenContext<'a>) -> BoxFuture<'a, Result<AccessToken>> {
        let count = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        Box::pin(async move { AccessToken::new(format!("t{count}")) })
    }

    fn rejected(&self, _: &AccessToken) -> bool {
        true
    }
}

#[tokio::test]
async fn every_connection_has_a_fresh_token() {
    let server = Server::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    let coze = server.builder().credentials(CountingCredentials(AtomicUsize::new(0)));
    let channel = coze.build().expect("a client").realtime().chat("7");
    for _ in 0..2 {
        channel.connect().await.expect("a session").close().await.expect("a good end");
    }
    drop(channel.with_token("other").await.expect("a session"));
    let tokens: Vec<_> = server
        .openings()
        .iter()
        .map(|opening| opening.header("authorization").to_owned())
        .collect();
    assert_eq!(tokens, ["Bearer t1", "Bearer t2", "Bearer other"]);
}

async fn refused(server: &HttpServer) -> Error {
    let channel = server.once().realtime().chat("7");
    timeout(SOON, channel.connect()).await.expect("an answer").expect_err("no session")
}

#[tokio::test]
async fn a_refused_handshake_is_an_api_error() {
    let body = json!({"code": 4101, "msg": "no permission", "detail": {"logid": "body"}});
    let server = HttpServer::replies(vec![Reply::json_with(403, &[], &body)]).await;
    let error = refused(&server).await;
    assert!(error.is_api() && error.is_permission_denied(), "{error}");
    assert_eq!(
        (error.status().map(|status| status.as_u16()), error.code()),
        (Some(403), Some(4101))
    );
    assert_eq!((error.msg(), error.log_id()), (Some("no permission"), Some("log-header")));
    assert_eq!((error.operation(), error.attempts()), ("realtime.chat", 1));
    assert!(!server.request().target.contains(TOKEN));

    // Errors with status 200 occur here, too.
    let server = HttpServer::replies(vec![Reply::code(4000, "no bot")]).await;
    let error = refused(&server).await;
    assert_eq!(
        (error.code(), error.status().map(|status| status.as_u16())),
        (Some(4000), Some(200))
    );

    let page = "<html><head><title>Welcome</title></head></html>";
    let server =
        HttpServer::replies(vec![Reply::new(200, &[("content-type", "text/html")], page)]).await;
    let error = refused(&server).await;
    assert!(error.is_status() && error.to_string().contains("Welcome"), "{error}");
}

#[tokio::test]
async fn a_switch_to_another_protocol_is_an_error() {
    let wrong = "HTTP/1.1 101 Switching\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
        sec-websocket-accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
    let reply = Reply { steps: vec![coze_tests::server::Step::Send(wrong.into())] };
    let error = refused(&HttpServer::replies(vec![reply]).await).await;
    assert!(error.is_status() && error.status().is_some_and(|status| status == 101), "{error}");
}

/// Connects to a server that accepts the handshake, with these additional header lines.
async fn connect_to_raw_server(lines: &'static str) -> Result<()> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert!(stream.read_buf(&mut request).await.expect("a request") > 0);
        }
        let request = String::from_utf8(request).expect("text");
        let key = request.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key").then(|| value.trim().to_owned())
        });
        let accept = derive_accept_key(key.expect("a key").as_bytes());
        let head =
            format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {accept}\r\n");
        stream.write_all(format!("{head}{lines}\r\n").as_bytes()).await.expect("a connection");
        stream.read_buf(&mut Vec::new()).await.ok();
    });
    let coze = coze_api::Client::builder().token(TOKEN).retry(Retry::none());
    let coze = coze.base_url("http://127.0.0.1:1").ws_url(format!("ws://{address}"));
    let channel = coze.build().expect("a client").realtime().chat("7");
    let session = timeout(SOON, channel.connect()).await.expect("a response");
    server.abort();
    session.map(drop)
}

#[tokio::test]
async fn a_handshake_response_must_be_valid() {
    let good = "connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n";
    connect_to_raw_server(good).await.expect("a session");
    for lines in [
        "upgrade: websocket\r\n",
        "connection: keep-alive\r\nupgrade: websocket\r\n",
        "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-protocol: chat\r\n",
        "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-extensions: x\r\n",
    ] {
        let error = connect_to_raw_server(lines).await.expect_err(lines);
        assert!(
            error.is_status() && error.status().is_some_and(|status| status == 101),
            "{lines}: {error}"
        );
    }
}

#[tokio::test]
async fn a_long_refusal_is_not_read_completely() {
    let head = "HTTP/1.1 500 Oops\r\ncontent-type: text/plain\r\n\r\n";
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    let reply = Reply {
        steps: vec![
            coze_tests::server::Step::Send([head.as_bytes(), &vec![b'x'; 200_000]].concat()),
            coze_tests::server::Step::Wait(gate),
        ],
    };
    let error = refused(&HttpServer::replies(vec![reply]).await).await;
    assert!(error.is_status() && error.status().is_some_and(|status| status == 500), "{error}");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refusal = || Reply::json_with(401, &[], &json!({"code": 4100, "msg": "expired"}));
    let server = HttpServer::replies(vec![refusal(), refusal()]).await;
    let coze = server.builder().credentials(CountingCredentials(AtomicUsize::new(0)));
    let coze = coze.retry(Retry::none()).build().expect("a client");
    let error = coze.realtime().chat("7").connect().await.expect_err("no session");
    assert!(error.is_auth() && error.attempts() == 2, "{error}");
    let tokens: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("authorization").to_owned())
        .collect();
    assert_eq!(tokens, ["Bearer t1", "Bearer t2"]);
}

#[tokio::test]
async fn connecting_is_retried_by_the_retry_policy() {
    let server = HttpServer::replies(vec![Reply::new(503, &[], "")]).await;
    let channel = server.client_without_delay().realtime().chat("7");
    let error = channel.connect().await.expect_err("no session");
    assert_eq!((error.status().map(|status| status.as_u16()), error.attempts()), (Some(503), 3));

    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("an address");
    drop(silent);
    let coze = server.builder().ws_url(format!("ws://{address}")).retry(Retry::none());
    let channel = coze.build().expect("a client").realtime().chat("7");
    let error = channel.connect().await.expect_err("no session");
    assert!(error.is_connect(), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_respond_is_a_timeout() {
    let gate = std::sync::Arc::new(tokio::sync::Notify::new());
    let server = HttpServer::replies(vec![Reply::default().after(&gate)]).await;
    let channel = server.once().realtime().chat("7");
    let error = channel.with_timeout(Duration::from_millis(50)).await.expect_err("none");
    assert!(error.is_timeout(), "{error}");
}
