//! Any bytes, split in any way, are read without a panic and yield the same events as in one chunk.

use std::convert::Infallible;

use bytes::Bytes;
use coze_api::stream::{Frame, StreamEvent};
use coze_api::{ChatEvent, EventStream, Result};
use futures_util::{FutureExt as _, stream};

/// An event as text, and decoded as an event of a chat.
#[derive(Debug, PartialEq)]
struct Raw {
    event: String,
    data: String,
    chat: Option<ChatEvent>,
}

impl StreamEvent for Raw {
    const ENDS: &'static [&'static str] = ChatEvent::ENDS;

    fn decode(frame: &Frame) -> Result<Self> {
        let (event, data) = (frame.event().to_owned(), frame.text());
        Ok(Self { event, data, chat: ChatEvent::decode(frame).ok() })
    }
}

/// The events, the last id, and the error if there is one.
type Outcome = (Vec<Raw>, Option<String>, Option<String>);

fn read(chunks: Vec<Bytes>) -> Outcome {
    let chunks = stream::iter(chunks.into_iter().map(Ok::<_, Infallible>));
    let mut events = EventStream::<Raw>::from_chunks(chunks).with_pings().with_event_limit(4096);
    let mut all = Vec::new();
    while let Some(event) = events.next().now_or_never().expect("all bytes are available") {
        match event {
            Ok(event) => all.push(event),
            Err(error) => {
                assert!(
                    matches!(events.next().now_or_never(), Some(None)),
                    "the stream ends after an error"
                );
                return (all, events.last_event_id().map(str::to_owned), Some(error.to_string()));
            }
        }
    }
    (all, events.last_event_id().map(str::to_owned), None)
}

/// Runs one input. The first byte determines how the rest is split.
pub fn run(input: &[u8]) {
    let Some((&cut, text)) = input.split_first() else { return };
    let text = Bytes::copy_from_slice(text);
    let size = usize::from(cut).max(1);
    let pieces = (0..text.len()).step_by(size).map(|at| text.slice(at..text.len().min(at + size)));
    assert_eq!(read(pieces.collect()), read(vec![text.clone()]));
}
