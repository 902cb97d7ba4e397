//! A call under way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use coze_api::stream::Frame;
use coze_api::{Client, Download, RawCall};
use coze_spec::model::Paging;
use futures_core::Stream;
use futures_util::{FutureExt as _, StreamExt as _, TryFutureExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use super::watch::{Request, Watch};
use super::{Call, pages};

/// Something that happens in the course of a call.
#[derive(Debug)]
pub(crate) enum CallEvent {
    /// A request is sent. There are several where pages are walked through or a call is retried.
    Request(Request),
    /// A response begins.
    Head { status: u16, headers: Vec<(String, String)>, log_id: Option<String>, after: Duration },
    /// The body of the response, exactly as it came. If it is an error, that follows.
    Body(Bytes),
    /// One item of a list, as JSON text.
    Item(String),
    /// A frame of a stream of events, exactly as it came.
    Frame(Frame),
    /// The frame before has reported that the operation failed.
    StreamFailed(StreamFailure),
    /// A file, still to be read.
    File(Download),
}

/// What a frame says of a failure.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamFailure {
    pub(crate) code: Option<i64>,
    pub(crate) message: String,
}

/// The failure that a frame reports, if it does.
fn failure(frame: &Frame) -> Option<StreamFailure> {
    let data: Value = serde_json::from_str(&frame.text()).unwrap_or_default();
    let code_of = |place: &Value| {
        ["code", "error_code"].iter().find_map(|name| {
            let code = place.get(name)?;
            code.as_i64().or_else(|| code.as_str()?.parse().ok()).filter(|code| *code != 0)
        })
    };
    let event = frame.event().to_ascii_lowercase();
    let places = [&data["last_error"], &data];
    let code = places.iter().find_map(|place| code_of(place));
    // Without a name, only a code tells.
    let failed = event == "error"
        || event.ends_with(".failed")
        || (matches!(event.as_str(), "" | "message")
            && code.is_some()
            && data.get("msg").is_some());
    failed.then(|| {
        let names = ["msg", "message", "error_message"];
        let text =
            places.iter().find_map(|place| names.iter().find_map(|name| place[name].as_str()));
        StreamFailure { code, message: text.unwrap_or("the stream reports a failure").to_owned() }
    })
}

type Work = Pin<Box<dyn Stream<Item = coze_api::Result<CallEvent>> + Send>>;

/// A call under way: a stream of what happens. Dropping it ends the call.
pub(crate) struct Running {
    watch: Watch,
    work: Work,
    /// What came after something that is to be told first.
    pending: Option<Poll<Option<coze_api::Result<CallEvent>>>>,
}

impl Running {
    fn new(
        watch: Watch,
        work: impl Stream<Item = coze_api::Result<CallEvent>> + Send + 'static,
    ) -> Self {
        Self { watch, work: Box::pin(work), pending: None }
    }

    /// A reply that is read as a whole.
    pub(super) fn reply(watch: Watch, request: RawCall) -> Self {
        let events = async {
            let response = request.exchange().await?;
            let failure = response.error();
            let body = CallEvent::Body(response.into_body());
            Ok(stream::iter([Ok(body)].into_iter().chain(failure.map(Err))))
        };
        Self::new(watch, events.try_flatten_stream())
    }

    /// A file.
    pub(super) fn file(watch: Watch, request: RawCall) -> Self {
        Self::new(watch, request.download().map_ok(CallEvent::File).into_stream())
    }

    /// A stream of events.
    pub(super) fn events(watch: Watch, request: RawCall) -> Self {
        let frames = request.frames().try_flatten_stream();
        let events = frames.map_ok(|frame| {
            let failure = failure(&frame).map(CallEvent::StreamFailed);
            let events = [CallEvent::Frame(frame)].into_iter().chain(failure);
            stream::iter(events.map(Ok))
        });
        Self::new(watch, events.try_flatten())
    }

    /// All items of a list.
    pub(super) fn pages(watch: Watch, client: Client, call: Call, paging: &'static Paging) -> Self {
        Self::new(watch, pages::items(client, call, paging).boxed())
    }
}

impl Stream for Running {
    type Item = coze_api::Result<CallEvent>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = match this.pending.take() {
            Some(pending) => pending,
            None => match this.watch.next() {
                Some(first) => return Poll::Ready(Some(Ok(first))),
                None => this.work.as_mut().poll_next(cx),
            },
        };
        // The SDK notes requests while it is polled: they come before what came of them.
        match this.watch.next() {
            Some(first) => {
                // What is pending has to be polled again, to be woken.
                this.pending = polled.is_ready().then_some(polled);
                Poll::Ready(Some(Ok(first)))
            }
            None => polled,
        }
    }
}
