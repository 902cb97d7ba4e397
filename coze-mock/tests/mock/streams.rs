//! Streamed replies: events, files and WebSockets.

use std::time::Duration;

use crate::support::{Mock, TOKEN, assert_error, json};
use coze_mock::{ApiError, Context, End, Event, Incoming, MockServer, Reply, Request};
use futures_util::{SinkExt as _, StreamExt as _};
use http::HeaderValue;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};

type Answer = Result<Reply, ApiError>;
type Client = WebSocketStream<TcpStream>;

async fn answering(
    behavior: impl Fn(&mut Context<'_>, &Request) -> Answer + Send + Sync + 'static,
) -> Mock {
    Mock::with(MockServer::builder().on("users.me", behavior)).await
}

#[tokio::test]
async fn events_are_sent_one_by_one() {
    let mock = answering(|context, _| {
        let shared = context.shared();
        let events = futures_util::stream::iter(0..3).map(move |number| {
            let id = shared.with(|state| state.ids.next());
            Event::json("Message", &json!({"id": id})).id(number)
        });
        let last = Event::text("Done", "").after(Duration::from_millis(5));
        Ok(Reply::event_stream(events.chain(futures_util::stream::iter([last]))))
    })
    .await;
    let response = mock.request("GET", "/v1/users/me").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert!(!response.headers()["x-tt-logid"].is_empty());
    let text = response.text().await.unwrap();
    let frames: Vec<&str> = text.split_terminator("\n\n").collect();
    assert_eq!(frames.len(), 4, "{text}");
    assert!(frames[2].starts_with("id:2\nevent:Message\ndata:{"), "{text}");
    assert_eq!(frames[3], "event:Done\ndata:");
    let recorded = mock.server.requests().remove(0);
    assert_eq!((recorded.end, recorded.sent), (Some(End::Whole), text.len() as u64));
}

#[tokio::test]
async fn a_stream_is_dropped_when_its_client_disconnects() {
    let mock = answering(|_, _| {
        let events = futures_util::stream::repeat(Event::text("Message", "x".repeat(1000)));
        Ok(Reply::event_stream(events))
    })
    .await;
    let response = mock.request("GET", "/v1/users/me").send().await.unwrap();
    let mut chunks = response.bytes_stream();
    chunks.next().await.unwrap().unwrap();
    drop(chunks);
    mock.server.wait_until(|all| all[0].end == Some(End::Dropped)).await;
}

#[tokio::test]
async fn files_are_sent_unchanged() {
    let mock = answering(|_, _| Ok(Reply::file("audio/wav", vec![0, 1, 2]))).await;
    let request = mock.request("GET", "/v1/users/me").header("x-coze-mock-fault", "huge=5");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "audio/wav");
    assert_eq!(response.headers()["content-length"], "8");
    assert_eq!(response.bytes().await.unwrap()[..], [0, 1, 2, 0, 0, 0, 0, 0]);
}

/// Starts a server that echoes every JSON frame and closes after a frame `"bye"`.
async fn echoing() -> Mock {
    answering(|_, _| {
        Ok(Reply::websocket(|mut socket| async move {
            while let Some(frame) = socket.next().await {
                match frame {
                    Incoming::Json(frame) if frame == "bye" => {
                        return socket.close(1000, "bye").await;
                    }
                    Incoming::Json(frame) => {
                        socket.send(&json!({"echo": frame})).await;
                    }
                    Incoming::Text(text) => {
                        socket.send_text(text).await;
                    }
                    Incoming::Binary(bytes) => {
                        socket.send_binary(bytes).await;
                    }
                    Incoming::Close(_) => return,
                }
            }
        }))
    })
    .await
}

async fn connect(mock: &Mock, fault: Option<&'static str>) -> Result<Client, Error> {
    let url = mock.server.base_url().replace("http", "ws");
    let stream = TcpStream::connect(url.trim_start_matches("ws://")).await?;
    let mut request = format!("{url}/v1/users/me").into_client_request()?;
    let token = HeaderValue::from_str(&format!("Bearer {TOKEN}")).unwrap();
    request.headers_mut().insert("authorization", token);
    if let Some(fault) = fault {
        request.headers_mut().insert("x-coze-mock-fault", HeaderValue::from_static(fault));
    }
    let (client, response) = tokio_tungstenite::client_async(request, stream).await?;
    assert!(!response.headers()["x-tt-logid"].is_empty());
    Ok(client)
}

async fn ask(client: &mut Client, frame: &str) -> Option<Result<Message, Error>> {
    client.send(Message::text(frame)).await.unwrap();
    client.next().await
}

#[tokio::test]
async fn a_websocket_exchanges_frames_and_closes() {
    let mock = echoing().await;
    let mut client = connect(&mock, None).await.unwrap();
    let reply = ask(&mut client, "{\"a\":1}").await.unwrap().unwrap();
    let reply: Value = serde_json::from_str(reply.to_text().unwrap()).unwrap();
    assert_eq!(reply, json!({"echo": {"a": 1}}));
    assert_eq!(ask(&mut client, "no json").await.unwrap().unwrap(), Message::text("no json"));
    client.send(Message::binary(vec![1, 2])).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Message::binary(vec![1, 2]));
    let Message::Close(Some(frame)) = ask(&mut client, "\"bye\"").await.unwrap().unwrap() else {
        panic!("the server closes");
    };
    assert_eq!((u16::from(frame.code), frame.reason.as_str()), (1000, "bye"));
    assert!(client.next().await.is_none(), "the handshake is completed");
    mock.server.wait_until(|all| all[0].end == Some(End::Whole)).await;
    assert_eq!(mock.server.requests()[0].status, Some(101));
}

#[tokio::test]
async fn a_websocket_is_cut_after_a_number_of_frames() {
    let mock = echoing().await;
    for fault in ["reset=2", "close=2"] {
        let mut client = connect(&mock, Some(fault)).await.unwrap();
        for _ in 0..2 {
            ask(&mut client, "1").await.unwrap().unwrap();
        }
        let end = ask(&mut client, "1").await;
        assert!(matches!(end, Some(Err(_))), "{fault}: {end:?}");
    }
}

#[tokio::test]
async fn a_websocket_can_be_refused() {
    let mock = echoing().await;
    let Err(Error::Http(response)) = connect(&mock, Some("status=403")).await else {
        panic!("the handshake is refused");
    };
    assert_eq!(response.status(), 403);
    let plain = mock.request("GET", "/v1/users/me").send().await.unwrap();
    assert_eq!(plain.status(), 400);
    assert_error(&json(plain).await, 4000, "");
}

#[tokio::test]
async fn websockets_and_tasks_end_with_the_server() {
    struct Ended(tokio::sync::mpsc::UnboundedSender<()>);
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let mock = answering(move |context, _| {
        let task = Ended(sender.clone());
        context.spawn(async move {
            let _task = task;
            std::future::pending::<()>().await;
        });
        let socket = Ended(sender.clone());
        Ok(Reply::websocket(move |_| async move {
            let _socket = socket;
            std::future::pending::<()>().await;
        }))
    })
    .await;
    let mut client = connect(&mock, None).await.unwrap();
    drop(mock);
    assert!(matches!(client.next().await, Some(Err(_)) | None));
    ended.recv().await.unwrap();
    ended.recv().await.unwrap();
}
