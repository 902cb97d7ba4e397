//! A call under way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use coze_api::Download;
use coze_api::stream::Frame;
use futures_core::Stream;
use futures_util::{StreamExt as _, TryFutureExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::Outcome;
use super::watch::{Request, Watch};

/// Something that happens in the course of a call.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A request is sent. There are several where pages are walked through or a call is repeated.
    Request(Request),
    /// A reply begins.
    Head { status: u16, headers: Vec<(String, String)>, log_id: Option<String>, after: Duration },
    /// The whole reply.
    Value(Value),
    /// One item of a list.
    Item(Value),
    /// An event of a stream; its data is JSON where it can be read as that.
    Event { event: String, data: Value },
    /// A file, still to be read.
    File(Download),
}

type Work = Pin<Box<dyn Stream<Item = coze_api::Result<Happening>> + Send>>;

/// A call under way: a stream of what happens. Dropping it ends the call.
pub(crate) struct Running {
    watch: Watch,
    work: Work,
    /// What came after something that is to be told first.
    held: Option<Poll<Option<coze_api::Result<Happening>>>>,
}

impl Running {
    pub(super) fn new(watch: Watch, outcome: Outcome) -> Self {
        let work: Work = match outcome {
            Outcome::Value(sending) => stream::once(sending.map_ok(Happening::Value)).boxed(),
            Outcome::File(sending) => stream::once(sending.map_ok(Happening::File)).boxed(),
            Outcome::Events(sending) => {
                sending.try_flatten_stream().map_ok(|frame| event(&frame)).boxed()
            }
            Outcome::Items(items) => items.map_ok(Happening::Item).boxed(),
        };
        Self { watch, work, held: None }
    }
}

fn event(frame: &Frame) -> Happening {
    let text = frame.text();
    Happening::Event {
        event: frame.event().to_owned(),
        data: serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
}

impl Stream for Running {
    type Item = coze_api::Result<Happening>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = match this.held.take() {
            Some(held) => held,
            None => match this.watch.next() {
                Some(first) => return Poll::Ready(Some(Ok(first))),
                None => this.work.as_mut().poll_next(cx),
            },
        };
        // The SDK notes requests while it is polled: they come before what came of them.
        match this.watch.next() {
            Some(first) => {
                // What is pending has to be polled again, to be woken.
                this.held = polled.is_ready().then_some(polled);
                Poll::Ready(Some(Ok(first)))
            }
            None => polled,
        }
    }
}
