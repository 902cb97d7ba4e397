//! Event streams: their requests, beginnings, failures and ends.

use std::sync::Arc;
use std::time::{Duration, Instant};

use coze_api::{ChatEvent, Client, Error, EventStream, Retry};
use coze_tests::events::{begun, chunk, end, sample, whole};
use coze_tests::server::{Reply, Server, Step};
use futures_util::TryStreamExt as _;
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(10);
const DELTA: &str = "event:conversation.message.delta\ndata:{\"content\":\"a\"}\n\n";
const DONE: &str = "event:done\ndata:[DONE]\n\n";

async fn open(coze: &Client) -> coze_api::Result<EventStream<ChatEvent>> {
    coze.chat().create("1", "2").stream().await
}

async fn read(server: &Server) -> (Vec<ChatEvent>, Option<Error>) {
    let mut events = open(&server.client()).await.expect("a stream");
    let mut all = Vec::new();
    loop {
        match timeout(SOON, events.next()).await.expect("something comes") {
            Some(Ok(event)) => all.push(event),
            Some(Err(error)) => {
                assert!(events.next().await.is_none(), "an error is the last item");
                return (all, Some(error));
            }
            None => return (all, None),
        }
    }
}

/// Returns the error of a stream that does not begin, because the server sends this response.
async fn refused(reply: Reply) -> Error {
    let server = Server::replies(vec![reply]).await;
    open(&server.client()).await.expect_err("no stream")
}

#[tokio::test]
async fn only_stream_requests_a_stream() {
    let server = Server::replies(vec![whole(DONE), Reply::data(&json!({}))]).await;
    let coze = server.client();
    let request = coze.chat().create("1", "2").auto_save_history(true);
    let events = request.clone().stream().await.expect("a stream");
    assert_eq!(events.log_id(), Some("log-header"));
    drop(events);
    request.await.expect("a chat");

    let requests = server.requests();
    assert_eq!(requests[0].header("accept"), "text/event-stream");
    assert_eq!(requests[0].json()["stream"], true);
    assert_ne!(requests[1].header("accept"), "text/event-stream");
    assert_eq!(requests[1].json()["stream"], false);
}

#[tokio::test]
async fn a_chat_yields_the_documented_events() {
    let server = Server::replies(vec![whole(sample("chat.sse"))]).await;
    let (events, error) = read(&server).await;
    assert!(error.is_none(), "{error:?}");
    let [
        ChatEvent::Created(created),
        ChatEvent::InProgress(_),
        ..,
        ChatEvent::Completed(chat),
        ChatEvent::Done(done),
    ] = &events[..]
    else {
        panic!("{events:#?}")
    };
    assert_eq!(created.id, "7382159487131697202");
    assert_eq!(chat.usage.as_ref().map(|usage| usage.token_count), Some(633));
    assert_eq!(done.debug_url, "");
    let deltas: Vec<_> = events.iter().filter_map(text).collect();
    assert_eq!(deltas.len(), 4);
    assert_eq!(deltas[..2], ["2", "0"]);
}

fn text(event: &ChatEvent) -> Option<&str> {
    match event {
        ChatEvent::MessageDelta(message) => Some(&message.content),
        _ => None,
    }
}

#[tokio::test]
async fn every_sample_reads_the_same_in_either_spelling_and_however_it_travels() {
    for name in ["chat.sse", "chat_image.sse", "chatflow.sse", "chatflow_interrupt.sse"] {
        let text = sample(name);
        let without = text.replace("event: ", "event:").replace("data: ", "data:");
        let with = without.replace("event:", "event: ").replace("data:", "data: ");
        let returns = text.replace('\n', "\r\n");
        let remarks = format!(
            "\u{feff}: alive\n{}",
            text.replace("\n\n", "\n: alive\nretry: 10\n\n: alive\n\n")
        );
        let expected = read(&Server::replies(vec![whole(&text)]).await).await.0;
        assert!(expected.len() >= 7, "{name}");
        let unknown = |event: &ChatEvent| matches!(event, ChatEvent::Unknown { .. });
        assert!(!expected.iter().any(unknown), "{name}: {expected:#?}");
        for text in [without, with, returns, remarks] {
            let (events, error) = read(&Server::replies(vec![whole(&text)]).await).await;
            assert!(error.is_none(), "{name}: {error:?}");
            assert_eq!(events, expected, "{name}");
        }
        let bytes = text.as_bytes().chunks(3);
        let reply = begun(bytes).then(end()).dribbled();
        assert_eq!(read(&Server::replies(vec![reply]).await).await.0, expected, "{name}");
    }
}

