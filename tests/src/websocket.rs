//! A scripted WebSocket server.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use coze_api::{Client, ClientBuilder, Retry};
use futures_util::{SinkExt as _, StreamExt as _};
use http::HeaderMap;
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use crate::server::TOKEN;

/// The request of a client that opens a connection.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Path and query, still encoded.
    pub target: String,
    /// The headers.
    pub headers: HeaderMap,
}

impl Opening {
    /// Returns the header with that name, or an empty string.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Returns the query.
    pub fn query(&self) -> HashMap<String, String> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }
}

/// A running server; it stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    openings: watch::Receiver<Vec<Opening>>,
    /// The results of the scripts that have ended.
    finished: watch::Receiver<Vec<Result<(), String>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// Starts a server that runs `script` on each connection. The connection is closed when the
    /// script ends.
    pub async fn start<F>(script: impl Fn(Socket) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (opening, openings) = watch::channel(Vec::new());
        let (finishing, finished) = watch::channel(Vec::new());
        let script = Arc::new(script);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        let Ok((stream, _)) = accepted else { return };
                        let (opening, script) = (opening.clone(), script.clone());
                        connections.spawn(async move {
                            let socket = Socket::accept(stream, &opening).await;
                            script(socket).await;
                        });
                    }
                    Some(end) = connections.join_next() => {
                        let end = end.map_err(|e| e.to_string());
                        finishing.send_modify(|all| all.push(end));
                    }
                }
            }
        });
        Self { address, openings, finished, _tasks: tasks }
    }

    /// Starts a server that replays a recording (see [`Recording`]) on each connection, and then
    /// waits for the client to disconnect.
    pub async fn replays(name: &str) -> Self {
        let recording = Arc::new(Recording::read(name));
        Self::start(move |mut socket| {
            let recording = recording.clone();
            async move {
                socket.play(&recording).await;
                socket.drain().await;
            }
        })
        .await
    }

    /// Returns the base URL of the server.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Configures a client of this server that does not retry.
    pub fn builder(&self) -> ClientBuilder {
        Client::builder().token(TOKEN).base_url(self.base_url()).retry(Retry::none())
    }

    /// Returns a client of this server.
    pub fn client(&self) -> Client {
        self.builder().build().expect("a client")
    }

    /// Returns the handshakes so far.
    pub fn openings(&self) -> Vec<Opening> {
        self.openings.borrow().clone()
    }

    /// Waits until the scripts of `count` connections have ended.
    ///
    /// # Panics
    ///
    /// Panics if one of them has panicked.
    pub async fn finished(&self, count: usize) {
        let mut finished = self.finished.clone();
        let ends = finished.wait_for(|ends| ends.len() >= count).await;
        for end in ends.expect("the server runs").iter() {
            assert_eq!(end, &Ok(()), "the server's side of the test");
        }
    }
}

