//! Streams of a chat over HTTP: this crate against hand-written line parsing with typed
//! `serde_json`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::LazyLock;

use coze_api::{ChatEvent, Client, Message};
use divan::counter::ItemsCount;
use futures_util::future::join_all;
use serde::Deserialize;
use tokio::runtime::Runtime;

use crate::calls;
use crate::compare::{Clock, Comparison};
use crate::server;

/// A stream whose bytes arrive in a certain way.
struct Shape {
    name: &'static str,
    /// The number of deltas in a stream.
    events: usize,
    /// The length of a chunk; that of an event if it is 0.
    chunk: usize,
    /// The number of streams that are read at the same time.
    streams: usize,
}

const SHAPES: [Shape; 4] = [
    Shape { name: "16 KiB", events: 100_000, chunk: 16 * 1024, streams: 1 },
    Shape { name: "one event", events: 100_000, chunk: 0, streams: 1 },
    Shape { name: "one event, 64 streams", events: 2_000, chunk: 0, streams: 64 },
    Shape { name: "7 bytes", events: 5_000, chunk: 7, streams: 1 },
];

static RUNTIME: LazyLock<Runtime> = LazyLock::new(calls::runtime);

/// Both clients and their server.
struct Peers {
    coze: Client,
    reqwest: reqwest::Client,
    base: String,
    streams: usize,
}

static PEERS: LazyLock<Vec<Peers>> = LazyLock::new(|| SHAPES.iter().map(Peers::of).collect());

impl Peers {
    fn of(shape: &Shape) -> Self {
        let (text, ends) = text(shape.events);
        let mut start = 0;
        let chunks: Vec<&[u8]> = match shape.chunk {
            0 => ends.iter().map(|&end| &text[std::mem::replace(&mut start, end)..end]).collect(),
            length => text.chunks(length).collect(),
        };
        let base = server::start_stream(&chunks);
        let coze = calls::client(&base);
        Self { coze, reqwest: calls::reqwest(), base, streams: shape.streams }
    }
}

/// Returns the text of a stream, and the ends of its events.
fn text(events: usize) -> (Vec<u8>, Vec<usize>) {
    let mut text = String::new();
    let mut ends = Vec::new();
    for i in 0..events {
        let piece = ["The weather", " in Kunming", " is fine", "，", "晴"][i % 5];
        let _ = write!(
            text,
            "event:conversation.message.delta\n\
             data:{{\"id\":\"7382159494123470858\",\"conversation_id\":\"7381473525342978089\",\
             \"bot_id\":\"7379462189365198898\",\"role\":\"assistant\",\"type\":\"answer\",\
             \"content\":\"{piece}\",\"content_type\":\"text\",\
             \"chat_id\":\"7382159487131697202\",\"section_id\":\"7381473525342978089\",\
             \"created_at\":1718792949}}\n\n"
        );
        ends.push(text.len());
    }
    text.push_str("event:done\ndata:\"[DONE]\"\n\n");
    ends.push(text.len());
    (text.into_bytes(), ends)
}

async fn streamed(coze: &Client) -> usize {
    let chat = coze.chat().create("7379462189365198898", "me").message(Message::user("Hello"));
    let mut events = chat.stream().await.expect("a stream");
    let mut count = 0;
    while let Some(event) = events.next().await {
        match event.expect("an event") {
            ChatEvent::MessageDelta(message) => {
                count += usize::from(!black_box(message).content.is_empty());
            }
            ChatEvent::Done(_) => {}
            other => unreachable!("{other:?}"),
        }
    }
    count
}

fn ours(shape: usize) -> usize {
    let peers = &PEERS[shape];
    let streams = join_all((0..peers.streams).map(|_| streamed(&peers.coze)));
    RUNTIME.block_on(streams).into_iter().sum()
}