#[tokio::test]
async fn the_debug_url_of_done_is_kept() {
    let server = Server::replies(vec![whole(sample("chatflow.sse"))]).await;
    let events = read(&server).await.0;
    let Some(ChatEvent::Done(done)) = events.last() else { panic!("{events:?}") };
    assert!(
        done.debug_url.starts_with("https://www.coze.cn/work_flow?execute_id="),
        "{}",
        done.debug_url
    );
}

#[tokio::test]
async fn a_failure_is_an_error_with_code_message_and_log_id() {
    let server = Server::replies(vec![whole(sample("chatflow_failed.sse"))]).await;
    let error = read(&server).await.1.expect("a failure");
    assert!(error.is_api());
    assert_eq!(error.code(), Some(720_702_204));
    assert_eq!((error.log_id(), error.operation()), (Some("log-header"), "chat.create"));
    assert!(error.body().is_some_and(|body| body.contains("\"720702204\"")));

    let failed = "event:conversation.chat.failed\ndata:{\"id\":\"7\",\"last_error\":{\"code\":701231,\"msg\":\"no\"}}\n\n";
    let server = Server::replies(vec![whole(format!("{DELTA}{failed}{DONE}"))]).await;
    let (events, error) = read(&server).await;
    assert_eq!(events.len(), 1);
    let error = error.expect("a failure");
    assert_eq!((error.code(), error.msg()), (Some(701_231), Some("no")));

    let server =
        Server::replies(vec![whole("event: error\ndata: {\"code\":4000,\"msg\":\"bad\"}\n\n")])
            .await;
    let error = read(&server).await.1.expect("a failure");
    let shown = "chat.create: API error 4000: bad (HTTP 200, log id log-header)";
    assert_eq!(error.to_string(), shown);
}

#[tokio::test]
async fn a_stream_that_ends_early_is_an_error() {
    let numbered = format!("id: 41\n{DELTA}");
    let early = [
        begun([&numbered]).then(end()),
        begun([&numbered]).then(Step::Close),
        begun([&numbered, "id: 42\nevent:conversation.message.delta\ndata:{\"con"])
            .then(Step::Reset),
    ];
    for reply in early {
        let server = Server::replies(vec![reply]).await;
        let (events, error) = read(&server).await;
        assert_eq!(events.len(), 1);
        let error = error.expect("the last event is missing");
        assert!(error.is_truncated(), "{error:?}");
        assert_eq!((error.last_event_id(), error.log_id()), (Some("41"), Some("log-header")));
        assert_eq!(server.requests().len(), 1, "a stream that has begun is not requested again");
    }
}

#[tokio::test]
async fn a_last_event_without_its_empty_line_counts_if_the_body_ends_cleanly() {
    let failed =
        "event:conversation.chat.failed\ndata:{\"last_error\":{\"code\":5000,\"msg\":\"no\"}}";
    for (last, code) in [("event:done\ndata:[DONE]", None), (failed, Some(5000))] {
        let server = Server::replies(vec![begun([DELTA, last]).then(end())]).await;
        let (events, error) = read(&server).await;
        assert!(matches!(&events[0], ChatEvent::MessageDelta(_)));
        assert_eq!(error.and_then(|error| error.code()), code);
        assert_eq!(events.len(), if code.is_none() { 2 } else { 1 });

        // The connection breaks before the end of the body.
        for step in [Step::Close, Step::Reset] {
            let server = Server::replies(vec![begun([DELTA, last]).then(step)]).await;
            let (events, error) = read(&server).await;
            assert_eq!(events.len(), 1);
            assert!(error.expect("broken").is_truncated());
        }
    }
}

#[tokio::test]
async fn the_text_before_an_error_is_in_the_error() {
    let piece = |text: &str| {
        let data = json!({"id": "1", "type": "answer", "content": text});
        format!("event:conversation.message.delta\ndata:{data}\n\n")
    };
    let created =
        "event:conversation.chat.created\ndata:{\"id\":\"7\",\"conversation_id\":\"8\"}\n\n";
    let error = "event:error\ndata:{\"code\":5000,\"msg\":\"no\"}\n\n";
    let begin = || begun([created, &piece("Kun"), &piece("ming")]);
    for reply in
        [begin().then(end()), begin().then(Step::Reset), begin().then(chunk(error.as_bytes()))]
    {
        let server = Server::replies(vec![reply.clone(), reply]).await;
        let events = open(&server.client()).await.expect("a stream");
        let collected = events.collect_reply().await.expect_err("no end");
        let mut text = open(&server.client()).await.expect("a stream").text();
        let mut pieces = String::new();
        let read = loop {
            match text.next().await.expect("an error comes") {
                Ok(piece) => pieces.push_str(&piece),
                Err(error) => break error,
            }
        };
        assert!(text.next().await.is_none(), "an error is the last item");
        assert_eq!(pieces, "Kunming");
        for error in [collected, read] {
            let partial = error.partial_chat_reply().expect("the received text");
            assert_eq!(partial.text(), "Kunming");
            assert_eq!((error.conversation_id(), error.chat_id()), (Some("8"), Some("7")));
        }
    }
}

