use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{FutureExt as _, StreamExt as _, stream};
use serde::Deserialize;

use super::*;
use crate::base::error::Error;

/// A union as the generator writes it.
#[derive(Clone, Debug, PartialEq)]
enum Sample {
    Delta(Piece),
    Pause(Piece),
    Done(End),
    Unknown { event: String, data: String },
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Piece {
    content: String,
    seq: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct End {
    debug_url: String,
}

impl StreamEvent for Sample {
    const ENDS: &'static [&'static str] = &["pause", "done", "Done"];

    fn decode(frame: &Frame) -> Result<Self> {
        Ok(match frame.event() {
            "delta" => Self::Delta(frame.json()?),
            "pause" => Self::Pause(frame.json()?),
            "done" | "Done" => Self::Done(frame.json()?),
            event => Self::Unknown { event: event.to_owned(), data: frame.text() },
        })
    }
}

fn piece(content: &str) -> Piece {
    Piece { content: content.to_owned(), seq: 0 }
}

fn delta(content: &str) -> Sample {
    Sample::Delta(piece(content))
}

fn done() -> Sample {
    Sample::Done(End::default())
}

fn events(text: &str) -> EventStream<Sample> {
    EventStream::from_chunks(stream::iter([Ok::<_, Infallible>(text.to_owned())]))
}

/// All events, and the error if there is one. An item after an error or the end fails the test.
fn read(events: EventStream<Sample>) -> (Vec<Sample>, Option<Error>) {
    let mut items: Vec<_> = events.collect().now_or_never().expect("everything is there");
    let error = match items.pop() {
        Some(Err(error)) => Some(error),
        Some(Ok(event)) => {
            items.push(Ok(event));
            None
        }
        None => None,
    };
    let events = items.into_iter().map(|item| item.expect("the error is the last item"));
    (events.collect(), error)
}

fn error(text: &str) -> Error {
    read(events(text)).1.expect("an error")
}

#[test]
fn done_ends_the_stream_however_it_is_spelled() {
    for text in [
        "data: \"[DONE]\"\n",
        "data:[DONE]\n",
        "data: {}\n",
        "data:\n",
        "",
        "data: null\n",
        "data: { }\n",
    ] {
        let text = format!(
            "event: delta\ndata: {{\"content\":\"a\"}}\n\nevent: done\n{text}\nevent: delta\ndata: x\n\n"
        );
        let (events, error) = read(events(&text));
        assert_eq!(events, [delta("a"), done()], "{text}");
        assert!(error.is_none(), "{text}: {error:?}");
    }
    let (events, error) = read(events("event:Done\ndata:{\"debug_url\":\"https://x/?a=1\"}\n\n"));
    assert_eq!(events, [Sample::Done(End { debug_url: "https://x/?a=1".into() })]);
    assert!(error.is_none());
}

#[test]
fn a_cut_stream_says_so() {
    let text = "id: 7\nevent: delta\ndata: {\"content\":\"a\"}\n\nretry: 1500\nid: 8\nevent: delta\ndata: {\"con";
    let (events, error) = read(events(text));
    let error = error.expect("the last event is not complete");
    assert_eq!(error.body(), Some("{\"con"), "what has arrived is kept");
    assert_eq!(events, [delta("a")]);
    assert!(error.is_truncated() && !error.is_transport() && !error.is_timeout(), "{error}");
    assert_eq!(error.last_event_id(), Some("7"));
    assert_eq!(error.retry_after(), Some(Duration::from_millis(1500)));
    assert_eq!(error.to_string(), "the stream ended before its last event (after event id 7)");
    assert!(self::error("").is_truncated());
    assert!(self::error("event: del").is_truncated(), "half of a name is not an event");
}

#[test]
fn a_complete_last_event_needs_no_empty_line() {
    let first = "event: delta\ndata: {\"content\":\"a\"}\n\n";
    for end in [
        "event: done\ndata: {}\n",
        "event: done\ndata: {}",
        "event: done\r\ndata: {}\r",
        "event: done\n",
        "event: done",
        "event:DONE",
        "data: [DONE]",
    ] {
        let (events, error) = read(events(&format!("{first}{end}")));
        assert_eq!(events, [delta("a"), done()], "{end:?}");
        assert!(error.is_none(), "{end:?}: {error:?}");
    }
    let (events, error) = read(events("event: delta\ndata: {\"content\":\"a\"}"));
    assert_eq!(events, [delta("a")]);
    assert!(error.expect("no last event").is_truncated());
    let failed =
        self::error("event: conversation.chat.failed\ndata: {\"code\":5000,\"msg\":\"m\"}");
    assert_eq!((failed.is_api(), failed.code()), (true, Some(5000)));
    // A broken connection cuts off the event.
    let items = [Ok("event: done\ndata: {}\n"), Err(std::io::Error::other("reset by peer"))];
    let (events, error) = read(EventStream::from_chunks(stream::iter(items)));
    assert!(events.is_empty() && error.expect("broken").is_truncated());
}

#[test]
fn a_final_event_counts_in_any_spelling() {
    for end in [
        "event: DONE\ndata: {}",
        "event: dOnE",
        "data: [DONE]",
        "data: \"[DONE]\"",
        "data: [done]",
        "data:  [Done] ",
        "event: message\ndata: [DONE]",
    ] {
        let text = format!("{end}\n\nevent: delta\ndata: {{}}\n\n");
        let (events, error) = read(events(&text));
        assert_eq!(events, [done()], "{end}");
        assert!(error.is_none(), "{end}");
    }
    let (events, error) = read(events("event: Pause\ndata: {\"content\":\"?\"}\n\n"));
    assert_eq!(events, [Sample::Pause(piece("?"))]);
    assert!(error.is_none(), "{error:?}");
    for name in ["conversation.chat.canceled", "conversation.chat.cancelled"] {
        let (events, error) = read(self::events(&format!("event: {name}\ndata: {{}}\n\n")));
        assert_eq!(events, [Sample::Unknown { event: name.into(), data: "{}".into() }]);
        assert!(error.is_none(), "{error:?}");
    }
    assert_eq!(
        self::error("event: conversation.chat.FAILED\ndata: {\"code\":7,\"msg\":\"m\"}\n\n").code(),
        Some(7)
    );
}

#[test]
fn frames_keep_the_spelling_of_the_server() {
    let mut frames = events("event: DONE\ndata: {}\n\n").into_frames();
    let frame = frames.next().now_or_never().flatten().expect("an event").expect("good");
    assert_eq!((frame.event(), frame.clone().text()), ("DONE", "{}".to_owned()));
    assert!(frames.next().now_or_never().expect("ready").is_none());
}

#[test]
fn an_error_without_a_name_is_that_error() {
    let first = "event: delta\ndata: {}\n\n";
    for (data, code) in [
        (r#"{"code":4013,"msg":"slow down"}"#, Some(4013)),
        (r#"{"code":"4013","msg":"slow down","data":null}"#, Some(4013)),
        (r#"{"error_code":4013,"error_message":"slow down"}"#, Some(4013)),
    ] {
        for end in ["", "\n\n", "\n\nevent: done\ndata: {}\n\n"] {
            for name in ["", "event: message\n"] {
                let (events, error) = read(events(&format!("{first}{name}data: {data}{end}")));
                let error = error.expect("an error");
                assert_eq!((events.len(), error.code(), error.msg()), (1, code, Some("slow down")));
                assert_eq!(error.body(), Some(data));
            }
        }
    }
    for data in
        [r#"{"code":7,"msg":"x","data":{"a":1}}"#, r#"{"code":0,"msg":"ok"}"#, r#"{"code":7}"#]
    {
        let (events, error) = read(events(&format!("data: {data}\n\nevent: done\n\n")));
        assert_eq!(events.len(), 2, "{data}");
        assert!(error.is_none(), "{data}: {error:?}");
    }
}

#[test]
fn a_broken_source_is_a_cut_stream() {
    let items = [Ok("event: delta\ndata: {}\n\n"), Err(std::io::Error::other("reset by peer"))];
    let (events, error) = read(EventStream::from_chunks(stream::iter(items)));
    let error = error.expect("the source is broken");
    assert_eq!(events, [delta("")]);
    assert!(error.is_truncated());
    let source = std::error::Error::source(&error).expect("the source");
    assert_eq!(source.to_string(), "reset by peer");
}

#[test]
fn after_a_pause_the_stream_may_end_or_go_on_to_done() {
    let pause = "event: pause\ndata: {\"content\":\"?\"}\n\n";
    let expected = [Sample::Pause(piece("?"))];
    assert_eq!(read(events(pause)).0, expected);
    assert!(read(events(pause)).1.is_none());

    let (events, error) = read(events(&format!("{pause}event: done\ndata: [DONE]\n\n")));
    assert_eq!(events, [expected[0].clone(), done()]);
    assert!(error.is_none());
}

#[test]
fn failures_are_errors_with_code_message_and_data() {
    let cases = [
        ("error", r#"{"code":4000,"msg":"bad"}"#, Some(4000), "bad"),
        ("error", r#"{"code":"4000","msg":"bad"}"#, Some(4000), "bad"),
        ("Error", r#"{"error_code":4000,"error_message":"bad"}"#, Some(4000), "bad"),
        (
            "conversation.chat.failed",
            r#"{"code": "720702204","msg": "bad"}"#,
            Some(720_702_204),
            "bad",
        ),
        (
            "conversation.chat.failed",
            r#"{"id":"1","last_error":{"code":5000,"msg":"bad"}}"#,
            Some(5000),
            "bad",
        ),
        ("error", "a b", None, "event error: a b"),
        (
            "conversation.chat.failed",
            r#"{"id":"1"}"#,
            None,
            r#"event conversation.chat.failed: {"id":"1"}"#,
        ),
    ];
    for (event, data, code, msg) in cases {
        let text = format!(
            "event: delta\ndata: {{}}\n\nid: 3\nevent:{event}\ndata:{data}\n\nevent: done\ndata: {{}}\n\n"
        );
        let (events, error) = read(events(&text));
        let error = error.expect("a failure");
        assert_eq!(events, [delta("")], "{data}");
        assert!(error.is_api(), "{error}");
        assert_eq!((error.code(), error.msg()), (code, Some(msg)), "{data}");
        assert_eq!((error.body(), error.last_event_id()), (Some(data), Some("3")));
    }
    let error =
        error("event: error\ndata: {\"code\":1,\"msg\":\"m\",\"detail\":{\"logid\":\"2024\"}}\n\n");
    assert_eq!(error.log_id(), Some("2024"));
}

#[test]
fn invalid_data_ends_the_stream() {
    let text =
        "event: delta\ndata: {\"seq\":[\"a\"],\"secret\":\"s\"}\n\nevent: done\ndata: {}\n\n";
    let error = error(text);
    assert!(error.is_decode());
    let shown = error.to_string();
    assert!(shown.contains("event \"delta\" at $.seq"), "{shown}");
    assert!(self::error("event: delta\ndata: {\"content\":\n\n").is_decode());
    assert!(self::error("event: delta\ndata: {}{}\n\n").is_decode());
}

#[test]
fn lines_of_data_are_one_text() {
    let (events, error) =
        read(events("event: delta\ndata: {\ndata: \"content\": \"a\"\ndata: }\n\nevent: done\n\n"));
    assert_eq!(events, [delta("a"), done()]);
    assert!(error.is_none(), "{error:?}");
}

#[test]
fn data_is_read_as_leniently_as_replies() {
    let text =
        "event: delta\ndata: {\"content\": 7, \"seq\": \"3\", \"new\": []}\n\nevent: done\n\n";
    let (events, _) = read(events(text));
    assert_eq!(events[0], Sample::Delta(Piece { content: "7".into(), seq: 3 }));
}

#[test]
fn invalid_utf8_in_json_is_replaced() {
    let bytes: &[u8] = b"event: delta\ndata: {\"content\": \"a\xff\"}\n\nevent: done\n\n";
    let (events, error) =
        read(EventStream::from_chunks(stream::iter([Ok::<_, Infallible>(bytes)])));
    assert_eq!(events, [delta("a\u{fffd}"), done()]);
    assert!(error.is_none());
}

#[test]
fn pings_are_skipped_unless_asked_for() {
    let text =
        "event: PING\ndata: {}\n\nid: 1\nevent: PING\n\n: alive\n\nevent: done\ndata: {}\n\n";
    assert_eq!(read(events(text)).0, [done()]);
    let ping = Sample::Unknown { event: "PING".into(), data: "{}".into() };
    let bare = Sample::Unknown { event: "PING".into(), data: String::new() };
    assert_eq!(read(events(text).with_pings()).0, [ping, bare, done()]);
}

#[test]
fn unknown_events_pass_as_they_are() {
    let text = "event: later\ndata: {\"a\":\ndata: 1}\n\ndata: x\n\nevent: empty\n\nevent: delta\n\nevent: done\ndata: {}\n\n";
    let (events, _) = read(events(text));
    let unknown =
        |event: &str, data: &str| Sample::Unknown { event: event.into(), data: data.into() };
    let later = unknown("later", "{\"a\":\n1}");
    assert_eq!(events, [later, unknown("message", "x"), unknown("empty", ""), done()]);
}

#[test]
fn a_json_text_in_place_of_events_is_read() {
    let refused = error("{\"code\":4013,\"msg\":\"slow\",\"detail\":{\"logid\":\"2024\"}}");
    assert!(refused.is_api() && refused.is_rate_limited());
    assert_eq!(refused.log_id(), Some("2024"));
    let odd = error("\n {\"code\":0,\"data\":{\"id\":\"7\"}}");
    assert!(
        odd.is_decode() && odd.to_string().contains("JSON object in place of an event stream"),
        "{odd}"
    );
    assert_eq!(odd.body(), Some("\n {\"code\":0,\"data\":{\"id\":\"7\"}}"));
    // It may arrive in any pieces, with what may come before JSON in pieces of its own.
    for text in ["\n {\"code\":4013,\"msg\":\"slow\"}", "\u{feff}{\"code\":4013,\"msg\":\"slow\"}"]
    {
        for size in 1..text.len() {
            let chunks =
                text.as_bytes().chunks(size).map(|chunk| Ok::<_, BoxError>(chunk.to_vec()));
            let chunks = futures_util::stream::iter(chunks.collect::<Vec<_>>());
            let error = read(EventStream::<Sample>::from_chunks(chunks)).1.expect("a refusal");
            assert!(error.is_rate_limited(), "{size}: {error}");
            assert_eq!(error.body(), Some(text));
        }
    }
}

#[test]
fn what_only_resembles_an_end_or_a_sign_of_life_is_an_event() {
    let text = "event:info\ndata:{}\n\ndata:[1]\n\ndata:\"end\"\n\nevent:done\ndata:{}\n\n";
    let unknown =
        |event: &str, data: &str| Sample::Unknown { event: event.into(), data: data.into() };
    let expected =
        [unknown("info", "{}"), unknown("message", "[1]"), unknown("message", "\"end\""), done()];
    assert_eq!(read(events(text)).0, expected);
}

#[test]
fn an_error_is_found_after_any_amount_of_white_space() {
    let space = std::iter::repeat_n(" ".repeat(60_000), 40);
    const { assert!(40 * 60_000 > 2 * failure::JSON_LIMIT) };
    let chunks = space.chain(["{\"code\":4013,\"msg\":\"slow\"}".to_owned()]);
    let chunks = stream::iter(chunks.map(Ok::<_, Infallible>));
    let error = read(EventStream::<Sample>::from_chunks(chunks)).1.expect("a refusal");
    assert!(error.is_rate_limited(), "{error}");
    assert!(error.body().is_none_or(|body| body.len() <= failure::JSON_LIMIT));
}

#[test]
fn an_event_may_not_grow_without_end() {
    let text = format!("event: delta\ndata: {{\"content\":\"{}\"}}\n\n", "x".repeat(100));
    let (_, error) = read(events(&text).with_event_limit(100));
    let error = error.expect("too long");
    assert!(error.is_decode());
    assert_eq!(error.to_string(), "an event is longer than 100 bytes");
    assert!(read(events(&text).with_event_limit(200)).1.expect("cut").is_truncated());
    // Whatever its pieces are, little more is read than the limit.
    for size in [1, 7, 15, 16, 17, 40] {
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        let chunks = stream::iter((0..1000).map(move |index| {
            count.fetch_add(size, Ordering::Relaxed);
            let begin = if index == 0 { "data:" } else { "" };
            Ok::<_, Infallible>(format!("{begin}{}", "x".repeat(size)))
        }));
        let (_, error) = read(EventStream::from_chunks(chunks).with_event_limit(100));
        assert_eq!(error.expect("too long").to_string(), "an event is longer than 100 bytes");
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken <= 100 + 2 * size, "{taken} bytes in pieces of {size}");
    }
}

const _: fn() = || {
    fn check<T: Send + Sync + Unpin + 'static>() {}
    check::<EventStream<Sample>>();
    check::<Download>();
    check::<Frame>();
};

#[test]
fn debug_shows_neither_data_nor_token() {
    let mut events = events("id: 5\nevent: delta\ndata: {\"content\":\"private\"}\n\n");
    assert!(events.next().now_or_never().flatten().expect("an event").is_ok());
    let shown = format!("{events:?}");
    assert!(shown.contains("\"5\"") && !shown.contains("private"), "{shown}");
    let error = error("event: error\ndata: {\"code\":1,\"msg\":\"m\",\"x\":\"private\"}\n\n");
    assert!(!format!("{error:?} {error}").contains("private"));
}

#[tokio::test]
async fn a_stream_that_has_begun_holds_little() {
    use crate::testing::{Act, Server};

    let head = Act::status(200, "text/event-stream", "event: done\ndata: {}\n\n");
    let server = Server::play([head]).await;
    let call = || {
        let call = Call::new(&server.client(), "test").post("/stream").field("workflow_id", "7");
        call.elements("messages", ["a long question"])
    };
    let events = call().stream::<Sample>(Some("stream")).await.expect("a stream");
    let frames = call().frames().await.expect("a stream");
    for (origin, headers) in
        [(&events.origin, events.headers()), (&frames.origin, frames.headers())]
    {
        let origin = origin.as_ref().expect("the request");
        assert!(!crate::testing::json_of(origin).contains("question"));
        assert_eq!(origin.param::<String>("workflow_id").as_deref(), Some("7"));
        assert_eq!(headers.len(), 2);
        assert!(headers.capacity() < 4, "room for {} headers", headers.capacity());
    }
    assert!(server.seen()[0].text().contains("a long question"));
}

/// The body is flushed after every event, as a server does to send it without delay.
#[cfg(feature = "gzip")]
#[tokio::test]
async fn compressed_events_are_events() {
    use std::io::Write as _;

    use crate::testing::{Act, Server};

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for event in ["event: delta\ndata: {\"content\":\"a\"}\n\n", "event: done\ndata: {}\n\n"] {
        gzip.write_all(event.as_bytes()).expect("memory");
        gzip.flush().expect("memory");
    }
    let body = gzip.finish().expect("memory");
    let head = vec![
        ("content-type", "text/event-stream".to_owned()),
        ("content-encoding", "gzip".to_owned()),
    ];
    let cut = Act::Answer(200, head.clone(), body[..body.len() - 20].to_vec());
    let server = Server::play([Act::Answer(200, head, body), cut]).await;
    let coze = server.client();
    let open = || Call::new(&coze, "test").post("/stream").stream::<Sample>(Some("stream"));
    let events: Vec<_> =
        open().await.expect("a stream").map(|event| event.expect("good")).collect().await;
    assert_eq!(events, [delta("a"), done()]);
    assert!(server.seen()[0].header("accept-encoding").is_some_and(|kinds| kinds.contains("gzip")));

    let items: Vec<_> = open().await.expect("a stream").collect().await;
    let error = items.last().expect("an item").as_ref().expect_err("cut");
    assert!(error.is_truncated(), "{error}");
}
