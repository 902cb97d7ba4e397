//! WebSocket sessions: flow control and slow peers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use coze_api::Error;
use coze_api::realtime::{ChatClientEvent, ChatServerEvent, ConnectChat, Session};
use coze_tests::patience::wait_for_kernel;
use coze_tests::websocket::Server;
use serde_json::json;
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

type Chat = Session<ChatClientEvent, ChatServerEvent>;

fn channel(server: &Server) -> ConnectChat {
    // A slow machine must not cause a timeout.
    server.client().realtime().chat("7").with_close_timeout(Duration::from_secs(120))
}

async fn chat(server: &Server) -> Chat {
    channel(server).connect().await.expect("a session")
}

#[tokio::test]
async fn a_sender_waits_for_a_slow_server() {
    let gate = Arc::new(Notify::new());
    let opened = gate.clone();
    let server = Server::start(move |mut socket| {
        let gate = opened.clone();
        async move {
            gate.notified().await;
            let mut count = 0;
            while let Some(Message::Text(text)) = socket.message_or_end().await {
                let expected = format!("{{\"id\":\"{count}\",");
                assert!(text.starts_with(&expected), "order");
                count += 1;
            }
            assert_eq!(count, 200);
        }
    })
    .await;
    let channel = channel(&server).with_queue(4);
    let session = channel.connect().await.expect("a session");
    let piece = ChatClientEvent::InputAudioBufferAppend(coze_api::realtime::AudioDelta::of(&vec![
            7;
            300_000
        ]));
    let sent = AtomicUsize::new(0);
    let send = async {
        for i in 0..200 {
            session.sender().send_with_id(&i.to_string(), piece.clone()).await.expect("sent");
            sent.fetch_add(1, Ordering::Relaxed);
        }
    };
    let mut send = Box::pin(send);
    timeout(Duration::from_secs(2), &mut send).await.expect_err("no room");
    let stuck = sent.load(Ordering::Relaxed);
    assert!(stuck < 100, "{stuck} of 400 KB are in memory or in the network");
    gate.notify_one();
    send.as_mut().await;
    drop(send);
    session.close().await.expect("a good end");
    server.finished(1).await;
}

#[tokio::test]
async fn a_server_waits_for_a_slow_receiver() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let server = Server::start(move |mut socket| {
        let sent = counted.clone();
        async move {
            let text = "x".repeat(400_000);
            for i in 0..200 {
                let data = json!({"content": text});
                let event =
                    json!({"id": i, "event_type": "conversation.message.delta", "data": data});
                socket.send(&event).await;
                sent.fetch_add(1, Ordering::Relaxed);
            }
            socket.close(1000, "").await;
        }
    })
    .await;
    let mut session = channel(&server).with_queue(4).connect().await.expect("a session");
    // After the first event the server keeps sending until it blocks.
    session.receive().await.expect("an event").expect("a good one");
    let mut before = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let now = sent.load(Ordering::Relaxed);
        if now == before {
            break;
        }
        before = now;
    }
    assert!(before < 100, "{before} of 400 KB are in memory or in the network");
    // A slow reader does not make the server dead.
    let mut next = 1;
    while let Some(received) = session.receive().await {
        assert_eq!(received.expect("a good event").id, next.to_string());
        next += 1;
    }
    assert_eq!(next, 200);
    server.finished(1).await;
}

#[tokio::test]
async fn a_session_survives_a_receiver_that_pauses() {
    let server = Server::start(|mut socket| async move {
        for _ in 0..10 {
            socket.send(&json!({"event_type": "chat.created"})).await;
        }
        socket.drain().await;
    })
    .await;
    let mut session = channel(&server).with_queue(2).connect().await.expect("a session");
    session.receive().await.expect("an event").expect("a good one");
    tokio::time::pause();
    wait_for_kernel();
    // The queue is full, so events wait in the connection. The server still responds to pings.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    for _ in 0..9 {
        session.receive().await.expect("an event").expect("a good one");
    }
}

#[tokio::test]
async fn a_dead_server_is_detected_while_the_queue_is_full() {
    // As many events as the queue holds, one more, and one that is read ahead to find a pong.
    let servers = [3, 4, 5].map(|events| async move {
        let sent = Arc::new(Notify::new());
        let notify = sent.clone();
        let server = Server::start(move |mut socket| {
            let notify = notify.clone();
            async move {
                for id in 0..events {
                    socket.send(&json!({"id": id, "event_type": "chat.created"})).await;
                }
                notify.notify_one();
                // Keeps the connection open, but neither reads nor writes.
                std::future::pending::<()>().await;
            }
        })
        .await;
        let session = channel(&server).with_queue(3).connect().await.expect("a session");
        sent.notified().await;
        (events, server, session)
    });
    let servers = futures_util::future::join_all(servers).await;
    tokio::time::pause();
    for (events, _server, session) in servers {
        let (sender, mut receiver) = session.split();
        let mut seconds = 0;
        while !sender.is_closed() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            seconds += 1;
            assert!(seconds < 600, "a dead server is not detected after {events} events");
        }
        let error = sender.clear().await.expect_err("the session is over");
        assert!(error.is_timeout(), "{events}: {error}");
        // Received events are not lost.
        for id in 0..events {
            let received = receiver.receive().await.expect("an event").expect("a good one");
            assert_eq!(received.id, id.to_string());
        }
        let error = receiver.receive().await.expect("an end").expect_err("the server is dead");
        assert!(error.is_timeout(), "{error}");
        assert!(receiver.receive().await.is_none());
    }
}

#[tokio::test]
async fn a_thousand_frames_each_way_arrive_in_order() {
    let server = Server::start(|mut socket| async move {
        for _ in 0..1_000 {
            let event = socket.event().await;
            let delta = json!({"delta": event["data"]["delta"]});
            let data = json!({"content": delta["delta"]});
            socket.send(&json!({"event_type": "conversation.audio.delta", "data": data})).await;
        }
        socket.close(1000, "").await;
    })
    .await;
    let (sender, mut receiver) = chat(&server).await.split();
    let sending = tokio::spawn(async move {
        for i in 0..1_000_u32 {
            sender.append_audio([i.to_be_bytes().as_slice(), &[0; 1916]].concat()).await?;
        }
        Ok::<_, Error>(())
    });
    let mut count = 0_u32;
    while let Some(received) = receiver.receive().await {
        let ChatServerEvent::ConversationAudioDelta(message) =
            received.expect("a good event").event
        else {
            panic!("not what was sent")
        };
        let audio = message.audio().expect("audio");
        assert_eq!((audio.len(), &audio[..4]), (1920, &count.to_be_bytes()[..]));
        count += 1;
    }
    assert_eq!(count, 1_000);
    sending.await.expect("no panic").expect("all sent");
    server.finished(1).await;
}

#[tokio::test]
async fn dropping_a_wait_loses_no_event() {
    let server = Server::start(|mut socket| async move {
        for i in 0..100 {
            socket.send(&json!({"id": i, "event_type": "chat.created"})).await;
            tokio::task::yield_now().await;
        }
        socket.close(1000, "").await;
    })
    .await;
    let mut session = chat(&server).await;
    let mut next = 0;
    loop {
        let received = tokio::select! {
            biased;
            received = session.receive() => received,
            () = tokio::task::yield_now() => continue,
        };
        let Some(received) = received else { break };
        assert_eq!(received.expect("a good event").id, next.to_string());
        next += 1;
    }
    assert_eq!(next, 100);
}