#[tokio::test]
async fn errors_of_streams_and_files_count_the_attempts() {
    let slow_down =
        || Reply::json_with(429, &[("retry-after", "0")], &json!({"code": 4013, "msg": "slow"}));
    let server = Server::replies(vec![slow_down(), begun([DELTA]).then(Step::Close)]).await;
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = Client::builder().token("pat_0123456789").base_url(server.base_url()).retry(retry);
    let mut events = open(&coze.build().expect("a client")).await.expect("a stream");
    assert!(events.next().await.expect("an event").is_ok());
    let error = events.next().await.expect("an error").expect_err("truncated");
    assert_eq!(error.attempts(), 2);

    let head = "HTTP/1.1 200 OK\r\ncontent-type: audio/mpeg\r\ncontent-length: 9\r\n\r\ncut";
    let file = Reply { steps: vec![Step::Send(head.into()), Step::Close] };
    let server = Server::replies(vec![slow_down(), file]).await;
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = Client::builder().token("pat_0123456789").base_url(server.base_url()).retry(retry);
    let coze = coze.build().expect("a client");
    let file = coze.audio().speech().create("Hello.", "7").await.expect("a file");
    assert_eq!(file.bytes().await.expect_err("cut").attempts(), 2);
}

#[tokio::test]
async fn requires_action_may_be_the_last_event() {
    let pause = "event:conversation.chat.requires_action\ndata:{\"id\":\"7\"}\n\n";
    let endings =
        [begun([pause]).then(end()), begun([pause]).then(Step::Wait(Arc::new(Notify::new())))];
    for reply in endings {
        let server = Server::replies(vec![reply]).await;
        let (events, error) = read(&server).await;
        assert!(
            matches!(&events[..], [ChatEvent::RequiresAction(chat)] if chat.id == "7"),
            "{events:?}"
        );
        assert!(error.is_none(), "{error:?}");
    }
    let server = Server::replies(vec![whole(format!("{pause}{DONE}"))]).await;
    let (events, error) = read(&server).await;
    assert!(
        matches!(&events[..], [ChatEvent::RequiresAction(_), ChatEvent::Done(_)]),
        "{events:?}"
    );
    assert!(error.is_none());
}

#[tokio::test]
async fn json_in_place_of_a_stream_is_an_error() {
    let error = refused(Reply::code(4016, "busy")).await;
    assert!(error.is_api());
    assert_eq!(
        (error.code(), error.msg(), error.log_id()),
        (Some(4016), Some("busy"), Some("log-header"))
    );

    let error = refused(Reply::data(&json!({"id": "7"}))).await;
    assert!(error.is_decode());
    assert!(error.to_string().contains("a JSON object in place of an event stream"), "{error}");
    let kept: serde_json::Value =
        serde_json::from_str(error.body().expect("the value")).expect("JSON");
    assert_eq!(kept["data"]["id"], "7");

    let error = refused(Reply::json_with(401, &[], &json!({"code": 4100, "msg": "who?"}))).await;
    assert!(error.is_auth());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));

    let error =
        refused(Reply::new(502, &[("content-type", "text/html")], "<title>Bad Gateway</title>"))
            .await;
    assert!(error.is_status() && error.to_string().contains("Bad Gateway"), "{error}");

    let error = refused(Reply::new(200, &[("content-type", "text/plain")], "hello")).await;
    assert!(error.is_decode() && error.to_string().contains("not an event stream"), "{error}");
}