/// A connection on the side of the server.
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    #[expect(clippy::result_large_err, reason = "the callback is tungstenite's")]
    async fn accept(stream: TcpStream, opening: &watch::Sender<Vec<Opening>>) -> Self {
        stream.set_nodelay(true).expect("a socket");
        let seen = Mutex::new(None);
        let callback = |request: &Request, mut response: Response| {
            let target = request.uri().path_and_query().expect("a path").to_string();
            let headers = request.headers().clone();
            *seen.lock().unwrap() = Some(Opening { target, headers });
            response
                .headers_mut()
                .insert("x-tt-logid", http::HeaderValue::from_static("log-handshake"));
            Ok(response)
        };
        let socket = accept_hdr_async(stream, callback).await.expect("a handshake");
        let seen = seen.into_inner().unwrap().expect("a request");
        opening.send_modify(|all| all.push(seen));
        Self(socket)
    }

    /// Returns the next message of the client, or `None` at the end of the connection.
    pub async fn next(&mut self) -> Option<Message> {
        self.0.next().await?.ok()
    }

    /// Returns the next event of the client.
    pub async fn event(&mut self) -> Value {
        match self.message_or_end().await.expect("an event") {
            Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("{other:?} is not an event"),
        }
    }

    /// Returns the next message of the client that is not a ping; a slow machine may send pings.
    pub async fn message_or_end(&mut self) -> Option<Message> {
        loop {
            let message = self.next().await?;
            if !message.is_ping() && !message.is_pong() {
                return Some(message);
            }
        }
    }

    /// Reads events up to the first one of this type, and returns all of them.
    pub async fn until(&mut self, event_type: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            events.push(self.event().await);
            if events.last().is_some_and(|event| event["event_type"] == event_type) {
                return events;
            }
        }
    }

    /// Sends an event.
    pub async fn send(&mut self, event: &Value) {
        self.text(event.to_string()).await;
    }

    /// Sends a text.
    pub async fn text(&mut self, text: impl Into<Utf8Bytes>) {
        self.message(Message::Text(text.into())).await;
    }

    /// Sends any message.
    pub async fn message(&mut self, message: Message) {
        self.0.send(message).await.expect("the client listens");
    }

    /// Sends a text in frames of `size` bytes, with a ping in between.
    pub async fn fragments(&mut self, text: &str, size: usize) {
        let mut pieces = text.as_bytes().chunks(size).peekable();
        let mut kind = Data::Text;
        while let Some(piece) = pieces.next() {
            let last = pieces.peek().is_none();
            let frame = Frame::message(piece.to_vec(), OpCode::Data(kind), last);
            self.message(Message::Frame(frame)).await;
            self.message(Message::Ping("between".into())).await;
            kind = Data::Continue;
        }
    }

    /// Closes the connection with a code, or without one if it is 0, and waits for the reply.
    pub async fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame { code: code.into(), reason: reason.into() };
        let frame = (code != 0).then_some(frame);
        self.message(Message::Close(frame)).await;
        self.drain().await;
    }

    /// Reads until the client is gone, and returns its last message.
    pub async fn drain(&mut self) -> Option<Message> {
        let mut last = None;
        while let Some(message) = self.next().await {
            last = Some(message);
        }
        last
    }

    /// Resets the connection.
    pub fn reset(self) {
        self.0.get_ref().set_zero_linger().expect("a socket");
    }

    /// Sends these bytes and ends the connection without a closing handshake.
    pub async fn end(mut self, bytes: &[u8]) {
        let stream = self.0.get_mut();
        stream.write_all(bytes).await.expect("the client listens");
        stream.shutdown().await.expect("a socket");
    }

    /// Plays a recording: sends the messages of the server and checks those of the client.
    pub async fn play(&mut self, recording: &Recording) {
        for line in &recording.0 {
            match line {
                Line::Server(text) => self.text(text.clone()).await,
                Line::Client(expected) => {
                    assert_eq!(&self.event().await, expected, "the message of the client");
                }
            }
        }
    }
}

/// A recorded session. Lines with `<` are messages of the server, lines with `>` of the client.
pub struct Recording(Vec<Line>);

enum Line {
    Server(String),
    Client(Value),
}

impl Recording {
    /// Reads a recording of `fixtures/realtime`.
    pub fn read(name: &str) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/realtime");
        let text = std::fs::read_to_string(Path::new(folder).join(name));
        let text = text.expect("a recording");
        let lines = text.lines().filter_map(|line| match line.split_at_checked(2)? {
            ("< ", event) => Some(Line::Server(event.to_owned())),
            ("> ", event) => Some(Line::Client(serde_json::from_str(event).expect("JSON"))),
            _ => panic!("{line} begins with neither `<` nor `>`"),
        });
        Self(lines.collect())
    }

    /// Returns the events of the client.
    pub fn client(&self) -> Vec<Value> {
        let event = |line: &Line| match line {
            Line::Client(event) => Some(event.clone()),
            Line::Server(_) => None,
        };
        self.0.iter().filter_map(event).collect()
    }
}
