//! Sending a call: what becomes of its response.

use crate::base::error::{Error, Kind, Result};
use crate::base::future::BoxFuture;
use crate::wire::call::Call;
use crate::wire::envelope::Reply;
use crate::wire::response::Response;
use crate::wire::stream::{Download, EventStream, Frame, StreamEvent};
use crate::wire::transport;

/// Decodes the value of a response. A function and not a closure, so that builders stay data.
pub(crate) type DecodeReply<T> = fn(&Call, &Reply) -> Result<T>;

impl Call {
    pub(crate) fn send<'a, T: Send + 'a>(self, decode: DecodeReply<T>) -> BoxFuture<'a, Result<T>> {
        self.send_by(decode)
    }

    /// Sends the request, and decodes the response by a function with state.
    pub(crate) fn send_by<'a, T: Send + 'a>(
        self,
        decode: impl Fn(&Call, &Reply) -> Result<T> + Send + Sync + 'a,
    ) -> BoxFuture<'a, Result<T>> {
        let exchange = transport::exchange(self);
        Box::pin(async move {
            let mut value = None;
            let mut read = |call: &Call, reply: &Reply| store(&mut value, decode(call, reply));
            let reply = exchange(&mut read).await?;
            value.ok_or_else(|| without_value(&reply))
        })
    }

    pub(crate) async fn send_with_response<T: Send>(
        self,
        decode: DecodeReply<T>,
    ) -> Result<Response<T>> {
        let mut value = None;
        let mut read = |reply: &Reply| store(&mut value, decode(&self, reply));
        let reply = transport::send(&self, &mut read).await?;
        let value = value.ok_or_else(|| without_value(&reply))?;
        Ok(Response::new(value, self, reply))
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
        let opened = transport::open(&call).await?;
        Ok(EventStream::new(call, opened))
    }

    /// Sends the request and streams the frames of the response as they come.
    pub(crate) async fn frames(self) -> Result<EventStream<Frame>> {
        let call = self.accept("text/event-stream").start_deadline();
        let opened = transport::open(&call).await?;
        Ok(EventStream::raw(call, opened))
    }

    /// Sends the request for a file.
    pub(crate) async fn download(self) -> Result<Download> {
        let call = self.start_deadline();
        let opened = transport::download(&call).await?;
        Ok(Download::new(call, opened))
    }
}

/// Stores the value of a response.
pub(crate) fn store<T>(value: &mut Option<T>, decoded: Result<T>) -> Result<()> {
    *value = Some(decoded?);
    Ok(())
}

/// Returns the error for a response that was accepted without a value, which does not happen.
#[cold]
pub(crate) fn without_value(reply: &Reply) -> Error {
    reply.error(Kind::Decode("the response was not decoded".into()))
}