/// Hand-written types for the same values: the same fields, strict decoding, closed enumerations.
#[derive(Default, Deserialize)]
#[serde(default)]
#[allow(dead_code, reason = "decoded to be measured")]
struct Piece {
    id: String,
    conversation_id: String,
    bot_id: String,
    chat_id: String,
    section_id: String,
    role: Option<Role>,
    #[serde(rename = "type")]
    kind: Option<Kind>,
    content: String,
    content_type: Option<ContentType>,
    meta_data: BTreeMap<String, String>,
    reasoning_content: String,
    created_at: i64,
    updated_at: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    User,
    Assistant,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Question,
    Answer,
    FunctionCall,
    ToolResponse,
    FollowUp,
    Verbose,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ContentType {
    Text,
    ObjectString,
    Card,
}

/// Reads lines from the chunks themselves; only a line that is split between chunks is copied.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
    event: Vec<u8>,
    count: usize,
    done: bool,
}

impl Lines {
    fn push(&mut self, mut chunk: &[u8]) {
        if !self.rest.is_empty() {
            let Some(end) = memchr::memchr(b'\n', chunk) else {
                self.rest.extend_from_slice(chunk);
                return;
            };
            let mut line = std::mem::take(&mut self.rest);
            line.extend_from_slice(&chunk[..end]);
            self.line(&line);
            line.clear();
            self.rest = line;
            chunk = &chunk[end + 1..];
        }
        while let Some(end) = memchr::memchr(b'\n', chunk) {
            self.line(&chunk[..end]);
            chunk = &chunk[end + 1..];
        }
        self.rest.extend_from_slice(chunk);
    }

    fn line(&mut self, line: &[u8]) {
        if let Some(name) = line.strip_prefix(b"event:") {
            self.event.clear();
            self.event.extend_from_slice(name.strip_prefix(b" ").unwrap_or(name));
        } else if let Some(data) = line.strip_prefix(b"data:") {
            match &self.event[..] {
                b"conversation.message.delta" => {
                    let piece: Piece = serde_json::from_slice(data).expect("a piece");
                    self.count += usize::from(!black_box(piece).content.is_empty());
                }
                b"done" => self.done = true,
                _ => {}
            }
        }
    }
}

const BODY: &str = r#"{"bot_id":"7379462189365198898","user_id":"me","stream":true,"additional_messages":[{"role":"user","type":"question","content":"Hello","content_type":"text"}]}"#;

async fn read(peers: &Peers) -> usize {
    let request = peers.reqwest.post(format!("{}/v3/chat", peers.base)).bearer_auth("pat_1");
    let request = request.header("content-type", "application/json").body(BODY);
    let mut response = request.send().await.expect("a response");
    let mut lines = Lines::default();
    while let Some(chunk) = response.chunk().await.expect("a chunk") {
        lines.push(&chunk);
    }
    assert!(lines.done, "a stream is complete");
    lines.count
}

fn by_hand(shape: usize) -> usize {
    let peers = &PEERS[shape];
    let streams = join_all((0..peers.streams).map(|_| read(peers)));
    RUNTIME.block_on(streams).into_iter().sum()
}

fn events(shape: usize) -> ItemsCount {
    ItemsCount::new(SHAPES[shape].events * SHAPES[shape].streams)
}

#[divan::bench(args = [0, 1, 2, 3])]
fn coze_api(bencher: divan::Bencher<'_, '_>, shape: usize) {
    bencher.counter(events(shape)).bench_local(|| ours(shape));
}

#[divan::bench(args = [0, 1, 2, 3])]
fn hand_written(bencher: divan::Bencher<'_, '_>, shape: usize) {
    bencher.counter(events(shape)).bench_local(|| by_hand(shape));
}

pub(crate) fn comparisons() -> impl Iterator<Item = Comparison> {
    SHAPES.iter().enumerate().map(|(place, shape)| Comparison {
        name: format!("{} events, {} a chunk", shape.events * shape.streams, shape.name),
        bar: 1.05,
        turns: 41,
        clock: Clock::Cpu,
        ours: Box::new(move || ours(place)),
        by_hand: Box::new(move || by_hand(place)),
    })
}
