//! WebSocket sessions: failures and ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use coze_api::Error;
use coze_api::realtime::{ChatClientEvent, ChatServerEvent, ConnectChat, Session};
use coze_tests::patience::wait_for_kernel;
use coze_tests::websocket::{Server, Socket};
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

const SOON: Duration = Duration::from_secs(120);

type Chat = Session<ChatClientEvent, ChatServerEvent>;

fn channel(server: &Server) -> ConnectChat {
    server.client().realtime().chat("7")
}

async fn chat(server: &Server) -> Chat {
    channel(server).connect().await.expect("a session")
}

fn created() -> serde_json::Value {
    json!({"event_type": "chat.created", "detail": {"logid": "log-last"}})
}

/// Returns the end of a session after one event: `None`, or an error.
async fn end(server: &Server) -> Option<Error> {
    let mut session = chat(server).await;
    let event = session.receive().await.expect("an event").expect("a good one").event;
    assert_eq!(event, ChatServerEvent::ChatCreated);
    let end = timeout(SOON, session.receive()).await.expect("an end");
    assert!(session.receive().await.is_none(), "the end is the last item");
    let error = match end {
        None => None,
        Some(Ok(event)) => panic!("{event:?} is not the end"),
        Some(Err(error)) => Some(error),
    };
    // Sending fails in the same way.
    let refusal = session.sender().clear().await.expect_err("the session is over");
    match &error {
        Some(error) => assert_eq!(refusal.is_truncated(), error.is_truncated()),
        None => assert!(refusal.is_request(), "{refusal}"),
    }
    let closed = session.close().await;
    assert_eq!(closed.is_ok(), error.is_none(), "{closed:?}");
    error
}

#[tokio::test]
async fn only_close_code_1000_is_a_normal_end() {
    for (code, reason) in
        [(1000, "bye"), (1001, "restart"), (1011, ""), (4000, "no money\nleft"), (0, "")]
    {
        let server = Server::start(move |mut socket| async move {
            socket.send(&created()).await;
            socket.close(code, reason).await;
        })
        .await;
        let error = end(&server).await;
        server.finished(1).await;
        if code == 1000 {
            assert!(error.is_none(), "{error:?}");
            continue;
        }
        let error = error.expect("a bad end");
        assert!(error.is_truncated(), "{error}");
        assert_eq!(error.close_code(), (code != 0).then_some(code), "{error}");
        assert_eq!((error.operation(), error.log_id()), ("realtime.chat", Some("log-last")));
        let reason = reason.replace('\n', " ");
        assert!(error.to_string().contains(&reason), "{error}");
        assert!(!error.to_string().contains('\n'));
    }
}

#[tokio::test]
async fn a_close_frame_is_answered_with_a_close_frame() {
    let server = Server::start(|mut socket| async move {
        socket.send(&created()).await;
        let frame = tokio_tungstenite::tungstenite::protocol::CloseFrame {
            code: 1001.into(),
            reason: "restart".into(),
        };
        socket.message(Message::Close(Some(frame.clone()))).await;
        assert_eq!(socket.drain().await, Some(Message::Close(Some(frame))));
    })
    .await;
    assert!(end(&server).await.is_some());
    server.finished(1).await;
}

