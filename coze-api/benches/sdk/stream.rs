//! 200,000 deltas of a chat: this crate against hand-written line parsing with typed `serde_json`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::hint::black_box;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use coze_api::{ChatEvent, EventStream};
use divan::counter::ItemsCount;
use futures_util::{Stream, StreamExt as _, stream};
use serde::Deserialize;

use crate::compare::{Clock, Comparison};

const EVENTS: usize = 200_000;

/// The ways in which the bytes are split into chunks.
const CUTS: [&str; 3] = ["16 KiB", "one event", "7 bytes"];

static CHUNKS: LazyLock<[Vec<Bytes>; 3]> = LazyLock::new(|| {
    let mut text = String::new();
    let mut ends = Vec::new();
    for i in 0..EVENTS {
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
    let text = Bytes::from(text);
    let pieces = |size: usize| {
        (0..text.len()).step_by(size).map(|at| text.slice(at..text.len().min(at + size))).collect()
    };
    let mut start = 0;
    let events = ends.iter().map(|&end| text.slice(std::mem::replace(&mut start, end)..end));
    [pieces(16 * 1024), events.collect(), pieces(7)]
});

fn chunks(cut: &str) -> &'static [Bytes] {
    let place = CUTS.iter().position(|name| *name == cut);
    &CHUNKS[place.unwrap_or_default()]
}

/// Streams clones of the chunks, which refer to the same bytes.
fn source(chunks: &'static [Bytes]) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::iter(chunks.iter().cloned().map(Ok))
}

/// Returns the value of a future that never waits.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("all bytes are available"),
    }
}

fn streamed(chunks: &'static [Bytes]) -> usize {
    let mut events: EventStream<ChatEvent> = EventStream::from_chunks(source(chunks));
    ready(async {
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
    })
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

fn by_hand(chunks: &'static [Bytes]) -> usize {
    let mut chunks = std::pin::pin!(source(chunks));
    ready(async {
        let mut lines = Lines::default();
        while let Some(Ok(chunk)) = chunks.next().await {
            lines.push(&chunk);
            if lines.done {
                break;
            }
        }
        lines.count
    })
}

#[divan::bench(args = CUTS)]
fn coze_api(bencher: divan::Bencher<'_, '_>, cut: &str) {
    let chunks = chunks(cut);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| streamed(chunks));
}

#[divan::bench(args = CUTS)]
fn hand_written(bencher: divan::Bencher<'_, '_>, cut: &str) {
    let chunks = chunks(cut);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| by_hand(chunks));
}

pub(crate) fn comparisons() -> impl Iterator<Item = Comparison> {
    CUTS.into_iter().map(|cut| Comparison {
        name: format!("200,000 events, {cut} a chunk"),
        bar: 1.05,
        turns: 41,
        clock: Clock::Cpu,
        ours: Box::new(move || streamed(chunks(cut))),
        by_hand: Box::new(move || by_hand(chunks(cut))),
    })
}