#[tokio::test]
async fn json_with_the_content_type_of_a_stream_is_an_error() {
    let server = Server::replies(vec![whole(r#"{"code":4000,"msg":"bad"}"#)]).await;
    let (events, error) = read(&server).await;
    assert_eq!(events, []);
    assert_eq!(error.expect("a refusal").code(), Some(4000));
}

#[tokio::test]
async fn a_stream_is_retried_until_it_begins() {
    let slow_down =
        Reply::json_with(429, &[("retry-after", "0")], &json!({"code": 4013, "msg": "slow"}));
    let server = Server::replies(vec![slow_down, Reply::code(4013, "slow"), whole(DONE)]).await;
    let retry = Retry::default().base_delay(Duration::ZERO);
    let coze = Client::builder().token("pat_0123456789").base_url(server.base_url()).retry(retry);
    let events = open(&coze.build().expect("a client")).await.expect("a stream");
    assert_eq!(events.try_collect::<Vec<_>>().await.expect("complete").len(), 1);
    assert_eq!(server.requests().len(), 3);

    // A request that may have been processed is not retried.
    let server = Server::replies(vec![Reply::reset(), whole(DONE)]).await;
    assert!(open(&server.client()).await.expect_err("broken").is_transport());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_stream_has_an_idle_timeout_and_no_overall_timeout() {
    let never = Arc::new(Notify::new());
    let server = Server::replies(vec![begun([DELTA]).then(Step::Wait(never.clone()))]).await;
    let limit = Duration::from_millis(200);
    let started = Instant::now();
    let coze = server.client();
    let mut events =
        coze.chat().create("1", "2").with_idle_timeout(limit).stream().await.expect("a stream");
    assert!(events.next().await.expect("an event").is_ok());
    let error = timeout(SOON, events.next())
        .await
        .expect("in time")
        .expect("an error")
        .expect_err("silence");
    assert!(error.is_timeout() && !error.is_truncated());
    assert!(started.elapsed() >= limit);
    assert_eq!(
        error.to_string(),
        "chat.create: the stream was silent for 200ms (HTTP 200, log id log-header)"
    );
    assert!(events.next().await.is_none());
    server.closed().await;

    // The stream takes longer than both timeouts, but is never silent for long.
    let gates: Vec<_> = (0..6).map(|_| Arc::new(Notify::new())).collect();
    let mut reply = begun([": alive\n"]);
    for gate in &gates {
        reply = reply.then(Step::Wait(gate.clone())).then(chunk(b": alive\n"));
    }
    let server = Server::replies(vec![reply.then(chunk(DONE.as_bytes())).then(end())]).await;
    let clock = tokio::spawn(async move {
        for gate in gates {
            tokio::time::sleep(Duration::from_millis(100)).await;
            gate.notify_one();
        }
    });
    let request = server.client().chat().create("1", "2");
    let request = request
        .with_timeout(Duration::from_millis(400))
        .with_idle_timeout(Duration::from_millis(400));
    let started = Instant::now();
    let events: Vec<_> =
        request.stream().await.expect("a stream").try_collect().await.expect("complete");
    assert_eq!(events.len(), 1);
    assert!(started.elapsed() > Duration::from_millis(550), "{:?}", started.elapsed());
    clock.await.expect("no panic");
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection_at_once() {
    let never = Arc::new(Notify::new());
    let server = Server::replies(vec![begun([DELTA]).then(Step::Wait(never))]).await;
    let mut events = open(&server.client()).await.expect("a stream");
    assert!(events.next().await.expect("an event").is_ok());
    drop(events);
    timeout(Duration::from_secs(1), server.closed()).await.expect("closed at once");
}

#[tokio::test]
async fn events_are_available_as_soon_as_they_arrive() {
    let gate = Arc::new(Notify::new());
    let reply =
        begun([DELTA]).then(Step::Wait(gate.clone())).then(chunk(DONE.as_bytes())).then(end());
    let server = Server::replies(vec![reply]).await;
    let mut events = open(&server.client()).await.expect("a stream");
    let first = timeout(SOON, events.try_next()).await.expect("before the rest").expect("good");
    assert!(matches!(first, Some(ChatEvent::MessageDelta(_))));
    assert!(timeout(Duration::from_millis(50), events.next()).await.is_err(), "nothing was sent");
    gate.notify_one();
    assert!(matches!(events.try_next().await.expect("good"), Some(ChatEvent::Done(_))));
    assert!(events.try_next().await.expect("good").is_none());
}

#[tokio::test]
async fn a_finished_stream_releases_its_connection() {
    let server =
        Server::replies(vec![whole(format!("{DELTA}{DONE}")), Reply::data(&json!({}))]).await;
    let coze = server.client();
    let events: Vec<_> =
        open(&coze).await.expect("a stream").try_collect().await.expect("complete");
    assert_eq!(events.len(), 2);
    coze.chat().create("1", "2").await.expect("a chat");
    let connections: Vec<_> = server.requests().iter().map(|request| request.connection).collect();
    assert_eq!(connections, [0, 0]);
}

#[tokio::test]
async fn no_error_of_a_stream_shows_the_token() {
    let secret = coze_tests::server::TOKEN;
    let bad =
        format!("event: conversation.message.delta\ndata: {{\"content\": [\"{secret}\"]}}\n\n");
    let failed = format!("event: error\ndata: {{\"code\": 1, \"msg\": \"{secret}\"}}\n\n");
    for text in [bad, failed] {
        let server = Server::replies(vec![whole(text)]).await;
        let error = read(&server).await.1.expect("an error");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains(secret), "{shown}");
    }
}
