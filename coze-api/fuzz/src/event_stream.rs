//! Whatever bytes come, however they are cut: no panic, and the same events as from one piece.

use std::convert::Infallible;

use bytes::Bytes;
use coze_api::stream::{Frame, StreamEvent};
use coze_api::{ChatEvent, EventStream, Result};
use futures_util::{FutureExt as _, stream};

/// The text of every event, decoded as a chat's too.
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
    while let Some(event) = events.next().now_or_never().expect("nothing to wait for") {
        match event {
            Ok(event) => all.push(event),
            Err(error) => {
                assert!(matches!(events.next().now_or_never(), Some(None)), "an error is the end");
                return (all, events.last_event_id().map(str::to_owned), Some(error.to_string()));
            }
        }
    }
    (all, events.last_event_id().map(str::to_owned), None)
}

/// The first byte says how to cut the rest.
pub fn run(input: &[u8]) {
    let Some((&cut, text)) = input.split_first() else { return };
    // In one piece a reply that is JSON is recognised behind blanks that fill a piece of their own.
    if text.first().is_some_and(u8::is_ascii_whitespace) {
        return;
    }
    let text = Bytes::copy_from_slice(text);
    let size = usize::from(cut).max(1);
    let pieces = (0..text.len()).step_by(size).map(|at| text.slice(at..text.len().min(at + size)));
    assert_eq!(read(pieces.collect()), read(vec![text.clone()]));
}