#[tokio::test]
async fn a_broken_connection_is_an_error() {
    type Script = fn(Socket) -> coze_api::BoxFuture<'static, ()>;
    let scripts: [(&str, Script); 5] = [
        ("reset", |mut socket| {
            Box::pin(async move {
                socket.send(&created()).await;
                // Unread events would be lost with the connection.
                socket.message(Message::Ping("read?".into())).await;
                assert!(matches!(socket.next().await, Some(Message::Pong(_))));
                socket.reset();
            })
        }),
        ("end", |mut socket| {
            Box::pin(async move {
                socket.send(&created()).await;
                socket.end(b"").await;
            })
        }),
        ("end inside a frame", |mut socket| {
            Box::pin(async move {
                socket.send(&created()).await;
                socket.end(b"\x81\x7e\x10\x00{\"event").await;
            })
        }),
        ("nonsense", |mut socket| {
            Box::pin(async move {
                socket.send(&created()).await;
                socket.end(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            })
        }),
        ("no UTF-8", |mut socket| {
            Box::pin(async move {
                socket.send(&created()).await;
                socket.end(b"\x81\x02\xff\xfe").await;
            })
        }),
    ];
    for (name, script) in scripts {
        let server = Server::start(script).await;
        let error = end(&server).await.unwrap_or_else(|| panic!("{name} is not the end"));
        assert!(error.is_truncated(), "{name}: {error}");
        assert_eq!((error.close_code(), error.log_id()), (None, Some("log-last")), "{name}");
        server.finished(1).await;
    }
}

#[tokio::test]
async fn an_oversized_event_ends_the_session() {
    let server = Server::start(|mut socket| async move {
        socket.send(&created()).await;
        socket.text("x".repeat(2_000)).await;
        socket.drain().await;
    })
    .await;
    let mut session = channel(&server).with_event_limit(1_000).connect().await.expect("a session");
    session.receive().await.expect("an event").expect("a good one");
    let error = session.receive().await.expect("an end").expect_err("too long");
    assert!(error.is_decode() && error.to_string().contains("1000 bytes"), "{error}");
    assert!(session.receive().await.is_none());
    server.finished(1).await;
}

/// Sends and answers nothing, as if the cable were cut.
async fn dead(_socket: Socket) {
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_dead_peer_is_a_timeout() {
    let server = Server::start(dead).await;
    let mut session = chat(&server).await;
    tokio::time::pause();
    let start = Instant::now();
    let error = session.receive().await.expect("an end").expect_err("nothing there");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(start.elapsed().as_secs(), 40);
    assert_eq!((error.operation(), error.log_id()), ("realtime.chat", Some("log-handshake")));

    tokio::time::resume();
    let channel = channel(&server).with_ping_interval(Duration::from_secs(2));
    let channel = channel.with_ping_timeout(Duration::from_secs(1));
    let session = channel.connect().await.expect("a session");
    tokio::time::pause();
    let start = Instant::now();
    // This does not require a receiver.
    while !session.is_closed() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(start.elapsed().as_secs(), 3);
    let error = session.sender().clear().await.expect_err("over");
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn a_peer_that_answers_pings_may_be_silent_for_hours() {
    let pings = Arc::new(AtomicUsize::new(0));
    let counted = pings.clone();
    let server = Server::start(move |mut socket| {
        let pings = counted.clone();
        async move {
            while let Some(message) = socket.next().await {
                if message.is_ping() {
                    pings.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    })
    .await;
    let mut session = chat(&server).await;
    tokio::time::pause();
    wait_for_kernel();
    let hour = Duration::from_secs(3600);
    timeout(hour, session.receive()).await.expect_err("nothing comes");
    // One every 20 seconds.
    let count = pings.load(Ordering::Relaxed);
    assert!((170..=180).contains(&count), "{count} pings");
    assert!(!session.is_closed());
}

#[tokio::test]
async fn pings_can_be_disabled() {
    let server = Server::start(dead).await;
    let channel = channel(&server).with_ping_interval(Duration::MAX);
    let mut session = channel.connect().await.expect("a session");
    tokio::time::pause();
    let hour = Duration::from_secs(3600);
    timeout(hour, session.receive()).await.expect_err("nothing comes");
}

#[tokio::test]
async fn pings_of_the_server_are_answered_without_a_receiver() {
    let server = Server::start(|mut socket| async move {
        for i in 0..3 {
            let ping = format!("{i}");
            socket.message(Message::Ping(ping.clone().into())).await;
            assert_eq!(socket.next().await, Some(Message::Pong(ping.into())));
        }
    })
    .await;
    let session = chat(&server).await;
    timeout(SOON, server.finished(1)).await.expect("an end");
    drop(session);
}

#[tokio::test]
async fn closing_sends_queued_events_and_waits_for_the_server() {
    let server = Server::start(|mut socket| async move {
        for i in 0..20 {
            assert_eq!(socket.event().await["data"]["content"], format!("{i}"));
        }
        // Events that arrive after the client's close frame do not prevent the close.
        let Some(Message::Close(Some(frame))) = socket.drain().await else {
            panic!("no close frame")
        };
        assert_eq!(u16::from(frame.code), 1000);
    })
    .await;
    let session = chat(&server).await;
    for i in 0..20 {
        session.sender().send_text(format!("{i}")).await.expect("queued");
    }
    session.close().await.expect("a good end");
    server.finished(1).await;
}

#[tokio::test]
async fn a_server_that_disconnects_after_a_close_frame_has_closed() {
    let server = Server::start(|mut socket| async move {
        let last = socket.message_or_end().await;
        assert!(matches!(last, Some(Message::Close(_))), "{last:?}");
    })
    .await;
    let (sender, mut receiver) = chat(&server).await.split();
    sender.close().await.expect("a good end");
    assert!(receiver.receive().await.is_none());
}

#[tokio::test]
async fn a_close_without_a_response_times_out() {
    let server = Server::start(dead).await;
    let (sender, mut receiver) = chat(&server).await.split();
    tokio::time::pause();
    let start = Instant::now();
    let error = sender.close().await.expect_err("no answer");
    assert!(error.is_timeout(), "{error}");
    assert_eq!(start.elapsed().as_secs(), 10);
    let error = receiver.receive().await.expect("an end").expect_err("given up");
    assert!(error.is_truncated(), "{error}");
}

#[tokio::test]
async fn invalid_close_codes_and_reasons_are_refused() {
    let server = Server::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    let session = chat(&server).await;
    let sender = session.sender().clone();
    for (code, reason) in [(1005, ""), (999, ""), (5000, ""), (1000, &*"x".repeat(124))] {
        let error = sender.close_with(code, reason).await.expect_err("refused");
        assert!(error.is_request(), "{error}");
    }
    session.close_with(4999, &"x".repeat(123)).await.expect("a good end");
}

#[tokio::test]
async fn dropping_a_session_closes_it_at_once() {
    let server = Server::start(|mut socket| async move {
        socket.drain().await;
    })
    .await;
    drop(chat(&server).await);
    timeout(SOON, server.finished(1)).await.expect("closed");

    // The session ends when its last half is dropped.
    let (sender, mut receiver) = chat(&server).await.split();
    let other = sender.clone();
    drop(sender);
    timeout(Duration::from_millis(20), receiver.receive()).await.expect_err("open");
    drop(receiver);
    other.clear().await.expect("still open");
    drop(other);
    timeout(SOON, server.finished(2)).await.expect("closed");

    // The same while the server does not read and the queue is full.
    let gate = Arc::new(Notify::new());
    let opened = gate.clone();
    let server = Server::start(move |mut socket| {
        let gate = opened.clone();
        async move {
            gate.notified().await;
            socket.drain().await;
        }
    })
    .await;
    let session = chat(&server).await;
    let flood = async {
        loop {
            session.sender().append_audio(vec![0; 1 << 20]).await.expect("queued");
        }
    };
    timeout(Duration::from_millis(300), flood).await.expect_err("the queue is full");
    drop(session);
    gate.notify_one();
    timeout(SOON, server.finished(1)).await.expect("closed");
}

#[tokio::test]
async fn a_lost_session_can_be_reopened() {
    let server = Server::start(|mut socket| async move {
        socket.send(&created()).await;
        socket.end(b"").await;
    })
    .await;
    let channel = channel(&server);
    for _ in 0..3 {
        let mut session = channel.connect().await.expect("a session");
        session.receive().await.expect("an event").expect("a good one");
        let error = session.receive().await.expect("an end").expect_err("lost");
        assert!(error.is_truncated(), "{error}");
    }
    assert_eq!(server.openings().len(), 3);
}

#[test]
fn a_session_needs_a_runtime() {
    let coze = coze_api::Client::builder().token("pat_example").build().expect("a client");
    let channel = coze.realtime().speech();
    let error = futures_util::FutureExt::now_or_never(channel.connect());
    let error = error.expect("at once").expect_err("no runtime");
    assert!(error.is_config(), "{error}");
}

#[test]
fn a_stopped_runtime_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let (server, mut session) = runtime.block_on(async {
        let server = Server::start(dead).await;
        let session = chat(&server).await;
        (server, session)
    });
    drop(runtime);
    let end = futures_util::FutureExt::now_or_never(session.receive());
    let error = end.expect("at once").expect("an end").expect_err("lost");
    assert!(error.is_truncated(), "{error}");
    drop(server);
}
