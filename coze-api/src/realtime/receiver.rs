//! The receiving half of a session.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use tokio::sync::mpsc;

pub use super::envelope::EventDetail;

use super::envelope::Envelope;
use super::session::Link;
use crate::base::decode;
use crate::base::error::{Error, Kind, Result};
use crate::base::redact::{self, Secrets};
use crate::base::token::AccessToken;
use crate::wire::envelope::Reply;
use crate::wire::stream::failure::of_event;
use crate::wire::stream::frame::Role;
use crate::wire::stream::{Frame, StreamEvent};

/// An event of the server, with its metadata.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Received<E> {
    /// The ID of the event.
    pub id: String,
    /// The event.
    pub event: E,
    /// The metadata that the server added.
    pub detail: EventDetail,
    failure: Option<Error>,
}

impl<E: StreamEvent> Received<E> {
    /// Decodes an event that arrived by other means, such as the data channel of an RTC room.
    ///
    /// ```
    /// use coze_api::realtime::{Received, RtcServerEvent};
    ///
    /// let message = r#"{"id": "1", "event_type": "conversation.created"}"#;
    /// let received = Received::<RtcServerEvent>::from_json(message)?;
    /// assert_eq!(received.event, RtcServerEvent::ConversationCreated);
    /// # Ok::<(), coze_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`is_decode`](Error::is_decode) if `json` is not an event, or if its data does not match its
    /// type.
    pub fn from_json(json: impl Into<Bytes>) -> Result<Self> {
        EventReader::new(AccessToken::none(), Arc::default()).read(&json.into())
    }
}

impl<E> Received<E> {
    /// Returns the error that an `error` or `….failed` event reports, with code, message and log
    /// ID.
    ///
    /// Such an event does not end the session, so it is not returned as an error by itself.
    pub fn error(&self) -> Option<&Error> {
        self.failure.as_ref()
    }

    /// Returns the event, or the error that it reports.
    ///
    /// ```no_run
    /// # use coze_api::realtime::Session;
    /// # async fn example(mut session: Session<(), ()>) -> coze_api::Result<()> {
    /// while let Some(received) = session.receive().await {
    ///     println!("{:?}", received?.into_result()?.event);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_result(self) -> Result<Self> {
        match self.failure {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// Returns the log ID of the event, if the server sent one.
    pub fn log_id(&self) -> Option<&str> {
        Some(&*self.detail.logid).filter(|log_id| !log_id.is_empty())
    }
}

/// The half of a session that receives events of type `S`. It is a [`Stream`].
///
/// It ends with `None`, preceded by an error unless the session
/// [ended well](crate::realtime#the-end-of-a-session).
#[must_use = "a receiver does nothing unless it is polled"]
pub struct Receiver<S> {
    events: mpsc::Receiver<Bytes>,
    link: Arc<Link>,
    reader: EventReader<S>,
    /// The log ID of the last event that had one.
    log_id: Option<String>,
    ended: bool,
}

impl<S: StreamEvent> Receiver<S> {
    pub(super) fn new(
        events: mpsc::Receiver<Bytes>,
        link: Arc<Link>,
        token: AccessToken,
        secrets: Arc<Secrets>,
    ) -> Self {
        let reader = EventReader::new(token, secrets);
        Self { events, link, reader, log_id: None, ended: false }
    }
}

impl<S> Receiver<S> {
    /// Returns the next event, or `None` once the session is over.
    ///
    /// It is the same as [`receive`](Self::receive), under the name that streams have.
    pub async fn next(&mut self) -> Option<Result<Received<S>>> {
        self.receive().await
    }

    /// Waits for the next event. Returns `None` once the session is over.
    ///
    /// This method is cancel safe: if its future is dropped, no event is lost.
    ///
    /// # Errors
    ///
    /// [`is_decode`](Error::is_decode) if an event cannot be decoded, after which the session
    /// continues; otherwise the error that [ended](crate::realtime#the-end-of-a-session) the
    /// session.
    pub async fn receive(&mut self) -> Option<Result<Received<S>>> {
        std::future::poll_fn(|cx| self.poll_receive(cx)).await
    }

    /// Returns the log ID of the handshake. Quote it when you contact support.
    pub fn log_id(&self) -> Option<&str> {
        self.link.log_id()
    }

    pub(super) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Received<S>>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let link = &self.link;
        let event = match ready!(self.events.poll_recv(cx)) {
            Some(event) => self.reader.read(&event).map(|received| Received {
                failure: received.failure.map(|error| link.explain(error)),
                ..received
            }),
            None => {
                self.ended = true;
                match self.link.outcome() {
                    Ok(()) => return Poll::Ready(None),
                    Err(error) => Err(error),
                }
            }
        };
        if let Some(log_id) = event.as_ref().ok().and_then(Received::log_id)
            && self.log_id.as_deref() != Some(log_id)
        {
            self.log_id = Some(log_id.to_owned());
        }
        Poll::Ready(Some(event.map_err(|error| {
            let error = error.or_log_id(self.log_id.clone());
            self.link.explain(error)
        })))
    }
}

impl<S> Stream for Receiver<S> {
    type Item = Result<Received<S>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_receive(cx)
    }
}

impl<S> fmt::Debug for Receiver<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.link.debug("Receiver", f)
    }
}

/// Decodes events.
struct EventReader<S> {
    decode: fn(&Frame) -> Result<S>,
    /// The token to redact in errors, in the form that the decoding of failures expects.
    context: Reply,
    /// Hidden in errors.
    secrets: Arc<Secrets>,
}

impl<S: StreamEvent> EventReader<S> {
    fn new(token: AccessToken, secrets: Arc<Secrets>) -> Self {
        Self { decode: S::decode, context: Reply { token, ..Reply::none() }, secrets }
    }
}

impl<S> EventReader<S> {
    fn read(&self, message: &Bytes) -> Result<Received<S>> {
        let Some(envelope) = Envelope::read(message) else {
            return Err(self.not_an_event(message).without(&self.secrets));
        };
        let Envelope { event, id, data, detail } = envelope;
        let log_id = || Some(&detail.logid).filter(|log_id| !log_id.is_empty()).cloned();
        let frame = Frame::new(&event, message.slice(data));
        let frame = frame.with_token(self.context.token.clone());
        let failed = Role::of(frame.name()) == Role::Failure;
        let complete = |error: Error| error.or_log_id(log_id()).without(&self.secrets);
        let failure = failed.then(|| complete(of_event(&frame, &self.context)));
        let event = (self.decode)(&frame).map_err(complete)?;
        Ok(Received { id, event, detail, failure })
    }

    #[cold]
    fn not_an_event(&self, message: &[u8]) -> Error {
        let text = String::from_utf8_lossy(message);
        let reason = match decode::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
            Err(e) => e.to_string(),
            Ok(_) => "its fields are not those of an event".into(),
        };
        let hide = |text: &str| redact::redact(text, Some(self.context.token.secret()));
        let shown = redact::one_line(&hide(&text), 120);
        let reason = redact::one_line(&hide(&reason), 200);
        Error::from_kind(Kind::Decode(format!(
            "the message is not an event: {reason}; it reads: {shown}"
        )))
    }
}
