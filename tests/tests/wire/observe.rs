//! Observers see every attempt and every end of a call, and no credentials.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use coze_api::auth::WebOAuthApp;
use coze_api::observe::{
    AttemptReport, CallReport, Observer, Outcome, Outgoing, OutgoingBody, ResponseHead,
};
use coze_api::{Client, Error, Result, Retry, Upload};
use coze_tests::events::{begun, whole};
use coze_tests::oauth::{CLIENT_ID, CLIENT_SECRET, OAuthServer, REDIRECT_URI, TestClock};
use coze_tests::server::{Reply, Server, Step, TOKEN};
use coze_tests::websocket::Server as WebSocketServer;
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::timeout;

const DELTA: &str = "event:conversation.message.delta\ndata:{\"content\":\"a\"}\n\n";
const DONE: &str = "event:done\ndata:[DONE]\n\n";

/// Records what an observer sees, as one line per event.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn push(&self, line: String) {
        self.0.lock().expect("no panic").push(line);
    }

    /// Returns the lines since the last time.
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }

    fn client(&self, server: &Server) -> Client {
        server.client_without_delay().with_observer(self.clone())
    }
}

fn cause(error: Option<&Error>) -> String {
    error.map_or_else(String::new, |error| format!(" {:?}", error.kind()))
}

impl Observer for Log {
    fn sending(&self, request: &Outgoing<'_>) {
        let body = match request.body() {
            OutgoingBody::Hidden => " hidden",
            _ => "",
        };
        self.push(format!("sending {} {}{body}", request.operation(), request.attempt()));
    }

    fn responded(&self, response: &ResponseHead<'_>) {
        self.push(format!("responded {} {}", response.attempt(), response.status().as_u16()));
    }

    fn attempt_ended(&self, attempt: &AttemptReport<'_>) {
        assert!(attempt.elapsed() < Duration::from_secs(60));
        self.push(format!(
            "attempt {} {} {:?} sent {} received {} retry {:?}{}",
            attempt.attempt(),
            attempt.outcome(),
            attempt.status(),
            attempt.bytes_sent(),
            attempt.bytes_received(),
            attempt.retry_delay(),
            cause(attempt.error()),
        ));
    }

    fn call_ended(&self, call: &CallReport<'_>) {
        self.push(format!(
            "call {} {} {:?} attempts {} sent {} received {} events {:?}{}",
            call.operation(),
            call.outcome(),
            call.status(),
            call.attempts(),
            call.bytes_sent(),
            call.bytes_received(),
            call.events(),
            cause(call.error()),
        ));
    }
}

#[tokio::test]
async fn a_retried_call_has_two_attempts_and_one_end() {
    let server = Server::replies(vec![
        Reply::new(503, &[], "busy"),
        Reply::data(&json!({"items": [], "total": 0})),
    ])
    .await;
    let (first, second) = (Log::default(), Log::default());
    let coze = first.client(&server).with_observer(second.clone());
    coze.bots().list("7").await.expect("in the end");
    let length = Reply::data(&json!({"items": [], "total": 0}));
    let Step::Send(bytes) = &length.steps[0] else { panic!("bytes") };
    let text = String::from_utf8_lossy(bytes);
    let length = text.split_once("\r\n\r\n").expect("a body").1.len();
    let expected = [
        "sending bots.list 1".to_owned(),
        "responded 1 503".to_owned(),
        "attempt 1 failure Some(503) sent 0 received 4 retry Some(0ns) Status".to_owned(),
        "sending bots.list 2".to_owned(),
        "responded 2 200".to_owned(),
        format!("attempt 2 success Some(200) sent 0 received {length} retry None"),
        format!(
            "call bots.list success Some(200) attempts 2 sent 0 received {} events None",
            4 + length
        ),
    ];
    assert_eq!(first.take(), expected);
    assert_eq!(second.take(), expected, "all observers see the same");
}

