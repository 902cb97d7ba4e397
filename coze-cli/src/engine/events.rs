//! The events of a call.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use coze_api::stream::Frame;
use coze_api::{Client, Download, RawCall};
use coze_spec::model::Paging;
use futures_core::Stream;
use futures_util::{FutureExt as _, StreamExt as _, TryFutureExt as _, TryStreamExt as _, stream};

use super::recorder::{Recorder, Request};
use super::{Call, DryRunError, InvalidInput, RawRequest, pages, raw};
use crate::language::{self, say};

/// An event in the course of a call.
#[derive(Debug)]
pub(crate) enum CallEvent {
    /// A request is sent. A call with several pages or retries sends more than one.
    Request(Request),
    /// The status and headers of a response arrived.
    Head { status: u16, headers: Vec<(String, String)>, log_id: Option<String>, after: Duration },
    /// The unchanged body of the response. If it is an error, the error follows.
    Body(Bytes),
    /// One item of a list, as JSON text.
    Item(String),
    /// An unchanged frame of an event stream.
    Frame(Box<Frame>),
    /// The previous frame reported that the operation failed.
    StreamFailed(StreamFailure),
    /// A file whose content has not been read yet.
    File(Box<Download>),
}

/// A failure that a frame reports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamFailure {
    pub(crate) code: Option<i64>,
    pub(crate) message: String,
    /// The page of the platform about the failure.
    pub(crate) doc: Option<String>,
    pub(crate) log_id: Option<String>,
}

impl StreamFailure {
    /// Creates a failure of which only the message is known.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { code: None, message: message.into(), doc: None, log_id: None }
    }

    /// Returns the meaning of the code and the remedy, if they are known.
    pub(crate) fn hint(&self) -> Option<String> {
        language::explanation_of(&self.code?.to_string())
    }
}

/// Returns the failure that a frame reports, if any.
fn failure(frame: &Frame) -> Option<StreamFailure> {
    let error = frame.error()?;
    let message = error.msg().filter(|message| !message.is_empty());
    let message =
        message.unwrap_or(language::text("the stream reports a failure", "流中报告了错误"));
    Some(StreamFailure {
        code: error.code(),
        doc: error.help_doc(),
        log_id: error.log_id().map(str::to_owned),
        ..StreamFailure::new(message)
    })
}

type EventStream = Pin<Box<dyn Stream<Item = coze_api::Result<CallEvent>> + Send>>;

/// A stream of the events of a call. Dropping it ends the call.
pub(crate) struct CallEvents {
    recorder: Recorder,
    inner: EventStream,
    /// The result of a poll, returned after the events that were recorded before it.
    pending: Option<Poll<Option<coze_api::Result<CallEvent>>>>,
}

impl CallEvents {
    fn new(
        recorder: Recorder,
        inner: impl Stream<Item = coze_api::Result<CallEvent>> + Send + 'static,
    ) -> Self {
        Self { recorder, inner: Box::pin(inner), pending: None }
    }

    /// Returns the first request.
    pub(super) async fn first_request(mut self) -> Result<Request, DryRunError> {
        while let Some(event) = self.next().await {
            match event {
                Ok(CallEvent::Request(request)) => return Ok(request),
                Ok(_) => {}
                Err(error) => return Err(DryRunError::Sdk(Box::new(error))),
            }
        }
        let message = say!("the operation sends no request", "该接口不发送请求");
        Err(DryRunError::Input(InvalidInput::general(message)))
    }

    /// The events of a call whose response is read completely.
    pub(super) fn reply(recorder: Recorder, request: RawCall) -> Self {
        let events = async {
            let response = request.exchange().await?;
            let failure = response.error();
            let body = CallEvent::Body(response.into_body());
            Ok(stream::iter([Ok(body)].into_iter().chain(failure.map(Err))))
        };
        Self::new(recorder, events.try_flatten_stream())
    }

    /// The events of a call that returns a file.
    pub(super) fn file(recorder: Recorder, request: RawCall) -> Self {
        Self::new(
            recorder,
            request.download().map_ok(|file| CallEvent::File(Box::new(file))).into_stream(),
        )
    }

    /// The events of a call whose response is streamed.
    pub(super) fn stream(recorder: Recorder, request: RawCall) -> Self {
        let frames = request.frames().try_flatten_stream();
        let events = frames.map_ok(|frame| {
            let failure = failure(&frame).map(CallEvent::StreamFailed);
            let events = [CallEvent::Frame(Box::new(frame))].into_iter().chain(failure);
            stream::iter(events.map(Ok))
        });
        Self::new(recorder, events.try_flatten())
    }

    /// The events of a call that fetches all pages of a list.
    pub(super) fn pages(
        recorder: Recorder,
        client: Client,
        call: Call,
        paging: &'static Paging,
    ) -> Self {
        Self::new(recorder, pages::items(client, call, paging).boxed())
    }

    /// The events of a request to a list that the model lacks, for all pages.
    pub(super) fn raw_pages(recorder: Recorder, client: Client, request: RawRequest) -> Self {
        Self::new(recorder, raw::items(client, request).boxed())
    }
}

impl Stream for CallEvents {
    type Item = coze_api::Result<CallEvent>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let polled = match this.pending.take() {
            Some(pending) => pending,
            None => match this.recorder.next() {
                Some(first) => return Poll::Ready(Some(Ok(first))),
                None => this.inner.as_mut().poll_next(cx),
            },
        };
        // The poll may have recorded requests and responses, which come before its result.
        match this.recorder.next() {
            Some(first) => {
                // A pending result is not kept: the next poll must register the waker again.
                this.pending = polled.is_ready().then_some(polled);
                Poll::Ready(Some(Ok(first)))
            }
            None => polled,
        }
    }
}
