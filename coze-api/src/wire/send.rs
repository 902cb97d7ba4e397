//! Sending a call: what becomes of its response.

use bytes::Bytes;

use crate::base::error::Result;
use crate::base::future::BoxFuture;
use crate::wire::call::Call;
use crate::wire::envelope::Reply;
use crate::wire::response::Response;
use crate::wire::stream::{Download, EventStream, Frame, Source, StreamEvent};
use crate::wire::transport;

/// Decodes the value of a response. A function and not a closure, so that builders stay data.
pub(crate) type Decode<T> = fn(&Call, &Reply) -> Result<T>;

impl Call {
    pub(crate) fn send<'a, T: Send + 'a>(self, decode: Decode<T>) -> BoxFuture<'a, Result<T>> {
        Box::pin(async move {
            let sent = transport::send(&self, &|reply| decode(&self, reply)).await;
            sent.map(|(value, _)| value)
        })
    }

    /// Sends the request, and returns the body of the response beside its value.
    pub(crate) fn send_with_body<'a, T: Send + 'a>(
        self,
        decode: Decode<T>,
    ) -> BoxFuture<'a, Result<(T, Bytes)>> {
        Box::pin(async move {
            let sent = transport::send(&self, &|reply| decode(&self, reply)).await;
            sent.map(|(value, reply)| (value, reply.body))
        })
    }

    pub(crate) async fn send_with_response<T: Send>(
        self,
        decode: Decode<T>,
    ) -> Result<Response<T>> {
        let (value, reply) = transport::send(&self, &|reply| decode(&self, reply)).await?;
        Ok(Response::new(value, reply))
    }

    /// Sends the request and streams the events of the response. `switch` is the member of the body
    /// that asks for them.
    pub(crate) async fn stream<E: StreamEvent>(
        self,
        switch: Option<&'static str>,
    ) -> Result<EventStream<E>> {
        let call = match switch {
            Some(switch) => self.field(switch, true),
            None => self,
        };
        let call = call.accept("text/event-stream").start_deadline();
        let (reply, response) = transport::open(&call).await?;
        Ok(EventStream::new(call, reply, Source::of(response)))
    }

    /// Sends the request and streams the frames of the response as they come.
    pub(crate) async fn frames(self) -> Result<EventStream<Frame>> {
        let call = self.accept("text/event-stream").start_deadline();
        let (reply, response) = transport::open(&call).await?;
        Ok(EventStream::raw(call, reply, Source::of(response)))
    }

    /// Sends the request for a file.
    pub(crate) async fn download(self) -> Result<Download> {
        let call = self.start_deadline();
        let (reply, response) = transport::download(&call).await?;
        Ok(Download::new(call, reply, response.map(Source::of)))
    }
}
