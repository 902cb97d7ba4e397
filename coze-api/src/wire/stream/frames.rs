//! Streams of frames: events as the server sent them.

use reqwest::Response;

use super::idle::Idle;
use super::{EventStream, Frame, Source, StreamEvent, shrink};
use crate::base::error::Result;
use crate::wire::call::Call;
use crate::wire::transport::Open;

impl<E: StreamEvent> EventStream<E> {
    /// Converts the stream to one that returns each event as the server sent it, to log it or to
    /// pass it on.
    ///
    /// Each event is still decoded, so an event that does not fit its type is an error here too.
    /// Call it before the first event is read.
    ///
    /// ```
    /// use coze_api::{ChatEvent, EventStream};
    /// use futures_util::{TryStreamExt as _, stream};
    ///
    /// # futures_util::FutureExt::now_or_never(async {
    /// let delta = "event: conversation.message.delta\ndata: {\"content\": \"Hi\"}\n\n";
    /// let chunks = [delta, "event: done\n\n"].map(Ok::<_, std::io::Error>);
    /// let chunks = stream::iter(chunks);
    /// let mut frames = EventStream::<ChatEvent>::from_chunks(chunks).into_frames();
    /// let frame = frames.try_next().await?.expect("an event");
    /// assert_eq!(frame.event(), "conversation.message.delta");
    /// assert_eq!(frame.text(), r#"{"content": "Hi"}"#);
    /// # Ok::<(), coze_api::Error>(())
    /// # }).expect("ready").expect("valid");
    /// ```
    #[doc(alias = "raw")]
    pub fn into_frames(self) -> EventStream<Frame> {
        let secrets = self.origin.as_ref().map(|call| call.secrets(Some(&self.reply.token)));
        EventStream {
            source: self.source,
            decoder: match secrets {
                Some(secrets) => self.decoder.with_secrets(secrets),
                None => self.decoder,
            },
            idle: self.idle,
            decode: |frame| E::decode(frame).map(|_| frame.detached()),
            ends: self.ends,
            pings: self.pings,
            progress: self.progress,
            reply: self.reply,
            operation: self.operation,
            origin: self.origin,
            continuation: None,
            raw: self.raw,
            observation: self.observation,
        }
    }
}

impl EventStream<Frame> {
    /// Streams every frame, whatever it means.
    pub(crate) fn raw(mut call: Call, opened: Open<Response>) -> Self {
        let Open { mut reply, rest, observation } = opened;
        shrink(&mut call, &mut reply);
        let idle = Some(Idle::new(&call));
        let decode: fn(&Frame) -> Result<Frame> = |frame| Ok(frame.detached());
        let secrets = call.secrets(Some(&reply.token));
        let operation = call.operation().clone();
        let stream = Self::build(Source::of(rest), reply, operation, idle, (decode, &[]));
        let decoder = stream.decoder.keep_everything().with_secrets(secrets);
        let origin = Some(call);
        Self { decoder, origin, raw: true, pings: true, observation, ..stream }
    }
}
