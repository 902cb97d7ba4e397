//! The events of a stream as they came.

use super::{EventStream, Frame, StreamEvent};

impl<E: StreamEvent> EventStream<E> {
    /// The same stream, whose events are handed out as they came: to show them, or to pass them on.
    ///
    /// Each is decoded all the same, so that an event that does not fit its type is an error here too. Call it before
    /// the first event is taken.
    ///
    /// ```
    /// use coze_api::{ChatEvent, EventStream};
    /// use futures_util::{TryStreamExt as _, stream};
    ///
    /// # futures_util::FutureExt::now_or_never(async {
    /// let text = "event: conversation.message.delta\ndata: {\"content\": \"Hi\"}\n\nevent: done\n\n";
    /// let chunks = stream::iter([Ok::<_, std::io::Error>(text)]);
    /// let mut frames = EventStream::<ChatEvent>::from_chunks(chunks).into_frames();
    /// let frame = frames.try_next().await?.expect("an event");
    /// assert_eq!(frame.event(), "conversation.message.delta");
    /// assert_eq!(frame.text(), r#"{"content": "Hi"}"#);
    /// # Ok::<(), coze_api::Error>(())
    /// # }).expect("ready").expect("valid");
    /// ```
    pub fn into_frames(self) -> EventStream<Frame> {
        EventStream {
            source: self.source,
            decoder: self.decoder,
            idle: self.idle,
            decode: |frame| E::decode(frame).map(|_| kept(frame)),
            ends: self.ends,
            pings: self.pings,
            progress: self.progress,
            reply: self.reply,
            operation: self.operation,
            origin: self.origin,
            following: None,
        }
    }
}

/// A frame that no longer depends on the buffer of its stream.
fn kept(frame: &Frame) -> Frame {
    let mut kept = Frame::new(frame.event(), frame.data().to_vec());
    kept.last_id.extend_from_slice(frame.id().as_bytes());
    kept
}