#[tokio::test]
async fn failures_say_why() {
    let log = Log::default();
    let refused = Server::replies(vec![Reply::code(4000, "no")]).await;
    let error = log.client(&refused).bots().retrieve("7").await.expect_err("refused");
    let lines = log.take();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines[2].starts_with("attempt 1 failure Some(200) sent 0"), "{lines:#?}");
    assert!(lines[3].ends_with(&format!("events None {:?}", error.kind())), "{lines:#?}");

    // Nothing is sent.
    let error = log.client(&refused).bots().retrieve("").await.expect_err("no ID");
    assert!(error.is_request(), "{error:?}");
    let expected =
        "call bots.retrieve failure None attempts 0 sent 0 received 0 events None Request";
    assert_eq!(log.take(), [expected]);

    let coze = Client::builder().token(TOKEN).base_url("http://127.0.0.1:1").retry(Retry::none());
    let coze = coze.build().expect("a client").with_observer(log.clone());
    coze.chat().create("1", "2").await.expect_err("nobody listens");
    let lines = log.take();
    assert_eq!(lines[1], "attempt 1 failure None sent 0 received 0 retry None Connect");
}

#[tokio::test]
async fn a_dropped_call_is_canceled_and_a_deadline_fails() {
    let (server, log) =
        (Server::start(|_| Reply::default().after(&Arc::default())).await, Log::default());
    let coze = log.client(&server);
    let call = coze.bots().retrieve("7").into_future();
    timeout(Duration::from_millis(200), call).await.expect_err("no response");
    let lines = log.take();
    assert_eq!(
        lines[1..],
        [
            "attempt 1 canceled None sent 0 received 0 retry None",
            "call bots.retrieve canceled None attempts 1 sent 0 received 0 events None",
        ]
    );
    let call = coze.bots().retrieve("7").with_deadline(Duration::from_millis(200));
    call.await.expect_err("no response");
    let lines = log.take();
    assert!(lines[1].starts_with("attempt 1 failure None"), "{lines:#?}");
    assert!(lines[2].ends_with("events None Timeout"), "{lines:#?}");
    assert_eq!(lines.len(), 3, "{lines:#?}");
}

#[tokio::test]
async fn the_end_of_a_stream_is_reported() {
    let log = Log::default();
    let text = format!("{DELTA}{DELTA}{DONE}");
    let server = Server::replies(vec![whole(&text)]).await;
    let mut events = log.client(&server).chat().create("1", "2").stream().await.expect("a stream");
    assert_eq!(events.attempts(), 1);
    let lines = log.take();
    assert!(lines[2].starts_with("attempt 1 success Some(200)"), "{lines:#?}");
    assert_eq!(lines.len(), 3, "the call has not ended: {lines:#?}");
    while let Some(event) = events.next().await {
        event.expect("an event");
    }
    let expected = format!("received {} events Some(3)", text.len());
    let lines = log.take();
    assert!(lines.len() == 1 && lines[0].starts_with("call chat.create success"), "{lines:#?}");
    assert!(lines[0].ends_with(&expected), "{lines:#?}");
    drop(events);
    assert!(log.take().is_empty(), "one end");

    // Dropped after an event, and broken off.
    let server = Server::replies(vec![begun([DELTA]), begun([DELTA]).then(Step::Close)]).await;
    let coze = log.client(&server);
    let mut events = coze.chat().create("1", "2").stream().await.expect("a stream");
    events.next().await.expect("an event").expect("a delta");
    drop(events);
    let mut events = coze.chat().create("1", "2").stream().await.expect("a stream");
    while let Some(Ok(_)) = events.next().await {}
    let ends: Vec<_> = log.take().into_iter().filter(|line| line.starts_with("call")).collect();
    assert!(ends[0].contains("canceled") && ends[0].contains("events Some(1)"), "{ends:#?}");
    assert!(ends[1].contains("failure") && ends[1].ends_with("Truncated"), "{ends:#?}");
}

#[tokio::test]
async fn files_are_counted_in_both_directions() {
    let log = Log::default();
    let speech = Reply::new(200, &[("content-type", "audio/mpeg")], [1_u8; 5000]);
    let file = Reply::data(&json!({"id": "7", "bytes": 3, "file_name": "a", "created_at": 1}));
    let server = Server::replies(vec![speech, file]).await;
    let coze = log.client(&server);
    let speech = coze.audio().speech().create("Hello.", "7").await.expect("a file");
    assert_eq!(speech.attempts(), 1);
    assert!(!log.take().iter().any(|line| line.starts_with("call")), "not read yet");
    assert_eq!(speech.bytes().await.expect("a file").len(), 5000);
    let lines = log.take();
    assert!(lines[0].contains("success") && lines[0].contains("received 5000"), "{lines:#?}");
    coze.files().upload(Upload::bytes("a", vec![1; 1_000_000])).await.expect("uploaded");
    let lines = log.take();
    assert!(lines[2].contains("sent 1000000"), "{lines:#?}");
}

#[tokio::test]
async fn a_session_ends_like_a_stream() {
    let log = Log::default();
    let server = WebSocketServer::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    let coze = server.client().with_observer(log.clone());
    let session = coze.realtime().transcriptions().await.expect("a session");
    assert_eq!(log.take().len(), 3);
    session.close().await.expect("a good end");
    tokio::time::sleep(Duration::from_millis(50)).await;
    let lines = log.take();
    assert!(lines[0].contains("success Some(101) attempts 1"), "{lines:#?}");
    let session = coze.realtime().transcriptions().await.expect("a session");
    drop(session);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(log.take().last().expect("an end").contains("canceled"));
}

#[tokio::test]
async fn requests_for_tokens_are_shown_without_credentials() -> Result<()> {
    let server = OAuthServer::start(TestClock::stopped()).await;
    let app = WebOAuthApp::builder(CLIENT_ID, CLIENT_SECRET).base_url(server.url());
    let app = app.clock(server.clock.clone()).build()?;
    let login = app.authorize(REDIRECT_URI)?;
    let token = login.finish(&server.grant(&login.url())).await?;
    server.clock.advance(10_000);
    let log = Log::default();
    let coze = Client::builder().credentials(app.credentials().with_token(token)).build()?;
    let coze = coze.with_observer(log.clone());
    coze_tests::oauth::call(&coze).await?;
    let lines = log.take();
    assert_eq!(lines[0], "sending auth.token 1 hidden");
    assert!(lines.iter().any(|line| line.starts_with("call auth.token success")), "{lines:#?}");
    assert_eq!(Outcome::Canceled.as_str(), "canceled");
    Ok(())
}

/// Notes the names of sensitive and of other headers.
#[derive(Clone, Default)]
struct Marks(Arc<Mutex<[Vec<String>; 2]>>);

impl Observer for Marks {
    fn sending(&self, request: &Outgoing<'_>) {
        for (name, value) in request.headers() {
            let is_shown = usize::from(!value.is_sensitive());
            self.0.lock().expect("no panic")[is_shown].push(name.to_string());
        }
    }
}

#[tokio::test]
async fn secret_headers_are_marked() -> Result<()> {
    let server = Server::replies(vec![Reply::data(&json!({"bot_id": "7"}))]).await;
    let marks = Marks::default();
    let coze = Client::builder().token("secret_0123456789").base_url(server.base_url());
    let coze = coze.header("x-api-key", "secret_1").header("x-plain", "secret_2").build()?;
    let coze = coze.with_observer(marks.clone()).with_header("cookie", "secret_3")?;
    let call =
        coze.request(coze_api::Method::GET, "/v1/bots/7").with_header("x-signature", "secret_4");
    call.data::<serde_json::Value>().await?;
    let [sensitive, shown] = &mut *marks.0.lock().expect("no panic");
    sensitive.sort();
    assert_eq!(*sensitive, ["authorization", "cookie", "x-api-key", "x-signature"]);
    assert!(shown.contains(&"x-plain".to_owned()));
    Ok(())
}

#[tokio::test]
async fn pages_are_calls() {
    let log = Log::default();
    let page = |more: bool, id: &str| {
        Reply::data(
            &json!({"bots": [{"id": id}], "items": [{"id": id}], "total": 2, "has_more": more}),
        )
    };
    let server = Server::replies(vec![page(true, "1"), page(false, "2")]).await;
    let coze = log.client(&server);
    let count = coze.bots().list("7").page_size(1).items().collect::<Vec<_>>().await.len();
    let ends = log.take().iter().filter(|line| line.starts_with("call bots.list success")).count();
    assert!(count >= 1 && ends == server.requests().len(), "{count} {ends}");
}
